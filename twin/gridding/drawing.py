"""Drawing: every village by itself, every part of its ground by itself, then all grids in one table."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from twin.faults import DistrictFaults, Fault
from twin.gridding.annealing import anneal
from twin.gridding.balance import measure_grids, summarise_grids
from twin.gridding.checks import check_cells
from twin.gridding.exchange import Exchange
from twin.gridding.graph import CellGraph, Floats, Labels, build_graph, label_parts
from twin.gridding.recipe import Recipe, load_recipe
from twin.gridding.start import cut_by_metis


@dataclass(frozen=True, eq=False)
class Drawing:
    """Cells with the grid that each belongs to.

    labels: number of the grid, one a cell; homes: number of the village, one a cell, in `villages`.
    """

    cells: gpd.GeoDataFrame
    graph: CellGraph
    labels: Labels
    homes: Labels
    villages: tuple[str, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Columns of measure_grids, with `code` and `village` first.

        A code is the village's and three digits, from 001 in the order of the first cell.
        """
        table = measure_grids(self.graph, self.labels, self.homes)
        village = np.array(self.villages, dtype=object)[table["home"]]
        number = table.groupby("home").cumcount() + 1
        code = [f"{name}{n:03d}" for name, n in zip(village, number, strict=True)]
        table.insert(0, "code", code)
        table.insert(1, "village", village)
        return table

    @cached_property
    def codes(self) -> "pd.Series[str]":
        """The code of each cell's grid, indexed as the cells."""
        return pd.Series(self.table["code"].to_numpy()[self.labels], index=self.cells.index, name="grid")

    @property
    def figures(self) -> dict[str, Any]:
        """Of summarise_grids, with `worst` as the village's code."""
        figures = summarise_grids(self.table)
        return figures | {"worst": self.villages[figures["worst"]]}

    def to_grids(self) -> gpd.GeoDataFrame:
        """One polygon a grid, in the cells' CRS, with the columns of `table`."""
        merged = self.cells[["geometry"]].assign(label=self.labels).dissolve("label")
        return gpd.GeoDataFrame(self.table, geometry=merged.geometry.to_numpy(), crs=self.cells.crs)


def draw_grids(
    cells: gpd.GeoDataFrame,
    count: int,
    balance: str,
    within: str = "",
    seed: int = 1,
    recipe: Recipe | None = None,
) -> Drawing:
    """So many grids of polygons that touch; DistrictFaults with everything that is wrong with them.

    balance: the column whose sums are evened out (households, work minutes); where it sums to nothing in a
    village, the area is. within: the column of the village that a grid never leaves (blank: none). Villages
    get grids in proportion to their weight. The same cells, count and seed give the same grids.
    """
    check_cells(cells, count, balance, within)
    shapes = cells.geometry.to_crs(cells.estimate_utm_crs()) if cells.crs.is_geographic else cells.geometry
    graph = build_graph(shapes, cells[balance].to_numpy(dtype=float))
    names = cells[within].astype(str) if within else pd.Series("", index=cells.index)
    villages, homes = np.unique(names.to_numpy(dtype=object), return_inverse=True)
    _check_parts(graph, homes, villages.tolist(), count)
    labels = divide_graph(graph, homes, count, seed, recipe or load_recipe())
    return Drawing(cells, graph, labels, homes, tuple(map(str, villages)))


def _check_parts(graph: CellGraph, homes: Labels, villages: Sequence[str], count: int) -> None:
    pieces = split_ground(graph, homes)
    if len(pieces) <= count:
        return
    parts = np.bincount([homes[cells[0]] for cells in pieces])
    raise DistrictFaults(
        [
            Fault("cells", villages[int(home)], "in parts", f"its ground lies in {parts[home]} parts")
            for home in np.flatnonzero(parts > 1)
        ]
        + [
            Fault(
                "count", str(count), "count", f"the ground lies in {len(pieces)} parts: at least a grid each"
            )
        ]
    )


def divide_graph(graph: CellGraph, homes: Labels, count: int, seed: int, recipe: Recipe) -> Labels:
    """Labels of `count` contiguous groups, none over two homes, numbered by home and first cell."""
    pieces = split_ground(graph, homes)
    numbers = apportion(
        [float(graph.weights[cells].sum()) for cells in pieces], count, [len(c) for c in pieces]
    )
    labels, used = np.zeros(len(graph), dtype=np.int64), 0
    for cells, number in zip(pieces, numbers, strict=True):
        labels[cells] = used + _divide_piece(graph.take(cells), number, seed, recipe)
        used += number
    return number_groups(labels, homes)


def split_ground(graph: CellGraph, homes: Labels) -> list[Labels]:
    """The cells of each part of each village's ground, parts in the order of their first cell."""
    parts = label_parts(graph, homes)
    order = np.argsort(parts, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(parts[order])) + 1)


def number_groups(labels: Labels, homes: Labels) -> Labels:
    """The same groups numbered from 0 by home, then by their first cell."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.lexsort((first, homes[first]))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    return number[inverse]


def apportion(weights: list[float], count: int, most: list[int]) -> list[int]:
    """A count over pieces, at least 1 and at most `most` each; each next one where the mean load is largest.

    So the largest mean load is the least there can be (Jefferson's method from one seat each).
    """
    numbers = [1] * len(weights)
    queue = [(-weight, place) for place, weight in enumerate(weights) if most[place] > 1]
    heapq.heapify(queue)
    for _ in range(count - len(weights)):
        _, place = heapq.heappop(queue)
        numbers[place] += 1
        if numbers[place] < most[place]:
            heapq.heappush(queue, (-weights[place] / numbers[place], place))
    return numbers


def _divide_piece(graph: CellGraph, count: int, seed: int, recipe: Recipe) -> Labels:
    if not graph.weights.sum() > 0:
        graph = _weigh_by(graph, graph.areas)
    labels = cut_by_metis(graph, count, seed, recipe.imbalance)
    if count in {1, len(graph)}:
        return labels
    labels = anneal(graph, labels, count, recipe.cooling, seed)
    exchange = Exchange(graph, labels, count)
    for aim in recipe.aims:
        exchange.pursue(aim)
    return exchange.labels


def _weigh_by(graph: CellGraph, weights: Floats) -> CellGraph:
    return replace(graph, weights=weights)
