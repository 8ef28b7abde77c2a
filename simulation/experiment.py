"""Scenarios x replications -> tidy results with paired intervals."""

import hashlib
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.metadata import version
from typing import Any

import pandas as pd

from simulation.executors import Executor
from simulation.scenario import BASELINE, Scenario
from simulation.studies.intervals import find_interval, share_level
from simulation.studies.outcome import IDS, Job, Outcome, measure_outcome, run_replication
from simulation.studies.period import Period, plan_period
from simulation.studies.precision import Precision
from simulation.studies.rules import read_policy
from simulation.studies.runs import (
    Opening,
    hash_opening,
    pick_opening,
    play_scenario,
    replication_seed,
    simulate_log,
)
from simulation.studies.summary import ExperimentResult, summarise
from twin.district import District

Cache = MutableMapping[tuple[Any, ...], Outcome]

__all__ = [
    "IDS",
    "Cache",
    "ExperimentResult",
    "Outcome",
    "Period",
    "Precision",
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


def run_experiment(  # noqa: PLR0913 - one call says what is played, how often, by whom
    district: District,
    scenarios: Sequence[Scenario],
    start: date,
    days: int,
    replications: int | Precision,
    seed: int,
    executor: Executor,
    stop: Callable[[], bool] | None = None,
    cache: Cache | None = None,
    *,
    opening: Opening = None,
) -> Iterator[ExperimentResult]:
    """Baseline and scenarios with the same draws; a result after every finished replication.

    replications: a number, or a Precision, which adds rounds until its half-width is met or its cap reached.
    Outcomes are summed in replication order, so that figures do not depend on who finished first; the last
    result alone has `done` equal to `total`. `cache` keeps outcomes by (district hash, scenario hash,
    period, seed, replication, opening). opening: open cases at the start, one table for all replications or
    one for each; the period then has neither warm-up nor drain.
    """
    everyone = [BASELINE, *scenarios]
    period = plan_period(district, start, days, warm=opening is not None)
    rule = replications.check(district) if isinstance(replications, Precision) else None
    counts = list(replications.list_counts()) if isinstance(replications, Precision) else [replications]
    _check_opening(opening, counts[-1])
    facts = describe_run(district, everyone, period, rule or counts[-1], seed, opening)
    run = _Run(district, everyone, period, seed, executor, stop, cache, opening, facts)
    rounds: list[int] = []
    for count, after in zip(counts, [*counts[1:], None], strict=True):
        rounds.append(count - sum(rounds))
        result = None
        for result in run.play_round(count):
            if rule and result.done == result.total:
                result = judge(result, rule, rounds, after)  # noqa: PLW2901
            yield result
        if result is None or result.done < count * len(everyone) or result.done == result.total:
            return


def judge(
    result: ExperimentResult, rule: Precision, rounds: Sequence[int], after: int | None
) -> ExperimentResult:
    """A whole round's result with what the rule says of it; `total` is larger where another round follows.

    after: replications after the next round, None where there is none. Provenance tells the rounds, the
    half-width reached, and whether it is the one asked for.
    """
    reached = rule.measure(result)
    met = rule.is_met(reached)
    count = sum(rounds)
    facts = {
        "replications": count,
        "rounds": list(rounds),
        "half_width": reached if reached < float("inf") else None,
        "half_width_met": met,
        "replication_seeds": list_seeds(result.provenance["seed"], count),
    }
    total = result.total if met or after is None else result.total // count * after
    return replace(result, total=total, provenance=result.provenance | facts)


@dataclass(frozen=True)
class _Run:
    """What stays the same from round to round, and the outcomes so far."""

    district: District
    everyone: Sequence[Scenario]
    period: Period
    seed: int
    executor: Executor
    stop: Callable[[], bool] | None
    cache: Cache | None
    opening: Opening
    facts: dict[str, Any]
    outcomes: dict[tuple[int, int], Outcome] = field(default_factory=dict)

    def play_round(self, count: int) -> Iterator[ExperimentResult]:
        """Play what is missing of the first `count` replications; what is known already is not played."""
        total = count * len(self.everyone)
        keys = [(s, r) for r in range(count) for s in range(len(self.everyone))]
        for number, replication in keys:
            self._recall(number, replication)
        missing = [key for key in keys if key not in self.outcomes]
        if not missing:
            yield self._summarise(total)
        jobs = [Job(self.everyone[s], self.period, self.seed, r, self._open(r)) for s, r in missing]
        for index, outcome in self.executor.run(run_replication, jobs, self.stop):
            self._keep(*missing[index], outcome)
            yield self._summarise(total)

    def _summarise(self, total: int) -> ExperimentResult:
        facts = self.facts | {"replications": total // len(self.everyone)}
        return summarise(self.district, self.everyone, self.outcomes, total, facts)

    def _open(self, replication: int) -> Any:
        return pick_opening(self.opening, replication)

    def _key(self, number: int, replication: int) -> tuple[Any, ...]:
        table = self._open(replication)
        opened = () if table is None else (hash_opening(table),)
        return self.district.hash, self.everyone[number].hash, self.period, self.seed, replication, *opened

    def _recall(self, number: int, replication: int) -> None:
        if self.cache is None or (number, replication) in self.outcomes:
            return
        known = self.cache.get(self._key(number, replication))
        if known is not None:
            self.outcomes[number, replication] = known

    def _keep(self, number: int, replication: int, outcome: Outcome) -> None:
        self.outcomes[number, replication] = outcome
        if self.cache is not None:
            self.cache[self._key(number, replication)] = outcome


def _check_opening(opening: Opening, most: int) -> None:
    if opening is None or isinstance(opening, pd.DataFrame) or len(opening) >= most:
        return
    raise ValueError(f"{len(opening)} openings for {most} replications: give one for each, or one for all")


def describe_run(
    district: District,
    scenarios: Sequence[Scenario],
    period: Period,
    replications: int | Precision,
    seed: int,
    opening: Opening = None,
) -> dict[str, Any]:
    """Where a result comes from: hashes, seed, window, rule, levels, versions; `run_id` is derived from them.

    scenarios: with the baseline first. With a Precision, `judge` adds the rounds that came of it.
    """
    family = max(len(scenarios) - 1, 1)
    policy = read_policy()
    facts: dict[str, Any] = {
        "district": district.settings.name,
        "district_hash": district.hash,
        "label": district.label,
        "scenarios": {s.name: s.hash for s in scenarios},
        "start": period.start.isoformat(),
        "days": period.days,
        "warm_up_days": period.warm_up,
        "drain_days": period.drain,
        "replications": replications.least if isinstance(replications, Precision) else replications,
        "precision": replications.to_plain() if isinstance(replications, Precision) else None,
        "seed": seed,
        "level": policy.level,
        "family": {
            "of": "scenarios against the baseline, at each place and indicator",
            "size": family,
            "method": policy.family,
            "level_each": share_level(policy.level, family),
        },
        "openings": _hash_openings(opening),
        "versions": {name: version(name) for name in ("simpy", "numpy", "pandas", "scipy")},
    }
    facts["run_id"] = hashlib.sha256(repr(sorted(facts.items(), key=str)).encode()).hexdigest()[:16]
    if not isinstance(replications, Precision):
        facts |= {"rounds": [replications], "replication_seeds": list_seeds(seed, replications)}
    return facts


def list_seeds(seed: int, replications: int) -> list[str]:
    """The seeds of so many replications, as text: JSON readers round numbers of 64 bits."""
    return [str(replication_seed(seed, r)) for r in range(replications)]


def _hash_openings(opening: Opening) -> list[str]:
    tables = [opening] if isinstance(opening, pd.DataFrame) else opening
    return [hash_opening(table) for table in tables or ()]
