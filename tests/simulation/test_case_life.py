"""Every state of a case's life, in runs worked out by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from simulation.demand import Cases
from simulation.engine import run
from simulation.flow import compile_flow
from simulation.log.record import build_log
from simulation.playing.visits import Visits
from tests.simulation.test_hand_log import clock, list_visits, play_by_hand, show
from tests.simulation.textbook import ORIGIN, build_district
from twin.calendar import DAY
from twin.indicators import summarise_cases
from twin.load import complete_table

HANDLE: dict[str, Any] = {"item": "a", "step": "handle", "role": "s", "law": "constant", "minutes": 60}
CLOSE: dict[str, Any] = {
    "item": "a",
    "step": "close",
    "role": "",
    "tier": "",
    "state": "closed",
    "law": "constant",
    "position": 99,
}


def list_facts(visits: Visits, *states: str) -> list[tuple[str, str, str]]:
    """(time, state, unit) of what was done, in order, of some states or of all."""
    log = build_log(visits)
    log = log[log["phase"] == "done"]
    if states:
        log = log[log["state"].isin(states)]
    seconds = (log["occurred_at"] - pd.Timestamp(ORIGIN, tz="Asia/Shanghai")).dt.total_seconds().astype(int)
    unit = log["unit"].astype(object).fillna("")
    return [(show(s), str(x), u) for s, x, u in zip(seconds, log["state"], unit, strict=True)]


def test_a_refused_report_ends_at_acceptance_with_its_reason_and_has_no_due_time() -> None:
    accept = {
        "item": "a",
        "step": "accept",
        "state": "accepted",
        "role": "s",
        "law": "constant",
        "minutes": 4,
    }
    refuse = {"end_share": 1.0, "end_state": "refused", "end_reason": "not_ours"}
    visits = play_by_hand(
        build_district({"s": 1}, [accept | refuse, HANDLE], [(0, "a", 1.0)]), [("09:00", 0)]
    )
    assert list_facts(visits) == [("09:00", "reported", ""), ("09:04", "refused", "s")]
    log = build_log(visits)
    assert log["reason_code"].astype(str).tolist()[-1] == "not_ours"
    assert log["close_due"].isna().all()


def test_a_report_that_repeats_an_earlier_one_is_merged_into_it_open_or_not_unless_that_was_refused() -> None:
    accept = {
        "item": "a",
        "step": "accept",
        "state": "accepted",
        "role": "s",
        "law": "constant",
        "minutes": 4,
    }
    district = build_district({"s": 2}, [accept, HANDLE, CLOSE], [(0, "a", 1.0)])
    times = np.array([clock(t) for t in ("09:00", "09:10", "12:00")])
    zeros = np.zeros(3, dtype=np.int64)
    keys = np.arange(1, 4, dtype=np.uint64)
    cases = Cases(ORIGIN, 1, times, zeros, zeros, zeros, keys, zeros > 0, None, np.array([-1, 0, 0]))
    visits = run(compile_flow(district, ORIGIN, 2), cases, 2 * DAY)
    assert list_facts(visits, "merged", "closed") == [
        ("09:14", "merged", "s"),
        ("10:04", "closed", ""),
        ("12:04", "merged", "s"),
    ]
    merged = build_log(visits).query("state == 'merged'")
    assert merged["merged_into"].astype(str).tolist() == [f"{1:016x}"] * 2
    refusing = accept | {"end_share": 1.0, "end_state": "refused"}
    district = build_district({"s": 2}, [refusing, HANDLE, CLOSE], [(0, "a", 1.0)])
    visits = run(compile_flow(district, ORIGIN, 2), cases, 2 * DAY)
    assert list_facts(visits, "merged") == [] and len(list_facts(visits, "refused")) == 3


def test_a_stopped_clock_moves_the_due_time_by_as_long_as_it_stood_and_is_approved_one_tier_above() -> None:
    items = [{"item": "a", "limit_value": 4, "limit_clock": "u", "suspend_share": 1.0}]
    items[0] |= {"suspend_value": 10, "suspend_clock": "u"}
    district = build_district({"top": 1, "s": 1}, [HANDLE], [(0, "a", 1.0)], items)
    visits = play_by_hand(district, [("09:00", 0)])
    start = int(visits.column("start")[0])
    stood = start - clock("09:00")
    assert stood > 0 and visits.handling_due[0] == clock("13:00") + stood
    log = build_log(visits)
    row = log[log["state"] == "suspended"].iloc[0]
    assert row["unit"] == "top"
    assert (row["handling_due"] - row["occurred_at"]).total_seconds() == 4 * 3600 + stood


def test_a_stopped_working_clock_keeps_the_working_time_that_was_left() -> None:
    items = [{"item": "a", "limit_value": 4, "limit_clock": "w", "suspend_share": 1.0}]
    items[0] |= {"suspend_value": 10, "suspend_clock": "u"}
    district = build_district({"s": 1}, [HANDLE], [(0, "a", 1.0)], items, work_calendar="weekdays")
    visits = play_by_hand(district, [("09:00", 0)])
    calendar = visits.flow.calendar
    resumed = int(visits.column("start")[0])
    left = calendar.count_working(int(visits.handling_due[0])) - calendar.count_working(resumed)
    assert left == 4 * 3600


def test_an_extension_moves_the_due_time_once_at_four_fifths_of_the_limit_where_the_case_is_not_handled() -> (
    None
):
    items = [
        {"item": "a", "limit_value": 5, "limit_clock": "u", "extend_share": 1.0, "extend_value": 2},
        {"item": "b", "limit_value": 5, "limit_clock": "u"},
    ]
    slow = HANDLE | {"minutes": 270}
    district = build_district({"s": 1}, [slow, slow | {"item": "b"}], [(0, "a", 1.0)], items)
    visits = play_by_hand(district, [("09:00", 0), ("09:00", 1)])
    assert visits.handling_due.tolist() == [clock("16:00"), clock("14:00")]
    assert list_facts(visits, "extended") == [("13:00", "extended", "s")]
    log = build_log(visits)
    mine = log[(log["matter"] == "a") & log["handling_due"].notna()]
    local = mine["handling_due"].dt.tz_convert("Asia/Shanghai").dt.strftime("%H:%M").tolist()
    assert local == ["14:00", "16:00", "16:00"]  # at work, extended, handled: what held at each moment
    quick = build_district({"s": 1}, [HANDLE], [(0, "a", 1.0)], items[:1])
    assert play_by_hand(quick, [("09:00", 0)]).handling_due.tolist() == [clock("14:00")]


def test_parallel_helpers_start_with_the_lead_and_the_step_ends_when_the_last_ends() -> None:
    lead = HANDLE | {"parallel": "d@district*2;e@district", "next": "close"}
    own = {"item": "a", "role": "d", "law": "constant", "minutes": 100, "step": "dept", "position": 90}
    district = build_district(
        {"s": 1, "d": 2, "e": 1}, [lead | {"up_to": "dept"}, CLOSE, own | {"next": "close"}], [(0, "a", 1.0)]
    )
    visits = play_by_hand(district, [("09:00", 0)])
    assert list_visits(visits) == [
        (0, 0, "09:00", "10:00"),
        (0, 2048, "09:00", "10:40"),
        (0, 2048, "09:00", "10:40"),
        (0, 2049, "09:00", "10:00"),
    ]
    assert list_facts(visits, "handled", "closed", "joint") == [
        ("09:00", "joint", "s"),
        ("10:00", "joint", "e"),
        ("10:40", "handled", "s"),
        ("10:40", "closed", ""),
        ("10:40", "joint", "d"),
    ]


def test_a_whistle_waits_for_approval_and_says_by_when_whoever_is_called_must_be_there() -> None:
    call = HANDLE | {"parallel": "d@district", "whistle_value": 0.5, "whistle_clock": "u"}
    approval = {"delay_kind": "approval", "delay_share": 1.0, "delay_law": "constant", "delay_value": 0.25}
    call |= approval | {"delay_clock": "u", "delay_when": "before"}
    district = build_district({"s": 1, "d": 1}, [call], [(0, "a", 1.0)])
    visits = play_by_hand(district, [("09:00", 0), ("09:00", 0)])
    log = build_log(visits)
    whistles = log[log["state"] == "whistled"]
    assert list_facts(visits, "whistled") == [("09:15", "whistled", "s")] * 2
    assert ((whistles["step_due"] - whistles["occurred_at"]).dt.total_seconds() == 1800).all()
    present = log[(log["state"] == "joint") & (log["phase"] == "work")]["occurred_at"]
    late = (present.to_numpy() > whistles["step_due"].to_numpy()).tolist()
    assert late == [False, True]  # the one helper comes to the second call an hour later


def test_rework_goes_back_to_the_body_that_handled_it_though_another_is_idle() -> None:
    check = {"item": "a", "step": "check", "state": "checked", "role": "c", "law": "constant", "minutes": 10}
    check |= {"back_share": 1.0, "back_to": "handled", "back_reason": "not_done"}
    orders = [(0, "server", ["1", "2"]), (1, "server", ["2", "1"])]
    handle = HANDLE | {"role": "server"}
    district = build_district(
        {"1": 1, "2": 1, "3": 1},
        [handle, check | {"role": "server"}],
        [(0, "a", 1.0)],
        grids=2,
        preferences=orders,
    )
    visits = play_by_hand(district, [("09:00", 0)], days=1)
    rows = visits.flow.rows["step"].to_numpy()[visits.column("row")]
    posts = visits.column("post")[rows == "handle"]
    assert len(posts) > 2 and len(set(posts.tolist())) == 1
    log = build_log(visits)
    assert set(log.loc[log["state"] == "rework", "reason_code"].astype(str)) == {"not_done"}


def test_a_case_opened_again_after_closing_is_handled_and_closed_once_more_and_a_quiet_one_is_evaluated() -> (
    None
):
    wait = {"delay_kind": "call", "delay_share": 1.0, "delay_law": "constant", "delay_value": 3}
    evaluate = CLOSE | {"step": "evaluate", "state": "evaluated", "position": 100}
    evaluate |= wait | {"delay_clock": "u", "delay_when": "before"}
    quiet = build_district({"s": 1}, [HANDLE, CLOSE, evaluate], [(0, "a", 1.0)])
    assert list_facts(play_by_hand(quiet, [("09:00", 0)]), "closed", "evaluated") == [
        ("10:00", "closed", ""),
        ("13:00", "evaluated", ""),
    ]
    again = evaluate | {"back_share": 1.0, "back_to": "handled", "back_reason": "not_solved"}
    visits = play_by_hand(
        build_district({"s": 1}, [HANDLE, CLOSE, again], [(0, "a", 1.0)]), [("09:00", 0)], 1
    )
    assert list_facts(visits, "closed", "reopened")[:4] == [
        ("10:00", "closed", ""),
        ("13:00", "reopened", ""),
        ("14:00", "closed", ""),
        ("17:00", "reopened", ""),
    ]


def test_a_clock_that_takes_a_joint_step_away_frees_lead_and_helpers() -> None:
    lead = HANDLE | {"parallel": "d@district", "minutes": 300, "escalate_value": 1, "escalate_clock": "u"}
    lead |= {"escalate_to": "up", "next": "close"}
    up = HANDLE | {"step": "up", "role": "u", "position": 50, "next": "close"}
    district = build_district({"s": 1, "d": 1, "u": 1}, [lead, CLOSE, up], [(0, "a", 1.0)])
    visits = play_by_hand(district, [("09:00", 0), ("09:30", 0)])
    assert list_visits(visits) == [
        (0, 0, "09:00", "10:00"),
        (0, 1, "10:00", "11:00"),
        (0, 2048, "09:00", "10:00"),
        (1, 0, "10:00", "10:30"),
        (1, 1, "11:00", "12:00"),
        (1, 2048, "10:00", "10:30"),
    ]


def test_the_same_run_with_more_time_for_all_is_the_same_but_for_the_due_times() -> None:
    items = [{"item": "a", "limit_value": 5, "limit_clock": "u"}]
    district = build_district({"s": 1}, [HANDLE], [(0, "a", 1.0)], items)
    longer = district.with_tables(matters=district.matters.assign(extend_share=1.0, extend_value=1.0))
    reports = [("09:00", 0), ("09:10", 0), ("09:20", 0)]
    before, after = play_by_hand(district, reports), play_by_hand(longer, reports)
    assert np.array_equal(before.column("start"), after.column("start"))
    assert replace(after, moves=before.moves).handling_due.tolist() == before.handling_due.tolist()


def test_a_clock_runs_on_for_a_case_whose_work_was_broken_off() -> None:
    items = [{"item": "a", "priority": 2}, {"item": "b", "priority": 1, "preempts": 1}]
    slow = HANDLE | {"minutes": 180, "escalate_value": 3, "escalate_clock": "u", "escalate_to": "up"}
    up = HANDLE | {"step": "up", "role": "u", "position": 90}
    routes = [slow | {"next": "up"}, up, HANDLE | {"item": "b", "minutes": 150}]
    district = build_district({"s": 1, "u": 1}, routes, [(0, "a", 1.0)], items)
    assert list_visits(play_by_hand(district, [("09:00", 0), ("10:00", 1)])) == [
        (0, 0, "09:00", "10:00"),
        (0, 2, "12:00", "13:00"),  # the rest still waits when its three hours are over
        (1, 0, "10:00", "12:30"),
    ]


def test_a_clock_that_stops_after_the_limit_has_run_out_does_not_make_a_case_punctual() -> None:
    """Working hours; due two hours before the start. Stopped until t: it is due t later, still before t."""
    items = [
        {"item": "a", "suspend_share": 1.0, "suspend_value": 8, "suspend_clock": "w", "limit_clock": "w"}
    ]
    district = build_district({"s": 1}, [HANDLE], [(0, "a", 1.0)], items, work_calendar="weekdays")
    row = {"case_id": "x", "grid": "G0", "item": "a", "channel": "hotline", "step": "handle", "age_hours": 9}
    opening = complete_table("opening", pd.DataFrame([row | {"phase": "queued", "due_hours": -2}]))
    empty = np.zeros(0, dtype=np.int64)
    cases = Cases(ORIGIN, 1, empty, empty, empty, empty, empty.astype(np.uint64), empty > 0)
    visits = run(compile_flow(district, ORIGIN, 2), cases, 2 * DAY, opening)
    until = int(visits.moves[5][0])
    assert visits.handling_due.tolist() == [until - 2 * 3600]


def test_a_wait_is_not_cut_short_by_more_time_or_by_helpers_at_work() -> None:
    """The second case queues from 9 to 12; at 10:36, four fifths of two hours, it is given more time."""
    items = [{"item": "a", "extend_share": 1.0, "extend_value": 5, "limit_value": 2, "limit_clock": "u"}]
    district = build_district({"s": 1}, [HANDLE | {"minutes": 180}], [(0, "a", 1.0)], items)
    visits = play_by_hand(district, [("09:00", 0), ("09:00", 0)])
    assert summarise_cases(build_log(visits))["wait_seconds"].tolist() == [0, 3 * 3600]
    lead = HANDLE | {"role": "x", "parallel": "y@district*1"}
    district = build_district({"x": 1, "y": 2}, [lead], [(0, "a", 1.0)])
    visits = play_by_hand(district, [("09:00", 0), ("09:10", 0)])
    assert summarise_cases(build_log(visits))["wait_seconds"].tolist() == [0, 50 * 60]
