"""The travel matrix of 2,000 places beside NetworkX on the same graph.

The demo district's roads with every stretch cut until the graph has nodes enough; places are 2,000 of them.
NetworkX searches from 120 of the places, its time is scaled to all 2,000.
"""

from statistics import median

import geopandas as gpd
import networkx as nx
import numpy as np

from bench.parts import ROUNDS, Figures, Part, at_least, at_most, load_demo, time_call
from twin.roads import build_road_graph, measure_roads

PLACES, SOURCES = 2_000, 120
STRETCH_M = 400  # no stretch of road is longer


def measure() -> Figures:
    """Both in turn, round after round; the ratio is the median of the rounds' ratios."""
    graph = cut_roads()
    nodes = list(graph)
    chosen = np.random.default_rng(1).permutation(len(nodes))[:PLACES]
    places = [nodes[number] for number in chosen]
    points = np.array(places, dtype=float)

    def search() -> np.ndarray:
        found = np.empty((SOURCES, PLACES))
        for row, place in enumerate(places[:SOURCES]):
            seconds = nx.single_source_dijkstra_path_length(graph, place, weight="seconds")
            found[row] = [seconds.get(other, np.inf) for other in places]
        return found

    ratios, ours, theirs = [], [], []
    for _ in range(ROUNDS):
        fast, matrix = time_call(lambda: measure_roads(graph, points, points, 1.0))
        slow, rows = time_call(search)
        ours.append(fast)
        theirs.append(slow * PLACES / SOURCES)
        ratios.append(theirs[-1] / fast)
    return {
        "travel_nodes": len(nodes),
        "travel_seconds": median(ours),
        "networkx_seconds": median(theirs),
        "travel_over_networkx": median(ratios),
        "travel_gap_seconds": _largest_gap(matrix[:SOURCES], rows),
    }


def cut_roads() -> nx.Graph:
    """The demo district's road graph, its stretches cut short."""
    district = load_demo()
    crs = district.settings.metric_crs
    roads: gpd.GeoDataFrame = district.roads.to_crs(crs)
    graph = build_road_graph(roads.assign(geometry=roads.geometry.segmentize(STRETCH_M)).set_crs(crs), crs)
    if graph.number_of_nodes() < PLACES:
        raise ValueError(f"{graph.number_of_nodes()} nodes, {PLACES} are needed: make STRETCH_M smaller")
    return graph


def _largest_gap(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Seconds; infinite where one finds a way and the other does not."""
    reached = np.isfinite(theirs)
    if not np.array_equal(reached, np.isfinite(ours)):
        return float("inf")
    return float(np.abs(ours[reached] - theirs[reached]).max())


def tell(f: Figures) -> list[str]:
    """The figures in words."""
    return [
        f"travel between {PLACES:,} places on {f['travel_nodes']:,} nodes; medians of {ROUNDS} rounds",
        (
            f"  {f['travel_seconds']:.2f} s, NetworkX {f['networkx_seconds']:.2f} s "
            f"({SOURCES} sources, scaled to {PLACES:,})"
        ),
        (
            f"  over NetworkX {f['travel_over_networkx']:.1f} (at least 15); "
            f"largest gap {f['travel_gap_seconds']:.1g} s"
        ),
    ]


PART = Part(
    "travel", measure, (at_least("travel_over_networkx", 15), at_most("travel_gap_seconds", 1e-6)), tell
)
