"""Grid cells: a Voronoi pattern whose cells share every vertex, so that nothing gaps or overlaps."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

from twin.fictitious.terrain import Points, Terrain, walk

MERGE_METRES = 25.0
BEND_METRES = 220.0
SHORE_METRES = 170.0
Edge = tuple[int, int]


@dataclass(frozen=True)
class Cells:
    """Seeds (metres), polygons (degrees, shared 6-decimal vertices), neighbours, border lengths (metres)."""

    points: Points
    shapes: NDArray[np.object_]
    neighbours: list[list[int]]
    borders: dict[Edge, float]


@dataclass(frozen=True)
class Projection:
    """Metres around the district's origin <-> degrees."""

    crs: str
    longitude: float
    latitude: float

    def to_degrees(self, points: Points) -> Points:
        """Longitude and latitude, rounded to 6 decimals."""
        to_metric = pyproj.Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)
        east, north = to_metric.transform(self.longitude, self.latitude)
        x, y = to_metric.transform(points[:, 0] + east, points[:, 1] + north, direction="INVERSE")
        return np.asarray(np.round(np.c_[x, y], 6))


def draw_cells(terrain: Terrain, count: int, projection: Projection, rng: np.random.Generator) -> Cells:
    """`count` cells inside the outline, denser where the terrain says so."""
    seeds, mirrors = _place_seeds(terrain, count, rng)
    far = 3 * np.abs(terrain.outline).max()
    around = np.linspace(0, 2 * np.pi, 25)[:-1]
    frame = np.round(far * np.c_[np.cos(around), np.sin(around)])
    pattern = Voronoi(np.vstack([seeds, mirrors, frame]))
    names, places = _merge_vertices(pattern, count)
    paths, extra = _bend_edges(pattern, names, places, count, terrain.outline, rng)
    degrees = projection.to_degrees(np.vstack([places, extra]))
    shapes = _trace_cells(paths, degrees, count)
    neighbours, borders = _measure_borders(paths, np.vstack([places, extra]), count)
    return Cells(seeds, shapes, neighbours, borders)


def _place_seeds(terrain: Terrain, count: int, rng: np.random.Generator) -> tuple[Points, Points]:
    """Seeds inside, and mirror seeds outside that make the border follow the outline.

    Whole millimetres: processors that differ in the last bit of a cosine get the same pattern.
    """
    inside, outside = _pair_along(terrain.outline, terrain)
    left, right = _pair_along(terrain.river, terrain)
    spacing = terrain.measure_spacing(left)
    discs = shapely.buffer(shapely.points((left + right) / 2), 1.25 * spacing)
    keep = shapely.contains(terrain.shape, discs)
    fixed = np.vstack([inside, left[keep], right[keep]])
    free = _relax(terrain, fixed, count - len(fixed), rng)
    return np.round(np.vstack([fixed, free]), 3), np.round(outside, 3)


def _pair_along(line: Points, terrain: Terrain) -> tuple[Points, Points]:
    """Pairs of seeds on both sides of a line, so that cell borders follow it."""
    lengths = np.r_[0, np.hypot(*np.diff(line, axis=0).T).cumsum()]
    marks, at = [], 0.0
    while at < lengths[-1]:
        marks.append(at)
        here = np.array([[np.interp(at, lengths, line[:, 0]), np.interp(at, lengths, line[:, 1])]])
        at += float(terrain.measure_spacing(here)[0])
    steps = np.array(marks) * (lengths[-1] / at)
    points, normals = walk(line, steps)
    offset = 0.45 * terrain.measure_spacing(points)[:, None] * normals
    return points + offset, points - offset


def _relax(terrain: Terrain, fixed: Points, count: int, rng: np.random.Generator) -> Points:
    """Free seeds drawn by density, then drawn apart (Lloyd steps on a sample of the land)."""
    shape = terrain.shape.buffer(-120)
    low, high = np.array(shape.bounds[:2]), np.array(shape.bounds[2:])
    tries = rng.uniform(low, high, (40 * (count + len(fixed)) * 2, 2))
    tries = tries[shapely.contains_xy(shape, tries[:, 0], tries[:, 1])]
    weight = terrain.measure_density(tries)
    room = cKDTree(fixed).query(tries)[0] > 0.55 * terrain.measure_spacing(tries)
    open_land = np.flatnonzero(room)
    chosen = rng.choice(open_land, count, replace=False, p=weight[open_land] / weight[open_land].sum())
    free = tries[chosen]
    for _ in range(7):
        owner = cKDTree(np.vstack([free, fixed])).query(tries)[1]
        mass = np.bincount(owner, weight, minlength=count)[:count]
        x = np.bincount(owner, weight * tries[:, 0], minlength=count)[:count]
        y = np.bincount(owner, weight * tries[:, 1], minlength=count)[:count]
        filled = mass > 0
        free[filled] += 0.8 * (np.c_[x, y][filled] / mass[filled, None] - free[filled])
    return np.asarray(free)


def _merge_vertices(pattern: Voronoi, count: int) -> tuple[NDArray[np.int64], Points]:
    """New vertex numbers after joining vertices that lie within MERGE_METRES, and their places."""
    used = _list_ridges(pattern, count)
    names = np.arange(len(pattern.vertices))
    places = pattern.vertices.copy()
    for _, _, first, last in used:
        a, b = _root(names, first), _root(names, last)
        if a != b and np.hypot(*(places[a] - places[b])) < MERGE_METRES:
            low, high = min(a, b), max(a, b)
            places[low] = (places[a] + places[b]) / 2
            names[high] = low
    return np.array([_root(names, k) for k in range(len(names))]), places


def _root(names: NDArray[np.int64], vertex: int) -> int:
    while names[vertex] != vertex:
        vertex = int(names[vertex])
    return vertex


def _list_ridges(pattern: Voronoi, count: int) -> list[tuple[int, int, int, int]]:
    """(cell, cell, vertex, vertex) of every ridge that borders a cell inside."""
    ridges = []
    for (p, q), (a, b) in zip(pattern.ridge_points, pattern.ridge_vertices, strict=True):
        if min(p, q) < count:
            ridges.append((int(min(p, q)), int(max(p, q)), int(a), int(b)))
    return sorted(ridges)


def _bend_edges(
    pattern: Voronoi,
    names: NDArray[np.int64],
    places: Points,
    count: int,
    ring: Points,
    rng: np.random.Generator,
) -> tuple[dict[Edge, list[int]], Points]:
    """The path of vertex numbers along each ridge (cell, cell); bends of long ones are extra vertices.

    A bend stays inside the two triangles between the ridge and its two seeds, which no other
    ridge enters: paths cannot cross.
    """
    paths: dict[Edge, list[int]] = {}
    extra: list[Points] = []
    outline = shapely.LineString(ring)
    for p, q, first, last in _list_ridges(pattern, count):
        a, b = int(names[first]), int(names[last])
        if a == b:
            continue
        path = [a, b]
        if np.hypot(*(places[a] - places[b])) > BEND_METRES:
            shore = outline if q >= count else None
            bends = _bend(places[[a, b]], pattern.points[[p, q]], shore, rng)
            path = [a, *range(len(places) + len(extra), len(places) + len(extra) + len(bends)), b]
            extra.extend(bends)
        paths[p, q] = path
    return paths, np.array(extra)


def _bend(
    ends: Points, seeds: Points, shore: shapely.LineString | None, rng: np.random.Generator
) -> list[Points]:
    """Bends of one ridge: by chance, or onto the district's outline where the ridge is its border."""
    a, along = ends[0], ends[1] - ends[0]
    length = float(np.hypot(*along))
    normal = np.array([-along[1], along[0]]) / length
    pieces = 3 if length > 2.2 * BEND_METRES else 2
    if shore is not None:
        pieces = 1 + round(length / SHORE_METRES)
    bends = []
    for mark in np.arange(1, pieces) / pieces:
        share = float(mark) + float(rng.uniform(-0.06, 0.06))
        room = min(_measure_room(seed, a, along / length, length, share) for seed in seeds)
        swing = float(rng.normal(0, 0.075)) * length
        here = a + along * share
        if shore is not None:
            target = shore.interpolate(shore.project(shapely.Point(here)))
            swing = float((np.array([target.x, target.y]) - here) @ normal)
        bends.append(here + normal * float(np.clip(swing, -0.4 * room, 0.4 * room)))
    return bends


def _measure_room(seed: Points, a: Points, unit: Points, length: float, share: float) -> float:
    """How far the triangle seed-a-b reaches above the point at `share` of its base a-b."""
    foot = float((seed - a) @ unit)
    height = abs(float(unit[0] * (seed - a)[1] - unit[1] * (seed - a)[0]))
    at = share * length
    if at <= foot:
        return height * at / foot if foot > 0 else 0.0
    return height * (length - at) / (length - foot) if foot < length else 0.0


def _trace_cells(paths: dict[Edge, list[int]], degrees: Points, count: int) -> NDArray[np.object_]:
    """Each cell's polygon, its ring chained from the paths it shares with its neighbours."""
    around: list[dict[int, list[list[int]]]] = [defaultdict(list) for _ in range(count)]
    for (p, q), path in paths.items():
        for cell in (p, q):
            if cell < count:
                around[cell][path[0]].append(path)
                around[cell][path[-1]].append(path[::-1])
    rings = [degrees[_chain(ends)] for ends in around]
    polygons = shapely.orient_polygons([shapely.Polygon(ring) for ring in rings])
    return np.array(polygons, dtype=object)


def _chain(ends: dict[int, list[list[int]]]) -> list[int]:
    """The closed ring of vertex numbers, from the lowest one on."""
    start = min(ends)
    ring = list(ends[start][0])
    while ring[-1] != start:
        back = ring[-2]
        ring += next(path for path in ends[ring[-1]] if path[1] != back)[1:]
    return ring


def _measure_borders(
    paths: dict[Edge, list[int]], places: Points, count: int
) -> tuple[list[list[int]], dict[Edge, float]]:
    """Neighbours of each cell and the length of every border between two cells inside."""
    neighbours: list[list[int]] = [[] for _ in range(count)]
    borders: dict[Edge, float] = defaultdict(float)
    for (p, q), path in paths.items():
        if q < count:
            neighbours[p].append(q)
            neighbours[q].append(p)
            borders[p, q] += float(np.hypot(*np.diff(places[path], axis=0).T).sum())
    return neighbours, dict(borders)
