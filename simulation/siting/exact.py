"""The integer programme, by HiGHS; a solver's word is not taken, its bound is compared with the value."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from simulation.siting.problem import SitingProblem


@dataclass(frozen=True)
class Solved:
    """What HiGHS knows when it stops: its set (blank: none), a bound, and whether a limit stopped it."""

    sites: tuple[int, ...]
    bound: float
    limited: bool


@dataclass(frozen=True)
class Programme:
    """min base + cost . x with rows . x >= least and the open candidates among the first columns."""

    base: float
    cost: np.ndarray
    rows: csr_array
    least: np.ndarray


def build_programme(costs: np.ndarray) -> Programme:
    """The p-median by steps of each demand's sorted distinct costs.

    A column a candidate (open), then one a demand and step (no open point is that near); a demand pays each
    step that no point saves it. Elloumi, Journal of Combinatorial Optimization 19 (2010); for covering costs
    it is Church & ReVelle's formulation (Papers of the Regional Science Association 32, 1974).
    """
    candidates = costs.shape[1]
    order = np.argsort(costs, axis=1, kind="stable")
    ranked = np.take_along_axis(costs, order, axis=1)
    level = np.zeros(ranked.shape, dtype=np.int64)
    level[:, 1:] = np.cumsum(ranked[:, 1:] > ranked[:, :-1], axis=1)
    steps = level[:, -1]  # the costliest level needs no column: whoever is not nearer pays it
    first = candidates + np.cumsum(steps) - steps
    demand, place = np.nonzero(level < steps[:, None])
    row = first[demand] - candidates + level[demand, place]
    total = int(steps.sum())
    own = np.arange(total)
    before = np.setdiff1d(own, first[steps > 0] - candidates)
    data = np.r_[np.ones(len(row) + total), -np.ones(len(before))]
    rows = np.r_[row, own, before]
    columns = np.r_[order[demand, place], candidates + own, candidates + before - 1]
    least = np.zeros(total)
    least[first[steps > 0] - candidates] = 1.0
    jumps = np.diff(ranked, axis=1)
    cost = np.r_[np.zeros(candidates), jumps[jumps > 0]]
    matrix = coo_array((data, (rows, columns)), shape=(total, candidates + total)).tocsr()
    return Programme(float(ranked[:, 0].sum()), cost, matrix, least)


def solve_programme(
    problem: SitingProblem, nodes: int, seconds: float | None = None, opened: tuple[int, ...] = ()
) -> Solved:
    """HiGHS on the whole problem (scipy.optimize.milp); `opened` are candidates that must be open.

    nodes: of the search at most; seconds: a limit by the clock, for a test: what it gives is not repeatable.
    """
    programme = build_programme(problem.costs)
    scale = max(float(programme.cost.sum()) / max(len(programme.cost), 1), 1e-300)
    found = _call_highs(problem, programme, scale, opened, nodes, seconds)
    bound = programme.base
    if found.mip_dual_bound is not None and np.isfinite(found.mip_dual_bound):
        bound += max(float(found.mip_dual_bound), 0.0) * scale
    if found.x is None:
        return Solved((), bound, True)
    chosen = np.argsort(-found.x[: problem.costs.shape[1]], kind="stable")[: problem.count]
    return Solved(tuple(sorted(chosen.tolist())), bound, found.status != 0)


def _call_highs(
    problem: SitingProblem,
    programme: Programme,
    scale: float,
    opened: tuple[int, ...],
    nodes: int,
    seconds: float | None,
) -> Any:
    candidates, width = problem.costs.shape[1], len(programme.cost)
    low = np.zeros(width)
    low[list(opened)] = 1.0
    count = np.r_[np.ones(candidates), np.zeros(width - candidates)]
    rules = [LinearConstraint(csr_array(count[None, :]), problem.count, problem.count)]
    if len(programme.least):
        rules.append(LinearConstraint(programme.rows, programme.least, np.inf))
    limits = {"node_limit": nodes, "mip_rel_gap": 0.0} | ({} if seconds is None else {"time_limit": seconds})
    return milp(
        programme.cost / scale, integrality=count, bounds=Bounds(low, 1.0), constraints=rules, options=limits
    )
