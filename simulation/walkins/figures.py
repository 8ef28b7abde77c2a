"""One replication's walk-ins as figures."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from simulation.walkins.halls import WalkinVisits, play_walkins
from simulation.walkins.needs import sample_walkins
from simulation.walkins.points import measure_open_seconds
from twin.calendar import DAY
from twin.district import District
from twin.indicators import list_scopes
from twin.walkin_figures import WALKIN_INDICATORS, measure_walkin_figures


@dataclass(frozen=True)
class WalkinOutcome:
    """values: scopes (as `list_scopes`) x WALKIN_INDICATORS; load: window hours used and open, by unit row.

    A district without services has NaN values and no load.
    """

    values: np.ndarray
    load: np.ndarray


def measure_walkins(
    district: District, period_start: date, days: int, warm_up: int, seed: int
) -> WalkinOutcome:
    """Play the walk-ins of a period after a warm-up (both in days) and measure the period's figures."""
    if not len(district.services):
        shape = len(list_scopes(district)), len(WALKIN_INDICATORS)
        return WalkinOutcome(np.full(shape, np.nan), np.zeros((2, len(district.units))))
    origin = period_start - timedelta(days=warm_up)
    visits = play_walkins(district, sample_walkins(district, origin, warm_up + days, seed))
    return summarise_walkins(visits, warm_up * DAY, (warm_up + days) * DAY)


def summarise_walkins(visits: WalkinVisits, first: int, last: int) -> WalkinOutcome:
    """The figures of what was played between two moments (seconds from the origin)."""
    needs = pd.DataFrame({"time": visits.needs.day * DAY, "grid": visits.needs.grid})
    values = measure_walkin_figures(needs, visits.table, visits.district, first, last)
    return WalkinOutcome(values, measure_window_load(visits, first, last))


def measure_window_load(visits: WalkinVisits, first: int, last: int) -> np.ndarray:
    """Hours of visits begun between two moments, and hours that windows are open, by unit row (2 x units)."""
    table, units = visits.table, len(visits.district.units)
    begun = ((table["begin"] >= first) & (table["begin"] < last)).to_numpy()
    used = np.bincount(
        table["unit"].to_numpy()[begun],
        weights=table["work_seconds"].to_numpy(float)[begun],
        minlength=units,
    )
    return np.array([used, measure_open_seconds(visits.points, first, last, units)]) / 3600
