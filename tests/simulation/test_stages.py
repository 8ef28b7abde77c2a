"""Measures with a date: posts that move, rules that change, in the middle of a run; worked out by hand."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from simulation.demand import Cases, sample_cases
from simulation.engine import run
from simulation.flow import compile_flow
from simulation.log.record import build_log, fingerprint_cases
from tests.simulation.test_hand_log import clock, list_visits
from tests.simulation.textbook import ORIGIN, build_district
from twin.calendar import DAY
from twin.district import District
from twin.faults import DistrictFaults

HANDLE: dict[str, Any] = {"item": "a", "step": "handle", "role": "s", "law": "constant", "minutes": 60}
TOMORROW = ORIGIN + timedelta(days=1)


def play_stages(
    district: District, reports: list[str], later: list[tuple[date, District]], days: int = 3
) -> Any:
    """A run of reports at clock times under districts that hold from later dates on."""
    count = len(reports)
    zeros = np.zeros(count, dtype=np.int64)
    times = np.array([clock(t) for t in reports])
    cases = Cases(ORIGIN, 1, times, zeros, zeros, zeros, np.arange(1, count + 1, dtype=np.uint64), zeros > 0)
    return run(compile_flow(district, ORIGIN, days, later), cases, days * DAY)


def test_a_post_moved_in_the_night_serves_the_new_unit_from_then_on_and_gives_its_case_back() -> None:
    handle = HANDLE | {"role": "server", "minutes": 180}
    orders = [(0, "server", ["1"])]
    district = build_district({"1": 1, "2": 1}, [handle], [(0, "a", 1.0)], preferences=orders)
    moved = district.posts.copy()
    moved.loc[moved["post_id"] == "2-0", "unit"] = "1"
    visits = play_stages(district, ["22:00", "22:30"], [(TOMORROW, district.with_tables(posts=moved))])
    assert list_visits(visits) == [(0, 0, "22:00", "1+01:00"), (1, 0, "1+00:00", "1+03:00")]
    back = district.posts.copy()
    back.loc[back["post_id"] == "1-0", "unit"] = "2"
    swapped = back.copy()
    swapped.loc[swapped["post_id"] == "2-0", "unit"] = "1"
    visits = play_stages(district, ["22:00"], [(TOMORROW, district.with_tables(posts=swapped))])
    assert list_visits(visits) == [(0, 0, "22:00", "1+00:00"), (0, 1, "1+00:00", "1+01:00")]
    log = build_log(visits)
    work = log[log["phase"] == "work"]
    assert work["post_id"].astype(str).tolist() == ["1-0", "2-0"] and set(work["unit"].astype(str)) == {"1"}


def test_what_waits_for_a_body_that_is_merged_is_taken_by_the_body_that_stands_then() -> None:
    district = build_district({"x": 1, "y": 1}, [HANDLE | {"role": "x", "minutes": 300}], [(0, "a", 1.0)])
    pooled = district.posts.assign(unit="x", role="x+y")
    visits = play_stages(district, ["20:00", "21:00"], [(TOMORROW, district.with_tables(posts=pooled))])
    assert list_visits(visits) == [
        (0, 0, "20:00", "1+00:00"),  # the old team is gone: what is left is the new one's
        (0, 1, "1+00:00", "1+01:00"),
        (1, 0, "1+00:00", "1+05:00"),
    ]


def test_a_case_follows_the_rules_of_the_day_on_which_it_was_reported() -> None:
    district = build_district({"s": 2}, [HANDLE], [(0, "a", 1.0)])
    quick = district.with_tables(routes=district.routes.assign(minutes=10.0))
    visits = play_stages(district, ["23:30", "1+09:00"], [(TOMORROW, quick)])
    assert list_visits(visits) == [(0, 0, "23:30", "1+00:30"), (1, 0, "1+09:00", "1+09:10")]


def test_before_its_date_a_measure_changes_nothing_at_all(demo_district: District) -> None:
    posts = demo_district.posts.copy()
    donors = posts[(posts["role"] == "dept_urban") & (posts["filled"] == 1)].index[:6]
    unit = posts.loc[posts["role"] == "squad_urban", "unit"].iloc[0]
    posts.loc[donors, ["unit", "role"]] = [unit, "squad_urban"]
    changed = demo_district.with_tables(posts=posts)
    start, days = date(2026, 5, 11), 6
    cases = sample_cases(demo_district, start, days, 1)
    flows = [
        compile_flow(demo_district, start, days),
        compile_flow(demo_district, start, days, [(date(2026, 5, 14), changed)]),
    ]
    before, after = (run(flow, cases, days * DAY) for flow in flows)
    logs = [build_log(visits) for visits in (before, after)]
    columns = ["case_id", "occurred_at", "state", "phase", "unit", "post_id"]
    cut = logs[0]["occurred_at"].iloc[0].normalize().tz_convert("Asia/Shanghai").normalize()
    limit = cut + np.timedelta64(3, "D")
    early = [log.loc[log["occurred_at"] < limit, columns].astype(str).reset_index(drop=True) for log in logs]
    assert early[0].equals(early[1])
    assert (fingerprint_cases(before) != fingerprint_cases(after)).any()


def test_a_body_that_would_vanish_while_cases_may_still_come_to_it_is_a_fault_at_once() -> None:
    district = build_district({"s": 1, "t": 1}, [HANDLE], [(0, "a", 1.0)])
    gone = district.with_tables(posts=district.posts.assign(unit="t", role="t"))
    with pytest.raises(DistrictFaults, match="no body"):
        compile_flow(district, ORIGIN, 3, [(TOMORROW, gone)])


def test_demand_scaled_from_a_date_leaves_every_case_before_it_as_it_was(demo_district: District) -> None:
    start, days = date(2026, 5, 11), 6
    base = sample_cases(demo_district, start, days, 1)
    for factor in (0.5, 1.5):
        change = {"kind": "scale", "factor": factor, "places": (), "matters": (), "start": "2026-05-14"}
        scaled = sample_cases(demo_district.with_tables(demand_changes=(change,)), start, days, 1)
        early = [set(c.key[c.time < 3 * DAY].tolist()) for c in (base, scaled)]
        late = [int((c.time >= 3 * DAY).sum()) for c in (base, scaled)]
        assert early[0] == early[1]
        assert late[1] / late[0] == pytest.approx(factor, abs=0.06)


def test_rules_of_suspension_and_extension_from_a_date_leave_every_case_before_it_as_it_was() -> None:
    items = [{"item": "a", "limit_value": 9, "limit_clock": "u", "suspend_clock": "u"}]
    district = build_district({"s": 1}, [HANDLE], [(0, "a", 1.0)], items)
    rules = {"suspend_share": 1.0, "suspend_value": 5.0, "extend_share": 1.0, "extend_value": 2.0}
    later = district.with_tables(matters=district.matters.assign(**rules))
    visits = play_stages(district, ["09:00", "1+09:00"], [(TOMORROW, later)])
    assert set(visits.moves[0].tolist()) == {1}
    assert visits.handling_due[0] == clock("18:00")
