"""The stage of a film: a map a side, the bar that plays, a table of townships."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import html

from dashboard import maps
from dashboard.formats import count
from dashboard.i18n import catalogue, t
from dashboard.playback.films import Asked
from dashboard.services import Services
from dashboard.tokens import scale
from hub.films import unpack_film
from simulation.playback import MOST, POLICY, Playback

PLAYER = POLICY["player"]


def draw_stage(services: Services, film: str, lang: str) -> html.Div:
    """Everything that a script needs to play a finished film stands in data attributes."""
    asked = Asked(services.jobs.spec(film), film)
    names, short = name_sides(asked, lang)
    _, sides = unpack_film(services.jobs.body(film) or b"")
    texts = {
        key.removeprefix("playback."): text
        for key, text in catalogue(lang).items()
        if key.startswith("playback.")
    }
    data = {
        "data-film": f"/api/films/{film}",
        "data-names": json.dumps(names, ensure_ascii=False),
        "data-short": json.dumps(short, ensure_ascii=False),
        "data-finding": tell_finding(asked, sides, short, lang),
        "data-towns": json.dumps(maps.list_labels(services.district, lang), ensure_ascii=False),
        "data-player": json.dumps(PLAYER | {"colours": scale("light", "level"), "most": MOST}),
        "data-texts": json.dumps(texts, ensure_ascii=False),
    }
    panels = [_panel(services, n, name, lang) for n, name in enumerate(names)]
    origin = t("playback.origin", lang, seed=asked.spec.seed, start=asked.spec.start.isoformat())
    return html.Div(
        [
            html.P(t("playback.loading", lang), className="film-note", role="status"),
            html.Div(panels, className=f"film-maps of-{len(names)}"),
            html.Div(
                [html.Div(_legend(lang), className="legend"), html.P(origin, className="caption")],
                className="film-keys",
            ),
            html.Div(className="film-bar"),
            html.Details(
                [html.Summary(t("playback.table", lang)), html.Div(className="film-table")],
                className="film-more",
            ),
        ],
        className="film",
        tabIndex="-1",
        key=film,
        **data,
    )


def name_sides(asked: Asked, lang: str) -> tuple[list[str], list[str]]:
    """The sides' titles, and words short enough for a line of figures."""
    first, titles = t("playback.baseline", lang), asked.titles
    short = [
        t("playback.scenario", lang, n=f" {chr(65 + n)}" if len(titles) > 1 else "")
        for n in range(len(titles))
    ]
    return [first, *(f"{word}：{title}" for word, title in zip(short, titles, strict=True))], [first, *short]


def tell_finding(asked: Asked, sides: Sequence[Playback], short: Sequence[str], lang: str) -> str:
    """Mean cases in hand of each side over the film: levels of one replication, so no difference is told."""
    means = [f"{name} {count(float(side.backlog.mean()))}" for name, side in zip(short, sides, strict=True)]
    return t("playback.finding", lang, days=asked.days, means=t("playback.comma", lang).join(means))


def _panel(services: Services, number: int, name: str, lang: str) -> html.Section:
    district = services.district
    towns = district.areas[district.areas["tier"] == "township"]
    codes = towns["code"].tolist()
    blank = np.full(len(codes), maps.UNKNOWN)
    figure = maps.draw_places("light", "townships", codes, blank, scale("light", "level"), codes)
    figure.update_traces(hoverinfo="skip", hovertemplate=None)
    head = html.Div(
        [html.H3(name), html.Span(className="caption"), html.Span(className="figure")], className="card-head"
    )
    holder = maps.hold_map(figure, f"playback-map-{number}", district, lang, group="playback", small=True)
    return html.Section([head, holder], className="film-map")


def _legend(lang: str) -> list[Any]:
    cuts = PLAYER["cuts"]
    ends = [*(cut - 1 for cut in cuts[1:]), None]
    words = ["0"] + [
        f"≥{low}" if high is None else str(low) if low == high else f"{low}–{high}"
        for low, high in zip(cuts, ends, strict=True)
    ]
    colours = scale("light", "level")
    steps = [html.Span([html.I(style={"background": c}), w]) for c, w in zip(colours, words, strict=True)]
    move = html.Span([html.Span(className="film-move"), t("playback.moving", lang)], className="key")
    return [html.Div(steps, className="steps"), t("playback.unit", lang), move]
