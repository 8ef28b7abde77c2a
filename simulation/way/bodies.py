"""Who serves what: the pools of each body for each grid."""

from collections.abc import Sequence
from itertools import product
from typing import Protocol

from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.organisation import list_served_areas


class Staffed(Protocol):
    """Posts of one role (`a+b`: of either) in one unit, by the unit's number in the district."""

    @property
    def unit(self) -> int:
        """The number of the unit."""

    @property
    def role(self) -> str:
        """The role."""


def resolve_bodies(
    district: District, pools: Sequence[Staffed], bodies: list[tuple[str, str]], stands: list[bool]
) -> list[list[tuple[int, ...]]]:
    """For each body and grid the numbers of the pools that serve it, best first.

    The nearest level that has such a pool wins: grid, village, township, district; inside a level the order
    is the area's preference list, then the unit's code. Bodies of tier `grid` are found in village units.
    Pools of which `stands` is false are passed over.
    """
    units = district.units
    serves = list_served_areas(units)
    by_body: dict[tuple[str, str], dict[str, list[int]]] = {}
    codes, levels = units["code"].tolist(), units["tier"].tolist()
    for number, plan in enumerate(pools):
        if not stands[number]:
            continue
        code, tier = codes[plan.unit], levels[plan.unit]
        tiers = [tier, "grid"] if tier == "village" else [tier]
        for level, role in product(tiers, plan.role.split("+")):
            areas = by_body.setdefault((level, role), {})
            for area in serves[code]:
                areas.setdefault(area, []).append(number)
    root = district.areas.loc[district.areas["tier"] == "district", "code"].iloc[0]
    chains = [
        (place.grid, place.village, place.township, root)
        for place in district.places[["grid", "village", "township"]].itertuples()
    ]
    prefer = _preferences(district, pools, stands)
    return [
        [_find_pools(by_body.get(body, {}), chain, prefer, body[1]) for chain in chains] for body in bodies
    ]


def _preferences(
    district: District, pools: Sequence[Staffed], stands: list[bool]
) -> dict[tuple[str, str], tuple[int, ...]]:
    codes = district.units["code"].tolist()
    number = {
        (codes[plan.unit], role): index
        for index, plan in enumerate(pools)
        if stands[index]
        for role in plan.role.split("+")
    }
    ordered = district.preferences.sort_values(["area", "role", "rank"])
    return {
        (str(area), str(role)): tuple(number[u, str(role)] for u in rows["unit"] if (u, str(role)) in number)
        for (area, role), rows in ordered.groupby(["area", "role"])
    }


def _find_pools(
    areas: dict[str, list[int]],
    chain: tuple[str, ...],
    prefer: dict[tuple[str, str], tuple[int, ...]],
    role: str,
) -> tuple[int, ...]:
    for area in chain:
        if (area, role) in prefer:
            return prefer[area, role]
        if area in areas:
            return tuple(areas[area])
    return ()


def refuse_unreachable(
    district: District,
    bodies: list[tuple[str, str]],
    served: list[list[tuple[int, ...]]],
    needed: set[tuple[str, str]],
) -> None:
    """Raise DistrictFaults for bodies that are needed and that no staffed unit fills."""
    faults = []
    for (tier, role), pools in zip(bodies, served, strict=True):
        if (tier, role) not in needed:
            continue
        bare = [district.grids["code"].iloc[grid] for grid, found in enumerate(pools) if not found]
        if bare:
            shown = ", ".join(bare[:3]) + (" ..." if len(bare) > 3 else "")
            faults.append(
                Fault(
                    "routes",
                    f"{role} at {tier}",
                    "no body",
                    f"{len(bare)} grids have no staffed unit with this role: {shown}",
                )
            )
    if faults:
        raise DistrictFaults(faults)
