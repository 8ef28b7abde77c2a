"""Roads: main roads between township seats, minor ones to village seats, lanes to every grid."""

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from twin.fictitious.cells import Cells, Projection
from twin.fictitious.templates import Template
from twin.fictitious.terrain import Points, Terrain

CLASSES = ("main", "minor", "lane")
DETOUR = 1.5
REUSE = {"main": 0.55, "minor": 0.75, "lane": 1.0}


@dataclass(frozen=True)
class Network:
    """Junctions (metres, one a cell, in the order of cells) and the class of every stretch between two."""

    nodes: Points
    stretches: dict[tuple[int, int], str]


def lay_roads(
    cells: Cells,
    terrain: Terrain,
    township_seats: NDArray[np.int64],
    village_seats: NDArray[np.int64],
    rules: Template,
    rng: np.random.Generator,
) -> Network:
    """A connected network over the cells' seeds; seats are cell numbers."""
    graph = _link_cells(cells, terrain, rules, rng)
    stretches: dict[tuple[int, int], str] = {}
    _join_seats(graph, stretches, cells.points, township_seats, "main")
    _join_seats(graph, stretches, cells.points, village_seats, "minor")
    _join_rest(graph, stretches, rules["lane_extra"], rng)
    seats = {int(seat) for seat in (*township_seats, *village_seats)}
    return Network(_smooth(cells.points, stretches, seats), stretches)


def _link_cells(cells: Cells, terrain: Terrain, rules: Template, rng: np.random.Generator) -> nx.Graph:
    """Neighbouring cells with a cost: length, uneven ground, and dear crossings of the river and the lake."""
    river = shapely.LineString(terrain.river)
    lake = shapely.Polygon(terrain.lake)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(cells.points)))
    for a, b in sorted(cells.borders):
        way = shapely.LineString(cells.points[[a, b]])
        cost = way.length * float(np.exp(rng.normal(0, rules["unevenness"])))
        if way.intersects(river):
            cost += rules["bridge_metres"]
        if way.intersects(lake):
            cost += 4 * rules["bridge_metres"]
        graph.add_edge(a, b, cost=cost, length=way.length)
    return graph


def _join_seats(
    graph: nx.Graph,
    stretches: dict[tuple[int, int], str],
    points: Points,
    seats: NDArray[np.int64],
    kind: str,
) -> None:
    """Roads of a class along cheapest paths between neighbouring seats: a spanning tree, and short cuts."""
    wanted = nx.Graph()
    for a, b in _list_pairs(points[seats]):
        start, end = int(seats[a]), int(seats[b])
        wanted.add_edge(start, end, length=float(np.hypot(*(points[start] - points[end]))))
    tree = nx.minimum_spanning_tree(wanted, weight="length")
    links = [(not tree.has_edge(a, b), length, a, b) for a, b, length in wanted.edges(data="length")]
    laid = graph.edge_subgraph(stretches).copy()
    for _, length, start, end in sorted(links):
        if tree.has_edge(start, end) or _is_detour(laid, start, end, length):
            path = nx.dijkstra_path(graph, start, end, weight="cost")
            _lay(graph, stretches, path, kind)
            laid.add_edges_from(graph.edge_subgraph(pairwise(path)).edges(data=True))


def _list_pairs(points: Points) -> list[tuple[int, int]]:
    if len(points) < 4:
        return [(a, b) for a in range(len(points)) for b in range(a + 1, len(points))]
    corners = np.sort(Delaunay(points).simplices, axis=1)
    pairs = np.unique(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=0)
    return [(int(a), int(b)) for a, b in pairs]


def _is_detour(laid: nx.Graph, start: int, end: int, length: float) -> bool:
    """Whether the way by the roads so far is much longer than the straight line."""
    return bool(nx.bidirectional_dijkstra(laid, start, end, weight="length")[0] > DETOUR * length)


def _lay(graph: nx.Graph, stretches: dict[tuple[int, int], str], path: list[int], kind: str) -> None:
    for a, b in pairwise(path):
        key = (min(a, b), max(a, b))
        if key not in stretches:
            stretches[key] = kind
            graph.edges[key]["cost"] *= REUSE[kind]


def _join_rest(
    graph: nx.Graph, stretches: dict[tuple[int, int], str], extra: float, rng: np.random.Generator
) -> None:
    """Lanes: the cheapest tree that reaches every cell from the roads laid, and a share of further links."""
    for a, b in graph.edges:
        key = (min(a, b), max(a, b))
        graph.edges[key]["join"] = 0.0 if key in stretches else graph.edges[key]["cost"]
    tree = nx.minimum_spanning_tree(graph, weight="join")
    for a, b in sorted((min(e), max(e)) for e in tree.edges):
        stretches.setdefault((a, b), "lane")
    for a, b in sorted((min(e), max(e)) for e in graph.edges):
        if (a, b) not in stretches and rng.random() < extra:
            stretches[a, b] = "lane"


def _smooth(points: Points, stretches: dict[tuple[int, int], str], seats: set[int]) -> Points:
    """Draw nodes on main and minor roads towards the line between their neighbours; seats stay."""
    nodes = points.copy()
    for kinds, turns in ((("main",), 2), (("main", "minor"), 1)):
        near: dict[int, list[int]] = {}
        for (a, b), kind in stretches.items():
            if kind in kinds:
                near.setdefault(a, []).append(b)
                near.setdefault(b, []).append(a)
        for _ in range(turns):
            moved = nodes.copy()
            for node, around in near.items():
                if len(around) == 2 and node not in seats:
                    moved[node] += 0.35 * (nodes[around].mean(axis=0) - nodes[node])
            nodes = moved
    return nodes


def draw_roads(network: Network, projection: Projection, rules: Template) -> gpd.GeoDataFrame:
    """Road lines (columns of roads.geojson), each from junction to junction within one class."""
    degrees = projection.to_degrees(network.nodes)
    graph = nx.Graph()
    graph.add_edges_from((a, b, {"kind": kind}) for (a, b), kind in sorted(network.stretches.items()))
    rows = []
    for kind in CLASSES:
        part = nx.Graph()
        part.add_edges_from(sorted(edge for edge, k in network.stretches.items() if k == kind))
        for number, path in enumerate(_list_chains(part, graph), start=1):
            line = shapely.LineString(degrees[path])
            code = f"{kind[:2].upper()}{number:04d}"
            speed = float(rules["speed_kmh"][kind])
            rows.append({"road_id": code, "class": kind, "speed_kmh": speed, "geometry": line})
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def _list_chains(part: nx.Graph, whole: nx.Graph) -> list[list[int]]:
    """Paths that cover each edge of `part` once and turn only at nodes where nothing else meets."""
    ends = {node for node in part if part.degree(node) != 2 or whole.degree(node) != 2}
    left = {(min(e), max(e)) for e in part.edges}
    chains = []
    for first in [*sorted(ends), *sorted(set(part) - ends)]:
        for second in sorted(part[first]):
            if (min(first, second), max(first, second)) not in left:
                continue
            chain = [first, second]
            left.discard((min(chain), max(chain)))
            while chain[-1] not in ends:
                onward = [n for n in part[chain[-1]] if (min(n, chain[-1]), max(n, chain[-1])) in left]
                if not onward:
                    break
                left.discard((min(onward[0], chain[-1]), max(onward[0], chain[-1])))
                chain.append(onward[0])
            chains.append(chain)
    return chains
