"""Sharing out staff over teams so that the sum of their costs is least.

A cost table has one row a team and one column a number of staff, from 0 up; infinite where a team cannot
live with so few. Marginal analysis needs costs that are convex in the staff, as waits of M/M/c are (Dyer and
Proll, On the validity of marginal analysis for allocating servers in M/M/c queues, Management Science 23,
1977).
"""

from collections.abc import Sequence
from heapq import heapify, heapreplace

import numpy as np

from simulation.queueing import mean_wait


def tabulate_waiting(
    arrivals: Sequence[float], services: Sequence[float], most: int, weights: Sequence[float] | None = None
) -> np.ndarray:
    """Cases waiting in each team (row) with 0 .. `most` staff (column): weight x arrival rate x M/M/c wait.

    `weights` says what a waiting case of each team counts; 1 where there are none.
    """
    return np.array(
        [
            [weight * arrival * mean_wait(arrival, service, staff) for staff in range(most + 1)]
            for arrival, service, weight in zip(
                arrivals, services, weights or [1.0] * len(arrivals), strict=True
            )
        ]
    )


def measure_cost(costs: np.ndarray, staff: Sequence[int]) -> float:
    """The sum of the teams' costs with so many staff each."""
    return float(costs[np.arange(len(costs)), list(staff)].sum())


def allocate_greedy(costs: np.ndarray, total: int) -> list[int]:
    """Staff a team by marginal analysis: each next one goes where the cost falls most; ties by row.

    Optimal where costs are convex (Fox, Discrete optimization via marginal analysis, Management Science 13,
    1966). Raises ValueError where `total` is too few for all teams, too many for the table, or a cost is
    not convex.
    """
    _refuse_unfit(costs, total)
    staff = _find_least(costs)
    _refuse_bends(costs, staff)
    last = costs.shape[1] - 1
    gains = [_find_gain(costs, team, count, last) for team, count in enumerate(staff)]
    heapify(gains)
    for _ in range(total - sum(staff)):
        team = gains[0][1]
        staff[team] += 1
        heapreplace(gains, _find_gain(costs, team, staff[team], last))
    return staff


def allocate_exact(costs: np.ndarray, total: int) -> list[int]:
    """Staff a team by dynamic programming over the teams; the costs may have any shape.

    best(i, n) = min over k of best(i - 1, n - k) + cost(i, k) (Bellman 1957). Raises ValueError where
    `total` is too few for all teams or too many for the table.
    """
    _refuse_unfit(costs, total)
    best = np.r_[0.0, np.full(total, np.inf)]
    choices = []
    for row in costs:
        width = min(len(row), total + 1)
        padded = np.r_[np.full(width - 1, np.inf), best]
        earlier = np.lib.stride_tricks.sliding_window_view(padded, width)[:, ::-1]
        sums = earlier + row[:width]
        choices.append(sums.argmin(axis=1))
        best = sums.min(axis=1)
    staff, left = [], total
    for choice in reversed(choices):
        staff.append(int(choice[left]))
        left -= staff[-1]
    return staff[::-1]


def _find_gain(costs: np.ndarray, team: int, count: int, last: int) -> tuple[float, int]:
    return (float(costs[team, count + 1] - costs[team, count]) if count < last else np.inf), team


def _find_least(costs: np.ndarray) -> list[int]:
    return [int(n) for n in np.isfinite(costs).argmax(axis=1)]


def _refuse_unfit(costs: np.ndarray, total: int) -> None:
    bare = np.flatnonzero(~np.isfinite(costs).any(axis=1))
    if len(bare):
        raise ValueError(f"teams {bare.tolist()}: no number of staff in the table is enough; widen the table")
    least, most = sum(_find_least(costs)), len(costs) * (costs.shape[1] - 1)
    if not least <= total <= most:
        raise ValueError(f"{total} staff: the teams need at least {least} and the table ends at {most}")


def _refuse_bends(costs: np.ndarray, least: list[int]) -> None:
    for team, (row, first) in enumerate(zip(costs, least, strict=True)):
        gains = np.diff(row[first:])
        if (np.diff(gains) < -1e-9 * np.maximum(1.0, np.abs(gains[:-1]))).any():
            raise ValueError(f"team {team}: its cost is not convex in the staff; use allocate_exact")
