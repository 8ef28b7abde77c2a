"""The case's way, compiled: routes, mandates and bodies of a district -> steps that the engine walks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from simulation import duties
from simulation.pools import PoolPlan, plan_pools
from simulation.way.bodies import refuse_unreachable, resolve_bodies
from simulation.way.placements import Placement, Stage, list_placements
from simulation.way.routes import expand_rows, list_bodies, measure_crews, refuse_unreachable_steps
from simulation.way.steps import Linker, Step, link_self_step
from twin.calendar import DAY, FOREVER, WorkCalendar, build_calendar
from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.records import list_records

CALENDAR_MARGIN_DAYS = 150
TIER_NAMES = ("district", "township", "village", "grid")
Served = list[list[tuple[int, ...]]]


@dataclass(frozen=True)
class Policy:
    """What holds in one stage: entry steps by item and channel, who serves what, priorities, limits.

    `columns` is the table item x column -> row of the flow's rows (-1 none).
    """

    start: int
    entries: list[list[Step]]
    columns: np.ndarray
    served: Served
    priority: list[int]
    limits: list[tuple[float, str]]
    matters: pd.DataFrame


@dataclass(frozen=True)
class Flow:
    """Everything that a run needs of a district: pools, stages of policy, laws of steps, clocks, bodies.

    `district` is the one of the last stage; `row_stages` is the stage that each of `rows` belongs to.
    """

    district: District
    calendar: WorkCalendar
    placements: list[Placement]
    pools: list[PoolPlan]
    stages: list[Policy]
    self_step: Step | None
    rows: pd.DataFrame
    row_stages: np.ndarray
    bodies: list[tuple[str, str]]

    @property
    def served(self) -> Served:
        """Who serves what in the first stage."""
        return self.stages[0].served

    @property
    def priority(self) -> list[int]:
        """Priority of each item in the first stage."""
        return self.stages[0].priority

    @cached_property
    def columns(self) -> np.ndarray:
        """Stage x item x column -> row of `rows`; -1 none."""
        width = max(stage.columns.shape[1] for stage in self.stages)
        padded = [
            np.pad(s.columns, ((0, 0), (0, width - s.columns.shape[1])), constant_values=-1)
            for s in self.stages
        ]
        return np.array(padded)

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The rows as plain records."""
        return list_records(self.rows)

    @cached_property
    def roles(self) -> list[str]:
        """Every role that a step names, sorted."""
        return sorted({role for _, role in self.bodies})

    def find_stage(self, times: np.ndarray) -> np.ndarray:
        """The number of the stage that each moment lies in."""
        starts = np.array([stage.start for stage in self.stages[1:]], dtype=np.int64)
        return np.searchsorted(starts, times, side="right")

    @cached_property
    def _holders(self) -> np.ndarray:
        """Stage x body x grid -> unit row of its first pool (-1 none)."""
        return np.array(
            [
                [[self.pools[f[0]].unit if f else -1 for f in row] for row in stage.served]
                for stage in self.stages
            ]
        )

    @cached_property
    def _row_bodies(self) -> np.ndarray:
        """Body number of each route row, then of the visit on the spot, then -1 for none."""
        numbers = {body: number for number, body in enumerate(self.bodies)}
        bodies = [numbers.get(body, -1) for body in zip(self.rows["tier"], self.rows["role"], strict=True)]
        return np.array([*bodies, self.self_step.body if self.self_step else -1, -1])

    @cached_property
    def _post_units(self) -> np.ndarray:
        """Unit row of each placement."""
        return np.array([placed.unit for placed in self.placements])

    @cached_property
    def post_ids(self) -> tuple[list[str], np.ndarray]:
        """The ids of posts, and the place in them of each placement."""
        codes, names = pd.factorize(np.array([placed.post_id for placed in self.placements], dtype=object))
        return [str(name) for name in names], codes

    @cached_property
    def duty_blocks(self) -> "duties.DutyBlocks":
        """What posts do beside cases, block by block; the same in every run."""
        return duties.list_blocks(self)

    def describe_body(self, route: np.ndarray, grid: np.ndarray, post: np.ndarray) -> tuple[np.ndarray, ...]:
        """Codes of unit, tier and role for route rows at grids, taken by posts (-1: not yet, nobody)."""
        body = self._row_bodies[route]
        stage = np.r_[self.row_stages, 0, 0][route]
        unit = np.where(post >= 0, self._post_units[post], self._holders[stage, body, grid])
        tier = np.array([*[TIER_NAMES.index(t) for t, _ in self.bodies], -1])[body]
        role = np.array([*[self.roles.index(r) for _, r in self.bodies], -1])[body]
        return np.where(body >= 0, unit, -1), tier, role


def compile_flow(
    district: District, origin: date, days: int, later: Sequence[tuple[date, District]] = ()
) -> Flow:
    """Compile a district for runs from an origin day over so many days; faults name unreachable bodies.

    `later` are the districts that hold from later dates on, in order of date; they keep its places and items.
    """
    calendar = build_calendar(district.settings, district.calendar, origin, days + CALENDAR_MARGIN_DAYS)
    shifts = build_calendar(district.settings, district.calendar, origin, days + 2)
    stages = _plan_stages(district, origin, days, later)
    last = stages[-1].district
    placements = list_placements(stages, shifts)
    tables, row_stages = _expand_stages(stages)
    rows = pd.concat([table for table, _ in tables], ignore_index=True)
    codes = last.units["code"].tolist()
    pools = plan_pools(codes, placements, measure_crews(rows), days)
    bodies = sorted(list_bodies(rows) | _self_body(last))
    policies = _link_stages(stages, tables, pools, bodies)
    _refuse(last, rows, row_stages, bodies, policies)
    return Flow(
        last,
        calendar,
        placements,
        pools,
        policies,
        link_self_step(last, len(rows), bodies),
        rows,
        row_stages,
        bodies,
    )


def _plan_stages(
    district: District, origin: date, days: int, later: Sequence[tuple[date, District]]
) -> list[Stage]:
    """The stages of a run, from before its start to after its end; what begins later than it is left out."""
    found = [(-FOREVER, district)]
    for day, changed in later:
        start = (day - origin).days * DAY
        if start <= 0:
            found[0] = (-FOREVER, changed)
        elif start < days * DAY:
            found.append((start, changed))
    _refuse_other_places([stage for _, stage in found])
    ends = [start for start, _ in found[1:]] + [FOREVER]
    return [Stage(d, start, end) for (start, d), end in zip(found, ends, strict=True)]


def _refuse_other_places(districts: list[District]) -> None:
    first = districts[0]
    faults = [
        Fault("scenario", "", f"{name} change", f"a measure that changes {name} holds from the start only")
        for later in districts[1:]
        for name, key in (("units", "code"), ("grids", "code"), ("matters", "item"))
        if getattr(later, name) is not getattr(first, name)
        and getattr(later, name)[key].tolist() != getattr(first, name)[key].tolist()
    ]
    if faults:
        raise DistrictFaults(faults)


def _expand_stages(stages: list[Stage]) -> tuple[list[tuple[pd.DataFrame, int]], np.ndarray]:
    """Route rows of each stage with the number of their first row; a stage without new routes has none."""
    tables: list[tuple[pd.DataFrame, int]] = []
    row_stages: list[np.ndarray] = []
    first = 0
    for number, stage in enumerate(stages):
        if number and _same_routes(stage.district, stages[number - 1].district):
            tables.append((tables[-1][0].iloc[:0], first))
            continue
        rows = expand_rows(stage.district)
        refuse_unreachable_steps(rows, list(stage.district.settings.channels))
        tables.append((rows, first))
        row_stages.append(np.full(len(rows), number))
        first += len(rows)
    return tables, np.concatenate(row_stages)


def _same_routes(left: District, right: District) -> bool:
    return all(getattr(left, name) is getattr(right, name) for name in ("routes", "mandates", "matters"))


def _link_stages(
    stages: list[Stage],
    tables: list[tuple[pd.DataFrame, int]],
    pools: list[PoolPlan],
    bodies: list[tuple[str, str]],
) -> list[Policy]:
    policies: list[Policy] = []
    standing: list[bool] | None = None
    last_preferences: pd.DataFrame | None = None
    for stage, (rows, first) in zip(stages, tables, strict=True):
        district, before = stage.district, policies[-1] if policies else None
        stands = [pool.stands(stage.start, stage.end) for pool in pools]
        if before is not None and stands == standing and district.preferences is last_preferences:
            served = before.served
        else:
            served = resolve_bodies(district, pools, bodies, stands)
        standing, last_preferences = stands, district.preferences
        if before is not None and rows.empty:
            linked = before.entries, before.columns
        else:
            linked = Linker(district, rows, bodies, first).link()
        matters = district.matters
        limits = list(zip(matters["limit_value"].tolist(), matters["limit_clock"].tolist(), strict=True))
        policies.append(Policy(stage.start, *linked, served, matters["priority"].tolist(), limits, matters))
    return policies


def _refuse(
    district: District,
    rows: pd.DataFrame,
    row_stages: np.ndarray,
    bodies: list[tuple[str, str]],
    policies: list[Policy],
) -> None:
    """Every body of a stage's routes, and of those under way from earlier ones, must stand."""
    for number, policy in enumerate(policies):
        needed = list_bodies(rows[row_stages <= number]) | _self_body(district)
        refuse_unreachable(district, bodies, policy.served, needed)


def _self_body(district: District) -> set[tuple[str, str]]:
    play = district.settings.play
    return {("grid", play.self_handled_role)} if play.self_handled_share > 0 else set()
