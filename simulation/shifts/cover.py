"""Which mix of patterns covers a load: a small integer programme, judged by its bound."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, eye_array, hstack, vstack

from simulation.shifts.load import POLICY, WALL, WEEK, WORK
from simulation.siting.problem import measure_gap

HORIZON = 4 * WEEK  # work that is not served within it is late for good


@dataclass(frozen=True)
class CoverProblem:
    """Posts on shifts against a week's load.

    load: post-hours that come up, by clock and hour of the week; counts: which part of each hour counts as
    waiting, by clock; cover: shifts x patterns x hours, post-hours that one post gives; posts: by shift;
    moved: by pattern, whether it differs from the hours as they are.
    """

    load: np.ndarray
    counts: np.ndarray
    cover: np.ndarray
    posts: tuple[int, ...]
    moved: np.ndarray


@dataclass(frozen=True)
class Cover:
    """A mix (shifts x patterns, posts) and the flow without chance under it, by clock and hour.

    value: waiting post-hours x hours a week that count, with what moved posts must save; bound: below which
    no mix lies. left: post-hours that wait at an hour's end; served: in it.
    """

    mix: np.ndarray
    value: float
    bound: float
    left: np.ndarray
    served: np.ndarray

    @property
    def gap(self) -> float:
        """(value - bound) / bound."""
        return measure_gap(self.value, self.bound)

    @property
    def proven(self) -> bool:
        """Whether no better mix can be told from this one."""
        return self.gap <= POLICY["proven_gap"]


def solve_cover(problem: CoverProblem, mix: np.ndarray | None = None, nodes: int | None = None) -> Cover:
    """The mix with the least waiting by HiGHS, or a given mix; the flow's programme is the same.

    Work may be served from the hour it comes up; what waits on Sunday's last hour waits on Monday's first.
    More work than posts can ever serve is lost at the price of a week's waiting. The value is counted for
    the whole posts of the mix, so a limit of nodes ends in a gap and in nothing better.
    """
    if mix is not None:
        found = _call(problem, mix, POLICY["nodes"])
        size = mix.size
        served, left = (found.x[size + k * WEEK : size + (k + 2) * WEEK].reshape(2, WEEK) for k in (0, 2))
        return Cover(mix.astype(int), float(found.fun), float(found.fun), left, served)
    found = _call(problem, None, POLICY["nodes"] if nodes is None else nodes)
    best = solve_cover(problem, _stay(problem))
    if found.x is not None:
        shape = problem.cover.shape[:2]
        other = solve_cover(problem, np.rint(found.x[: shape[0] * shape[1]]).reshape(shape))
        best = other if other.value < best.value else best
    bound = max(float(found.mip_dual_bound), 0.0) if found.mip_dual_bound is not None else 0.0
    return replace(best, bound=min(bound, best.value))


def _stay(problem: CoverProblem) -> np.ndarray:
    """The mix in which every post keeps its hours."""
    return np.outer(problem.posts, ~problem.moved).astype(float)


def _call(problem: CoverProblem, mix: np.ndarray | None, nodes: int) -> Any:
    """Columns: posts by shift and pattern, then by clock and hour served, left, lost."""
    size = problem.cover[..., 0].size
    flow = 6 * WEEK
    saving = np.tile(problem.moved * POLICY["least_saving"], len(problem.posts))
    cost = np.r_[saving, np.zeros(2 * WEEK), problem.counts.ravel(), np.full(2 * WEEK, float(WEEK))]
    low, high = np.zeros(size + flow), np.full(size + flow, np.inf)
    high[:size] = np.repeat(problem.posts, len(problem.moved))
    if mix is not None:
        low[:size] = high[:size] = mix.ravel()
    shifts = len(problem.posts)
    members = coo_array(
        (np.ones(size), (np.repeat(np.arange(shifts), len(problem.moved)), np.arange(size))),
        shape=(shifts, size + flow),
    )
    rules = [
        LinearConstraint(members.tocsr(), problem.posts, problem.posts),
        LinearConstraint(_balance(size), problem.load.ravel(), problem.load.ravel()),
        LinearConstraint(_capacity(problem, size), -np.inf, 0.0),
    ]
    whole = np.r_[np.full(size, float(mix is None)), np.zeros(flow)]
    options = {"node_limit": nodes, "mip_rel_gap": 0.0}
    return milp(cost, integrality=whole, bounds=Bounds(low, high), constraints=rules, options=options)


def _balance(size: int) -> csr_array:
    """Served + left + lost - left the hour before = what came up, by clock and hour."""
    one = eye_array(WEEK, format="csr")
    before = csr_array(np.roll(np.eye(WEEK), -1, axis=1))
    step = one - before
    none = csr_array((WEEK, WEEK))
    blank = csr_array((WEEK, size))
    rows = [
        hstack([blank, one, none, step, none, one, none]),
        hstack([blank, none, one, none, step, none, one]),
    ]
    return csr_array(vstack(rows))


def _capacity(problem: CoverProblem, size: int) -> csr_array:
    """Served of both clocks - what the posts give <= 0, by hour."""
    given = csr_array(-problem.cover.reshape(size, WEEK).T)
    one = eye_array(WEEK, format="csr")
    return csr_array(hstack([given, one, one, csr_array((WEEK, 4 * WEEK))]))


def tell_cover(problem: CoverProblem, cover: Cover) -> dict[str, float]:
    """Figures of a mix, by the flow without chance.

    in_time: share of work begun within `within_hours` on its clock, first come first served by clock;
    short_hours: hours of the week at whose end work waits that counts; waiting: post-hours that wait, the
    mean over the hours that count.
    """
    total = problem.load.sum()
    counted = cover.left * problem.counts
    good = sum(float(problem.load[c][_begin_in_time(problem, cover, c)].sum()) for c in (WALL, WORK))
    return {
        "in_time": good / total if total else 1.0,
        "short_hours": float((counted.sum(axis=0) > 1e-6).sum()),
        "waiting": float(counted.sum()) / WEEK,
    }


def _begin_in_time(problem: CoverProblem, cover: Cover, clock: int) -> np.ndarray:
    """For each hour whether the last of its work is begun in time."""
    served = np.tile(cover.served[clock], HORIZON // WEEK)
    counts = np.tile(problem.counts[clock], HORIZON // WEEK)
    ahead = np.roll(cover.left[clock], 1) + problem.load[clock]
    good = np.zeros(WEEK, dtype=bool)
    for hour in range(WEEK):
        gone = np.cumsum(served[hour : hour + 3 * WEEK])
        place = int(np.searchsorted(gone, ahead[hour] - 1e-7))
        waited = float(counts[hour : hour + place].sum())
        good[hour] = place < len(gone) and waited <= POLICY["within_hours"] + 1e-9
    return good


def list_moves(shifts: Sequence[str], cover: Cover) -> list[tuple[str, int, int]]:
    """(shift, minutes later, posts) of everything that the mix moves."""
    patterns = [int(p["minutes_later"]) for p in POLICY["patterns"]]
    return [
        (shift, minutes, int(count))
        for shift, row in zip(shifts, cover.mix, strict=True)
        for minutes, count in zip(patterns, row, strict=True)
        if minutes and count
    ]
