"""/screen: the wall's first view. The page is a still skeleton; wall.js fills it from /api/wall."""

import json
from functools import cache
from typing import Any

import numpy as np
from dash import Dash, html
from flask import Response

from dashboard import maps, wall
from dashboard.guard import Guard
from dashboard.i18n import catalogue, current_language, pick, t
from dashboard.services import Services
from dashboard.tokens import scale
from hub.roles import READERS

PATH, NAME, ROLES, FRAMED = "/screen", "wall.name", READERS, False
RISK = ("<10%", "10–15", "15–20", "20–30", "30–40", "≥40%")


def layout(services: Services, lang: str) -> html.Div:
    """The skeleton: head, side columns, the map without a frame."""
    left = [
        _panel("today", lang, t("wall.since_midnight", lang)),
        _panel("matters", lang, t("wall.matters_meta", lang)),
        _panel("rates", lang, t("wall.window_30d", lang)),
    ]
    right = [
        _panel("townships", lang, t("wall.townships_meta", lang)),
        _panel("overdue", lang, t("wall.overdue_meta", lang)),
        _panel("forces", lang, t("wall.forces_meta", lang)),
    ]
    centre = [
        html.Div(className="wall-kpis", id="wall-kpis"),
        html.Div(
            [_map(services, lang), _legend(lang), html.Div(id="wall-marked", className="marked")],
            className="wall-map",
        ),
        html.Div(
            [
                _panel("backlog", lang, t("wall.backlog_meta", lang)),
                _panel("moves", lang, t("wall.moves_meta", lang)),
            ],
            className="wall-row",
        ),
    ]
    texts = {
        key.removeprefix("wall."): text for key, text in catalogue(lang).items() if key.startswith("wall.")
    }
    return html.Div(
        [
            _head(services, lang),
            html.Div(left, className="wall-column left"),
            html.Main(centre, className="wall-centre"),
            html.Div(right, className="wall-column right"),
        ],
        id="wall",
        className="dark wall",
        **{
            "data-texts": json.dumps(texts, ensure_ascii=False),
            "data-poll": str(round(services.settings.poll_seconds * 1000)),
        },
    )


def register(app: Dash, guard: Guard, services: Services) -> None:
    """The route that the wall asks for news; the answer is small and plain."""
    known = cache(lambda lang: wall.Names(services.district, lang))

    @app.server.get("/api/wall", endpoint="wall")
    def news() -> Response:
        body = wall.describe(services.live.snapshot(), known(current_language()))
        return Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")

    guard.open_route("wall", READERS, polled=True)


def _head(services: Services, lang: str) -> html.Header:
    settings = services.district.settings
    is_demo = services.district.label == "fictitious"
    return html.Header(
        [
            html.Div(
                [
                    html.B(pick(lang, settings.name, settings.name_en)),
                    html.Span(t("wall.demo", lang), className="demo") if is_demo else None,
                ],
                className="who",
            ),
            html.H1([t("frame.product", lang), html.Span(t("wall.name", lang))]),
            html.Div(
                [
                    html.Span(id="wall-state", role="status"),
                    html.Span(id="wall-date"),
                    html.Time(id="wall-clock"),
                ],
                className="when",
            ),
        ],
        className="wall-head",
    )


def _panel(name: str, lang: str, meta: str) -> html.Section:
    head = html.Div(
        [html.H2(t(f"wall.{name}", lang)), html.Span(meta, className="meta", id=f"wall-{name}-meta")],
        className="head",
    )
    return html.Section([head, html.Div(id=f"wall-{name}", className="body")], className=f"panel {name}")


def _map(services: Services, lang: str) -> Any:
    district = services.district
    codes = district.grids["code"].tolist()
    blank = np.full(len(codes), maps.UNKNOWN)
    figure = maps.draw_places(
        "dark", "grids", codes, blank, scale("dark", "risk"), district.grids["name"].tolist()
    )
    return maps.hold_map(figure, "wall-map", district, lang)


def _legend(lang: str) -> html.Div:
    steps = [
        html.Span([html.I(style={"background": colour}), word])
        for colour, word in zip(scale("dark", "risk"), RISK, strict=True)
    ]
    return html.Div([html.Div(t("wall.risk", lang)), html.Div(steps, className="steps")], className="risk")
