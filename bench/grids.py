"""Grids drawn beside METIS: five meshes of skewed work, the same figures for both, in one run."""

from statistics import mean
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import Voronoi

from bench.parts import Figures, Part, at_least, at_most, time_call
from twin.gridding import CellGraph, build_graph, draw_grids, measure_grids, summarise_grids
from twin.gridding.start import cut_by_metis

SEEDS = (1, 2, 3, 4, 5)
CELLS, GRIDS, LARGEST = 2_000, 100, 0.31
SIDE_M = 10_000
TOLERANCES = (1, 10, 20, 30, 100)  # thousandths; METIS' own default is 30
STARTS = 50


def make_mesh(
    seed: int, cells: int = CELLS, grids: int = GRIDS, largest: float = LARGEST
) -> gpd.GeoDataFrame:
    """Cells of a square around random points, evened out once; work is lognormal.

    The largest cell holds `largest` of a grid's mean; the law's width is set so.
    """
    draw = np.random.default_rng(seed)
    polygons = _cut_square(draw.random((cells, 2)))
    middle = shapely.centroid(polygons)
    polygons = _cut_square(np.stack([shapely.get_x(middle), shapely.get_y(middle)], axis=1))
    return gpd.GeoDataFrame(
        {"work": _skew(draw.standard_normal(cells), largest / grids)},
        geometry=shapely.transform(polygons, lambda xy: xy * SIDE_M),
        crs="EPSG:32649",
    )


def _cut_square(points: np.ndarray) -> np.ndarray:
    """Voronoi cells of points in the unit square; mirrored points make its sides."""
    mirrored = [
        points,
        points * [-1, 1],
        points * [1, -1],
        [2, 0] + points * [-1, 1],
        [0, 2] + points * [1, -1],
    ]
    diagram = Voronoi(np.vstack(mirrored))
    regions = (diagram.regions[diagram.point_region[number]] for number in range(len(points)))
    return np.array([shapely.Polygon(diagram.vertices[region]) for region in regions])


def _skew(normal: np.ndarray, share: float) -> np.ndarray:
    """exp(width * normal), with the width at which the largest is this share of the sum; sums to 1,000."""
    low, high = 0.0, 5.0
    for _ in range(60):
        width = (low + high) / 2
        work = np.exp(width * normal)
        low, high = (width, high) if work.max() / work.sum() < share else (low, width)
    return work / work.sum() * 1_000


def measure() -> Figures:
    """Every mesh: ours once, METIS from many starts at each tolerance, its most even and its most compact."""
    rows = [_compare(seed) for seed in SEEDS]
    return {
        "grids_meshes": rows,
        "grids_broken": sum(row["broken"] for row in rows),
        "grids_cpu_seconds": max(row["seconds"] for row in rows),
        "grids_deviation": max(row["deviation"] for row in rows),
        "grids_compactness": mean(row["compactness"] for row in rows),
        "grids_deviation_over_metis": max(row["deviation"] / row["metis_deviation"] for row in rows),
        "grids_compactness_over_even": min(row["compactness"] / row["even_compactness"] for row in rows),
        "grids_compactness_over_metis": min(row["compactness"] / row["metis_compactness"] for row in rows),
    }


def _compare(seed: int) -> dict[str, Any]:
    cells = make_mesh(seed)
    seconds, drawing = time_call(lambda: draw_grids(cells, GRIDS, "work"))
    graph = build_graph(cells.geometry, cells["work"].to_numpy())
    rival_seconds, rival = time_call(lambda: _try_metis(graph))
    ours = drawing.figures
    return {
        "seed": seed,
        "seconds": seconds,
        "broken": ours["broken"],
        "deviation": ours["max_deviation"],
        "compactness": ours["polsby_popper"],
        "metis": rival,
        "metis_deviation": min(found["even"][0] for found in rival.values()),
        "even_compactness": min(found["even"] for found in rival.values())[1],
        "metis_compactness": max(found["shape"][1] for found in rival.values()),
        "metis_seconds": rival_seconds,
    }


def _try_metis(graph: CellGraph) -> dict[int, dict[str, tuple[float, float]]]:
    """At each tolerance (deviation, compactness) of the most even of its starts, and of the most compact."""
    homes, found = np.zeros(len(graph), dtype=np.int64), {}
    for tolerance in TOLERANCES:
        tried = [
            summarise_grids(measure_grids(graph, cut_by_metis(graph, GRIDS, start, tolerance), homes))
            for start in range(STARTS)
        ]
        pairs = [(figures["max_deviation"], figures["polsby_popper"]) for figures in tried]
        found[tolerance] = {"even": min(pairs), "shape": max(pairs, key=lambda pair: pair[1])}
    return found


def tell(f: Figures) -> list[str]:
    """The figures in words."""
    tolerances = ", ".join(map(str, TOLERANCES))
    head = f"grids: {CELLS:,} cells into {GRIDS}, the largest cell {LARGEST:.0%} of a grid; deviation / shape"
    over = [
        f[f"grids_{name}"]
        for name in ("deviation_over_metis", "compactness_over_even", "compactness_over_metis")
    ]
    return [
        head,
        f"  METIS: the best of {STARTS} starts at each of the tolerances {tolerances} (thousandths)",
        *map(_tell_mesh, f["grids_meshes"]),
        f"  largest deviation {f['grids_deviation']:.2%}, mean Polsby-Popper {f['grids_compactness']:.3f}",
        f"  over METIS' most even {over[0]:.2f} (less is better) and {over[1]:.3f} (more)",
        f"  over METIS' most compact {over[2]:.3f}",
    ]


def _tell_mesh(row: dict[str, Any]) -> str:
    ours = f"{row['deviation']:.2%} / {row['compactness']:.3f} in {row['seconds']:.1f} s"
    theirs = f"most even {_say(row['metis'], 'even')}, most compact {_say(row['metis'], 'shape')}"
    seconds = f"{row['metis_seconds']:.0f} s"
    return f"  mesh {row['seed']}: ours {ours}, {row['broken']} broken; METIS {theirs} ({seconds})"


def _say(found: dict[int, dict[str, tuple[float, float]]], which: str) -> str:
    pairs = [pair[which] for pair in found.values()]
    off, compact = min(pairs) if which == "even" else max(pairs, key=lambda pair: pair[1])
    return f"{off:.2%} / {compact:.3f}"


PART = Part(
    "grids",
    measure,
    (
        at_most("grids_broken", 0),
        at_most("grids_cpu_seconds", 5.0),
        at_most("grids_deviation", 0.03),
        at_least("grids_compactness", 0.57),
        at_most("grids_deviation_over_metis", 1.0),
        at_least("grids_compactness_over_even", 1.0),
    ),
    tell,
)
