"""Maps: filled places from a source by URL, lines on top, labels and markers drawn over them by maps.js."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import dcc, html

from dashboard.i18n import pick
from dashboard.tokens import tokens
from twin.district import District

CONFIG = {
    "displayModeBar": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "scrollZoom": True,
    "responsive": True,
}
UNKNOWN = 255
KINDS = {
    "zh": ("街道", "社区", "村"),
    "en": (" Subdistrict", " Street", " Town", " Township", " Community", " Village"),
}


def draw_places(
    theme: str,
    layer: str,
    codes: Sequence[str],
    steps: np.ndarray,
    colours: Sequence[str],
    names: Sequence[str],
) -> go.Figure:
    """A map of places; `steps` index into `colours`, UNKNOWN leaves a place blank; names are hovered."""
    colour = tokens(theme)
    values = [None if step == UNKNOWN else int(step) for step in steps]
    places = go.Choroplethmap(
        geojson=f"/geo/{layer}.json",
        locations=list(codes),
        z=values,
        zmin=-0.5,
        zmax=len(colours) - 0.5,
        colorscale=_steps(colours),
        showscale=False,
        marker={
            "line": {"width": 0.55 if theme == "dark" else 0.6, "color": colour["map-cell"]},
            "opacity": 1,
        },
        text=list(names),
        hovertemplate="%{text}<extra></extra>",
    )
    figure = go.Figure(places)
    figure.update_layout(
        map={
            "style": f"/geo/style-{theme}.json",
            "layers": _lines(theme),
            "center": {"lon": 0, "lat": 0},
            "zoom": 1,
        },
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        uirevision="kept",
        hoverlabel={"font": {"family": colour["font"].replace('"', "")}},
        showlegend=False,
    )
    return figure


def _steps(colours: Sequence[str]) -> list[list[Any]]:
    count = len(colours)
    return [[(n + edge) / count, colour] for n, colour in enumerate(colours) for edge in (0, 1)]


def _lines(theme: str) -> list[dict[str, Any]]:
    """Water, roads, borders: a light line of a dark map has a dark casing."""
    colour = tokens(theme)
    ground = colour["map-ground"]
    if theme == "dark":
        rows = [
            ("water", ground, 5, 1.0), ("water", colour["map-water"], 3, 1.0),
            ("roads", ground, 2.6, 0.45), ("roads", colour["map-road"], 0.9, 0.3),
            ("townships", ground, 3, 0.7), ("townships", colour["map-township"], 1.1, 0.62),
            ("outline", colour["map-district"], 1.7, 1.0),
        ]  # fmt: skip
    else:
        rows = [
            ("water", colour["map-water"], 2.4, 0.9),
            ("townships", colour["map-township"], 1.3, 0.9),
            ("outline", colour["map-district"], 2.2, 1.0),
        ]
    lakes = {
        "sourcetype": "geojson", "source": "/geo/lakes.json", "type": "fill", "below": "",
        "color": colour["map-water"], "opacity": 0.9,
    }  # fmt: skip
    return [lakes] + [
        {
            "sourcetype": "geojson", "source": f"/geo/{layer}.json", "type": "line", "below": "",
            "color": shade, "opacity": opacity, "line": {"width": width},
        }
        for layer, shade, width, opacity in rows
    ]  # fmt: skip


def hold_map(
    figure: go.Figure,
    name: str,
    district: District,
    lang: str,
    group: str = "",
    small: bool = False,
    apart: bool = False,
) -> html.Div:
    """A graph in its holder: maps.js fits it to the district, draws labels, keeps a group in step.

    apart: a label that would meet one before it is left out.
    """
    west, south, east, north = (round(float(v), 5) for v in district.areas.to_crs(4326).total_bounds)
    return html.Div(
        dcc.Graph(id=name, figure=figure, config=CONFIG, responsive=True),
        className="twin-map",
        id=f"{name}-holder",
        **{
            "data-bounds": json.dumps([west, south, east, north]),
            "data-labels": json.dumps(list_labels(district, lang, small), ensure_ascii=False),
            "data-group": group,
            "data-apart": json.dumps(apart),
        },
    )


def list_labels(district: District, lang: str, small: bool = False) -> list[dict[str, Any]]:
    """Each township's name at a point well inside it (small maps leave out streets): code, name, lon, lat."""
    areas = district.areas[district.areas["tier"] == "township"].to_crs(4326)
    if small:
        areas = areas[~areas["name"].str.endswith("街道")]
    points = areas.geometry.representative_point()
    return [
        {
            "code": str(code),
            "name": shorten_name(pick(lang, name, english), lang),
            "lon": round(point.x, 5),
            "lat": round(point.y, 5),
        }
        for code, name, english, point in zip(
            areas["code"], areas["name"], areas["name_en"], points, strict=True
        )
    ]


def shorten_name(name: str, lang: str) -> str:
    """The name as it stands on a map: the kind of place goes where the rest is enough."""
    for ending in KINDS[lang]:
        name = name.removesuffix(ending) if len(name) > len(ending) + 1 else name
    return name
