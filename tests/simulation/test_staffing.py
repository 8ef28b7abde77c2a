"""Sharing out staff: marginal analysis against the dynamic programme and against counting by hand."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulation.staffing import allocate_exact, allocate_greedy, measure_cost, tabulate_waiting
from tests.simulation.exact_rows import TEAM_ARRIVALS, TEAM_LOADS, TEAM_SERVICES, TEAM_WEIGHTS, TEAMS_STAFF

INFINITE = math.inf


@st.composite
def convex_tables(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """Costs convex in the staff, infinite below a least number, and a total that can be shared out."""
    teams, width = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    drops = draw(arrays(float, (teams, width), elements=st.floats(-5, 50, width=32)))
    costs = np.c_[np.full(teams, 100.0), 100.0 - np.cumsum(np.sort(drops, axis=1)[:, ::-1], axis=1)]
    least = np.array(draw(st.lists(st.integers(0, width), min_size=teams, max_size=teams)))
    costs[np.arange(width + 1) < least[:, None]] = np.inf
    return costs, draw(st.integers(int(least.sum()), teams * width))


@settings(max_examples=150, deadline=None)
@given(convex_tables())
def test_marginal_analysis_is_the_optimum_of_convex_costs(case: tuple[np.ndarray, int]) -> None:
    costs, total = case
    greedy, exact = allocate_greedy(costs, total), allocate_exact(costs, total)
    assert sum(greedy) == sum(exact) == total
    assert measure_cost(costs, greedy) == pytest.approx(measure_cost(costs, exact), rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 6), st.floats(0.2, 3)), min_size=2, max_size=8),
    st.integers(0, 30),
)
def test_marginal_analysis_is_the_optimum_of_closed_form_waits(
    teams: list[tuple[float, float]], spare: int
) -> None:
    arrivals, services = zip(*teams, strict=True)
    total = sum(math.floor(a * s) + 1 for a, s in teams) + spare
    costs = tabulate_waiting(arrivals, services, total)
    greedy, exact = (measure_cost(costs, f(costs, total)) for f in (allocate_greedy, allocate_exact))
    assert greedy == pytest.approx(exact, rel=1e-9)


def test_twenty_teams_share_189_staff_as_the_dynamic_programme_does_and_better_than_by_rule() -> None:
    loads = np.array(TEAM_LOADS)
    costs = tabulate_waiting(TEAM_ARRIVALS, TEAM_SERVICES, 60, TEAM_WEIGHTS)
    greedy, exact = allocate_greedy(costs, TEAMS_STAFF), allocate_exact(costs, TEAMS_STAFF)
    assert len(loads) == 20 and sum(greedy) == sum(exact) == 189
    best = measure_cost(costs, exact)
    assert measure_cost(costs, greedy) == pytest.approx(best, rel=1e-9)
    root = share_out(loads + np.sqrt(loads) * (TEAMS_STAFF - loads.sum()) / np.sqrt(loads).sum())
    even = share_out(loads * TEAMS_STAFF / loads.sum())
    excess = [measure_cost(costs, plan) / best - 1 for plan in (root, even)]
    print(f"FIGURE 20 teams, 189 staff: square-root rule +{excess[0]:.1%}, in proportion +{excess[1]:.1%}")
    assert 0 < excess[0] < excess[1]


def share_out(wanted: np.ndarray) -> list[int]:
    """Whole numbers with the same sum: the largest remainders get what is left."""
    whole = np.floor(wanted).astype(int)
    order = np.argsort(whole - wanted, kind="stable")
    whole[order[: TEAMS_STAFF - whole.sum()]] += 1
    return whole.tolist()


def test_three_teams_by_hand() -> None:
    # gains: first 8, 2, 1; second 5, 4; third (needs one) 3, 3 -> of 5 staff: the must, then 8, 5, 4, 3
    costs = np.array([[10.0, 2, 0, -1], [9.0, 4, 0, 0], [INFINITE, 7.0, 4, 1]])
    assert allocate_greedy(costs, 5) == allocate_exact(costs, 5) == [1, 2, 2]
    assert measure_cost(costs, [1, 2, 2]) == 2 + 0 + 4


def test_the_dynamic_programme_needs_no_convexity_and_marginal_analysis_refuses_it() -> None:
    costs = np.array([[10.0, 10, 0], [10.0, 9, 8]])
    plans = [p for p in product(range(3), repeat=2) if sum(p) == 2]
    assert allocate_exact(costs, 2) == list(min(plans, key=lambda p: measure_cost(costs, p))) == [2, 0]
    with pytest.raises(ValueError, match="team 0: its cost is not convex"):
        allocate_greedy(costs, 2)


@pytest.mark.parametrize("allocate", [allocate_greedy, allocate_exact])
def test_too_few_or_too_many_staff_are_refused_with_the_numbers(allocate: object) -> None:
    costs = np.array([[INFINITE, 4.0, 3.0], [INFINITE, 5.0, 1.0]])
    assert callable(allocate)
    with pytest.raises(ValueError, match="1 staff: the teams need at least 2 and the table ends at 4"):
        allocate(costs, 1)
    with pytest.raises(ValueError, match="5 staff"):
        allocate(costs, 5)
    with pytest.raises(ValueError, match=r"teams \[1\]: no number of staff"):
        allocate(np.array([[1.0, 0.0], [INFINITE, INFINITE]]), 1)
