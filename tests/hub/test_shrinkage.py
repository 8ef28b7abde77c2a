"""Intervals of shares: Wilson's, against the library's own, over every share of up to sixty cases."""

import pytest
from scipy.stats import binomtest

from hub.shrinkage import find_interval


@pytest.mark.parametrize("total", range(1, 61))
def test_an_interval_of_a_share_is_wilson_s_and_holds_the_share(total: int) -> None:
    for good in range(total + 1):
        low, high = find_interval(good, total)
        other = binomtest(good, total).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((other.low, other.high), abs=1e-12)
        assert low is not None and high is not None and 0 <= low <= good / total <= high <= 1


def test_no_case_has_no_interval() -> None:
    assert find_interval(0, 0) == (None, None)
