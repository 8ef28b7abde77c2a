"""Several experiments set side by side: one study of all their scenarios, where their draws are common."""

from collections.abc import Sequence
from dataclasses import replace

from hub.studies.experiment import MOST_SCENARIOS, ExperimentSpec
from simulation.scenario import BASELINE, Scenario
from twin.faults import Test, refuse

#: What two runs must have alike to have met the same draws.
ALIKE = ("start", "days", "seed")


def unite(specs: Sequence[ExperimentSpec]) -> ExperimentSpec:
    """One experiment of every scenario of some; the replications that all have.

    DistrictFaults names everything that keeps them from being paired: another first day, number of days or
    seed, too many scenarios. A scenario that stands in two of them counts once; different ones of a name are
    told apart by a number.
    """
    tests: list[Test] = [
        (str(number), f"other {name}", mine == first, f"{mine} is not {first}")
        for number, spec in enumerate(specs[1:], start=2)
        for name in ALIKE
        for mine, first in [(getattr(spec, name), getattr(specs[0], name))]
    ]
    scenarios = _tell_apart([scenario for spec in specs for scenario in spec.read()])
    count = len(scenarios)
    most = ("scenarios", "too many", count <= MOST_SCENARIOS, f"{count} are more than {MOST_SCENARIOS}")
    refuse("compare", [*tests, most])
    least = min(spec.replications for spec in specs)
    return replace(specs[0], scenarios=tuple(one.to_toml() for one in scenarios), replications=least)


def _tell_apart(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Each content once, under a name of its own."""
    known: dict[str, Scenario] = {}
    names = {BASELINE.name}
    for scenario in scenarios:
        if scenario.hash in known:
            continue
        name, number = scenario.name, 2
        while name in names:
            name, number = f"{scenario.name} ({number})", number + 1
        names.add(name)
        title = scenario.title and f"{scenario.title}{name.removeprefix(scenario.name)}"
        known[scenario.hash] = scenario.model_copy(update={"name": name, "title": title})
    return list(known.values())
