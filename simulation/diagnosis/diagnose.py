"""A whole diagnosis: coalitions of causes first, then the levers on the largest, then the tables."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np

from simulation.diagnosis.causes import Coalition, list_touched
from simulation.diagnosis.late import LateRun, RunJob, measure_runs
from simulation.diagnosis.levers import Lever, Site, join_levers, propose_levers
from simulation.diagnosis.policy import CAUSES, read_diagnosis_policy
from simulation.diagnosis.result import (
    Diagnosis,
    Response,
    respond,
    tell_causes,
    tell_effects,
    tell_levers,
    tell_stages,
    tell_summary,
)
from simulation.diagnosis.shapley import (
    Players,
    list_all,
    list_prefixes,
    share_by_orders,
    share_exactly,
    turn_ring,
)
from simulation.diagnosis.subject import Subject, find_subject
from simulation.executors import Executor
from simulation.scenario import Scenario, find_faults
from simulation.studies.period import Period
from simulation.studies.rules import read_policy
from simulation.studies.runs import Change
from twin.district import District
from twin.faults import refuse

NONE: Players = frozenset()
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Inquiry:
    """What is asked: the code of a place, body or matter, the window, replications, seed."""

    code: str
    start: date
    days: int
    replications: int
    seed: int

    def check(self) -> None:
        """DistrictFaults lists what cannot be asked."""
        few, short = f"{self.replications}: an interval needs two", f"{self.days}: at least one"
        tests = [
            ("days", "below 1", self.days >= 1, short),
            ("replications", "below 2", self.replications >= 2, few),
        ]
        refuse("diagnosis", tests)


def plan_window(district: District, inquiry: Inquiry) -> Period:
    """The window with the policy's warm-up and drain, or the district's own where they are shorter."""
    run, play = read_diagnosis_policy().run, district.settings.play
    warm_up, drain = min(run.warm_up_days, play.warm_up_days), min(run.drain_days, play.drain_days)
    return Period(inquiry.start, inquiry.days, warm_up, drain)


def diagnose(
    district: District, inquiry: Inquiry, executor: Executor, stop: Stop | None = None
) -> Iterator[Diagnosis | tuple[int, int]]:
    """(runs done, runs in all) as they are played, the Diagnosis last; nothing more once stopped."""
    inquiry.check()
    study = _Study(district, inquiry, find_subject(district, inquiry.code), plan_window(district, inquiry))
    coalitions = {c: Coalition(study.subject, c) for c in study.coalitions}
    study.expected = study.count_first()
    yield from study.play(coalitions, executor, stop)
    if len(study.runs) < len(coalitions):
        return
    scenarios = study.choose_levers()
    study.expected = len(coalitions) + len(scenarios)
    yield from study.play(scenarios, executor, stop)
    if len(study.runs) == study.expected:
        yield study.conclude()


def count_runs(replications: int) -> int:
    """How many runs a diagnosis takes at most, where every cause is touched and every lever is tried."""
    policy = read_diagnosis_policy()
    first = len(list_prefixes(turn_ring(policy.coalitions.ring)))
    return (first + count_trials()) * replications


def count_trials() -> int:
    """How many scenarios of levers are tried at most: single ones, the factorial's, the top two together."""
    policy = read_diagnosis_policy()
    factors = len(policy.factorial.factors)
    return policy.levers.most + 2**factors - 1 + 1


@dataclass
class _Study:
    """What is known while it is played: runs by change, levers by cause."""

    district: District
    inquiry: Inquiry
    subject: Subject
    period: Period
    runs: dict[Any, list[LateRun]] = field(default_factory=dict)
    levers: dict[str, Lever] = field(default_factory=dict)
    scenarios: dict[Players, Scenario] = field(default_factory=dict)
    expected: int = 0

    def __post_init__(self) -> None:
        policy = read_diagnosis_policy().coalitions
        self.touched = list_touched(self.district, self.subject)
        self.exact = len(self.touched) <= policy.exact
        self.orders = turn_ring([cause for cause in policy.ring if cause in self.touched])
        whole = self.exact or not self.orders
        self.coalitions = list_all(self.touched) if whole else list_prefixes(self.orders)

    def count_first(self) -> int:
        """Changes expected before the levers are chosen."""
        return len(self.coalitions) + count_trials()

    def play(
        self, changes: Mapping[Any, Change], executor: Executor, stop: Stop | None
    ) -> Iterator[tuple[int, int]]:
        """Play every change over all replications; tell runs done and expected after each."""
        keys, asked = list(changes), self.inquiry
        plan = (self.subject, self.period, asked.replications, asked.seed)
        jobs = [RunJob(changes[key], *plan, is_base=key == NONE) for key in keys]
        for index, runs in executor.run(measure_runs, jobs, stop):
            self.runs[keys[index]] = runs
            yield len(self.runs) * asked.replications, self.expected * asked.replications

    @property
    def base(self) -> Response:
        """The district as it is."""
        return respond(self.runs[NONE], self.runs[NONE])

    def share(self) -> dict[str, np.ndarray]:
        """Late minutes of each touched cause, by replication."""
        values = {c: -respond(self.runs[NONE], self.runs[c]).minutes for c in self.coalitions}
        return share_exactly(self.touched, values) if self.exact else share_by_orders(self.orders, values)

    def choose_levers(self) -> dict[Any, Scenario]:
        """Scenarios to try, by ("lever", causes): the largest causes' levers, the factorial, the top two."""
        policy, shares = read_diagnosis_policy(), self.share()
        queued: dict[tuple[str, str], float] = {}
        for run in self.runs[NONE]:
            for key, seconds in run.queued.items():
                queued[key] = queued.get(key, 0.0) + seconds
        self.levers = propose_levers(Site(self.district, self.subject, queued))
        by_size = sorted(self.touched, key=lambda cause: -float(shares[cause].mean()))
        able = [cause for cause in by_size if self.levers[cause].measures]
        tried = {frozenset([cause]) for cause in able[: policy.levers.most]}
        tried |= {frozenset(able[:2])} | set(list_all(self.factors))
        for causes in sorted(tried - {NONE}, key=lambda c: (len(c), sorted(c))):
            ordered = [self.levers[cause] for cause in CAUSES if cause in causes]
            scenario = join_levers(ordered, "+".join(lever.cause for lever in ordered))
            if not find_faults(scenario.measures, self.district):
                self.scenarios[causes] = scenario
        return {("lever", causes): scenario for causes, scenario in self.scenarios.items()}

    @property
    def factors(self) -> list[str]:
        """The factorial's factors whose levers there are."""
        named = read_diagnosis_policy().factorial.factors
        return [cause for cause in named if self.levers[cause].measures]

    def conclude(self) -> Diagnosis:
        """The tables."""
        base, shares = self.base, self.share()
        left = respond(self.runs[NONE], self.runs[frozenset(self.touched)]).minutes
        tried = {c: respond(self.runs[NONE], self.runs["lever", c]) for c in self.scenarios}
        causes = tell_causes(self.touched, shares, base.minutes, left)
        done = self.expected * self.inquiry.replications
        return Diagnosis(
            causes,
            tell_levers(*self._name_levers(tried, causes, base)),
            self._tell_factorial(tried, base),
            tell_stages(self.runs[NONE]),
            tell_summary(self.runs[NONE], base),
            {scenario.name: scenario.to_toml() for scenario in self._list_offered()},
            done,
            done,
            describe_diagnosis(
                self.district, self.inquiry, self.subject, self.period, self.touched, self.exact
            ),
        )

    def _name_levers(
        self, tried: Mapping[Players, Response], causes: Any, base: Response
    ) -> tuple[dict[str, tuple[str, Response | None]], Response, Sequence[str]]:
        order = [cause for cause in causes["cause"] if cause in CAUSES]
        rows: dict[str, tuple[str, Response | None]] = {}
        for cause in order:
            name = cause if self.levers[cause].measures else ""
            rows[cause] = name, tried.get(frozenset([cause]))
        pairs = sorted((c for c in tried if len(c) == 2), key=lambda c: sum(order.index(x) for x in c))
        for pair in pairs[:1]:
            rows[self.scenarios[pair].name] = self.scenarios[pair].name, tried[pair]
        return rows, base, list(rows)

    def _list_offered(self) -> list[Scenario]:
        single = [join_levers([lever], cause) for cause, lever in self.levers.items() if lever.measures]
        return [*single, *(s for causes, s in self.scenarios.items() if len(causes) > 1)]

    def _tell_factorial(self, tried: Mapping[Players, Response], base: Response) -> Any:
        cells = {c: tried.get(c) for c in list_all(self.factors) if c}
        known = {c: response for c, response in cells.items() if response is not None}
        whole = len(self.factors) >= 2 and len(known) == len(cells)
        return tell_effects(self.factors, {NONE: base, **known} if whole else {}, base)


def describe_diagnosis(
    district: District,
    inquiry: Inquiry,
    subject: Subject,
    period: Period,
    touched: Sequence[str],
    exact: bool,
) -> dict[str, Any]:
    """Where a diagnosis comes from: hashes, subject, window, seed, level, policy, versions."""
    policy = read_diagnosis_policy()
    facts: dict[str, Any] = {
        "district": district.settings.name,
        "district_hash": district.hash,
        "label": district.label,
        "subject": subject.code,
        "subject_kind": subject.kind,
        "start": inquiry.start.isoformat(),
        "days": inquiry.days,
        "warm_up_days": period.warm_up,
        "drain_days": period.drain,
        "replications": inquiry.replications,
        "seed": inquiry.seed,
        "touched": list(touched),
        "coalitions": "all" if exact else "the arcs of a ring",
        "level": read_policy().level,
        "policy": policy.model_dump(mode="json"),
        "versions": {name: version(name) for name in ("simpy", "numpy", "pandas", "scipy")},
    }
    return facts | {"run_id": hashlib.sha256(repr(sorted(facts.items(), key=str)).encode()).hexdigest()[:16]}
