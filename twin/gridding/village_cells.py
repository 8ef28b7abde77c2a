"""The ground of villages as cells: a mesh of patches, a patch a building, or the grids that there are."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import block_diag, csr_array
from shapely.geometry.base import BaseGeometry

from twin.gridding.cells import SNAP_M, cut_by_spots, cut_ground, match_grids, share_by_area
from twin.gridding.graph import Floats, Labels
from twin.gridding.writing import read_labels

#: What the cells of a village may be made from.
SOURCES = ("mesh", "buildings", "grids")


@dataclass(frozen=True, eq=False)
class VillageCells:
    """Cells of villages, village by village.

    cells: columns village and geometry, metric CRS. shares: cells x grids, the part of each grid's load that
    lies in each cell; every column sums to 1.
    """

    cells: gpd.GeoDataFrame
    shares: csr_array

    def spread(self, loads: Floats) -> Floats:
        """What each cell weighs, of what each grid weighs."""
        return np.asarray(self.shares @ loads)


def list_open_grids(grids: gpd.GeoDataFrame, villages: list[str], keep_dedicated: bool) -> gpd.GeoDataFrame:
    """The grids of some villages that are drawn anew; parks, schools and markets may keep theirs."""
    chosen = grids["village"].isin(villages)
    return grids[chosen & ~(grids["kind"].eq("dedicated") & keep_dedicated)]


def cut_villages(
    grids: gpd.GeoDataFrame,
    metric_crs: str,
    per_grid: int,
    source: str = "mesh",
    buildings: gpd.GeoDataFrame | None = None,
) -> VillageCells:
    """The ground of grids (code, village, geometry) as cells; the same input gives the same cells in order.

    source: `mesh`: about `per_grid` compact patches a grid, loads even over each grid's ground; `buildings`:
    the ground nearest to each building (building_id, households, geometry), the load of a grid shared by the
    households of its buildings, evenly where none is known, by ground where it has no building; `grids`: the
    grids themselves, cell by cell (a grid in several parts is several cells).
    """
    metric = grids.to_crs(metric_crs).reset_index(drop=True).sort_values("code")
    spots = _find_spots(buildings, metric_crs) if source == "buildings" else None
    tables, blocks, columns = [], [], []
    for village, rows in metric.groupby("village", sort=True):
        patches, shares = _cut_village(rows.geometry.to_numpy(), per_grid, source, spots)
        tables.append(
            gpd.GeoDataFrame({"village": [village] * len(patches)}, geometry=patches, crs=metric_crs)
        )
        blocks.append(shares)
        columns.append(rows.index.to_numpy())
    cells = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=metric_crs)
    order = np.argsort(np.concatenate(columns))
    return VillageCells(cells, csr_array(csr_array(block_diag(blocks))[:, order]))


def _find_spots(buildings: gpd.GeoDataFrame | None, metric_crs: str) -> gpd.GeoDataFrame:
    """Where each building stands, in metres."""
    if buildings is None:
        return gpd.GeoDataFrame({"households": []}, geometry=[], crs=metric_crs)
    metric = buildings.to_crs(metric_crs)
    return metric.set_geometry(metric.geometry.representative_point())


def _cut_village(
    shapes: np.ndarray, per_grid: int, source: str, spots: gpd.GeoDataFrame | None
) -> tuple[np.ndarray, Floats]:
    """The cells of one village and the shares of its grids."""
    if source == "grids":
        return match_grids(shapes)
    ground = shapely.union_all(shapes, grid_size=SNAP_M)
    if spots is None:
        patches = np.array(cut_ground(ground, per_grid * len(shapes)))
        return patches, share_by_area(patches, shapes)
    near = spots.iloc[np.sort(spots.sindex.query(ground, predicate="intersects"))]
    points = shapely.get_coordinates(near.geometry.to_numpy())
    patches, owner = cut_by_spots(ground, points)
    return patches, _share_by_buildings(patches, shapes, owner, near)


def _share_by_buildings(
    patches: np.ndarray, shapes: np.ndarray, owner: Labels, spots: gpd.GeoDataFrame
) -> Floats:
    """A grid's load on the patches of its buildings, by households; by ground where it has none."""
    shares = share_by_area(patches, shapes)
    points, households = spots.geometry.to_numpy(), spots["households"].to_numpy(dtype=float)
    free = np.ones(len(points), dtype=bool)
    for grid, shape in enumerate(shapes):
        mine = np.flatnonzero(free & shapely.intersects(shape, points))
        free[mine] = False
        if len(mine):
            weights = households[mine] if households[mine].any() else np.ones(len(mine))
            shares[:, grid] = np.bincount(owner[mine], weights / weights.sum(), len(patches))
    return shares


def join_patches(patches: np.ndarray, word: str) -> list[BaseGeometry]:
    """The grids that a word makes of the patches of a village; ValueError where it does not fit them."""
    labels = np.array(read_labels(word))
    if len(labels) != len(patches):
        raise ValueError(f"{len(labels)} letters for {len(patches)} patches")
    grids = [
        shapely.union_all(patches[labels == number], grid_size=SNAP_M) for number in range(labels.max() + 1)
    ]
    if any(grid.geom_type != "Polygon" for grid in grids):
        raise ValueError("a grid lies in several parts")
    return grids
