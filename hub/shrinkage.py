"""Shares of small places, drawn towards the mean of all as far as their size demands (empirical Bayes)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, norm

NO_SPREAD = 1e6


@dataclass(frozen=True)
class Shrunk:
    """Estimates of several shares: the mean of all, each estimate and its 95 % interval."""

    mean: float
    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray


def shrink_shares(good: np.ndarray, total: np.ndarray) -> Shrunk:
    """Beta-binomial estimates of good/total, the prior fitted by moments to all of them.

    Where places differ no more than chance would have it, every estimate is the mean. Places without a case
    get the prior itself. NaN throughout when there is no case at all.
    """
    everything = total.sum()
    if everything == 0:
        nothing = np.full(len(total), np.nan)
        return Shrunk(float("nan"), nothing, nothing, nothing)
    mean = float(good.sum() / everything)
    strength = _fit_strength(good, total, mean)
    first, second = good + mean * strength, total - good + (1 - mean) * strength
    first, second = np.maximum(first, 1e-9), np.maximum(second, 1e-9)
    low, high = beta.ppf(0.025, first, second), beta.ppf(0.975, first, second)
    return Shrunk(mean, first / (first + second), low, high)


def _fit_strength(good: np.ndarray, total: np.ndarray, mean: float) -> float:
    """The prior's weight in cases: from the spread of shares beyond the binomial's own (Kleinman 1973)."""
    used = total > 0
    count, weight = int(used.sum()), total[used].astype(float)
    if count < 2 or mean in (0.0, 1.0):
        return NO_SPREAD
    share = good[used] / weight
    spread = float((weight * (share - mean) ** 2).sum())
    chance = mean * (1 - mean)
    size = weight.sum() - (weight**2).sum() / weight.sum()
    between = (spread - (count - 1) * chance) / (size - (count - 1))
    if between <= 0 or size <= count - 1:
        return NO_SPREAD
    return float(np.clip(chance / between - 1, 1.0, NO_SPREAD))


def find_interval(good: float, total: float) -> tuple[float, float] | tuple[None, None]:
    """Wilson's 95 % interval of one share, 0 or 1 exactly where the share is; None where there is no case."""
    if total == 0:
        return None, None
    z, share = float(norm.ppf(0.975)), good / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return 0.0 if good == 0 else float(middle - half), 1.0 if good == total else float(middle + half)
