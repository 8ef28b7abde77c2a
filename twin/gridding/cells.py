"""Cells of a ground: a lattice of patches, the ground around buildings, the grids that there are."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin.gridding.graph import Floats, Labels

#: Patches below this part of the ground are hairs of the cut.
SLIVER = 1e-6
#: Metres to which borders are snapped, so that what touches touches.
SNAP_M = 0.001
#: Buildings in one square of this side, in metres, stand on one spot.
SPOT_M = 1.0
#: Gaps between grids narrower than this, in metres, are hairs.
HAIR_M = 0.5


def cut_ground(ground: BaseGeometry, cells: int) -> list[BaseGeometry]:
    """About so many compact patches of a ground (metres), from the south-west; at least one a part.

    Voronoi patches of a triangular lattice. The same ground gives the same patches.
    """
    parts = [part for part in shapely.get_parts(ground) if part.geom_type == "Polygon" and part.area > 0]
    total = sum(part.area for part in parts)
    parts = [part for part in parts if part.area > SLIVER * total]
    step = float(np.sqrt(total / max(cells, 1) * 2 / np.sqrt(3)))
    return [patch for part in parts for patch in cut_by_points(part, _list_lattice(part, step))]


def _list_lattice(part: BaseGeometry, step: float) -> np.ndarray:
    """Points of a triangular lattice inside, rows from the south; one inside where none falls in."""
    west, south, east, north = part.bounds
    rise = step * np.sqrt(3) / 2
    rows = np.arange(int((north - south) / rise) + 1)
    columns = np.arange(int((east - west) / step) + 2)
    y, x = np.meshgrid(rows, columns, indexing="ij")
    points = np.stack(
        [west + step * (x - 0.25 + 0.5 * (y % 2)).ravel(), south + rise * (y + 0.5).ravel()], axis=1
    )
    inside = points[shapely.contains_xy(part, points)]
    if len(inside):
        return inside
    middle = part.representative_point()
    return np.array([[middle.x, middle.y]])


def cut_by_points(part: BaseGeometry, points: np.ndarray) -> list[BaseGeometry]:
    """The patch nearest to each point, in order, in one part each: what is cut off joins a neighbour."""
    if len(points) == 1:
        return [part]
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=part, ordered=True)
    cut = shapely.intersection(shapely.get_parts(diagram), part, grid_size=SNAP_M)
    pieces, owner = shapely.get_parts(cut, return_index=True)
    areas = np.where(shapely.get_type_id(pieces) == 3, shapely.area(pieces), 0.0)
    order = np.lexsort((-areas, owner))
    main = order[np.append(True, owner[order[1:]] != owner[order[:-1]])]
    patches = pieces[main]
    for stray in np.setdiff1d(order[areas[order] > 0], main):
        shared = shapely.length(
            shapely.intersection(shapely.boundary(patches), shapely.boundary(pieces[stray]))
        )
        home = int(shared.argmax())
        patches[home] = shapely.union(patches[home], pieces[stray], grid_size=SNAP_M)
    return [patch for patch in patches if patch.area > 0]


def cut_by_spots(ground: BaseGeometry, points: np.ndarray) -> tuple[np.ndarray, Labels]:
    """The patch of a ground (metres) nearest to each point, and the patch of each point.

    Points of one spot (a square of SPOT_M) share a patch; a part of the ground without a point is one patch.
    """
    parts = [part for part in shapely.get_parts(ground) if part.area > SLIVER * ground.area]
    patches: list[BaseGeometry] = []
    for part in parts:
        inside = points[shapely.intersects_xy(part, points)]
        spots = np.unique(np.rint(inside / SPOT_M), axis=0) * SPOT_M
        patches += cut_by_points(part, spots) if len(spots) else [part]
    owner = shapely.STRtree(patches).nearest(shapely.points(points)) if len(points) else np.zeros(0)
    return np.array(patches), np.asarray(owner, dtype=np.int64)


def match_grids(shapes: np.ndarray) -> tuple[np.ndarray, Floats]:
    """Polygons of grids with their borders matched, one a part; and the share of each grid in each of them.

    What digitising leaves between neighbours (hairs narrower than HAIR_M) is closed.
    """
    clean = shapely.coverage_clean(  # type: ignore[attr-defined]  # the stubs are of 2.1
        shapes, gap_width=HAIR_M, snapping_distance=HAIR_M
    )
    parts, grid = shapely.get_parts(clean, return_index=True)
    areas = shapely.area(parts)
    kept = areas > SLIVER * areas.sum()
    parts, grid, areas = parts[kept], grid[kept], areas[kept]
    shares = np.zeros((len(parts), len(shapes)))
    shares[np.arange(len(parts)), grid] = areas / np.bincount(grid, areas, len(shapes))[grid]
    return parts, shares


def share_by_area(patches: np.ndarray, shapes: np.ndarray) -> Floats:
    """The part of each polygon's ground that lies in each patch: patches x polygons."""
    common = np.array([shapely.area(shapely.intersection(shapes, patch)) for patch in patches])
    return np.asarray(common / common.sum(axis=0, keepdims=True).clip(min=1e-12))
