"""Ranking and selection: the best of a few candidates on common draws, by Kim and Nelson's procedure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Selection:
    """Candidates still in the running, the one chosen, and whether the rule or the budget ended it."""

    kept: tuple[int, ...]
    best: int
    decided: bool


def screen(
    values: np.ndarray,
    first_stage: int,
    indifference: float,
    confidence: float,
    kept: Sequence[int] | None = None,
) -> Selection:
    """One look of the fully sequential procedure; more is better.

    values: replications x candidates on common draws; the variance of each difference is that of the first
    stage. A candidate leaves whose mean lies below another's by more than
    W(r) = max(0, d / 2r (h^2 S^2 / d^2 - r)), h^2 = 2 eta (n0 - 1),
    eta = ((2 a / (k - 1))^(-2 / (n0 - 1)) - 1) / 2. With probability `confidence` the one chosen is the best
    or within the indifference d of it, once `decided` (Kim and Nelson, A fully sequential procedure for
    indifference-zone selection in simulation, ACM TOMACS 11, 2001). Raises ValueError for fewer than two
    replications in the first stage.
    """
    if first_stage < 2:
        raise ValueError(f"first_stage {first_stage}: variances need two replications")
    running = list(range(values.shape[1])) if kept is None else list(kept)
    count, all_candidates = len(values), values.shape[1]
    means = values.mean(axis=0)
    best = max(running, key=lambda i: (means[i], -i))
    if len(running) == 1:
        return Selection((best,), best, True)
    spread = find_factor(all_candidates, first_stage, confidence)
    stays = tuple(
        i
        for i in running
        if all(
            means[i] >= means[j] - _leeway(values[:first_stage], i, j, spread, indifference, count)
            for j in running
            if j != i
        )
    )
    longest = max(
        (
            spread * _variance(values[:first_stage], i, j) / indifference**2
            for i in stays
            for j in stays
            if i < j
        ),
        default=0.0,
    )
    decided = len(stays) == 1 or count > longest
    return Selection((best,) if decided else stays, best, decided)


def find_factor(candidates: int, first_stage: int, confidence: float) -> float:
    """h^2 of the procedure."""
    level = (2 * (1 - confidence) / (candidates - 1)) ** (-2 / (first_stage - 1))
    return (level - 1) * (first_stage - 1)


def _variance(first: np.ndarray, i: int, j: int) -> float:
    return float((first[:, i] - first[:, j]).var(ddof=1))


def _leeway(first: np.ndarray, i: int, j: int, spread: float, indifference: float, count: int) -> float:
    needed = spread * _variance(first, i, j) / indifference**2
    return max(0.0, indifference / (2 * count) * (needed - count)) if math.isfinite(needed) else math.inf
