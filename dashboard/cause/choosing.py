"""Beside the causes: the baseline's standing, and a township chosen on the map, in the list or by name."""

import json
from typing import Any

from dash import ALL, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import maps, studying
from dashboard.actors import find_pressed
from dashboard.cause.answers import find_known
from dashboard.cause.standing import Standing, draw_lowest, draw_place
from dashboard.cause.townships import MAP, draw_map, find_cuts, list_labels, list_steps
from dashboard.cause.words import name_subject
from dashboard.formats import card
from dashboard.guard import Guard, current_scope
from dashboard.i18n import current_language, t
from dashboard.plan.findings import BY_ID, HEADLINE
from dashboard.plan.legends import draw_level_legend
from dashboard.services import Services
from hub.jobs import load_proposal
from hub.roles import PLANNERS as ROLES
from hub.studies.baseline import BaselineStudy, unpack_baseline

KIND, HELD = BaselineStudy.kind, "cause-base"


def hold(services: Services, lang: str) -> list[Any]:
    """The cards of the place, the map and the lowest; what follows the baseline's job."""
    drawn = maps.hold_map(
        draw_map(services.district, None, None, lang), MAP, services.district, lang, apart=True
    )
    legend = html.Div(id="cause-legend", className="legend")
    offer = [
        html.P(t("cause.base_none", lang, **_tell_proposal())),
        html.Button(t("cause.base_run", lang), id=f"{HELD}-run", className="button small", type="button"),
    ]
    follow = [studying.hold(HELD, lang, find_job(services) or ""), html.P(id=f"{HELD}-told", role="alert")]
    return [
        html.Section([html.Div(id="cause-place"), html.Div(offer, id=f"{HELD}-offer"), *follow],
                     className="card place-card"),
        card(t("cause.map", lang), [drawn, legend], right=t("cause.map_caption", lang),
             class_name="map-card"),
        html.Section(
            [html.Div([html.H2(t("cause.lowest", lang)),
                       html.Span(t("cause.lowest_caption", lang), className="right")], className="card-head"),
             html.Div(id="cause-lowest")],
            className="card lowest-card"),
    ]  # fmt: skip


def _tell_proposal() -> dict[str, Any]:
    asked = load_proposal()
    return {name: asked[name] for name in ("start", "days", "replications")}


def find_job(services: Services) -> str | None:
    """The job of the planner's window, whoever asked for it, open or done."""
    return services.jobs.find(KIND, load_proposal(), None)


def read_standing(services: Services, seen: Any, lang: str) -> Standing | None:
    """What is known of the baseline that the page follows; None before the first replication."""
    known = studying.read_known(services, seen, KIND, unpack_baseline)
    if known is None or known[1].places.empty:
        return None
    return Standing(services.district, known[1], lang)


def register(guard: Guard, services: Services) -> None:
    """Callbacks: find or ask for the baseline, follow it, draw, choose."""
    studying.register(guard, services, HELD, ROLES, KIND)
    _register_seeking(guard, services)
    _register_drawing(guard, services)
    _register_choosing(guard, services)


def _register_seeking(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output(f"{HELD}-job", "data"),
        Output(f"{HELD}-told", "children"),
        Input(f"{HELD}-run", "n_clicks"),
        Input(f"{HELD}-tick", "n_intervals"),
        State(f"{HELD}-job", "data"),
        prevent_initial_call=True,
    )
    def seek(clicks: Any, _: Any, job_id: Any) -> Any:
        if ctx.triggered_id == f"{HELD}-run" and clicks:
            return studying.submit(services, KIND, load_proposal(), current_language())
        found = find_job(services)
        if found is None or found == job_id:
            raise PreventUpdate
        return found, ""


def _register_drawing(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("cause-place", "children"),
        Output(f"{HELD}-offer", "hidden"),
        Output(f"{HELD}-tick", "disabled"),
        Input(f"{HELD}-seen", "data"),
        Input("cause-code", "value"),
        Input("cause-what", "data"),
        State("cause-seen", "data"),
    )
    def place(base: Any, asked: Any, _: Any, seen: Any) -> Any:
        code = read_code(asked)
        lang, ended = current_language(), isinstance(base, list) and "done" in base
        stand, chosen = read_standing(services, base, lang), name_chosen(services, code, lang)
        body = chosen if stand is None else draw_place(stand, code or stand.whole)
        told = tell_shown(services, seen, code, lang)
        return [*body, *told], ended or studying.goes_on(base), ended

    @guard.callback(
        ROLES,
        Output(MAP, "figure"),
        Output(f"{MAP}-holder", "data-bold"),
        Output(f"{MAP}-holder", "data-towns"),
        Output(f"{MAP}-holder", "data-labels"),
        Output("cause-legend", "children"),
        Output("cause-lowest", "children"),
        Input(f"{HELD}-seen", "data"),
        Input("cause-code", "value"),
    )
    def show(base: Any, asked: Any) -> Any:
        code = read_code(asked)
        lang, district = current_language(), services.district
        stand = read_standing(services, base, lang)
        figure, steps = draw_map(district, stand, code, lang), list_steps(district, stand)
        legend = [] if stand is None else draw_level_legend(find_cuts(stand), BY_ID[HEADLINE], lang)
        empty = html.P(t("cause.lowest_none", lang), className="empty")
        lowest = empty if stand is None else draw_lowest(stand, code)
        labels = list_labels(district, stand, code, lang)
        return figure, json.dumps([code]), steps, labels, legend, lowest


def name_chosen(services: Services, code: Any, lang: str) -> list[Any]:
    """The head of the card while nothing is known but the name."""
    name = name_subject(services.district, str(code), lang) if code else t("cause.base_head", lang)
    return [html.Div(html.H2(name), className="card-head")]


def tell_shown(services: Services, seen: Any, code: Any, lang: str) -> list[Any]:
    """That the causes on the page are another place's than the one chosen."""
    known = find_known(services, seen)
    if known is None or not code or known[1].provenance["subject"] == code:
        return []
    stand = name_subject(services.district, known[1].provenance["subject"], lang)
    return [html.P(t("cause.other_shown", lang, place=stand), className="caption")]


def _register_choosing(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("cause-code", "value"),
        Input(MAP, "clickData"),
        Input({"type": "cause-town", "code": ALL}, "n_clicks"),
        Input("cause-what", "data"),
        State("cause-seen", "data"),
        State("cause-code", "value"),
        prevent_initial_call=True,
    )
    def choose(click: Any, clicks: Any, _: Any, seen: Any, code: Any) -> Any:
        if ctx.triggered_id == "cause-what":
            known = find_known(services, seen)
            return no_update if code or known is None else known[1].provenance["subject"]
        pressed = find_pressed(ctx.triggered_id, clicks)
        asked = pressed["code"] if pressed else read_click(click) if ctx.triggered_id == MAP else None
        return asked if asked in current_scope(services).areas else no_update


def read_code(value: Any) -> str | None:
    """The code that is chosen; None for anything else."""
    return value if isinstance(value, str) and value else None


def read_click(click: Any) -> str | None:
    """The township of a click on the map."""
    points = click.get("points") if isinstance(click, dict) else None
    first = points[0] if isinstance(points, list) and points else None
    return str(first.get("location") or "") or None if isinstance(first, dict) else None
