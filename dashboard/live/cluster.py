"""Where late cases cluster: a scan over neighbouring places, guarded against what chance alone would do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: At most so many places with this share of the cases in hand make a cluster: more is not "somewhere".
MOST_PLACES, MOST_SHARE = 5, 0.5
TRIALS, LEVEL, SEED = 199, 0.05, 1
SECTORS = ("east", "northeast", "north", "northwest", "west", "southwest", "south", "southeast")
#: Nearer to the middle than this share of the district's reach is "the middle".
MIDDLE = 0.3


@dataclass(frozen=True)
class Cluster:
    """Places whose late cases are more than their cases in hand explain; direction is a word of SECTORS."""

    places: tuple[str, ...]
    direction: str


def find_cluster(
    codes: Sequence[str], late: np.ndarray, in_hand: np.ndarray, x: np.ndarray, y: np.ndarray
) -> Cluster | None:
    """The most unusual group of neighbouring places, None where chance explains every group.

    codes, late, in_hand (cases), x, y (metres, a point in each place): one entry a place. Kulldorff's
    spatial scan (1997), Poisson: windows are each place with its nearest neighbours, the likelihood ratio
    is against late cases spread as the cases in hand, and 199 seeded draws give the level of 5 %.
    """
    total = int(late.sum())
    if total < 2 or len(codes) < 3:
        return None
    windows = _list_windows(x, y)
    expected = total * in_hand / in_hand.sum()
    ratios = _score(windows, late, expected, total)
    best = int(ratios.argmax())
    if ratios[best] <= 0 or not _is_unusual(ratios[best], windows, expected, total):
        return None
    members = np.flatnonzero(windows[best])
    members = members[np.argsort(-late[members], kind="stable")]
    return Cluster(tuple(codes[int(n)] for n in members), _point(members, late, x, y))


def _list_windows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Windows x places, bool: each place with its 0 to MOST_PLACES - 1 nearest neighbours."""
    near = np.argsort(np.hypot(x[:, None] - x, y[:, None] - y), axis=1, kind="stable")
    count, most = len(x), min(MOST_PLACES, len(x) - 1)
    windows = np.zeros((count * most, count), dtype=bool)
    for size in range(1, most + 1):
        for place in range(count):
            windows[(size - 1) * count + place, near[place, :size]] = True
    return windows


def _score(windows: np.ndarray, late: np.ndarray, expected: np.ndarray, total: int) -> np.ndarray:
    """Log likelihood ratio of each window; 0 where it holds fewer than expected, or half of all in hand."""
    inside, hoped = windows @ late.astype(float), windows @ expected
    outside, rest = total - inside, total - hoped
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = inside * np.log(inside / hoped) + np.where(outside > 0, outside * np.log(outside / rest), 0.0)
    usable = (inside > hoped) & (hoped <= MOST_SHARE * total) & (hoped > 0)
    return np.where(usable, ratio, 0.0)


def _is_unusual(ratio: float, windows: np.ndarray, expected: np.ndarray, total: int) -> bool:
    draws = np.random.default_rng(SEED).multinomial(total, expected / expected.sum(), TRIALS)
    beaten = sum(_score(windows, draw, expected, total).max() >= ratio for draw in draws)
    return bool((1 + beaten) / (1 + TRIALS) <= LEVEL)


def _point(members: np.ndarray, late: np.ndarray, x: np.ndarray, y: np.ndarray) -> str:
    """Which way the late cases of some places lie from the middle of all."""
    weight = np.maximum(late[members], 1e-9)
    dx = np.average(x[members], weights=weight) - (x.min() + x.max()) / 2
    dy = np.average(y[members], weights=weight) - (y.min() + y.max()) / 2
    reach = max(float(x.max() - x.min()), float(y.max() - y.min())) / 2
    if math.hypot(dx, dy) < MIDDLE * reach:
        return "middle"
    return SECTORS[round(math.atan2(dy, dx) / (math.pi / 4)) % 8]
