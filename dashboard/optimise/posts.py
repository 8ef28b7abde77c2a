"""Where N posts do most: a form, the plan as map and table, the curve of benefit, its scenario."""

from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import studying
from dashboard.downloads import add_tables
from dashboard.guard import Guard, current_scope
from dashboard.i18n import current_language, t
from dashboard.optimise import posts_form, posts_views
from dashboard.planners import add_keeping
from dashboard.services import Services
from hub.roles import PLANNERS
from hub.studies.optimise import OptimiseStudy, unpack_findings

PAGE, KIND = "optimise", OptimiseStudy.kind


def layout(services: Services, lang: str) -> html.Div:
    """Form at the left; what is known of the plan at the right."""
    head = [html.H1(t("optimise.title_blank", lang), id="optimise-title"), html.Span(id="optimise-caption")]
    left = [
        posts_form.draw_form(current_scope(services), lang),
        html.P(id="optimise-refusal", className="red", role="alert"),
        studying.hold(PAGE, lang),
    ]
    return html.Div(
        [
            dcc.Store(id="optimise-shown"),
            html.Div(head, className="page-head"),
            html.Div(
                [
                    html.Div(left, className="plan-left"),
                    html.Div(posts_views.draw_blank(lang), id="optimise-view", className="plan-centre"),
                ],
                className="plan optimise",
            ),
        ]
    )


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: ask, follow, stop, show, keep the scenario; a route of the tables."""
    studying.register(guard, services, PAGE, PLANNERS, KIND)
    _register_asking(guard, services)
    _register_showing(guard, services)

    def read(job_id: str) -> Any:
        known = studying.read_known(services, [job_id], KIND, unpack_findings)
        return None if known is None else known[1].tables

    add_tables(app, guard, services, PAGE, read)


def _register_asking(guard: Guard, services: Services) -> None:
    @guard.callback(
        PLANNERS,
        Output("optimise-job", "data"),
        Output("optimise-refusal", "children"),
        Input("optimise-run", "n_clicks"),
        *(State(f"optimise-{name}", "value") for name in posts_form.FIELDS),
        prevent_initial_call=True,
    )
    def ask(clicks: Any, *values: Any) -> Any:
        if not clicks:
            raise PreventUpdate
        lang = current_language()
        asked = dict(zip(posts_form.FIELDS, values, strict=True))
        spec, why = posts_form.read_question(asked, current_scope(services), lang)
        return studying.submit(services, KIND, spec, lang) if spec else (no_update, why)

    @guard.callback(
        PLANNERS,
        Output("optimise-within-box", "hidden"),
        Output("optimise-weights", "hidden"),
        Input("optimise-source", "value"),
        Input("optimise-objective", "value"),
    )
    def fold(source: Any, objective: Any) -> Any:
        return source != "within" and current_scope(services).is_whole, objective != "mix"


def _register_showing(guard: Guard, services: Services) -> None:
    @guard.callback(
        PLANNERS,
        Output("optimise-title", "children"),
        Output("optimise-caption", "children"),
        Output("optimise-view", "children"),
        Output("optimise-shown", "data"),
        Input("optimise-seen", "data"),
        State("optimise-shown", "data"),
    )
    def show(seen: Any, shown: Any) -> Any:
        """A new stage alone draws anew: the maps stay where only the count of jobs went on."""
        lang = current_language()
        known = studying.read_known(services, seen, KIND, unpack_findings)
        if known is None:
            return posts_views.tell_waiting(services, seen, KIND, lang)
        status, advice = known
        now = [status.job_id, advice.stage, status.state, lang]
        if now == shown:
            raise PreventUpdate
        view = posts_views.View(services, status, advice, lang)
        return view.title(), view.caption(), view.draw(), now

    def read(seen: Any) -> str:
        known = studying.read_known(services, seen, KIND, unpack_findings)
        return "" if known is None else known[1].toml

    add_keeping(guard, services, PAGE, read)
