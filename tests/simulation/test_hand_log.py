"""Runs small enough to be worked out by hand, to the second."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from simulation.demand import Cases
from simulation.engine import run
from simulation.flow import compile_flow
from simulation.log.record import build_log
from simulation.playing.visits import Visits
from tests.simulation.textbook import ORIGIN, build_district
from twin.calendar import DAY
from twin.district import District

DAY_SHIFT = (
    {"shift": "day", "days": "workdays", "start": "08:00", "end": "12:00"},
    {"shift": "day", "days": "workdays", "start": "14:00", "end": "18:00"},
)


def clock(text: str) -> int:
    """Seconds of "HH:MM", or of "1+HH:MM" on the next day."""
    days, _, rest = text.rpartition("+")
    hours, minutes = rest.split(":")
    return int(days or 0) * DAY + int(hours) * 3600 + int(minutes) * 60


def play_by_hand(district: District, reports: Sequence[tuple[str, int]], days: int = 3) -> Visits:
    """Play reports given as (time of day, item number)."""
    count = len(reports)
    zeros = np.zeros(count, dtype=np.int64)
    times = np.array([clock(time) for time, _ in reports])
    items = np.array([item for _, item in reports])
    keys = np.arange(1, count + 1, dtype=np.uint64)
    cases = Cases(ORIGIN, 1, times, zeros, items, zeros, keys, zeros.astype(bool))
    return run(compile_flow(district, ORIGIN, days), cases, days * DAY)


def list_visits(visits: Visits) -> list[tuple[int, int, str, str]]:
    """(case, task, start, end) of every started visit, as clock times."""
    names = ("case", "task", "start", "end")
    rows = zip(*(visits.column(name).tolist() for name in names), strict=True)
    return sorted((c, t, show(s), show(e)) for c, t, s, e in rows if s >= 0)


def show(seconds: int) -> str:
    """The clock time of some seconds."""
    day, rest = divmod(seconds, DAY)
    text = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}"
    return f"{day}+{text}" if day else text


def one_desk(**play: float) -> District:
    """One post in a day shift; items a (60 min), b (120 min), c (30 min, first priority)."""
    minutes = {"a": 60, "b": 120, "c": 30}
    routes = [
        {"item": i, "step": "handle", "role": "s", "law": "constant", "minutes": m}
        for i, m in minutes.items()
    ]
    items = [{"item": "a", "priority": 2}, {"item": "b", "priority": 2}, {"item": "c", "priority": 1}]
    return build_district(
        {"s": 1}, routes, [(0, "a", 1.0)], items, shifts=DAY_SHIFT, work_calendar="weekdays", **play
    )


def test_little_left_at_shift_end_is_overtime_the_rest_pauses_and_resumes_with_the_same_post() -> None:
    reports = [("11:20", 0), ("11:30", 1), ("14:30", 0), ("15:00", 2), ("17:00", 1)]
    visits = play_by_hand(one_desk(overtime_minutes=30), reports)
    assert list_visits(visits) == [
        (0, 0, "11:20", "12:20"),
        (1, 0, "14:00", "16:00"),
        (2, 0, "16:30", "17:30"),
        (3, 0, "16:00", "16:30"),
        (4, 0, "17:30", "1+09:30"),
    ]


def test_the_log_says_every_move_of_a_paused_visit() -> None:
    log = build_log(play_by_hand(one_desk(overtime_minutes=30), [("17:30", 1)]))
    local = pd.to_datetime(log["occurred_at"]).dt.tz_convert("Asia/Shanghai").dt.strftime("%d %H:%M")
    rows = list(zip(local, log["state"].astype(str), log["phase"].astype(str), strict=True))
    assert rows == [
        ("11 17:30", "reported", "done"),
        ("11 17:30", "handling", "work"),
        ("11 18:00", "handling", "paused"),
        ("12 08:00", "handling", "work"),
        ("12 09:30", "handled", "done"),
    ]
    assert log["work_seconds"].tolist() == [0, 7200, 0, 0, 0]


def test_reports_of_the_same_second_are_taken_in_the_order_of_their_cases() -> None:
    visits = play_by_hand(one_desk(), [("09:00", 0), ("09:00", 0), ("09:00", 0)])
    assert list_visits(visits) == [
        (0, 0, "09:00", "10:00"),
        (1, 0, "10:00", "11:00"),
        (2, 0, "11:00", "12:00"),
    ]


def test_a_release_and_a_report_of_the_same_second_come_in_that_order() -> None:
    visits = play_by_hand(one_desk(), [("08:00", 0), ("09:00", 0)])
    assert list_visits(visits) == [(0, 0, "08:00", "09:00"), (1, 0, "09:00", "10:00")]


def test_a_preempting_case_takes_the_post_and_the_other_goes_on_where_it_stopped() -> None:
    routes = [
        {"item": i, "step": "handle", "role": "s", "law": "constant", "minutes": m}
        for i, m in (("a", 60), ("c", 30))
    ]
    items = [{"item": "a", "priority": 2, "preempts": 0}, {"item": "c", "priority": 1, "preempts": 1}]
    district = build_district({"s": 1}, routes, [(0, "a", 1.0)], items)
    visits = play_by_hand(district, [("09:00", 0), ("09:20", 1)])
    assert list_visits(visits) == [
        (0, 0, "09:00", "09:20"),
        (0, 1, "09:50", "10:30"),
        (1, 0, "09:20", "09:50"),
    ]


def joint(block: float) -> District:
    """Item a needs two posts at once, item b one (30 min)."""
    routes = [
        {"item": "a", "step": "handle", "role": "s", "law": "constant", "minutes": 60, "crew": 2},
        {"item": "b", "step": "handle", "role": "s", "law": "constant", "minutes": 30, "crew": 1},
    ]
    items = [{"item": "a", "priority": 1}, {"item": "b", "priority": 2}]
    return build_district({"s": 2}, routes, [(0, "a", 1.0)], items, joint_block_minutes=block)


def test_a_joint_case_reserves_all_posts_at_one_moment_or_none() -> None:
    visits = play_by_hand(joint(block=600), [("09:00", 1), ("09:10", 0), ("09:20", 1), ("09:40", 1)])
    assert list_visits(visits) == [
        (0, 0, "09:00", "09:30"),
        (1, 0, "10:10", "11:10"),
        (1, 0, "10:10", "11:10"),
        (2, 0, "09:20", "09:50"),
        (3, 0, "09:40", "10:10"),
    ]


def test_a_joint_case_kept_waiting_long_blocks_new_starts() -> None:
    visits = play_by_hand(joint(block=15), [("09:00", 1), ("09:10", 0), ("09:20", 1), ("09:40", 1)])
    assert list_visits(visits) == [
        (0, 0, "09:00", "09:30"),
        (1, 0, "09:50", "10:50"),
        (1, 0, "09:50", "10:50"),
        (2, 0, "09:20", "09:50"),
        (3, 0, "10:50", "11:20"),
    ]


def test_a_clock_hands_an_unfinished_step_up_and_the_due_time_stays() -> None:
    routes = [
        {
            "item": "a",
            "step": "one",
            "role": "s",
            "law": "constant",
            "minutes": 120,
            "escalate_value": 1,
            "escalate_clock": "u",
            "escalate_to": "two",
            "next": "end",
        },
        {"item": "a", "step": "two", "role": "r", "law": "constant", "minutes": 30, "next": "end"},
        {"item": "a", "step": "end", "role": "", "tier": "", "state": "closed", "law": "constant"},
    ]
    routes = [{"escalate_value": 0, **row} for row in routes]
    district = build_district(
        {"s": 1, "r": 1}, routes, [(0, "a", 1.0)], [{"item": "a", "limit_value": 4, "limit_clock": "u"}]
    )
    visits = play_by_hand(district, [("09:00", 0), ("09:30", 0)])
    assert list_visits(visits) == [
        (0, 0, "09:00", "10:00"),
        (0, 1, "10:00", "10:30"),
        (1, 0, "10:00", "10:30"),
        (1, 1, "10:30", "11:00"),
    ]
    assert visits.handling_due.tolist() == [clock("13:00"), clock("13:30")]


def test_a_limit_of_four_working_hours_filed_at_seventeen_falls_due_the_next_working_day() -> None:
    flow = compile_flow(one_desk(), date(2026, 5, 15), 5)  # a Friday
    assert flow.calendar.find_due(clock("17:00"), 4, "w") == 3 * DAY + clock("11:00")
    assert flow.calendar.find_due(clock("17:00"), 1, "wd") == 3 * DAY + clock("17:00")
    assert flow.calendar.find_due(clock("17:00"), 1, "d") == DAY + clock("17:00")
    assert flow.calendar.find_due(clock("17:00"), 4, "u") == clock("21:00")
