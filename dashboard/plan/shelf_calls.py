"""The callbacks of the library: list, open and save, tags, TOML out."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate

from dashboard.actors import Words
from dashboard.guard import Guard
from dashboard.i18n import current_language, t
from dashboard.plan import forms, shelf
from dashboard.plan.fields import FIELD_VALUES
from dashboard.plan.findings import HEADLINE
from dashboard.plan.shelf_acts import Acts, Done, Form, Refused, read_form, read_scenario
from dashboard.planners import current_planner
from dashboard.services import Services
from hub.roles import PLANNERS as ROLES
from store.scenarios import ScenarioRow

FORM = (
    State("plan-name", "value"),
    State("plan-note", "children"),
    State(FIELD_VALUES, "id"),
    State(FIELD_VALUES, "value"),
    State("plan-open", "data"),
)
BUTTONS = {
    "plan-open-row": ("open", "id"),
    "plan-version": ("", "n"),
    "plan-shelf-act": ("", "action"),
}


def register(guard: Guard, services: Services) -> None:
    """Every callback of the library's card."""
    words_of = cache(partial(Words, services.district))
    _register_list(guard, services, words_of)
    _register_acts(guard, services)
    _register_tags(guard, services)
    _register_download(guard, services)


def find_row(services: Services, opened: Any) -> ScenarioRow | None:
    """The open scenario as the library has it now; None where this planner may see none of that id."""
    name = opened.get("id") if isinstance(opened, dict) else None
    rows = services.library.list_for(current_planner(services)) if isinstance(name, str) else []
    return next((row for row in rows if row.scenario_id == name), None)


def _register_list(guard: Guard, services: Services, words_of: Callable[[str], Words]) -> None:
    @guard.callback(
        ROLES,
        Output("plan-shelf", "children"),
        Output("plan-shelf-count", "children"),
        Input("plan-search", "value"),
        Input("plan-open", "data"),
        Input("plan-turn", "data"),
        Input("plan-shelf-tick", "n_intervals"),
        Input("plan-job", "data"),
        Input("plan-shown", "data"),
    )
    def fill(asked: Any, opened: Any, *_: Any) -> Any:
        planner = current_planner(services)
        rows = services.library.list_for(planner)
        name = str(opened.get("id", "")) if isinstance(opened, dict) else ""
        chosen = shelf.choose_rows(rows, asked)
        known = services.known.find({row.hash for row in chosen}, HEADLINE, planner.owner)
        shown = shelf.Shown(planner.owner, name, known)
        return shelf.draw_list(chosen, len(rows), shown, words_of(current_language()))

    @guard.callback(
        ROLES, Output("plan-kept", "children"), Input("plan-open", "data"), Input("plan-turn", "data")
    )
    def show(opened: Any, _: Any) -> Any:
        row, words = find_row(services, opened), words_of(current_language())
        return shelf.draw_kept(row, row is not None and row.owner == current_planner(services).owner, words)


def _register_acts(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("plan-told", "children"),
        Output("plan-open", "data"),
        Output("plan-load", "data"),
        Output("plan-turn", "data"),
        Output("plan-stash", "data"),
        Input({"type": "plan-open-row", "id": ALL}, "n_clicks"),
        Input({"type": "plan-shelf-act", "action": ALL}, "n_clicks"),
        Input({"type": "plan-version", "n": ALL, "act": ALL}, "n_clicks"),
        Input("plan-library", "value"),
        *FORM,
        State("plan-turn", "data"),
        State("plan-stash", "data"),
        prevent_initial_call=True,
    )
    def act(*given: Any) -> Any:
        *pressed, chosen, title, note, ids, values, opened, turn, stash = given
        action, what = read_press(ctx.triggered_id, pressed, chosen)
        form, lang = read_form(title, note, ids, values, opened), current_language()
        if action == "undo":
            return (*take_back(stash), turn, None)
        try:
            done = Acts(services, lang).do(action, form, what)
        except Refused as refused:
            return shelf.draw_refusal(refused, lang), no_update, no_update, no_update, no_update
        return *answer(done, form, lang), (turn + 1 if isinstance(turn, int) else 1), keep_form(done, form)


def read_press(trigger: Any, clicks: list[Any], chosen: Any) -> tuple[str, Any]:
    """The act that was asked for and on what; PreventUpdate where a button was only drawn anew."""
    if trigger == "plan-library" and isinstance(chosen, str) and chosen:
        return "template", chosen
    if not isinstance(trigger, Mapping) or not any(
        isinstance(n, int) and n > 0 for group in clicks if isinstance(group, list) for n in group
    ):
        raise PreventUpdate
    if not ctx.triggered or not ctx.triggered[0].get("value"):
        raise PreventUpdate
    action, key = BUTTONS.get(str(trigger.get("type")), ("", "action"))
    return action or str(trigger.get("act") or trigger.get("action")), trigger.get(key)


def answer(done: Done, form: Form, lang: str) -> tuple[Any, Any, Any]:
    """What is told, what is open, what the form shows; a form that gives way can be had back."""
    told = shelf.draw_done(done, lang)
    if done.load is not no_update and form.draft:
        told.append(shelf.draw_button("undo", lang, "link"))
    return told, done.opened, done.load


def keep_form(done: Done, form: Form) -> Any:
    """What the form held before another scenario took its place."""
    if done.load is no_update:
        return no_update
    load = {"title": form.title, "note": form.note, "measures": form.draft}
    return {"load": load, "opened": dict(form.opened) or None}


def take_back(stash: Any) -> tuple[Any, Any, Any]:
    """The form as it was before."""
    if not isinstance(stash, dict) or not {"load", "opened"} <= stash.keys():
        raise PreventUpdate
    return "", stash["opened"], stash["load"]


def _register_tags(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("plan-told", "children", allow_duplicate=True),
        Output("plan-turn", "data", allow_duplicate=True),
        Input({"type": "plan-tags", "id": ALL}, "value"),
        State({"type": "plan-tags", "id": ALL}, "id"),
        State("plan-turn", "data"),
        prevent_initial_call=True,
    )
    def tag(values: Any, ids: Any, turn: Any) -> Any:
        """Tags as they are typed; the control drawn anew changes nothing."""
        name, tags = read_tags(ids, values)
        row, lang = find_row(services, {"id": name}), current_language()
        if row is None or list(row.tags) == tags:
            raise PreventUpdate
        try:
            services.library.tag(current_planner(services), name, tags)
        except (KeyError, PermissionError, ValueError):
            return shelf.draw_refusal(Refused([t("shelf.bad_tags", lang)]), lang), no_update
        return shelf.draw_done(Done("tagged", {}), lang), turn + 1 if isinstance(turn, int) else 1


def read_tags(ids: Any, values: Any) -> tuple[str, list[str]]:
    """The id of the open scenario and its tags; PreventUpdate where no control of tags is there."""
    if not isinstance(ids, list) or not isinstance(values, list) or not ids or not values:
        raise PreventUpdate
    tags = values[0] if isinstance(values[0], list) else []
    name = ids[0].get("id") if isinstance(ids[0], dict) else ""
    return str(name), [tag for tag in tags if isinstance(tag, str)]


def _register_download(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("plan-toml", "data"),
        Output("plan-told", "children", allow_duplicate=True),
        Input("plan-export", "n_clicks"),
        *FORM,
        prevent_initial_call=True,
    )
    def export(clicks: Any, *given: Any) -> Any:
        """The form as a TOML file; it need not be saved before."""
        if not clicks:
            raise PreventUpdate
        title, note, ids, values, opened = given
        form, lang = read_form(title, note, ids, values, opened), current_language()
        try:
            scenario = read_scenario(form, services, lang)
        except Refused as refused:
            return no_update, shelf.draw_refusal(refused, lang)
        name = f"{'DEMO-' * (services.district.label == 'fictitious')}{scenario.hash[: shelf.SHORT]}.toml"
        file = {"content": forms.write_toml(scenario), "filename": name, "type": "application/toml"}
        return file, shelf.draw_done(Done("exported", {"name": name}), lang)
