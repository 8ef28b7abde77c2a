"""Grids drawn on the command line."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from commands.numbers import at_least, not_negative

if TYPE_CHECKING:
    import geopandas as gpd

    from twin.gridding import Drawing


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command `grids`."""
    drawing = commands.add_parser("grids", help="balanced, contiguous, compact grids from a layer of cells")
    drawing.add_argument(
        "--cells", type=Path, required=True, help="GeoJSON, GeoPackage or Shapefile; polygons"
    )
    drawing.add_argument("--count", type=at_least(1), required=True, help="how many grids")
    drawing.add_argument("--balance", required=True, metavar="COLUMN", help="whose sums are evened out")
    drawing.add_argument("--within", default="", metavar="COLUMN", help="the village; no grid leaves it")
    drawing.add_argument("--seed", type=not_negative, default=1)
    drawing.add_argument(
        "--out", type=Path, required=True, help="GeoJSON of the grids; FILE.cells.csv beside"
    )
    drawing.set_defaults(run=draw)


def draw(options: argparse.Namespace) -> int:
    """Write the grids with their loads, and which cell went where; print the balance."""
    from twin.gridding import draw_grids

    cells = _read_cells(options.cells)
    drawing = draw_grids(cells, options.count, options.balance, options.within, options.seed)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    drawing.to_grids().to_file(options.out, driver="GeoJSON")
    table = drawing.cells.drop(columns="geometry").assign(grid=drawing.codes)
    table.to_csv(options.out.with_name(options.out.name + ".cells.csv"), index=False)
    print(_describe(drawing))
    return 0


def _read_cells(path: Path) -> "gpd.GeoDataFrame":
    """A layer; DistrictFaults where it cannot be read."""
    import geopandas as gpd
    from pyogrio.errors import DataSourceError

    from twin.faults import DistrictFaults, Fault

    if not path.is_file():
        raise FileNotFoundError(2, "no such file", str(path))
    try:
        cells = gpd.read_file(path)
    except DataSourceError:
        words = "not a GeoJSON, GeoPackage or Shapefile that can be read"
        raise DistrictFaults([Fault("cells", path.name, "unreadable", words)]) from None
    if "geometry" not in cells.columns:
        raise DistrictFaults([Fault("cells", path.name, "geometry", "the layer has no shapes")])
    return gpd.GeoDataFrame(cells)


def _describe(drawing: "Drawing") -> str:
    figures = drawing.figures
    lines = [
        f"{figures['grids']} grids of {len(drawing.labels):,} cells, {figures['broken']} of them broken",
        f"largest deviation from the mean of the village {figures['max_deviation']:.2%}"
        + (f" (in {figures['worst']})" if figures["worst"] else ""),
        f"mean Polsby-Popper {figures['polsby_popper']:.3f}",
    ]
    if len(drawing.villages) > 1:
        lines.insert(2, f"largest deviation from the mean of all {figures['spread']:.2%}")
    return "\n".join(lines)
