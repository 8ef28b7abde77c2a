"""docs/reference/roles.md, made from the roles, the pages and the policy on records."""

from collections.abc import Sequence
from types import ModuleType

from dashboard.i18n import t
from hub.grants import TIERS
from hub.roles import PERSONAL, ROLES, SCOPED, WHOLE
from hub.vault import load_privacy

HEAD = """# Roles

Made by `python scripts/write_reference.py` from `hub/roles.py`, the pages and `data/defaults/privacy.toml`.

A grant is a role and the unit whose subtree it is for; a blank unit is the whole district.
A role of a part has no grant without its unit; a role of the whole has none with one.
Which act on a case a role may do stands in `hub/casework/rules.py`.
"""


def render_roles(pages: Sequence[ModuleType]) -> str:
    """The page: roles with their parts and pages, then who opens which kind of record."""
    lines = [HEAD, "| role | 中文 | is for | held by | pages |", "| --- | --- | --- | --- | --- |"]
    for role in ROLES:
        part = "the district" if role in WHOLE else "the district, or one unit"
        part = f"one unit of the {TIERS[role]} tier" if role in SCOPED else part
        holder = "an account or a one-time link" if role in PERSONAL else "a screen's own token"
        mine = ", ".join(f"`{page.PATH}`" for page in pages if role in page.ROLES)
        lines.append(f"| `{role}` | {t(f'frame.role_{role}', 'zh')} | {part} | {holder} | {mine} |")
    lines += [
        "",
        "## Records of cases",
        "",
        "| kind | kept | at most | opened by |",
        "| --- | --- | --- | --- |",
    ]
    for kind, rule in load_privacy().items():
        readers = ", ".join(f"`{role}`" for role in rule.readers)
        lines.append(f"| {kind} | {rule.retention_days} days | {rule.largest_bytes:,} bytes | {readers} |")
    return "\n".join(lines) + "\n"
