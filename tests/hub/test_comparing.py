"""Several runs as one study: what can be paired, and why what cannot is refused."""

from dataclasses import replace
from datetime import date

import pytest

from hub.comparing import unite
from hub.studies.experiment import ExperimentSpec
from twin.faults import DistrictFaults


def write(name: str, factor: float) -> str:
    """A scenario of a name that scales demand."""
    return f'name = "{name}"\ntitle = "{name}"\n[[measures]]\nmeasure = "scale_demand"\nfactor = {factor}\n'


ONE = ExperimentSpec((write("a", 1.1),), date(2026, 9, 1), 7, 5, 3)


def test_runs_of_the_same_draws_become_one_study_of_all_scenarios_and_of_the_replications_all_have() -> None:
    two = replace(ONE, scenarios=(write("b", 1.2), write("c", 1.3)), replications=4)
    found = unite([ONE, two])
    assert [s.name for s in found.read()] == ["a", "b", "c"]
    assert (found.start, found.days, found.seed, found.replications) == (ONE.start, 7, 3, 4)
    assert found == ExperimentSpec.from_plain(found.to_plain())


def test_the_same_scenario_counts_once_and_another_of_its_name_is_told_apart() -> None:
    same = replace(ONE, scenarios=(write("again", 1.1), write("a", 1.5)))
    found = unite([ONE, same]).read()
    assert [(s.name, s.title) for s in found] == [("a", "a"), ("a (2)", "a (2)")]
    assert [s.measures[0].factor for s in found] == [1.1, 1.5]  # type: ignore[attr-defined]


def test_other_draws_are_refused_with_every_reason_at_once() -> None:
    other = replace(ONE, start=date(2026, 9, 2), seed=4)
    with pytest.raises(DistrictFaults) as caught:
        unite([ONE, ONE, other])
    assert [(f.row, f.rule) for f in caught.value.faults] == [("3", "other start"), ("3", "other seed")]
    many = [replace(ONE, scenarios=(write(f"s{n}", 1 + n / 10),)) for n in range(1, 8)]
    with pytest.raises(DistrictFaults, match="7 are more than 6"):
        unite(many)
