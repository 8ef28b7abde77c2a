"""A district -> who needs the items where, how far each is from every point and candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from simulation.siting.problem import POLICY, SitingProblem, build_covering, build_median
from simulation.walkins.needs import share_residents
from simulation.walkins.points import list_able
from twin.district import District
from twin.faults import one_of, refuse, within
from twin.service_checks import list_codes

Objective = Literal["median", "covering"]
TIERS = ("village", "township")
OBJECTIVES = ("median", "covering")


@dataclass(frozen=True)
class SitingQuestion:
    """So many points of a tier for some items: where?

    services: codes; objective: least weighted travel, or most needs within `radius_minutes`; where: a
    township whose residents and units alone count (blank: the district); keep: the points that may finish
    the items stay, else all are placed anew, which only tells how good they lie: no measure closes a point.
    """

    services: tuple[str, ...]
    count: int
    objective: Objective = "median"
    radius_minutes: float = float(POLICY["radius_minutes"])
    where: str = ""
    tier: str = "village"
    keep: bool = True

    def check(self, district: District) -> None:
        """DistrictFaults lists everything that cannot be asked of this district."""
        known = set(district.services["service"])
        areas = district.areas.loc[district.areas["tier"] == "township", "code"]
        radius = self.radius_minutes
        tests = [(s, "unknown", s in known, "no such service item in this district") for s in self.services]
        tests += [
            ("services", "none named", bool(self.services), "name at least one service item"),
            (
                self.where,
                "unknown",
                self.where in {"", *areas},
                "no such township; blank: the whole district",
            ),
            one_of("tier", self.tier, TIERS),
            one_of("objective", self.objective, OBJECTIVES),
            ("radius", "not above 0", 0 < radius < np.inf, f"{radius} minutes: a number above 0 is needed"),
            within("count", self.count, 1, POLICY["most_count"]),
        ]
        refuse("siting", tests)


@dataclass(frozen=True)
class Survey:
    """Demands and candidates of a question.

    grid, weight, hours: by demand (row of `grids`, needs and hours at a window on a working day; one demand
    for each grid and set of items that the same points finish); standing: seconds to the nearest point that
    stays, infinite where none does; before: the same of the points as they are; units: rows of `units` of
    the candidates; seconds: demands x candidates.
    """

    grid: np.ndarray
    weight: np.ndarray
    hours: np.ndarray
    standing: np.ndarray
    before: np.ndarray
    units: np.ndarray
    seconds: np.ndarray

    def state(self, question: SitingQuestion) -> SitingProblem:
        """The question as a siting problem."""
        standing = self.standing if np.isfinite(self.standing).all() else None
        if question.objective == "covering":
            radius = 60 * question.radius_minutes
            return build_covering(self.weight, self.seconds, question.count, radius, standing)
        return build_median(self.weight, self.seconds, question.count, standing)

    def reach(self, sites: Sequence[int]) -> np.ndarray:
        """Seconds of each demand to the nearest of the standing points and the chosen candidates."""
        chosen = self.seconds[:, list(sites)]
        return np.minimum(self.standing, chosen.min(axis=1)) if len(sites) else self.standing


def survey_district(district: District, question: SitingQuestion) -> Survey:
    """What a question needs to know; DistrictFaults where nobody needs the items, or no unit can keep one."""
    question.check(district)
    travel = district.travel_seconds().astype(float)
    rows = pd.Index(district.units["code"])
    points = travel[rows.get_indexer(district.service_points["unit"])]
    able = list_able(district)
    units = _list_candidates(district, question, rows, able)
    grids = _list_grids(district, question.where)
    parts = []
    for services in _group_services(district, question.services, able):
        may = able[services[0]]
        nearest = points[may].min(axis=0) if may.any() else np.full(points.shape[1], np.inf)
        share = share_residents(district)[grids]
        asked = [total * share for total in _sum_needs(district.services.iloc[services])]
        parts.append((grids, *asked, nearest[grids]))
    grid, weight, hours, before = (np.concatenate([part[k] for part in parts]) for k in range(4))
    able_units = f"only {len(units)} units can keep a point"
    needed = ("services", "nobody asks", weight.sum() > 0, "nobody there needs these items")
    refuse("siting", [needed, ("count", "too few units", len(units) >= question.count, able_units)])
    standing = before if question.keep else np.full(len(before), np.inf)
    return Survey(grid, weight, hours, standing, before, units, travel[units][:, grid].T)


def _sum_needs(services: pd.DataFrame) -> tuple[float, float]:
    """Needs a working day of some services, and their hours at a window over all visits."""
    again, needs = 1 - services["finished_share"].to_numpy(), services["per_day"].to_numpy()
    visits = sum(
        np.where(services["most_visits"] > k, again**k, 0.0) for k in range(max(services["most_visits"]))
    )
    return float(needs.sum()), float((needs * visits * services["minutes"]).sum()) / 60


def _group_services(district: District, services: Sequence[str], able: np.ndarray) -> list[list[int]]:
    """Rows of services, those together that the same points may finish."""
    groups: dict[bytes, list[int]] = {}
    for row, service in enumerate(district.services["service"]):
        if service in services:
            groups.setdefault(able[row].tobytes(), []).append(row)
    return list(groups.values())


def _list_grids(district: District, where: str) -> np.ndarray:
    inside = np.ones(len(district.grids), dtype=bool)
    if where:
        inside = (district.places["township"] == where).to_numpy(bool)
    return np.flatnonzero(inside)


def _list_candidates(
    district: District, question: SitingQuestion, rows: "pd.Index[str]", able: np.ndarray
) -> np.ndarray:
    """Rows of units of the tier: the one with a point in each area, else the first with staff enough.

    Where the points stay, one that finishes all the items already is no candidate.
    """
    units = district.units
    filled = district.posts.loc[district.posts["filled"] == 1, "unit"].value_counts()
    taken = count_windows(district)
    room = [filled.get(code, 0) >= taken.get(code, 0) + 1 for code in units["code"]]
    chosen = (units["tier"] == question.tier) & np.array(room)
    if question.where:
        parents = dict(zip(district.areas["code"], district.areas["parent"], strict=True))
        chosen &= (units["area"] == question.where) | (units["area"].map(parents) == question.where)
    held = set(district.service_points["unit"])
    table = units[chosen].assign(bare=~units.loc[chosen, "code"].isin(held))
    firsts = table.sort_values("bare", kind="stable").drop_duplicates("area")["code"]
    services = district.services["service"].isin(question.services).to_numpy(bool)
    full = set(district.service_points.loc[able[services].all(axis=0), "unit"]) if question.keep else set()
    return np.sort(rows.get_indexer([code for code in firsts if code not in full]))


def count_windows(district: District) -> dict[str, int]:
    """Windows that a unit's own posts keep in the shift of new points, by unit."""
    table = district.windows[district.windows["shift"] == POLICY["shift"]]
    own = [
        row for row in table.itertuples() if not list_codes(row.staff) or row.unit in list_codes(row.staff)
    ]
    return {str(row.unit): int(row.windows) for row in own}
