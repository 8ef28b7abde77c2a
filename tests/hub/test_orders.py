"""Supervision orders, with dates and days worked out by hand from the calendar of 2026.

2026-09-16 is a Wednesday. 25-27 September and 1-7 October are holidays; Sunday 20 September and Saturday
10 October are made-up working days.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial, reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.books.acts import Actor, Refused
from hub.books.book import Book
from hub.orders.desk import Orders
from hub.orders.fold import OrderBook, fold_order
from store.audit import Audit
from store.database import Store
from store.journal import Entry, Journal, Outrun
from tests.hub.desks import ZONE, Hand, People, at
from twin.district import District


class Desk(People):
    """An order book over a store, with people of three tiers."""

    def __init__(self, store: Store, district: District, **options: Any) -> None:
        self.clock = Hand("09-16 10:00")
        self.orders = Orders(Journal(store), district, self.clock, **options)
        super().__init__(district)

    def give(self, due: str = "2026-09-18", **changes: Any) -> str:
        """An order to the township office; its id."""
        draft = {"unit": self.office, "about": "free", "title": "汛期隐患", "asked": "排查并报告", "due": due}
        return self.orders.give(self.leader, draft | changes)

    def act(self, who: Actor, order_id: str, action: str, text: str = "", due: str = "") -> None:
        """Act on an order as it stands."""
        row = self.orders.find(order_id)
        assert row is not None
        self.orders.act(who, order_id, action, row.order.version, text, due)

    def refuse(self, who: Actor, order_id: str, action: str, text: str = "", due: str = "") -> str:
        """Why an act is refused."""
        with pytest.raises(Refused) as caught:
            self.act(who, order_id, action, text, due)
        return caught.value.why

    def row(self, order_id: str) -> Any:
        """The order now."""
        return self.orders.find(order_id)


@pytest.fixture
def desk(sqlite_store: Store, demo_district: District) -> Desk:
    """At 10:00 on Wednesday 16 September."""
    return Desk(sqlite_store, demo_district)


def test_an_order_is_given_answered_sent_back_answered_and_accepted(desk: Desk, sqlite_store: Store) -> None:
    order_id = desk.give()
    assert desk.row(order_id).number == "云岫督〔2026〕1号"
    assert desk.orders.count_open() == (1, 0, 0)
    desk.act(desk.township, order_id, "receive")
    desk.act(desk.township, order_id, "answer", "已排查 12 处")
    assert desk.row(order_id).light == "waiting"
    assert desk.orders.count_open() == (1, 0, 1)
    assert desk.refuse(desk.leader, order_id, "send_back") == "reason"
    desk.act(desk.leader, order_id, "send_back", "缺整改时限")
    assert (desk.row(order_id).order.state, desk.row(order_id).order.sent_back) == ("given", 1)
    desk.act(desk.township, order_id, "answer", "已补时限")
    desk.act(desk.leader, order_id, "accept")
    assert desk.orders.count_open() == (0, 0, 0)
    assert desk.refuse(desk.leader, order_id, "withdraw", "x") == "ended"
    kinds = [step.kind for step in desk.row(order_id).order.history]
    assert kinds == ["given", "received", "answered", "sent_back", "answered", "accepted"]
    audit = Audit(sqlite_store)
    assert [row.action for row in reversed(audit.recent(10))] == [f"orders: {kind}" for kind in kinds]
    assert audit.find_break() is None


def test_only_the_units_own_people_answer_and_only_leaders_decide(desk: Desk) -> None:
    order_id = desk.give()
    assert desk.refuse(desk.leader, order_id, "answer", "x") == "not_holder"
    assert desk.refuse(desk.neighbour, order_id, "answer", "x") == "unknown"
    assert desk.refuse(desk.committee, order_id, "answer", "x") == "unknown"  # its township's, not its own
    assert desk.refuse(desk.township, order_id, "withdraw", "x") == "not_leader"
    to_village = desk.give(unit=desk.village)
    assert desk.orders.find(to_village, desk.neighbour.scope) is None
    assert [row.order.unit for row in desk.orders.list(desk.committee.scope)] == [desk.village]
    assert len(desk.orders.list(desk.township.scope)) == 2
    desk.act(desk.committee, to_village, "answer", "办好")
    draft = {"unit": desk.office, "about": "free", "title": "a", "asked": "b", "due": "2026-09-18"}
    with pytest.raises(Refused) as caught:
        desk.orders.give(desk.township, draft)
    assert caught.value.why == "not_leader"


def test_an_order_falls_due_at_the_end_of_the_days_working_hours_and_days_late_skip_holidays(
    desk: Desk,
) -> None:
    order_id = desk.give("2026-09-30")
    assert desk.row(order_id).due_at == at("09-30 18:00")
    desk.clock.set("09-30 18:00")
    assert (desk.row(order_id).light, desk.row(order_id).overdue) == ("amber", False)
    desk.clock.set("09-30 18:01")
    assert (desk.row(order_id).light, desk.row(order_id).overdue_days) == ("red", 0)
    for moment, late in (("10-07 23:00", 0), ("10-08 09:00", 1), ("10-10 09:00", 3), ("10-11 09:00", 3)):
        desk.clock.set(moment)
        assert desk.row(order_id).overdue_days == late, moment
    assert desk.orders.count_open() == (1, 1, 0)


def test_the_light_counts_working_hours_only(desk: Desk) -> None:
    order_id = desk.give("2026-09-17")  # 14 working hours: six today, eight tomorrow; amber from 11.2 on
    desk.clock.set("09-17 08:00")
    assert (desk.row(order_id).used_share, desk.row(order_id).light) == (pytest.approx(6 / 14), "green")
    desk.clock.set("09-17 15:11")  # 6 + 4 + 1 h 11 min = 11 h 11 min of 14 h
    assert desk.row(order_id).light == "green"
    desk.clock.set("09-17 15:12")  # 11 h 12 min: 80 %
    assert desk.row(order_id).light == "amber"
    assert desk.row(order_id).remaining == 2.8 * 3600


def test_due_dates_are_proposed_in_working_days_and_a_day_off_is_refused_with_its_neighbours(
    desk: Desk,
) -> None:
    assert dict(desk.orders.propose_dues()) == {
        "urgent": date(2026, 9, 17),
        "usual": date(2026, 9, 22),  # 17, 18, Sunday 20 made up, 21, 22
        "hard": date(2026, 10, 13),  # 23, 24, 28, 29, 30, October 8, 9, Saturday 10 made up, 12, 13
    }
    assert desk.orders.days.add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)
    with pytest.raises(Refused) as caught:
        desk.give("2026-10-03")
    assert (caught.value.why, caught.value.values["before"], caught.value.values["after"]) == (
        "day_off",
        "2026-09-30",
        "2026-10-08",
    )
    for wrong, why in (("2026-09-15", "due_range"), ("2028-01-04", "due_range"), ("soon", "due")):
        with pytest.raises(Refused) as caught:
            desk.give(wrong)
        assert caught.value.why == why


def test_the_ladder_is_proposed_step_by_step_and_climbed_only_by_a_person(desk: Desk) -> None:
    order_id = desk.give("2026-09-16")
    assert desk.refuse(desk.leader, order_id, "raise", "x") == "not_overdue"
    desk.clock.set("09-17 08:00")
    proposal = desk.row(order_id).proposal
    assert (proposal.step, proposal.reason, proposal.overdue_days) == ("reminder", "overdue", 1)
    desk.clock.set("10-12 09:00")
    assert desk.row(order_id).proposal.step == "reminder"  # however late, one step at a time
    assert desk.row(order_id).order.level == 0
    assert desk.refuse(desk.township, order_id, "raise", "x") == "not_leader"
    assert desk.refuse(desk.leader, order_id, "raise") == "reason"
    for step in ("reminder", "talk", "circular", "accountability"):
        assert desk.row(order_id).proposal.step == step
        desk.act(desk.second, order_id, "raise", "逾期未复")
    assert desk.row(order_id).proposal is None
    assert desk.refuse(desk.leader, order_id, "raise", "x") == "top_of_ladder"
    last = desk.row(order_id).order.history[-1]
    assert (last.body["step"], last.body["level"], last.body["proposed"]) == ("accountability", 4, True)


def test_an_answer_sent_back_twice_points_to_a_reminder_though_it_is_in_time(desk: Desk) -> None:
    order_id = desk.give("2026-09-30")
    for _ in range(2):
        desk.act(desk.township, order_id, "answer", "好")
        desk.act(desk.leader, order_id, "send_back", "不具体")
    proposal = desk.row(order_id).proposal
    assert (proposal.step, proposal.reason, proposal.sent_back) == ("reminder", "sent_back", 2)


def test_a_later_due_date_needs_its_giver_and_a_reason_and_keeps_the_old_one_in_view(desk: Desk) -> None:
    order_id = desk.give("2026-09-18")
    assert desk.refuse(desk.second, order_id, "redate", "大雨", "2026-09-21") == "not_giver"
    assert desk.refuse(desk.leader, order_id, "redate", "", "2026-09-21") == "reason"
    desk.act(desk.leader, order_id, "redate", "大雨", "2026-09-21")
    step = desk.row(order_id).order.history[-1]
    assert dict(step.body) == {"old": "2026-09-18", "new": "2026-09-21", "weaker": True, "text": "大雨"}
    desk.act(desk.second, order_id, "redate", "", "2026-09-17")  # tighter: any leader, no reason asked
    assert desk.row(order_id).order.due == date(2026, 9, 17)


def test_two_people_at_once_the_second_is_told_and_nothing_is_written(desk: Desk) -> None:
    order_id = desk.give()
    version = desk.row(order_id).order.version
    desk.orders.act(desk.township, order_id, "answer", version, "先到")
    with pytest.raises(Refused) as caught:
        desk.orders.act(desk.township, order_id, "answer", version, "后到")
    assert caught.value.why == "changed"
    with pytest.raises(Refused) as caught:
        desk.orders.give(desk.leader, {"unit": desk.office, "about": "free", "title": "a", "asked": "b",
                                       "due": "2026-09-18"}, order_id)  # fmt: skip
    assert caught.value.why == "given_already"
    assert len(desk.row(order_id).order.history) == 2


def test_numbers_start_again_each_year_without_gaps(desk: Desk) -> None:
    first, second = desk.give(), desk.give()
    desk.act(desk.leader, first, "withdraw", "重复")
    desk.clock.moment = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # half past midnight of New Year's Day
    third = desk.give("2027-01-04")
    numbers = [desk.row(order).number for order in (first, second, third)]
    assert numbers == ["云岫督〔2026〕1号", "云岫督〔2026〕2号", "云岫督〔2027〕1号"]


def test_a_persons_number_and_an_unknown_subject_are_refused(desk: Desk) -> None:
    for changes, why in (
        ({"asked": "请联系 13812345678"}, "personal"),
        ({"title": ""}, "title"),
        ({"about": "matter", "subject": "99"}, "subject"),
        ({"about": "township", "subject": "nowhere"}, "subject"),
        ({"about": "star"}, "about"),
        ({"unit": "nowhere"}, "unit"),
        ({"asked": "长" * 2001}, "too_long"),
    ):
        with pytest.raises(Refused) as caught:
            desk.give(**changes)
        assert caught.value.why == why
    assert desk.orders.list() == []
    desk.give(about="matter", subject="22")
    assert desk.orders.list()[0].order.subject == "22"


def test_the_journal_appends_reads_on_and_refuses_what_rests_on_old_news(store: Store) -> None:
    journal = Journal(store)
    first = journal.append("a", "x", "one", {"文": 1}, "leader", "", "zhao", at("09-16 10:00"), seen=0)
    second = journal.append("b", "y", "two", {}, "leader", "u", "", at("09-16 10:01"))
    with pytest.raises(Outrun):
        journal.append("a", "x", "three", {}, "leader", "", "zhao", at("09-16 10:02"), seen=0)
    assert (first, second) == (1, 2)
    assert journal.read("a") == [
        Entry(1, "a", "x", "one", at("09-16 10:00"), "leader", "", "zhao", {"文": 1})
    ]
    assert journal.read("a", after=1) == [] and journal.read("b", "z") == []
    assert [row.actor for row in Audit(store).recent(9)] == ["leader", "zhao"]


KINDS: dict[str, Callable[[int], dict[str, Any]]] = {
    "given": lambda n: dict.fromkeys(("unit", "about", "subject", "title", "asked"), "x")
    | {"due": "2026-09-18"},
    "received": lambda n: {},
    "answered": lambda n: {"text": "x"},
    "sent_back": lambda n: {"text": "x"},
    "raised": lambda n: {"level": n % 4, "step": "talk"},
    "redated": lambda n: {"new": f"2026-10-{n % 28 + 1:02d}", "old": "2026-09-18"},
    "accepted": lambda n: {},
    "withdrawn": lambda n: {},
    "odd": lambda n: {},
}  # fmt: skip
fold = partial(fold_order, zone=ZONE)


def make_entry(number: int, kind: str, subject: str) -> Entry:
    return Entry(number, "orders", subject, kind, at("09-16 10:00"), "leader", "", "", KINDS[kind](number))


class Fixed:
    """A journal that grows by hand."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def read(self, book: str, subject_id: str | None = None, after: int = 0) -> list[Entry]:
        """What is new."""
        return [entry for entry in self.entries if entry.entry_no > after]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from("abc"), st.booleans()), max_size=40)
)
def test_any_split_of_reads_gives_the_state_of_one_read(acts: list[tuple[str, str, bool]]) -> None:
    journal = Fixed()
    book = Book(journal, "orders", OrderBook(), fold)  # type: ignore[arg-type]
    for number, (kind, subject, look) in enumerate(acts, 1):
        journal.entries.append(make_entry(number, kind, subject))
        if look:
            book.read()
    at_once = reduce(fold, journal.entries, OrderBook())
    assert book.read() == at_once
    assert sum(at_once.serials.values()) == len(at_once.orders)
