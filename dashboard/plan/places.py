"""Choosing places on a map: a dialog whose clicks fill a measure's field of townships or villages."""

import json
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import maps
from dashboard.actors import Words
from dashboard.guard import Guard
from dashboard.i18n import current_language, t
from dashboard.plan.fields import TIERS
from dashboard.services import Services
from hub.roles import PLANNERS as ROLES
from twin.district import District

LAYERS = {"township": "townships", "village": "villages"}
FIELDS = {"type": "plan-field", "n": ALL, "field": ALL}
PICKS = {"type": "plan-pick", "n": ALL, "field": ALL, "of": ALL}
SHOWN = 12


def draw_dialog(services: Services, lang: str) -> dmc.Modal:
    """The dialog: township or village, the map, what is chosen, a button that takes it over."""
    tier = dmc.SegmentedControl(
        id="plan-places-tier", data=_list_tiers(tuple(LAYERS), lang), value="township", size="xs",
        **{"aria-label": t("places.tier", lang)},
    )  # fmt: skip
    holder = _hold_map(services.district, lang)
    take = html.Button(
        t("places.take", lang), id="plan-places-take", className="button filled", type="button"
    )
    clear = html.Button(t("places.clear", lang), id="plan-places-clear", className="button", type="button")
    told = html.P(id="plan-places-told", className="caption", role="status")
    body = [
        dcc.Store(id="plan-places-target"), dcc.Store(id="plan-places-chosen"),
        dcc.Store(id="plan-places-click"),
        dcc.Store(id="plan-places-taken"),
        tier, holder, told, html.Div([take, clear], className="buttons"),
    ]  # fmt: skip
    return dmc.Modal(
        html.Div(body, className="light dialog"), id="plan-places", size="60rem", opened=False,
        title=t("places.title", lang),
        closeButtonProps={"aria-label": t("shelf.close", lang)},
    )  # fmt: skip


def _list_tiers(tiers: tuple[str, ...], lang: str) -> list[dict[str, str]]:
    return [{"value": tier, "label": t(f"plan.tier_{tier}", lang)} for tier in tiers]


def _hold_map(district: District, lang: str) -> html.Div:
    """Where choose_places.js draws: bounds and names of townships; layer and what is chosen come later."""
    bounds = [round(float(v), 5) for v in district.areas.to_crs(4326).total_bounds]
    labels = json.dumps(maps.list_labels(district, lang), ensure_ascii=False)
    data = {"data-bounds": json.dumps(bounds), "data-labels": labels, "data-click": "plan-places-click"}
    return html.Div(
        id="plan-places-map", className="places-map", **data, **{"data-tier": "", "data-chosen": "[]"}
    )


def toggle(chosen: list[str], code: str, is_many: bool) -> list[str]:
    """The codes with one more or one less; of a field for one place the last click counts."""
    if code in chosen:
        return [c for c in chosen if c != code]
    return [*chosen, code] if is_many else [code]


def tell_chosen(chosen: list[str], words: Words) -> str:
    """The names of what is chosen, and how many."""
    if not chosen:
        return t("places.none", words.lang)
    named = "、".join(words.areas.get(code, words.unit(code)) for code in chosen[:SHOWN])
    return t(
        "places.chosen", words.lang, count=len(chosen), names=named + ("…" if len(chosen) > SHOWN else "")
    )


def read_codes(value: Any) -> list[str]:
    """The codes of a field for one or for several places."""
    several = value if isinstance(value, list) else [value]
    return [code for code in several if isinstance(code, str) and code]


def register(guard: Guard, services: Services) -> None:
    """Callbacks: open for a field, click places, show what is chosen, take it over."""
    _register_choosing(guard, services)
    _register_drawing(guard, services)

    @guard.callback(
        ROLES,
        Output("plan-places-taken", "data"),
        Output(FIELDS, "value"),
        Input("plan-places-take", "n_clicks"),
        State("plan-places-target", "data"),
        State("plan-places-chosen", "data"),
        State(FIELDS, "id"),
        prevent_initial_call=True,
    )
    def take(clicks: Any, target: Any, chosen: Any, ids: Any) -> Any:
        if not clicks or not isinstance(target, dict) or not isinstance(ids, list):
            raise PreventUpdate
        codes = read_codes(chosen)
        value = codes if target.get("many") else next(iter(codes), None)
        return codes, [value if _is_target(name, target) else no_update for name in ids]


def _is_target(name: Any, target: dict[str, Any]) -> bool:
    same = isinstance(name, dict) and all(name.get(key) == target.get(key) for key in ("n", "field"))
    return bool(same)


def _register_choosing(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("plan-places", "opened"),
        Output("plan-places-target", "data"),
        Output("plan-places-chosen", "data"),
        Output("plan-places-tier", "data"),
        Output("plan-places-tier", "value"),
        Input(PICKS, "n_clicks"),
        Input("plan-places-click", "data"),
        Input("plan-places-take", "n_clicks"),
        Input("plan-places-clear", "n_clicks"),
        State("plan-places-target", "data"),
        State("plan-places-chosen", "data"),
        State(FIELDS, "id"),
        State(FIELDS, "value"),
        prevent_initial_call=True,
    )
    def choose(_: Any, click: Any, __: Any, ___: Any, target: Any, chosen: Any, *form: Any) -> Any:
        trigger, kept = ctx.triggered_id, (no_update,) * 2
        if trigger == "plan-places-take":
            return False, *kept, *kept
        if trigger == "plan-places-clear":
            return no_update, no_update, [], *kept
        if trigger == "plan-places-click":
            code = read_click(click)
            many = isinstance(target, dict) and bool(target.get("many"))
            return no_update, no_update, toggle(read_codes(chosen), code, many), *kept
        return open_for(trigger, dict_fields(*form), current_language())


def read_click(click: Any) -> str:
    """The code of the place that was clicked; PreventUpdate where none was."""
    code = click.get("code") if isinstance(click, dict) else None
    if not isinstance(code, str):
        raise PreventUpdate
    return code


def dict_fields(ids: Any, values: Any) -> dict[tuple[Any, Any], Any]:
    """(number, field) -> value of every control of the form."""
    pairs = zip(ids, values, strict=False) if isinstance(ids, list) and isinstance(values, list) else ()
    return {(name.get("n"), name.get("field")): value for name, value in pairs if isinstance(name, dict)}


def open_for(trigger: Any, values: dict[tuple[Any, Any], Any], lang: str) -> tuple[Any, ...]:
    """The dialog for the field whose button was pressed, with what it holds."""
    if not isinstance(trigger, dict) or not ctx.triggered[0].get("value"):
        raise PreventUpdate
    key = (trigger.get("n"), trigger.get("field"))
    tiers = TIERS.get(str(trigger.get("of")))
    if key not in values or tiers is None:
        raise PreventUpdate
    target = {"n": key[0], "field": key[1], "many": isinstance(values[key], list)}
    return True, target, read_codes(values[key]), _list_tiers(tiers, lang), tiers[0]


def _register_drawing(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("plan-places-map", "data-tier"),
        Output("plan-places-map", "data-chosen"),
        Output("plan-places-told", "children"),
        Input("plan-places-chosen", "data"),
        Input("plan-places-tier", "value"),
        prevent_initial_call=True,
    )
    def draw(chosen: Any, tier: Any) -> Any:
        codes = read_codes(chosen)
        layer = LAYERS.get(tier if isinstance(tier, str) else "", LAYERS["township"])
        return layer, json.dumps(codes), tell_chosen(codes, Words(services.district, current_language()))
