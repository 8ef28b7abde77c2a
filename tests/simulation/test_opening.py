"""A run that starts from open cases, and the opening that a log gives."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation.demand import Cases, sample_cases
from simulation.draws import survival, survival_quantile
from simulation.engine import run
from simulation.flow import compile_flow
from simulation.log.branching import read_opening
from simulation.log.record import build_log
from tests.simulation.test_hand_log import list_visits, play_by_hand
from tests.simulation.textbook import ORIGIN, build_district
from twin.calendar import DAY
from twin.district import District
from twin.faults import DistrictFaults
from twin.indicators import summarise_cases
from twin.load import complete_table

HANDLE: dict[str, Any] = {"item": "a", "step": "handle", "role": "s", "law": "constant", "minutes": 180}
EMPTY = np.zeros(0, dtype=np.int64)


def open_cases(*rows: dict[str, Any]) -> pd.DataFrame:
    """The table opening.csv of some rows."""
    full = {"grid": "G0", "item": "a", "channel": "hotline", "step": "handle"}
    return complete_table("opening", pd.DataFrame([full | row for row in rows]))


def play_opening(district: District, opening: pd.DataFrame, days: int = 2) -> Any:
    """A run in which nothing is reported."""
    cases = Cases(ORIGIN, 1, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY.astype(np.uint64), EMPTY > 0)
    return run(compile_flow(district, ORIGIN, days), cases, days * DAY, opening)


def test_open_cases_go_on_where_they_stand_work_first_then_the_queue_by_due_time() -> None:
    opening = open_cases(
        {"case_id": "x", "age_hours": 5, "phase": "queued", "due_hours": 9},
        {"case_id": "y", "age_hours": 4, "phase": "queued", "due_hours": -2},
        {"case_id": "z", "age_hours": 3, "phase": "work", "phase_hours": 1, "post_id": "s-0", "due_hours": 1},
    )
    visits = play_opening(build_district({"s": 1}, [HANDLE], [(0, "a", 1.0)]), opening)
    assert list_visits(visits) == [
        (0, 0, "05:00", "08:00"),
        (1, 0, "02:00", "05:00"),  # overdue, so before the older one
        (2, 0, "00:00", "02:00"),  # two of three hours are left
    ]
    assert visits.cases.time.tolist() == [-5 * 3600, -4 * 3600, -3 * 3600]
    assert visits.handling_due.tolist() == [9 * 3600, -2 * 3600, 3600]
    table = summarise_cases(build_log(visits))
    assert (table["reported_at"] < table["handled_at"]).all() and len(table) == 3


def test_an_unknown_step_or_grid_of_an_open_case_is_named() -> None:
    district = build_district({"s": 1}, [HANDLE], [(0, "a", 1.0)])
    with pytest.raises(DistrictFaults, match="nowhere"):
        play_opening(district, open_cases({"case_id": "x", "age_hours": 1, "step": "nowhere"}))
    with pytest.raises(DistrictFaults, match="grid unknown"):
        play_opening(district, open_cases({"case_id": "x", "age_hours": 1, "grid": "G9"}))


@pytest.mark.parametrize("law", ["exponential", "lognormal", "erlang2"])
def test_what_a_law_survives_and_its_inverse_agree(law: str) -> None:
    for value in (0.3, 1.0, 4.0, 20.0):
        chance = survival(law, 2.0, 0.9, value)
        assert survival_quantile(law, 2.0, 0.9, chance) == pytest.approx(value, rel=1e-9)


def test_what_is_left_of_an_exponential_wait_is_as_long_as_at_its_beginning() -> None:
    delay = {"delay_kind": "owner", "delay_share": 1.0, "delay_law": "exponential", "delay_value": 2}
    wait = HANDLE | {"step": "wait", "role": "", "tier": "", "state": "closed", "minutes": 0}
    wait |= delay | {"delay_clock": "u", "delay_when": "after"}
    district = build_district({"s": 1}, [wait], [(0, "a", 1.0)])
    rows = [
        {"case_id": f"c{n}", "step": "wait", "age_hours": 9, "phase": "delay", "phase_hours": n % 9}
        for n in range(3000)
    ]
    visits = play_opening(district, open_cases(*rows), days=4)
    left = visits.column("done") / 3600
    assert left.mean() == pytest.approx(2.0, rel=0.08)
    assert np.corrcoef(left, [n % 9 for n in range(3000)])[0, 1] == pytest.approx(0, abs=0.05)


def test_a_run_that_starts_from_another_s_log_ends_as_many_of_its_open_cases_as_that_one_does(
    demo_district: District,
) -> None:
    start, days, split = date(2026, 5, 11), 12, 7
    flow = compile_flow(demo_district, start, days)
    cases = sample_cases(demo_district, start, split, 1)
    whole = build_log(run(flow, cases, days * DAY))
    moment = pd.Timestamp(date(2026, 5, 18)).tz_localize("Asia/Shanghai")
    opening = read_opening(whole, flow, moment)
    complete_table("opening", opening)
    table = summarise_cases(whole)
    still = (table["ended_at"] < 0) | (table["ended_at"] > moment.timestamp() * 1e6)
    assert abs(len(opening) - still.sum()) <= 0.03 * still.sum()
    later = compile_flow(demo_district, date(2026, 5, 18), days - split)
    none = sample_cases(demo_district, date(2026, 5, 18), 0, 1)
    branch = summarise_cases(build_log(run(later, none, (days - split) * DAY, opening)))
    ended = (table.loc[table.index.isin(opening["case_id"]), "ended_at"] >= 0).mean()
    print(
        f"FIGURE open cases ended in 5 days: {ended:.3f} by the run, {(branch['ended_at'] >= 0).mean():.3f}"
        " by its branch"
    )
    assert (branch["ended_at"] >= 0).mean() == pytest.approx(ended, abs=0.04)


def test_a_case_that_is_overdue_or_older_than_the_run_keeps_its_priority() -> None:
    """The open case x of second priority is overdue; a report of first priority at 00:10 goes before it."""
    items = [{"item": "a", "priority": 2}, {"item": "b", "priority": 1}]
    routes = [HANDLE | {"item": item, "minutes": 60} for item in "ab"]
    district = build_district({"s": 1}, routes, [(0, "a", 1.0)], items)
    opening = open_cases(
        {"case_id": "w", "age_hours": 9, "phase": "work", "phase_hours": 0.5, "post_id": "s-0"},
        {"case_id": "x", "age_hours": 5, "phase": "queued", "due_hours": -2},
    )
    one = np.ones(1, dtype=np.int64)
    cases = Cases(ORIGIN, 1, one * 600, one - 1, one, one - 1, np.array([7], dtype=np.uint64), one < 0)
    visits = run(compile_flow(district, ORIGIN, 2), cases, 2 * DAY, opening)
    assert list_visits(visits) == [
        (0, 0, "00:00", "00:30"),
        (1, 0, "01:30", "02:30"),
        (2, 0, "00:30", "01:30"),
    ]


def test_work_in_hand_goes_on_where_its_post_stands_at_the_start_and_is_given_back_when_it_moves() -> None:
    tomorrow = ORIGIN + timedelta(days=1)
    opening = open_cases(
        {"case_id": "z", "age_hours": 3, "phase": "work", "phase_hours": 1, "post_id": "s-0", "due_hours": 1}
    )
    cases = Cases(ORIGIN, 1, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY.astype(np.uint64), EMPTY > 0)

    def play_swapped(hours: int) -> Any:
        """s-0 and t-0 change places at midnight."""
        routes = [HANDLE | {"minutes": 60 * hours}]
        district = build_district({"s": 1, "t": 1}, routes, [(0, "a", 1.0)])
        swapped = district.posts.assign(unit=["t", "s"], role=["t", "s"])
        later = [(tomorrow, district.with_tables(posts=swapped))]
        return list_visits(run(compile_flow(district, ORIGIN, 3, later), cases, 3 * DAY, opening))

    assert play_swapped(3) == [(0, 0, "00:00", "02:00")]
    assert play_swapped(30) == [(0, 0, "00:00", "1+00:00"), (0, 1, "1+00:00", "1+05:00")]


def test_of_two_open_cases_that_claim_one_post_the_second_waits() -> None:
    work = {"phase": "work", "phase_hours": 1, "post_id": "s-0"}
    opening = open_cases(
        work | {"case_id": "x", "age_hours": 9, "due_hours": 5},
        work | {"case_id": "y", "age_hours": 5, "due_hours": 6},
    )
    visits = play_opening(build_district({"s": 1}, [HANDLE], [(0, "a", 1.0)]), opening)
    assert list_visits(visits) == [(0, 0, "00:00", "02:00"), (1, 0, "02:00", "05:00")]


def test_a_case_whose_clock_stands_still_is_not_handled_without_work_when_it_runs_again() -> None:
    rules = {"suspend_share": 1.0, "suspend_value": 8, "suspend_clock": "u", "limit_clock": "u"}
    district = build_district({"s": 1}, [HANDLE], [(0, "a", 1.0)], [{"item": "a", "limit_value": 9} | rules])
    row = {"case_id": "x", "age_hours": 2, "phase": "delay", "phase_hours": 2, "due_hours": 15}
    visits = play_opening(district, open_cases(row), days=9)
    start, end = int(visits.column("start")[0]), int(visits.column("end")[0])
    assert start > 0 and end == start + 3 * 3600
    assert visits.handling_due.tolist() == [15 * 3600]  # it holds the stop already


def test_the_lead_of_an_open_joint_case_waits_for_helpers_who_begin_anew() -> None:
    lead = HANDLE | {"parallel": "y@district*1", "minutes": 60}
    district = build_district({"s": 1, "y": 1}, [lead], [(0, "a", 1.0)])
    row = {"case_id": "x", "age_hours": 2, "phase": "delay", "phase_hours": 1, "post_id": "s-0"}
    visits = play_opening(district, open_cases(row | {"due_hours": 9}))
    assert list_visits(visits) == [(0, 2048, "00:00", "01:00")]
    assert visits.column("done").tolist() == [3600, 3600]


def test_an_open_case_in_hand_is_escalated_by_the_clock_of_its_step() -> None:
    up = {"escalate_value": 1, "escalate_clock": "u", "escalate_to": "up"}
    routes = [HANDLE | up, HANDLE | {"step": "up", "role": "t", "minutes": 30}]
    district = build_district({"s": 1, "t": 1}, routes, [(0, "a", 1.0)], shift_end="hand_over")
    row = {"case_id": "x", "age_hours": 2, "phase": "work", "phase_hours": 1, "post_id": "s-0"}
    assert list_visits(play_opening(district, open_cases(row))) == [
        (0, 0, "00:00", "01:00"),
        (0, 1, "01:00", "01:30"),
    ]


def test_a_delay_on_the_working_clock_has_lasted_its_working_hours() -> None:
    """Reported at 16:00 and waiting since; at 10:00 of the next day four working hours have passed."""
    wait = {"delay_kind": "owner", "delay_share": 1.0, "delay_law": "constant", "delay_value": 30}
    wait |= {"delay_clock": "w", "delay_when": "before"}
    district = build_district({"s": 1}, [HANDLE | wait], [(0, "a", 1.0)], work_calendar="weekdays")
    log = build_log(play_by_hand(district, [("16:00", 0)]))
    moment = pd.Timestamp(ORIGIN, tz="Asia/Shanghai") + pd.Timedelta(hours=34)
    opening = read_opening(log, compile_flow(district, ORIGIN, 3), moment)
    assert opening[["phase", "phase_hours"]].to_numpy().tolist() == [["delay", 4.0]]
