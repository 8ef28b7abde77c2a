"""Small meshes of squares."""

import geopandas as gpd
import numpy as np
import shapely

METRIC = "EPSG:32649"


def make_board(
    columns: int, rows: int, work: list[float] | None = None, side: float = 100.0
) -> gpd.GeoDataFrame:
    """Squares row by row from the south-west; `work` 1 each unless given, all in village A."""
    squares = [
        shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side)
        for y in range(rows)
        for x in range(columns)
    ]
    values = np.ones(columns * rows) if work is None else np.array(work, dtype=float)
    return gpd.GeoDataFrame({"work": values, "village": "A"}, geometry=squares, crs=METRIC)
