"""Sets by greedy addition and by vertex substitution, the best swap first; nothing is drawn."""

import numpy as np


def add_greedily(costs: np.ndarray, count: int) -> list[int]:
    """So many candidates, each the one that lowers the value most; ties go to the first."""
    best = np.full(len(costs), np.inf)
    sites: list[int] = []
    for _ in range(count):
        after = np.minimum(costs, best[:, None]).sum(axis=0)
        after[sites] = np.inf
        sites.append(int(after.argmin()))
        best = np.minimum(best, costs[:, sites[-1]])
    return sites


def swap_sites(costs: np.ndarray, sites: list[int]) -> tuple[list[int], float]:
    """A set that no swap of one site betters, and its value.

    Teitz & Bart, Operations Research 16 (1968); all swaps are valued at once from the nearest and the second
    nearest site of each demand (Whitaker, INFOR 21, 1983).
    """
    sites = list(sites)
    while True:
        value, gains = _value_swaps(costs, sites)
        place, candidate = np.unravel_index(int(gains.argmin()), gains.shape)
        if gains[place, candidate] >= -1e-12 * value:
            return sorted(sites), value
        sites[int(place)] = int(candidate)


def _value_swaps(costs: np.ndarray, sites: list[int]) -> tuple[float, np.ndarray]:
    """The value of a set, and what it changes by (site x candidate) where the candidate takes its place."""
    own = costs[:, sites]
    rows = np.arange(len(costs))
    nearest = own.argmin(axis=1)
    first = own[rows, nearest]
    own[rows, nearest] = np.inf
    second = own.min(axis=1)
    kept = np.minimum(costs, first[:, None])
    lost = np.minimum(costs, second[:, None]) - kept
    served = np.zeros((len(sites), len(costs)))
    served[nearest, rows] = 1.0
    gains = served @ lost
    gains += (kept - first[:, None]).sum(axis=0)
    gains[:, sites] = np.inf
    return float(first.sum()), gains
