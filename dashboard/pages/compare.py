"""/compare: pick runs; /compare/<run>: maps, figures, hours, waits, fairness and ranks of its sides."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, html, no_update
from dash.exceptions import PreventUpdate
from flask import Response

from dashboard import studying
from dashboard.address import current_query
from dashboard.compare.layout import PAGE, SIDES, lay_out_choice, lay_out_run
from dashboard.compare.runs import unite_runs
from dashboard.compare.tables import send_part
from dashboard.compare.views import View, open_view
from dashboard.guard import Guard
from dashboard.i18n import current_language, t
from dashboard.services import Services
from hub.jobs import EXPERIMENT
from hub.roles import PLANNERS

PATH, NAME, ROLES, FRAMED, BELOW = "/compare", "compare.name", PLANNERS, True, True


def layout(services: Services, lang: str, below: str = "") -> html.Main:
    """The list of one's runs; below it one run, or with ?with=ID,ID several as one study."""
    others = [job for job in current_query().get("with", "").split(",") if job]
    if not below:
        return lay_out_choice(services, lang)
    job, words = unite_runs(services, [below, *others], lang)
    if words:
        return lay_out_choice(services, lang, words)
    return lay_out_run(services, job, services.jobs.spec(job), lang)


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: pick runs, follow the job, draw each part; a route for tables."""
    studying.register(guard, services, PAGE, ROLES, EXPERIMENT)
    _register_choice(guard, services)
    _register_head(guard, services)
    _register_parts(guard, services)

    @app.server.get("/api/compare/<job_id>/<part>.csv", endpoint="compare_table")
    def download(job_id: str, part: str) -> Response:
        return send_part(services, job_id, part)

    guard.open_route("compare_table", PLANNERS)


def _register_choice(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("compare-to", "href"),
        Output("compare-refusal", "children"),
        Input("compare-go", "n_clicks"),
        State({"type": "compare-pick", "job": ALL}, "value"),
        prevent_initial_call=True,
    )
    def go(clicks: Any, picked: Any) -> Any:
        if not clicks:
            raise PreventUpdate
        lang, jobs = current_language(), [job for one in picked for job in one or []]
        if not jobs:
            return no_update, t("compare.pick_one", lang)
        job, words = unite_runs(services, jobs, lang)
        return (no_update, words) if words else (f"{PATH}/{job}", "")


CHOICE = (
    Input("compare-seen", "data"),
    Input("compare-scenario", "value"),
    Input("compare-against", "value"),
    Input("compare-indicator", "value"),
)


def _view(services: Services, seen: Any, *choice: Any) -> View:
    """What is asked for; nothing changes where nothing is known yet."""
    job = seen[0] if isinstance(seen, list) and seen else None
    view = open_view(services, job, (choice[0], choice[1], choice[2]), current_language())
    if view is None:
        raise PreventUpdate
    return view


def _register_head(guard: Guard, services: Services) -> None:
    parts = ("name", "caption", "figure", "legend")

    @guard.callback(
        ROLES,
        Output("compare-title", "children"),
        Output("compare-caption", "children"),
        Output({"type": "compare-csv", "part": ALL}, "href"),
        *CHOICE,
        State({"type": "compare-csv", "part": ALL}, "id"),
    )
    def tell(seen: Any, scenario: Any, against: Any, indicator: Any, ids: Any) -> Any:
        view = _view(services, seen, scenario, against, indicator)
        return *view.head(), [view.links()[one["part"]] for one in ids]

    @guard.callback(
        ROLES,
        *(Output(f"compare-map-{side}", "figure") for side in SIDES),
        *(Output(f"compare-{side}-{part}", "children") for part in parts for side in SIDES),
        Output("compare-drawn", "data"),
        *CHOICE,
        State("compare-drawn", "data"),
    )
    def draw(seen: Any, scenario: Any, against: Any, indicator: Any, drawn: Any) -> Any:
        view = _view(services, seen, scenario, against, indicator)
        if view.key == drawn:
            raise PreventUpdate
        return *view.maps(), view.key


def _register_parts(guard: Guard, services: Services) -> None:
    @guard.callback(ROLES, Output("compare-table", "children"), Output("compare-groups", "children"), *CHOICE)
    def show_figures(*choice: Any) -> Any:
        return tuple(_view(services, *choice).tables())

    @guard.callback(
        ROLES,
        Output("compare-flow", "figure"),
        Output("compare-hours-words", "children"),
        Output("compare-phases", "children"),
        *CHOICE,
        Input("compare-view", "value"),
    )
    def show_hours(seen: Any, scenario: Any, against: Any, indicator: Any, which: Any) -> Any:
        return tuple(_view(services, seen, scenario, against, indicator).hours(which))

    @guard.callback(
        ROLES,
        Output("compare-worst", "children"),
        Output("compare-strip-words", "children"),
        Output("compare-strip", "figure"),
        Output("compare-fair", "children"),
        *CHOICE,
    )
    def show_fairness(*choice: Any) -> Any:
        return tuple(_view(services, *choice).fairness())

    @guard.callback(
        ROLES, Output("compare-waits", "figure"), Output("compare-waits-words", "children"), *CHOICE
    )
    def show_waits(*choice: Any) -> Any:
        return tuple(_view(services, *choice).waits())

    @guard.callback(ROLES, Output("compare-units", "children"), Output("compare-ranks", "children"), *CHOICE)
    def show_places(*choice: Any) -> Any:
        return tuple(_view(services, *choice).places())
