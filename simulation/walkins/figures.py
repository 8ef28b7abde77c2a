"""One replication's walk-ins as figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from simulation.walkins.halls import WalkinVisits, play_walkins
from simulation.walkins.needs import sample_walkins
from simulation.walkins.points import measure_open_seconds
from twin.calendar import DAY
from twin.district import District
from twin.indicators import list_scopes
from twin.schema import SERVICE_TABLES
from twin.walkin_figures import WALKIN_INDICATORS, measure_walkin_figures


@dataclass(frozen=True)
class WalkinOutcome:
    """values: scopes (as `list_scopes`) x WALKIN_INDICATORS; load: window hours used and open, by unit row.

    A district without services has NaN values and no load.
    """

    values: np.ndarray
    load: np.ndarray


def measure_walkins(
    district: District,
    period_start: date,
    days: int,
    warm_up: int,
    seed: int,
    later: Sequence[tuple[date, District]] = (),
) -> WalkinOutcome:
    """Play the walk-ins of a period after a warm-up (both in days) and measure the period's figures.

    `later` are the districts that hold from later dates on: a need follows the rules of the day on which it
    comes up, its second visits too.
    """
    if not len(district.services):
        shape = len(list_scopes(district)), len(WALKIN_INDICATORS)
        return WalkinOutcome(np.full(shape, np.nan), np.zeros((2, len(district.units))))
    parts = _play_stages(district, period_start - timedelta(days=warm_up), warm_up + days, seed, later)
    return _summarise_stages(parts, warm_up * DAY, (warm_up + days) * DAY)


def play_walkin_stages(
    district: District, origin: date, days: int, seed: int, later: Sequence[tuple[date, District]] = ()
) -> WalkinVisits | None:
    """The walk-ins of so many days, each need by the rules of its day; None where there is no service."""
    if not len(district.services):
        return None
    return _join(_play_stages(district, origin, days, seed, later))


def _play_stages(
    district: District, origin: date, days: int, seed: int, later: Sequence[tuple[date, District]]
) -> list[tuple[WalkinVisits, int, int]]:
    return [
        (play_walkins(d, sample_walkins(d, origin, days, seed)), first, last)
        for first, last, d in _list_stages(district, later, origin, days)
    ]


def _list_stages(
    district: District, later: Sequence[tuple[date, District]], origin: date, days: int
) -> list[tuple[int, int, District]]:
    """(first day, day after the last, district) of each stage of walk-in service."""
    found = [(0, district)]
    for day, changed in later:
        before = found[-1][1]
        if any(getattr(changed, name) is not getattr(before, name) for name in SERVICE_TABLES):
            start = (day - origin).days
            found = [*found[: -1 if start <= 0 else None], (max(start, 0), changed)]
    ends = [first for first, _ in found[1:]] + [days]
    return [(first, end, d) for (first, d), end in zip(found, ends, strict=True) if first < end]


def _summarise_stages(parts: list[tuple[WalkinVisits, int, int]], first: int, last: int) -> WalkinOutcome:
    """The figures of needs that come up in each stage, played by its rules."""
    if len(parts) == 1:
        return summarise_walkins(parts[0][0], first, last)
    joined = _join(parts)
    units = len(joined.district.units)
    opened = [
        measure_open_seconds(v.points, max(first, begin * DAY), min(last, end * DAY), units)
        for v, begin, end in parts
        if max(first, begin * DAY) < min(last, end * DAY)
    ]
    found = summarise_walkins(joined, first, last)
    return WalkinOutcome(found.values, np.array([found.load[0], np.sum(opened, axis=0) / 3600]))


def _join(parts: list[tuple[WalkinVisits, int, int]]) -> WalkinVisits:
    """The visits of each stage's own needs, in one table."""
    if len(parts) == 1:
        return parts[0][0]
    tables = [
        v.table[(v.needs.day[v.table["need"]] >= begin) & (v.needs.day[v.table["need"]] < end)]
        for v, begin, end in parts
    ]
    return replace(parts[-1][0], table=pd.concat(tables, ignore_index=True))


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
