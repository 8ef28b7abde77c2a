"""The parts of the plan page: the form at the left, maps, table and trial at the right."""

from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import dcc, html

from dashboard import maps
from dashboard.formats import card
from dashboard.i18n import pick, t
from dashboard.plan import fields, forms
from dashboard.plan.figures import draw_narrowing
from dashboard.plan.findings import HEADLINE
from dashboard.services import Services
from dashboard.tokens import scale
from hub.jobs import load_proposal
from simulation.measures.base import DEFAULTS
from simulation.scenario import MEASURES
from twin.district import District
from twin.indicators import INDICATORS

LIBRARY = Path(__file__).resolve().parents[2] / "data" / "scenarios"
SIDES = ("baseline", "scenario", "difference")
TICK = 1000


def lay_out(services: Services, lang: str) -> html.Main:
    """Form at the left; maps, table and trial at the right."""
    return html.Main(
        [
            dcc.Store(id="plan-job", storage_type="local"),
            dcc.Store(id="plan-shown"),
            dcc.Store(id="plan-history"),
            dcc.Interval(id="plan-tick", interval=TICK),
            _head(lang),
            html.Div(
                [
                    _form(services, lang),
                    html.Div([_maps(services, lang), _lower(lang)], className="plan-right"),
                ],
                className="plan",
            ),
        ],
        className="page",
    )


def _head(lang: str) -> html.Div:
    options = [{"value": i.id, "label": pick(lang, i.name, i.name_en)} for i in INDICATORS if i.id != "due"]
    select = dmc.Select(
        id="plan-indicator", data=options, value=HEADLINE, allowDeselect=False, size="xs", w="12rem",
        **{"aria-label": t("plan.indicator", lang)},
    )  # fmt: skip
    return html.Div(
        [
            html.H1(t("plan.untried", lang), id="plan-title"),
            html.Span(id="plan-badge", className="badge"),
            html.Span(id="plan-caption", className="caption"),
            html.Span(t("plan.indicator", lang), className="caption fixed"),
            select,
        ],
        className="page-head",
    )


def _form(services: Services, lang: str) -> html.Div:
    title, draft = first_draft()
    drawn = fields.draw_measures(draft, fields.Choices(services.district), lang)
    parts = [
        _draw_name(title, lang),
        html.Div(drawn, id="plan-measures", className="measures"),
        _draw_adding(lang),
        html.Section(id="plan-check", className="card check"),
        _draw_run(lang),
    ]
    return html.Div(parts, className="plan-left")


def _draw_name(title: str, lang: str) -> html.Section:
    library = [
        {"value": path.stem, "label": forms.load_draft(path.read_text("utf-8"))[0]} for path in list_library()
    ]
    return card(
        t("plan.scenario", lang),
        [
            dmc.Select(
                id="plan-library", data=library, placeholder=t("plan.library", lang), size="xs", value=None
            ),
            dmc.TextInput(
                id="plan-name", label=t("plan.title_label", lang), value=title, size="xs", debounce=400
            ),
        ],
    )


def _draw_adding(lang: str) -> html.Div:
    kinds = [{"value": kind, "label": pick(lang, m.title_zh, m.title_en)} for kind, m in MEASURES.items()]
    return html.Div(
        [
            dmc.Select(
                id="plan-kind",
                data=kinds,
                placeholder=t("plan.choose_measure", lang),
                size="xs",
                className="grow",
            ),
            html.Button(t("plan.add", lang), id="plan-add", className="button small"),
        ],
        className="add",
    )


def _draw_run(lang: str) -> html.Section:
    proposal = load_proposal()
    return card(
        t("plan.run_settings", lang),
        [
            html.Div(
                [
                    dmc.DateInput(
                        id="plan-start",
                        label=t("plan.start", lang),
                        value=proposal["start"].isoformat(),
                        valueFormat="YYYY-MM-DD",
                        size="xs",
                    ),
                    dmc.NumberInput(
                        id="plan-days",
                        label=t("plan.days", lang),
                        value=proposal["days"],
                        min=1,
                        max=366,
                        size="xs",
                    ),
                    dmc.NumberInput(
                        id="plan-replications",
                        label=t("plan.replications", lang),
                        value=proposal["replications"],
                        min=2,
                        max=200,
                        size="xs",
                    ),
                    dmc.NumberInput(
                        id="plan-seed", label=t("plan.seed", lang), value=proposal["seed"], min=0, size="xs"
                    ),
                ],
                className="fields",
            ),
            html.Button(t("plan.run", lang), id="plan-run", className="button filled run"),
            html.P(id="plan-refusal", className="red", role="alert"),
        ],
    )


def _maps(services: Services, lang: str) -> html.Div:
    areas = services.district.areas
    villages = areas[areas["tier"] == "village"]
    codes, blank = villages["code"].tolist(), np.full(len(villages), maps.UNKNOWN)
    panels = []
    for side in SIDES:
        figure = maps.draw_places(
            "light", "villages", codes, blank, scale("light", "level"), [""] * len(codes)
        )
        figure.data[0].marker.line.color = "#C4CEDA"
        head = html.Div(
            [
                html.H2(t(f"plan.{side}", lang)),
                html.Span(id=f"plan-{side}-caption", className="caption"),
                html.Span(id=f"plan-{side}-figure", className="figure"),
            ],
            className="card-head",
        )
        body = maps.hold_map(figure, f"plan-map-{side}", services.district, lang, group="plan", small=True)
        panels.append(
            html.Section(
                [head, body, html.Div(id=f"plan-{side}-legend", className="legend")],
                className="card map-card",
            )
        )
    return html.Div(panels, className="maps")


def _lower(lang: str) -> html.Div:
    table = card(
        t("plan.indicators", lang),
        html.Div(html.P(t("plan.before_first", lang), className="empty"), id="plan-table"),
        t("plan.indicators_caption", lang),
        html.Span(id="plan-downloads"),
        class_name="table-card",
    )
    trial = html.Section(
        [
            html.Div(
                [
                    html.H2(t("plan.trial", lang)),
                    html.Span(id="plan-progress", className="caption"),
                    html.Button(t("plan.cancel", lang), id="plan-cancel", className="button small"),
                ],
                className="card-head",
            ),
            html.Div(id="plan-bars", className="bars"),
            html.Div(id="plan-headline", className="headline"),
            dcc.Graph(
                id="plan-narrowing",
                figure=draw_narrowing([], 2, 1.0),
                config=maps.CONFIG | {"scrollZoom": False, "staticPlot": True},
                responsive=True,
                style={"height": "9rem"},
            ),
            html.Div(id="plan-reach"),
        ],
        className="card trial",
    )
    return html.Div([table, trial], className="lower")


def list_library() -> list[Path]:
    """The scenario files that come with the product."""
    return sorted(LIBRARY.glob("*.toml"))


def first_draft() -> tuple[str, forms.Draft]:
    """What the page begins with: the scenario of the library that data/defaults/levers.toml names."""
    files = {path.stem: path for path in list_library()}
    path = files.get(DEFAULTS["library"]["first"])
    return forms.load_draft(path.read_text("utf-8")) if path else ("", [])


def draw_check(
    title: Any, draft: forms.Draft, window: tuple[Any, Any], district: District, lang: str
) -> tuple[list[Any], bool]:
    """What is right and wrong with a draft over a window (first day, days); whether it cannot be run."""
    scenario, faults = forms.read_scenario(title, draft, district, lang)
    empty = scenario is not None and not scenario.measures
    lines = [_draw_line("r", "✕", "wrong", fault, lang) for fault in faults]
    if empty:
        lines.append(_draw_line("", "○", "nothing", t("plan.nothing_text", lang), lang))
    notes = forms.describe_calendar(district, *window, lang)
    if scenario is not None and not empty:
        good = forms.describe_change(district, scenario, lang)
        lines += [_draw_line("g", "●", "right", line, lang) for line in good]
        notes = forms.describe_dates(scenario, *window, lang) + notes
    lines += [_draw_line("a", "▲", "mind", note, lang) for note in notes]
    return [html.H2(t("plan.check", lang)), *lines], scenario is None or empty


def _draw_line(colour: str, sign: str, word: str, text: str, lang: str) -> html.P:
    badge = html.Span(f"{sign} {t(f'plan.{word}', lang)}", className=f"badge {colour}".strip())
    return html.P([badge, text])
