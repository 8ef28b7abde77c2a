"""The parts of the plan page: the form at the left, maps and table in the middle, the trial at the right."""

from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import dcc, html

from dashboard import maps
from dashboard.address import current_query
from dashboard.formats import card
from dashboard.i18n import t
from dashboard.plan import board, exchange, fields, forms, groups, history, library, places, runs, shelf
from dashboard.plan.figures import draw_narrowing
from dashboard.plan.findings import HEADLINE
from dashboard.plan.table import hold_groups
from dashboard.services import Services
from dashboard.tokens import scale
from hub.jobs import load_proposal
from simulation.scenario import Scenario
from twin.district import District

SIDES = ("baseline", "scenario", "difference")
TICK = 1000


def lay_out(services: Services, lang: str) -> html.Main:
    """Form at the left, maps, posts and table in the middle, the trial at the right."""
    return html.Main(
        [
            _hold_job(services),
            dcc.Store(id="plan-faults"),
            dcc.Store(id="plan-shown"),
            dcc.Interval(id="plan-tick", interval=TICK),
            _head(lang),
            html.Div(
                [
                    _form(services, lang),
                    html.Div(
                        [
                            _maps(services, lang),
                            board.hold_board(fields.Choices(services.district), lang),
                            _draw_table(lang),
                        ],
                        className="plan-centre",
                    ),
                    html.Div(
                        [_draw_run(lang), _draw_trial(lang), runs.hold_runs(lang)], className="plan-right"
                    ),
                ],
                id="plan-desk",
                className="plan",
            ),
        ],
        className="page",
    )


def _hold_job(services: Services) -> dcc.Store:
    """The run shown: the one of the address; that of its scenario; else the last one of this browser."""
    query = current_query()
    job, scenario = query.get("job"), query.get("scenario")
    asked = job or (library.find_run(services, scenario) if scenario else None)
    return dcc.Store(id="plan-job", storage_type="local" if asked is None else "memory", data=asked)


def _head(lang: str) -> html.Div:
    select = dmc.Select(
        id="plan-indicator", data=groups.list_figures(lang), value=HEADLINE, allowDeselect=False,
        searchable=True, nothingFoundMessage=t("plan.none_found", lang), size="xs", w="15rem",
        **{"aria-label": t("plan.indicator", lang)},
    )  # fmt: skip
    return html.Div(
        [
            html.H1(t("plan.untried", lang), id="plan-title"),
            html.Span(id="plan-badge", className="badge"),
            html.Span(id="plan-other", className="badge a", role="status"),
            html.Span(id="plan-caption", className="caption"),
            html.Span(t("plan.indicator", lang), className="caption fixed"),
            select,
        ],
        className="page-head",
    )


def _form(services: Services, lang: str) -> html.Div:
    kept = library.open_kept(services, current_query().get("scenario"))
    opened = kept or library.open_first()
    drawn = fields.draw_measures(opened.draft, fields.Choices(services.district), lang)
    parts = [
        shelf.draw_shelf(lang, opened.kept),
        exchange.draw_import(lang),
        history.draw_history_dialog(lang),
        places.draw_dialog(services, lang),
        _draw_name(opened, lang),
        _head_measures(lang),
        html.Div(drawn, id="plan-measures", className="measures"),
        _draw_adding(lang),
        html.Section(id="plan-check", className="card check"),
        _draw_changing(lang),
    ]
    return html.Div(parts, className="plan-left")


def _draw_name(opened: library.Opened, lang: str) -> html.Section:
    pick_one = dmc.Select(
        id="plan-library", data=library.list_titles(), placeholder=t("plan.library", lang), size="xs",
        searchable=True, nothingFoundMessage=t("plan.none_found", lang), value=None,
        maxDropdownHeight=420, **{"aria-label": t("plan.library", lang)},
    )  # fmt: skip
    title = dmc.Textarea(
        id="plan-name", label=t("plan.title_label", lang), value=opened.title, size="xs", debounce=True,
        autosize=True, minRows=1, maxRows=3,
    )  # fmt: skip
    note, kept = (
        html.P(opened.note, id="plan-note", className="note"),
        html.Div(id="plan-kept", className="kept"),
    )
    export = html.Button(t("shelf.export", lang), id="plan-export", className="plain", type="button")
    dirty = html.Span(id="plan-dirty")
    return card(t("plan.scenario", lang), [pick_one, title, note, kept], right=[dirty, export])


def _head_measures(lang: str) -> html.Div:
    count = html.Span(id="plan-count", className="caption right")
    return html.Div([html.H2(t("plan.measures", lang)), count], className="measures-head")


def _draw_changing(lang: str) -> html.Section:
    """Where the list of changes goes, and the state of the comparison."""
    state = html.Span(id="plan-checking", className="caption busy", role="status")
    head = html.Div(
        [html.H2(t("changes.title", lang)), state, dcc.Store(id="plan-digest")], className="card-head"
    )
    return html.Section([head, html.Div(id="plan-changes")], className="card changes")


def _draw_adding(lang: str) -> html.Div:
    label = t("plan.choose_measure", lang)
    kinds = dmc.Select(
        id="plan-kind", data=groups.list_levers(lang), placeholder=label, size="xs", className="grow",
        searchable=True, nothingFoundMessage=t("plan.none_found", lang), maxDropdownHeight=420,
        **{"aria-label": label},
    )  # fmt: skip
    add = html.Button(t("plan.add", lang), id="plan-add", className="button small")
    return html.Div([kinds, add], className="add")


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
                        size="xs",
                        **fields.list_date_words(lang),
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


def _draw_table(lang: str) -> html.Section:
    return card(
        t("plan.indicators", lang),
        [
            html.Div(html.P(t("plan.before_first", lang), className="empty"), id="plan-table"),
            *hold_groups(),
        ],
        t("plan.indicators_caption", lang),
        html.Span(id="plan-downloads"),
        class_name="table-card",
    )


def _draw_trial(lang: str) -> html.Section:
    return html.Section(
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


def draw_check(
    reading: tuple[Scenario | None, list[forms.Told]], window: tuple[Any, Any], district: District, lang: str
) -> tuple[list[Any], bool]:
    """What is right and wrong with a draft over a window (first day, days); whether it cannot be run."""
    scenario, faults = reading
    empty = scenario is not None and not scenario.in_force
    good, notes = [], forms.describe_calendar(district, *window, lang)
    if scenario is not None and not empty:
        good = forms.describe_change(district, scenario, lang)
        notes = forms.describe_dates(scenario, *window, lang) + notes
    lines = [_draw_line("r", "✕", "wrong", told.line, lang) for told in faults]
    lines += [_draw_line("", "○", "nothing", forms.tell_empty(scenario, lang), lang)] if empty else []
    lines += [_draw_line("g", "●", "right", line, lang) for line in good]
    lines += [_draw_line("a", "▲", "mind", note, lang) for note in notes]
    counts = {"wrong": len(faults), "right": len(good), "mind": len(notes)}
    told = " · ".join(f"{t(f'plan.{word}', lang)} {count}" for word, count in counts.items() if count)
    head = html.Div(
        [html.H2(t("plan.check", lang)), html.Span(told, className="right")], className="card-head"
    )
    return [head, *lines], scenario is None or empty


def _draw_line(colour: str, sign: str, word: str, text: str, lang: str) -> html.P:
    badge = html.Span(f"{sign} {t(f'plan.{word}', lang)}", className=f"badge {colour}".strip())
    return html.P([badge, text])
