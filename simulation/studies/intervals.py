"""Intervals of means and of quantiles over independent replications."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom
from scipy.stats import t as student

from simulation.studies.rules import read_policy


def find_interval(
    values: np.ndarray, level: float | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean and Student interval down the replications, NaN apart; bounds are NaN below two figures.

    values: replications x figures; level: of each interval, by default that of the policy.
    Gives mean, low, high and the count of replications that have the figure.
    """
    level = read_policy().level if level is None else level
    good = np.isfinite(values)
    count = good.sum(axis=0)
    filled = np.where(good, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, filled.sum(axis=0) / count, np.nan)
        spread = np.where(good, values - mean, 0.0)
        deviation = np.sqrt((spread**2).sum(axis=0) / (count - 1) / count)
        half = np.where(count > 1, deviation * student.ppf(0.5 + level / 2, np.maximum(count - 1, 1)), np.nan)
    return mean, mean - half, mean + half, count


def share_level(level: float, family: int) -> float:
    """The level of each of `family` intervals so that all hold together with `level` (Bonferroni).

    The chance that any of k intervals misses is at most the sum of their chances, however they depend on
    each other; so each gets 1 - (1 - level) / k. One interval keeps its level.
    """
    return level if family <= 1 else 1 - (1 - level) / family


@dataclass(frozen=True)
class QuantileInterval:
    """A quantile with its interval: the values at two ranks (from 1), and the exact chance they hold it.

    Where no two ranks reach the level, low, high and coverage are NaN and the ranks 0.
    """

    value: float
    low: float
    high: float
    ranks: tuple[int, int]
    coverage: float


def find_quantile_ranks(count: int, share: float, level: float) -> tuple[int, int, float]:
    """Ranks (from 1) of the order statistics that enclose a quantile, and their exact coverage.

    The number of values below the quantile is binomial(count, share) whatever the distribution, so
    P(X(l) <= quantile < X(u)) = P(l <= B <= u - 1); each tail is at most (1 - level) / 2.
    Source: David & Nagaraja, Order Statistics, 3rd ed., 7.1; Hahn & Meeker, Statistical Intervals, 5.2.
    (0, 0, NaN) where the values are too few for the level.
    """
    tail = (1 - level) / 2
    below = binom.cdf(np.arange(count + 1), count, share)
    lower = int(np.searchsorted(below, tail, side="right"))
    upper = int(np.searchsorted(below, 1 - tail, side="left")) + 1
    if lower < 1 or upper > count:
        return 0, 0, float("nan")
    return lower, upper, float(below[upper - 1] - below[lower - 1])


def find_quantile_interval(values: np.ndarray, share: float, level: float | None = None) -> QuantileInterval:
    """A quantile of independent values with its distribution-free interval; what is not finite is left out.

    The quantile is the value at rank ceil(share x count), as in the indicators.
    """
    known = np.sort(values[np.isfinite(values)])
    nothing = float("nan")
    if not len(known):
        return QuantileInterval(nothing, nothing, nothing, (0, 0), nothing)
    value = float(known[max(int(np.ceil(share * len(known))), 1) - 1])
    level = read_policy().level if level is None else level
    lower, upper, coverage = find_quantile_ranks(len(known), share, level)
    if not lower:
        return QuantileInterval(value, nothing, nothing, (0, 0), nothing)
    return QuantileInterval(value, float(known[lower - 1]), float(known[upper - 1]), (lower, upper), coverage)
