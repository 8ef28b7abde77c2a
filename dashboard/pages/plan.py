"""/plan: pick measures, press run, watch the interval narrow, read baseline | scenario | difference."""

from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate
from flask import Response

from dashboard.guard import Guard, current_owner, current_scope, current_session
from dashboard.i18n import current_language, t
from dashboard.plan import (
    board,
    checking,
    exchange,
    fields,
    forms,
    history,
    library,
    places,
    results,
    runs,
    shelf_calls,
)
from dashboard.plan.fields import FIELD_VALUES
from dashboard.plan.findings import BY_ID, HEADLINE
from dashboard.plan.layout import SIDES, lay_out
from dashboard.plan.part import tell_outside
from dashboard.services import Services
from dashboard.studying import refuse_full
from hub.jobs import ExperimentSpec
from hub.roles import ADMINS, PLANNERS
from store.jobs import QueueFull

PATH, NAME, ROLES, FRAMED = "/plan", "plan.name", PLANNERS, True


def layout(services: Services, lang: str) -> html.Main:
    """Form at the left, maps, posts and table in the middle, the trial at the right."""
    return lay_out(services, lang)


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: edit the draft, check it as one types, run, follow, cancel; a route for downloads."""
    choices = fields.Choices(services.district)
    shelf_calls.register(guard, services)
    exchange.register(guard, services)
    history.register(guard, services, choices)
    places.register(guard, services)
    _register_editing(guard, choices)
    checking.register(guard, services, choices)
    _register_running(guard, services)
    _register_following(guard, services)
    runs.register(guard, services)

    @app.server.get("/api/runs/<job_id>/<name>.csv", endpoint="run_table")
    def download(job_id: str, name: str) -> Response:
        return results.download(services, job_id, name)

    guard.open_route("run_table", PLANNERS)


def _register_editing(guard: Guard, choices: fields.Choices) -> None:
    @guard.callback(
        ROLES,
        Output("plan-measures", "children"),
        Output("plan-name", "value"),
        Output("plan-note", "children"),
        Output("plan-kind", "value"),
        Output("plan-library", "value"),
        Input("plan-add", "n_clicks"),
        Input({"type": "plan-remove", "n": ALL}, "n_clicks"),
        Input("plan-load", "data"),
        Input("plan-move", "data"),
        State("plan-move-role", "value"),
        State("plan-kind", "value"),
        State("plan-name", "value"),
        State(FIELD_VALUES, "value"),
        State(FIELD_VALUES, "id"),
        running=[(Output("plan-desk", "className"), "plan editing", "plan")],
        prevent_initial_call=True,
    )
    def edit(_: Any, removes: Any, load: Any, move: Any, role: Any, kind: Any, title: Any, *form: Any) -> Any:
        lang, trigger = current_language(), ctx.triggered_id
        draft: forms.Draft | None = forms.collect_draft(*reversed(form))
        note: Any = no_update
        if trigger == "plan-load":
            title, note, draft = library.read_load(load) or (title, note, None)
        elif trigger == "plan-move":
            draft = board.move_posts(draft or [], move, role)
        elif trigger == "plan-add":
            draft = library.add_measure(draft or [], kind)
        else:
            removed = isinstance(trigger, dict) and any(removes)
            draft = library.remove_measure(draft or [], trigger.get("n")) if removed else None
        if draft is None:
            raise PreventUpdate
        return fields.draw_measures(draft, choices, lang), title, note, None, None


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
        if scenario is None or not scenario.in_force:
            return no_update, "；".join(faults) or forms.tell_empty(scenario, lang)
        outside = tell_outside(scenario, current_scope(services), lang)
        if outside:
            return no_update, outside
        try:
            text = forms.write_toml(forms.drop_off(scenario))
            spec = ExperimentSpec((text,), date.fromisoformat(start), *(int(n) for n in numbers))
            return services.jobs.submit_experiment(spec, current_owner()), ""
        except QueueFull as full:
            return no_update, refuse_full(full, lang)
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
        if clicks and isinstance(job_id, str) and current_session().role in ADMINS:
            services.jobs.cancel(job_id)
        elif clicks and isinstance(job_id, str):
            services.jobs.cancel(job_id, asked_by=current_owner())
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
        Output({"type": "plan-group", "name": ALL}, "children"),
        Output("plan-downloads", "children"),
        Output("plan-progress", "children"),
        Output("plan-bars", "children"),
        Output("plan-headline", "children"),
        Output("plan-narrowing", "figure"),
        Output("plan-reach", "children"),
        Output("plan-cancel", "disabled"),
        Output("plan-shown", "data"),
    ]

    @guard.callback(
        ROLES,
        *outputs,
        Input("plan-tick", "n_intervals"),
        Input("plan-job", "data"),
        Input("plan-indicator", "value"),
        State("plan-shown", "data"),
    )
    def follow(_: Any, job_id: Any, chosen: Any, shown: Any) -> Any:
        indicator = BY_ID.get(chosen if isinstance(chosen, str) else "", BY_ID[HEADLINE])
        view = results.follow(services, job_id, indicator, shown, current_language())
        if view is None:
            raise PreventUpdate
        return tuple(view)
