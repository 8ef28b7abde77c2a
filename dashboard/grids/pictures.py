"""Maps of grids before and after, the dot plot of loads, the figures."""

import json
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import shapely
from dash import html

from dashboard import formats
from dashboard.grids.drawn import Drawn
from dashboard.i18n import t
from dashboard.maps import draw_places
from dashboard.tokens import scale, tokens
from dashboard.wall import Names
from twin.gridding.graph import Labels

#: Steps of the difference scale: below -10 %, -5 %, -2 % of the village's mean, near it, above.
EDGES = (-0.10, -0.05, -0.02, 0.02, 0.05, 0.10)
DIGITS = 5
MODEBAR = {"bgcolor": "rgba(0,0,0,0)", "color": tokens("light")["tx3"]}


def grade(deviation: np.ndarray) -> np.ndarray:
    """The step of each deviation on the difference scale; heavy loads at its warm end."""
    return len(EDGES) - np.digitize(deviation, EDGES)


@lru_cache(maxsize=16)
def write_cells(drawn: "Keyed", which: str) -> bytes:
    """The cells, or the grids as they are, as GeoJSON; `id` is the row's number."""
    layer = drawn.drawn.ground.cells if which == "cells" else drawn.drawn.ground.old
    shapes = shapely.set_precision(layer.geometry.to_crs(4326).to_numpy(), 10.0**-DIGITS)
    features = [
        {"type": "Feature", "id": str(n), "properties": {}, "geometry": json.loads(text)}
        for n, text in enumerate(shapely.to_geojson(shapes))
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")).encode()


class Keyed:
    """A drawing as a key of a cache: by its job."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn

    def __hash__(self) -> int:
        return hash(self.drawn.job_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and other.drawn.ground is self.drawn.ground


def draw_after(drawn: Drawn, labels: Labels, picked: Any, lang: str, names: Names) -> go.Figure:
    """The cells in the colour of their grid's load, with the grids' borders."""
    table = drawn.ground.measure(labels)
    numbers = table.groupby("home").cumcount() + 1
    said = _say(table.assign(number=numbers), lang, names)
    figure = _fill(drawn, "cells", grade(table["deviation"].to_numpy())[labels], [said[n] for n in labels])
    figure.add_trace(_outline(drawn, labels))
    if type(picked) is int and 0 <= picked < len(labels):
        figure.add_trace(_ring(drawn.ground.cells.iloc[[picked]]))
    return figure


def draw_before(drawn: Drawn, lang: str, names: Names) -> go.Figure:
    """The grids as they are, in the colour of their load."""
    table = drawn.ground.before
    said = _say(table.assign(number=table["code"].str[-3:].astype(int)), lang, names)
    figure = _fill(drawn, "grids", grade(table["deviation"].to_numpy()), said)
    figure.add_trace(_line(drawn.ground.old.geometry.to_crs(4326).boundary.to_numpy(), 1.2))
    return figure


def _say(table: pd.DataFrame, lang: str, names: Names) -> list[str]:
    return [
        t(
            "grids.hover_cell", lang, village=names.places.get(row.village, row.village), number=row.number,
            load=formats.count(row.load), off=formats.signed(100 * row.deviation, 1),
        )
        for row in table.itertuples()
    ]  # fmt: skip


def _fill(drawn: Drawn, which: str, steps: np.ndarray, said: list[str]) -> go.Figure:
    codes = [str(n) for n in range(len(steps))]
    figure = draw_places("light", "grids", codes, steps, scale("light", "difference"), said)
    figure.data[0].geojson = f"/api/grids/{drawn.job_id}/{which}.json"
    figure.update_layout(clickmode="event", modebar=MODEBAR)
    return figure


def _outline(drawn: Drawn, labels: Labels) -> Any:
    cells = drawn.ground.cells.to_crs(4326)
    merged = [
        shapely.union_all(cells.geometry.to_numpy()[labels == n], grid_size=1e-7)
        for n in range(labels.max() + 1)
    ]
    return _line(shapely.boundary(merged), 2.0)


def _ring(cell: gpd.GeoDataFrame) -> Any:
    return _line(cell.geometry.to_crs(4326).boundary.to_numpy(), 4.0, tokens("light")["acc"])


def _line(lines: Any, width: float, colour: str = "") -> Any:
    longitudes: list[float | None] = []
    latitudes: list[float | None] = []
    for line in shapely.get_parts(lines):
        points = shapely.get_coordinates(line).round(DIGITS)
        longitudes += [*points[:, 0].tolist(), None]
        latitudes += [*points[:, 1].tolist(), None]
    shade = colour or tokens("light")["map-district"]
    return go.Scattermap(
        lon=longitudes, lat=latitudes, mode="lines", hoverinfo="skip", line={"width": width, "color": shade}
    )


def draw_loads(drawn: Drawn, labels: Labels, lang: str) -> go.Figure:
    """One row before, one after: a dot a grid at its deviation in per cent."""
    colour, font = tokens("light"), tokens("light")["font"].replace('"', "")
    figure = go.Figure()
    sides = (
        ("before", drawn.ground.before, "circle-open"),
        ("after", drawn.ground.measure(labels), "circle"),
    )
    for row, (side, table, symbol) in enumerate(sides):
        off = 100 * table["deviation"].to_numpy()
        wobble = ((np.arange(len(off)) * 0.618) % 1 - 0.5) * 0.5
        figure.add_trace(
            go.Scatter(
                x=off, y=1 - row + wobble, mode="markers", name=t(f"grids.{side}", lang),
                marker={"symbol": symbol, "size": 8, "color": colour["acc"]},
                hovertemplate="%{x:.1f} %<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        height=190,
        modebar=MODEBAR,
        margin={"l": 80, "r": 16, "t": 8, "b": 32},
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": font, "color": colour["tx"], "size": 13},
        xaxis={"ticksuffix": " %", "gridcolor": colour["line"], "zerolinecolor": colour["tx3"]},
        yaxis={
            "tickvals": [1, 0], "ticktext": [t("grids.before", lang), t("grids.after", lang)],
            "range": [-0.5, 1.5], "showgrid": False, "zeroline": False,
        },
    )  # fmt: skip
    return figure


def tabulate(drawn: Drawn, labels: Labels, lang: str, names: Names) -> html.Table:
    """The figures of both sides beside each other."""
    before = drawn.ground.summarise(drawn.ground.before)
    now = drawn.ground.measure(labels)
    after = drawn.ground.summarise(now)

    def row(key: str, write: Any) -> list[str]:
        name = {"max_deviation": "deviation", "polsby_popper": "compactness"}.get(key, key)
        return [t(f"grids.{name}", lang), write(before[key]), write(after[key])]

    rows = [
        row("grids", formats.count),
        [t("grids.mean_load", lang), *(_write_load(side) for side in (drawn.ground.before, now))],
        row("max_deviation", lambda v: f"{formats.share(v)} %"),
        row("spread", lambda v: f"{formats.share(v)} %"),
        row("polsby_popper", lambda v: f"{v:.3f}"),
        row("broken", formats.count),
        row("worst", lambda code: names.places.get(code, code)),
    ]
    head = [("", ""), (t("grids.before", lang), "num"), (t("grids.after", lang), "num")]
    return formats.table(head, rows, t("grids.figures", lang))


def _write_load(table: pd.DataFrame) -> str:
    load = float(table["load"].mean())
    return f"{load:,.0f}" if load >= 100 else f"{load:.1f}"
