"""What a run tells the optimiser: which due cases were late, where each waited, how busy each team was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulation.log.record import build_log
from simulation.optimising.plans import Staffing
from simulation.playing.visits import Visits
from simulation.pools import measure_rostered
from simulation.scenario import Scenario
from simulation.studies.period import Period
from simulation.studies.runs import play_scenario, replication_seed
from twin.calendar import DAY
from twin.case_table import summarise_cases
from twin.district import District

Waits = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Teams:
    """Numbers of (unit, role): unit row x roles + place of the role among all roles of posts."""

    units: tuple[str, ...]
    roles: tuple[str, ...]

    @classmethod
    def of(cls, district: District) -> "Teams":
        """The teams of a district."""
        return cls(tuple(district.units["code"]), tuple(sorted(set(district.posts["role"]))))

    def __len__(self) -> int:
        return len(self.units) * len(self.roles)

    def find(self, unit: str, role: str) -> int:
        """The number of a team."""
        return self.units.index(unit) * len(self.roles) + self.roles.index(role)

    def name(self, number: int) -> tuple[str, str]:
        """The unit and role of a number."""
        unit, role = divmod(int(number), len(self.roles))
        return self.units[unit], self.roles[role]


@dataclass(frozen=True)
class Reading:
    """One replication.

    keys, late, overdue, village: one entry a case due in the window, ordered by key; overdue is seconds from
    the due time to the end (negative: before it; NEVER: not ended), village the row among the villages.
    case, team, pool, offered, started: one entry a visit of these cases (case: place in keys) to a post.
    busy, rostered: seconds by team, of work begun in the window and of posts on the roster for cases;
    arrivals: visits begun in the window by team.
    """

    keys: np.ndarray
    late: np.ndarray
    overdue: np.ndarray
    village: np.ndarray
    case: np.ndarray
    team: np.ndarray
    pool: np.ndarray
    offered: np.ndarray
    started: np.ndarray
    busy: np.ndarray
    rostered: np.ndarray
    arrivals: np.ndarray


class Probe(NamedTuple):
    """Some replications of one change, as they are handed to an executor."""

    change: Staffing | Scenario
    period: Period
    seed: int
    replications: tuple[int, ...]


def play_probe(district: District, job: tuple[object, ...]) -> list[Reading]:
    """The readings of a Probe's replications (top-level and pure: it runs in any process)."""
    probe = Probe(*job)  # type: ignore[arg-type]
    return [
        read_visits(
            play_scenario(district, probe.change, probe.period, replication_seed(probe.seed, r)), probe.period
        )
        for r in probe.replications
    ]


def list_villages(district: District) -> list[str]:
    """Codes of the villages, in the order of the areas."""
    areas = district.areas
    return [str(code) for code in areas.loc[areas["tier"] == "village", "code"]]


def read_visits(visits: Visits, period: Period) -> Reading:
    """The reading of a run over the window of a period."""
    district = visits.flow.district
    keys, row, overdue, late = _judge_cases(visits, period)
    villages = pd.Index(list_villages(district)).get_indexer(district.places["village"])
    return Reading(
        keys,
        late,
        overdue,
        villages[visits.cases.grid[row]].astype(np.int32),
        *_list_waits(visits, row),
        *_measure_teams(visits, period),
    )


def _judge_cases(visits: Visits, period: Period) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Key, row, seconds over the due time, and lateness of each case due in the window, as the indicator
    on_time_closure counts them (twin.indicators).
    """
    midnight = pd.Timestamp(period.start).tz_localize(visits.flow.district.settings.time_zone)
    start, end = (
        int((midnight + pd.Timedelta(days=days)).tz_convert("UTC").timestamp() * 1e6)
        for days in (0, period.days)
    )
    cases = summarise_cases(build_log(visits))
    due = cases["close_due"].to_numpy()
    reopened = cases["reopened_at"].to_numpy()
    ended = np.where(
        (reopened >= 0) & (reopened < end), cases["ended_at"].to_numpy(), cases["first_ended_at"].to_numpy()
    )
    chosen = np.flatnonzero((due >= start) & (due < end) & ~cases["spot"].to_numpy())
    keys = np.array([int(name, 16) for name in cases.index[chosen]], dtype=np.uint64)
    order = np.argsort(keys)
    chosen, keys = chosen[order], keys[order]
    over = np.where(ended[chosen] < 0, NEVER, (ended[chosen] - due[chosen]) // 1_000_000)
    known = np.argsort(visits.cases.key)
    row = known[np.searchsorted(visits.cases.key[known], keys)]
    return keys, row, over, (ended[chosen] < 0) | (ended[chosen] > due[chosen])


def _list_waits(visits: Visits, row: np.ndarray) -> Waits:
    """Visits of some cases to posts: place of the case, team, pool, offered, started."""
    t = visits.table
    place = np.full(len(visits.cases), -1)
    place[row] = np.arange(len(row))
    begun = np.where(t["start"] >= 0, t["start"], visits.horizon)
    chosen = np.flatnonzero((t["lead"] == 1) & (place[t["case"]] >= 0) & (t["post"] >= 0))
    pool = _pool_of_posts(visits)[t["post"][chosen]]
    return (
        place[t["case"][chosen]].astype(np.int32),
        _team_of_pools(visits)[pool],
        pool,
        t["offered"][chosen].astype(np.int64),
        begun[chosen].astype(np.int64),
    )


def _pool_of_posts(visits: Visits) -> np.ndarray:
    found = np.full(len(visits.flow.placements), -1, dtype=np.int32)
    for number, plan in enumerate(visits.flow.pools):
        found[list(plan.posts)] = number
    return found


def _team_of_pools(visits: Visits) -> np.ndarray:
    roles = Teams.of(visits.flow.district).roles
    return np.array([p.unit * len(roles) + roles.index(p.role) for p in visits.flow.pools], dtype=np.int32)


def _measure_teams(visits: Visits, period: Period) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Busy seconds, rostered seconds and visits begun, by team, in the window."""
    t, first, last = visits.table, period.warm_up * DAY, (period.warm_up + period.days) * DAY
    size, team = len(Teams.of(visits.flow.district)), _team_of_pools(visits)
    chosen = np.flatnonzero((t["post"] >= 0) & (t["start"] >= first) & (t["start"] < last))
    mine = team[_pool_of_posts(visits)[t["post"][chosen]]]
    busy = np.bincount(mine, weights=visits.occupied[chosen], minlength=size)
    rostered = np.bincount(team, weights=measure_rostered(visits.flow.pools, first, last), minlength=size)
    return busy, rostered, np.bincount(mine, minlength=size)


def merge_readings(parts: Sequence[Sequence[Reading]]) -> list[Reading]:
    """The readings of several jobs one after the other."""
    return [reading for part in parts for reading in part]
