"""The best set that is found, with the bound that says how good it is."""

import numpy as np

from simulation.siting.exact import build_programme, solve_programme
from simulation.siting.problem import POLICY, PROVEN_GAP, Siting, SitingProblem, measure_gap
from simulation.siting.relaxation import Relaxed, relax

SEARCH = POLICY["search"]


def solve_siting(problem: SitingProblem) -> Siting:
    """Interchange and relaxation; then HiGHS on what they leave open, where that is small enough.

    No clock decides: rounds, nodes and columns are counted (data/defaults/siting.toml), so the same problem
    has the same answer everywhere. What stays between value and bound is told as the gap.
    """
    known = relax(problem)
    if measure_gap(known.value, known.bound) <= PROVEN_GAP:
        return Siting(known.sites, known.value, min(known.bound, known.value), "relaxation")
    kept, opened = peg_sites(known, problem.count)
    core = cut_core(problem, kept, opened)
    if len(build_programme(core.costs).cost) > SEARCH["core_columns"]:
        return Siting(known.sites, known.value, known.bound, "relaxation")
    places = {site: place for place, site in enumerate(kept.tolist())}
    found = solve_programme(core, SEARCH["nodes"], opened=tuple(places[site] for site in opened.tolist()))
    return _join(problem, known, tuple(kept[list(found.sites)].tolist()), found.bound)


def _join(problem: SitingProblem, known: Relaxed, sites: tuple[int, ...], bound: float) -> Siting:
    """The better of two sets; what was left out of the core is no better than the value that was known."""
    value = problem.measure(sites) if sites else np.inf
    best = (sites, value) if value < known.value else (known.sites, known.value)
    proven = max(known.bound, min(bound, known.value))
    return Siting(tuple(sorted(best[0])), best[1], min(proven, best[1]), "relaxation and HiGHS")


def peg_sites(known: Relaxed, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Candidates that a better set may hold, and those of them that it must hold.

    Opening a candidate against its price, or leaving a cheap one out, lifts the bound by the difference of
    prices; past the value known, it is decided (reduced cost fixing).
    """
    order = np.argsort(known.prices, kind="stable")
    ranked = known.prices[order]
    last, following = ranked[count - 1], ranked[count] if count < len(ranked) else np.inf
    room = (known.value - known.bound) + 1e-9 * known.value
    kept = np.flatnonzero(known.prices - last <= room)
    opened = np.flatnonzero(following - known.prices > room)
    return kept, opened


def cut_core(problem: SitingProblem, kept: np.ndarray, opened: np.ndarray) -> SitingProblem:
    """The costs of the kept candidates, capped where a demand can never pay more.

    A site that must be open caps a demand's cost; so does the farthest place that it may come to, with all
    but `count` of the kept candidates closed.
    """
    costs = problem.costs[:, kept]
    rank = len(kept) - problem.count
    caps = np.partition(costs, rank, axis=1)[:, rank]
    if len(opened):
        caps = np.minimum(caps, problem.costs[:, opened].min(axis=1))
    return SitingProblem(np.minimum(costs, caps[:, None]), problem.count)
