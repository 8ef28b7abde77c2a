"""The live state against counts made by hand; late and repeated events change nothing but what they must."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.ingest import Ingest
from hub.live import LiveState
from store.database import Store
from store.event_rows import EventFaults
from store.events import EventStore
from twin.district import District

NOW = datetime(2026, 5, 13, 4, 0, tzinfo=UTC)  # a Wednesday noon in Shanghai
HOUR = timedelta(hours=1)


def tell(
    case: str, number: int, hours_ago: float, state: str, district: District, **more: Any
) -> dict[str, Any]:
    """One move of a case in the first grid, so many hours ago."""
    return {
        "origin": "live",
        "source": "hotline",
        "event_id": f"{case}-{number}",
        "case_id": case,
        "kind": "case",
        "occurred_at": NOW - hours_ago * HOUR,
        "state": state,
        "phase": "done",
        "unit": district.units["code"].iloc[0],
        "channel": "hotline",
        "matter": district.matters["item"].iloc[0],
        "grid": district.grids["code"].iloc[0],
        "priority": 3,
        **more,
    }


def tell_story(district: District) -> list[dict[str, Any]]:
    """Four cases: one just reported, one in hand and late, one in hand in time, one closed in time."""
    late = {"handling_due": NOW - 2 * HOUR, "close_due": NOW - HOUR}
    ahead = {"handling_due": NOW + 70 * HOUR, "close_due": NOW + 90 * HOUR}
    met = {"handling_due": NOW - HOUR, "close_due": NOW - HOUR / 2}
    return [
        tell("new", 0, 1, "reported", district),
        tell("late", 0, 9, "reported", district),
        tell("late", 1, 8, "accepted", district),
        tell("late", 2, 7, "dispatched", district, **late),
        tell("intime", 0, 30, "reported", district),
        tell("intime", 1, 29, "accepted", district),
        tell("intime", 2, 28, "dispatched", district, **ahead),
        tell("closed", 0, 12, "reported", district),
        tell("closed", 1, 11.5, "accepted", district),
        tell("closed", 2, 11, "dispatched", district, **met),
        tell("closed", 3, 3, "handled", district, tier="village", **met),
        tell("closed", 4, 2.5, "checked", district, **met),
        tell("closed", 5, 2, "closed", district, **met),
    ]


def live_state(store: Store, district: District) -> LiveState:
    """The live state at NOW."""
    return LiveState(store, district, clock=lambda: NOW, keep_seconds=0)


def test_the_key_figures_are_those_counted_by_hand(store: Store, small_district: District) -> None:
    door = Ingest(EventStore(store), small_district, clock=lambda: NOW)
    door.accept(tell_story(small_district))
    now = live_state(store, small_district).snapshot()
    figures = {name: figure.value for name, figure in now.kpis.items()}
    assert figures["reported_today"] == 3  # the fourth came yesterday
    assert figures["in_hand"] == 3
    assert figures["overdue"] == 1
    assert figures["on_time_closure"] == 0.5  # two were due, one of them closed by then
    assert [row.case_id for row in now.overdue] == ["late"]
    assert {stage.state: stage.in_hand for stage in now.stages if stage.in_hand} == {
        "reported": 1,
        "dispatched": 2,
    }
    assert sum(row.in_hand for row in now.townships) == 3
    assert sum(row.in_hand for row in now.matters) == 3
    assert now.outside == 0


def test_events_that_come_late_twice_or_in_another_order_give_the_same_snapshot(
    store: Store, small_district: District
) -> None:
    door = Ingest(EventStore(store), small_district, clock=lambda: NOW)
    live = live_state(store, small_district)
    story = tell_story(small_district)
    for row in reversed(story):
        door.accept([row])
        live.snapshot()
    door.accept(story)
    stepwise = live.snapshot()
    at_once = live_state(store, small_district).snapshot()
    assert stepwise.kpis == at_once.kpis
    assert stepwise.stages == at_once.stages
    assert stepwise.townships == at_once.townships
    assert stepwise.overdue == at_once.overdue
    assert stepwise.overdue[0].x == stepwise.overdue[0].x  # the middle of its grid, not NaN


def test_a_case_in_no_grid_is_counted_outside_and_nowhere_else(
    store: Store, small_district: District
) -> None:
    door = Ingest(EventStore(store), small_district, clock=lambda: NOW)
    door.accept([tell("away", 0, 1, "reported", small_district, grid="")])
    now = live_state(store, small_district).snapshot()
    assert (now.outside, now.kpis["in_hand"].value, now.kpis["reported_today"].value) == (1, 0, 0)


def test_every_fault_of_a_batch_is_named_and_nothing_of_it_is_kept(
    store: Store, small_district: District
) -> None:
    events = EventStore(store)
    door = Ingest(events, small_district, clock=lambda: NOW)
    rows = [
        tell("good", 0, 1, "reported", small_district),
        tell("odd", 0, 1, "vanished", small_district),
        tell("item", 0, 1, "reported", small_district, matter="no such item"),
        tell("future", 0, -30, "reported", small_district),
        tell("person", 0, 1, "reported", small_district, verdict="拨打 13812345678 联系"),
    ]
    with pytest.raises(EventFaults) as caught:
        door.accept(rows)
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (1, "state"),
        (2, "matter"),
        (3, "occurred_at"),
        (4, "verdict"),
    ]
    assert "13812345678" not in str(caught.value)
    assert events.read_frame().empty
