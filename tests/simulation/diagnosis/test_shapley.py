"""Shares and effects worked out by hand, and the laws they keep."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.diagnosis.factorial import measure_effects
from simulation.diagnosis.result import find_share
from simulation.diagnosis.shapley import (
    list_all,
    list_prefixes,
    share_by_orders,
    share_exactly,
    turn_ring,
)

THREE = list_all(("left", "right1", "right2"))
GLOVES = {c: np.array([float("left" in c and len(c) > 1)]) for c in THREE}


def test_the_glove_game_gives_the_left_glove_two_thirds() -> None:
    shares = share_exactly(("left", "right1", "right2"), GLOVES)
    assert [float(s[0]) for s in shares.values()] == pytest.approx([4 / 6, 1 / 6, 1 / 6])


@given(st.lists(st.floats(-9, 9), min_size=10, max_size=10))
def test_the_turns_of_a_ring_share_a_game_of_pairs_exactly(parts: list[float]) -> None:
    players = ("a", "b", "c", "d")
    single = dict(zip(players, parts, strict=False))
    pairs = dict(zip([c for c in list_all(players) if len(c) == 2], parts[4:], strict=True))
    values = {
        c: np.array([sum(single[p] for p in c) + sum(v for pair, v in pairs.items() if pair <= c)])
        for c in list_all(players)
    }
    sampled = share_by_orders(turn_ring(players), values)
    whole = share_exactly(players, values)
    for player in players:
        own = single[player] + sum(v for pair, v in pairs.items() if player in pair) / 2
        assert sampled[player][0] == pytest.approx(own, abs=1e-9)
        assert whole[player][0] == pytest.approx(own, abs=1e-9)


def test_shares_of_the_turns_sum_to_the_whole_and_a_ring_of_seven_takes_forty_four_coalitions() -> None:
    players = tuple("abcdefg")
    orders = turn_ring(players)
    coalitions = list_prefixes(orders)
    assert len(orders) == 14 and len(coalitions) == 7 * 6 + 2
    for player in players:  # twice at every place
        assert sorted(order.index(player) for order in orders) == sorted([*range(7), *range(7)])
    values = {c: np.array([float(len(c)) ** 2, 1.0]) for c in coalitions}
    total = sum(share_by_orders(orders, values).values())
    assert total == pytest.approx(np.array([49.0, 0.0]))
    assert all(small <= large for small, large in pairwise(len(c) for c in coalitions))


def test_players_that_stand_in_for_each_other_share_by_the_gaps_before_them_on_the_ring() -> None:
    players = tuple("AbCdEfg")  # any of A, C, E does all: a permutation and its reverse gave one of them 0
    values = {c: np.array([float(bool(c & {"A", "C", "E"}))]) for c in list_all(players)}
    found = share_by_orders(turn_ring(players), values)
    assert {p: round(float(v[0]) * 14) for p, v in found.items() if v[0]} == {"A": 5, "C": 4, "E": 5}
    whole = share_exactly(players, values)
    assert all(abs(found[p][0] - whole[p][0]) < 0.05 for p in players)


def test_effects_of_a_two_by_two_by_hand() -> None:
    cells = {"": 0.0, "A": 10.0, "B": 4.0, "AB": 20.0}
    values = {frozenset(key): np.array([value]) for key, value in cells.items()}
    effects = measure_effects(("A", "B"), values)
    assert effects["A",][0] == (10 - 0 + 20 - 4) / 2
    assert effects["B",][0] == (4 - 0 + 20 - 10) / 2
    assert effects["A", "B"][0] == ((20 - 4) - (10 - 0)) / 2


def test_a_part_that_is_always_a_third_of_its_whole_has_no_doubt() -> None:
    whole = np.array([3.0, 9.0, 30.0])
    assert find_share(whole / 3, whole) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert all(np.isnan(find_share(whole * 0, whole * 0)))
