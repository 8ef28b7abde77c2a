"""What a post is worth: waits by Erlang C, changes told to teams, tables that are convex."""

import numpy as np
import pytest

from simulation.optimising.measuring import attribute, blend, tabulate
from simulation.optimising.objectives import Objective, measure_load, set_objective
from simulation.optimising.queueing_model import predict_wait
from simulation.optimising.readings import Reading
from simulation.queueing import mean_wait


def read(late: list[bool], waits: list[tuple[int, int, int]], keys: list[int] | None = None) -> Reading:
    """A reading of some cases in one village; waits: (case, team, seconds)."""
    case, team, seconds = (np.array(column, dtype=np.int64) for column in zip(*waits, strict=True))
    count = len(late)
    return Reading(
        np.array(keys or range(count), dtype=np.uint64),
        np.array(late),
        np.where(late, 60, -60),
        np.zeros(count, dtype=np.int32),
        case,
        team,
        team,
        np.zeros(len(case), dtype=np.int64),
        seconds,
        np.zeros(4),
        np.zeros(4),
        np.zeros(4),
    )


PLAIN = Objective({"on_time_closure": 1.0}, np.array([False]), 4.0, 1.0)


def test_a_whole_number_of_posts_always_on_waits_as_erlang_c_says() -> None:
    for servers in (1, 2, 5):
        assert predict_wait(1.8, 0.5, servers, 4.0) == pytest.approx(mean_wait(1.8, 0.5, servers))


def test_a_team_on_for_half_of_its_blocks_waits_for_the_next_one_besides() -> None:
    # one post there half of the time: M/M/1 with service 2 x .1 h, rho = .2 x .5 = .1; and a gap of
    # (1 - .5) x 4 x (1 / .5 - .5) = 3 h
    assert predict_wait(0.5, 0.1, 0.5, 4.0) == pytest.approx(mean_wait(0.5, 0.2, 1) + 3.0)


def test_a_case_late_no_more_is_told_to_the_team_at_which_its_wait_fell_most() -> None:
    before = read([True, True, False, True], [(0, 1, 500), (0, 2, 100), (1, 2, 300), (2, 3, 0), (3, 1, 9)])
    after = read([False, True, True, True], [(0, 1, 100), (0, 2, 90), (1, 2, 100), (2, 3, 700), (3, 1, 0)])
    # case 0 is on time again (team 1, 400 s less), case 2 is late now (team 3); of 4 due each is 25 points
    assert attribute(before, after, PLAIN, 4).tolist() == [0.0, 25.0, 0.0, -25.0]


def test_gains_are_drawn_from_the_prediction_s_ratio_towards_what_was_measured() -> None:
    predicted, groups = np.array([1.0, 1.0, 0.0]), np.array([0, 0, 1])
    sure = np.array([[2.0, 0.0, 7.0], [2.0, 0.0, 7.0]])
    assert blend(predicted, sure, groups, np.array([0, 1])).tolist() == [2.0, 0.0, 0.0]
    unsure = np.array([[3.0, -1.0, 0.0], [1.0, 1.0, 0.0]])  # means 2 and 0, each with variance 1
    found = blend(predicted, unsure, groups, np.array([0, 1]))
    assert found[0] == pytest.approx(1.0) and found[1] == pytest.approx(1.0)  # spread (1 - 1) is nothing


def test_tables_never_rise_and_hold_what_was_measured_where_it_does_not() -> None:
    assert tabulate({1: 3.0, 3: 5.0}, 4, True) == pytest.approx((3.0, 1.0, 1.0, 0.0))
    assert tabulate({1: 1.0, 3: 7.0}, 3, True) == pytest.approx((7 / 3, 7 / 3, 7 / 3))
    assert tabulate({1: 1.0, 2: 3.0}, 4, False) == pytest.approx((1.0, 2.0, 2.0, 2.0))
    assert tabulate({1: -2.0, 2: 1.0}, 2, True) == pytest.approx((0.5, 0.5))


def test_load_is_the_utilisation_that_an_hour_of_work_meets() -> None:
    # teams at 50 % and 100 %: (10 x .5 + 20 x 1) / 30
    assert measure_load(np.array([10.0, 20.0, 0.0]), np.array([20.0, 20.0, 5.0])) == pytest.approx(250 / 3)
    load = Objective({"load": 1.0}, np.array([False]), 1.0, 1.0)
    # one post more for a team of two at 50 %: its 10 h meet 33.3 %, of 30 h in all: 10 / 30 x 16.67 points
    assert load.relieve(10.0, 20.0, 30.0, 2, 1) == pytest.approx(100 / 18)


def test_the_worst_villages_are_the_latest_tenth_of_all() -> None:
    late = read([True, False, True, True], [(0, 1, 1)])
    villages = np.array([0, 0, 1, 1], dtype=np.int32)
    reading = Reading(**{**late.__dict__, "village": villages})
    objective = set_objective({"worst_village": 1.0}, [reading], 10)
    assert objective.worst.tolist() == [False, True] + [False] * 8
    assert objective.measure(reading) == 0.0
    assert objective.weigh_cases(np.array([0, 1])).tolist() == [0.0, 50.0]
