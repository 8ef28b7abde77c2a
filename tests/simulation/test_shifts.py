"""Shifts against the load of the week: mixes worked out by hand, and against every mix."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.measures.worktime import SetShift
from simulation.shifts.cover import CoverProblem, solve_cover, tell_cover
from simulation.shifts.load import WALL, WEEK, WORK, record_pool
from simulation.shifts.proposal import Pool, build_cover, find_pools, propose_shifts, write_shifts
from simulation.studies.period import Period
from tests.simulation.textbook import ORIGIN, build_district, play
from twin.district import District
from twin.faults import DistrictFaults

STAY = np.array([[2.0, 0.0]])


def on_duty(first: int, last: int, days: int = 7) -> np.ndarray:
    """One post from one hour of the day to another on the first days of the week."""
    week = np.zeros((7, 24))
    week[:days, first:last] = 1.0
    return week.ravel()


def two_posts(load: np.ndarray, clock: int) -> CoverProblem:
    """Two posts on 8-16, each of which may be on 16-24 instead; working hours are 8-12 and 14-18."""
    both = np.zeros((2, WEEK))
    both[clock] = load
    counts = np.ones((2, WEEK))
    counts[WORK] = on_duty(8, 12, 5) + on_duty(14, 18, 5)
    cover = np.array([[on_duty(8, 16), on_duty(16, 24)]])
    return CoverProblem(both, counts, cover, (2,), np.array([False, True]))


MORNING_AND_EVENING = on_duty(9, 10) + on_duty(20, 21)


def test_work_of_the_evening_waits_twelve_hours_until_one_post_of_two_is_moved() -> None:
    problem = two_posts(MORNING_AND_EVENING, WALL)
    now = solve_cover(problem, STAY)
    assert now.value == pytest.approx(12 * 7)  # an hour's work from 20 to 8, each night
    assert tell_cover(problem, now) == {
        "in_time": pytest.approx(0.5),
        "short_hours": 84.0,
        "waiting": pytest.approx(84 / WEEK),
    }
    best = solve_cover(problem)
    assert best.mix.tolist() == [[1, 1]] and best.proven
    assert best.value == pytest.approx(0.5)  # nothing waits; one post is moved
    assert tell_cover(problem, best)["in_time"] == pytest.approx(1.0)


def test_work_on_working_hours_does_not_wait_at_night_and_nobody_is_moved() -> None:
    problem = two_posts(MORNING_AND_EVENING, WORK)
    best = solve_cover(problem)
    assert best.mix.tolist() == [[2, 0]] and best.value == pytest.approx(0.0)
    assert tell_cover(problem, best) == {"in_time": 1.0, "short_hours": 0.0, "waiting": 0.0}


def test_more_work_than_posts_can_ever_serve_is_told_and_not_hidden() -> None:
    problem = two_posts(np.full(WEEK, 1.0), WALL)  # 168 post-hours for 2 x 56
    told = tell_cover(problem, solve_cover(problem))
    assert told["in_time"] < 1 and solve_cover(problem).value >= (168 - 112) * WEEK


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=12, max_size=12), st.sampled_from([WALL, WORK]))
def test_no_mix_is_better_than_the_one_that_is_found_and_the_bound_lies_below_all(
    amounts: list[int], clock: int
) -> None:
    problem = two_posts(np.tile(np.repeat(np.array(amounts) / 2, 2), 7), clock)
    found = solve_cover(problem)
    mixes = [np.array([[a, b]], dtype=float) for a, b in product(range(3), repeat=2) if a + b == 2]
    best = min(solve_cover(problem, mix).value for mix in mixes)
    assert found.value == pytest.approx(best, abs=1e-6) and found.bound <= best + 1e-6


def test_a_stopped_search_says_only_what_its_bound_says() -> None:
    problem = two_posts(MORNING_AND_EVENING, WALL)
    stopped = solve_cover(problem, nodes=0)
    assert stopped.bound <= 0.5 + 1e-9 and stopped.value >= 0.5 - 1e-9
    assert stopped.proven == (stopped.value < 0.5 + 1e-4)  # a limit that left no mix behind proves nothing


DAYS = [{"shift": "day", "days": "daily", "start": "08:00", "end": "16:00"}]
HANDLE = {"item": "a", "step": "handle", "role": "s", "law": "constant", "minutes": 30}
CLOSE = {"item": "a", "step": "close", "role": "", "tier": "", "state": "closed", "law": "constant"}


def one_desk() -> District:
    """Three posts on 8-16 every day; all cases come between 20 and 21, on the wall clock."""
    hourly = [0.0] * 24
    hourly[20] = 1.0
    return build_district(
        {"s": 3},
        [HANDLE, CLOSE],
        [(0, "a", 4)],
        ({"item": "a", "limit_value": 4, "limit_clock": "u"},),
        hourly=hourly,
        shifts=DAYS,
    )


def test_the_load_is_the_work_by_the_hour_in_which_it_comes_up() -> None:
    visits = play(one_desk(), 15, 1)
    record = record_pool(visits, Period(ORIGIN, 14, 0, 1), 0, "s")
    assert record.load[WORK].sum() == 0 and record.tasks > 30
    assert record.load.sum() == pytest.approx(record.tasks * 0.5 / 2)  # half an hour each, over two weeks
    assert set(np.flatnonzero(record.load[WALL]) % 24) == {20}
    assert record.in_time == 0 and record.waited / record.tasks > 11


def test_a_pool_s_proposal_begins_work_of_the_night_earlier_and_is_a_scenario() -> None:
    district = one_desk()
    record = record_pool(play(district, 15, 1), Period(ORIGIN, 14, 0, 1), 0, "s")
    found = propose_shifts(district, Pool("s", "s"), [record])
    (shift, minutes, count), *more = found.moves
    assert (shift, minutes) == ("day", -120) and 1 <= count <= 3 and not more  # at 6 in place of 8
    scenario = write_shifts([found])
    assert scenario is not None
    assert scenario.measures == (
        SetShift(place="s", roles=("s",), minutes_later=-120, shift="day", count=count),
    )
    after = scenario.apply(district)
    assert len(after.posts) == 3 and (after.posts["shift"] == "day-120min").sum() == count


def test_hours_as_they_are_stay_where_the_load_is_covered() -> None:
    found = propose_shifts(one_desk(), Pool("s", "s"), [_nothing()])
    assert found.moves == [] and write_shifts([found]) is None


def _nothing():  # type: ignore[no-untyped-def]
    record = record_pool(play(one_desk(), 15, 1), Period(ORIGIN, 14, 0, 1), 0, "s")
    return type(record)(np.zeros((2, WEEK)), 0, 0, 0.0)


def test_a_pool_without_posts_is_told_by_unit_and_role() -> None:
    with pytest.raises(DistrictFaults, match="no filled post of role 'x' at 's'"):
        find_pools(one_desk(), "x", ["s"])
    with pytest.raises(DistrictFaults, match="no filled post of role 'x' in this district"):
        find_pools(one_desk(), "x")


def test_cover_follows_the_shift_s_days_and_the_posts_share() -> None:
    problem = build_cover(one_desk(), Pool("s", "s"), np.zeros((2, WEEK)))
    assert problem.posts == (3,) and problem.cover.shape == (1, 6, WEEK)
    assert problem.cover[0].sum(axis=1).tolist() == [56.0] * 6  # every pattern keeps the roster's hours
    assert np.array_equal(problem.cover[0, 2], on_duty(8, 16))
    assert np.array_equal(problem.cover[0, 5], on_duty(12, 20))
