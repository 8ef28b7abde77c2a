"""The halls before and after, over common draws: what placing did not look at (windows, queues)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simulation.executors import Executor
from simulation.scenario import BASELINE, Scenario
from simulation.studies.intervals import find_interval
from simulation.studies.outcome import Job
from simulation.studies.period import Period
from simulation.studies.runs import replication_seed
from simulation.walkins import WalkinOutcome, measure_walkins
from twin.district import District
from twin.indicators import list_scopes
from twin.walkin_figures import WALKIN_INDICATORS

COLUMNS = ["indicator", "before", "after", "difference", "low", "high", "replications"]


def play_halls(district: District, job: tuple[Any, ...]) -> WalkinOutcome:
    """The walk-ins of one replication of a scenario, a Job (top-level and pure: it runs in any process)."""
    scenario, period, seed, replication, _ = Job(*job)
    (_, first), *stages = scenario.stages(district)
    later = [(day, changed) for day, changed in stages if day is not None]
    own = replication_seed(seed, replication)
    return measure_walkins(first, period.start, period.days, period.warm_up, own, later)


@dataclass(frozen=True)
class HallTrial:
    """Outcomes so far by (side, replication); side 0 is the district as it is, 1 the scenario."""

    district: District
    outcomes: dict[tuple[int, int], WalkinOutcome]
    total: int

    @property
    def done(self) -> int:
        """How many are played."""
        return len(self.outcomes)

    def tabulate(self, where: str = "") -> pd.DataFrame:
        """COLUMNS of the residents of a township, or of the district: means and the paired interval."""
        both = sorted(r for s, r in self.outcomes if s == 1 and (0, r) in self.outcomes)
        if not both:
            return pd.DataFrame(columns=COLUMNS)
        scopes = list_scopes(self.district)
        mine = scopes["scope"] == where if where else scopes["scope_kind"] == "district"
        row = int(np.flatnonzero(mine)[0])
        before, after = (np.array([self.outcomes[side, r].values[row] for r in both]) for side in (0, 1))
        mean, low, high, count = find_interval(after - before)
        figures = (before.mean(axis=0), after.mean(axis=0), mean, low, high, count)
        names = [indicator.id for indicator in WALKIN_INDICATORS]
        return pd.DataFrame(dict(zip(COLUMNS, (names, *figures), strict=True)))

    def measure_windows(self, units: Sequence[str]) -> np.ndarray:
        """Window utilisation of some units in the scenario, over all replications; NaN before the first."""
        loads = [outcome.load for (side, _), outcome in sorted(self.outcomes.items()) if side == 1]
        rows = pd.Index(self.district.units["code"]).get_indexer(list(units))
        used, opened = np.sum(loads, axis=0)[:, rows] if loads else np.zeros((2, len(rows)))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(used / opened)


def try_halls(
    district: District,
    scenario: Scenario,
    period: Period,
    replications: int,
    seed: int,
    executor: Executor,
    stop: Callable[[], bool] | None = None,
) -> Iterator[HallTrial]:
    """A trial after every replication of a side."""
    keys = [(side, r) for r in range(replications) for side in (0, 1)]
    sides = (BASELINE, scenario)
    jobs = [Job(sides[side], period, seed, r) for side, r in keys]
    outcomes: dict[tuple[int, int], WalkinOutcome] = {}
    for index, outcome in executor.run(play_halls, jobs, stop):
        outcomes[keys[index]] = outcome
        yield HallTrial(district, dict(outcomes), len(jobs))
