"""Roster, hand-over and contingencies, with posts counted by hand from the demo district's tables."""

from datetime import date, timedelta
from functools import reduce
from types import MappingProxyType

import pytest

from hub.books.acts import Refused
from hub.casework.desk import CaseDesk
from hub.clock import HubClock
from hub.contingency.desk import ContingencyDesk, fold_contingency
from hub.contingency.sets import load_sets
from hub.duty.desk import DutyBook, DutyDesk, fold_duty
from hub.duty.roster import DutyPolicy, load_policy
from hub.live import LiveState
from hub.orders.desk import Orders
from hub.orders.policy import load_policy as load_order_policy
from hub.scopes import Scope
from simulation.scenario import Scenario
from store.audit import Audit
from store.database import Store
from store.journal import Journal
from tests.hub.desks import Hand, People, at
from twin.district import District


class Watch(People):
    """Duty, contingencies and orders of one district over one store, wired as the services do."""

    def __init__(self, store: Store, district: District) -> None:
        super().__init__(district)
        self.journal, self.clock = Journal(store), Hand("09-16 10:00")
        self.contingency = ContingencyDesk(self.journal, district, self.clock)
        self.duty = DutyDesk(self.journal, district, self.clock, load_policy(), self.contingency.called_roles)
        self.orders = Orders(self.journal, district, self.clock, ladder=self.contingency.hurry)


@pytest.fixture
def watch(sqlite_store: Store, demo_district: District) -> Watch:
    """At 10:00 on Wednesday 16 September."""
    return Watch(sqlite_store, demo_district)


def refuse(call: object, *arguments: object) -> str:
    """Why a call is refused."""
    with pytest.raises(Refused) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value.why


def test_the_chief_of_the_morning_is_on_watch_and_the_evenings_comes_next(watch: Watch) -> None:
    chief = watch.duty.list_roster(frozenset({watch.hub}))[0]
    assert (chief.role, chief.phone, chief.called) == ("chief", "", 0)
    assert chief.now is not None and chief.next is not None
    assert (chief.now.shift, chief.now.posts) == ("desk_morning", 1)
    assert (chief.now.start, chief.now.end) == (at("09-16 08:00"), at("09-16 16:00"))
    assert (chief.next.shift, chief.next.start) == ("desk_evening", at("09-16 16:00"))
    watch.clock.set("09-16 16:00")
    later = watch.duty.list_roster(frozenset({watch.hub}))[0]
    assert later.now is not None and (later.now.shift, later.now.end) == ("desk_evening", at("09-17 00:00"))


def test_night_posts_of_a_township_stand_by_day_as_next(watch: Watch, demo_district: District) -> None:
    posts = demo_district.posts
    night = posts[(posts["role"] == "order") & (posts["shift"] == "night") & (posts["filled"] == 1)]
    own = night[night["unit"] == watch.office]
    watch.clock.set("09-16 21:00")
    row = next(r for r in watch.duty.list_roster(frozenset({watch.office})) if r.role == "order")
    assert row.now is not None and (row.now.posts, row.now.end) == (len(own), at("09-17 08:00"))


def test_a_duty_telephone_is_shown_only_where_one_is_configured(
    sqlite_store: Store, demo_district: District
) -> None:
    hub = People(demo_district).hub
    policy = DutyPolicy(roles=("chief",), longest_note=50, phones={hub: "0731-12345"})
    desk = DutyDesk(Journal(sqlite_store), demo_district, Hand("09-16 10:00"), policy)
    assert {row.phone for row in desk.list_roster(frozenset({hub}))} == {"0731-12345"}


def test_open_points_go_from_shift_to_shift_until_they_are_ticked_off(
    watch: Watch, sqlite_store: Store
) -> None:
    duty, hub = watch.duty, watch.hub
    duty.note(watch.dispatcher, hub, "柳溪镇水位", False)
    duty.note(watch.dispatcher, hub, "桥面封闭", True)
    assert [point.text for point in duty.read(hub).points] == ["桥面封闭", "柳溪镇水位"]  # urgent first
    assert refuse(duty.take_over, watch.second, hub) == "nothing_handed"
    duty.hand_over(watch.dispatcher, hub, "一切正常")
    pending = duty.read(hub).pending
    assert pending is not None and (pending.shift, pending.points) == ("desk_morning", 2)
    assert refuse(duty.hand_over, watch.second, hub) == "handed_already"
    assert refuse(duty.take_over, watch.dispatcher, hub) == "same_account"
    watch.clock.set("09-16 16:05")
    duty.take_over(watch.second, hub)
    own = duty.read(hub)
    assert own.pending is None and len(own.points) == 2
    assert own.handovers[-1].taken_at == at("09-16 16:05")
    duty.tick(watch.second, hub, own.points[0].entry_no)
    assert refuse(duty.tick, watch.second, hub, own.points[0].entry_no) == "not_open"
    assert [point.text for point in duty.read(hub).points] == ["柳溪镇水位"]
    assert len(Audit(sqlite_store).recent()) == 5
    entries = watch.journal.read("duty")
    for cut in range(len(entries) + 1):
        state = reduce(fold_duty, entries[cut:], reduce(fold_duty, entries[:cut], DutyBook()))
        assert state == duty.book.read()


def test_a_unit_keeps_its_own_watch_and_no_other(watch: Watch) -> None:
    assert watch.duty.home(watch.township) == watch.office
    assert watch.duty.home(watch.leader) == watch.hub
    watch.duty.note(watch.township, watch.office, "夜巡", False)
    assert refuse(watch.duty.note, watch.neighbour, watch.office, "x", False) == "not_watcher"
    assert refuse(watch.duty.note, watch.township, watch.hub, "x", False) == "not_watcher"
    assert refuse(watch.duty.note, watch.township, watch.office, " ", False) == "note"
    assert refuse(watch.duty.note, watch.township, watch.office, "电话 13812345678", False) == "personal"


def test_a_contingency_calls_posts_hurries_orders_and_puts_matters_first_until_its_end(
    watch: Watch, demo_district: District
) -> None:
    plan, orders = watch.contingency, watch.orders
    draft = {"unit": watch.office, "about": "free", "title": "a", "asked": "b", "due": "2026-09-16"}
    order_id = orders.give(watch.leader, draft)
    watch.clock.set("09-16 19:00")
    row = orders.find(order_id)
    assert row is not None and row.overdue and row.proposal is None  # a reminder comes after a day
    assert (plan.state(), plan.urgent_matters(), plan.called_roles()) == ((), {}, frozenset())
    assert refuse(plan.force, watch.township, "storm", "x", "2026-09-18T18:00") == "not_leader"
    assert refuse(plan.force, watch.leader, "storm", "", "2026-09-18T18:00") == "reason"
    assert refuse(plan.force, watch.leader, "storm", "x", "2026-09-16T18:00") == "until_range"
    key = plan.force(watch.leader, "storm", "暴雨橙色预警", "2026-09-18T18:00")
    assert refuse(plan.force, watch.second, "storm", "x", "2026-09-18T18:00") == "in_force"
    (active,) = plan.state()
    assert (active.set.title, active.until, active.reason) == ("防汛应急", at("09-18 18:00"), "暴雨橙色预警")
    assert plan.urgent_matters()["22"].priority == 1
    hurried = orders.find(order_id)
    assert hurried is not None and hurried.proposal is not None and hurried.proposal.hurried
    posts = demo_district.posts
    filled = posts[(posts["filled"] == 1) & (posts["unit"] == watch.office) & (posts["role"] == "order")]
    watch.clock.set("09-16 21:00")
    called = next(r for r in watch.duty.list_roster(frozenset({watch.office})) if r.role == "order")
    assert called.now is not None
    assert called.called == len(filled) - called.now.posts > 0
    watch.clock.set("09-18 17:59")
    assert len(plan.state()) == 1
    watch.clock.set("09-18 18:00")
    assert (plan.state(), plan.urgent_matters()) == ((), {})  # ended at its time, by nobody
    assert refuse(plan.end, watch.leader, key, "x") == "not_in_force"
    second = plan.force(watch.leader, "storm", "再次预警", "2026-09-20T18:00")
    plan.end(watch.second, second, "雨停")
    assert [(one.contingency_id, one.ended_reason) for one in plan.list_history()] == [
        (second, "雨停"),
        (key, ""),
    ]
    entries = watch.journal.read("contingency")
    assert len(entries) == 3
    blank = MappingProxyType({})
    for cut in range(len(entries) + 1):
        state = reduce(fold_contingency, entries[cut:], reduce(fold_contingency, entries[:cut], blank))
        assert state == plan.book.read()


def test_a_preview_counts_what_would_change_before_it_does(watch: Watch, demo_district: District) -> None:
    posts = demo_district.posts[demo_district.posts["filled"] == 1]
    preview = watch.contingency.preview("storm", load_order_policy().ladder)
    assert dict(preview.posts)["order"] == (posts["role"] == "order").sum()
    assert preview.units == 32 + 18  # departments and township offices
    assert preview.ladder == (
        ("reminder", 1, 0),
        ("talk", 3, 1),
        ("circular", 5, 2),
        ("accountability", 10, 4),
    )
    assert [row.matter for row in preview.matters] == ["05", "22", "10"]
    assert preview.measures == ("surge", "surge", "cut_duties", "assisted_dispatch")
    assert watch.contingency.state() == ()


@pytest.mark.parametrize("name", sorted(load_sets()))
def test_every_set_is_a_scenario_that_the_planner_can_run(
    watch: Watch, demo_district: District, small_district: District, name: str
) -> None:
    text = watch.contingency.to_scenario(name, date(2026, 5, 18), 3)
    scenario = Scenario.from_toml(text)
    assert scenario.name == name and len(scenario.measures) == len(load_sets()[name].measures)
    scenario.apply(demo_district)
    load_sets()[name].fit(small_district).to_scenario(date(2026, 5, 18), 3).apply(small_district)


def test_a_set_leaves_out_what_a_district_does_not_have(demo_district: District) -> None:
    bare = demo_district.with_tables(posts=demo_district.posts[demo_district.posts["role"] == "command"])
    fitted = load_sets()["festival"].fit(bare)
    assert fitted.called == ("command",)
    assert [measure["measure"] for measure in fitted.measures] == ["surge", "surge"]


def test_cases_of_urgent_matters_stand_first_in_lists_while_the_set_is_in_force(
    sqlite_store: Store, watch: Watch, demo_district: District
) -> None:
    live = LiveState(sqlite_store, demo_district, clock=watch.clock, keep_seconds=0)
    clock, urgent = HubClock(sqlite_store, watch.clock), watch.contingency.urgent_matters
    desk = CaseDesk(sqlite_store, demo_district, live, clock, "hub", urgent=urgent)
    for case, item, hours in (("dispute", "21-1", 1), ("fixture", "10-1", 2), ("hazard", "22-1", 3)):
        row = {"source": "hotline", "origin": "live", "kind": "case", "phase": "done", "case_id": case}
        row |= {"matter": item, "grid": demo_district.grids["code"].iloc[0], "unit": watch.office}
        due = {"close_due": watch.clock() + timedelta(hours=hours)}
        story = [
            row | {"event_id": f"{case}-1", "state": "reported", "occurred_at": watch.clock()},
            row | {"event_id": f"{case}-2", "state": "dispatched", "occurred_at": watch.clock()} | due,
        ]
        desk.ingest.accept(story)
    whole = Scope(demo_district)
    assert desk.list_open(whole).case_id == ["dispute", "fixture", "hazard"]  # by due time
    key = watch.contingency.force(watch.leader, "storm", "预警", "2026-09-18T18:00")
    assert desk.list_open(whole).case_id == ["hazard", "fixture", "dispute"]  # priority 1, 2, the rest
    watch.contingency.end(watch.leader, key, "雨停")
    assert desk.list_open(whole).case_id == ["dispute", "fixture", "hazard"]
