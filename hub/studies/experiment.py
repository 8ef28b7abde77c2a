"""Scenarios against the district as it is: a spec, and how it is played."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any

from hub.results import pack_result
from hub.studies.base import Plain, Step, Workbench, bound_window
from simulation.experiment import run_experiment
from simulation.scenario import Scenario
from twin.faults import Test, refuse

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


def bound_scenarios(spec: ExperimentSpec, most: int) -> list[Test]:
    """Tests that scenarios are not too many, each of its own name; DistrictFaults: one is unreadable."""
    names = [scenario.name for scenario in spec.read()]
    return [
        ("scenarios", "too many", len(names) <= most, f"{len(names)} are more than {most}"),
        ("scenarios", "same name", len(set(names)) == len(names), "two have the same name"),
    ]


class ExperimentStudy:
    """Baseline and scenarios over common draws."""

    kind = "experiment"

    def check(self, plain: Plain) -> dict[str, Any]:
        """Scenarios that can be read under names of their own; days and replications in bounds."""
        spec = ExperimentSpec.from_plain(plain)
        checked = spec.to_plain()
        tests = bound_scenarios(spec, MOST_SCENARIOS)
        refuse(self.kind, [*tests, *bound_window(checked, LONGEST_DAYS, MOST_REPLICATIONS)])
        return checked

    def count(self, spec: Plain) -> int:
        """Every scenario and the baseline, so many times."""
        return (1 + len(spec["scenarios"])) * int(spec["replications"])

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """A step after every replication."""
        asked = ExperimentSpec.from_plain(spec)
        plan = (asked.start, asked.days, asked.replications, asked.seed)
        for result in run_experiment(bench.district, asked.read(), *plan, bench.executor, stop, bench.cache):
            yield Step(result.done, result.total, partial(pack_result, result))
