"""Draws are keyed by what they are for, and equal one by one or all at once."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.demand import sample_cases
from simulation.draws import quantile, quantile_array, uniform, uniform_array
from tests.simulation.textbook import build_district
from twin.schema import LAWS

ROUTES = [{"item": "a", "step": "handle", "role": "s", "law": "constant", "minutes": 1}]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50), st.integers(0, 2**64 - 1))
def test_draws_one_by_one_equal_draws_all_at_once(keys: list[int], purpose: int) -> None:
    together = uniform_array(np.array(keys, dtype=np.uint64), purpose)
    assert together.tolist() == [uniform(key, purpose) for key in keys]
    assert ((together > 0) & (together < 1)).all()


@given(st.sampled_from(LAWS), st.floats(0.001, 0.999), st.floats(0.1, 1e4))
def test_a_scalar_quantile_is_that_of_the_array(law: str, u: float, mean: float) -> None:
    many = quantile_array(law, np.array([mean]), np.array([0.9]), np.array([u]))[0]
    assert quantile(law, mean, 0.9, u) == pytest.approx(many, rel=1e-9)


@pytest.mark.parametrize("law", LAWS)
def test_a_law_has_the_mean_that_it_is_given(law: str) -> None:
    u = (np.arange(200_000) + 0.5) / 200_000
    values = quantile_array(law, np.full(u.shape, 30.0), np.full(u.shape, 0.9), u)
    assert values.mean() == pytest.approx(30.0, rel=2e-3)


def test_reports_come_at_the_rate_and_hours_that_the_district_says() -> None:
    hourly = [0.0] * 8 + [2.0] * 4 + [1.0] * 12
    district = build_district({"s": 1}, ROUTES, [(0, "a", 20.0)], hourly=hourly)
    cases = sample_cases(district, date(2026, 5, 11), 2000, 3)
    assert len(cases) == pytest.approx(40_000, abs=4 * 200)
    hours = np.bincount(cases.time % 86400 // 3600, minlength=24) / len(cases)
    assert hours[:8].sum() == 0
    assert hours[8:12].sum() == pytest.approx(8 / 20, abs=0.01)


@settings(max_examples=20, deadline=None)
@given(st.floats(1.1, 3.0), st.integers(0, 1000))
def test_more_demand_keeps_every_case_and_less_takes_only_some_away(factor: float, seed: int) -> None:
    district = build_district({"s": 1}, ROUTES, [(0, "a", 5.0), (1, "a", 5.0)], grids=2)
    change = {"kind": "scale", "places": ("G1",), "matters": (), "factor": factor}
    base = sample_cases(district, date(2026, 5, 11), 20, seed)
    more = sample_cases(replace(district, demand_changes=(change,)), date(2026, 5, 11), 20, seed)
    less = sample_cases(
        replace(district, demand_changes=({**change, "factor": 1 / factor},)), date(2026, 5, 11), 20, seed
    )
    assert set(base.key.tolist()) <= set(more.key.tolist())
    assert set(less.key.tolist()) <= set(base.key.tolist())
    for other in (more, less):
        assert other.key[other.grid == 0].tolist() == base.key[base.grid == 0].tolist()
