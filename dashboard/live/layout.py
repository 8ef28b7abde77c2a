"""The skeleton of /live: the same boxes in every state, so that nothing jumps when figures come."""

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import html

from dashboard import maps
from dashboard.i18n import catalogue, t
from dashboard.live.order import ACTORS, MINE
from dashboard.services import Services
from dashboard.tokens import tokens
from hub.roles import FILERS, RECORD_READERS, RECORD_WRITERS
from hub.scopes import Scope

TEXTS = ("live.", "casework.stage_", "casework.tier_")


def lay_out(services: Services, lang: str, role: str, scope: Scope) -> html.Main:
    """Rail, map, list, drawer; what the script must know stands in the page's data attributes."""
    stages, own = MINE.get(role, ((), False))
    return html.Main(
        [
            html.Aside(_rail(lang, role), className="live-rail card", id="live-rail"),
            html.Section(_map(services, lang, scope), className="live-map card", id="live-map-card"),
            html.Section(
                _list(lang, services.record == "hub" and role in FILERS),
                className="live-list card",
                id="live-list-card",
            ),
            html.Aside(
                html.Div(id="live-case", className="live-case"),
                className="live-drawer card",
                id="live-drawer",
                **{"aria-label": t("live.drawer", lang)},
            ),
        ],
        id="live",
        className="live",
        **{
            "data-texts": json.dumps(gather_texts(lang), ensure_ascii=False),
            "data-poll": str(round(services.settings.poll_seconds * 1000)),
            "data-role": role,
            "data-acts": "1" if role in ACTORS else "",
            "data-record": services.record,
            "data-records": "1" if services.vault and role in RECORD_READERS else "",
            "data-writes": "1" if services.vault and role in RECORD_WRITERS else "",
            "data-mine": json.dumps(list(stages)),
            "data-units": json.dumps(sorted(scope.units) if own and not scope.is_whole else []),
            "data-zone": services.district.settings.time_zone,
        },
    )


def gather_texts(lang: str) -> dict[str, str]:
    """The texts that the script asks for: live.* by their own names, casework.* by their whole names."""
    return {
        key.removeprefix("live.").replace("casework.", "", 1): text
        for key, text in catalogue(lang).items()
        if key.startswith(TEXTS)
    }


def _rail(lang: str, role: str) -> list[Any]:
    only = [name for name in ("mine", "whistled", "suspect", "supervised") if name != "mine" or role in MINE]
    return [
        html.Div(
            [html.H2(t("live.in_hand", lang)), html.Output("–", id="live-count", className="lead")],
            className="live-total",
        ),
        html.Div(
            id="live-lights",
            className="facet lights",
            role="group",
            **{"aria-label": t("live.lights", lang)},
        ),
        _facet("tier", lang),
        _facet("matter", lang),
        html.Div(
            [
                html.Label(t("live.body", lang), htmlFor="live-unit", className="facet-name"),
                html.Div(id="live-unit-holder"),
            ],
            className="facet",
        ),
        html.Div(
            [html.H3(t("live.only", lang), className="facet-name"), html.Div(id="live-only")],
            className="facet",
            **{"data-only": json.dumps(only)},
            id="live-only-facet",
        ),
        html.Button(t("live.clear", lang), id="live-clear", className="button small wide", type="button"),
    ]


def _facet(name: str, lang: str) -> html.Div:
    return html.Div(
        [html.H3(t(f"live.{name}", lang), className="facet-name"), html.Div(id=f"live-{name}")],
        className="facet",
    )


def _map(services: Services, lang: str, scope: Scope) -> list[Any]:
    district = services.district
    areas = district.areas[district.areas["tier"] == "township"]
    codes = areas["code"].tolist()
    figure = maps.draw_places(
        "dark",
        "townships",
        codes,
        np.zeros(len(codes)),
        [tokens("dark")["map-place"]],
        areas["name"].tolist(),
    )
    figure.update_traces(hoverinfo="skip", hovertemplate=None)
    _quieten(figure)
    holder = maps.hold_map(figure, "live-map", district, lang)
    if not scope.is_whole and scope.grids.any():
        grids = district.grids[scope.grids].to_crs(4326)
        bounds = [round(float(v), 5) for v in grids.total_bounds]
        setattr(holder, "data-bounds", json.dumps(bounds))
    legend = [
        html.Span([html.I(mark, className=name), t(f"live.legend_{light}", lang)])
        for light, mark, name in (("red", "◆", "r"), ("amber", "▲", "a"), ("green", "●", "g"))
    ]
    return [
        html.Div(
            [
                html.H1("", id="live-title"),
                html.P("", id="live-caption", className="caption"),
                html.Button(
                    t("live.toggle_map", lang), id="live-toggle", className="button small", type="button",
                    **{"aria-expanded": "true"},
                ),
            ],
            className="live-finding",
        ),
        holder,
        html.Div(legend, className="live-legend"),
        html.Div(id="live-tip", className="live-tip", role="status"),
    ]  # fmt: skip


def _quieten(figure: go.Figure) -> None:
    """Lines stand back here: the markers are what is read."""
    colour = tokens("dark")
    for layer in figure.layout.map.layers:
        name = layer.source.removeprefix("/geo/").removesuffix(".json")
        if name == "roads":
            layer.opacity = 0.12
        elif name in ("townships", "outline") and layer.color != colour["map-ground"]:
            layer.color = colour["map-edge"]


def _list(lang: str, files: bool) -> list[Any]:
    new = html.Button(
        "＋ " + t("live.file_case", lang), id="live-file", className="button small", type="button"
    )
    return [
        html.Div(
            [
                html.H2(t("live.cases", lang)),
                new if files else None,
                html.Span(id="live-order", className="caption"),
                html.Span(id="live-state", className="caption right", role="status"),
            ],
            className="card-head",
        ),
        html.Div(id="live-rows", className="live-rows"),
    ]
