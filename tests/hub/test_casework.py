"""A case worked by hand: each transition rule of the field, due times to the second, the desk's answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.casework.desk import CaseDesk
from hub.casework.records import ACTIONS, CaseFile, Refused
from hub.casework.rules import IN_MIRROR, RULES, Actor
from hub.clock import HubClock
from hub.live import LiveState
from hub.scopes import Scope
from store.audit import Audit
from store.database import Store, open_store
from store.events import EventStore
from twin.district import District
from twin.eventlog import ENDED

HUB, OFFICE, VILLAGE, ELSEWHERE = "990101900000", "990101001900", "990101001401", "990101002900"
FARMING = "990101913000"
ZONE = ZoneInfo("Asia/Shanghai")
#: A Wednesday morning between two ordinary working days.
MORNING = datetime(2026, 5, 13, 9, 0, tzinfo=ZONE)


class Desk:
    """A desk over one store with a clock that a test moves by hand."""

    def __init__(self, store: Store, district: District, mode: str = "hub") -> None:
        self.now, self.store, self.district = MORNING, store, district
        live = LiveState(store, district, clock=self.read, keep_seconds=0)
        self.desk = CaseDesk(store, district, live, HubClock(store, self.read), mode)
        self.live = live

    def read(self) -> datetime:
        return self.now.astimezone(UTC)

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    def report(self, case_id: str = "C-1", item: str = "25-1", grid: int = 5, **more: Any) -> None:
        place = self.district.places.iloc[grid]
        row = {
            "source": "hotline", "event_id": f"{case_id}-1", "origin": "live", "case_id": case_id,
            "kind": "case", "occurred_at": self.read(), "state": "reported", "phase": "done", "matter": item,
            "grid": place["grid"], "x": place["x"], "y": place["y"], "channel": "hotline", "priority": 4,
        }  # fmt: skip
        self.desk.ingest.accept([row | more])

    def see(self, role: str = "dispatcher", unit: str = "", case_id: str = "C-1") -> CaseFile:
        found = self.desk.find(case_id, role, Scope(self.district, unit))
        assert found is not None
        return found

    def act(self, action: str, role: str = "dispatcher", scope: str = "", **wish: str) -> CaseFile:
        case_id = wish.pop("case_id", "C-1")
        actor = Actor(role, Scope(self.district, scope), f"test-{role}")
        version = self.see(role, scope, case_id).version
        after = self.desk.act(case_id, action, actor, version, **wish)  # type: ignore[arg-type]
        seen = self.see(case_id=case_id)
        assert seen.version == after
        return seen

    def reach(self, *actions: tuple[str, str, str, dict[str, str]]) -> CaseFile:
        for action, role, scope, wish in actions:
            self.act(action, role, scope, **wish)
        return self.see()


ACCEPT = ("accept", "dispatcher", "", {})
DISPATCH = ("dispatch", "dispatcher", "", {"unit": VILLAGE})
START = ("start", "village", VILLAGE, {})
FEEDBACK = ("feedback", "village", VILLAGE, {})
CHECK = ("check", "village", VILLAGE, {})
CLOSE = ("close", "dispatcher", "", {})


@pytest.fixture
def desk(sqlite_store: Store, demo_district: District) -> Desk:
    made = Desk(sqlite_store, demo_district)
    made.report()
    return made


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.why


def test_a_case_goes_from_report_to_evaluation_and_each_step_is_one_row_of_the_audit(desk: Desk) -> None:
    desk.reach(ACCEPT, DISPATCH, START, FEEDBACK, CHECK, CLOSE)
    seen = desk.act("evaluate", verdict="solved")
    assert [step.state for step in seen.history] == [
        "reported", "accepted", "dispatched", "handling", "handled", "checked", "closed", "evaluated",
    ]  # fmt: skip
    assert seen.ended and seen.history[-1].verdict == "solved"
    trail = Audit(desk.store)
    assert [row.action for row in reversed(trail.recent())] == [
        f"case {name}" for name in ("accept", "dispatch", "start", "feedback", "check", "close", "evaluate")
    ]
    assert trail.find_break() is None


def test_due_times_run_from_dispatch_on_the_items_clock_and_close_four_working_hours_later(
    desk: Desk,
) -> None:
    desk.reach(ACCEPT)
    desk.wait(minutes=30)
    seen = desk.reach(DISPATCH)
    handling, close = seen.clocks
    # 5 working days from Wednesday 09:30 end the next Wednesday at 09:30; 4 working hours more at 15:30.
    assert handling.due == datetime(2026, 5, 20, 9, 30, tzinfo=ZONE)
    assert close.due == datetime(2026, 5, 20, 15, 30, tzinfo=ZONE)
    assert (handling.used_minutes, handling.limit_minutes) == (0, 2400)
    desk.wait(days=1)
    assert desk.see().clocks[0].used_minutes == 480


def test_a_returned_case_is_dispatched_again_never_closed_and_keeps_its_due_times(desk: Desk) -> None:
    due = desk.reach(ACCEPT, DISPATCH).clocks[-1].due
    assert refused(lambda: desk.act("return", "village", VILLAGE)) == "needs_reason"
    seen = desk.act("return", "village", VILLAGE, reason="wrong_body")
    assert seen.stage == 1 and seen.history[-1].reason == "wrong_body"
    assert refused(lambda: desk.act("close")) == "returned_never_closed"
    desk.wait(hours=3)
    seen = desk.act("dispatch", unit=OFFICE)
    assert seen.unit == OFFICE and seen.clocks[-1].due == due


def test_rework_goes_back_to_the_same_body_and_needs_a_reason(desk: Desk) -> None:
    desk.reach(ACCEPT, DISPATCH, START, FEEDBACK)
    assert refused(lambda: desk.act("close")) == "not_checked"
    assert refused(lambda: desk.act("rework", "village", VILLAGE)) == "needs_reason"
    seen = desk.act("rework", "village", VILLAGE, reason="not_done")
    assert seen.unit == VILLAGE and seen.state == "rework" and seen.stage == 3
    assert desk.reach(START, FEEDBACK, CHECK, CLOSE).ended


def test_handing_up_keeps_the_due_time_and_ends_at_the_top(desk: Desk) -> None:
    due = desk.reach(ACCEPT, DISPATCH, START).clocks[-1].due
    seen = desk.act("hand_up", "village", VILLAGE, reason="no_means", unit=OFFICE)
    assert (seen.unit, seen.state, seen.clocks[-1].due) == (OFFICE, "escalated", due)
    department = next(c.units[0] for c in desk.see("township", OFFICE).choices if c.action == "hand_up")
    desk.act("hand_up", "township", OFFICE, reason="no_mandate", unit=department)
    assert refused(lambda: desk.act("hand_up", "department", department, unit=HUB)) == "no_tier_above"


def test_an_extension_is_asked_for_by_the_body_and_granted_once_one_tier_above(desk: Desk) -> None:
    desk.reach(ACCEPT, DISPATCH)
    assert refused(lambda: desk.act("extend", "village", VILLAGE, reason="complex")) == "one_tier_above"
    assert desk.act("ask_extend", "village", VILLAGE, reason="complex").asked == ("extend",)
    assert refused(lambda: desk.act("ask_extend", "village", VILLAGE, reason="complex")) == "already"
    assert refused(lambda: desk.act("extend", "leader", reason="complex")) == "one_tier_above"
    seen = desk.act("extend", "township", OFFICE, reason="complex")
    # 5 working days more: from Wednesday the 20th to Wednesday the 27th.
    assert seen.asked == () and seen.clocks[0].due == datetime(2026, 5, 27, 9, 0, tzinfo=ZONE)
    assert refused(lambda: desk.act("extend", "township", OFFICE, reason="complex")) == "once_only"


def test_what_a_township_holds_is_extended_by_a_leader_only(desk: Desk) -> None:
    desk.reach(ACCEPT)
    desk.act("dispatch", unit=OFFICE)
    assert refused(lambda: desk.act("extend", "township", OFFICE, reason="complex")) == "one_tier_above"
    assert desk.act("extend", "leader", reason="complex").history[-1].state == "extended"


def test_a_suspended_case_stands_still_and_its_due_time_moves_by_as_long_as_it_stood(desk: Desk) -> None:
    due = desk.reach(ACCEPT, DISPATCH).clocks[0].due
    seen = desk.act("suspend", "township", OFFICE, reason="season")
    assert seen.suspended and all(clock.stopped for clock in seen.clocks)
    assert seen.clocks[0].due == due + timedelta(days=7)  # 5 working days of the item's own
    assert refused(lambda: desk.act("start", "village", VILLAGE)) == "suspended"
    desk.wait(days=1)
    seen = desk.act("resume", "village", VILLAGE)
    assert not seen.suspended
    assert seen.clocks[0].due == due + timedelta(days=1)
    assert refused(lambda: desk.act("suspend", "township", OFFICE, reason="season")) == "once_only"


def test_a_suspension_ends_by_itself_when_its_time_is_over(desk: Desk) -> None:
    desk.reach(ACCEPT, DISPATCH)
    desk.act("suspend", "township", OFFICE, reason="season")
    desk.wait(days=8)
    assert not desk.see().suspended
    assert desk.reach(START).state == "handling"


def test_a_whistle_calls_a_body_that_then_sees_the_case_and_turns_up(desk: Desk) -> None:
    desk.reach(ACCEPT)
    desk.act("dispatch", unit=OFFICE)
    farming = Scope(desk.district, FARMING)
    assert desk.desk.find("C-1", "department", farming) is None
    assert refused(lambda: desk.act("whistle", "village", VILLAGE, reason="emergency")) == "not_your_role"
    seen = desk.act("whistle", "township", OFFICE, reason="emergency", unit=FARMING)
    assert seen.helpers == seen.missing == (FARMING,) and seen.unit == OFFICE
    assert desk.desk.list_open(farming).whistled.tolist() == [1]
    seen = desk.act("arrive", "department", FARMING)
    assert seen.missing == () and seen.unit == OFFICE
    assert desk.desk.list_open(farming).whistled.tolist() == [2]


def test_a_reopened_case_goes_back_to_the_body_that_had_it(desk: Desk) -> None:
    desk.reach(ACCEPT, DISPATCH, START, FEEDBACK, CHECK, CLOSE)
    seen = desk.act("reopen", "inspector", reason="came_back")
    assert (seen.unit, seen.stage, seen.ended) == (VILLAGE, 3, False)
    assert desk.reach(START, FEEDBACK, CHECK, CLOSE).ended


@pytest.mark.parametrize(
    ("action", "state", "reason"),
    [("refuse", "refused", "in_court"), ("transfer", "transferred_out", "other_level")],
)
def test_a_case_that_is_not_ours_leaves_before_dispatch(
    desk: Desk, action: str, state: str, reason: str
) -> None:
    seen = desk.act(action, reason=reason)
    assert seen.ended and seen.state == state and state in ENDED
    desk.wait(seconds=1)
    assert desk.desk.list_open(Scope(desk.district)).case_id == []


def test_a_repeat_is_offered_for_merging_by_matter_place_and_time(desk: Desk) -> None:
    x = desk.district.places["x"].iloc[5]
    desk.wait(hours=1)
    desk.report("C-2", x=x + 40)
    desk.report("C-far", x=x + 100)
    desk.report("C-other", item="25-2")
    seen = desk.see(case_id="C-2")
    assert [(twin.case_id, twin.metres, twin.minutes) for twin in seen.twins] == [("C-1", 40.0, 60.0)]
    flags = desk.desk.list_open(Scope(desk.district))
    assert [c for c, s in zip(flags.case_id, flags.suspect, strict=True) if s] == ["C-2"]
    assert refused(lambda: desk.act("merge", case_id="C-2", twin="C-other")) == "not_a_twin"
    assert desk.act("merge", case_id="C-2", twin="C-1").state == "merged"


def test_a_part_of_the_district_sees_its_own_cases_and_nothing_else(desk: Desk) -> None:
    assert desk.desk.find("C-1", "township", Scope(desk.district, ELSEWHERE)) is None
    assert desk.desk.list_open(Scope(desk.district, ELSEWHERE)).case_id == []
    assert desk.desk.list_open(Scope(desk.district, VILLAGE)).case_id == ["C-1"]
    actor = Actor("township", Scope(desk.district, ELSEWHERE))
    assert refused(lambda: desk.desk.act("C-1", "accept", actor, 1)) == "no_such_case"


def test_a_township_may_send_a_case_to_its_own_bodies_only(desk: Desk) -> None:
    desk.act("accept", "township", OFFICE)
    offered = next(c.units for c in desk.see("township", OFFICE).choices if c.action == "dispatch")
    assert set(offered) <= Scope(desk.district, OFFICE).units
    assert refused(lambda: desk.act("dispatch", "township", OFFICE, unit=FARMING)) == "needs_unit"


def test_an_act_on_a_case_that_has_moved_on_is_refused_and_changes_nothing(desk: Desk) -> None:
    actor = Actor("dispatcher", Scope(desk.district))
    desk.act("accept")
    before = EventStore(desk.store).last_received()
    assert refused(lambda: desk.desk.act("C-1", "refuse", actor, 1, reason="in_court")) == "moved_on"
    assert EventStore(desk.store).last_received() == before


def test_of_several_who_act_at_the_same_moment_one_wins(store: Store, demo_district: District) -> None:
    desk = Desk(store, demo_district)
    desk.report()
    barrier, outcomes = Barrier(6), []

    def race(action: str) -> None:
        actor = Actor("dispatcher", Scope(demo_district))
        barrier.wait()
        try:
            desk.desk.act("C-1", action, actor, 1, reason="in_court" if action == "refuse" else "")
            outcomes.append("won")
        except Refused as error:
            outcomes.append(error.why)

    threads = [Thread(target=race, args=("accept" if n % 2 else "refuse",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved_on"] * 5 + ["won"]
    assert len([row for row in Audit(store).recent() if row.action.startswith("case")]) == 1


def test_where_another_platform_keeps_the_record_only_advice_and_whistles_are_written_here(
    sqlite_store: Store, demo_district: District
) -> None:
    desk = Desk(sqlite_store, demo_district, "mirror")
    desk.report()
    choices = desk.see("township", OFFICE).choices
    assert {c.why_not for c in choices if c.action not in IN_MIRROR} == {"mirror"}
    assert refused(lambda: desk.act("accept")) == "mirror"
    seen = desk.act("advise", unit=FARMING)
    assert [advice.unit for advice in seen.advice] == [FARMING]
    assert EventStore(desk.store).last_received() == 1 and len(Audit(desk.store).recent()) == 1


def test_the_recommended_body_is_the_lowest_tier_with_the_mandate(desk: Desk) -> None:
    seen = desk.reach(ACCEPT)
    assert (seen.candidates[0].unit, seen.candidates[0].holds) == (VILLAGE, True)
    assert next(c.units[0] for c in seen.choices if c.action == "dispatch") == VILLAGE
    desk.report("C-2", item="26-1")
    # Villages have no mandate for homestead matters: a department is recommended before them.
    assert desk.see(case_id="C-2").candidates[0].tier == "district"


def test_every_action_has_a_rule_a_writer_and_a_place_in_the_order(desk: Desk) -> None:
    from hub.casework.acts import WRITERS

    assert set(ACTIONS) == set(RULES) == {*WRITERS, "advise"}


WALK = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 5), st.integers(0, 3)), max_size=25)
SEATS = [("dispatcher", ""), ("village", VILLAGE), ("township", OFFICE), ("leader", ""), ("inspector", ""),
         ("admin", "")]  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=WALK)
def test_whatever_people_try_a_choice_that_is_open_works_and_one_that_is_not_is_refused(
    walk: list[tuple[str, int, int]], demo_district: District, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = open_store(Path(tmp_path_factory.mktemp("walk")) / "walk.db")
    desk = Desk(store, demo_district)
    desk.report()
    for action, seat, pick in walk:
        role, scope = SEATS[seat]
        desk.wait(minutes=20)
        seen = desk.see(role, scope)
        choice = next(c for c in seen.choices if c.action == action)
        actor = Actor(role, Scope(demo_district, scope))
        wish = {
            name: options[pick % len(options)]
            for name, options in (
                ("reason", choice.reasons), ("unit", choice.units), ("verdict", choice.verdicts)
            )
            if options
        }  # fmt: skip
        if choice.allowed:
            assert desk.desk.act("C-1", action, actor, seen.version, **wish) > seen.version
        else:
            why = refused(partial(desk.desk.act, "C-1", action, actor, seen.version))
            assert why == choice.why_not or (action == "merge" and choice.why_not == "not_a_twin")
        after = desk.see()
        times = [step.occurred_at for step in after.history]
        assert times == sorted(times)
        desk.wait(seconds=1)
        held = desk.desk.list_open(Scope(demo_district)).case_id == ["C-1"]
        assert held == (not after.ended)
    store.close()


def test_a_whistle_is_answered_in_time_only_when_all_who_were_called_came_in_time(desk: Desk) -> None:
    from twin.indicators import summarise_cases

    def is_answered() -> bool:
        return bool(summarise_cases(EventStore(desk.store).read_frame())["present_in_time"].iloc[0])

    desk.reach(ACCEPT, DISPATCH)
    desk.act("whistle", "township", OFFICE, reason="emergency", unit=FARMING)
    desk.act("whistle", "township", OFFICE, reason="emergency", unit="990101907000")
    desk.wait(minutes=10)
    desk.act("arrive", "department", FARMING)
    assert not is_answered()
    desk.wait(minutes=10)
    desk.act("arrive", "department", "990101907000")
    assert is_answered()


def test_work_in_hand_that_came_without_its_dispatch_is_late_by_its_due_time(desk: Desk) -> None:
    late = desk.read() - timedelta(days=3)
    row = {
        "source": "hotline", "event_id": "C-old-2", "origin": "live", "case_id": "C-old", "kind": "case",
        "occurred_at": late, "state": "handling", "phase": "queued", "matter": "25-1", "unit": VILLAGE,
        "lead_unit": VILLAGE, "role": "committee", "tier": "village", "handling_due": late, "close_due": late,
        "grid": desk.district.places["grid"].iloc[5], "channel": "hotline", "priority": 4,
    }  # fmt: skip
    desk.report("C-old", occurred_at=late - timedelta(days=9))
    desk.desk.ingest.accept([row])
    seen = desk.see("village", VILLAGE, "C-old")
    assert [clock.name for clock in seen.clocks] == ["handling", "close"]
    assert seen.light == "red" and all(clock.remaining_minutes < 0 for clock in seen.clocks)
