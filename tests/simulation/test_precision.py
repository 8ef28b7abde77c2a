"""Replications until the half-width is met: the rule, its rounds, what they depend on."""

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from simulation.executors import InProcess, open_executor
from simulation.experiment import ExperimentResult, judge, run_experiment
from simulation.scenario import ScaleDemand, Scenario
from simulation.studies.precision import Precision, find_unit
from simulation.studies.summary import hold_tables
from twin.district import District
from twin.faults import DistrictFaults

MONDAY = date(2026, 5, 11)
ASKED = Precision("sojourn_hours", 0.5, least=4, step=3, cap=12)
GROWTH = Scenario(name="growth", measures=(ScaleDemand(factor=1.2),))
MORE = Scenario(name="more", measures=(ScaleDemand(factor=1.4),))


def make_result(half: float, mean: float = 10.0, scenarios: tuple[float, ...] = ()) -> ExperimentResult:
    """A result with one level and the half-widths of some scenarios' differences."""
    place = {"scope_kind": "district", "scope": "D", "indicator": "sojourn_hours"}
    level = {"scenario": "baseline", **place, "mean": mean, "low": mean - half, "high": mean + half}
    gains = [
        {"scenario": f"s{n}", **place, "mean": 0.0, "low": -h, "high": h} for n, h in enumerate(scenarios)
    ]
    names = {"baseline": "", **{f"s{n}": "" for n in range(len(scenarios))}}
    facts = {"scenarios": names, "seed": 1}
    tables = {"indicators": pd.DataFrame([level]), "differences": pd.DataFrame(gains)}
    return hold_tables(tables, 4, 4, facts)


def play(district: District, rule: int | Precision, *scenarios: Scenario, **options: Any) -> list[Any]:
    """All results of an experiment over three days."""
    executor = options.pop("executor", InProcess(district))
    return list(run_experiment(district, scenarios, MONDAY, 3, rule, 7, executor, **options))


def test_rounds_end_at_the_cap_even_when_the_step_would_pass_it() -> None:
    assert list(ASKED.list_counts()) == [4, 7, 10, 12]
    assert list(Precision("backlog", 1, least=4, cap=4).list_counts()) == [4]


def test_the_rule_stops_at_the_half_width_and_asks_for_a_round_above_it() -> None:
    rule = replace(ASKED, scope="D")
    met, unmet = judge(make_result(0.5), rule, [4], 7), judge(make_result(0.51), rule, [4], 7)
    assert (met.total, met.provenance["half_width_met"]) == (4, True)
    assert (unmet.total, unmet.provenance["half_width_met"]) == (7, False)
    assert judge(make_result(0.51), rule, [4], None).total == 4


def test_a_relative_half_width_of_a_tenth_is_met_at_one_eleventh_of_the_mean() -> None:
    # g / (1 + g) = .1 / 1.1 = .0909: of a mean of 10 a half-width of .90 is enough, .95 is not
    rule = replace(ASKED, scope="D", half_width=0.1, relative=True)
    assert rule.is_met(rule.measure(make_result(0.90)))
    assert not rule.is_met(rule.measure(make_result(0.95)))
    assert rule.measure(make_result(0.9, mean=0.0)) == float("inf")


def test_with_scenarios_the_widest_difference_decides() -> None:
    rule = replace(ASKED, scope="D")
    assert rule.measure(make_result(9.0, scenarios=(0.2, 0.4))) == pytest.approx(0.4)
    assert rule.measure(make_result(0.1, scenarios=(0.2, float("nan")))) == float("inf")


def test_points_of_percentage_are_hundredths_of_a_share_and_hours_are_hours() -> None:
    assert (find_unit("on_time_closure"), find_unit("sojourn_hours")) == (0.01, 1.0)


def test_everything_wrong_with_a_rule_is_said_at_once(small_district: District) -> None:
    wrong = Precision("happiness", 0, scope_kind="township", scope="nowhere", least=1, step=0, cap=0)
    with pytest.raises(DistrictFaults) as caught:
        play(small_district, wrong)
    assert [fault.row for fault in caught.value.faults] == [
        "indicator", "half-width", "nowhere", "least", "step", "cap",
    ]  # fmt: skip


def test_rounds_are_added_until_the_half_width_is_met_and_the_figures_are_those_of_a_fixed_number(
    small_district: District,
) -> None:
    wide = replace(ASKED, half_width=1e9)
    first = play(small_district, wide)[-1]
    assert (first.done, first.provenance["rounds"]) == (4, [4])
    asked = replace(ASKED, half_width=0.9 * first.provenance["half_width"])
    results = play(small_district, asked)
    last = results[-1]
    count = last.provenance["replications"]
    assert last.provenance["half_width_met"] == (last.provenance["half_width"] <= asked.half_width)
    assert sum(last.provenance["rounds"]) == count == len(last.provenance["replication_seeds"])
    assert count in (7, 10) and last.provenance["rounds"][:2] == [4, 3]
    assert [r.done for r in results if r.done == r.total] == [count]
    pd.testing.assert_frame_equal(last.indicators, play(small_district, count)[-1].indicators)


def test_the_cap_ends_what_cannot_be_met(small_district: District) -> None:
    last = play(small_district, replace(ASKED, half_width=1e-9, cap=6), GROWTH)[-1]
    assert (last.done, last.total, last.provenance["rounds"]) == (12, 12, [4, 2])
    assert last.provenance["half_width_met"] is False


def test_one_and_two_workers_give_the_same_rounds_and_the_same_bytes(small_district: District) -> None:
    rule = replace(ASKED, half_width=0.05, cap=7)
    texts = []
    for workers in (1, 2):
        with open_executor(small_district, workers) as executor:
            last = play(small_district, rule, GROWTH, executor=executor)[-1]
        tables = [t.to_csv(float_format="%.10g") for t in (last.indicators, last.differences, last.quantiles)]
        texts.append((*tables, repr(last.provenance)))
    assert texts[0] == texts[1]


def test_two_scenarios_widen_each_others_intervals_and_change_no_mean(small_district: District) -> None:
    alone, both = play(small_district, 3, GROWTH)[-1], play(small_district, 3, GROWTH, MORE)[-1]
    assert alone.provenance["family"]["level_each"] == 0.95
    assert both.provenance["family"] | {"of": ""} == {
        "of": "", "size": 2, "method": "bonferroni", "level_each": pytest.approx(0.975),
    }  # fmt: skip
    mine = both.differences[both.differences["scenario"] == "growth"]
    assert mine["mean"].tolist() == alone.differences["mean"].tolist()
    whole = mine["scope_kind"] == "district"  # smaller places have no figure in some replication
    widths = [(table["high"] - table["low"])[whole].to_numpy() for table in (mine, alone.differences)]
    moved = widths[1] > 0
    # t(.9875, 2) / t(.975, 2) = 6.20535 / 4.30265
    assert moved.sum() >= 8
    assert widths[0][moved] / widths[1][moved] == pytest.approx(6.20535 / 4.30265, rel=1e-4)
    pd.testing.assert_frame_equal(
        both.indicators[both.indicators["scenario"] != "more"].reset_index(drop=True), alone.indicators
    )


def test_the_median_wait_over_six_replications_is_enclosed_by_the_least_and_the_largest(
    small_district: District,
) -> None:
    last = play(small_district, 6)[-1]
    row = last.quantiles.iloc[0]
    assert (row["scope_kind"], row["indicator"]) == ("district", "wait_minutes_p90")
    assert (row["low_rank"], row["high_rank"], row["replications"]) == (1, 6, 6)
    assert row["low"] <= row["median"] <= row["high"] and row["coverage"] == pytest.approx(31 / 32)


def test_a_stopped_round_is_the_last(small_district: District) -> None:
    asked = iter([False, False, True])
    results = play(small_district, replace(ASKED, half_width=1e-9), stop=lambda: next(asked, True))
    assert len(results) == 2 and results[-1].done < results[-1].total
