"""How each place stands in the district as it is: its on-time closure, and its distance to the district."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulation.studies.intervals import find_interval
from simulation.studies.outcome import IDS, Outcome
from twin.district import District
from twin.indicators import list_scopes

KINDS = ("district", "township", "village", "matter")
RATE, GAP = ("rate", "rate_low", "rate_high"), ("gap", "gap_low", "gap_high")
COLUMNS = ("scope_kind", "scope", "due", "on_time", *RATE, *GAP, "replications")


def stand_places(district: District, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """A row (COLUMNS) a place or matter of KINDS that has a case due: means and intervals over replications.

    due, on_time: cases of a window; rate: their ratio in each replication (0-1); gap: rate less the whole
    district's rate in the same replication, so that a bad month for everybody is in neither. Student
    intervals at the policy's level, NaN below two replications.
    """
    scopes = list_scopes(district)
    chosen = np.flatnonzero(scopes["scope_kind"].isin(KINDS))
    due, rate = (_stack(outcomes, name)[:, chosen] for name in ("due", "on_time_closure"))
    whole = rate[:, [int(np.flatnonzero(scopes["scope_kind"].iloc[chosen] == "district")[0])]]
    mean, low, high, count = find_interval(rate)
    figures = dict(zip(RATE, (mean, low, high), strict=True))
    figures |= dict(zip(GAP, find_interval(rate - whole)[:3], strict=True))
    good = np.where(np.isfinite(rate), due * rate, 0.0)
    known = scopes.iloc[chosen].assign(due=due.mean(axis=0), on_time=good.mean(axis=0), **figures)
    return known.assign(replications=count)[list(COLUMNS)][count > 0].reset_index(drop=True)


def _stack(outcomes: Sequence[Outcome], indicator: str) -> np.ndarray:
    """Replications x scopes."""
    return np.array([outcome.values[:, IDS.index(indicator)] for outcome in outcomes])
