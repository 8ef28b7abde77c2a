"""Scenarios x replications -> tidy results with paired intervals."""

import hashlib
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from simulation.demand import sample_cases
from simulation.draws import combine, name_key
from simulation.engine import run
from simulation.executors import Executor
from simulation.flow import Flow, compile_flow
from simulation.pools import measure_rostered
from simulation.record import build_log, fingerprint_cases
from simulation.scenario import BASELINE, Scenario
from simulation.visits import Visits
from twin.calendar import DAY
from twin.district import District
from twin.indicators import INDICATORS, SCOPE_KINDS, UTILISATION, Window, list_scopes, measure_indicators

LEVEL = 0.95
IDS = [indicator.id for indicator in INDICATORS]
Cache = MutableMapping[tuple[Any, ...], "Outcome"]


@dataclass(frozen=True)
class Period:
    """The days that are asked for, with the warm-up before and the drain after."""

    start: date
    days: int
    warm_up: int
    drain: int

    @property
    def origin(self) -> date:
        """First simulated day."""
        return self.start - timedelta(days=self.warm_up)

    @property
    def simulated_days(self) -> int:
        """Warm-up, window and drain together."""
        return self.warm_up + self.days + self.drain


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


@dataclass(frozen=True)
class ExperimentResult:
    """What is known so far: the tables of indicators.csv and differences.csv, and where they come from."""

    indicators: pd.DataFrame
    differences: pd.DataFrame
    done: int
    total: int
    provenance: dict[str, Any]


_FLOWS: dict[tuple[Any, ...], Flow] = {}


def plan_period(district: District, start: date, days: int) -> Period:
    """The period of a district's own warm-up and drain."""
    play = district.settings.play
    return Period(start, days, play.warm_up_days, play.drain_days)


def play_scenario(district: District, scenario: Scenario, period: Period, seed: int) -> Visits:
    """One run of a scenario over a period with one seed; the compiled flow is kept."""
    key = (id(district), district.hash, scenario.hash, period)
    if key not in _FLOWS:
        if len(_FLOWS) >= 8:
            _FLOWS.pop(next(iter(_FLOWS)))
        _FLOWS[key] = compile_flow(scenario.apply(district), period.origin, period.simulated_days)
    flow = _FLOWS[key]
    cases = sample_cases(flow.district, period.origin, period.warm_up + period.days, seed)
    return run(flow, cases, period.simulated_days * DAY)


def replication_seed(seed: int, replication: int) -> int:
    """The seed of one replication; scenarios share it, so that they meet the same draws."""
    return combine(seed, replication, name_key("replication"))


def simulate_log(district: District, start: date, days: int, seed: int) -> pd.DataFrame:
    """The event log of one run of the district as it is (warm-up included)."""
    period = plan_period(district, start, days)
    return build_log(play_scenario(district, BASELINE, period, replication_seed(seed, 0)))


def run_replication(district: District, job: tuple[Scenario, Period, int, int]) -> Outcome:
    """One replication of one scenario (top-level and pure: it runs in any process)."""
    scenario, period, seed, replication = job
    visits = play_scenario(district, scenario, period, replication_seed(seed, replication))
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


def run_experiment(
    district: District,
    scenarios: Sequence[Scenario],
    start: date,
    days: int,
    replications: int,
    seed: int,
    executor: Executor,
    stop: Callable[[], bool] | None = None,
    cache: Cache | None = None,
) -> Iterator[ExperimentResult]:
    """Baseline and scenarios with the same draws; a result after every finished replication.

    Outcomes are summed in replication order, so that figures do not depend on who finished first.
    `cache` keeps the baseline's outcomes by (district hash, period, seed, replication).
    """
    everyone = [BASELINE, *scenarios]
    for scenario in scenarios:
        scenario.apply(district)
    period = plan_period(district, start, days)
    outcomes: dict[tuple[int, int], Outcome] = {}
    keys = [(s, r) for r in range(replications) for s in range(len(everyone))]
    for number, replication in keys:
        known = (
            cache.get(_cache_key(district, period, seed, replication))
            if cache is not None and number == 0
            else None
        )
        if known is not None:
            outcomes[number, replication] = known
    missing = [key for key in keys if key not in outcomes]
    jobs = [(everyone[s], period, seed, r) for s, r in missing]
    provenance = describe_run(district, everyone, period, replications, seed)
    if not jobs:
        yield summarise(district, everyone, outcomes, len(keys), provenance)
    for index, outcome in executor.run(run_replication, jobs, stop):
        number, replication = missing[index]
        outcomes[number, replication] = outcome
        if cache is not None and number == 0:
            cache[_cache_key(district, period, seed, replication)] = outcome
        yield summarise(district, everyone, outcomes, len(keys), provenance)


def _cache_key(district: District, period: Period, seed: int, replication: int) -> tuple[Any, ...]:
    return district.hash, period, seed, replication


def describe_run(
    district: District, scenarios: Sequence[Scenario], period: Period, replications: int, seed: int
) -> dict[str, Any]:
    """Where a result comes from: hashes, seed, window, versions; `run_id` is derived from them."""
    facts: dict[str, Any] = {
        "district": district.settings.name,
        "district_hash": district.hash,
        "label": district.label,
        "scenarios": {s.name: s.hash for s in scenarios},
        "start": period.start.isoformat(),
        "days": period.days,
        "warm_up_days": period.warm_up,
        "drain_days": period.drain,
        "replications": replications,
        "seed": seed,
        "level": LEVEL,
        "versions": {name: version(name) for name in ("simpy", "numpy", "pandas", "scipy")},
    }
    facts["run_id"] = hashlib.sha256(repr(sorted(facts.items(), key=str)).encode()).hexdigest()[:16]
    return facts


def summarise(
    district: District,
    scenarios: Sequence[Scenario],
    outcomes: dict[tuple[int, int], Outcome],
    total: int,
    provenance: dict[str, Any],
) -> ExperimentResult:
    """The two tables from the outcomes at hand; differences only of replications that both have."""
    scopes = list_scopes(district)
    indicators, differences = [], []
    for number, scenario in enumerate(scenarios):
        mine = [r for s, r in sorted(outcomes) if s == number]
        if mine:
            indicators.append(
                _table(scenario.name, scopes, district, _stack(outcomes, number, mine), "replications")
            )
        both = [r for r in mine if (0, r) in outcomes]
        if number and both:
            paired = [
                a - b for a, b in zip(_stack(outcomes, number, both), _stack(outcomes, 0, both), strict=True)
            ]
            affected = count_affected(district, scopes, [(outcomes[0, r], outcomes[number, r]) for r in both])
            differences.append(_table(scenario.name, scopes, district, paired, "affected_cases", affected))
    empty = pd.DataFrame(
        columns=["scenario", "scope_kind", "scope", "indicator", "mean", "low", "high", "affected_cases"]
    )
    return ExperimentResult(
        pd.concat(indicators, ignore_index=True)
        if indicators
        else empty.rename(columns={"affected_cases": "replications"}),
        pd.concat(differences, ignore_index=True) if differences else empty,
        len(outcomes),
        total,
        provenance,
    )


def _stack(
    outcomes: dict[tuple[int, int], Outcome], number: int, replications: list[int]
) -> list[np.ndarray]:
    """One flat array a replication: figures by scope, then utilisation by unit."""
    arrays = []
    for r in replications:
        outcome = outcomes[number, r]
        with np.errstate(invalid="ignore", divide="ignore"):
            load = np.where(outcome.load[1] > 0, outcome.load[0] / outcome.load[1], np.nan)
        arrays.append(np.r_[outcome.values.ravel(), load])
    return arrays


def _table(
    name: str,
    scopes: pd.DataFrame,
    district: District,
    arrays: list[np.ndarray],
    last: str,
    affected: np.ndarray | None = None,
) -> pd.DataFrame:
    mean, low, high, count = find_interval(np.array(arrays))
    width, units = len(IDS), district.units["code"].to_numpy()
    table = pd.DataFrame(
        {
            "scenario": name,
            "scope_kind": np.r_[
                np.repeat(scopes["scope_kind"].to_numpy(object), width), np.repeat("unit", len(units))
            ],
            "scope": np.r_[np.repeat(scopes["scope"].to_numpy(object), width), units],
            "indicator": np.r_[np.tile(IDS, len(scopes)), np.repeat(UTILISATION.id, len(units))],
            "mean": mean,
            "low": low,
            "high": high,
            last: count,
        }
    )
    if affected is not None:
        table[last] = np.r_[np.repeat(affected, width), np.full(len(units), -1)]
    return table[np.isfinite(mean)].reset_index(drop=True)


def find_interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean and Student 95 % interval down the replications, NaN apart; bounds are NaN below two figures."""
    good = np.isfinite(values)
    count = good.sum(axis=0)
    filled = np.where(good, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, filled.sum(axis=0) / count, np.nan)
        spread = np.where(good, values - mean, 0.0)
        deviation = np.sqrt((spread**2).sum(axis=0) / (count - 1) / count)
        half = np.where(count > 1, deviation * student.ppf(0.5 + LEVEL / 2, np.maximum(count - 1, 1)), np.nan)
    return mean, mean - half, mean + half, count


def count_affected(
    district: District, scopes: pd.DataFrame, pairs: list[tuple[Outcome, Outcome]]
) -> np.ndarray:
    """For each scope the number of cases any of whose events differ, summed over replications."""
    number = {key: row for row, key in enumerate(zip(scopes["scope_kind"], scopes["scope"], strict=True))}
    total = np.zeros(len(scopes), dtype=np.int64)
    places, matters = district.places, district.matters["matter"].to_numpy()
    root = scopes["scope"].iloc[0]
    columns = {"township": places["township"], "village": places["village"], "grid": places["grid"]}
    for before, after in pairs:
        grids, items = list_affected(before, after)
        total[number["district", root]] += len(grids)
        for kind in SCOPE_KINDS[1:4]:
            codes, counts = np.unique(columns[kind].to_numpy(str)[grids], return_counts=True)
            for code, count in zip(codes, counts, strict=True):
                total[number[kind, str(code)]] += count
        codes, counts = np.unique(matters.astype(str)[items], return_counts=True)
        for code, count in zip(codes, counts, strict=True):
            total[number["matter", str(code)]] += count
    return total


def list_affected(before: Outcome, after: Outcome) -> tuple[np.ndarray, np.ndarray]:
    """Grids and items of the cases that differ, appear or vanish."""
    _, left, right = np.intersect1d(before.keys, after.keys, assume_unique=True, return_indices=True)
    differ = before.prints[left] != after.prints[right]
    gone = np.setdiff1d(np.arange(len(before.keys)), left)
    new = np.setdiff1d(np.arange(len(after.keys)), right)
    grids = np.r_[before.grids[left[differ]], before.grids[gone], after.grids[new]]
    items = np.r_[before.matters[left[differ]], before.matters[gone], after.matters[new]]
    return grids, items
