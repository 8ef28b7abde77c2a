"""The page of grids laid out: what to draw at the left, figures and maps at the right."""

import json
from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import dcc, html

from dashboard import studying
from dashboard.formats import card
from dashboard.grids.choosing import draw_choice, list_places
from dashboard.grids.drawn import Drawn
from dashboard.i18n import t
from dashboard.maps import CONFIG
from dashboard.services import Services
from dashboard.tokens import scale
from hub.gridding import BALANCES, list_sources
from hub.scopes import Scope

PICTURE = CONFIG | {"displayModeBar": True, "modeBarButtons": [["toImage"]]}


def lay_out(services: Services, scope: Scope, lang: str) -> html.Main:
    """Everything; the result is empty until there is a drawing."""
    head = html.Div(
        [
            html.H1(t("grids.title_none", lang), id="grids-title"),
            html.Span(className="caption", id="grids-how"),
        ],
        className="page-head",
    )
    parts = [_draw_form(services, scope, lang), _draw_hand(lang), draw_choice(lang)]
    result = html.Div(html.P(t("grids.empty", lang), className="empty"), id="grids-result")
    kept = [dcc.Store(id="grids-kept"), dcc.Download(id="grids-file")]
    return html.Main(
        [*kept, head, html.Div([*parts, result], className="grids-desk")], className="page grids-page"
    )


def _draw_form(services: Services, scope: Scope, lang: str) -> html.Section:
    towns = list_places(services, scope, "township", lang)
    first = towns[0]["value"] if towns else None
    balances = [{"value": name, "label": t(f"grids.balance_{name}", lang)} for name in BALANCES]
    wide = {"searchable": True, "size": "sm"}
    sources = list_sources(services.district)
    fields = [
        dmc.Select(id="grids-town", label=t("grids.town", lang), data=towns, value=first, **wide),
        dmc.MultiSelect(id="grids-villages", label=t("grids.villages", lang), data=[], value=[], **wide),
        dmc.Select(
            id="grids-source",
            label=t("grids.source", lang),
            value="mesh",
            size="sm",
            allowDeselect=False,
            data=[{"value": name, "label": t(f"grids.source_{name}", lang)} for name in sources],
        ),
        html.P(tell_sources(sources, lang), className="caption"),
        dmc.Select(
            id="grids-balance",
            label=t("grids.balance", lang),
            data=balances,
            value="reports",
            size="sm",
            allowDeselect=False,
        ),
        dmc.NumberInput(id="grids-count", label=t("grids.count", lang), min=1, allowDecimal=False, size="sm"),
        html.P(id="grids-size", className="caption", role="status"),
        dmc.NumberInput(
            id="grids-seed", label=t("grids.seed", lang), value=1, min=0, allowDecimal=False, size="sm"
        ),
    ]
    act = html.Button(t("grids.draw", lang), id="grids-draw", className="button filled")
    told = html.P(id="grids-refusal", className="red", role="alert")
    body = [*fields, html.Div([act, studying.hold("grids", lang)], className="grids-act"), told]
    return card(t("grids.ask", lang), body, t("grids.ask_note", lang), class_name="grids-ask")


def tell_sources(sources: Sequence[str], lang: str) -> str:
    """How the load of a grid lies over the cells of each source; that there are no buildings, if so."""
    lacking = [] if "buildings" in sources else [t("grids.no_buildings", lang)]
    return " ".join([*(t(f"grids.about_{name}", lang) for name in sources), *lacking])


def _draw_hand(lang: str) -> html.Section:
    names = ("undo", "reset", "write")
    buttons = [html.Button(t(f"grids.{n}", lang), id=f"grids-{n}", className="button small") for n in names]
    files = [
        html.Button(t(f"grids.{n}", lang), id=f"grids-{n}", className="button small")
        for n in ("csv", "geojson")
    ]
    told = html.P(id="grids-told", className="caption", role="status")
    return card(
        t("grids.figures", lang),
        [
            html.Div(id="grids-figures"),
            told,
            html.Div([*buttons, *files], className="grids-act"),
            html.P(id="grids-kept-told"),
        ],
        class_name="grids-hand",
    )


def lay_result(drawn: Drawn, before: go.Figure, after: go.Figure, loads: go.Figure, lang: str) -> list[Any]:
    """Both maps in step and the loads."""
    legend = _draw_legend(lang)
    maps = [
        card(t("grids.map_before", lang), _hold(before, "grids-before", drawn), class_name="map"),
        card(t("grids.map_after", lang), _hold(after, "grids-after", drawn), class_name="map"),
    ]
    plot = dcc.Graph(id="grids-loads", figure=loads, config=PICTURE)
    return [
        html.Div(maps, className="grids-maps"),
        html.Div(legend, className="grids-legend caption"),
        card(t("grids.loads", lang), plot, t("grids.loads_note", lang)),
    ]


def _draw_legend(lang: str) -> list[Any]:
    words = ("≥ +10 %", "+5 %", "+2 %", "±2 %", "−2 %", "−5 %", "≤ −10 %")
    marks = [
        html.Span([html.I(style={"background": colour}), word], className="key")
        for colour, word in zip(scale("light", "difference"), words, strict=True)
    ]
    return [t("grids.legend", lang), *marks]


def _hold(figure: go.Figure, name: str, drawn: Drawn) -> html.Div:
    bounds = [round(float(v), 5) for v in drawn.ground.old.to_crs(4326).total_bounds]
    graph = dcc.Graph(id=name, figure=figure, config=PICTURE, responsive=True)
    return html.Div(
        graph,
        className="twin-map",
        id=f"{name}-holder",
        **{"data-bounds": json.dumps(bounds), "data-labels": "[]", "data-group": "grids"},
    )
