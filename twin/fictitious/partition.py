"""Dividing cells into contiguous groups of wanted sizes."""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twin.fictitious.terrain import Points

Labels = NDArray[np.int64]
Neighbours = Sequence[Sequence[int]]


def divide(
    points: Points,
    neighbours: Neighbours,
    targets: Sequence[int],
    centres: Points | None,
    rng: np.random.Generator,
) -> Labels:
    """Labels 0.. of contiguous groups whose sizes come as near to `targets` as single moves allow.

    `centres` (one row a target) says where the groups lie; None spreads them by farthest-first choice.
    """
    if len(targets) == 1:
        return np.zeros(len(points), dtype=np.int64)
    wanted = np.asarray(targets, dtype=float)
    start = _scatter(points, len(targets), rng) if centres is None else centres
    labels = _assign_by_power(points, start, wanted, free=centres is None)
    labels = mend(labels, neighbours, len(targets))
    return _balance(labels, points, neighbours, wanted)


def grow(
    points: Points, neighbours: Neighbours, size: int, distance: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """A contiguous set of `size` cells of least distance, whose complement is contiguous too."""
    order = np.argsort(distance, kind="stable")
    labels = np.ones(len(points), dtype=np.int64)
    labels[order[:size]] = 0
    labels = mend(labels, neighbours, 2)
    wanted = np.array([size, len(points) - size], dtype=float)
    return np.asarray(_balance(labels, points, neighbours, wanted) == 0)


def is_contiguous(members: Sequence[int], neighbours: Neighbours) -> bool:
    """Whether the cells hang together."""
    return len(_components(list(members), neighbours)) <= 1


def mend(labels: Labels, neighbours: Neighbours, groups: int) -> Labels:
    """Keep the largest piece of every group; its other pieces join a neighbouring group."""
    labels = labels.copy()
    for _ in range(50):
        loose: list[int] = []
        for group in range(groups):
            pieces = _components(list(np.flatnonzero(labels == group)), neighbours)
            loose += [cell for piece in sorted(pieces, key=len)[:-1] for cell in piece]
        if not loose:
            return labels
        stray = set(loose)
        for cell in loose:
            around = [int(labels[n]) for n in neighbours[cell] if n not in stray]
            if around:
                labels[cell] = max(sorted(set(around)), key=around.count)
                stray.discard(cell)
    return labels


def can_leave(cell: int, labels: Labels, neighbours: Neighbours) -> bool:
    """Whether the cell's group stays contiguous, and not empty, without it."""
    group = labels[cell]
    members = [int(m) for m in np.flatnonzero(labels == group) if m != cell]
    return bool(members) and is_contiguous(members, neighbours)


def _components(members: list[int], neighbours: Neighbours) -> list[list[int]]:
    left, pieces = set(members), []
    for first in members:
        if first not in left:
            continue
        left.discard(first)
        piece, queue = [first], deque([first])
        while queue:
            for near in neighbours[queue.popleft()]:
                if near in left:
                    left.discard(near)
                    piece.append(near)
                    queue.append(near)
        pieces.append(piece)
    return pieces


def _scatter(points: Points, count: int, rng: np.random.Generator) -> Points:
    chosen = [int(rng.integers(len(points)))]
    nearest = np.hypot(*(points - points[chosen[0]]).T)
    chosen = [int(nearest.argmax())]
    nearest = np.hypot(*(points - points[chosen[0]]).T)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, np.hypot(*(points - points[chosen[-1]]).T))
    return np.asarray(points[chosen])


def _assign_by_power(points: Points, centres: Points, wanted: NDArray[np.float64], free: bool) -> Labels:
    """A power diagram whose weights are moved until the groups' sizes are near the wanted ones."""
    centres, weights = centres.copy(), np.zeros(len(wanted))
    pull = 0.5 if free else 0.12
    reach = float(np.median(((points[:, None, :] - centres[None]) ** 2).sum(axis=2).min(axis=1)))
    for turn in range(60):
        cost = ((points[:, None, :] - centres[None]) ** 2).sum(axis=2) - weights
        labels = cost.argmin(axis=1)
        sizes = np.bincount(labels, minlength=len(wanted))
        weights += 0.25 * reach * (wanted - sizes) / wanted
        if turn < 40:
            for group in np.flatnonzero(sizes):
                centres[group] += pull * (points[labels == group].mean(axis=0) - centres[group])
    return np.asarray(labels)


def _balance(labels: Labels, points: Points, neighbours: Neighbours, wanted: NDArray[np.float64]) -> Labels:
    """Move border cells along chains of groups from surplus to deficit while that evens sizes out."""
    labels = labels.copy()
    stuck: set[tuple[int, int]] = set()
    for _ in range(6 * len(points)):
        excess = np.bincount(labels, minlength=len(wanted)) - wanted
        chain = _find_chain(labels, neighbours, excess, stuck)
        if chain is None:
            break
        before = labels.copy()
        for giver, taker in reversed(list(pairwise(chain))):
            if not _pass_one(labels, points, neighbours, giver, taker):
                labels = before
                stuck.add((giver, taker))
                break
        else:
            stuck.clear()
    return labels


def _find_chain(
    labels: Labels, neighbours: Neighbours, excess: NDArray[np.float64], stuck: set[tuple[int, int]]
) -> list[int] | None:
    """The shortest chain of touching groups from a surplus to a deficit, largest surplus first."""
    touching: list[set[int]] = [set() for _ in excess]
    for cell, group in enumerate(labels):
        touching[group].update(int(labels[n]) for n in neighbours[cell] if labels[n] != group)
    for start in np.argsort(-excess, kind="stable"):
        if excess[start] <= 0:
            return None
        came: dict[int, int] = {int(start): -1}
        queue = deque([int(start)])
        while queue:
            group = queue.popleft()
            if excess[start] - excess[group] > 1 + 1e-9 and excess[group] < 0:
                chain = [group]
                while came[chain[-1]] >= 0:
                    chain.append(came[chain[-1]])
                return chain[::-1]
            for near in sorted(touching[group]):
                if near not in came and (group, near) not in stuck:
                    came[near] = group
                    queue.append(near)
    return None


def _pass_one(labels: Labels, points: Points, neighbours: Neighbours, giver: int, taker: int) -> bool:
    """Move the giver's best border cell to the taker; False when none may leave."""
    middle_give, middle_take = (points[labels == group].mean(axis=0) for group in (giver, taker))
    scale = float(((middle_give - middle_take) ** 2).sum()) or 1.0

    def cost(cell: int) -> tuple[float, int]:
        around = [int(labels[n]) for n in neighbours[cell]]
        held = around.count(taker) - around.count(giver)
        to_taker, to_giver = points[cell] - middle_take, points[cell] - middle_give
        gain = float((to_taker**2).sum() - (to_giver**2).sum())
        return gain / scale - 0.4 * held, cell

    members = [int(c) for c in np.flatnonzero(labels == giver)]
    border = [c for c in members if any(labels[n] == taker for n in neighbours[c])]
    for cell in sorted(border, key=cost):
        if can_leave(cell, labels, neighbours):
            labels[cell] = taker
            return True
    return False
