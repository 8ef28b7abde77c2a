"""Scenarios x replications -> tidy results with paired intervals."""

import hashlib
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

from simulation.executors import Executor
from simulation.intervals import LEVEL, find_interval
from simulation.outcome import IDS, Outcome, measure_outcome, run_replication
from simulation.period import Period, plan_period
from simulation.play import play_scenario, replication_seed, simulate_log
from simulation.scenario import BASELINE, Scenario
from simulation.summary import ExperimentResult, summarise
from twin.district import District

Cache = MutableMapping[tuple[Any, ...], Outcome]

__all__ = [
    "IDS",
    "LEVEL",
    "Cache",
    "ExperimentResult",
    "Outcome",
    "Period",
    "describe_run",
    "find_interval",
    "measure_outcome",
    "plan_period",
    "play_scenario",
    "replication_seed",
    "run_experiment",
    "run_replication",
    "simulate_log",
    "summarise",
]


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
