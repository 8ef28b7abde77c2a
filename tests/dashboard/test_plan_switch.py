"""The switch of a measure on the plan page: what is off is kept, struck from what is told and from a run."""

import json
import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.actors import Words
from dashboard.plan import shelf
from dashboard.plan.board import describe_board, move_posts
from dashboard.plan.fields import Choices, draw_measures
from dashboard.plan.forms import collect_draft, read_draft
from dashboard.plan.history import list_edits
from dashboard.plan.shelf import tell_dirty
from hub.known import Known
from simulation.scenario import Scenario
from store.scenarios import ScenarioRow
from tests.dashboard.conftest import Web
from tests.dashboard.test_plan_library import DEPARTMENT, GROWTH, MOVE, TOWN, Planner, write
from twin.district import District

OFF = MOVE | {"enabled": False}
SETTINGS = {"plan-start": "2026-05-11", "plan-days": 7, "plan-replications": 3, "plan-seed": 7}


def answer(planner: Planner, first: str, changed: str, **more: Any) -> Any:
    """What a callback answers over the form as it stands."""
    fields = [
        ({"type": "plan-field", "n": n, "field": name}, value)
        for n, row in enumerate(planner.draft)
        for name, value in row.items()
    ]
    known = {"plan-field": fields, "plan-name": planner.title, "plan-note": "", "plan-open": planner.opened}
    return planner.call(first, changed, known | SETTINGS | more)


def write_json(part: Any) -> str:
    """A part of a page as text."""
    return json.dumps(part, ensure_ascii=False)


def test_a_box_that_is_not_ticked_is_off_and_a_ticked_one_says_nothing() -> None:
    ids = [{"n": n, "field": field} for n in range(3) for field in ("measure", "enabled")]
    values = ["move_posts", [], "move_posts", ["on"], "move_posts", None]
    plain = {"measure": "move_posts"}
    assert collect_draft(ids, values) == [plain | {"enabled": False}, plain, plain]


def test_each_card_has_a_switch_that_shows_what_the_draft_says(demo_district: District) -> None:
    cards = draw_measures([OFF, MOVE], Choices(demo_district), "zh")
    groups = [part for card in cards for part in card._traverse() if type(part).__name__ == "CheckboxGroup"]
    assert [group.value for group in groups] == [[], ["on"]]
    assert [group.id["field"] for group in groups] == ["enabled"] * 2
    assert getattr(groups[0].children, "aria-label") == "启用：减区增乡"


def test_what_is_off_is_struck_from_changes_totals_and_checks(web: Web) -> None:
    planner = Planner(web)
    planner.draft = [OFF, GROWTH]
    checked = answer(planner, "plan-check.children", "plan-name.value")
    assert checked["plan-count"]["children"] == "1 项已启用，1 项停用"
    assert checked["plan-run"]["disabled"] is False
    assert "个岗位，涉及" not in write_json(checked["plan-check"])
    told = answer(planner, "plan-changes.children", "plan-digest.data")
    assert "区司法局" not in write_json(told["plan-changes"])
    tiers = json.loads(told["plan-board"]["data-board"])["tiers"]
    assert all(before == after for before, after in tiers.values())
    planner.draft = [MOVE, GROWTH]
    assert answer(planner, "plan-check.children", "plan-name.value")["plan-count"]["children"].startswith("2")
    told = answer(planner, "plan-changes.children", "plan-digest.data")
    assert "区司法局" in write_json(told["plan-changes"])


def test_with_everything_off_there_is_nothing_to_run_and_the_page_says_why(web: Web) -> None:
    planner = Planner(web)
    planner.draft = [OFF]
    checked = answer(planner, "plan-check.children", "plan-name.value")
    assert checked["plan-run"]["disabled"] is True and "全部停用" in write_json(checked["plan-check"])
    assert "全部停用" in write_json(answer(planner, "plan-job.data", "plan-run.n_clicks", **{"plan-run": 1}))


def test_a_run_with_a_measure_off_is_the_run_without_it(web: Web) -> None:
    planner, jobs = Planner(web), []
    for draft in ([GROWTH], [OFF, GROWTH], [MOVE, GROWTH]):
        planner.draft = draft
        said = answer(planner, "plan-job.data", "plan-run.n_clicks", **{"plan-run": 1})
        jobs.append(said["plan-job"]["data"])
    assert jobs[0] == jobs[1] != jobs[2]
    for job in set(jobs):
        web.services.jobs.cancel(job)


def test_it_survives_saving_copying_history_and_the_file(web: Web, demo_district: District) -> None:
    planner = Planner(web)
    planner.do("create")
    planner.draft = [OFF]
    assert "第 2 版" in planner.do("save")
    copied = planner.press("plan-shelf-act", action="copy")["plan-load"]["data"]["measures"]
    assert copied[0]["enabled"] is False and copied[0]["count"] == 2
    file = answer(planner, "plan-toml.data", "plan-export.n_clicks", **{"plan-export": 1})["plan-toml"]
    assert tomllib.loads(file["data"]["content"])["measures"][0]["enabled"] is False
    on, off = (Scenario.from_toml(write(row)) for row in (MOVE, {**OFF}))
    choices = Choices(demo_district)
    assert list_edits(on, off, choices, "zh") == ["1 减区增乡 · 启用：是 → 否"]
    assert list_edits(off, on, choices, "en") == ["1 Shift posts down · On：no → yes"]


def test_a_form_differs_from_what_was_saved_by_its_switches_too(web: Web, demo_district: District) -> None:
    planner = Planner(web)
    planner.draft = [GROWTH]
    planner.do("create")
    same, _ = read_draft("", [GROWTH], demo_district, "zh")
    more, _ = read_draft("", [GROWTH, OFF], demo_district, "zh")
    assert same and more and same.hash == more.hash
    assert "相同" in str(tell_dirty(same, planner.opened, "zh"))
    assert "未保存" in str(tell_dirty(more, planner.opened, "zh"))
    planner.draft = [GROWTH, OFF]
    planner.do("save")
    assert "相同" in str(tell_dirty(more, planner.opened, "zh"))
    planner.press("plan-version", n=1, act="show")
    assert "未保存" in str(tell_dirty(same, planner.opened, "zh"))


def test_the_list_of_scenarios_tells_what_was_not_run_and_what_waits(web: Web) -> None:
    planner = Planner(web)
    planner.draft = [GROWTH | {"factor": 1.37}]
    planner.do("create")
    assert "未试算" in planner.list()
    said = answer(planner, "plan-job.data", "plan-run.n_clicks", **{"plan-run": 1})
    assert "■ 排队" in planner.list() and "未试算" not in planner.list()
    assert web.services.jobs.cancel(said["plan-job"]["data"])
    assert "未试算" in planner.list()


@pytest.mark.parametrize(
    ("gap", "told", "sign"),
    [
        ((0.0412, 0.0321, 0.0498), ("+4.1 点", "3.2 ~ 5.0"), "pos"),
        ((-0.01, -0.02, 0.01), ("−1.0 点", "−2.0 ~ 1.0"), "quiet"),
    ],
)
def test_a_known_difference_stands_with_its_interval_and_tells_its_window_and_seed(
    demo_district: District, gap: tuple[float, float, float], told: tuple[str, str], sign: str
) -> None:
    spec = {"start": "2026-05-11", "days": 30, "seed": 7, "replications": 20}
    at = datetime(2026, 5, 1, tzinfo=UTC)
    row = ScenarioRow("i", "wang", "", "题", (), False, 1, "h", at, at)
    shown = shelf.Shown(row.owner, "", {row.hash: Known("j", "done", spec, gap)})
    items, _ = shelf.draw_list([row], 1, shown, Words(demo_district, "zh"))
    drawn = next(part for part in items[1]._traverse() if getattr(part, "className", "") == "gap")
    assert (drawn.children[0].children, drawn.children[1].children) == told
    assert drawn.children[0].className == sign
    assert told[1] in drawn.title and "2026-05-11 起 30 天 · 20 次成对重复 · 种子 7" in drawn.title


def test_posts_are_not_dragged_into_a_measure_that_is_off(demo_district: District) -> None:
    drag = {"from": DEPARTMENT, "to": TOWN, "count": 1}
    assert move_posts([OFF], drag, "order") == [OFF, MOVE | {"count": 1}]
    assert move_posts([OFF], drag | {"count": -1}, "order") is None
    board = describe_board([OFF], demo_district, Words(demo_district, "zh"))
    assert all(row["pairs"] == {} and row["came"] == [] for row in board["towns"])
