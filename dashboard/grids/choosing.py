"""Choosing the villages to draw anew: a list and a map beside it, each saying what the other says."""

import json
from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.formats import card
from dashboard.grids.drawn import read_seen, read_source
from dashboard.guard import Guard, current_scope
from dashboard.i18n import current_language, pick, t
from dashboard.maps import shorten_name
from dashboard.plan.places import read_click, read_codes, toggle
from dashboard.services import Services
from hub.gridding import weigh_grids
from hub.roles import PLANNERS as ROLES
from hub.scopes import Scope
from twin.district import District
from twin.gridding.village_cells import list_open_grids


def draw_choice(lang: str) -> html.Section:
    """The map of one township's villages, and what is chosen; choose_places.js draws it."""
    data = {"data-tier": "villages", "data-click": "grids-place-click", "data-chosen": "[]"}
    blank = {"data-only": "[]", "data-bounds": "", "data-labels": "[]"}
    body = [
        dcc.Store(id="grids-place-click"),
        html.Div(id="grids-places", className="places-map", **data, **blank),
        html.P(id="grids-chosen", className="caption", role="status"),
    ]
    return card(
        t("grids.map_choose", lang), body, t("grids.map_choose_note", lang), class_name="grids-choose"
    )


def list_places(
    services: Services, scope: Scope, tier: str, lang: str, parent: str = ""
) -> list[dict[str, str]]:
    """Townships with a village inside a planner's part, or the villages of one that have grids."""
    areas = services.district.areas
    mine = areas[(areas["tier"] == "village") & areas["code"].isin(scope.areas)]
    mine = mine[mine["code"].isin(services.district.grids["village"])]
    rows = mine[mine["parent"] == parent] if tier == "village" else areas[areas["code"].isin(mine["parent"])]
    return [
        {"value": str(row.code), "label": pick(lang, row.name_, row.name_en)}
        for row in rows.rename(columns={"name": "name_"}).itertuples()
    ]


def pick_chosen(rows: list[dict[str, str]], chosen: Any) -> tuple[list[str], list[str]]:
    """The codes of a list that are chosen, and all of it: none chosen means all."""
    known, codes = [row["value"] for row in rows], read_codes(chosen)
    return [code for code in known if code in codes], known


def count_open(district: District, villages: list[str]) -> int:
    """How many grids of some villages are drawn anew."""
    return len(list_open_grids(district.grids, villages, keep_dedicated=True))


def tell_size(district: District, villages: list[str], balance: Any, count: Any, lang: str) -> str:
    """What a grid would weigh on average; blank where minutes are asked, which the job alone counts."""
    if balance not in ("households", "population", "reports") or not isinstance(count, int) or count < 1:
        return ""
    codes = list_open_grids(district.grids, villages, keep_dedicated=True)["code"]
    load = float(weigh_grids(district, balance).reindex(codes).sum()) / count
    words = f"{load:,.0f}" if load >= 100 else f"{load:.1f}"
    return t("grids.size", lang, load=words, balance=t(f"grids.balance_{balance}", lang))


def register(guard: Guard, services: Services) -> None:
    """Callbacks: the villages of a township on list and map, a click on the map, what follows from both."""
    _register_size(guard, services)
    _register_recall(guard, services)

    @guard.callback(
        ROLES,
        Output("grids-villages", "data"),
        Output("grids-villages", "value"),
        Output("grids-places", "data-only"),
        Output("grids-places", "data-bounds"),
        Output("grids-places", "data-labels"),
        Input("grids-town", "value"),
        State("grids-villages", "value"),
    )
    def choose_town(town: Any, chosen: Any) -> Any:
        lang = current_language()
        rows = list_places(services, current_scope(services), "village", lang, str(town))
        return rows, pick_chosen(rows, chosen)[0], *aim_map(services.district, rows, lang)

    @guard.callback(
        ROLES,
        Output("grids-villages", "value", allow_duplicate=True),
        Input("grids-place-click", "data"),
        State("grids-town", "value"),
        State("grids-villages", "value"),
        prevent_initial_call=True,
    )
    def click(clicked: Any, town: Any, chosen: Any) -> Any:
        code = read_click(clicked)
        rows = list_places(services, current_scope(services), "village", current_language(), str(town))
        if code not in {row["value"] for row in rows}:
            raise PreventUpdate
        return toggle(read_codes(chosen), code, True)

    @guard.callback(
        ROLES,
        Output("grids-places", "data-chosen"),
        Output("grids-chosen", "children"),
        Output("grids-count", "value"),
        Input("grids-villages", "value"),
        State("grids-town", "value"),
        State("grids-seen", "data"),
    )
    def tell(chosen: Any, town: Any, seen: Any) -> Any:
        lang = current_language()
        rows = list_places(services, current_scope(services), "village", lang, str(town))
        codes, known = pick_chosen(rows, chosen)
        grids = count_open(services.district, codes or known)
        key = "grids.chosen" if codes else "grids.chosen_all"
        words = t(key, lang, count=len(codes) or len(rows), grids=grids)
        shown = read_seen(services, seen)
        same = shown is not None and shown.head["villages"] == sorted(codes or known)
        return json.dumps(codes), words, shown.head["count"] if shown and same else grids


def _register_recall(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("grids-town", "value"),
        Output("grids-villages", "value", allow_duplicate=True),
        *(Output(f"grids-{name}", "value") for name in ("source", "balance", "seed")),
        Input("grids-seen", "data"),
        State("grids-draw", "n_clicks"),
        prevent_initial_call=True,
    )
    def recall(seen: Any, asked: Any) -> Any:
        """A page that opens with a drawing asks what that drawing was asked; its count follows in `tell`."""
        shown = read_seen(services, seen)
        if asked or shown is None:
            raise PreventUpdate
        return recall_form(services.district, shown.head)


def recall_form(district: District, head: Mapping[str, Any]) -> tuple[Any, ...]:
    """Town, villages (none: all of the town's), source, balance and seed that a drawing was asked with."""
    areas = district.areas.set_index("code")["parent"]
    (town, *_) = areas.reindex(head["villages"])
    whole = set(areas.index[areas == town]) & set(district.grids["village"]) <= set(head["villages"])
    villages = [] if whole else list(head["villages"])
    return str(town), villages, read_source(head), head["balance"], head["seed"]


def _register_size(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("grids-size", "children"),
        Input("grids-count", "value"),
        Input("grids-balance", "value"),
        Input("grids-villages", "value"),
        State("grids-town", "value"),
    )
    def size(count: Any, balance: Any, chosen: Any, town: Any) -> str:
        lang = current_language()
        rows = list_places(services, current_scope(services), "village", lang, str(town))
        codes, known = pick_chosen(rows, chosen)
        return tell_size(services.district, codes or known, balance, count, lang)


def aim_map(district: District, rows: list[dict[str, str]], lang: str) -> tuple[str, str, str]:
    """Codes, bounds and names of villages, as the map reads them."""
    names = {row["value"]: row["label"] for row in rows}
    areas = district.areas[district.areas["code"].isin(names)].to_crs(4326)
    if areas.empty:
        return "[]", "", "[]"
    bounds = [round(float(v), 5) for v in areas.total_bounds]
    points = areas.geometry.representative_point()
    labels = [
        {"name": shorten_name(names[code], lang), "lon": round(p.x, 5), "lat": round(p.y, 5)}
        for code, p in zip(areas["code"], points, strict=True)
    ]
    return json.dumps(list(names)), json.dumps(bounds), json.dumps(labels, ensure_ascii=False)
