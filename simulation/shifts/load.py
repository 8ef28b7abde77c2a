"""The load of a pool by hour of the week, and how its work waited, from what was played."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulation.playing.visits import Visits
from simulation.studies.period import Period
from twin.calendar import DAY, HOUR, WALL_CLOCKS
from twin.fictitious.templates import read_toml
from twin.indicators import Indicator

POLICY: dict[str, Any] = read_toml("shift_patterns.toml")
WEEK = 168
WALL, WORK = 0, 1
POOL_INDICATORS = (
    Indicator(
        "in_time",
        "按时动手率",
        "Begun in time",
        f"来件后 {POLICY['within_hours']} 小时内（按事项时限的钟）开始办理 / 期内交给这些岗位的任务",
        f"tasks begun within {POLICY['within_hours']} h on the matter's clock / tasks offered then",
        "%",
        1,
    ),
    Indicator(
        "wait_hours",
        "平均等待开工",
        "Mean wait to begin",
        "任务交给岗位到开始办理的平均小时（按事项时限的钟）",
        "mean hours from offer to the beginning of work, on the clock of the matter",
        "h",
        -1,
    ),
)


@dataclass(frozen=True)
class PoolRecord:
    """One run of a pool. load: post-hours (travel and work) by clock (WALL, WORK) and hour of the week;
    tasks: how many were offered; in_time: begun within `within_hours` on their clock; waited: hours on it.
    """

    load: np.ndarray
    tasks: int
    in_time: int
    waited: float


def record_pool(visits: Visits, period: Period, unit: int, role: str) -> PoolRecord:
    """What was offered to the posts of a role in a unit (row of `units`) within a period's days.

    Work waits on the clock of its matter's limit: round the clock (u, d) or in working hours (w, wd). What
    was not begun by the end of the run waited until then.
    """
    rows = _find_rows(visits, period, unit, role)
    offered = visits.column("offered")[rows]
    clock = _find_clocks(visits)[visits.table["case"][rows]]
    hours = (offered // HOUR + 24 * period.origin.weekday()) % WEEK
    load = np.zeros((2, WEEK))
    np.add.at(load, (clock, hours), visits.occupied[rows] / HOUR)
    lead = visits.table["lead"][rows] == 1
    start = visits.column("start")[rows]
    end = np.where(start >= 0, start, visits.horizon)
    waits = _measure_waits(visits, offered, end, clock)[lead]
    begun = (start >= 0)[lead] & (waits <= POLICY["within_hours"] + 1e-9)
    return PoolRecord(load / (period.days / 7), int(lead.sum()), int(begun.sum()), float(waits.sum()))


def _find_rows(visits: Visits, period: Period, unit: int, role: str) -> np.ndarray:
    table, flow = visits.table, visits.flow
    offered = visits.column("offered")
    first = period.warm_up * DAY
    inside = (offered >= first) & (offered < first + period.days * DAY)
    inside &= (table["post"] >= 0) | (table["start"] < 0)
    rows = np.flatnonzero(inside)
    grid = visits.cases.grid[table["case"][rows]]
    units, _, roles = flow.describe_body(table["row"][rows], grid, table["post"][rows])
    wanted = [number for number, name in enumerate(flow.roles) if name in role.split("+")]
    return rows[(units == unit) & np.isin(roles, wanted)]


def _find_clocks(visits: Visits) -> np.ndarray:
    """WALL or WORK of each case."""
    wall = visits.flow.district.matters["limit_clock"].isin(WALL_CLOCKS).to_numpy()
    return np.where(wall[visits.cases.item], WALL, WORK)


def _measure_waits(visits: Visits, begin: np.ndarray, end: np.ndarray, clock: np.ndarray) -> np.ndarray:
    """Hours between two moments, each on its own clock."""
    count = visits.flow.calendar.count_working
    worked = [count(b) - count(a) for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
    hours = np.where(clock == WALL, end - begin, np.array(worked, dtype=np.int64)) / HOUR
    return np.asarray(hours)
