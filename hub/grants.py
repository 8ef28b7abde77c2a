"""A grant is a role and the unit whose subtree it is for; checked before anybody gets one."""

from hub.roles import PERSONAL, SCOPED, WHOLE
from twin.district import District

#: Which tier the unit of a role of a part belongs to.
TIERS = {"department": "district", "township": "township", "village": "village"}


class BadGrant(ValueError):
    """A role and a unit that do not go together; `why` is a key of the catalogue admin.why_*."""

    def __init__(self, why: str, text: str, **values: str) -> None:
        super().__init__(text)
        self.why, self.values = why, values


def check_grant(district: District, role: str, scope: str) -> None:
    """BadGrant: unknown role, a role of a part without its unit, one of the whole with one, an unknown unit
    or one of another tier.
    """
    if role not in PERSONAL:
        known = ", ".join(sorted(PERSONAL))
        raise BadGrant("role", f"{role or 'blank'}: no role of an account; one of {known}")
    if role in SCOPED and not scope:
        raise BadGrant("part", f"{role}: this role is for a part; give the unit whose subtree it is")
    if role in WHOLE and scope:
        raise BadGrant("whole", f"{role}: this role is for the whole district; leave the unit blank")
    if not scope:
        return
    found = district.units.loc[district.units["code"] == scope, "tier"].tolist()
    if not found:
        text = f"{scope}: no such unit in this district; the layer of units lists the codes"
        raise BadGrant("unit", text, unit=scope)
    wanted = TIERS.get(role, found[0])
    if found[0] != wanted:
        text = f"{scope}: a unit of the {found[0]} tier; the role {role} needs one of the {wanted} tier"
        raise BadGrant("tier", text, unit=scope)
