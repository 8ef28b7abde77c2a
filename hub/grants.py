"""A grant is a role and the unit whose subtree it is for; checked before anybody gets one."""

from hub.roles import PERSONAL, SCOPED
from twin.district import District

#: Which tier the unit of a role of a part belongs to.
TIERS = {"department": "district", "township": "township", "village": "village"}


class BadGrant(ValueError):
    """A role and a unit that do not go together; says what to give instead."""


def check_grant(district: District, role: str, scope: str) -> None:
    """BadGrant: unknown role, a role of a part without its unit, an unknown unit or one of another tier."""
    if role not in PERSONAL:
        raise BadGrant(f"{role or 'blank'}: no role of an account; one of {', '.join(sorted(PERSONAL))}")
    if role in SCOPED and not scope:
        raise BadGrant(f"{role}: this role is for a part; give the unit whose subtree it is")
    if not scope:
        return
    found = district.units.loc[district.units["code"] == scope, "tier"].tolist()
    if not found:
        raise BadGrant(f"{scope}: no such unit in this district; the layer of units lists the codes")
    wanted = TIERS.get(role, found[0])
    if found[0] != wanted:
        raise BadGrant(
            f"{scope}: a unit of the {found[0]} tier; the role {role} needs one of the {wanted} tier"
        )
