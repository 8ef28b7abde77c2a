"""Scenarios against the district as it is: a spec, and how it is played."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

from hub.results import pack_result
from hub.studies.base import Plain, Step, Workbench
from simulation.experiment import run_experiment
from simulation.scenario import Scenario

LONGEST_DAYS = 366
MOST_REPLICATIONS = 500
MOST_SCENARIOS = 6


@dataclass(frozen=True)
class ExperimentSpec:
    """What a what-if asks: scenarios as TOML, first day, days, replications, seed."""

    scenarios: tuple[str, ...]
    start: date
    days: int
    replications: int
    seed: int

    def to_plain(self) -> dict[str, Any]:
        """Plain values for the store."""
        return asdict(self) | {"start": self.start.isoformat(), "scenarios": list(self.scenarios)}

    @classmethod
    def from_plain(cls, plain: Plain) -> "ExperimentSpec":
        """The spec of plain values."""
        values = dict(plain)
        values["start"] = date.fromisoformat(values["start"])
        values["scenarios"] = tuple(values["scenarios"])
        return cls(**values)

    def read(self) -> list[Scenario]:
        """The scenarios; DistrictFaults where one cannot be read."""
        return [Scenario.from_toml(text) for text in self.scenarios]


def check_scenarios(spec: ExperimentSpec, most: int) -> None:
    """ValueError: too many scenarios, or two of a name; DistrictFaults where one cannot be read."""
    names = [scenario.name for scenario in spec.read()]
    if len(names) > most:
        raise ValueError(f"scenarios: {len(names)} are more than {most}")
    if len(set(names)) < len(names):
        raise ValueError("scenarios: two have the same name")


class ExperimentStudy:
    """Baseline and scenarios over common draws."""

    kind = "experiment"

    def check(self, plain: Plain) -> dict[str, Any]:
        """Scenarios that can be read under names of their own; days and replications in bounds."""
        spec = ExperimentSpec.from_plain(plain)
        check_scenarios(spec, MOST_SCENARIOS)
        if not 1 <= spec.days <= LONGEST_DAYS:
            raise ValueError(f"days: {spec.days} is not between 1 and {LONGEST_DAYS}")
        if not 1 <= spec.replications <= MOST_REPLICATIONS:
            raise ValueError(f"replications: {spec.replications} is not between 1 and {MOST_REPLICATIONS}")
        return spec.to_plain()

    def count(self, spec: Plain) -> int:
        """Every scenario and the baseline, so many times."""
        return (1 + len(spec["scenarios"])) * int(spec["replications"])

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """A step after every replication."""
        asked = ExperimentSpec.from_plain(spec)
        plan = (asked.start, asked.days, asked.replications, asked.seed)
        for result in run_experiment(bench.district, asked.read(), *plan, bench.executor, stop, bench.cache):
            yield Step(result.done, result.total, partial(pack_result, result))
