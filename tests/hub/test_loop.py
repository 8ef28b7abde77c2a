"""The way of cases, the citizens' rates, whistles and forces against counts made by hand."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from hub.ingest import Ingest
from hub.live import LiveState
from hub.loop import measure_share, weigh_rates
from hub.policy import WallPolicy, load_wall_policy
from hub.snapshot import LiveSnapshot
from hub.views import Rate
from hub.workload import Workload
from store.database import Store
from store.events import EventStore
from tests.hub.test_live import HOUR, NOW, tell
from twin.district import District


def small_floor() -> WallPolicy:
    """The committed policy, but figures are shown from one case on."""
    policy = load_wall_policy()
    return policy.model_copy(
        update={
            "loop": policy.loop.model_copy(update={"least": 1}),
            "forces": policy.forces.model_copy(update={"least_hours": 0}),
        }
    )


def look(
    store: Store, district: District, rows: list[dict[str, Any]], policy: WallPolicy | None = None
) -> LiveSnapshot:
    """The snapshot at NOW of some events."""
    Ingest(EventStore(store), district, clock=lambda: NOW).accept(rows)
    live = LiveState(store, district, clock=lambda: NOW, keep_seconds=0, screen=policy or small_floor())
    return live.snapshot()


def file_three(district: District) -> list[dict[str, Any]]:
    """Filed after 20 working minutes, 60 urgent minutes, and 10 + 10 working minutes over a night."""
    return [
        tell("plain", 0, 2, "reported", district),
        tell("plain", 1, 100 / 60, "accepted", district),
        tell("plain", 2, 10 / 60, "dispatched", district),
        tell("urgent", 0, 13, "reported", district, priority=1),
        tell("urgent", 1, 12, "accepted", district, priority=1),
        tell("night", 0, 18 + 10 / 60, "reported", district),
        tell("night", 1, 3 + 50 / 60, "accepted", district),
    ]


def test_times_in_stages_run_on_the_clock_of_each_case(sqlite_store: Store, small_district: District) -> None:
    now = look(sqlite_store, small_district, file_three(small_district))
    filing, dispatch = now.loop.times[:2]
    assert (filing.count, filing.timer) == (3, 30)
    assert (filing.median, filing.p90) == (pytest.approx(20), pytest.approx(60))
    assert filing.in_time == pytest.approx(2 / 3)
    assert (dispatch.count, dispatch.median) == (1, pytest.approx(90))
    shares = {share.name: (share.hits, share.total) for share in now.loop.shares}
    assert shares["filing"] == (2, 3)
    assert shares["dispatch"] == (1, 1)


def test_under_the_floor_there_is_a_count_and_no_figure(
    sqlite_store: Store, small_district: District
) -> None:
    now = look(sqlite_store, small_district, file_three(small_district), load_wall_policy())
    filing = now.loop.times[0]
    assert (filing.count, filing.median, filing.p90, filing.in_time) == (3, None, None, None)
    assert now.loop.shares[0].value is None


def test_open_cases_stand_with_the_tier_that_holds_them(
    sqlite_store: Store, small_district: District
) -> None:
    units = small_district.units
    hub = units.loc[units["kind"] == "hub", "code"].iloc[0]
    department = units.loc[units["kind"] == "department", "code"].iloc[0]
    village = units.loc[units["tier"] == "village", "code"].iloc[0]
    late = {"handling_due": NOW - 2 * HOUR, "close_due": NOW - HOUR}
    rows = [
        tell("new", 0, 1, "reported", small_district, unit=""),
        tell("hub", 0, 1, "reported", small_district, unit=hub),
        tell("far", 0, 9, "reported", small_district, unit=""),
        tell("far", 1, 8, "dispatched", small_district, unit=department, **late),
        tell("near", 0, 1, "reported", small_district, unit=village),
    ]
    now = look(sqlite_store, small_district, rows)
    tiers = {row.tier: (row.in_hand, row.red) for row in now.loop.tiers}
    assert tiers == {"hub": (2, 0), "village": (1, 0), "township": (0, 0), "department": (1, 1)}
    assert sum(row.in_hand for row in now.loop.tiers) == now.kpis["in_hand"].value
    assert sum(row.red for row in now.loop.tiers) == now.kpis["overdue"].value


def whistle_story(district: District) -> list[dict[str, Any]]:
    """Called at 11:20 until 11:50: the lead is there at 11:30, the other body at 11:55."""
    lead, other = district.units["code"].iloc[0], district.units["code"].iloc[1]
    minute = 1 / 60
    more = {"step_due": NOW - timedelta(minutes=10)}
    return [
        tell("call", 0, 60 * minute, "reported", district),
        tell("call", 1, 50 * minute, "dispatched", district),
        tell("call", 2, 40 * minute, "whistled", district, unit=lead, **more),
        tell("call", 3, 40 * minute, "joint", district, unit=lead),
        tell("call", 4, 35 * minute, "handling", district, unit=other, phase="travel"),
        tell("call", 5, 30 * minute, "handling", district, unit=lead, phase="work"),
        tell("call", 6, 5 * minute, "handling", district, unit=other, phase="work"),
    ]


def test_a_whistle_is_answered_when_the_last_body_called_is_there(
    sqlite_store: Store, small_district: District
) -> None:
    now = look(sqlite_store, small_district, whistle_story(small_district))
    (call,) = now.whistles
    assert (call.called, call.present, call.going, now.whistling) == (2, 2, True, 1)
    assert (call.taken_minutes, call.left_minutes) == (pytest.approx(35), pytest.approx(-5))


def test_a_whistle_waits_for_bodies_that_a_joint_start_promises(
    sqlite_store: Store, small_district: District
) -> None:
    now = look(sqlite_store, small_district, whistle_story(small_district)[:4])
    (call,) = now.whistles
    assert (call.called, call.present, call.taken_minutes) == (2, 0, None)
    assert call.left_minutes == pytest.approx(-10)


def test_the_three_rates_are_of_evaluated_hotline_cases(
    sqlite_store: Store, small_district: District
) -> None:
    rows = []
    for case, filed, verdict, channel in (
        ("a", 10, "satisfied", "hotline"),
        ("b", 40, "solved", "hotline"),
        ("c", 20, "unsolved", "hotline"),
        ("grid", 90, "unsolved", "grid"),
    ):
        rows += [
            tell(case, 0, 4, "reported", small_district, channel=channel),
            tell(case, 1, 4 - filed / 60, "accepted", small_district, channel=channel),
            tell(case, 2, 1, "closed", small_district, channel=channel),
            tell(case, 3, 0.5, "evaluated", small_district, channel=channel, verdict=verdict),
        ]
    now = look(sqlite_store, small_district, rows)
    found = {rate.share.name: (rate.share.hits, rate.share.total) for rate in now.rates}
    assert found == {"response": (2, 3), "solved": (2, 3), "satisfied": (1, 3)}
    assert weigh_rates(now.rates) == pytest.approx(0.55)  # .30 x 2/3 + .35 x 2/3 + .35 x 1/3


def test_one_unknown_rate_leaves_the_whole_unknown() -> None:
    rates = [Rate(measure_share("a", 9, 10), 0.9, 50, None), Rate(measure_share("b", 1, 2, 5), 0.9, 50, None)]
    assert weigh_rates(rates) is None


def test_work_is_summed_by_body_and_forgotten_past_its_reach() -> None:
    work = Workload(hours=3)
    units, roles = np.array(["u", "u", "v"], object), np.array(["r", "r", "r"], object)
    work.add(units, roles, np.array([10, 10, 11]), np.array([60.0, 30.0, 5.0]))
    assert work.total(10, 12) == {("u", "r"): 90.0, ("v", "r"): 5.0}
    assert work.total(11, 12) == {("u", "r"): 0.0, ("v", "r"): 5.0}
    work.add(units[:1], roles[:1], np.array([13]), np.array([7.0]))  # hour 10 falls out of reach
    assert work.total(0, 14) == {("u", "r"): 7.0, ("v", "r"): 5.0}
    work.add(units[:1], roles[:1], np.array([9]), np.array([1000.0]))
    assert work.total(0, 14)["u", "r"] == 7.0


def test_posts_and_cases_by_place_add_up_to_those_of_the_district(
    sqlite_store: Store, small_district: District
) -> None:
    posts = small_district.posts
    filled = posts[(posts["filled"] == 1) & (posts["role"] == "committee")].iloc[0]
    rows = [
        tell("one", 0, 30, "reported", small_district),
        tell("one", 1, 24, "handling", small_district, unit=filled["unit"], role="committee",
             phase="work", work_seconds=7200.0),
    ]  # fmt: skip
    now = look(sqlite_store, small_district, rows)
    assert sum(row.established for row in now.places) == sum(force.established for force in now.forces)
    assert sum(row.established for row in now.places) == int((posts["filled"] == 1).sum())
    assert sum(row.vacant for row in now.places) == int((posts["filled"] == 0).sum())
    assert sum(row.on_duty for row in now.places) == sum(force.on_duty for force in now.forces)
    assert sum(row.in_hand for row in now.places) == now.kpis["in_hand"].value == 1
    crew = next(row for row in now.crews if row.unit == filled["unit"] and row.role == "committee")
    assert crew.case_hours == pytest.approx(2)
    assert crew.load == pytest.approx(2 / crew.rostered_hours)
    assert crew.in_hand == 1 and crew.backlog_days > 0


def test_cases_of_a_place_come_late_ones_first(sqlite_store: Store, small_district: District) -> None:
    late = {"handling_due": NOW - 2 * HOUR, "close_due": NOW - HOUR}
    rows = [
        tell("new", 0, 1, "reported", small_district),
        tell("late", 0, 9, "reported", small_district),
        tell("late", 1, 8, "dispatched", small_district, **late),
    ]
    Ingest(EventStore(sqlite_store), small_district, clock=lambda: NOW).accept(rows)
    live = LiveState(sqlite_store, small_district, clock=lambda: NOW, keep_seconds=0)
    places = small_district.places.iloc[0]
    for place in (places["township"], places["village"]):
        assert [row.case_id for row in live.list_open_at(place)] == ["late", "new"]
    assert live.list_open_at("nowhere") == []
