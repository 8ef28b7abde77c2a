"""Who may do what in principle; scopes (hub.scopes) say where."""

#: display: one screen, read only; office: the programme office; the rest say it themselves.
ROLES = (
    "display", "viewer", "leader", "office", "inspector", "department", "township", "village",
    "dispatcher", "planner", "admin", "auditor",
)  # fmt: skip
Roles = frozenset[str]

EVERYBODY: Roles = frozenset(ROLES)
#: Who looks at screens and maps; an auditor reads the audit trail and nothing else.
READERS: Roles = EVERYBODY - {"auditor"}
#: Who works at a desk: everybody but the wall and the auditor.
DESK: Roles = READERS - {"display"}
PLANNERS: Roles = frozenset({"planner", "admin"})
#: Who acts on cases, each in its own part; what each may do stands in hub.casework.rules.
CASEWORKERS: Roles = frozenset(
    {"dispatcher", "department", "township", "village", "leader", "inspector", "admin"}
)
#: Who files a case at a desk, where the hub keeps its record.
FILERS: Roles = frozenset({"dispatcher", "township", "village", "admin"})
#: Who answers orders and who gives them.
LEADERS: Roles = frozenset({"leader", "admin"})
AUDITORS: Roles = frozenset({"auditor", "admin"})
ADMINS: Roles = frozenset({"admin"})
#: Roles of a part: a grant of one names the unit whose subtree it is for.
SCOPED: Roles = frozenset({"department", "township", "village"})
#: Roles of the whole: no unit narrows them.
WHOLE: Roles = frozenset({"display", "admin", "auditor"})
#: What a person's account may hold; a screen has a token of its own.
PERSONAL: Roles = EVERYBODY - {"display"}
#: Who may open records of cases at all, each in its own part; data/defaults/privacy.toml says which kinds.
RECORD_READERS: Roles = frozenset({"dispatcher", "department", "township", "village", "inspector"})
#: Who may add to them.
RECORD_WRITERS: Roles = RECORD_READERS - {"inspector"}
