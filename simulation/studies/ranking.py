"""The order of several sides by one figure, with ties where the difference may be chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Interval = tuple[float, float, float]


@dataclass(frozen=True)
class Standing:
    """A side's place: its rank (shared where it is tied), mean, and what lies between it and the best.

    behind: difference to the best of the others as an interval of Hsu's multiple comparisons with the best,
    in the direction that is better (negative: worse than the best of the others); low 0: it is the best;
    high 0: it is not.
    """

    name: str
    rank: int
    mean: float
    low: float
    high: float


def rank_sides(
    means: Sequence[tuple[str, float]], contrast: Callable[[str, str], Interval], better: int
) -> list[Standing]:
    """Sides from best to worst; those whose difference to the best of a rank may be zero share that rank.

    means: (name, mean) of each side that has the figure; contrast(a, b): mean, low, high of a - b, all pairs
    holding together; better: 1 where more is better, -1 where less is. The best by mean leads rank 1 with all
    that are not clearly worse than it; the best of what is left leads the next rank (1, 1, 3). Without an
    interval (one replication) all share a rank. Source of the intervals: Hsu (1984), Annals of Statistics
    12, 1136-1144, from simultaneous intervals of all pairs.
    """

    def ahead(one: str, other: str) -> Interval:
        mean, low, high = contrast(one, other)
        return (mean, low, high) if better >= 0 else (-mean, -high, -low)

    order = sorted(means, key=lambda pair: -pair[1] * (better or 1))
    ranks: dict[str, int] = {}
    while len(ranks) < len(order):
        left = [name for name, _ in order if name not in ranks]
        rank = len(ranks) + 1
        ranks |= {name: rank for name in left if name == left[0] or not ahead(left[0], name)[1] > 0}
    standings = [Standing(name, ranks[name], mean, *_stand(name, order, ahead)) for name, mean in order]
    return sorted(standings, key=lambda one: one.rank)


def _stand(
    name: str, everyone: Sequence[tuple[str, float]], ahead: Callable[[str, str], Interval]
) -> tuple[float, float]:
    """Bounds of the difference to the best of the others: never of one sign that the other may have."""
    others = np.array([ahead(name, other)[1:] for other, _ in everyone if other != name]).reshape(-1, 2)
    if not len(others) or not np.isfinite(others).all():
        return float("nan"), float("nan")
    low, high = others.min(axis=0).tolist()
    return min(low, 0.0), max(high, 0.0)
