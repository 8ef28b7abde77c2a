"""The answer to a question: points, gap, access before and after, and the scenario that opens them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from simulation.measures.walkin import OpenServicePoint
from simulation.scenario import Scenario
from simulation.siting.interchange import swap_sites
from simulation.siting.problem import POLICY, Siting
from simulation.siting.solve import solve_siting
from simulation.siting.survey import SitingQuestion, Survey, count_windows, survey_district
from simulation.walkins.points import list_able
from twin.district import District
from twin.faults import refuse
from twin.settings import parse_clock

SHARE = 0.9


@dataclass(frozen=True)
class Proposal:
    """What a question comes to; `units` are the codes of the chosen candidates, in the order of `units`."""

    question: SitingQuestion
    survey: Survey
    siting: Siting
    units: tuple[str, ...]

    @property
    def covered(self) -> tuple[float, float]:
        """Of covering: the needs within the radius, and the most that any set could reach."""
        total = float(self.survey.weight.sum())
        return total - self.siting.value, total - self.siting.bound

    @property
    def gap(self) -> float:
        """(value - bound) / bound of travel; (bound - value) / bound of needs covered."""
        if self.question.objective == "median":
            return self.siting.gap
        value, bound = self.covered
        return max(bound - value, 0.0) / bound if bound > 0 else 0.0


def propose_points(district: District, question: SitingQuestion) -> Proposal:
    """The best points that are found; capacity is not looked at (the simulation of the halls does)."""
    survey = survey_district(district, question)
    siting = solve_siting(survey.state(question))
    if question.objective == "covering":
        siting = replace(siting, sites=_shorten_ways(survey, question, siting))
    codes = district.units["code"].to_numpy()[survey.units[list(siting.sites)]]
    return Proposal(question, survey, siting, tuple(codes.tolist()))


def _shorten_ways(survey: Survey, question: SitingQuestion, siting: Siting) -> tuple[int, ...]:
    """A set that covers as much, with no swap that covers as much on shorter ways."""
    far = survey.state(question).costs
    ways = survey.state(replace(question, objective="median")).costs
    least = float(far[far > 0].min()) if (far > 0).any() else 1.0
    dear = 1.0 + float(ways.max(axis=1).sum()) / least
    sites, _ = swap_sites(dear * far + ways, list(siting.sites))
    same = far[:, sites].min(axis=1).sum() <= siting.value
    return tuple(sites) if same else siting.sites


def measure_access(weight: np.ndarray, seconds: np.ndarray) -> dict[str, float]:
    """Mean and 90th percentile of one-way minutes over needs, and the share within each of `radii_minutes`.

    weight: needs a day by demand; the percentile is the least time within which that share of needs lies.
    """
    order = np.argsort(seconds, kind="stable")
    upto = np.cumsum(weight[order]) / weight.sum()
    place = min(int(np.searchsorted(upto, SHARE - 1e-12)), len(order) - 1)
    shares = {
        f"within_{radius:g}": float(weight[seconds <= 60 * radius].sum() / weight.sum())
        for radius in POLICY["radii_minutes"]
    }
    mean = float(weight @ seconds / weight.sum()) / 60
    return {"mean_minutes": mean, "p90_minutes": float(seconds[order][place]) / 60, **shares}


def tabulate_access(proposal: Proposal) -> pd.DataFrame:
    """figure, before, after of the question's needs."""
    survey = proposal.survey
    before = measure_access(survey.weight, survey.before)
    after = measure_access(survey.weight, survey.reach(proposal.siting.sites))
    return pd.DataFrame(
        {"figure": list(before), "before": list(before.values()), "after": list(after.values())}
    )


def tabulate_points(district: District, proposal: Proposal) -> pd.DataFrame:
    """One row a point: unit, name, name_en, area, needs, minutes, windows, staff.

    needs: a working day that come to it; minutes: their mean way; windows: as many more as keep `busy`, at
    least one; staff: who sends clerks where the unit's own posts are too few (blank: nobody).
    """
    survey, sites = proposal.survey, list(proposal.siting.sites)
    nearest, comes = _assign(survey, sites)
    units = district.units.iloc[survey.units[sites]]
    parts = (survey.weight, survey.weight * survey.reach(sites) / 60, survey.hours)
    needs, way, hours = (
        np.bincount(nearest[comes], weights=part[comes], minlength=len(sites)) for part in parts
    )
    columns = {name: units[name].to_numpy() for name in ("code", "name", "name_en", "area")}
    table = pd.DataFrame(columns).rename(columns={"code": "unit"})
    windows = np.maximum(1, np.ceil(hours / (_open_hours(district) * POLICY["busy"]) - 1e-9)).astype(int)
    with np.errstate(invalid="ignore"):
        table = table.assign(needs=needs, minutes=way / needs, windows=windows)
    return table.assign(staff=_find_senders(district, proposal, table))


def _open_hours(district: District) -> float:
    """Hours that a window of the new points' shift is open on a working day."""
    spans = district.shifts[district.shifts["shift"] == POLICY["shift"]]
    seconds = sum(parse_clock(row.end) - parse_clock(row.start) for row in spans.itertuples())
    return seconds / 3600


def _find_senders(district: District, proposal: Proposal, table: pd.DataFrame) -> list[str]:
    """For each point the hall that sends clerks, where its own posts are fewer than its windows.

    That hall is the point to which most of the needs go today, in the place that is asked about.
    """
    filled = district.posts.loc[district.posts["filled"] == 1, "unit"].value_counts()
    taken = count_windows(district)
    hall = _find_hall(district, proposal)
    return [
        hall if row.windows + taken.get(row.unit, 0) > filled.get(row.unit, 0) else ""
        for row in table.itertuples()
    ]


def _find_hall(district: District, proposal: Proposal) -> str:
    question, survey = proposal.question, proposal.survey
    able = list_able(district)[district.services["service"].isin(question.services).to_numpy(bool)]
    units = pd.Index(district.units["code"]).get_indexer(district.service_points["unit"])
    inside = district.units["area"].to_numpy()[units] == question.where if question.where else True
    may = np.flatnonzero(able.any(axis=0) & inside)
    if not len(may):
        return ""
    seconds = district.travel_seconds()[units[may]][:, survey.grid]
    used = np.bincount(seconds.argmin(axis=0), weights=survey.weight, minlength=len(may))
    return str(district.service_points["unit"].iloc[may[int(used.argmax())]])


def tabulate_demand(district: District, proposal: Proposal) -> pd.DataFrame:
    """One row a grid: grid, needs, before_minutes, after_minutes, unit (the new point it comes to)."""
    survey, sites = proposal.survey, list(proposal.siting.sites)
    nearest, comes = _assign(survey, sites)
    table = pd.DataFrame(
        {
            "grid": district.grids["code"].to_numpy()[survey.grid],
            "needs": survey.weight,
            "before": survey.weight * survey.before / 60,
            "after": survey.weight * survey.reach(sites) / 60,
            "unit": np.where(comes, np.array(proposal.units, dtype=object)[nearest], ""),
        }
    )
    sums = table.groupby("grid", sort=False).agg(
        {"needs": "sum", "before": "sum", "after": "sum", "unit": "max"}
    )
    with np.errstate(invalid="ignore"):
        minutes = {f"{name}_minutes": sums[name] / sums["needs"] for name in ("before", "after")}
    return sums.assign(**minutes).reset_index()[["grid", "needs", *minutes, "unit"]]


def _assign(survey: Survey, sites: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The nearest chosen point of each demand, and whether it is nearer than those that stand (ties stay)."""
    chosen = survey.seconds[:, sites]
    return chosen.argmin(axis=1), chosen.min(axis=1) < survey.standing


def write_proposal(district: District, proposal: Proposal, name: str = "siting") -> Scenario:
    """The scenario: each chosen unit may finish the items, at so many windows more.

    DistrictFaults where the points were placed anew: no measure closes those that stand.
    """
    question = proposal.question
    text = "no measure closes a point that stands: ask with the points kept"
    refuse("siting", [("keep", "points stay", question.keep, text)])
    measures = tuple(
        OpenServicePoint(
            unit=row.unit,
            services=question.services,
            windows=row.windows,
            shift=POLICY["shift"],
            staff=(row.unit, row.staff) if row.staff else (),
        )
        for row in tabulate_points(district, proposal).itertuples()
    )
    aim = "路程最短" if question.objective == "median" else f"{question.radius_minutes:g} 分钟覆盖最多"
    note = "选址经证明最优" if proposal.siting.proven else f"选址与界的差距 {100 * proposal.gap:.2g} %"
    title = f"就近办：增设 {len(proposal.units)} 个服务点，{aim}"
    return Scenario(name=name, title=title, note=f"{note}；窗口数按办件量配", measures=measures)
