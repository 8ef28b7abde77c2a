"""A bound by Lagrangian relaxation of the assignments, and sets on the way to it."""

from dataclasses import dataclass

import numpy as np

from simulation.siting.interchange import add_greedily, swap_sites
from simulation.siting.problem import POLICY, PROVEN_GAP, SitingProblem, measure_gap

SEARCH = POLICY["search"]


@dataclass(frozen=True)
class Relaxed:
    """The best bound with the prices of the candidates there; the best set found and its value.

    prices: what opening each candidate adds to the relaxed value (0 or less); the lowest `count` are open.
    """

    bound: float
    prices: np.ndarray
    sites: tuple[int, ...]
    value: float


def price_sites(costs: np.ndarray, multipliers: np.ndarray, count: int) -> tuple[float, np.ndarray]:
    """The relaxed value, which is a bound whatever the multipliers, and the candidates' prices."""
    prices = np.minimum(costs - multipliers[:, None], 0.0).sum(axis=0)
    lowest = np.partition(prices, count - 1)[:count]
    return float(multipliers.sum() + lowest.sum()), prices


def relax(problem: SitingProblem) -> Relaxed:
    """Subgradient on the multipliers; sets of the relaxation are improved by interchange.

    Narula, Ogbu & Samuelsson, Operations Research 25 (1977); steps of Held, Wolfe & Crowder, Mathematical
    Programming 6 (1974). Rounds decide only how good the bound is, never whether it holds.
    """
    costs, count = problem.costs, problem.count
    sites, value = swap_sites(costs, add_greedily(costs, count))
    nearest = np.partition(costs, 1, axis=1) if costs.shape[1] > 1 else costs
    multipliers = nearest[:, :2].max(axis=1)
    best, kept, step, waited = -np.inf, np.zeros(costs.shape[1]), 1.0, 0
    tried: set[tuple[int, ...]] = set()
    for _ in range(SEARCH["rounds"]):
        bound, prices = price_sites(costs, multipliers, count)
        opened = np.argsort(prices, kind="stable")[:count]
        waited += 1
        if bound > best:
            best, kept, waited = bound, prices, 0
            if len(tried) < SEARCH["starts"] and (key := tuple(sorted(opened.tolist()))) not in tried:
                tried.add(key)
                found = swap_sites(costs, list(key))
                sites, value = found if found[1] < value else (sites, value)
        if waited >= SEARCH["patience"]:
            step, waited = step / 2, 0
        slope = 1.0 - (costs[:, opened] < multipliers[:, None]).sum(axis=1)
        steepness = float(slope @ slope)
        if measure_gap(value, best) <= PROVEN_GAP or step < SEARCH["shortest_step"] or not steepness:
            break
        multipliers = np.maximum(multipliers + step * max(value - bound, 0.0) / steepness * slope, 0.0)
    return Relaxed(max(best, 0.0), kept, tuple(sites), value)
