"""A layer of buildings -> where each stands and how many households it holds."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from twin.faults import DistrictFaults, Fault
from twin.importing.mapping import Buildings
from twin.importing.report import Report
from twin.schema import blank_layer

SECTION = "楼栋 Buildings"


def build_buildings(
    settings: Buildings | None, root: Path, grids: gpd.GeoDataFrame, report: Report
) -> gpd.GeoDataFrame:
    """Points in degrees with building_id and households (0: unknown), of buildings that lie in a grid.

    grids: in metres. Every row of the file is used or counted in the report; DistrictFaults without a CRS.
    """
    if settings is None:
        return blank_layer("buildings", "EPSG:4326")
    frame = pyogrio.read_dataframe(root / settings.file, layer=settings.layer or None)
    frame = frame.set_crs(settings.crs) if frame.crs is None and settings.crs else frame
    if frame.crs is None:
        words = "say crs = ... (EPSG:4490, EPSG:4326, a local one)"
        raise DistrictFaults([Fault(settings.file, settings.layer, "CRS missing", words)])
    report.add(SECTION, "读入 read", len(frame))
    shaped = ~(frame.geometry.isna() | frame.geometry.is_empty)
    report.add(SECTION, "无图形 without a shape", int((~shaped).sum()), "略去 left out")
    spots = frame[shaped].to_crs(grids.crs)
    spots = spots.set_geometry(spots.geometry.representative_point())
    hit = np.unique(grids.sindex.query(spots.geometry, predicate="intersects")[0])
    report.add(SECTION, "在所有网格外 outside every grid", len(spots) - len(hit), "略去 left out")
    used = spots.iloc[hit]
    return gpd.GeoDataFrame(
        {
            "building_id": [f"B{n + 1:06d}" for n in range(len(used))],
            "households": _read_households(settings, used, report),
        },
        geometry=used.geometry.to_crs(4326).to_numpy(),
        crs=4326,
    )


def _read_households(settings: Buildings, used: gpd.GeoDataFrame, report: Report) -> np.ndarray:
    """Whole numbers; what is none counts as unknown."""
    if not settings.households_column:
        return np.zeros(len(used), dtype=np.int64)
    numbers = pd.to_numeric(used[settings.households_column], errors="coerce")
    wrong = numbers.isna() | ~np.isfinite(numbers) | (numbers < 0)
    report.add(SECTION, "户数读不出 households not readable", int(wrong.sum()), "作未知 taken as unknown")
    return numbers.mask(wrong, 0).round().to_numpy(dtype=np.int64)
