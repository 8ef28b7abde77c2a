"""Compact groups by simulated annealing of single cells that change sides at a border."""

import math
from dataclasses import dataclass

import numpy as np

from twin.gridding.graph import CellGraph, Labels, measure_perimeters

BLOCK = 20_000
CIRCLE = 4 * math.pi


@dataclass(frozen=True)
class Cooling:
    """Tries a cell, first and last temperature, and the cost of a squared relative deviation.

    All in units of Polsby-Popper, whose sum over the groups is what is raised.
    """

    tries: float
    hot: float
    cold: float
    balance: float


def anneal(graph: CellGraph, labels: Labels, count: int, cooling: Cooling, seed: int) -> Labels:
    """Labels of higher sum of Polsby-Popper less `balance` times the squares of relative deviations.

    Groups stay contiguous; none becomes empty. After Kirkpatrick, Gelatt & Vecchi (1983), geometric cooling.
    """
    state = _Borders(graph, labels, count, cooling.balance)
    blocks = max(math.ceil(cooling.tries * len(graph) / BLOCK), 2)
    size = math.ceil(cooling.tries * len(graph) / blocks)
    draw = np.random.default_rng(seed)
    for temperature in np.geomspace(cooling.hot, cooling.cold, blocks):
        cells = draw.integers(0, len(graph), size).tolist()
        sides = draw.random(size).tolist()
        slack = (-temperature * np.log1p(-draw.random(size))).tolist()
        state.try_all(cells, sides, slack)
    return np.array(state.labels, dtype=np.int64)


class _Borders:
    """Labels with the weight, area and perimeter of each group, kept up with every move."""

    def __init__(self, graph: CellGraph, labels: Labels, count: int, balance: float) -> None:
        self.labels, self.lists = labels.tolist(), graph.lists
        self.near = [[cell for cell, _ in row] for row in graph.lists]
        mean = graph.weights.sum() / count
        self.cell_weight = (graph.weights / mean).tolist()
        self.cell_area, self.cell_around = graph.areas.tolist(), graph.perimeters.tolist()
        self.weight = np.bincount(labels, graph.weights / mean, count).tolist()
        self.area = np.bincount(labels, graph.areas, count).tolist()
        self.around = measure_perimeters(graph, labels, count).tolist()
        self.balance = 2 * balance
        self.rings = _link_rings(self.near)
        self.held: dict[tuple[int, int], bool] = {}

    def try_all(self, cells: list[int], sides: list[float], slack: list[float]) -> None:
        """Each cell in turn may go to the group of one of its neighbours, at a loss below its slack."""
        labels, near = self.labels, self.near
        for cell, side, loss in zip(cells, sides, slack, strict=True):
            around = near[cell]
            taker = labels[around[int(side * len(around))]] if around else labels[cell]
            if taker != labels[cell]:
                self._try(cell, labels[cell], taker, loss)

    def _try(self, cell: int, giver: int, taker: int, loss: float) -> None:
        labels = self.labels
        kept = joined = 0.0
        mask, bit = 0, 1
        for near, metres in self.lists[cell]:
            label = labels[near]
            if label == giver:
                kept += metres
                mask |= bit
            elif label == taker:
                joined += metres
            bit += bit
        if not mask:
            return
        around, area, weight = self.cell_around[cell], self.cell_area[cell], self.cell_weight[cell]
        before_giver, before_taker = self.around[giver], self.around[taker]
        after_giver, after_taker = before_giver - around + 2 * kept, before_taker + around - 2 * joined
        area_giver, area_taker = self.area[giver], self.area[taker]
        gain = CIRCLE * (
            (area_giver - area) / (after_giver * after_giver)
            - area_giver / (before_giver * before_giver)
            + (area_taker + area) / (after_taker * after_taker)
            - area_taker / (before_taker * before_taker)
        ) - self.balance * weight * (weight + self.weight[taker] - self.weight[giver])
        if gain + loss < 0 or not self._holds(cell, mask):
            return
        labels[cell] = taker
        self.area[giver], self.area[taker] = area_giver - area, area_taker + area
        self.weight[giver] -= weight
        self.weight[taker] += weight
        self.around[giver], self.around[taker] = after_giver, after_taker

    def _holds(self, cell: int, mask: int) -> bool:
        """Whether the neighbours in the mask hang together without the cell, by borders among themselves.

        Then the group does too; a group that hangs together by a longer way round only is left alone.
        """
        key = (cell, mask)
        held = self.held.get(key)
        if held is None:
            held = self.held[key] = hangs_together(mask, self.rings[cell])
        return held


def _link_rings(near: list[list[int]]) -> list[list[int]]:
    """For each neighbour of each cell a mask of the cell's other neighbours that it borders on."""
    sets = [set(row) for row in near]
    return [
        [sum(1 << place for place, other in enumerate(row) if other in sets[cell]) for cell in row]
        for row in near
    ]


def hangs_together(mask: int, links: list[int]) -> bool:
    """Whether the members of a mask (bit = place) are one part; links: neighbours of each place."""
    seen = front = mask & -mask
    while front:
        reached = 0
        while front:
            low = front & -front
            reached |= links[low.bit_length() - 1]
            front ^= low
        front = reached & mask & ~seen
        seen |= front
    return seen == mask
