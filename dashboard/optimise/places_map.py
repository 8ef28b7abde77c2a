"""Minutes to the nearest point before and after, the points, and who comes to each new one."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import shapely
from dash import html

from dashboard import maps
from dashboard.formats import count
from dashboard.i18n import t
from dashboard.tokens import scale, tokens
from dashboard.wall_names import Names
from twin.district import District
from twin.service_checks import list_codes

CUTS = (5, 10, 15, 30)
SIDES = ("before", "after")


def draw_maps(
    district: District, tables: dict[str, pd.DataFrame], services: list[str], lang: str
) -> list[html.Div]:
    """Two maps in step: grids by one-way minutes for the needs asked about."""
    return [_draw_side(district, tables, services, side, lang) for side in SIDES]


def _draw_side(
    district: District, tables: dict[str, pd.DataFrame], services: list[str], side: str, lang: str
) -> html.Div:
    demand = tables["demand"]
    minutes = demand.set_index("grid")[f"{side}_minutes"].reindex(district.grids["code"]).to_numpy(float)
    known = np.isfinite(minutes)
    steps = np.where(known, np.digitize(np.nan_to_num(minutes), CUTS), maps.UNKNOWN).astype(np.uint8)
    names = Names(district, lang)
    hover = [
        f"{names.township(village)} {t('siting.minutes', lang, minutes=f'{m:.1f}')}" if k else ""
        for village, m, k in zip(district.grids["village"], minutes, known, strict=True)
    ]
    codes = district.grids["code"].astype(str).tolist()
    figure = maps.draw_places("light", "grids", codes, steps, scale("light", "level"), hover)
    figure.data[0].marker.line.width = 0.2
    figure.add_trace(_mark(district, list_holders(district, services), "tx2", 6, {}))
    if side == "after":
        figure.add_trace(_outline(district, demand))
        told = {
            row.unit: t("siting.comes", lang, needs=count(row.needs)) for row in tables["points"].itertuples()
        }
        figure.add_trace(_mark(district, tables["points"]["unit"].tolist(), "acc", 13, told))
    return maps.hold_map(figure, f"places-map-{side}", district, lang, group="places", small=True)


def list_holders(district: District, services: list[str]) -> list[str]:
    """Units with a point that finishes one of some items today."""
    return [
        str(row.unit)
        for row in district.service_points.itertuples()
        if set(list_codes(row.services) or services) & set(services)
    ]


def _mark(district: District, units: list[str], shade: str, size: int, told: dict[str, str]) -> go.Scattermap:
    colour, rows = tokens("light"), district.units.to_crs(4326).set_index("code").loc[units]
    points = rows.geometry.representative_point()
    return go.Scattermap(
        lon=points.x.round(5).tolist(),
        lat=points.y.round(5).tolist(),
        mode="markers",
        marker={"size": size, "color": colour[shade], "opacity": 1},
        text=[f"{name} {told.get(code, '')}".strip() for code, name in zip(units, rows["name"], strict=True)],
        hovertemplate="%{text}<extra></extra>",
    )


def _outline(district: District, demand: pd.DataFrame) -> go.Scattermap:
    """Borders between the grids of one new point and those of others."""
    mine = demand[demand["unit"] != ""].set_index("grid")["unit"]
    grids = district.grids[district.grids["code"].isin(mine.index)].to_crs(4326)
    lines: dict[str, list[Any]] = {"lon": [], "lat": []}
    for _, shapes in grids.geometry.groupby(grids["code"].map(mine), sort=True):
        whole = shapely.union_all(shapely.set_precision(shapes.to_numpy(), 1e-5))
        for ring in shapely.get_parts(shapely.get_rings(whole)):
            spots = shapely.get_coordinates(shapely.simplify(ring, 1e-4)).round(5)
            lines["lon"] += [*spots[:, 0].tolist(), None]
            lines["lat"] += [*spots[:, 1].tolist(), None]
    return go.Scattermap(
        **lines, mode="lines", line={"width": 1.6, "color": tokens("light")["acc"]}, hoverinfo="skip"
    )


def draw_legend(lang: str) -> html.Div:
    """Steps of minutes; what the marks are."""
    words = [f"<{CUTS[0]}", *(f"{cut}" for cut in CUTS)]
    spans = [
        html.Span([html.I(style={"background": colour}), word])
        for colour, word in zip(scale("light", "level"), words, strict=True)
    ]
    keys = [
        html.Span([html.Span(className=f"mark {kind}"), t(f"siting.legend_{kind}", lang)], className="key")
        for kind in ("stands", "new", "reach")
    ]
    parts = [html.Div(spans, className="steps"), t("siting.legend_minutes", lang), *keys]
    return html.Div(parts, className="legend")
