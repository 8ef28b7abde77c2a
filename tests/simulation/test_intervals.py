"""Intervals against answers worked out by hand."""

import numpy as np
import pytest

from simulation.studies.intervals import (
    find_interval,
    find_quantile_interval,
    find_quantile_ranks,
    share_level,
)


def test_the_median_of_twenty_values_lies_between_ranks_6_and_15_at_95_86_percent() -> None:
    # P(6 <= B <= 14), B binomial(20, 1/2): (2^20 - 2 x (1 + 20 + 190 + 1140 + 4845 + 15504)) / 2^20
    lower, upper, coverage = find_quantile_ranks(20, 0.5, 0.95)
    assert (lower, upper) == (6, 15)
    assert coverage == pytest.approx((2**20 - 2 * 21700) / 2**20, abs=1e-12)
    assert round(100 * coverage, 2) == 95.86


def test_the_interval_of_a_median_is_the_values_at_those_ranks_in_any_order() -> None:
    values = np.random.default_rng(1).permutation(np.arange(1.0, 21.0) ** 2)
    found = find_quantile_interval(np.r_[values, np.nan], 0.5, 0.95)
    assert (found.value, found.low, found.high) == (100, 36, 225)


def test_six_values_are_the_fewest_for_a_median_at_95_percent() -> None:
    # the smallest and largest of six miss the median with 2 x (1/2)^6 = 1/32, of five with 1/16 > 5 %
    assert find_quantile_ranks(6, 0.5, 0.95) == (1, 6, pytest.approx(31 / 32))
    five = find_quantile_interval(np.arange(5.0), 0.5, 0.95)
    assert five.value == 2 and five.ranks == (0, 0)
    assert np.isnan([five.low, five.high, five.coverage]).all()


def test_no_figure_at_all_gives_no_quantile() -> None:
    assert np.isnan(find_quantile_interval(np.array([np.nan]), 0.5, 0.95).value)


def test_the_ranks_hold_a_skewed_quantile_as_often_as_they_say() -> None:
    lower, upper, coverage = find_quantile_ranks(60, 0.9, 0.9)
    draws = np.sort(np.random.default_rng(2).exponential(size=(20_000, 60)), axis=1)
    held = (draws[:, lower - 1] <= np.log(10)) & (np.log(10) < draws[:, upper - 1])
    assert coverage >= 0.9
    assert held.mean() == pytest.approx(coverage, abs=4 * np.sqrt(0.1 * 0.9 / 20_000))


def test_the_student_interval_of_1_2_3_is_2_plus_minus_2_484() -> None:
    # s = 1, s / sqrt(3) = .57735, t(.975, 2) = 4.30265
    mean, low, high, count = find_interval(np.array([[1.0], [2.0], [3.0]]), 0.95)
    assert (mean[0], count[0]) == (2, 3)
    assert high[0] - mean[0] == pytest.approx(4.30265 * 0.57735, abs=1e-4)
    assert mean[0] - low[0] == pytest.approx(high[0] - mean[0])


def test_five_scenarios_share_95_percent_as_99_percent_each_and_one_keeps_it() -> None:
    assert share_level(0.95, 5) == pytest.approx(0.99)
    assert share_level(0.95, 1) == 0.95
    # for three pairs the half-width grows from t(.975, 2) to t(.995, 2) = 9.92484
    _, _, high, _ = find_interval(np.array([[1.0], [2.0], [3.0]]), share_level(0.95, 5))
    assert high[0] - 2 == pytest.approx(9.92484 * 0.57735, abs=1e-4)
