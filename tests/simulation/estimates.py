"""Means and half-widths of long runs: ratios of sums over batches."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

QUICK_WIDTH = 0.04
WARM_UP, LAST = 0.05, 0.98
CONFIDENCE = 0.999


@dataclass(frozen=True)
class Estimate:
    """A mean and the half-width of its 99.9 % interval."""

    mean: float
    half: float

    def __str__(self) -> str:
        return f"{self.mean:.5f} ± {self.half:.5f}"

    def holds(self, exact: float) -> bool:
        """Whether the exact value lies inside the interval."""
        return abs(self.mean - exact) <= self.half


def pool_batches(batches: np.ndarray) -> Estimate:
    """The ratio of sums over all batches (rows of sum and count), with a Student interval.

    The spread is that of `sum - mean x count`: batches with more cases than others do not bias it (Law,
    Simulation Modeling and Analysis, 2015, section 9.5.3).
    """
    sums, counts = batches[:, 0], batches[:, 1]
    mean = sums.sum() / counts.sum()
    spread = (sums - mean * counts).std(ddof=1) / counts.mean()
    quantile = student.ppf((1 + CONFIDENCE) / 2, len(batches) - 1)
    return Estimate(float(mean), float(quantile * spread / np.sqrt(len(batches))))


def cut_batches(horizon: int, values: np.ndarray, moments: np.ndarray, batches: int = 40) -> np.ndarray:
    """Rows of sum and count of values by their moments, over equal spans after the warm-up."""
    edges = np.linspace(WARM_UP, LAST, batches + 1) * horizon
    sums = np.histogram(moments, edges, weights=values)[0]
    return np.c_[sums, np.histogram(moments, edges)[0]]


def cut_spans(horizon: int, seconds: np.ndarray, moments: np.ndarray, batches: int = 40) -> np.ndarray:
    """Rows of the sum of values by their moments and the span's length in seconds."""
    edges = np.linspace(WARM_UP, LAST, batches + 1) * horizon
    return np.c_[np.histogram(moments, edges, weights=seconds)[0], np.diff(edges)]


def list_faults(name: str, exact: float, found: Estimate, width: float = QUICK_WIDTH) -> list[str]:
    """What breaks the rule: the exact value outside the 99.9 % interval, or an interval too wide.

    `width` is the largest half-width, as a share of the exact value.
    """
    words = f"{name}: exact {exact:.6f}, simulated {found}"
    print(f"FIGURE {words}")
    faults = [] if found.holds(exact) else [f"{words}: outside"]
    return [*faults, f"{words}: wider than {width:.0%}"] if found.half > width * exact else faults
