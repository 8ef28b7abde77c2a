"""Intervals of means and quantiles over replications."""

import numpy as np
from scipy.stats import t as student

LEVEL = 0.95


def find_interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean and Student 95 % interval down the replications, NaN apart; bounds are NaN below two figures."""
    good = np.isfinite(values)
    count = good.sum(axis=0)
    filled = np.where(good, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, filled.sum(axis=0) / count, np.nan)
        spread = np.where(good, values - mean, 0.0)
        deviation = np.sqrt((spread**2).sum(axis=0) / (count - 1) / count)
        half = np.where(count > 1, deviation * student.ppf(0.5 + LEVEL / 2, np.maximum(count - 1, 1)), np.nan)
    return mean, mean - half, mean + half, count
