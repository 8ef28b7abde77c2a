"""The wall's skeleton: head, one section a view; the scripts fill the panels."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from dash import html

from dashboard import maps
from dashboard.i18n import catalogue, pick, t
from dashboard.services import Services
from dashboard.tokens import scale
from hub.policy import WallPolicy, load_policy

RISK = ("<10%", "10–15", "15–20", "20–30", "30–40", "≥40%")
SIDES = ("baseline", "scenario", "difference")
Builder = Callable[[Services, str], list[Any]]


def lay_out(services: Services, policy: WallPolicy, lang: str, release: str) -> html.Div:
    """Head and views of the rotation; the first one stands in front until the script turns them."""
    texts = {
        key.removeprefix("wall."): text for key, text in catalogue(lang).items() if key.startswith("wall.")
    }
    names = [name for name in policy.rotation.views if name in VIEWS]
    views = [
        html.Section(
            VIEWS[name](services, lang),
            className="view" + (" on" if n == 0 else ""),
            **{
                "data-view": name,
                "data-off": "1" if name in ABSENT else "",
                "aria-label": t(f"wall.view_{name}", lang),
            },
        )
        for n, name in enumerate(names)
    ]
    return html.Div(
        [_head(services, names, lang), html.Main(views, className="wall-views")],
        id="wall",
        className="dark wall",
        **{
            "data-texts": json.dumps(texts, ensure_ascii=False),
            "data-poll": str(round(services.settings.poll_seconds * 1000)),
            "data-rotation": policy.rotation.model_dump_json(),
            "data-release": release,
        },
    )


def _head(services: Services, names: list[str], lang: str) -> html.Header:
    settings = services.district.settings
    is_demo = services.district.label == "fictitious"
    tabs = [
        html.Button(
            t(f"wall.view_{name}", lang),
            className="on" if n == 0 else "",
            hidden=name in ABSENT,
            **{"data-tab": name},
        )
        for n, name in enumerate(names)
    ]
    who = [
        html.B(pick(lang, settings.name, settings.name_en)),
        html.Span(t("wall.demo", lang), className="demo") if is_demo else None,
        html.Nav(
            [*tabs, html.Span(id="wall-turning", className="m")], **{"aria-label": t("wall.views", lang)}
        ),
    ]
    when = [
        html.Span(id="wall-board", className="board"),
        html.Span(t("wall.reading", lang), id="wall-state", role="status"),
        html.Span(id="wall-date"),
        html.Time(id="wall-clock"),
    ]
    first = t(f"wall.view_{names[0]}", lang) if names else ""
    return html.Header(
        [
            html.Div(who, className="who"),
            html.H1([t("frame.product", lang), html.Span(first, id="wall-title")]),
            html.Div(when, className="when"),
        ],
        className="wall-head",
    )


def _panel(name: str, lang: str, area: str = "") -> html.Section:
    """A panel: title left, window or origin right; the script may write both anew."""
    meta = t(f"wall.{name}_meta", lang)
    head = html.Div(
        [
            html.H2(t(f"wall.{name}", lang), id=f"wall-{name}-title"),
            html.Span("" if "{" in meta else meta, className="meta", id=f"wall-{name}-meta"),
        ],
        className="head",
    )
    return html.Section(
        [head, html.Div(id=f"wall-{name}", className="body")], className=f"panel {area or name}"
    )


def _overview(services: Services, lang: str) -> list[Any]:
    zooms = [html.Section(id=f"wall-zoom-{n}", className="zoom") for n in (0, 1)]
    return [
        html.Div([_panel(name, lang) for name in ("today", "matters", "rates")], className="column left"),
        html.Div(
            [
                html.Div(className="wall-kpis", id="wall-kpis"),
                _map_box(services, lang),
                _panel("backlog", lang),
                _panel("moves", lang),
            ],
            className="column centre",
        ),
        html.Div(zooms, className="column zooms"),
        html.Div(
            [_panel(name, lang) for name in ("townships", "overdue", "forces")], className="column right"
        ),
    ]


def _loop(services: Services, lang: str) -> list[Any]:
    return [_panel(name, lang) for name in ("funnel", "shares", "tiers", "pressing", "calls", "kinds")]


def _forces(services: Services, lang: str) -> list[Any]:
    return [_panel(name, lang) for name in ("duty", "roles", "places", "crowded", "waiting")]


def _whatif(services: Services, lang: str) -> list[Any]:
    labels = json.dumps(maps.list_labels(services.district, lang, small=True), ensure_ascii=False)
    sides = [html.Section(id=f"wall-whatif-{side}", className="whatif-map") for side in SIDES]
    return [
        html.Div(id="wall-verdict", className="verdict"),
        html.Div(sides, className="whatif-maps", id="wall-whatif-maps", **{"data-labels": labels}),
        _panel("figures", lang),
        _panel("changes", lang),
    ]


#: Views that the rotation may name; another one is a builder here and a script that draws it.
VIEWS: dict[str, Builder] = {"overview": _overview, "loop": _loop, "forces": _forces, "whatif": _whatif}
#: Views that stand only while the news say that there is something to show.
ABSENT = frozenset({"whatif"})


def _map_box(services: Services, lang: str) -> html.Div:
    return html.Div(
        [
            _map(services, lang),
            _legend(lang),
            html.Div(
                [
                    html.Div(id="wall-scale", className="scale"),
                    html.Div(id="wall-marked", className="marked"),
                ],
                className="keys",
            ),
            html.Div(id="wall-lens", className="lens", hidden=True),
        ],
        className="wall-map",
    )


def _map(services: Services, lang: str) -> Any:
    district = services.district
    codes = district.grids["code"].tolist()
    blank = np.full(len(codes), maps.UNKNOWN)
    figure = maps.draw_places(
        "dark", "grids", codes, blank, scale("dark", "risk"), district.grids["name"].tolist()
    )
    holder = maps.hold_map(figure, "wall-map", district, lang)
    hubs = district.units[district.units["kind"] == "hub"].to_crs(4326)
    places = [[round(point.x, 5), round(point.y, 5)] for point in hubs.geometry]
    setattr(holder, "data-hubs", json.dumps(places))
    setattr(holder, "data-bases", json.dumps(True))
    setattr(holder, "data-codes", json.dumps(codes))
    return holder


def _legend(lang: str) -> html.Div:
    steps = [
        html.Span([html.I(style={"background": colour}), word])
        for colour, word in zip(scale("dark", "risk"), RISK, strict=True)
    ]
    blank = t("wall.blank", lang, n=load_policy().smallest_cell)
    title = html.Div([t("wall.risk", lang), html.Span(blank, className="m")])
    return html.Div([title, html.Div(steps, className="steps")], className="risk")
