"""/live over a desk in memory: what the browser gets, in words, and what it may send."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.i18n import catalogue
from dashboard.live.book import Book
from dashboard.live.columns import Newsroom, describe_columns
from dashboard.live.drawer import describe_file
from dashboard.live.order import FIRST, find_main
from dashboard.services import Services, build_services
from hub.casework.policy import load_casework_policy
from hub.casework.records import ACTIONS, Refused
from hub.scopes import Scope
from store.database import open_store
from tests.dashboard.live_examples import NOW, OFFICE, VILLAGE, FakeDesk, list_cases, open_file
from twin.district import District
from twin.eventlog import STATES


@pytest.fixture(scope="module")
def services(
    demo_district: District, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    store = open_store(tmp_path_factory.mktemp("live") / "live.db")
    yield build_services(store, demo_district, root / "data" / "demo")
    store.close()


class Visitor:
    """A client of a role over a fake desk."""

    def __init__(self, services: Services, desk: FakeDesk) -> None:
        self.desk, self.services = desk, replace(services, desk=desk)  # type: ignore[arg-type]
        self.server, _ = create_app(self.services)

    def enter(self, role: str, scope: str = "", account: str = "") -> FlaskClient:
        client = self.server.test_client()
        client.set_cookie("session", self.services.sessions.open(role, scope, account))
        return client


@pytest.fixture
def visitor(services: Services) -> Visitor:
    return Visitor(services, FakeDesk())


@pytest.fixture(scope="module")
def book(demo_district: District) -> Book:
    return Book(demo_district, "zh")


def read_columns(client: FlaskClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/live{query}")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.get_json()
    return body


def test_columns_are_as_long_as_the_cases_and_unknown_places_are_null() -> None:
    columns = describe_columns(list_cases(4))
    assert {len(values) for values in columns.values() if isinstance(values, list)} == {4}
    assert columns["longitude"] == [111.0, None, None, None]
    assert columns["due"][3] == -1


def test_an_unchanged_state_is_204_and_lists_nothing_again(visitor: Visitor) -> None:
    client = visitor.enter("dispatcher")
    version = read_columns(client)["version"]
    answer = client.get(f"/api/live?version={version}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert float(answer.headers["X-Hub-Moment"]) == NOW.timestamp()
    assert (answer.headers["X-Hub-Speed"], answer.headers["X-Hub-Origin"]) == ("1", "live")
    assert visitor.desk.listed == [""]
    visitor.desk.cases = list_cases(2, version=8)
    assert len(read_columns(client, f"?version={version}")["case_id"]) == 2


def test_each_part_gets_its_own_columns(visitor: Visitor) -> None:
    for unit in ("", OFFICE, VILLAGE):
        read_columns(visitor.enter("township" if unit else "dispatcher", unit))
    assert visitor.desk.listed == ["", OFFICE, VILLAGE]


def test_a_supervised_case_is_marked_by_its_number_and_makes_a_new_version(demo_district: District) -> None:
    newsroom, desk, whole = Newsroom(demo_district), FakeDesk(), Scope(demo_district, "")
    before = newsroom.report(desk, whole)
    after = newsroom.report(desk, whole, before.version, frozenset({"0513-000001"}))
    assert after.body is not None and after.version != before.version
    assert json.loads(gzip.decompress(after.body))["supervised"] == [0, 1, 0]
    assert newsroom.report(desk, whole, after.version, frozenset({"0513-000001"})).body is None


def test_the_packed_columns_name_the_villages_where_late_cases_cluster(demo_district: District) -> None:
    """Of two villages with fifty cases each, all of one's are late: that one is the finding."""
    villages = demo_district.areas.loc[demo_district.areas["parent"] == "990101001000", "code"].tolist()
    moment, count = int(NOW.timestamp()), 50 * len(villages)
    place = np.repeat(np.array(villages, dtype=object), 50).tolist()
    late = np.array([code == villages[0] for code in place])
    desk = FakeDesk(list_cases(count, village=place, due=np.where(late, moment - 60, moment + 86_400)))
    news = Newsroom(demo_district).report(desk, Scope(demo_district, ""))
    assert news.body is not None
    cluster = json.loads(gzip.decompress(news.body))["cluster"]
    assert cluster["tier"] == "village"
    assert cluster["places"] == [villages[0]]


def test_the_drawer_tells_the_return_in_time_order_and_every_stage_ahead(book: Book) -> None:
    rows = describe_file(open_file(), book, "dispatcher", NOW)["timeline"]
    told = [(row["kind"], row["stage"]) for row in rows]
    assert told == [
        ("done", 0), ("done", 1), ("done", 2), ("between", -1), ("now", 2),
        ("ahead", 3), ("ahead", 4), ("ahead", 5), ("ahead", 6),
    ]  # fmt: skip
    assert rows[0]["at"] == "08:26"
    assert "不属本单位" in rows[3]["note"] and rows[3]["back"]
    assert (rows[4]["used"], rows[4]["limit"]) == (3.0, 5.0)


def test_the_drawer_recommends_with_reasons_only_until_the_case_is_dispatched(book: Book) -> None:
    best, other = describe_file(open_file(), book, "dispatcher", NOW)["advice"]
    assert best["name"] == "北苑街道办事处" and "有此事权" in best["powers"]
    assert "无此事权" in other["powers"] and other["on_time"] is None
    assert describe_file(open_file(state="dispatched"), book, "dispatcher", NOW)["advice"] == []


def test_what_is_off_says_why_and_other_peoples_work_is_not_offered(book: Book) -> None:
    file = describe_file(open_file(), book, "dispatcher", NOW)
    choices = {choice["action"]: choice for choice in file["choices"]}
    assert file["main"] == "dispatch"
    assert choices["close"]["why"] == "退回的案件须再派遣，不得直接结案。"
    assert choices["refuse"]["why"] == "此案现在退回待派，此环节不能办这一项。"
    assert "start" not in choices
    assert choices["dispatch"]["units"] == [[OFFICE, "北苑街道办事处"], [VILLAGE, "桂苑社区居委会"]]


def test_a_link_to_another_platform_is_a_web_address_or_nothing(book: Book) -> None:
    kept = describe_file(open_file(source_url="https://12345.example/7"), book, "viewer", NOW)
    dropped = describe_file(open_file(source_url="javascript:alert(1)"), book, "viewer", NOW)
    assert (kept["source_url"], dropped["source_url"]) == ("https://12345.example/7", "")


def test_an_approval_comes_first_only_where_it_was_asked_for() -> None:
    allowed = {"start", "return", "suspend"}
    assert find_main("township", allowed, ()) == "start"
    assert find_main("leader", allowed, ()) == ""
    assert find_main("leader", allowed, ("suspend",)) == "suspend"
    assert find_main("viewer", allowed, ()) == ""


def test_a_case_of_another_part_and_no_case_at_all_look_alike(visitor: Visitor) -> None:
    assert visitor.enter("village", VILLAGE).get("/api/live/cases/C-0").status_code == 200
    away, none = (
        visitor.enter("township", "990101002900").get("/api/live/cases/C-0"),
        visitor.enter("dispatcher").get("/api/live/cases/C-77"),
    )
    assert (away.status_code, none.status_code) == (404, 404)
    assert away.get_json() == none.get_json()
    outline = visitor.enter("viewer").get("/api/live/cases/C-0").get_json()["outline"]
    assert len(outline[0]) > 3


def test_an_act_carries_role_part_account_and_the_version_seen(visitor: Visitor) -> None:
    client = visitor.enter("township", OFFICE, "wang")
    wish = {"action": "dispatch", "version": 6, "unit": VILLAGE}
    answer = client.post("/api/live/cases/C-0", json=wish)
    assert (answer.status_code, answer.get_json()) == (200, {"version": 8})
    ((case_id, action, actor, version, sent),) = visitor.desk.acted
    assert (case_id, action, version, sent["unit"]) == ("C-0", "dispatch", 6, VILLAGE)
    assert (actor.role, actor.scope.unit, actor.account) == ("township", OFFICE, "wang")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refused_act_says_why_in_words(services: Services, lang: str) -> None:
    visitor = Visitor(services, FakeDesk(refusal=Refused("not_your_role", roles="village,township")))
    client = visitor.enter("dispatcher")
    client.set_cookie("lang", lang)
    answer = client.post("/api/live/cases/C-0", json={"action": "start", "version": 6})
    words = {"zh": "此项须由村（社区）、乡镇（街道）办理。", "en": "This is for: villages, townships."}
    assert (answer.status_code, answer.get_json()["text"]) == (409, words[lang])


def test_a_reason_nobody_has_words_for_is_told_as_not_possible(services: Services) -> None:
    visitor = Visitor(services, FakeDesk(refusal=Refused("moon_is_full")))
    answer = visitor.enter("dispatcher").post("/api/live/cases/C-0", json={"action": "accept", "version": 6})
    assert (answer.status_code, answer.get_json()["text"]) == (409, "不能办理。")


BAD: list[Any] = [
    None, [], 1, "x", {}, {"action": "accept"}, {"action": "fly", "version": 1},
    {"action": "accept", "version": "1"}, {"action": "accept", "version": True},
    {"action": "accept", "version": -1},
    {"action": "accept", "version": 1, "more": 1}, {"action": "accept", "version": 1, "reason": 3},
    {"action": "accept", "version": 1, "unit": "9" * 101}, {"action": ["accept"], "version": 1},
]  # fmt: skip


def test_bad_acts_are_422_and_reach_no_desk(visitor: Visitor) -> None:
    client = visitor.enter("dispatcher")
    for body in BAD:
        assert client.post("/api/live/cases/C-0", json=body).status_code == 422, body
    assert client.post("/api/live/cases/C-0", data=b"\xff{").status_code == 422
    assert visitor.desk.acted == []


def test_who_reads_cannot_act_and_another_site_cannot_either(visitor: Visitor) -> None:
    wish = {"action": "accept", "version": 6}
    for role in ("viewer", "office", "planner", "display", "auditor"):
        assert visitor.enter(role).post("/api/live/cases/C-0", json=wish).status_code == 403, role
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = visitor.enter("dispatcher").post("/api/live/cases/C-0", json=wish, headers=foreign)
    assert answer.status_code == 403
    assert visitor.desk.acted == []


def test_every_action_state_reason_and_refusal_has_words_in_both_languages(
    root: Path, demo_district: District
) -> None:
    policy = load_casework_policy()
    reasons = {code for codes in policy.reasons.values() for code in codes} | set(policy.whistle)
    text = "".join(path.read_text("utf-8") for path in (root / "hub" / "casework").glob("*.py"))
    refusals = {word for word in WHY if f'"{word}"' in text}
    assert len(refusals) > 12
    for lang in ("zh", "en"):
        book = Book(demo_district, lang)
        for kind, codes in (("action", ACTIONS), ("state", STATES), ("at", STATES), ("reason", reasons)):
            assert {f"casework.{kind}_{code}" for code in codes} <= catalogue(lang).keys(), (lang, kind)
        plain = {book.why("unknown", {}), book.why("unknown", {}, "short")}
        assert not {word for word in refusals if book.why(word, {}) in plain}
        assert not {word for word in refusals if book.why(word, {}, "short") in plain}
    assert {action for actions in FIRST.values() for action in actions} <= set(ACTIONS)


WHY = (
    "not_your_part", "not_your_role", "wrong_state", "needs_reason", "needs_unit", "needs_verdict",
    "moved_on", "mirror", "already", "returned_never_closed", "not_checked", "one_tier_above",
    "no_tier_above", "once_only", "same_body", "suspended", "not_suspended", "no_such_case", "not_a_twin",
    "merged", "not_called", "not_your_tier", "no_such_action",
)  # fmt: skip
