"""Which rows of a district a measure's codes mean, and the faults where they mean none."""

from collections.abc import Collection, Iterable

import pandas as pd

from simulation.measures.base import fault
from twin.district import District
from twin.faults import Fault


def check_codes(kind: str, field: str, codes: Iterable[str], known: Collection[str]) -> list[Fault]:
    """A fault for each code that is not known; the rule is `<field> unknown`."""
    return [
        fault(kind, code, f"{field} unknown", f"no {field} {code!r} in this district")
        for code in codes
        if code not in known
    ]


def check_places(
    kind: str, district: District, places: tuple[str, ...], matters: tuple[str, ...]
) -> list[Fault]:
    """Faults for places (areas or grids) and matters that the district does not have."""
    known = {*district.areas["code"], *district.grids["code"]}
    faults = [
        fault(kind, code, "place unknown", f"no area or grid {code!r}")
        for code in places
        if code not in known
    ]
    return faults + check_codes(kind, "matter", matters, set(district.matters["matter"]))


def find_items(kind: str, district: District, codes: tuple[str, ...]) -> tuple[list[str], list[Fault]]:
    """Items, in the order of `matters`, from codes of items or of whole matters; blank: none."""
    table = district.matters
    chosen = table["item"].isin(codes) | table["matter"].isin(codes)
    known = {*table["item"], *table["matter"]}
    return table.loc[chosen, "item"].tolist(), check_codes(kind, "item", codes, known)


def find_townships(kind: str, district: District, codes: tuple[str, ...]) -> tuple[set[str], list[Fault]]:
    """Codes of townships, blank meaning all of them."""
    known = set(district.areas.loc[district.areas["tier"] == "township", "code"])
    faults = [
        fault(kind, code, "township unknown", f"no township {code!r}") for code in sorted(set(codes) - known)
    ]
    return set(codes) or known, faults


def find_units(district: District, place: str) -> set[str]:
    """Codes of the units that a place means: the unit, or the units of the area and of all below it."""
    areas, units = district.areas, district.units
    inside, found = {place}, {place}
    while found:
        found = set(areas.loc[areas["parent"].isin(found), "code"]) - inside
        inside |= found
    return set(units.loc[(units["code"] == place) | units["area"].isin(inside), "code"])


def has_role(roles: pd.Series, wanted: Collection[str]) -> pd.Series:
    """Whether each role (`a`, or `a+b` of a team) holds one of those wanted."""
    known = {role: bool(set(role.split("+")) & set(wanted)) for role in roles.unique()}
    return roles.map(known).astype(bool)


def lies_within(roles: pd.Series, wanted: Collection[str]) -> pd.Series:
    """Whether all parts of each role are among those wanted."""
    known = {role: set(role.split("+")) <= set(wanted) for role in roles.unique()}
    return roles.map(known).astype(bool)


def list_bodies(district: District) -> set[tuple[str, str]]:
    """(tier, role) of every body that some filled post staffs; village posts serve grids too."""
    posts = district.posts[district.posts["filled"] == 1]
    tiers = posts["unit"].map(dict(zip(district.units["code"], district.units["tier"], strict=True)))
    pairs = set(zip(tiers, posts["role"], strict=True))
    bodies = {(tier, part) for tier, role in pairs for part in role.split("+")}
    return bodies | {("grid", role) for tier, role in bodies if tier == "village"}
