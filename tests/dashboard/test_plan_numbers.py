"""Figures as the planner's page writes them, and the groups that they stand in."""

import math

import numpy as np
import pandas as pd
import pytest

from dashboard.i18n import catalogue
from dashboard.plan.findings import BY_ID, Row, place_values, show, show_difference, tell_interval
from dashboard.plan.groups import FIGURES, LEVERS, list_figures, list_levers
from dashboard.plan.legends import draw_difference_legend
from dashboard.plan.library import list_library, list_titles, open_scenario
from dashboard.plan.numbers import find_cut_digits, write
from dashboard.plan.table import GROUPS, draw_groups, draw_lead
from simulation.measures import MEASURES
from simulation.studies.outcome import SCOPE_INDICATORS, UNIT_INDICATORS
from simulation.studies.summary import hold_tables


def make_row(indicator: str, before: float, gap: float, low: float, high: float) -> Row:
    """One indicator's figures, as a result holds them."""
    return Row(BY_ID[indicator], before, before + gap, gap, low, high)


@pytest.mark.parametrize(
    ("row", "level", "gap", "interval"),
    [
        (("walkin_trips", 1.168, -0.05, -0.06, -0.04), "1.17 趟", "−0.05 趟", "−0.06 ~ −0.04"),
        (("walkin_wait_minutes", 4.12, -1.54, -2.2, -0.8), "4.1 分钟", "−1.5 分钟", "−2.2 ~ −0.8"),
        (("wait_minutes_p90", 2776.4, -315.0, -350.2, -280.1), "2,776 分钟", "−315 分钟", "−350 ~ −280"),
        (("walkin_needs", 7354.0, 1.3, -0.1, 2.8), "7,354 件", "+1.3 件", "−0.1 ~ 2.8"),
        (("on_time_closure", 0.795, 0.034, 0.027, 0.041), "79.5 %", "+3.4 点", "2.7 ~ 4.1"),
        (("walkin_district_share", 0.544, -0.003, -0.0032, -0.0028), "54.4 %", "−0.30 点", "−0.32 ~ −0.28"),
        (("walkin_needs", 7354.0, 0.0, 0.0, 0.0), "7,354 件", "—", "–"),
        (("backlog", 12.0, 1.0, math.nan, math.nan), "12 件", "–", "–"),
    ],
)
def test_units_and_digits_fit_the_figure(
    row: tuple[str, float, float, float, float], level: str, gap: str, interval: str
) -> None:
    made = make_row(*row)
    assert show(made.baseline, made.indicator, "zh") == level
    assert show_difference(made, "zh") == gap
    assert tell_interval(made, "zh") == interval


def test_a_figure_that_rounds_to_zero_has_no_sign_and_cuts_are_told_apart() -> None:
    assert write(-0.0004, 2) == "0.00" and write(-1240.5, 1) == "−1,240.5"
    assert find_cut_digits([70, 78, 86, 93]) == 0
    assert find_cut_digits([0.11, 0.14, 0.2, 0.3]) == 2


def test_every_figure_and_every_measure_stands_in_one_group_with_a_name() -> None:
    figures = [i for ids in FIGURES.values() for i in ids]
    assert sorted(figures) == sorted(i.id for i in SCOPE_INDICATORS)
    levers = [kind for kinds in LEVERS.values() for kind in kinds]
    assert sorted(levers) == sorted(MEASURES)
    for lang in ("zh", "en"):
        assert [len(group["items"]) for group in list_levers(lang)] == [len(k) for k in LEVERS.values()]
        assert all(group["group"] for group in list_figures(lang))


def test_every_unit_of_a_figure_has_a_word_in_both_languages() -> None:
    for indicator in (*SCOPE_INDICATORS, *UNIT_INDICATORS):
        row = make_row(indicator.id, 0.5, 0.1, 0.05, 0.2)
        for lang in ("zh", "en"):
            assert f"plan.unit_{indicator.unit}" in catalogue(lang)
            assert show(row.baseline, indicator, lang) and show_difference(row, lang)


def test_the_table_leads_with_four_figures_and_folds_the_rest_by_what_they_speak_of() -> None:
    rows = [make_row(i.id, 0.5, 0.1, 0.05, 0.2) for i in SCOPE_INDICATORS]
    assert len(draw_lead(rows, "zh").children[1].children) == 4
    groups = dict(zip(GROUPS, draw_groups(rows, "zh"), strict=True))
    assert len(groups["walkin"][1].children[1].children) == 10
    name = groups["walkin"][1].children[1].children[2].children[0].children
    assert name.children[0].children == "件均跑动次数"
    assert name.children[1].children == BY_ID["walkin_trips"].formula
    assert draw_groups([r for r in rows if r.indicator.id in FIGURES["lead"]], "zh") == [[]] * len(GROUPS)


def test_a_place_whose_walk_ins_do_not_change_is_identical_whatever_its_cases_do() -> None:
    rows = [("v1", 0.0, 0.0, 0.0, 9), ("v2", -1.0, -2.0, -0.5, 0), ("v3", 0.1, -1.0, 1.2, 0)]
    differences = pd.DataFrame(rows, columns=["scope", "mean", "low", "high", "affected_cases"])
    differences = differences.assign(scenario="plan", scope_kind="village", indicator="walkin_wait_minutes")
    levels = pd.DataFrame(
        [(s, "village", v, "walkin_wait_minutes", 4.0) for s in ("baseline", "plan") for v in ("v1", "v2")],
        columns=["scenario", "scope_kind", "scope", "indicator", "mean"],
    )
    result = hold_tables({"indicators": levels, "differences": differences}, 2, 2, {})
    values = place_values(result, ["v1", "v2", "v3"], BY_ID["walkin_wait_minutes"])
    assert values.identical.tolist() == [True, False, False]
    assert values.unclear.tolist() == [False, False, True]
    assert np.allclose(values.gain, [0.0, 1.0, -0.1]) and not values.early
    once = differences.assign(low=np.nan, high=np.nan, affected_cases=9)
    early = place_values(
        hold_tables({"indicators": levels, "differences": once}, 1, 2, {}),
        ["v2", "v3"],
        BY_ID["walkin_wait_minutes"],
    )
    legend = str(draw_difference_legend([0.1, 0.2, 0.3], early, BY_ID["walkin_wait_minutes"], "zh"))
    assert early.early and "尚无区间：2 村" in legend and "区间含 0" not in legend


def test_every_scenario_of_the_library_opens_with_its_note() -> None:
    for path in list_library():
        opened = open_scenario(path.stem)
        assert opened is not None and opened.title and opened.draft
    reforms = open_scenario("three_reforms")
    assert reforms is not None and "乡镇吹哨" in reforms.note
    assert list_titles()[0]["label"] == reforms.title
    assert open_scenario("../nothing") is None and open_scenario(None) is None
