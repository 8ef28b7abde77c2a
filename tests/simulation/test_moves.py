"""Hours that move between tiers: conserved, and nothing moves that did not change."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulation.studies.moves import share_moves

HOURS = st.integers(0, 400).map(lambda n: n / 4)


def test_what_one_tier_loses_goes_where_the_same_matter_gains_and_the_rest_is_saved() -> None:
    before, after = np.array([[10.0, 4.0, 0.0]]), np.array([[4.0, 6.0, 2.0]])
    found = share_moves(before, after)
    assert found[0].tolist() == [4, 2, 2, 2]  # of ten: four stay, two and two move, two are saved
    assert found[1].tolist() == [0, 4, 0, 0]
    assert found[3].tolist() == [0, 0, 0, 0]


def test_matters_do_not_give_each_other_their_hours() -> None:
    before, after = np.array([[5.0, 0.0], [0.0, 5.0]]), np.array([[0.0, 0.0], [5.0, 5.0]])
    assert share_moves(before, after).tolist() == [[0, 0, 5], [0, 5, 0], [5, 0, 0]]


@given(sides=arrays(float, (2, 3, 4), elements=HOURS))
def test_left_sums_to_before_and_right_to_after(sides: np.ndarray) -> None:
    before, after = sides
    found = share_moves(before, after)
    assert (found >= 0).all()
    assert np.allclose(found[:4].sum(axis=1), before.sum(axis=0))
    assert np.allclose(found[:, :4].sum(axis=0), after.sum(axis=0))
    back = share_moves(after, before)
    assert np.allclose(back, found.T)
    same = share_moves(before, before)
    assert np.allclose(same, np.diag([*before.sum(axis=0), 0.0]))
