"""/grids: draw the grids of a township anew, change them by hand, write them as a scenario."""

import json
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate
from flask import Response

from dashboard import formats, studying
from dashboard.grids import choosing, files, pictures
from dashboard.grids import drawn as drawing
from dashboard.grids.asking import read_form, tell_log, tell_split
from dashboard.grids.layout import lay_out, lay_result
from dashboard.guard import Guard, current_scope
from dashboard.i18n import current_language, t
from dashboard.planners import keep_scenario
from dashboard.services import Services
from dashboard.wall import Names
from hub.gridding import write_drawing
from hub.roles import PLANNERS
from hub.studies.grids import GridsStudy

PATH, NAME, ROLES, FRAMED = "/grids", "grids.name", PLANNERS, True
FORM = ("town", "villages", "source", "balance", "count", "seed")


def layout(services: Services, lang: str) -> html.Main:
    """Form and figures at the left; maps and loads at the right."""
    return lay_out(services, current_scope(services), lang)


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: ask, follow, change by hand, write; a route for the map's cells."""
    studying.register(guard, services, "grids", ROLES, GridsStudy.kind)
    choosing.register(guard, services)
    _register_asking(guard, services)
    _register_drawing(guard, services)
    _register_hand(guard, services)

    @app.server.get("/api/grids/<job_id>/<which>.json", endpoint="grids_cells")
    def cells(job_id: str, which: str) -> Response:
        found = drawing.read_drawn(services, job_id)
        if found is None or which not in ("cells", "grids"):
            return Response(json.dumps({"error": "no such drawing"}), 404, mimetype="application/json")
        return Response(pictures.write_cells(pictures.Keyed(found), which), mimetype="application/json")

    guard.open_route("grids_cells", ROLES)


def _register_asking(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("grids-job", "data"),
        Output("grids-refusal", "children"),
        Input("grids-draw", "n_clicks"),
        *(State(f"grids-{name}", "value") for name in FORM),
        prevent_initial_call=True,
    )
    def draw(clicks: Any, *form: Any) -> Any:
        if not clicks:
            raise PreventUpdate
        lang = current_language()
        plain, wrong = read_form(services, current_scope(services), lang, form)
        if wrong:
            return no_update, [html.Span(words) for words in wrong]
        return studying.submit(services, GridsStudy.kind, plain, lang)


def _register_drawing(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("grids-result", "children"),
        Output("grids-kept", "data"),
        Input("grids-seen", "data"),
        State("grids-kept", "data"),
    )
    def show(seen: Any, kept: Any) -> Any:
        lang = current_language()
        found = drawing.read_seen(services, seen)
        if found is None:
            return html.P(t("grids.empty", lang), className="empty"), None
        names = Names(services.district, lang)
        before = pictures.draw_before(found, lang, names)
        after = pictures.draw_after(found, found.labels, None, lang, names)
        loads = pictures.draw_loads(found, found.labels, lang)
        return lay_result(found, before, after, loads, lang), {"job": found.job_id, "edits": []}

    @guard.callback(
        ROLES,
        Output("grids-title", "children"),
        Output("grids-how", "children"),
        Output("grids-figures", "children"),
        Output("grids-told", "children"),
        Input("grids-kept", "data"),
        prevent_initial_call=True,
    )
    def tell(kept: Any) -> Any:
        lang = current_language()
        found = drawing.read_kept(services, kept)
        if found is None:
            raise PreventUpdate
        labels, names = drawing.change(found, drawing.list_edits(kept)), Names(services.district, lang)
        balance = t(f"grids.balance_{found.head['balance']}", lang)
        how = [t("grids.how", lang, seed=found.head["seed"], balance=balance)]
        how += [drawing.name_cells(found, lang), *tell_split(found.ground, lang, names)]
        if "log" in found.head:
            how.append(tell_log(found.head["log"], services.district.settings.time_zone, lang))
        told = files.tell_state(found, labels, kept, lang, names)
        return (
            files.name_finding(found, labels, lang),
            [html.Span(words) for words in how],
            pictures.tabulate(found, labels, lang, names),
            told,
        )


def _register_hand(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("grids-kept", "data", allow_duplicate=True),
        Output("grids-after", "figure"),
        Output("grids-loads", "figure"),
        Output("grids-after", "clickData"),
        Input("grids-after", "clickData"),
        Input("grids-undo", "n_clicks"),
        Input("grids-reset", "n_clicks"),
        State("grids-kept", "data"),
        prevent_initial_call=True,
    )
    def change(clicked: Any, *rest: Any) -> Any:
        kept, lang = rest[-1], current_language()
        found = drawing.read_kept(services, kept)
        state = None if found is None else files.act(found, kept, ctx.triggered_id, clicked)
        if found is None or state is None:
            raise PreventUpdate
        labels = drawing.change(found, drawing.list_edits(state))
        after = pictures.draw_after(found, labels, state.get("picked"), lang, Names(services.district, lang))
        return state, after, pictures.draw_loads(found, labels, lang), None

    @guard.callback(
        ROLES,
        Output("grids-kept-told", "children"),
        Output("grids-file", "data"),
        Input("grids-write", "n_clicks"),
        Input("grids-csv", "n_clicks"),
        Input("grids-geojson", "n_clicks"),
        State("grids-kept", "data"),
        prevent_initial_call=True,
    )
    def hand_over(*given: Any) -> Any:
        kept, lang = given[-1], current_language()
        found = drawing.read_kept(services, kept)
        if found is None or not any(given[:-1]):
            raise PreventUpdate
        labels, names = drawing.change(found, drawing.list_edits(kept)), Names(services.district, lang)
        if ctx.triggered_id != "grids-write":
            return no_update, files.write_file(
                services, found, labels, str(ctx.triggered_id).removeprefix("grids-")
            )
        title = files.name_scenario(found, labels, services.district, lang, names)
        source = drawing.read_source(found.head)
        scenario = write_drawing(found.ground, labels, found.head["per_grid"], title, source)
        address, why = keep_scenario(services, scenario, lang)
        link = dcc.Link(formats.NONE if why else f"→ {title}", href=address or PATH, refresh=True)
        return html.Span(why, className="red") if why else link, no_update
