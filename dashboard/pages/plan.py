"""/plan: pick measures, press run, watch the interval narrow, read baseline | scenario | difference."""

from datetime import date
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate
from flask import Response

from dashboard import maps
from dashboard.formats import card
from dashboard.guard import PLANNERS, Guard, current_session
from dashboard.i18n import current_language, pick, t
from dashboard.plan import forms, results
from dashboard.plan.figures import draw_narrowing
from dashboard.plan.findings import BY_ID, HEADLINE
from dashboard.services import Services
from dashboard.tokens import scale
from hub.jobs import ExperimentSpec, load_proposal
from simulation.scenario import MEASURES
from store.jobs import QueueFull
from twin.indicators import INDICATORS

PATH, NAME, ROLES, FRAMED = "/plan", "plan.name", PLANNERS, True
LIBRARY = Path(__file__).resolve().parents[2] / "data" / "scenarios"
SIDES = ("baseline", "scenario", "difference")
TICK = 1000


def layout(services: Services, lang: str) -> html.Main:
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
    choices = forms.Choices(services.district)
    title, draft = first_draft()
    proposal = load_proposal()
    kinds = [{"value": kind, "label": pick(lang, m.title_zh, m.title_en)} for kind, m in MEASURES.items()]
    library = [
        {"value": path.stem, "label": forms.load_draft(path.read_text("utf-8"))[0]} for path in list_library()
    ]
    name = card(
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
    add = html.Div(
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
    run = card(
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
    check = html.Section(id="plan-check", className="card check")
    measures = html.Div(forms.draw_measures(draft, choices, lang), id="plan-measures", className="measures")
    return html.Div([name, measures, add, check, run], className="plan-left")


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
    """What the page begins with: the first scenario of the library."""
    files = list_library()
    return forms.load_draft(files[0].read_text("utf-8")) if files else ("", [])


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: edit the draft, check it as one types, run, follow, cancel; a route for downloads."""
    choices = forms.Choices(services.district)
    _register_editing(guard, services, choices)
    _register_running(guard, services)
    _register_following(guard, services)

    @app.server.get("/api/runs/<job_id>/<name>.csv", endpoint="run_table")
    def download(job_id: str, name: str) -> Response:
        return results.download(services, job_id, name)

    guard.open_route("run_table", PLANNERS)


FIELD_VALUES = {"type": "plan-field", "n": ALL, "field": ALL}


def _register_editing(guard: Guard, services: Services, choices: forms.Choices) -> None:
    @guard.callback(
        ROLES,
        Output("plan-measures", "children"),
        Output("plan-name", "value"),
        Output("plan-kind", "value"),
        Input("plan-add", "n_clicks"),
        Input({"type": "plan-remove", "n": ALL}, "n_clicks"),
        Input("plan-library", "value"),
        State("plan-kind", "value"),
        State("plan-name", "value"),
        State(FIELD_VALUES, "value"),
        State(FIELD_VALUES, "id"),
        prevent_initial_call=True,
    )
    def edit(
        _: Any, removes: Any, library: Any, kind: Any, title: Any, values: list[Any], ids: list[Any]
    ) -> Any:
        lang, trigger = current_language(), ctx.triggered_id
        draft = forms.collect_draft(ids, values)
        if trigger == "plan-library":
            files = {path.stem: path for path in list_library()}
            if not isinstance(library, str) or library not in files:
                raise PreventUpdate
            title, draft = forms.load_draft(files[library].read_text("utf-8"))
        elif trigger == "plan-add":
            if kind not in MEASURES or len(draft) >= forms.MOST_MEASURES:
                raise PreventUpdate
            draft.append({"measure": kind})
        elif isinstance(trigger, dict) and any(removes):
            number = trigger.get("n")
            draft = [row for n, row in enumerate(draft) if n != number]
        else:
            raise PreventUpdate
        return forms.draw_measures(draft, choices, lang), title, None

    @guard.callback(
        ROLES,
        Output("plan-check", "children"),
        Output("plan-run", "disabled"),
        Input(FIELD_VALUES, "value"),
        Input("plan-name", "value"),
        Input("plan-start", "value"),
        Input("plan-days", "value"),
        State(FIELD_VALUES, "id"),
    )
    def check(values: list[Any], title: Any, start: Any, days: Any, ids: list[Any]) -> Any:
        lang, draft = current_language(), forms.collect_draft(ids, values)
        scenario, faults = forms.read_scenario(title, draft, services.district, lang)
        if scenario is None:
            lines = [
                html.P([html.Span(f"✕ {t('plan.wrong', lang)}", className="badge r"), fault])
                for fault in faults
            ]
        elif not scenario.measures:
            lines = [
                html.P(
                    [
                        html.Span(f"○ {t('plan.nothing', lang)}", className="badge"),
                        t("plan.nothing_text", lang),
                    ]
                )
            ]
        else:
            good = html.Span(f"● {t('plan.right', lang)}", className="badge g")
            lines = [
                html.P([good, line]) for line in forms.describe_change(services.district, scenario, lang)
            ]
        lines += [
            html.P([html.Span(f"▲ {t('plan.mind', lang)}", className="badge a"), text])
            for text in forms.describe_calendar(services.district, start, days, lang)
        ]
        return [html.H2(t("plan.check", lang)), *lines], scenario is None or not scenario.measures


def _register_running(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("plan-job", "data"),
        Output("plan-refusal", "children"),
        Input("plan-run", "n_clicks"),
        State("plan-name", "value"),
        State(FIELD_VALUES, "value"),
        State(FIELD_VALUES, "id"),
        State("plan-start", "value"),
        State("plan-days", "value"),
        State("plan-replications", "value"),
        State("plan-seed", "value"),
        prevent_initial_call=True,
    )
    def run(clicks: Any, title: Any, values: list[Any], ids: list[Any], start: Any, *numbers: Any) -> Any:
        if not clicks:
            raise PreventUpdate
        lang = current_language()
        scenario, faults = forms.read_scenario(
            title, forms.collect_draft(ids, values), services.district, lang
        )
        if scenario is None or not scenario.measures:
            return no_update, "；".join(faults) or t("plan.nothing_text", lang)
        try:
            spec = ExperimentSpec(
                forms.write_toml(scenario), date.fromisoformat(start), *(int(n) for n in numbers)
            )
            return services.jobs.submit_experiment(spec, current_session().role), ""
        except QueueFull:
            return no_update, t("plan.queue_full", lang)
        except (TypeError, ValueError):
            return no_update, t("plan.bad_settings", lang)

    @guard.callback(
        ROLES,
        Output("plan-cancel", "n_clicks"),
        Input("plan-cancel", "n_clicks"),
        State("plan-job", "data"),
        prevent_initial_call=True,
    )
    def cancel(clicks: Any, job_id: Any) -> Any:
        if clicks and isinstance(job_id, str):
            services.jobs.cancel(job_id)
        return 0


def _register_following(guard: Guard, services: Services) -> None:
    outputs = [
        Output("plan-title", "children"),
        Output("plan-badge", "children"),
        Output("plan-badge", "className"),
        Output("plan-caption", "children"),
        *(Output(f"plan-map-{side}", "figure") for side in SIDES),
        *(
            Output(f"plan-{side}-{part}", "children")
            for side in SIDES
            for part in ("caption", "figure", "legend")
        ),
        Output("plan-table", "children"),
        Output("plan-downloads", "children"),
        Output("plan-progress", "children"),
        Output("plan-bars", "children"),
        Output("plan-headline", "children"),
        Output("plan-narrowing", "figure"),
        Output("plan-reach", "children"),
        Output("plan-cancel", "disabled"),
        Output("plan-shown", "data"),
        Output("plan-history", "data"),
    ]

    @guard.callback(
        ROLES,
        *outputs,
        Input("plan-tick", "n_intervals"),
        Input("plan-job", "data"),
        Input("plan-indicator", "value"),
        State("plan-shown", "data"),
        State("plan-history", "data"),
    )
    def follow(_: Any, job_id: Any, chosen: Any, shown: Any, history: Any) -> Any:
        indicator = BY_ID.get(chosen if isinstance(chosen, str) else "", BY_ID[HEADLINE])
        view = results.follow(services, job_id, indicator, shown, history, current_language())
        if view is None:
            raise PreventUpdate
        return tuple(view)
