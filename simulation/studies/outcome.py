"""What one replication gives: figures by scope, load by unit, a fingerprint a case."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulation.duties import measure_duties
from simulation.log.record import build_log, find_units, fingerprint_cases, fingerprint_units
from simulation.playing.collector import paused_collector
from simulation.playing.visits import Visits
from simulation.pools import measure_rostered
from simulation.studies.period import Period
from simulation.studies.rules import read_comparison
from simulation.studies.runs import Change, play_scenario, prepare, replication_seed
from simulation.walkins import WalkinOutcome, measure_walkins
from twin.calendar import DAY
from twin.district import District
from twin.hours import measure_hours
from twin.indicators import (
    DUTY_DONE,
    INDICATORS,
    UTILISATION,
    Window,
    list_scopes,
    measure_cases,
    summarise_cases,
)
from twin.waits import count_waits
from twin.walkin_figures import WALKIN_INDICATORS, WINDOW_UTILISATION

SCOPE_INDICATORS = (*INDICATORS, *WALKIN_INDICATORS)
IDS = [indicator.id for indicator in SCOPE_INDICATORS]
UNIT_INDICATORS = (UTILISATION, WINDOW_UTILISATION, DUTY_DONE)


@dataclass(frozen=True)
class Outcome:
    """One replication of one scenario: figures by scope, load by unit, and a fingerprint a case.

    values: scopes x indicators; load: what each of UNIT_INDICATORS divides, and by what (hours), by unit row;
    keys, prints, grids, matters: one entry a case reported in the window, ordered by key; touches: how many
    units had a part in each, touched: their rows, case after case; unit_prints: one fingerprint a unit;
    hours: twin.hours.measure_hours; waits: twin.waits.count_waits.
    """

    values: np.ndarray
    load: np.ndarray
    keys: np.ndarray
    prints: np.ndarray
    grids: np.ndarray
    matters: np.ndarray
    touches: np.ndarray
    touched: np.ndarray
    unit_prints: np.ndarray
    hours: np.ndarray
    waits: np.ndarray


class Job(NamedTuple):
    """One replication of one scenario, as it is handed to an executor."""

    scenario: Change
    period: Period
    seed: int
    replication: int
    opening: pd.DataFrame | None = None


@paused_collector()
def run_replication(district: District, job: tuple[Any, ...]) -> Outcome:
    """One replication of one scenario, a Job (top-level and pure: it runs in any process)."""
    scenario, period, seed, replication, opening = Job(*job)
    own = replication_seed(seed, replication)
    visits = play_scenario(district, scenario, period, own, opening)
    known = prepare(district, scenario, period)
    walkins = measure_walkins(known.first, period.start, period.days, period.warm_up, own, known.later)
    return keep_places(measure_outcome(visits, period, walkins), visits.flow.district, district)


def keep_places(outcome: Outcome, played: District, base: District) -> Outcome:
    """An outcome told in the places of the base district: of grids drawn anew only their village stays."""
    if played.grids is base.grids:
        return outcome
    rows = {key: row for row, key in enumerate(list_scopes(played).itertuples(index=False, name=None))}
    place = [rows.get(key, -1) for key in list_scopes(base).itertuples(index=False, name=None)]
    values = np.vstack([outcome.values, np.full(outcome.values.shape[1], np.nan)])[place]
    return replace(outcome, values=values, grids=map_grids(played, base)[outcome.grids])


def map_grids(played: District, base: District) -> np.ndarray:
    """The row in the base district of each grid of a played one: its own, else the first of its village."""
    known = {code: row for row, code in enumerate(base.grids["code"])}
    first = {village: row for row, village in reversed(list(enumerate(base.grids["village"])))}
    grids = [
        known.get(code, first[village])
        for code, village in zip(played.grids["code"], played.grids["village"], strict=True)
    ]
    return np.array(grids, dtype=np.int32)


def measure_outcome(visits: Visits, period: Period, walkins: WalkinOutcome | None = None) -> Outcome:
    """The figures of one run, through its event log, with those of its walk-ins."""
    district = visits.flow.district
    midnight = pd.Timestamp(period.start).tz_localize(district.settings.time_zone)
    window = Window(midnight, midnight + pd.Timedelta(days=period.days))
    log = build_log(visits)
    cases = summarise_cases(log)
    figures = measure_cases(cases, district, window).drop(columns=["scope_kind", "scope"])
    more = np.full((len(figures), len(WALKIN_INDICATORS)), np.nan) if walkins is None else walkins.values
    windows = np.zeros((2, len(district.units))) if walkins is None else walkins.load
    load = np.array(
        [_measure_load(visits, log, district, window, period), windows, _measure_duties(visits, period)]
    )
    first, last = period.warm_up * DAY, (period.warm_up + period.days) * DAY
    inside = (visits.cases.time >= first) & (visits.cases.time < last)
    order = np.flatnonzero(inside)[np.argsort(visits.cases.key[inside])]
    touches, touched = list_touched(visits, order)
    return Outcome(
        np.hstack([figures.to_numpy(float), more]),
        load,
        visits.cases.key[order],
        fingerprint_cases(visits)[order],
        visits.cases.grid[order].astype(np.int32),
        visits.cases.item[order].astype(np.int16),
        touches,
        touched,
        fingerprint_units(visits, inside),
        measure_hours(log, district, window),
        count_waits(cases, district, window, read_comparison().wait_edges),
    )


def list_touched(visits: Visits, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many units had a part in each case of an order, and their rows, case after case."""
    units = len(visits.flow.district.units)
    rank = np.full(len(visits.cases), -1)
    rank[order] = np.arange(len(order))
    case, unit = rank[visits.table["case"]], find_units(visits)
    known = (case >= 0) & (unit >= 0)
    pairs = np.unique(case[known] * units + unit[known])
    touches = np.bincount(pairs // units, minlength=len(order))
    return touches.astype(np.uint16), (pairs % units).astype(np.min_scalar_type(units))


def _measure_duties(visits: Visits, period: Period) -> np.ndarray:
    """Hours of duties done and planned by unit row."""
    table = measure_duties(
        visits, visits.flow.duty_blocks, period.warm_up * DAY, (period.warm_up + period.days) * DAY
    )
    table = table[table["yields"] == "urgent"]
    rows = visits.flow.district.units["code"]
    place = pd.Index(rows).get_indexer(table["unit"])
    return np.array([np.bincount(place, table[name], len(rows)) for name in ("done", "planned")])


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
