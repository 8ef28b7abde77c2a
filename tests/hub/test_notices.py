"""Who is told what, how often, and over a real HTTP server: sent, tried again, given up, not replayed."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from hub.clock import HubClock
from hub.contingency.desk import ContingencyDesk
from hub.ingest import Ingest
from hub.live import LiveState
from hub.notices import Notices
from hub.notices.notifier import Notifier, notifying
from hub.notices.policy import NoticePolicy, load_policy
from hub.notices.sending import Plan, Sender, find_loud, plan_unit
from hub.notices.webhook import Webhook, WebhookSettings, load_webhook, sign, verify
from hub.orders.desk import Orders
from hub.snapshot import CaseRow
from store.audit import Audit
from store.database import Store
from store.events import EventStore
from store.journal import Journal
from store.notes import Notes
from store.outbox import Notice, Outbox
from tests.hub.desks import ZONE, Hand, People, at
from twin.district import District
from twin.faults import DistrictFaults

SECRET = b"a secret of twenty bytes"
POLICY = load_policy().model_copy(
    update={"per_hour": 3, "urgent_extra": 1, "attempts": 3, "backoff_seconds": (30, 120)}
)
NOON = at("09-16 12:00")


def make_notice(name: str, kind: str = "message", unit: str = "u", **body: Any) -> Notice:
    """A waiting notice."""
    full = {"subject": name, "values": {"text": name}} | body
    return Notice(name, unit, "", kind, full, "waiting", 0, "", NOON, NOON, None)


def shape(plan: Plan) -> tuple[str, str, str]:
    """The names of what is sent, bundled and put off."""
    return tuple("".join(one.notice_id for one in part) for part in (plan.send, plan.bundle, plan.postpone))  # type: ignore[return-value]


def test_up_to_the_cap_each_goes_by_itself_past_it_the_last_place_is_a_digest() -> None:
    three, five = [make_notice(n) for n in "abc"], [make_notice(n) for n in "abcde"]
    assert shape(plan_unit(three, [], NOON, POLICY, ZONE)) == ("abc", "", "")
    assert shape(plan_unit(five, [], NOON, POLICY, ZONE)) == ("ab", "cde", "")
    assert shape(plan_unit(five, [NOON, NOON], NOON, POLICY, ZONE)) == ("", "abcde", "")
    full = [NOON - timedelta(minutes=50), NOON - timedelta(minutes=20), NOON]
    plan = plan_unit(five, full, NOON, POLICY, ZONE)
    assert (shape(plan), plan.later) == (("", "", "abcde"), at("09-16 12:10"))


def test_urgent_ones_go_first_and_use_the_extra_place() -> None:
    due = [*(make_notice(n) for n in "abcd"), make_notice("U", "whistle"), make_notice("V", "whistle")]
    assert shape(plan_unit(due, [], NOON, POLICY, ZONE)) == ("UVa", "bcd", "")  # 3 + 1 places
    full = [NOON - timedelta(minutes=50)] * 3
    assert shape(plan_unit(due[-1:], full, NOON, POLICY, ZONE)) == ("V", "", "")
    assert shape(plan_unit(due[-2:], full, NOON, POLICY, ZONE)) == ("", "UV", "")


def test_quiet_hours_hold_back_what_is_not_urgent_until_seven() -> None:
    due = [make_notice("a"), make_notice("U", "whistle")]
    for moment, morning in (("09-16 22:00", "09-17 07:00"), ("09-17 06:59", "09-17 07:00")):
        plan = plan_unit(due, [], at(moment), POLICY, ZONE)
        assert (shape(plan), plan.later) == (("U", "", "a"), at(morning)), moment
    for moment in ("09-16 21:59", "09-17 07:00"):
        assert find_loud(at(moment), POLICY, ZONE) == at(moment)


@dataclass
class Listener:
    """A gateway: verifies signature, time and id, answers what it is told to, keeps what it took."""

    clock: Hand
    answers: list[int] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    last: tuple[bytes, dict[str, str]] = (b"", {})

    def judge(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of one request."""
        self.last = (body, headers)
        stamp, signature = headers.get("X-Twin-Timestamp", ""), headers.get("X-Twin-Signature", "")
        if not verify(SECRET, stamp, body, signature, self.clock()):
            self.refused.append("signature")
            return 401
        if self.answers and (status := self.answers.pop(0)) != 200:
            return status
        if headers["X-Twin-Notice"] in self.seen:
            self.refused.append("again")
            return 409
        self.seen.add(headers["X-Twin-Notice"])
        self.taken.append(json.loads(body))
        return 200


@dataclass
class Line:
    """A listener behind a real HTTP server, and a sender towards it."""

    listener: Listener
    notices: Notices
    sender: Sender
    url: str


@pytest.fixture
def line(sqlite_store: Store) -> Iterator[Line]:
    """At noon; the server answers on a free port."""
    clock = Hand("09-16 12:00")
    listener = Listener(clock)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(listener.judge(body, dict(self.headers.items())))
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/hook"
    notices = Notices(sqlite_store, POLICY, has_webhook=True, clock=clock)
    sender = Sender(notices.outbox, Webhook(url, SECRET, 2), POLICY, ZONE, {"u": "柳溪镇"}.get, clock)  # type: ignore[arg-type]
    yield Line(listener, notices, sender, url)
    server.shutdown()
    thread.join()
    server.server_close()


def say(line: Line, subject: str, kind: str = "message", unit: str = "u") -> int:
    """Put one notice."""
    return line.notices.send(unit, "township", kind, {"subject": subject, "values": {"text": subject}})


def test_a_notice_arrives_signed_once_and_in_words(line: Line, sqlite_store: Store) -> None:
    assert say(line, "水位上涨") == 1
    assert say(line, "水位上涨") == 0  # the same a moment ago
    assert line.sender.step() == 1
    assert line.sender.step() == 0
    (message,) = line.listener.taken
    assert (message["text"], message["unit_name"], message["role"]) == ("水位上涨", "柳溪镇", "township")
    assert [one.state for one in line.notices.list(["u"])] == ["sent"]
    assert [row.action for row in Audit(sqlite_store).recent()] == ["notice sent", "notices put"]
    line.listener.clock.set("09-16 14:01")
    assert say(line, "水位上涨") == 1  # two hours later it is news again


def test_a_request_that_is_sent_again_or_changed_is_refused_by_the_check_that_gateways_use(
    line: Line,
) -> None:
    say(line, "a")
    line.sender.step()
    body, headers = line.listener.last
    assert line.listener.judge(body, headers) == 409  # at once: the id is known
    line.listener.clock.set("09-16 12:06")
    assert line.listener.judge(body, headers) == 401  # later: the timestamp is old
    forged = headers | {"X-Twin-Timestamp": str(int(line.listener.clock().timestamp()))}
    assert line.listener.judge(body, forged) == 401  # a new timestamp does not fit the signature
    assert line.listener.judge(body + b" ", headers) == 401
    assert sign(SECRET, "1", b"x") != sign(SECRET, "1", b"y")
    assert not verify(SECRET, "soon", body, headers["X-Twin-Signature"], NOON)


def test_a_gateway_that_fails_is_tried_again_after_30_and_120_seconds_then_the_notice_is_dead(
    line: Line,
) -> None:
    line.listener.answers = [500, 503, 500]
    say(line, "a")
    assert line.sender.step() == 0
    assert line.sender.step() == 0 and len(line.listener.answers) == 2  # not before its time
    line.listener.clock.moment = NOON + timedelta(seconds=30)
    line.sender.step()
    assert line.notices.list(["u"])[0].error == "HTTP 503"
    line.listener.clock.moment = NOON + timedelta(seconds=149)
    line.sender.step()
    assert len(line.listener.answers) == 1
    line.listener.clock.moment = NOON + timedelta(seconds=150)
    line.sender.step()
    (notice,) = line.notices.list(["u"])
    assert (notice.state, notice.attempts, notice.error) == ("dead", 3, "HTTP 500")
    assert line.listener.taken == []


def test_a_gateway_that_comes_back_gets_the_notice(line: Line) -> None:
    line.listener.answers = [500, 200]
    say(line, "a")
    line.sender.step()
    line.listener.clock.moment = NOON + timedelta(seconds=31)
    assert line.sender.step() == 1
    assert [message["text"] for message in line.listener.taken] == ["a"]


def test_a_gateway_that_is_not_there_is_a_reason_and_not_a_crash(line: Line) -> None:
    line.sender.gateway = Webhook("http://127.0.0.1:9/", SECRET, 1)
    say(line, "a")
    assert line.sender.step() == 0
    assert line.notices.list(["u"])[0].error == "ConnectionError"


def test_ten_notices_reach_a_unit_as_two_and_a_digest_of_eight_and_no_more_in_that_hour(line: Line) -> None:
    for number in range(10):
        say(line, f"n{number}")
    say(line, "other", unit="v")
    line.sender.step()
    line.sender.step()
    mine = [message for message in line.listener.taken if message["unit"] == "u"]
    assert [message["kind"] for message in mine] == ["message", "message", "digest"]
    assert (mine[2]["text"], len(mine[2]["lines"])) == ("另有 8 条通知", 8)
    assert len(line.listener.taken) == 4
    assert line.notices.outbox.count_states() == {"sent": 4, "bundled": 8}
    say(line, "late")
    line.sender.step()
    assert len(line.listener.taken) == 4
    line.listener.clock.set("09-16 13:00")
    line.sender.step()
    assert line.listener.taken[-1]["text"] == "late"
    assert len(line.notices.list(["u"])) == 11  # read here, each by itself


def test_without_a_webhook_notices_stand_in_the_product_until_they_are_read(sqlite_store: Store) -> None:
    notices = Notices(sqlite_store, POLICY, has_webhook=False, clock=Hand("09-16 12:00"))
    notices.send("u", "", "message", {"subject": "a", "values": {"text": "a"}})
    notices.send("v", "", "message", {"subject": "a", "values": {"text": "a"}})
    assert [one.state for one in notices.list(None)] == ["inside", "inside"]
    assert notices.outbox.list_due(NOON) == []
    assert notices.mark_read(["u"], "office") == 1
    assert notices.mark_read(["u"], "office") == 0
    assert ["read_at" in one.body for one in notices.list(["u"])] == [True]
    assert "read_at" not in notices.list(["v"])[0].body
    with pytest.raises(KeyError):
        notices.send("u", "", "no such text", {"subject": "a"})


def test_settings_that_cannot_work_are_refused_in_words(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET + b"\n")
    url = "https://gateway.example/hook"
    found = load_webhook(WebhookSettings(webhook_url=url, webhook_secret_file=secret))
    assert found == Webhook(url, SECRET)
    assert load_webhook(WebhookSettings(webhook_url="")) is None
    short = tmp_path / "short"
    short.write_bytes(b"short")
    for values, word in (
        ({"webhook_url": "ftp://x", "webhook_secret_file": secret}, "TWIN_WEBHOOK_URL"),
        ({"webhook_url": url}, "needs a file"),
        ({"webhook_url": url, "webhook_secret_file": tmp_path / "none"}, "No such file"),
        ({"webhook_url": url, "webhook_secret_file": short}, "16 bytes"),
    ):
        with pytest.raises(DistrictFaults, match=word):
            load_webhook(WebhookSettings(**values))


class Watch(People):
    """Books, events and a notifier over one store."""

    def __init__(self, store: Store, district: District) -> None:
        super().__init__(district)
        self.store, self.district, self.clock = store, district, Hand("09-16 10:00")
        journal = Journal(store)
        self.contingency = ContingencyDesk(journal, district, self.clock)
        self.orders = Orders(journal, district, self.clock, ladder=self.contingency.hurry)
        self.overdue: list[CaseRow] = []
        self.restart()

    def restart(self) -> None:
        """A notifier that remembers nothing but what is in the store."""
        self.notices = Notices(self.store, has_webhook=False, clock=self.clock)
        self.notifier = Notifier(
            self.store, self.district, self.notices, lambda: self.overdue, clock=self.clock
        )

    def look(self) -> list[tuple[str, str]]:
        """One look; unit and words of what is new, sorted."""
        before = {one.notice_id for one in self.notices.list(None, 1000)}
        self.notifier.step()
        new = [one for one in self.notices.list(None, 1000) if one.notice_id not in before]
        return sorted((one.unit, self.notices.policy.render(one.kind, one.body["values"])) for one in new)


@pytest.fixture
def watch(sqlite_store: Store, demo_district: District) -> Watch:
    """After the first look."""
    watch = Watch(sqlite_store, demo_district)
    watch.notifier.step()
    return watch


def give(watch: Watch, due: str = "2026-09-16") -> str:
    """An order to the office."""
    draft = {"unit": watch.office, "about": "free", "title": "排查", "asked": "报告", "due": due}
    return watch.orders.give(watch.leader, draft)


def act(watch: Watch, who: Any, order_id: str, action: str, text: str) -> None:
    """Act on an order."""
    row = watch.orders.find(order_id)
    assert row is not None
    watch.orders.act(who, order_id, action, row.order.version, text)


def test_an_order_tells_its_unit_its_answer_tells_the_giver_and_its_lateness_both(watch: Watch) -> None:
    order_id = give(watch)
    number, name = "云岫督〔2026〕1号", watch.notifier.names[watch.office]
    assert watch.look() == [(watch.office, f"督办 {number}：排查，09-16 前答复")]
    assert watch.look() == []
    watch.clock.set("09-16 17:59")
    assert watch.look() == []
    watch.clock.set("09-16 18:01")
    late = f"{number} 已超期：排查，应于 09-16 前答复"
    assert watch.look() == sorted([(watch.office, late), (watch.hub, late)])
    watch.clock.set("09-17 09:00")
    assert watch.look() == []
    act(watch, watch.leader, order_id, "raise", "逾期")
    assert watch.look() == [(watch.office, f"{number} 升级：提醒。排查")]
    act(watch, watch.township, order_id, "answer", "办好")
    assert watch.look() == [(watch.hub, f"{name} 已答复 {number}：排查，请审核")]
    act(watch, watch.leader, order_id, "accept", "")
    assert watch.look() == [(watch.office, f"{number} 已办结：排查")]


def test_a_restart_doubles_nothing_and_misses_nothing(watch: Watch) -> None:
    give(watch)
    assert len(watch.look()) == 1
    watch.restart()
    assert watch.look() == []
    give(watch)
    watch.clock.set("09-16 18:30")
    watch.restart()
    assert len(watch.look()) == 1 + 2 + 2  # the second order, and both late, told to unit and giver
    cursor = watch.notifier.notes.get("notices_cursor")
    assert cursor is not None
    watch.notifier.notes.set("notices_cursor", cursor | {"orders": 0})  # as if the cursor had been lost
    assert watch.look() == []


def test_a_first_look_tells_nobody_of_what_was_there_before(
    sqlite_store: Store, demo_district: District
) -> None:
    watch = Watch(sqlite_store, demo_district)
    give(watch)
    assert watch.look() == []
    assert watch.look() == []


def test_a_contingency_tells_departments_and_townships_when_it_begins_and_when_its_time_is_over(
    watch: Watch,
) -> None:
    watch.contingency.force(watch.leader, "storm", "橙色预警", "2026-09-18T18:00")
    told = watch.look()
    assert len(told) == 50
    assert {text for _, text in told} == {"防汛应急启动，至 09-18 18:00。橙色预警"}
    watch.clock.set("09-18 18:00")
    told = watch.look()
    assert (len(told), {text for _, text in told}) == (50, {"防汛应急结束。"})
    key = watch.contingency.force(watch.leader, "storm", "再次", "2026-09-19T18:00")
    watch.look()
    watch.contingency.end(watch.leader, key, "雨停")
    assert {text for _, text in watch.look()} == {"防汛应急结束。雨停"}
    watch.clock.set("09-20 18:00")
    assert watch.look() == []


def tell(watch: Watch, state: str, phase: str, unit: str, name: str, **values: Any) -> dict[str, Any]:
    """An event of one case at the clock's moment."""
    row = {
        "origin": "live", "source": "hub", "event_id": name, "case_id": "00000000000004d2", "kind": "case",
        "occurred_at": watch.clock(), "state": state, "phase": phase, "unit": unit,
        "lead_unit": watch.office, "matter": watch.district.matters["item"].iloc[0],
    }  # fmt: skip
    return row | values


def test_a_whistle_tells_the_bodies_that_it_calls(watch: Watch) -> None:
    departments = watch.district.units.loc[watch.district.units["kind"] == "department", "code"].tolist()
    door = Ingest(EventStore(watch.store), watch.district, clock=watch.clock)
    door.accept(
        [
            tell(watch, "reported", "done", "", "1"),
            tell(watch, "whistled", "done", watch.office, "2"),
            tell(watch, "joint", "queued", departments[0], "3"),
            tell(watch, "whistled", "done", watch.office, "old", occurred_at=at("09-16 08:00")),
        ]
    )
    name = watch.notifier.names[watch.office]
    called = watch.notifier.names[departments[0]]
    (notice,) = (watch.look(), watch.notices.list([departments[0]]))[1]
    values = notice.body["values"] | {"unit": called}
    text = watch.notices.policy.render(notice.kind, values)
    assert text == f"吹哨：{name} 请 {called} 到场，案件 0916-001234"
    assert len(watch.notices.list(None)) == 1
    assert watch.look() == []


def test_a_case_of_priority_one_past_due_tells_its_body_once(watch: Watch) -> None:
    row = CaseRow("c1", "0916-1", "", "", "", "05-1", watch.office, "handling", "red", 5.0, 1, 0.0, 0.0)
    calm = CaseRow("c2", "0916-2", "", "", "", "05-1", watch.office, "handling", "red", 5.0, 2, 0.0, 0.0)
    old = CaseRow("c3", "0916-3", "", "", "", "05-1", watch.office, "handling", "red", 500.0, 1, 0.0, 0.0)
    watch.overdue = [row, calm, old]
    assert watch.look() == [(watch.office, "一级案件 0916-1 已超期：突发事件")]
    watch.clock.moment += timedelta(hours=3)
    watch.overdue = [row]
    assert watch.look() == []


def test_every_kind_of_notice_has_words_in_both_languages() -> None:
    policy = load_policy()
    for kind, (chinese, english) in policy.texts.items():
        assert chinese and english, kind
    assert policy.render("order_raised", {"number": "1", "step": "talk", "title": "t"}) == "1 升级：约谈。t"
    assert policy.render("message", {"text": "甲", "text_en": "a"}, "en") == "a"
    assert policy.urgent <= policy.texts.keys()
    assert isinstance(policy, NoticePolicy)


def test_the_outbox_is_the_same_on_every_database(store: Store) -> None:
    clock = Hand("09-16 12:00")
    notices = Notices(store, POLICY, has_webhook=True, clock=clock)
    body = {"subject": "a", "values": {"text": "a"}}
    assert [notices.send("u", "", "message", body) for _ in range(2)] == [1, 0]
    outbox = Outbox(store, clock)
    (due,) = outbox.list_due(clock())
    outbox.mark_failed(due, "HTTP 500", clock() + timedelta(seconds=30), clock())
    assert outbox.list_due(clock()) == []
    clock.moment += timedelta(seconds=30)
    outbox.mark_sent(due.notice_id, clock())
    (sent,) = outbox.list_sent("u", clock() - timedelta(hours=1))
    assert (sent.attempts, sent.sent_at) == (1, datetime(2026, 9, 16, 4, 0, 30, tzinfo=UTC))
    assert Audit(store).find_break() is None


def test_the_workers_thread_finds_sends_and_ends(line: Line, demo_district: District) -> None:
    store = line.notices.outbox.store
    people, clock = People(demo_district), HubClock(store)
    orders = Orders(Journal(store), demo_district, clock.now)
    webhook, live = Webhook(line.url, SECRET, 2), LiveState(store, demo_district)
    line.listener.clock.moment = datetime.now(UTC)
    policy = POLICY.model_copy(update={"tick_seconds": 0.05, "quiet": "", "case_seconds": 3600})
    with notifying(store, demo_district, webhook, live, policy):
        for _ in range(600):
            if Notes(store).get("notices_cursor") is not None:
                break
            time.sleep(0.1)
        due = orders.days.add_working_days(orders.days.to_day(clock.now()), 5).isoformat()
        draft = {"unit": people.office, "about": "free", "title": "排查", "asked": "报告", "due": due}
        orders.give(people.leader, draft)
        for _ in range(600):
            if line.listener.taken:
                break
            time.sleep(0.1)
    assert [message["kind"] for message in line.listener.taken] == ["order_given"]
    assert line.listener.taken[0]["unit"] == people.office
