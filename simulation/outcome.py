"""What one replication gives: figures by scope, load by unit, a fingerprint a case."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulation.period import Period
from simulation.play import Change, play_scenario, replication_seed
from simulation.pools import measure_rostered
from simulation.record import build_log, fingerprint_cases
from simulation.visits import Visits
from twin.calendar import DAY
from twin.district import District
from twin.indicators import INDICATORS, Window, measure_indicators

IDS = [indicator.id for indicator in INDICATORS]


@dataclass(frozen=True)
class Outcome:
    """One replication of one scenario: figures by scope, load by unit, and a fingerprint a case.

    values: scopes x indicators; load: case hours and rostered hours by unit row;
    keys, prints, grids, matters: one entry a case reported in the window, ordered by key.
    """

    values: np.ndarray
    load: np.ndarray
    keys: np.ndarray
    prints: np.ndarray
    grids: np.ndarray
    matters: np.ndarray


class Job(NamedTuple):
    """One replication of one scenario, as it is handed to an executor."""

    scenario: Change
    period: Period
    seed: int
    replication: int
    opening: pd.DataFrame | None = None


def run_replication(district: District, job: tuple[Any, ...]) -> Outcome:
    """One replication of one scenario, a Job (top-level and pure: it runs in any process)."""
    scenario, period, seed, replication, opening = Job(*job)
    visits = play_scenario(district, scenario, period, replication_seed(seed, replication), opening)
    return measure_outcome(visits, period)


def measure_outcome(visits: Visits, period: Period) -> Outcome:
    """The figures of one run, through its event log."""
    district = visits.flow.district
    midnight = pd.Timestamp(period.start).tz_localize(district.settings.time_zone)
    window = Window(midnight, midnight + pd.Timedelta(days=period.days))
    log = build_log(visits)
    figures = measure_indicators(log, district, window)
    load = _measure_load(visits, log, district, window, period)
    first, last = period.warm_up * DAY, (period.warm_up + period.days) * DAY
    inside = (visits.cases.time >= first) & (visits.cases.time < last)
    order = np.flatnonzero(inside)[np.argsort(visits.cases.key[inside])]
    return Outcome(
        figures[IDS].to_numpy(float),
        load,
        visits.cases.key[order],
        fingerprint_cases(visits)[order],
        visits.cases.grid[order].astype(np.int32),
        visits.cases.item[order].astype(np.int16),
    )


def _measure_load(
    visits: Visits, log: pd.DataFrame, district: District, window: Window, period: Period
) -> np.ndarray:
    """Case hours (work begun in the window) and rostered hours by unit row."""
    inside = (log["work_seconds"].to_numpy() > 0) & (log["occurred_at"] >= window.start).to_numpy()
    inside &= (log["occurred_at"] < window.end).to_numpy()
    units = len(district.units)
    busy = np.bincount(
        log["unit"].cat.codes.to_numpy()[inside],
        weights=log["work_seconds"].to_numpy()[inside],
        minlength=units,
    )
    seconds = measure_rostered(visits.flow.pools, period.warm_up * DAY, (period.warm_up + period.days) * DAY)
    rostered = np.bincount([p.unit for p in visits.flow.pools], weights=seconds, minlength=units)
    return np.array([busy, rostered]) / 3600
