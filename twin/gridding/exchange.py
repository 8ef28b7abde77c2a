"""Even loads by exchange: two neighbouring groups swap up to three cells each, the best of all such swaps."""

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from twin.gridding.annealing import CIRCLE, hangs_together
from twin.gridding.graph import CellGraph, Floats, Labels, measure_perimeters

#: Cells of a group that may be part of a swap, how many at once, how many swaps are tried for wholeness.
POOL, AT_ONCE, TRIED = 8, 3, 24


@dataclass(frozen=True)
class Aim:
    """What an exchange raises, summed over groups: Polsby-Popper less the costs of relative deviation.

    even: of its square; beyond: of the square of what exceeds `cap`. At most `sweeps` over all pairs.
    """

    sweeps: int
    even: float = 0.0
    beyond: float = 0.0
    cap: float = 0.0

    def judge(self, areas: Floats, perimeters: Floats, deviations: Floats) -> Floats:
        """The worth of groups."""
        worth = CIRCLE * areas / np.maximum(perimeters, 1e-9) ** 2
        if self.even:
            worth = worth - self.even * deviations**2
        if self.beyond:
            worth = worth - self.beyond * np.maximum(np.abs(deviations) - self.cap, 0) ** 2
        return np.asarray(worth)


class Exchange:
    """Groups and what they weigh, kept up as neighbours swap cells; contiguous before, contiguous after."""

    def __init__(self, graph: CellGraph, labels: Labels, count: int) -> None:
        self.graph, self.labels = graph, labels.copy()
        self.share = graph.weights / graph.weights.sum() * count
        self.members = [np.flatnonzero(labels == group) for group in range(count)]
        self.deviation = np.bincount(labels, self.share, count) - 1
        self.area = np.bincount(labels, graph.areas, count)
        self.around = measure_perimeters(graph, labels, count)
        self.place = np.full(len(graph) + 1, -1)
        self.changed = np.zeros(count, dtype=np.int64)
        self.moves = 0

    def pursue(self, aim: Aim) -> None:
        """Sweep over all pairs of neighbours until none can gain by a swap, or the sweeps are over."""
        settled: dict[tuple[int, int], tuple[int, int]] = {}
        for _ in range(aim.sweeps):
            before = self.moves
            for first, second in self._list_pairs():
                state = int(self.changed[first]), int(self.changed[second])
                if settled.get((first, second)) != state and not self._swap_best(first, second, aim):
                    settled[first, second] = state
            if self.moves == before:
                break

    def _list_pairs(self) -> list[tuple[int, int]]:
        across = np.append(self.labels, -1)[self.graph.neighbours]
        here = np.broadcast_to(self.labels[:, None], across.shape)
        real = across > here
        return [(int(a), int(b)) for a, b in np.unique(np.stack([here[real], across[real]], 1), axis=0)]

    def _swap_best(self, first: int, second: int, aim: Aim) -> bool:
        """Make the best swap that leaves both whole; False where none is better than what is."""
        pair = _Pair(self, first, second)
        if not len(pair.mine) or not len(pair.yours):
            return False
        pair.weigh(aim)
        found = pair.choose()
        if found is None:
            return False
        mine, yours = found
        stays = np.arange(len(pair.cells)) < pair.border
        stays[pair.mine[pair.sets_mine[mine] > 0]] = False
        stays[pair.yours[pair.sets_yours[yours] > 0]] = True
        self.members[first], self.members[second] = pair.cells[stays], pair.cells[~stays]
        self.labels[pair.cells] = np.where(stays, first, second)
        moved = pair.shift[mine, yours], pair.ground[mine, yours]
        self.deviation[[first, second]] += [moved[0], -moved[0]]
        self.area[[first, second]] += [moved[1], -moved[1]]
        self.around[first], self.around[second] = pair.around[0][mine, yours], pair.around[1][mine, yours]
        self.moves += 1
        self.changed[[first, second]] = self.moves
        return True


class _Pair:
    """Two groups side by side: the cells of the first up to `border`, then those of the second."""

    def __init__(self, whole: Exchange, first: int, second: int) -> None:
        self.whole, self.names = whole, (first, second)
        self.cells = np.concatenate([whole.members[first], whole.members[second]])
        self.border = len(whole.members[first])
        self.metres = self._measure_borders()
        cross = self.metres[: self.border, self.border :]
        inside = self.metres[: self.border, : self.border], self.metres[self.border :, self.border :]
        self.mine = _pick(cross.sum(axis=1), inside[0])
        self.yours = _pick(cross.sum(axis=0), inside[1]) + self.border

    def _measure_borders(self) -> Floats:
        """Metres between the cells of the pair, cells x cells."""
        place, size, graph = self.whole.place, len(self.cells), self.whole.graph
        place[self.cells] = np.arange(size)
        metres = np.zeros((size, size + 1))
        metres[np.arange(size)[:, None], place[graph.neighbours[self.cells]]] = graph.borders[self.cells]
        place[self.cells] = -1
        return metres[:, :size]

    def weigh(self, aim: Aim) -> None:
        """Shift of weight and ground, perimeters and gain of every swap (sets of mine x sets of yours)."""
        whole, (first, second) = self.whole, self.names
        graph, mine, yours = whole.graph, self.cells[self.mine], self.cells[self.yours]
        a, b = self.sets_mine, self.sets_yours = list_sets(len(mine)), list_sets(len(yours))
        self.shift = (b @ whole.share[yours])[None] - (a @ whole.share[mine])[:, None]
        self.ground = (b @ graph.areas[yours])[None] - (a @ graph.areas[mine])[:, None]
        inner_a = ((a @ self.metres[np.ix_(self.mine, self.mine)]) * a).sum(axis=1)
        inner_b = ((b @ self.metres[np.ix_(self.yours, self.yours)]) * b).sum(axis=1)
        between = 2 * (a @ self.metres[np.ix_(self.mine, self.yours)] @ b.T)
        to_first = 2 * self.metres[:, : self.border].sum(axis=1)
        to_second = 2 * self.metres[:, self.border :].sum(axis=1)
        edge_a, edge_b = graph.perimeters[mine], graph.perimeters[yours]
        lost = (-a @ (edge_a - to_first[self.mine]) - inner_a)[:, None]
        won = (b @ (edge_b - to_first[self.yours]) - inner_b)[None]
        given = (a @ (edge_a - to_second[self.mine]) - inner_a)[:, None]
        taken = (-b @ (edge_b - to_second[self.yours]) - inner_b)[None]
        self.around = (
            whole.around[first] + lost + won + between,
            whole.around[second] + given + taken + between,
        )
        self.gain = aim.judge(
            whole.area[first] + self.ground, self.around[0], whole.deviation[first] + self.shift
        )
        self.gain += aim.judge(
            whole.area[second] - self.ground, self.around[1], whole.deviation[second] - self.shift
        )

    def choose(self) -> tuple[int, int] | None:
        """The sets of the best swap that leaves both groups whole and not empty."""
        gains = self.gain.ravel()
        better = np.flatnonzero(gains > gains[0] + 1e-9)
        if len(better) > TRIED:
            better = better[np.argpartition(-gains[better], TRIED)[:TRIED]]
        if not len(better):
            return None
        packed = np.packbits(self.metres > 0, axis=1, bitorder="little")
        links = [int.from_bytes(row.tobytes(), "little") for row in packed]
        for swap in better[np.argsort(-gains[better], kind="stable")].tolist():
            mine, yours = divmod(swap, self.gain.shape[1])
            if self._leaves_whole(mine, yours, links):
                return mine, yours
        return None

    def _leaves_whole(self, mine: int, yours: int, links: list[int]) -> bool:
        stays = (1 << self.border) - 1
        for cell in self.mine[self.sets_mine[mine] > 0].tolist():
            stays ^= 1 << cell
        for cell in self.yours[self.sets_yours[yours] > 0].tolist():
            stays ^= 1 << cell
        goes = ((1 << len(self.cells)) - 1) & ~stays
        return bool(stays and goes) and hangs_together(stays, links) and hangs_together(goes, links)


@cache
def list_sets(size: int) -> Floats:
    """All sets of up to AT_ONCE out of `size` things as rows of 0 and 1, the empty one first."""
    sets = [chosen for number in range(AT_ONCE + 1) for chosen in combinations(range(size), number)]
    rows = np.zeros((len(sets), size))
    for row, chosen in zip(rows, sets, strict=True):
        row[list(chosen)] = 1
    return rows


def _pick(cross: Floats, inside: Floats) -> NDArray[np.int64]:
    """The cells at the border, longest first, then those behind them, POOL at most."""
    front = np.flatnonzero(cross > 0)
    front = front[np.argsort(-cross[front], kind="stable")]
    behind = inside[front].sum(axis=0)
    behind[front] = 0
    second = np.flatnonzero(behind > 0)
    second = second[np.argsort(-behind[second], kind="stable")]
    return np.concatenate([front, second])[:POOL]
