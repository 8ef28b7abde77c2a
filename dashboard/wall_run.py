"""The button that puts a run on the wall or takes it down; any planner's page may hold it, once a page."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.guard import Guard, current_actor, current_scope
from dashboard.i18n import current_language, t
from dashboard.services import Services
from dashboard.studying import find_status
from hub.jobs import EXPERIMENT
from hub.roles import PLANNERS
from store.wall_run import ShownRun


def hold(services: Services, lang: str, job_id: str, scenario: str = "") -> html.Span:
    """The button of a run, or nothing: the run must be done, the planner's part the whole district.

    scenario: the name of the one to show; blank: the run's first.
    """
    shown = html.Span(draw_state(services, lang, job_id), id="wall-run-state", className="caption")
    asked = dcc.Store(id="wall-run-asked", data=[job_id, scenario])
    return html.Span([asked, shown], className="wall-run")


def draw_state(services: Services, lang: str, job_id: str) -> list[Any]:
    """What the wall shows, and what pressing would do."""
    if not may_show(services, job_id):
        return []
    shown = services.wall_run.get()
    mine = shown is not None and shown.job_id == job_id
    words = html.Span(tell_shown(services, shown, lang)) if mine and shown else None
    label = t("wall.run_down" if mine else "wall.run_put", lang)
    value = "down" if mine else "put"
    return [words, html.Button(label, id="wall-run-press", className="button small", value=value)]


def may_show(services: Services, job_id: Any) -> bool:
    """Whether this session may put a job on the wall."""
    status = find_status(services, job_id, EXPERIMENT)
    done = status is not None and status.state == "done"
    return done and current_scope(services).is_whole and bool(services.jobs.spec(job_id).scenarios)


def tell_shown(services: Services, shown: ShownRun, lang: str) -> str:
    """Who put it up, and when."""
    return t("wall.run_shown", lang, by=shown.by, at=f"{tell_since(services, shown):%m-%d %H:%M}")


def tell_since(services: Services, shown: ShownRun) -> datetime:
    """When it was put up, on the district's clock."""
    return datetime.fromisoformat(shown.at).astimezone(ZoneInfo(services.district.settings.time_zone))


def find_scenario(services: Services, job_id: str, name: str) -> str:
    """The name of a scenario of a run: the one asked, else its first."""
    names = [scenario.name for scenario in services.jobs.spec(job_id).read()]
    return name if name in names else names[0]


def register(guard: Guard, services: Services) -> None:
    """One callback for the button, wherever it stands."""

    @guard.callback(
        PLANNERS,
        Output("wall-run-state", "children"),
        Input("wall-run-press", "n_clicks"),
        State("wall-run-press", "value"),
        State("wall-run-asked", "data"),
        prevent_initial_call=True,
    )
    def press(clicks: Any, act: Any, asked: Any) -> Any:
        job_id, name = asked if isinstance(asked, list) and len(asked) == 2 else ("", "")
        if not clicks or not may_show(services, job_id):
            raise PreventUpdate
        if act == "put":
            services.wall_run.put(job_id, find_scenario(services, job_id, name), current_actor())
        elif act == "down":
            services.wall_run.take_down(current_actor())
        return draw_state(services, current_language(), job_id)
