"""What the plan page says of a draft before it is run, and that its controls hold every measure."""

import re
from pathlib import Path
from typing import Any

import pytest

from dashboard.i18n import catalogue
from dashboard.plan.fields import Choices, draw_measures
from dashboard.plan.forms import (
    MOST_MEASURES,
    collect_draft,
    describe_calendar,
    describe_change,
    describe_dates,
    load_draft,
    place_faults,
    read_draft,
    read_scenario,
)
from dashboard.plan.layout import draw_check
from dashboard.plan.library import read_load
from simulation.measures import MEASURES, list_fields
from simulation.scenario import Scenario
from twin.district import District


@pytest.fixture(scope="module")
def choices(demo_district: District) -> Choices:
    """The codes of the demo district."""
    return Choices(demo_district)


def list_controls(cards: list[Any]) -> dict[tuple[int, str], Any]:
    """Every control of drawn measures by number and field."""
    found = {}
    for card in cards:
        for part in card._traverse():
            name = getattr(part, "id", None)
            if isinstance(name, dict) and name.get("type") == "plan-field":
                found[name["n"], name["field"]] = part
    return found


def name_type(control: Any) -> str:
    """The kind of a control."""
    return type(control).__name__


def test_a_year_that_the_work_calendar_does_not_know_is_said_beside_the_form(demo_district: District) -> None:
    assert describe_calendar(demo_district, "2026-05-11", 30, "zh") == []
    (text,) = describe_calendar(demo_district, "2031-05-11", 30, "zh")
    assert "2031" in text and "节假日" in text
    (text,) = describe_calendar(demo_district, "2026-12-20", 30, "en")
    assert "2027" in text


def test_blank_or_odd_dates_say_nothing(demo_district: District) -> None:
    for start, days in ((None, 30), ("soon", 30), ("2026-05-11", None), ("9999-12-31", 30)):
        assert describe_calendar(demo_district, start, days, "zh") == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_field_of_every_measure_is_a_control_with_its_name(choices: Choices, lang: str) -> None:
    controls = list_controls(draw_measures([{"measure": kind} for kind in MEASURES], choices, lang))
    for number, model in enumerate(MEASURES.values()):
        entries = model.model_json_schema()["properties"]
        for name, entry in ((name, entries[name]) for name in list_fields(model)):
            if name == "effective_from" and not model.dated:
                assert (number, name) not in controls
                continue
            assert controls[number, name].label == (entry["title"] if lang == "zh" else entry["title_en"])


def test_dates_words_lists_and_yes_or_no_have_their_own_controls(choices: Choices) -> None:
    kinds = ["move_posts", "whistle", "redraw_grids", "dispatch_policy"]
    controls = list_controls(draw_measures([{"measure": kind} for kind in kinds], choices, "zh"))
    day = controls[0, "effective_from"]
    assert name_type(day) == "DateInput" and day.label.startswith("生效日期") and day.value is None
    post_kind = controls[0, "post_kind"]
    assert [row["label"] for row in post_kind.data] == ["行政", "事业", "聘用"]
    assert post_kind.clearable and post_kind.placeholder == "不限"
    assert name_type(controls[0, "count"]) == "NumberInput"
    call = controls[1, "call"]
    assert call.value == "hard" and not call.clearable
    keep = controls[2, "keep_dedicated"]
    assert keep.value == "true" and [row["label"] for row in keep.data] == ["是", "否"]
    states = controls[3, "states"]
    assert name_type(states) == "MultiSelect" and states.value == ["handled"]


def test_what_the_controls_of_the_example_hold_is_the_example(
    demo_district: District, choices: Choices, root: Path
) -> None:
    text = (root / "data" / "scenarios" / "example.toml").read_text("utf-8")
    title, draft = load_draft(text)
    assert len(draft) <= MOST_MEASURES
    controls = list_controls(draw_measures(draft, choices, "zh"))
    ids = [{"type": "plan-field", "n": n, "field": name} for n, name in controls]
    again = collect_draft(ids, [control.value for control in controls.values()])
    scenario, faults = read_scenario(title, again, demo_district, "zh")
    assert faults == [] and scenario is not None
    assert scenario.hash == Scenario.from_toml(text).hash
    lines = "；".join(describe_change(demo_district, scenario, "zh"))
    for words in ("办理流程有变", "事权有变", "网格重划", "道路有变", "分日生效：2026-05-18"):
        assert words in lines


def test_a_measure_that_comes_after_the_days_asked_for_is_said(root: Path) -> None:
    scenario = Scenario.from_file(root / "data" / "scenarios" / "scale_demand.toml")
    assert describe_dates(scenario, "2026-05-11", 8, "zh") == []
    (text,) = describe_dates(scenario, "2026-05-11", 7, "zh")
    assert "1 诉求量变化" in text and "试算期之后" in text
    assert describe_dates(scenario, None, 7, "zh") == []


def test_the_check_says_right_wrong_and_empty(demo_district: District) -> None:
    def read(draft: list[dict[str, Any]]) -> tuple[list[str], bool]:
        reading = read_draft("题", draft, demo_district, "zh")
        (_, *lines), blocked = draw_check(reading, ("2026-05-11", 7), demo_district, "zh")
        return [line.children[0].children for line in lines], blocked

    assert read([]) == (["○ 空"], True)
    assert read([{"measure": "scale_demand"}]) == (["✕ 有误"], True)
    late = {"measure": "scale_demand", "factor": 1.1, "effective_from": "2026-06-01"}
    assert read([late]) == (["● 通过"] * 3 + ["▲ 注意"], False)


def test_faults_name_measure_and_field_in_the_readers_words(demo_district: District) -> None:
    draft = [
        {"measure": "move_posts"},
        {"measure": "fill_vacancies", "batches": 2},
        {"measure": "whistle", "items": ["99"]},
    ]
    scenario, faults = read_scenario("", draft, demo_district, "zh")
    assert scenario is None
    assert "1 减区增乡 · 调出单位：请填写" in faults and "1 减区增乡 · 岗位数：请填写" in faults
    _, faults = read_scenario("", draft[1:], demo_district, "zh")
    assert faults == ["1 补空编：分批须填生效日期", "2 吹哨报到：没有这个事项（99）"]


def test_a_fault_stands_at_its_field_or_else_at_its_card(demo_district: District) -> None:
    draft = [{"measure": "fill_vacancies", "batches": 2}, {"measure": "whistle", "items": ["99"]}]
    _, faults = read_draft("", draft, demo_district, "zh")
    ids = [{"n": 0, "field": "batches"}, {"n": 0, "field": "count"}, {"n": 1, "field": "items"}]
    fields, cards = place_faults(faults, ids, [{"n": 0}, {"n": 1}])
    assert fields == ["分批须填生效日期", "", ""]
    assert cards == ["", "没有这个事项（99）"]


def test_every_rule_of_a_measure_has_words_in_both_languages(root: Path) -> None:
    pattern = re.compile(
        r"\bfault\(\s*(?:[^,()]|\([^()]*\))+,\s*(?:[^,()\"]|\"[^\"]*\"|\([^()]*\))+,\s*\"([^\"]+)\""
    )
    rules = {
        rule
        for path in (root / "simulation" / "measures").glob("*.py")
        for rule in pattern.findall(path.read_text("utf-8"))
    } - {"measure"}
    rules |= {
        f"{name} unknown" for name in ("unit", "role", "duty", "item", "village", "area", "road", "matter")
    }
    assert {"floor", "other wait", "no step", "in several parts", "not dated"} <= rules and len(rules) > 25
    for lang in ("zh", "en"):
        missing = {rule for rule in rules if f"plan.fault_{rule.replace(' ', '_')}" not in catalogue(lang)}
        assert not missing


def test_a_scenario_of_many_measures_is_held_whole_and_one_of_too_many_is_refused_in_words(
    demo_district: District, choices: Choices
) -> None:
    kept = [{"measure": "scale_demand", "factor": 1 + n / 1000} for n in range(MOST_MEASURES + 1)]
    for count, held in ((MOST_MEASURES, True), (MOST_MEASURES + 1, False)):
        load = {"title": "many", "note": "", "measures": kept[:count]}
        opened = read_load(load)
        assert opened is not None
        controls = list_controls(draw_measures(opened[2], choices, "zh"))
        ids = [{"type": "plan-field", "n": n, "field": name} for n, name in controls]
        draft = collect_draft(ids, [control.value for control in controls.values()])
        scenario, faults = read_scenario("many", draft, demo_district, "zh")
        assert (scenario is not None) is held and len(faults) == (0 if held else 1)
        assert scenario is None or len(scenario.measures) == count
