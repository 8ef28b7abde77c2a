"""What stands where on the page that sets runs side by side."""

from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import dcc, html

from dashboard import maps, studying
from dashboard.compare.figures import CONFIG
from dashboard.compare.runs import draw_runs
from dashboard.compare.views import open_view
from dashboard.formats import card
from dashboard.i18n import t
from dashboard.plan.findings import HEADLINE
from dashboard.plan.groups import list_figures
from dashboard.playback import player
from dashboard.services import Services
from dashboard.tokens import scale
from hub.jobs import ExperimentSpec
from simulation.scenario import BASELINE

PAGE = "compare"
SIDES = ("baseline", "scenario", "difference")
VIEWS = ("tiers", "matters")


def lay_out_choice(services: Services, lang: str, words: str = "") -> html.Main:
    """One's recent runs, to pick one or several."""
    press = html.Button(t("compare.go", lang), id="compare-go", className="button filled")
    said = html.P(words, id="compare-refusal", className="red", role="alert")
    return html.Main(
        [
            html.Div(
                [html.H1(t("compare.choose", lang)), html.Span(className="caption")], className="page-head"
            ),
            card(
                t("compare.runs", lang),
                [draw_runs(services, lang), said],
                t("compare.runs_caption", lang),
                press,
            ),
            dcc.Location(id="compare-to", refresh=True),
        ],
        className="page compare",
    )


def lay_out_run(services: Services, job: str, spec: ExperimentSpec, lang: str) -> html.Main:
    """One run: maps, figures, hours, fairness, waits, units, ranks, playback."""
    return html.Main(
        [
            _head(job, spec, lang),
            _maps(services, job, lang),
            html.Div([_figures(lang), _hours(lang), _fairness(lang)], className="compare-row"),
            html.Div([_waits(lang), _units(lang), _ranks(lang)], className="compare-row even"),
            player.layout(services, lang, job),
        ],
        className="page compare",
    )


def _head(job: str, spec: ExperimentSpec, lang: str) -> html.Div:
    titles = {BASELINE.name: t("plan.baseline", lang)} | {
        one.name: one.title or one.name for one in spec.read()
    }
    options = [{"value": name, "label": title} for name, title in titles.items()]
    first = options[1]["value"] if len(options) > 1 else BASELINE.name
    figure = dmc.Select(
        id="compare-indicator",
        data=list_figures(lang),
        value=HEADLINE,
        allowDeselect=False,
        searchable=True,
        nothingFoundMessage=t("plan.none_found", lang),
        size="xs",
        w="13rem",
        **{"aria-label": t("plan.indicator", lang)},
    )
    return html.Div(
        [
            html.Div([html.H1(t("compare.nothing_yet", lang), id="compare-title")], className="finding"),
            html.Div(
                [
                    studying.hold(PAGE, lang, job),
                    html.Span(id="compare-caption", className="caption"),
                    _choose("compare-against", options, BASELINE.name, "compare.against", lang),
                    _choose("compare-scenario", options[1:], first, "compare.side", lang),
                    figure,
                    html.A(t("compare.others", lang), href="/compare", className="button small"),
                ],
                className="tools",
            ),
        ],
        className="page-head compare-head",
    )


def _choose(name: str, options: list[dict[str, str]], value: str, label: str, lang: str) -> html.Div:
    select = dmc.Select(
        id=name,
        data=options,
        value=value,
        allowDeselect=False,
        size="xs",
        w="11rem",
        **{"aria-label": t(label, lang)},
    )
    hidden = " hidden" if len(options) < 2 or (name == "compare-against" and len(options) < 3) else ""
    return html.Div(
        [html.Span(t(label, lang), className="caption fixed"), select], className=f"choose{hidden}"
    )


def take_away(part: str, lang: str) -> html.Span:
    """How a figure leaves the page: its table, and its picture."""
    table = html.A("CSV", id={"type": "compare-csv", "part": part}, download=True, className="plain")
    label = t("compare.picture_of", lang)
    return html.Span(
        [table, html.Button(t("compare.picture", lang), className="plain picture", title=label)],
        className="take",
    )


def _maps(services: Services, job: str, lang: str) -> html.Div:
    """The maps with what is known already: a map that is redrawn before it has loaded fails in plotly."""
    view = open_view(services, job, (None, None, None), lang)
    shown = view.maps() if view else _draw_blank(services)
    figures, texts = shown[:3], [shown[3 + 3 * k : 6 + 3 * k] for k in range(4)]
    panels = [
        _draw_map(side, figures[n], [text[n] for text in texts], services, lang)
        for n, side in enumerate(SIDES)
    ]
    return html.Div(
        [dcc.Store(id="compare-drawn", data=view.key if view else None), *panels], className="maps"
    )


def _draw_blank(services: Services) -> list[Any]:
    areas = services.district.areas
    codes = areas.loc[areas["tier"] == "village", "code"].tolist()
    nothing = np.full(len(codes), maps.UNKNOWN), scale("light", "level"), [""] * len(codes)
    figures = [maps.draw_places("light", "villages", codes, *nothing) for _ in SIDES]
    for figure in figures:
        figure.data[0].marker.line.color = "#C4CEDA"
    return [*figures, *[""] * 12]


def _draw_map(side: str, figure: Any, texts: list[Any], services: Services, lang: str) -> html.Section:
    """texts: name, caption, figure, legend."""
    name, caption, value, legend = texts
    head = html.Div(
        [
            html.H2(name or t(f"plan.{side}", lang), id=f"compare-{side}-name"),
            html.Span(caption, id=f"compare-{side}-caption", className="caption"),
            take_away("map", lang) if side == "difference" else _only_picture(lang),
            html.Span(value, id=f"compare-{side}-figure", className="figure"),
        ],
        className="card-head",
    )
    body = maps.hold_map(figure, f"compare-map-{side}", services.district, lang, group=PAGE, small=True)
    below = html.Div(legend, id=f"compare-{side}-legend", className="legend")
    return html.Section([head, body, below], className="card map-card")


def _only_picture(lang: str) -> html.Button:
    label = t("compare.picture_of", lang)
    return html.Button(t("compare.picture", lang), className="plain picture take", title=label)


def _figures(lang: str) -> html.Section:
    waiting = html.Div(html.P(t("plan.before_first", lang), className="empty"), id="compare-table")
    return card(
        t("plan.indicators", lang),
        [waiting, html.Div(id="compare-groups")],
        t("plan.indicators_caption", lang),
        take_away("figures", lang),
        "table-card",
    )


def _hours(lang: str) -> html.Section:
    view = dmc.SegmentedControl(
        id="compare-view", value=VIEWS[0], size="xs",
        data=[{"value": name, "label": t(f"compare.view_{name}", lang)} for name in VIEWS],
    )  # fmt: skip
    graph = dcc.Graph(id="compare-flow", config=CONFIG, responsive=True, style={"height": "20rem"})
    table = html.Div(id="compare-phases")
    return card(
        t("compare.hours", lang), [view, graph, html.P(id="compare-hours-words", className="caption"), table],
        t("compare.hours_caption", lang), take_away("hours", lang), "table-card",
    )  # fmt: skip


def _fairness(lang: str) -> html.Section:
    strip = dcc.Graph(id="compare-strip", config=CONFIG, responsive=True, style={"height": "11rem"})
    return card(
        t("compare.worst", lang),
        [
            html.Div(id="compare-worst"),
            html.H3(t("compare.fairness", lang), className="sub"),
            html.P(id="compare-strip-words", className="caption"),
            strip,
            html.Div(id="compare-fair"),
        ],
        t("compare.worst_caption", lang),
        take_away("fairness", lang),
        "table-card",
    )


def _waits(lang: str) -> html.Section:
    graph = dcc.Graph(id="compare-waits", config=CONFIG, responsive=True, style={"height": "18rem"})
    words = html.Div(id="compare-waits-words")
    return card(
        t("compare.waits", lang), [graph, words], t("compare.waits_caption", lang), take_away("waits", lang)
    )


def _units(lang: str) -> html.Section:
    body = html.Div(id="compare-units")
    return card(t("compare.units", lang), body, t("compare.units_caption", lang), take_away("units", lang))


def _ranks(lang: str) -> html.Section:
    body = html.Div(id="compare-ranks")
    return card(t("compare.ranks", lang), body, t("compare.ranks_caption", lang), take_away("ranks", lang))
