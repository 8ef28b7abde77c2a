"""Which action a role meets first: dispatchers send, townships and villages handle, leaders approve."""

from hub.casework.rules import RULES
from hub.roles import CASEWORKERS, Roles

#: Who may act on a case at all: the caseworkers, and whoever else a rule names.
ACTORS: Roles = CASEWORKERS | {role for rule in RULES.values() for role in rule.roles}
#: The first of these that is open is the main button.
FIRST: dict[str, tuple[str, ...]] = {
    "dispatcher": ("dispatch", "advise", "accept", "close", "evaluate", "merge"),
    "village": ("arrive", "start", "feedback", "check", "verify", "resume"),
    "township": (
        "arrive", "start", "feedback", "check", "close", "dispatch", "accept", "verify", "suspend", "extend",
    ),
    "department": ("arrive", "start", "feedback", "resume"),
    "inspector": ("check", "verify"),
    "leader": ("suspend", "extend", "close", "whistle"),
}  # fmt: skip
FIRST["admin"] = tuple(dict.fromkeys([*FIRST["dispatcher"], *FIRST["township"], *FIRST["leader"]]))
#: What a role has to act on: stages of the seven, and whether only what its own bodies hold counts.
MINE: dict[str, tuple[tuple[int, ...], bool]] = {
    "dispatcher": ((0, 1), False),
    "admin": ((0, 1), False),
    "village": ((2, 3), True),
    "township": ((2, 3), True),
    "department": ((2, 3), True),
    "inspector": ((4,), False),
    "leader": ((5,), False),
}
#: Approvals come first only where somebody asked for them.
ASKED = ("suspend", "extend")


def find_main(role: str, allowed: set[str], asked: tuple[str, ...]) -> str:
    """The action of the main button; blank where a role has none open."""
    for action in FIRST.get(role, ()):
        if action in allowed and (action not in ASKED or action in asked):
            return action
    return ""
