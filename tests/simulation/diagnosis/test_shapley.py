"""Shares and effects worked out by hand, and the laws they keep."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.diagnosis.factorial import measure_effects
from simulation.diagnosis.result import find_share
from simulation.diagnosis.shapley import (
    draw_orders,
    list_all,
    list_prefixes,
    share_by_orders,
    share_exactly,
)

THREE = list_all(("left", "right1", "right2"))
GLOVES = {c: np.array([float("left" in c and len(c) > 1)]) for c in THREE}


def test_the_glove_game_gives_the_left_glove_two_thirds() -> None:
    shares = share_exactly(("left", "right1", "right2"), GLOVES)
    assert [float(s[0]) for s in shares.values()] == pytest.approx([4 / 6, 1 / 6, 1 / 6])


@given(st.lists(st.floats(-9, 9), min_size=10, max_size=10), st.integers(0, 99))
def test_a_permutation_and_its_reverse_share_a_game_of_pairs_exactly(parts: list[float], seed: int) -> None:
    players = ("a", "b", "c", "d")
    single = dict(zip(players, parts, strict=False))
    pairs = dict(zip([c for c in list_all(players) if len(c) == 2], parts[4:], strict=True))
    values = {
        c: np.array([sum(single[p] for p in c) + sum(v for pair, v in pairs.items() if pair <= c)])
        for c in list_all(players)
    }
    sampled = share_by_orders(draw_orders(players, 1, seed), values)
    whole = share_exactly(players, values)
    for player in players:
        own = single[player] + sum(v for pair, v in pairs.items() if player in pair) / 2
        assert sampled[player][0] == pytest.approx(own, abs=1e-9)
        assert whole[player][0] == pytest.approx(own, abs=1e-9)


def test_shares_of_orders_sum_to_the_whole_and_a_pair_of_orders_of_seven_takes_fourteen_runs() -> None:
    players = tuple("abcdefg")
    orders = draw_orders(players, 1, 5)
    coalitions = list_prefixes(orders)
    assert len(coalitions) == 14 and orders[1] == orders[0][::-1]
    values = {c: np.array([float(len(c)) ** 2, 1.0]) for c in coalitions}
    total = sum(share_by_orders(orders, values).values())
    assert total == pytest.approx(np.array([49.0, 0.0]))
    assert all(small <= large for small, large in pairwise(len(c) for c in coalitions))


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
