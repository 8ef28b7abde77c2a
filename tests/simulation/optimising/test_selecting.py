"""Kim and Nelson's procedure on figures worked out by hand."""

import numpy as np
import pytest

from simulation.optimising.selecting import find_factor, screen


def test_the_factor_of_the_procedure_is_worked_out_by_hand() -> None:
    # k = 3, n0 = 5, a = .05: (2 x .05 / 2) ** (-2 / 4) = 4.472136; (4.472136 - 1) x 4 = 13.888544
    assert find_factor(3, 5, 0.95) == pytest.approx(13.888544, abs=1e-6)


def test_a_candidate_far_behind_leaves_and_the_better_one_is_chosen() -> None:
    values = np.column_stack([np.arange(5.0), np.arange(5.0) + 3, np.arange(5.0) - 2])
    found = screen(values, 5, 0.1, 0.95)
    assert (found.best, found.kept, found.decided) == (1, (1,), True)


def test_candidates_whose_difference_swings_stay_until_draws_enough_were_seen() -> None:
    swing = np.array([0.4, -0.4, 0.4, -0.4, 0.0])
    values = np.column_stack([np.zeros(5), swing])
    # S^2 = .16, h^2 = (.1 ** -.5 - 1) x 4 = 8.649; h^2 S^2 / d^2 = 138 draws: undecided at 5
    found = screen(values, 5, 0.1, 0.95)
    assert (found.kept, found.decided) == ((0, 1), False)
    many = np.vstack([values] * 28)
    assert screen(many, 5, 0.1, 0.95).decided


def test_a_first_stage_of_one_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="two replications"):
        screen(np.zeros((3, 2)), 1, 0.1, 0.95)
