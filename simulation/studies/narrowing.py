"""How an answer firmed up: the paired difference of the whole district after 1, 2, 3 ... replications."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulation.studies.contrasts import Outcomes
from simulation.studies.intervals import find_interval
from simulation.studies.outcome import IDS

COLUMNS = ["scenario", "indicator", "replications", "mean", "low", "high"]
INDICATORS = ("on_time_closure", "handled_in_time", "backlog", "overdue_in_hand")


def trace_intervals(
    names: Sequence[str], outcomes: Outcomes, scopes: pd.DataFrame, level: float
) -> pd.DataFrame:
    """A row for each scenario, leading indicator and number of pairs, in the order of replications.

    names: sides, the baseline first; `mean`, `low`, `high` of scenario less baseline over the first pairs at
    hand, as find_interval has them at `level`; the interval of one pair is missing.
    """
    row = int(np.flatnonzero(scopes["scope_kind"] == "district")[0])
    columns = [IDS.index(name) for name in INDICATORS]
    parts = []
    for number, name in enumerate(names[1:], 1):
        pairs = [r for s, r in sorted(outcomes) if s == number and (0, r) in outcomes]
        gains = np.array([_read(outcomes, number, r, row, columns) for r in pairs])
        parts += [_describe(name, count, gains[:count], level) for count in range(1, len(pairs) + 1)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _read(outcomes: Outcomes, number: int, replication: int, row: int, columns: list[int]) -> np.ndarray:
    after, before = (np.asarray(outcomes[side, replication].values)[row, columns] for side in (number, 0))
    return np.asarray(after - before, dtype=float)


def _describe(name: str, count: int, gains: np.ndarray, level: float) -> pd.DataFrame:
    mean, low, high, _ = find_interval(gains, level)
    table = {"scenario": name, "indicator": list(INDICATORS), "replications": count}
    return pd.DataFrame(table | {"mean": mean, "low": low, "high": high})[COLUMNS]
