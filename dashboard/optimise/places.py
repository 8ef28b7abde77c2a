"""Where N service points should stand: a form, the map before and after, access, the halls' trial."""

from typing import Any

import pandas as pd
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import studying
from dashboard.downloads import add_tables
from dashboard.guard import Guard, current_scope
from dashboard.i18n import current_language, t
from dashboard.optimise import places_form, places_view
from dashboard.planners import add_keeping
from dashboard.services import Services
from hub.results import unpack_tables
from hub.roles import PLANNERS
from hub.studies.siting import SitingStudy

PAGE, KIND = "places", SitingStudy.kind


def layout(services: Services, lang: str) -> html.Div:
    """Form at the left; what is known of the answer at the right."""
    left = [
        places_form.draw_form(services, current_scope(services), lang),
        html.P(id="places-refusal", className="red", role="alert"),
        studying.hold(PAGE, lang),
    ]
    head = [html.H1(t("siting.title_blank", lang), id="places-title"), html.Span(id="places-badge")]
    head.append(html.Span(id="places-caption", className="caption"))
    view = html.Div(places_view.draw_blank("siting.blank", lang), id="places-view", className="plan-centre")
    parts = [html.Div(left, className="plan-left"), view]
    return html.Div(
        [
            dcc.Store(id="places-shown"),
            html.Div(head, className="page-head"),
            html.Div(parts, className="plan places"),
        ]
    )


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: ask, follow, stop, show, keep the scenario; a route of the tables."""
    studying.register(guard, services, PAGE, PLANNERS, KIND)
    _register_asking(guard, services)
    _register_showing(guard, services)
    add_tables(app, guard, services, PAGE, lambda job_id: read_tables(services, job_id, KIND))


def _register_asking(guard: Guard, services: Services) -> None:
    @guard.callback(
        PLANNERS,
        Output("places-job", "data"),
        Output("places-refusal", "children"),
        Input("places-run", "n_clicks"),
        *(State(f"places-{name}", "value") for name in places_form.FIELDS),
        prevent_initial_call=True,
    )
    def ask(clicks: Any, *values: Any) -> Any:
        if not clicks:
            raise PreventUpdate
        lang, asked = current_language(), dict(zip(places_form.FIELDS, values, strict=True))
        spec, why = places_form.read_question(asked, services, current_scope(services), lang)
        return studying.submit(services, KIND, spec, lang) if spec else (no_update, why)

    @guard.callback(PLANNERS, Output("places-radius-box", "hidden"), Input("places-objective", "value"))
    def fold(objective: Any) -> Any:
        return objective != "covering"


def _register_showing(guard: Guard, services: Services) -> None:
    @guard.callback(
        PLANNERS,
        Output("places-title", "children"),
        Output("places-badge", "children"),
        Output("places-caption", "children"),
        Output("places-view", "children"),
        Output("places-shown", "data"),
        Input("places-seen", "data"),
        State("places-shown", "data"),
    )
    def show(seen: Any, shown: Any) -> Any:
        """The maps are drawn once, when the points are placed, and again when all runs are done."""
        lang = current_language()
        known = studying.read_known(services, seen, KIND, unpack_tables)
        if known is None:
            return places_view.tell_waiting(services, seen, KIND, "siting", lang)
        status, (head, tables) = known
        now = [status.job_id, status.state, lang]
        if now == shown:
            raise PreventUpdate
        view = places_view.View(services, status, head, tables, lang)
        return view.title(), view.badge(), view.caption(), view.draw(), now

    add_keeping(guard, services, PAGE, lambda seen: read_scenario(services, seen, KIND))


def read_tables(services: Services, job_id: str, kind: str) -> dict[str, pd.DataFrame] | None:
    """The tables of a job of a kind; None before the first step."""
    known = studying.read_known(services, [job_id], kind, unpack_tables)
    return None if known is None else known[1][1]


def read_scenario(services: Services, seen: Any, kind: str) -> str:
    """The scenario of the job that a page follows; blank where it has none."""
    known = studying.read_known(services, seen, kind, unpack_tables)
    return "" if known is None else str(known[1][0]["scenario"] or "")
