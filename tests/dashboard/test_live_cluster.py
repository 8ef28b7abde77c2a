"""Where late cases cluster: answers worked out by hand."""

import numpy as np

from dashboard.live.cluster import find_cluster

#: A 3 x 3 checkerboard of places, a kilometre apart; 0-2 is the southern row.
X = np.array([0, 1000, 2000] * 3, dtype=float)
Y = np.repeat([0.0, 1000.0, 2000.0], 3)
CODES = [f"P{n}" for n in range(9)]
HELD = np.full(9, 50)


def test_late_cases_in_two_southern_neighbours_are_found_and_pointed_at() -> None:
    late = np.array([14, 30, 1, 1, 0, 1, 1, 1, 1])
    found = find_cluster(CODES, late, HELD, X, Y)
    assert found is not None
    assert found.places == ("P1", "P0")  # most late cases first
    assert found.direction == "south"


def test_late_cases_spread_as_the_cases_in_hand_are_make_no_headline() -> None:
    held = np.array([10, 20, 30, 40, 50, 60, 70, 80, 90])
    assert find_cluster(CODES, held // 5, held, X, Y) is None


def test_a_place_with_many_cases_is_not_blamed_for_having_many() -> None:
    held = np.array([400, 50, 50, 50, 50, 50, 50, 50, 50])
    assert find_cluster(CODES, held // 10, held, X, Y) is None


def test_a_single_late_place_in_the_middle_is_named_the_middle() -> None:
    late = np.array([1, 1, 1, 1, 30, 1, 1, 1, 1])
    found = find_cluster(CODES, late, HELD, X, Y)
    assert found is not None
    assert (found.places, found.direction) == (("P4",), "middle")


def test_nothing_late_and_too_few_places_have_no_cluster() -> None:
    assert find_cluster(CODES, np.zeros(9, dtype=int), HELD, X, Y) is None
    assert find_cluster(CODES[:2], np.array([30, 0]), HELD[:2], X[:2], Y[:2]) is None


def test_the_same_cases_give_the_same_answer() -> None:
    late = np.array([6, 7, 2, 3, 4, 3, 2, 3, 2])
    assert find_cluster(CODES, late, HELD, X, Y) == find_cluster(CODES, late, HELD, X, Y)
