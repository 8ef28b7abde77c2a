"""What cells must be before grids are drawn of them: every fault at once."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from twin.faults import DistrictFaults, Fault

#: Cells may overlap by this part of the smaller one: digitising leaves slivers.
OVERLAP = 0.001
LISTED = 20


def check_cells(cells: gpd.GeoDataFrame, count: int, balance: str, within: str = "") -> None:
    """Polygons with a CRS, numbers that are not negative, villages named; DistrictFaults otherwise."""
    faults = [*_check_columns(cells, balance, within), *_check_ground(cells)]
    if count < 1:
        faults.append(_fault("count", "count", "at least 1 grid"))
    if not faults:
        faults += _check_count(cells, count, within)
    if faults:
        raise DistrictFaults(faults)


def _fault(row: str, rule: str, message: str) -> Fault:
    return Fault("cells", row, rule, message)


def _check_columns(cells: gpd.GeoDataFrame, balance: str, within: str) -> list[Fault]:
    there = ", ".join(map(str, cells.columns.drop("geometry", errors="ignore")))
    faults = [
        _fault(name, "column", f"there is none of that name; there are: {there}")
        for name in dict.fromkeys((balance, within))
        if name and name not in cells.columns
    ]
    if not len(cells):
        faults.append(_fault("", "empty", "the layer holds no cells"))
    if balance in cells.columns:
        numbers = pd.to_numeric(cells[balance], errors="coerce").to_numpy(dtype=float)
        wrong = ~np.isfinite(numbers) | (numbers < 0)
        faults += _list_rows(cells, wrong, balance, "a number that is not negative is needed")
    if within and within in cells.columns:
        blank = cells[within].isna() | (cells[within].astype(str).str.strip() == "")
        faults += _list_rows(cells, blank.to_numpy(), within, "the village is blank")
    return faults


def _list_rows(cells: gpd.GeoDataFrame, wrong: np.ndarray, rule: str, message: str) -> list[Fault]:
    rows = np.flatnonzero(wrong)
    faults = [_fault(f"row {row + 1}", rule, message) for row in rows[:LISTED]]
    if len(rows) > LISTED:
        faults.append(_fault(f"{len(rows) - LISTED} more rows", rule, message))
    return faults


def _check_ground(cells: gpd.GeoDataFrame) -> list[Fault]:
    shapes = cells.geometry.to_numpy()
    blank = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    polygon = np.isin(shapely.get_type_id(shapes), (3, 6))
    faults = _list_rows(cells, blank, "geometry", "there is none")
    faults += _list_rows(cells, ~blank & ~polygon, "geometry", "a polygon is needed")
    faults += _list_rows(cells, ~blank & polygon & ~shapely.is_valid(shapes), "geometry", "crosses itself")
    if cells.crs is None:
        faults.append(_fault("", "CRS", "the layer names none: say in which coordinates it is"))
    return faults or _check_overlap(cells)


def _check_overlap(cells: gpd.GeoDataFrame) -> list[Fault]:
    shapes = cells.geometry.to_numpy()
    pairs = cells.sindex.query(shapes, predicate="intersects").T
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    one, other = shapes[pairs[:, 0]], shapes[pairs[:, 1]]
    common = shapely.area(shapely.intersection(one, other))
    bad = pairs[common > OVERLAP * np.minimum(shapely.area(one), shapely.area(other))]
    faults = [
        _fault(f"rows {a + 1} and {b + 1}", "overlap", "one patch of ground lies in both")
        for a, b in bad[:LISTED]
    ]
    if len(bad) > LISTED:
        faults.append(
            _fault(f"{len(bad) - LISTED} more pairs", "overlap", "one patch of ground lies in both")
        )
    return faults


def _check_count(cells: gpd.GeoDataFrame, count: int, within: str) -> list[Fault]:
    if count > len(cells):
        return [_fault("count", "count", f"{count} grids of {len(cells)} cells: at most one a cell")]
    villages = cells[within].nunique() if within else 1
    if count < villages:
        return [_fault("count", "count", f"{count} grids for {villages} villages: at least one each")]
    return []
