"""Cells as a graph: who borders on whom and over how many metres, what each weighs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

#: Borders shorter than this part of a cell's mean perimeter are a touch at a point.
TOUCH = 1e-6


@dataclass(frozen=True, eq=False)
class CellGraph:
    """Cells that touch along a line.

    neighbours, borders: cells x most neighbours; the number of the cell across and the shared metres; unused
    places hold -1 and 0. weights, areas (square metres), perimeters (metres), points (x, y): one row a cell.
    """

    neighbours: Labels
    borders: Floats
    weights: Floats
    areas: Floats
    perimeters: Floats
    points: Floats

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, cells: Labels) -> "CellGraph":
        """Some of the cells, numbered anew in this order; borders with all others count as outer ones."""
        number = np.full(len(self) + 1, -1)
        number[cells] = np.arange(len(cells))
        near = number[self.neighbours[cells]]
        borders = np.where(near >= 0, self.borders[cells], 0.0)
        plain = (self.weights, self.areas, self.perimeters, self.points)
        return CellGraph(near, borders, *(column[cells] for column in plain))

    @cached_property
    def lists(self) -> list[list[tuple[int, float]]]:
        """For each cell its neighbours with the shared metres."""
        rows = zip(self.neighbours.tolist(), self.borders.tolist(), strict=True)
        return [[(n, b) for n, b in zip(*row, strict=True) if n >= 0] for row in rows]

    @cached_property
    def parts(self) -> Labels:
        """The part of the ground that each cell lies in, numbered from 0."""
        return label_parts(self, np.zeros(len(self), dtype=np.int64))


def build_graph(shapes: gpd.GeoSeries, weights: Sequence[float] | Floats) -> CellGraph:
    """The graph of polygons in a metric CRS; they may touch, not overlap."""
    polygons = shapes.to_numpy()
    first, second = shapes.sindex.query(polygons, predicate="intersects")
    pairs = np.stack([first, second], axis=1)[first < second]
    outlines = shapely.boundary(polygons)
    shared = shapely.length(shapely.intersection(outlines[pairs[:, 0]], outlines[pairs[:, 1]]))
    perimeters = shapely.length(polygons)
    real = shared > TOUCH * perimeters.mean() if len(pairs) else np.zeros(0, dtype=bool)
    neighbours, borders = _pad(len(polygons), pairs[real], shared[real])
    middle = shapely.centroid(polygons)
    points = np.stack([shapely.get_x(middle), shapely.get_y(middle)], axis=1)
    weighed = np.asarray(weights, dtype=float)
    return CellGraph(neighbours, borders, weighed, shapely.area(polygons), perimeters, points)


def _pad(count: int, pairs: Labels, lengths: Floats) -> tuple[Labels, Floats]:
    """Both ways of each pair as rows of equal width, neighbours in the order of their numbers."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    order = np.lexsort((both[:, 1], both[:, 0]))
    both, lengths = both[order], np.concatenate([lengths, lengths])[order]
    degrees = np.bincount(both[:, 0], minlength=count)
    place = np.arange(len(both)) - np.repeat(np.cumsum(degrees) - degrees, degrees)
    width = max(int(degrees.max(initial=0)), 1)
    neighbours, borders = np.full((count, width), -1), np.zeros((count, width))
    neighbours[both[:, 0], place] = both[:, 1]
    borders[both[:, 0], place] = lengths
    return neighbours, borders


def label_parts(graph: CellGraph, labels: Labels) -> Labels:
    """The connected part that each cell is in when only cells of one label hold together."""
    rows, columns = np.nonzero((graph.neighbours >= 0) & _match(graph, labels))
    links = csr_array(
        (np.ones(len(rows)), (rows, graph.neighbours[rows, columns])), shape=(len(graph), len(graph))
    )
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def measure_perimeters(graph: CellGraph, labels: Labels, count: int) -> Floats:
    """Metres around each label."""
    inner = (graph.borders * _match(graph, labels)).sum(axis=1)
    return np.bincount(labels, graph.perimeters - inner, count).astype(float)


def measure_compactness(areas: Floats, perimeters: Floats) -> Floats:
    """Polsby-Popper: 4 pi area / perimeter squared; 1 for a circle (Polsby & Popper 1991)."""
    return np.asarray(4 * np.pi * areas / perimeters**2)


def _match(graph: CellGraph, labels: Labels) -> NDArray[np.bool_]:
    return np.asarray(np.append(labels, -1)[graph.neighbours] == labels[:, None])
