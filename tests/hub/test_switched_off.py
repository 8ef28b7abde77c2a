"""A measure that is off is kept in its scenario, and the scenario does what it does without it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import pytest

from hub.results import pack_result
from simulation.executors import InProcess
from simulation.experiment import Cache, run_experiment
from simulation.scenario import Scenario, find_faults
from twin.district import District
from twin.faults import DistrictFaults

MORE = '[[measures]]\nmeasure = "scale_demand"\nfactor = 1.2\n'
POOL = '[[measures]]\nmeasure = "pool_enforcement"\ncertificate = "enforcement"\n'
WRONG = '[[measures]]\nmeasure = "move_posts"\nfrom_unit = "x"\nto_unit = "y"\nrole = "order"\ncount = 2\n'
OFF = "enabled = false\n"


def read(*measures: str) -> Scenario:
    """A scenario of some measures."""
    return Scenario.from_toml('name = "s"\n' + "".join(measures))


class Idle(InProcess):
    """Refuses to play anything."""

    def run(
        self, fn: Any, jobs: Sequence[Any], stop: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, Any]]:
        """Nothing may be asked."""
        assert not jobs, f"{len(jobs)} replications were played again"
        return iter(())


def test_it_simulates_to_the_same_bytes_as_the_scenario_without_it_and_shares_what_is_known(
    small_district: District,
) -> None:
    plan = (date(2026, 5, 11), 2, 1, 7)
    cache: Cache = {}
    *_, without = run_experiment(small_district, [read(MORE)], *plan, InProcess(small_district), None, cache)
    *_, fresh = run_experiment(small_district, [read(POOL + OFF, MORE)], *plan, InProcess(small_district))
    assert pack_result(fresh) == pack_result(without)
    *_, known = run_experiment(
        small_district, [read(POOL + OFF, MORE)], *plan, Idle(small_district), None, cache
    )
    assert pack_result(known) == pack_result(without)


def test_the_hash_is_of_what_is_on_and_switching_on_again_gives_back_the_old_one() -> None:
    both, one = read(POOL, MORE), read(MORE)
    off = read(POOL + OFF, MORE)
    assert off.hash == one.hash != both.hash
    assert read(POOL + OFF).hash == read().hash
    assert read(POOL + "enabled = true\n", MORE) == both and both.hash == read(POOL, MORE).hash


def test_it_comes_back_from_its_file_with_every_value_and_one_that_is_on_says_nothing_of_it() -> None:
    off = read(POOL + OFF, MORE)
    assert Scenario.from_toml(off.to_toml()) == off
    assert off.to_toml().count("enabled") == 1 and "certificate" in off.to_toml()
    assert off.to_plain()["measures"][0]["enabled"] is False
    assert [measure.kind for measure in off.in_force] == ["scale_demand"]


def test_it_changes_no_district_and_its_faults_are_not_told_while_others_keep_their_numbers(
    small_district: District,
) -> None:
    assert read(POOL + OFF).stages(small_district) == [(None, small_district)]
    measures = read(WRONG + OFF, WRONG).measures
    assert {number for number, _ in find_faults(measures, small_district)} == {2}
    read(WRONG + OFF, MORE).stages(small_district)


def test_a_switch_that_is_neither_on_nor_off_is_refused_at_its_key() -> None:
    with pytest.raises(DistrictFaults) as caught:
        read(POOL + 'enabled = "perhaps"\n')
    assert [fault.rule for fault in caught.value.faults] == ["enabled"]
