"""Main effects and interactions of a two-level factorial of measures, paired over replications."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from simulation.diagnosis.shapley import Players, list_all


def measure_effects(
    factors: Sequence[str], values: Mapping[Players, np.ndarray]
) -> dict[tuple[str, ...], np.ndarray]:
    """(factors of the effect) -> its contrast, of the shape of a value; main effects first.

    The effect of A is the mean with A less the mean without it; AB's is half the difference between A's
    effect with B and without B, and so on: the mean where an even number of the effect's factors is absent,
    less the mean where an odd one is. Source: Box, Hunter & Hunter, Statistics for Experimenters, 2nd ed., 5.
    """
    cells = list_all(factors)
    effects = {}
    for size in range(1, len(factors) + 1):
        for group in combinations(factors, size):
            signs = [(-1) ** len(set(group) - cell) for cell in cells]
            total = np.sum([sign * values[cell] for sign, cell in zip(signs, cells, strict=True)], axis=0)
            effects[group] = total / (len(cells) / 2)
    return effects
