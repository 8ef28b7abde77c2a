"""A pool of a district -> its cover problem -> a scenario of `set_shift` -> paired runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulation.measures.worktime import SetShift
from simulation.scenario import Scenario
from simulation.shifts.cover import Cover, CoverProblem, list_moves, solve_cover, tell_cover
from simulation.shifts.load import POLICY, WALL, WEEK, WORK, PoolRecord, record_pool
from simulation.studies.intervals import find_interval
from simulation.studies.outcome import IDS, Job, measure_outcome
from simulation.studies.runs import play_scenario, replication_seed
from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.indicators import list_scopes
from twin.organisation import measure_availability
from twin.settings import parse_clock, parse_window

FIGURES = ("on_time_closure", "handled_in_time", "wait_minutes_p90", "backlog")
TRIAL_COLUMNS = ["figure", "scope", "before", "after", "difference", "low", "high", "replications"]
DAY_MINUTES, WEEK_MINUTES = 1440, 10_080
WORKING = {"workdays": (1.0,) * 5 + (0.0,) * 2, "daily": (1.0,) * 7, "rota": (5 / 7,) * 7}


@dataclass(frozen=True)
class Pool:
    """The posts of a role in a unit."""

    unit: str
    role: str

    def find_faults(self, district: District) -> list[Fault]:
        """One where it has no filled post whose hours could be moved."""
        if list_shifts(district, self):
            return []
        text = f"no filled post of role {self.role!r} at {self.unit!r} has hours that could be moved"
        return [Fault("shifts", f"{self.unit} {self.role}", "no posts to shift", text)]


class PoolJob(NamedTuple):
    """One run of one side for some pools; figures only where they are asked for."""

    job: Job
    pools: tuple[Pool, ...]
    figures: bool


@dataclass(frozen=True)
class PoolRun:
    """What one run tells: each pool's record, and FIGURES of the pools' area and of the district.

    figures: 2 x FIGURES. Pools of several areas have no figures of an area (NaN).
    """

    records: tuple[PoolRecord, ...]
    figures: np.ndarray


def play_pools(district: District, job: PoolJob) -> PoolRun:
    """One run for some pools (top-level and pure: it runs in any process)."""
    (scenario, period, seed, replication, _), pools, wanted = job
    visits = play_scenario(district, scenario, period, replication_seed(seed, replication))
    units = pd.Index(district.units["code"])
    rows = [int(units.get_loc(pool.unit)) for pool in pools]
    records = tuple(record_pool(visits, period, n, p.role) for n, p in zip(rows, pools, strict=True))
    figures = np.full((2, len(FIGURES)), np.nan)
    if wanted:
        scopes = list_scopes(district)
        values = measure_outcome(visits, period).values[:, [IDS.index(name) for name in FIGURES]]
        areas = district.units["area"].iloc[rows].unique()
        if len(areas) == 1:
            figures[0] = values[np.flatnonzero(scopes["scope"] == areas[0])[0]]
        figures[1] = values[np.flatnonzero(scopes["scope_kind"] == "district")[0]]
    return PoolRun(records, figures)


def find_pools(district: District, role: str, units: Sequence[str] = ()) -> tuple[Pool, ...]:
    """The pools of a role, in the units named or in all; DistrictFaults lists those that cannot be."""
    posts = district.posts[district.posts["filled"] == 1]
    chosen = list(units) or posts.loc[posts["role"] == role, "unit"].drop_duplicates().tolist()
    pools = tuple(Pool(unit, role) for unit in chosen)
    faults = [fault for pool in pools for fault in pool.find_faults(district)]
    if not pools:
        faults = [
            Fault("shifts", role, "no posts to shift", f"no filled post of role {role!r} in this district")
        ]
    if faults:
        raise DistrictFaults(faults)
    return pools


def list_shifts(district: District, pool: Pool) -> dict[str, pd.DataFrame]:
    """The pool's filled posts by shift, without shifts that never end."""
    posts = district.posts
    mine = posts[(posts["unit"] == pool.unit) & (posts["role"] == pool.role) & (posts["filled"] == 1)]
    endless = set(district.shifts.loc[district.shifts["days"] == "always", "shift"])
    return {str(name): rows for name, rows in mine.groupby("shift", sort=True) if name not in endless}


def build_cover(district: District, pool: Pool, load: np.ndarray) -> CoverProblem:
    """The cover problem of a pool under a load (clock x hour of the week)."""
    shifts = list_shifts(district, pool)
    share = measure_availability(district.duties).get(pool.role, 1.0)
    minutes = [int(p["minutes_later"]) for p in POLICY["patterns"]]
    cover = np.array(
        [
            [_cover_week(district, name, m) * share * float(rows["availability"].mean()) for m in minutes]
            for name, rows in shifts.items()
        ]
    )
    counts = np.ones((2, WEEK))
    counts[WORK] = _count_working(district)
    moved = np.array([m != 0 for m in minutes])
    return CoverProblem(load, counts, cover, tuple(len(rows) for rows in shifts.values()), moved)


def _cover_week(district: District, shift: str, later: int) -> np.ndarray:
    """Part of each hour of the week that a post of a shift is on, so many minutes later."""
    on = np.zeros(WEEK_MINUTES)
    for row in district.shifts[district.shifts["shift"] == shift].itertuples():
        start, end = parse_clock(row.start) // 60, parse_clock(row.end) // 60
        length = end - start if end > start else end + DAY_MINUTES - start
        for day, part in enumerate(WORKING[row.days]):
            span = np.arange(length) + day * DAY_MINUTES + start + later
            np.add.at(on, span % WEEK_MINUTES, part)
    return np.minimum(on, 1.0).reshape(WEEK, 60).mean(axis=1)


def _count_working(district: District) -> np.ndarray:
    """Part of each hour of the week that counts as working hours."""
    if district.settings.work_calendar == "always":
        return np.ones(WEEK)
    on = np.zeros(WEEK_MINUTES)
    for text in district.settings.clock.work_hours:
        start, end = (second // 60 for second in parse_window(text))
        for day in range(5):
            on[day * DAY_MINUTES + start : day * DAY_MINUTES + end] = 1.0
    return on.reshape(WEEK, 60).mean(axis=1)


@dataclass(frozen=True)
class ShiftProposal:
    """The mix that covers a pool's load best, beside its hours as they are."""

    pool: Pool
    shifts: tuple[str, ...]
    problem: CoverProblem
    now: Cover
    best: Cover

    @property
    def moves(self) -> list[tuple[str, int, int]]:
        """(shift, minutes later, posts); blank where the hours as they are cover the load best."""
        return list_moves(self.shifts, self.best)

    def list_measures(self) -> list[SetShift]:
        """What puts the mix in force."""
        role, unit = self.pool.role.split("+")[0], self.pool.unit
        return [
            SetShift(place=unit, roles=(role,), minutes_later=minutes, shift=shift, count=count)
            for shift, minutes, count in self.moves
        ]

    def tabulate(self) -> pd.DataFrame:
        """figure, before, after of the flow without chance."""
        before, after = tell_cover(self.problem, self.now), tell_cover(self.problem, self.best)
        return pd.DataFrame(
            {"figure": list(before), "before": list(before.values()), "after": list(after.values())}
        )

    def tabulate_hours(self) -> pd.DataFrame:
        """By `hour` of the week (0: Monday 00:00): load by clock, and cover and waiting before and after."""
        cover = [np.tensordot(c.mix, self.problem.cover, axes=2) for c in (self.now, self.best)]
        waiting = [(c.left * self.problem.counts).sum(axis=0) for c in (self.now, self.best)]
        return pd.DataFrame(
            {
                "hour": np.arange(WEEK),
                "load_wall": self.problem.load[WALL],
                "load_work": self.problem.load[WORK],
                "cover_before": cover[0],
                "cover_after": cover[1],
                "waiting_before": waiting[0],
                "waiting_after": waiting[1],
            }
        )


def propose_shifts(district: District, pool: Pool, records: Sequence[PoolRecord]) -> ShiftProposal:
    """The best mix for the mean load of some runs."""
    problem = build_cover(district, pool, np.mean([r.load for r in records], axis=0))
    best = solve_cover(problem)
    now = solve_cover(problem, np.outer(problem.posts, ~problem.moved).astype(float))
    return ShiftProposal(pool, tuple(list_shifts(district, pool)), problem, now, best)


def write_shifts(proposals: Sequence[ShiftProposal], name: str = "shifts") -> Scenario | None:
    """The scenario of all the pools' mixes; None where nothing is moved."""
    measures = tuple(measure for proposal in proposals for measure in proposal.list_measures())
    posts = sum(measure.count for measure in measures)
    title = f"按时段来件错峰排班：{len({m.place for m in measures})} 个单位 {posts} 岗"
    return Scenario(name=name, title=title, measures=measures) if measures else None


def tabulate_trial(runs: Sequence[tuple[PoolRun, PoolRun]]) -> pd.DataFrame:
    """One row a figure and scope (pool, area, district): before, after, difference, low, high, replications.

    Of the pools: in_time, the share of their work begun within `within_hours` on its clock, and wait_hours,
    the mean hours on it; then FIGURES of their area, where it is one, and of the district.
    """
    if not runs:
        return pd.DataFrame(columns=TRIAL_COLUMNS)
    before, after = (np.array([_list_figures(pair[side]) for pair in runs]) for side in (0, 1))
    mean, low, high, count = find_interval(after - before)
    names = ["in_time", "wait_hours", *FIGURES, *FIGURES]
    scopes = ["pool"] * 2 + ["area"] * len(FIGURES) + ["district"] * len(FIGURES)
    figures = (names, scopes, before.mean(axis=0), after.mean(axis=0), mean, low, high, count)
    table = pd.DataFrame(dict(zip(TRIAL_COLUMNS, figures, strict=True)))
    return table[np.isfinite(table["difference"])].reset_index(drop=True)


def _list_figures(run: PoolRun) -> np.ndarray:
    tasks = max(sum(r.tasks for r in run.records), 1)
    own = sum(r.in_time for r in run.records) / tasks, sum(r.waited for r in run.records) / tasks
    return np.r_[own, run.figures.ravel()]
