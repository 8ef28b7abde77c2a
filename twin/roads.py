"""Road graph, travel times, grid adjacency."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from twin.contraction import measure_ways
from twin.settings import DistrictSettings


@dataclass(frozen=True)
class TravelTimes:
    """Seconds between units (rows) and grids (columns), and each grid's own inner distance."""

    seconds: np.ndarray
    within: np.ndarray
    units: tuple[str, ...]

    @cached_property
    def as_lists(self) -> tuple[list[list[int]], list[int]]:
        """The two as plain lists, which the engine reads faster."""
        return self.seconds.tolist(), self.within.tolist()


def build_road_graph(roads: gpd.GeoDataFrame, metric_crs: str) -> nx.Graph:
    """Nodes are points rounded to a metre; edges carry `length_m` and `seconds` at the road's speed."""
    graph = nx.Graph()
    if roads.empty:
        return graph
    lines = roads.geometry.to_crs(metric_crs)
    for line, speed in zip(lines, roads["speed_kmh"], strict=True):
        points = [(round(x), round(y)) for x, y in line.coords]
        for a, b in itertools.pairwise(points):
            if a != b:
                length = float(np.hypot(a[0] - b[0], a[1] - b[1]))
                graph.add_edge(a, b, length_m=length, seconds=length * 3.6 / speed)
    return graph


def to_matrix(graph: nx.Graph) -> tuple[np.ndarray, coo_array]:
    """Node coordinates (n x 2) and the symmetric sparse matrix of seconds."""
    nodes = np.array(list(graph.nodes), dtype=float)
    index = {node: number for number, node in enumerate(graph.nodes)}
    rows = np.fromiter((index[a] for a, _ in graph.edges), dtype=np.int64)
    columns = np.fromiter((index[b] for _, b in graph.edges), dtype=np.int64)
    seconds = np.fromiter((data["seconds"] for _, _, data in graph.edges(data=True)), dtype=float)
    shape = (len(nodes), len(nodes))
    both = (np.r_[rows, columns], np.r_[columns, rows])
    return nodes, coo_array((np.r_[seconds, seconds], both), shape=shape)


def measure_travel(
    graph: nx.Graph, units: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, settings: DistrictSettings
) -> TravelTimes:
    """Road seconds from each unit to each grid; the way to and from the road is at foot speed.

    Places that no road reaches are crossed on a straight line at foot speed.
    Inside a grid the mean distance is taken as half the square root of its area.
    """
    starts = _points(units, settings.metric_crs)
    ends = _points(grids, settings.metric_crs)
    pace = 3.6 / settings.play.foot_speed_kmh
    straight = np.hypot(*(starts[:, None, :] - ends[None, :, :]).transpose(2, 0, 1)) * pace
    area = grids.geometry.to_crs(settings.metric_crs).area.to_numpy()
    within = np.rint(0.5 * np.sqrt(area) * pace).astype(np.int32)
    if graph.number_of_nodes():
        straight = np.minimum(straight, measure_roads(graph, starts, ends, pace))
    seconds = np.rint(straight).astype(np.int32) + within[None, :]
    return TravelTimes(seconds, within, tuple(units["code"]))


def measure_roads(graph: nx.Graph, starts: np.ndarray, ends: np.ndarray, pace: float) -> np.ndarray:
    """Seconds by road between points (n x 2 and m x 2, metres), to and from it at `pace` seconds a metre.

    Infinite where no road joins them. Shortest paths are scipy's Dijkstra between junctions
    (twin.contraction).
    """
    nodes, matrix = to_matrix(graph)
    tree = cKDTree(nodes)
    walk_start, near_start = tree.query(starts)
    walk_end, near_end = tree.query(ends)
    between = measure_ways(matrix.tocsr(), near_start, near_end)
    between += (walk_start * pace)[:, None]
    between += walk_end * pace
    return between


def _points(layer: gpd.GeoDataFrame, metric_crs: str) -> np.ndarray:
    points = layer.geometry.to_crs(metric_crs).representative_point()
    return np.c_[points.x, points.y]


def scatter_points(grids: gpd.GeoDataFrame, metric_crs: str, choices: int = 48) -> np.ndarray:
    """Points inside each grid, the same at every call: grids x choices x (x, y) in metres.

    A Halton sequence over the grid's bounds, of which those inside are taken; a grid that few of them meet
    repeats its middle.
    """
    shapes = grids.geometry.to_crs(metric_crs).array
    low = shapely.bounds(shapes)
    u = np.array([[_halton(n, base) for base in (2, 3)] for n in range(1, 4 * choices + 1)])
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    points = np.repeat(middle[:, None, :], choices, axis=1)
    x = low[:, [0]] + u[:, 0] * (low[:, [2]] - low[:, [0]])
    y = low[:, [1]] + u[:, 1] * (low[:, [3]] - low[:, [1]])
    inside = shapely.contains_xy(np.repeat(shapes, len(u)), x.ravel(), y.ravel()).reshape(x.shape)
    for row in range(len(shapes)):
        chosen = np.flatnonzero(inside[row])[:choices]
        points[row, : len(chosen)] = np.c_[x[row, chosen], y[row, chosen]]
    return points


def _halton(number: int, base: int) -> float:
    """The element of the van der Corput sequence in a base (Halton 1960)."""
    value, scale = 0.0, 1.0
    while number:
        scale /= base
        number, digit = divmod(number, base)
        value += digit * scale
    return value


def build_adjacency(grids: gpd.GeoDataFrame, metric_crs: str) -> nx.Graph:
    """Grids as nodes, an edge where two share a border longer than zero, with `border_m`."""
    shapes = grids.geometry.to_crs(metric_crs)
    codes = grids["code"].to_numpy()
    graph = nx.Graph()
    graph.add_nodes_from(codes)
    left, right = shapes.sindex.query(shapes, predicate="intersects")
    pairs = left < right
    for a, b in zip(left[pairs], right[pairs], strict=True):
        border = shapes.iloc[a].intersection(shapes.iloc[b]).length
        if border > 0:
            graph.add_edge(codes[a], codes[b], border_m=border)
    return graph
