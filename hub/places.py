"""Which grid a place lies in, and longitude and latitude in the district's metres."""

from collections.abc import Sequence

import numpy as np
import shapely
from pyproj import Transformer

from twin.district import District


class PlaceFinder:
    """Finds the grid of points; where grids overlap, the first by code has the point, once."""

    def __init__(self, district: District) -> None:
        metric = district.settings.metric_crs
        shapes = district.grids.geometry.to_crs(metric)
        order = np.argsort(district.grids["code"].astype(str).to_numpy(dtype=object), kind="stable")
        self.codes = district.grids["code"].astype(str).to_numpy(dtype=object)[order]
        self.tree = shapely.STRtree(shapes.to_numpy()[order])
        self._forward = Transformer.from_crs("EPSG:4326", metric, always_xy=True)

    def find_grids(self, xs: Sequence[float], ys: Sequence[float]) -> list[str]:
        """The grid's code of each point (metres in the metric CRS); blank outside any grid."""
        points = shapely.points(np.column_stack([np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)]))
        point, grid = self.tree.query(points, predicate="intersects")
        first = np.full(len(xs), len(self.codes), dtype=np.int64)
        np.minimum.at(first, point, grid)
        return [str(self.codes[n]) if n < len(self.codes) else "" for n in first.tolist()]

    def to_metres(self, longitudes: Sequence[float], latitudes: Sequence[float]) -> list[tuple[float, float]]:
        """x, y in metres, to the centimetre, of degrees (WGS 84)."""
        xs, ys = self._forward.transform(np.asarray(longitudes), np.asarray(latitudes))
        return [(round(float(x), 2), round(float(y), 2)) for x, y in zip(xs, ys, strict=True)]
