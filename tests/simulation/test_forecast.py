"""The fan of cases in hand: where it begins, what is counted, what its bands are; counted by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from simulation.demand import Cases
from simulation.engine import run
from simulation.flow import compile_flow
from simulation.forecast import build_fan, count_in_hand, drop_before, find_second, forecast_backlog
from simulation.log.branching import read_opening
from simulation.log.record import build_log
from simulation.studies.runs import simulate_log
from tests.simulation.test_hand_log import list_visits, play_by_hand
from tests.simulation.test_opening import EMPTY, HANDLE, open_cases
from tests.simulation.textbook import ORIGIN, build_district
from twin.calendar import DAY, HOUR
from twin.district import District
from twin.load import complete_table
from twin.schema import blank_table

ZONE = ZoneInfo("Asia/Shanghai")
TEN = datetime(ORIGIN.year, ORIGIN.month, ORIGIN.day, 10, tzinfo=ZONE)
CLOSE = {"item": "a", "step": "close", "state": "closed", "role": "", "tier": "", "minutes": 0}
NOTHING = Cases(ORIGIN, 1, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY.astype(np.uint64), EMPTY > 0)


def test_open_cases_of_ten_o_clock_go_on_at_ten_and_the_counts_are_those_made_by_hand() -> None:
    """Z has two of its three hours left, then the overdue y, then x; w is reported at 12:30."""
    district = build_district({"s": 1}, [HANDLE, CLOSE], [(0, "a", 1.0)])
    opening = open_cases(
        {"case_id": "x", "age_hours": 5, "phase": "queued", "due_hours": 9},
        {"case_id": "y", "age_hours": 4, "phase": "queued", "due_hours": -2},
        {"case_id": "z", "age_hours": 3, "phase": "work", "phase_hours": 1, "post_id": "s-0", "due_hours": 1},
    )
    one = np.ones(1, dtype=np.int64)
    cases = Cases(ORIGIN, 1, one * 45_000, one - 1, one - 1, one - 1, np.array([7], dtype=np.uint64), one < 0)
    visits = run(compile_flow(district, ORIGIN, 2), cases, 2 * DAY, opening, begin=10 * HOUR)
    assert [row for row in list_visits(visits) if row[1] == 0] == [
        (0, 0, "15:00", "18:00"),
        (1, 0, "12:00", "15:00"),
        (2, 0, "10:00", "12:00"),
        (3, 0, "18:00", "21:00"),
    ]
    assert visits.cases.time.tolist() == [5 * HOUR, 6 * HOUR, 7 * HOUR, 45_000]
    assert visits.handling_due[:3].tolist() == [19 * HOUR, 8 * HOUR, 11 * HOUR]
    moments = np.arange(10, 24) * HOUR
    counted = [3, 3, 2, 3, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0]  # an end on the hour counts as over
    assert count_in_hand(visits, moments).tolist() == counted


def test_a_delay_and_a_timer_count_from_the_moment_of_the_opening() -> None:
    """Work in hand at 10:00 is escalated an hour later; of a wait of four hours three are left."""
    wait = {"delay_kind": "owner", "delay_share": 1.0, "delay_law": "constant", "delay_value": 4}
    wait |= {"delay_clock": "u", "delay_when": "before"}
    up = {"escalate_value": 1, "escalate_clock": "u", "escalate_to": "up"}
    routes = [HANDLE | up, HANDLE | {"step": "up", "role": "t", "minutes": 30}]
    district = build_district({"s": 1, "t": 1}, routes, [(0, "a", 1.0)], shift_end="hand_over")
    row = {"case_id": "x", "age_hours": 2, "phase": "work", "phase_hours": 1, "post_id": "s-0"}
    visits = run(compile_flow(district, ORIGIN, 2), NOTHING, 2 * DAY, open_cases(row), begin=10 * HOUR)
    assert list_visits(visits) == [(0, 0, "10:00", "11:00"), (0, 1, "11:00", "11:30")]
    district = build_district({"s": 1}, [HANDLE | wait], [(0, "a", 1.0)])
    row = {"case_id": "x", "age_hours": 2, "phase": "delay", "phase_hours": 1, "due_hours": 9}
    visits = run(compile_flow(district, ORIGIN, 2), NOTHING, 2 * DAY, open_cases(row), begin=10 * HOUR)
    assert list_visits(visits) == [(0, 0, "13:00", "16:00")]


def test_only_reports_after_the_moment_are_added_and_a_repeat_of_a_dropped_one_repeats_nothing() -> None:
    times, repeats = np.array([5, 10, 20, 30]), np.array([-1, 0, 1, 2])
    zeros, keys = np.zeros(4, dtype=np.int64), np.arange(4, dtype=np.uint64)
    cases = Cases(ORIGIN, 1, times, zeros, zeros, zeros, keys, zeros > 0, None, repeats)
    later = drop_before(cases, 10)
    assert later.time.tolist() == [20, 30]
    assert later.duplicate_of.tolist() == [-1, 0]
    assert not set(later.key.tolist()) & set(keys.tolist())


def test_the_bands_of_nineteen_replications_are_their_order_statistics() -> None:
    """P (n + 1): of 1 to 19 the 5 % quantile is the 1st, 25 % the 5th, 50 % the 10th, 95 % the 19th."""
    fan = build_fan(np.arange(1, 20)[::-1, None] * np.ones((1, 2)), TEN, 1)
    bands = (fan.low90, fan.low50, fan.median, fan.high50, fan.high90)
    assert [band.tolist() for band in bands] == [[v, v] for v in (1, 5, 10, 15, 19)]
    assert fan.exceedance(16.5).tolist() == [3 / 19] * 2
    assert fan.times == (TEN.astimezone(UTC), TEN + timedelta(hours=1))


def test_the_second_of_a_moment_is_that_of_the_district_s_own_day() -> None:
    assert find_second(datetime(2026, 5, 10, 17, 0, 5, tzinfo=UTC), "Asia/Shanghai") == (
        ORIGIN,
        HOUR + 5,
    )


def test_every_replication_begins_with_the_open_cases_of_now_whatever_the_hour(
    demo_district: District,
) -> None:
    """And the fan holds what came: the same district played on, of which it knew the first days only."""
    log = simulate_log(demo_district, ORIGIN, 4, 5)
    now = pd.Timestamp(ORIGIN, tz=ZONE) + pd.Timedelta(hours=2 * 24 + 10, minutes=20)
    flow = compile_flow(demo_district, ORIGIN, 4)
    opening = read_opening(log, flow, now)
    fan = forecast_backlog(demo_district, opening, now.to_pydatetime(), 24, 6, 1)
    assert (fan.paths[:, 0] == len(opening)).all()
    assert len(set(fan.paths[:, -1].tolist())) > 1
    later = [len(read_opening(log, flow, now + pd.Timedelta(hours=hour))) for hour in (6, 24)]
    print(f"FIGURE fan after 6 and 24 hours: {fan.median[[6, 24]].tolist()}, came: {later}")
    assert fan.median[[6, 24]] == pytest.approx(later, rel=0.06)


def test_a_stopped_forecast_is_none_and_one_without_open_cases_begins_at_nothing() -> None:
    district = build_district({"s": 1}, [HANDLE, CLOSE], [(0, "a", 3.0)])
    none = blank_table("opening")
    calls = iter([False, True])
    assert forecast_backlog(district, none, TEN, 3, 2, 1, stop=lambda: next(calls)) is None
    fan = forecast_backlog(district, none, TEN, 3, 2, 1)
    assert fan.paths[:, 0].tolist() == [0, 0]
    again = forecast_backlog(district, none, TEN, 3, 2, 1)
    assert np.array_equal(fan.paths, again.paths)


def test_a_log_of_done_steps_alone_opens_its_cases_at_the_step_that_follows() -> None:
    """As another platform tells it: dispatched, so it waits for handling; handled, so for the check."""
    check: dict[str, Any] = {"item": "a", "step": "check", "state": "checked", "role": "s", "minutes": 5}
    send = {"item": "a", "step": "send", "state": "dispatched", "role": "s", "minutes": 5}
    district = build_district({"s": 1}, [send, HANDLE, check], [(0, "a", 1.0)])
    log = build_log(play_by_hand(district, [("08:00", 0)]))
    told = log[log["phase"] == "done"]
    flow = compile_flow(district, ORIGIN, 2)
    steps = {}
    for hour, minute in ((8, 2), (9, 0), (11, 6)):
        moment = pd.Timestamp(ORIGIN, tz=ZONE) + pd.Timedelta(hours=hour, minutes=minute)
        opening = read_opening(told, flow, moment)
        complete_table("opening", opening)
        steps[hour] = opening[["step", "phase"]].to_numpy().tolist()
    assert steps == {8: [["send", "queued"]], 9: [["handle", "queued"]], 11: [["check", "queued"]]}
