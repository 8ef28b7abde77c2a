"""Who plans, as the library of scenarios knows them; how other pages write a scenario into it."""

from collections.abc import Callable
from typing import Any

from dash import Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.faults import tell_error
from dashboard.guard import Guard, current_actor, current_owner, current_scope
from dashboard.i18n import catalogue, current_language, t
from dashboard.services import Services
from hub.roles import PLANNERS
from hub.scenarios import Planner
from simulation.scenario import Scenario
from store.scenarios import LONGEST_TITLE, MOST_SCENARIOS, LibraryFull
from twin.faults import DistrictFaults


def current_planner(services: Services) -> Planner:
    """The session of this request as a planner."""
    return Planner(current_owner(), current_actor(), current_scope(services))


def keep_scenario(services: Services, scenario: Scenario, lang: str) -> tuple[str, str]:
    """Write a scenario into the library: the address of the page that opens it and no words, or why not."""
    try:
        row = services.library.create(current_planner(services), scenario.to_toml())
    except LibraryFull:
        return "", t("study.library_full", lang, most=MOST_SCENARIOS)
    except DistrictFaults as error:
        return "", tell_error(error, lang)
    except ValueError:
        return "", t("shelf.bad_title", lang, most=LONGEST_TITLE)
    return f"/plan?scenario={row.scenario_id}", ""


def name_actor(actor: str, lang: str) -> str:
    """An account, or the role that a link lent."""
    role = actor.removeprefix("link:")
    return actor if role == actor else catalogue(lang).get(f"frame.role_{role}", role)


def add_keeping(guard: Guard, services: Services, page: str, read: Callable[[Any], str]) -> None:
    """The button `<page>-keep`, which writes the scenario of the job that a page follows into the library.

    read: what the page has seen -> the scenario as TOML, blank where it has none.
    """

    @guard.callback(
        PLANNERS,
        Output(f"{page}-kept", "children"),
        Input(f"{page}-keep", "n_clicks"),
        State(f"{page}-seen", "data"),
        prevent_initial_call=True,
    )
    def keep(clicks: Any, seen: Any) -> Any:
        text, lang = read(seen) if clicks else "", current_language()
        if not text:
            raise PreventUpdate
        address, why = keep_scenario(services, Scenario.from_toml(text), lang)
        if not address:
            return html.Span(why, className="red")
        words = t("study.open_scenario", lang)
        return dcc.Link(words, href=address, id=f"{page}-open", className="plain", refresh=True)
