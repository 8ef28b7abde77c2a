"""The library on the plan page: two planners' sessions, conflicts, TOML in and out, versions compared."""

import base64
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard import studying
from dashboard.guard import UPDATE
from dashboard.plan.exchange import decode, read_file
from dashboard.plan.fields import Choices
from dashboard.plan.history import list_edits
from dashboard.plan.library import find_run
from dashboard.plan.runs import plays
from dashboard.plan.shelf_acts import Refused
from dashboard.planners import current_planner
from hub.jobs import EXPERIMENT
from simulation.scenario import Scenario
from tests.dashboard.conftest import Web
from tests.dashboard.test_studying import enter
from twin.district import District

TOWN, DEPARTMENT = "990101001900", "990101926000"
MOVE = {"measure": "move_posts", "from_unit": DEPARTMENT, "to_unit": TOWN, "role": "order", "count": 2}
GROWTH = {"measure": "scale_demand", "factor": 1.1}


class Planner:
    """One planner's page: the form and what is open, sent and answered as the renderer does."""

    def __init__(self, web: Web, role: str = "planner", scope: str = "") -> None:
        self.web, self.client = web, FlaskClient(web.server)
        self.client.set_cookie("session", web.services.sessions.open(role, scope))
        self.title, self.note, self.draft, self.opened = "下沉", "", [MOVE], None

    def call(self, first: str, changed: str, values: dict[str, Any]) -> Any:
        """Answer of the callback whose outputs hold `first`; None where nothing changes."""
        key = next(key for key in self.web.app.callback_map if first in key and self._fits(key, changed))
        entry = self.web.app.callback_map[key]
        parts = key[2:-2].split("...") if key.startswith("..") else [key]
        outputs = [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in parts]
        body = {
            "output": key,
            "outputs": outputs if key.startswith("..") else outputs[0],
            "inputs": [self._fill(item, values) for item in entry["inputs"]],
            "state": [self._fill(item, values) for item in entry["state"]],
            "changedPropIds": [changed],
        }
        answer = self.client.post(UPDATE, json=body)
        assert answer.status_code in (200, 204), answer.text
        return json.loads(answer.text)["response"] if answer.status_code == 200 else None

    def _fits(self, key: str, changed: str) -> bool:
        kind = (
            json.loads(changed.rpartition(".")[0])["type"]
            if changed.startswith("{")
            else changed.split(".", maxsplit=1)[0]
        )
        return any(kind in item["id"] for item in self.web.app.callback_map[key]["inputs"])

    def _fill(self, item: dict[str, str], values: dict[str, Any]) -> Any:
        name, prop = item["id"], item["property"]
        if name.startswith("{"):
            kind = json.loads(name)["type"]
            return [
                {"id": i, "property": prop, "value": i if prop == "id" else v}
                for i, v in values.get(kind, [])
            ]
        return {"id": name, "property": prop, "value": values.get(name)}

    def press(self, kind: str, **what: Any) -> Any:
        """A button of the library, pressed over the form as it stands; remembers what is open then."""
        fields = [
            ({"type": "plan-field", "n": n, "field": name}, value)
            for n, row in enumerate(self.draft)
            for name, value in row.items()
        ]
        name = {"type": kind, **what}
        values = {"plan-name": self.title, "plan-note": self.note, "plan-field": fields, kind: [(name, 1)]}
        values |= {"plan-open": self.opened, "plan-turn": 0, "plan-stash": None}
        changed = json.dumps(name, separators=(",", ":"), sort_keys=True) + ".n_clicks"
        answer = self.call("plan-told", changed, values)
        if "plan-open" in answer:
            self.opened = answer["plan-open"]["data"]
        return answer

    def do(self, action: str) -> str:
        """An act, and what the page tells of it."""
        answer = self.press("plan-shelf-act", action=action)
        return json.dumps(answer["plan-told"]["children"], ensure_ascii=False)

    def list(self, asked: str = "") -> str:
        """The list as it is drawn."""
        answer = self.call("plan-shelf.children", "plan-search.value", {"plan-search": asked})
        return json.dumps(answer["plan-shelf"]["children"], ensure_ascii=False)


def test_a_draft_is_its_planner_s_alone_until_it_is_shared_and_never_another_s_to_change(web: Web) -> None:
    wang, li = Planner(web), Planner(web)
    wang.title = "王的草稿"
    assert "已存入方案库" in wang.do("create")
    name = wang.opened["id"]
    assert "王的草稿" in wang.list() and "王的草稿" not in li.list()
    li.opened = dict(wang.opened)
    for action in ("save", "over", "rename", "share", "delete", "copy"):
        assert "未办成" in li.do(action), action
    assert "未办成" in json.dumps(li.press("plan-open-row", id=name), ensure_ascii=False)
    assert "可以查看" in wang.do("share")
    assert "王的草稿" in li.list("草稿") and "没有符合" in li.list("不存在")
    opened = li.press("plan-open-row", id=name)
    assert opened["plan-load"]["data"]["measures"] == [
        Scenario.from_toml(write(MOVE)).to_plain()["measures"][0]
    ]
    for action in ("save", "rename", "unshare", "delete"):
        assert "未办成" in li.do(action), action
    assert "已复制" in li.do("copy") and li.opened["id"] != name
    assert "不再共享" in wang.do("unshare") and name not in li.list()


def write(*rows: dict[str, Any]) -> str:
    """A TOML text of measures."""
    lines = ['name = "x"', 'title = "题"']
    for row in rows:
        lines += ["[[measures]]", *(f"{key} = {json.dumps(value)}" for key, value in row.items())]
    return "\n".join(lines)


def test_a_save_over_a_newer_version_is_refused_in_words_and_the_form_stays(web: Web) -> None:
    first = Planner(web)
    first.do("create")
    second = dict(first.opened)
    first.draft = [MOVE | {"count": 3}]
    assert "第 2 版" in first.do("save")
    newest, first.opened = first.opened, second
    first.draft = [MOVE | {"count": 4}]
    answer = first.press("plan-shelf-act", action="save")
    told = json.dumps(answer["plan-told"]["children"], ensure_ascii=False)
    assert "已保存了第 2 版，您打开的是第 1 版" in told and "plan-load" not in answer
    assert first.opened == second and newest["version"] == 2
    assert "第 3 版" in first.do("over")


def test_a_wrong_form_is_told_with_its_field_and_nothing_is_kept(web: Web) -> None:
    planner = Planner(web)
    planner.draft = [MOVE | {"count": 0}]
    told = planner.do("save")
    assert "1 减区增乡 · 岗位数：须大于 0" in told and planner.opened is None
    planner.draft, planner.title = [MOVE], "  "
    assert "请填写方案名称" in planner.do("create")
    assert "还没有保存过" in planner.list()


def test_a_township_s_planner_keeps_what_stays_inside_and_is_told_the_rows_outside(web: Web) -> None:
    planner = Planner(web, scope=TOWN)
    told = planner.do("create")
    assert "2 处" in told and DEPARTMENT in told and planner.opened is None
    area = str(web.services.district.units.set_index("code").loc[TOWN, "area"])
    planner.draft = [GROWTH | {"places": [area]}]
    assert "已存入方案库" in planner.do("create")


def test_an_old_version_comes_back_as_the_newest(web: Web) -> None:
    planner = Planner(web)
    planner.do("create")
    planner.draft = [GROWTH]
    planner.do("save")
    answer = planner.press("plan-version", n=1, act="restore")
    assert planner.opened["version"] == 3 and answer["plan-load"]["data"]["measures"][0]["count"] == 2
    shown = planner.press("plan-version", n=2, act="show")
    assert shown["plan-load"]["data"]["measures"][0]["factor"] == 1.1 and planner.opened["version"] == 3


def test_what_changed_between_two_versions_is_told_by_measure_and_field(demo_district: District) -> None:
    choices = Choices(demo_district)
    before = Scenario.from_toml(write(MOVE, GROWTH))
    after = Scenario.from_toml(write(MOVE | {"count": 5}, {"measure": "pool_enforcement"}))
    assert list_edits(before, after, choices, "zh") == [
        "1 减区增乡 · 岗位数：2 → 5", "＋ 2 一支队伍管执法", "－ 2 诉求量变化",
    ]  # fmt: skip
    assert list_edits(before, before, choices, "zh") == []
    assert list_edits(None, before, choices, "en") == ["+ 1 Shift posts down", "+ 2 Scale demand"]


def test_a_file_comes_in_whole_or_with_each_fault_at_its_measure_and_field(demo_district: District) -> None:
    text = write(MOVE, GROWTH)
    contents = "data:application/toml;base64," + base64.b64encode(text.encode()).decode()
    load = read_file(decode(contents), demo_district, "zh")
    assert load["title"] == "题" and [row["measure"] for row in load["measures"]] == [
        "move_posts",
        "scale_demand",
    ]
    for wrong, words in (
        (
            write(MOVE | {"count": 0}, {"measure": "nope"}),
            ["1 减区增乡 · 岗位数：须大于 0", "第 2 项：没有措施“nope”。"],
        ),
        (write(MOVE | {"to_unit": "x"}), ["1 减区增乡：没有这个调入单位"]),
        (
            write(MOVE | {"to_unit": "x"}, GROWTH | {"factor": 0}),
            ["1 减区增乡：没有这个调入单位", "2 诉求量变化 · 倍数：须大于 0"],
        ),
        ("name = ", ["不是 TOML"]),
        ("", ["没有内容"]),
        ("#" * 70_000, ["超过 65536 字节"]),
    ):
        with pytest.raises(Refused) as caught:
            read_file(wrong, demo_district, "zh")
        assert [line.startswith(word) for line, word in zip(caught.value.lines, words, strict=True)] == [
            True
        ] * len(words)
    assert decode("data:,%%%") == "" and decode(None) == ""


def grow(factor: float) -> Scenario:
    """More cases everywhere."""
    head = 'name = "grow"\ntitle = "growth"\n[[measures]]\nmeasure = "scale_demand"\n'
    return Scenario.from_toml(f"{head}factor = {factor}\n")


def named(scenario: Scenario, name: str) -> Scenario:
    """The same under another name."""
    return scenario.model_copy(update={"name": name})


def ask_run(web: Web, *scenarios: Scenario) -> str:
    """The id of a run that waits."""
    plain = {
        "scenarios": [scenario.to_toml() for scenario in scenarios],
        "start": "2026-09-01",
        "days": 1,
        "replications": 2,
        "seed": 7,
    }
    job, words = studying.submit(web.services, EXPERIMENT, plain, "zh")
    assert words == ""
    return str(job)


def test_a_run_is_marked_as_not_of_the_form_until_the_form_holds_what_it_plays(web: Web) -> None:
    with web.server.test_request_context():
        enter(web)
        job = ask_run(web, grow(1.1))
        other = {**GROWTH, "factor": 1.2}
        off = {**other, "enabled": False}
        assert plays(web.services, job, [GROWTH]) and plays(web.services, job, [GROWTH, off])
        assert not plays(web.services, job, [other]) and not plays(web.services, job, [])
        assert plays(web.services, None, [other]), "no run is shown"
        assert web.services.jobs.cancel(job)


def test_a_scenario_of_the_library_opens_with_its_own_run_or_with_none(web: Web) -> None:
    with web.server.test_request_context():
        enter(web)
        kept = web.services.library.create(current_planner(web.services), grow(1.3).to_toml()).scenario_id
        strange = ask_run(web, grow(1.4))
        assert find_run(web.services, kept) == ""
        own = ask_run(web, grow(1.3))
        assert find_run(web.services, kept) == own
        assert find_run(web.services, "nothing") == ""
        assert web.services.jobs.cancel(own)
        both = ask_run(web, grow(1.5), named(grow(1.3), "b"))
        assert find_run(web.services, kept) == "", "the page shows the first of a comparison"
        assert plays(web.services, both, [GROWTH | {"factor": 1.5}])
        assert not plays(web.services, both, [GROWTH | {"factor": 1.3}])
        own = both
        assert web.services.jobs.cancel(own) and web.services.jobs.cancel(strange)
