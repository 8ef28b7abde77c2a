"""Which assumption moves the headline: changes of a district, designs and effects worked out by hand."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulation.executors import InProcess, open_executor
from simulation.studies.parameters import Parameter, Ranges, Variant, read_ranges
from simulation.studies.period import plan_period
from simulation.studies.sensitivity import (
    Question,
    Sensitivity,
    measure_sensitivity,
    plan_design,
    tell_morris,
    tell_one_at_a_time,
)
from twin.district import District
from twin.faults import DistrictFaults
from twin.organisation import measure_availability

MONDAY = date(2026, 5, 11)
TWO = Ranges(
    trajectories=6,
    parameters=(
        Parameter(
            id="a", name="甲", name_en="A", change="scale_availability", low=0.5, base=1, high=2, source="A"
        ),
        Parameter(id="b", name="乙", name_en="B", change="scale_speed", low=0, base=1, high=3, source="A"),
    ),
)


def ask(district: District, **changes: object) -> Question:
    """Mean hours to close over four days, three replications."""
    period = plan_period(district, MONDAY, 4)
    return Question(
        **{"indicator": "sojourn_hours", "period": period, "replications": 3, "seed": 5} | changes
    )


def pick(ranges: Ranges, *ids: str) -> Ranges:
    """Some of the parameters."""
    chosen = tuple(p for p in ranges.parameters if p.id in ids)
    return ranges.model_copy(update={"parameters": chosen, "trajectories": 2})


def test_every_parameter_of_the_file_changes_the_demo_district_and_leaves_the_callers_as_it_was(
    demo_district: District,
) -> None:
    before = {n: getattr(demo_district, n).copy() for n in ("routes", "duties", "demand", "roads")}
    settings = demo_district.settings
    for parameter in read_ranges().parameters:
        for factor in (parameter.low, parameter.high):
            changed = parameter.apply(demo_district, factor)
            same = [before[name].equals(getattr(changed, name)) for name in before]
            assert not all(same) or changed.settings != settings, parameter.id
    assert all(before[name].equals(getattr(demo_district, name)) for name in before)
    assert demo_district.settings is settings
    assert Variant().apply(demo_district) is demo_district


def test_availability_times_1_3_is_that_much_for_every_role_and_never_more_than_all(
    demo_district: District,
) -> None:
    before = measure_availability(demo_district.duties)
    for factor in (0.7, 1.3, 100.0):
        after = measure_availability(TWO.parameters[0].apply(demo_district, factor).duties)
        assert after == pytest.approx({role: min(1.0, share * factor) for role, share in before.items()})


def test_roads_twice_as_fast_halve_the_travel_times(demo_district: District) -> None:
    fast = TWO.parameters[1].apply(demo_district, 2.0).travel_seconds()
    assert np.abs(fast - demo_district.travel_seconds() / 2).max() <= 2  # rounding of the two parts


def test_a_share_stays_below_its_most(demo_district: District) -> None:
    up = next(p for p in read_ranges().parameters if p.id == "up_shares")
    assert up.apply(demo_district, 100.0).routes["up_share"].max() == up.most


def test_everything_wrong_with_a_file_of_ranges_is_said_at_once(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[[parameters]]\nid = "a"\nname = "甲"\nname_en = "A"\nchange = "guess"\nlow = -1\n')
    with pytest.raises(DistrictFaults) as caught:
        read_ranges(wrong)
    assert {f.row for f in caught.value.faults} >= {
        "parameters.0.low", "parameters.0.high", "parameters.0.source",
    }  # fmt: skip


def test_one_at_a_time_plays_the_base_then_each_parameter_low_and_high(small_district: District) -> None:
    design = plan_design(TWO, ask(small_district))
    assert design.tolist() == [[1, 1], [0.5, 1], [2, 1], [1, 0], [1, 3]]


def test_paired_effects_are_differences_from_the_base_with_bonferroni_intervals(
    small_district: District,
) -> None:
    # base 1, 2, 3; a low +1, +2, +3; b high always +5: four effects share 95 %: t(.99375, 2) = 8.86
    question = ask(small_district)
    base = np.array([1.0, 2.0, 3.0])
    figures = np.array([base, base + np.array([1, 2, 3]), base, base, base + 5])
    table = tell_one_at_a_time(TWO, plan_design(TWO, question), figures, question)
    assert table["parameter"].tolist() == ["b", "a"]  # the largest first
    b, a = table.iloc[0], table.iloc[1]
    assert (a["effect_low"], a["effect_high"], b["effect_low"], b["effect_high"]) == (2, 0, 0, 5)
    assert a["effect_low_to"] - 2 == pytest.approx(8.8602 / np.sqrt(3), rel=1e-3)
    assert (b["effect_high_from"], b["effect_high_to"]) == (5, 5)


def test_morris_finds_the_slopes_of_a_plane_and_no_spread(small_district: District) -> None:
    # y = 10 a + b over ranges of 1.5 and 3: effects per whole range 15 and 3, the same everywhere
    question = ask(small_district, method="morris")
    design = plan_design(TWO, question)
    assert design.shape == (6 * 3, 2)
    table = tell_morris(TWO, design, (10 * design[:, :1] + design[:, 1:]), question)
    assert table["parameter"].tolist() == ["a", "b"]
    assert table["mu_star"].to_numpy() == pytest.approx([15, 3])
    assert table["mu"].to_numpy() == pytest.approx([15, 3])
    assert np.allclose(table[["sigma", "mu_star_conf"]], 0, atol=1e-9)


@pytest.mark.parametrize("method", ["oat", "morris"])
def test_one_and_two_workers_give_the_same_bytes(small_district: District, method: str) -> None:
    ranges = pick(read_ranges(), "touch_minutes", "demand")
    question = ask(small_district, method=method, replications=2)
    texts = []
    for workers in (1, 2):
        with open_executor(small_district, workers) as executor:
            found = measure_sensitivity(small_district, ranges, question, executor)
        texts.append(found.table.to_csv(float_format="%.10g") + repr(found.provenance))
    assert texts[0] == texts[1]


def test_waiting_that_is_nobodys_work_lengthens_the_way_to_closing(small_district: District) -> None:
    ranges = pick(read_ranges(), "waits", "overtime_minutes")
    found = measure_sensitivity(small_district, ranges, ask(small_district), InProcess(small_district))
    assert isinstance(found, Sensitivity)
    first = found.table.iloc[0]
    assert first["parameter"] == "waits"
    assert first["effect_low"] < 0 < first["effect_high"]
    assert found.provenance["family"]["size"] == 4


def test_an_unknown_indicator_or_a_single_replication_is_refused(small_district: District) -> None:
    question = ask(small_district, indicator="luck", replications=1)
    with pytest.raises(DistrictFaults) as caught:
        measure_sensitivity(small_district, TWO, question, InProcess(small_district))
    assert [f.row for f in caught.value.faults] == ["indicator", "replications"]
