"""/orders: supervision orders of one's part of the district; the list at the left, one order at the right."""

import secrets
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.actors import Words, collect_fields, current_actor, find_pressed, tell_refusal
from dashboard.guard import Guard
from dashboard.i18n import current_language, t
from dashboard.orders.drawer import draw_drawer
from dashboard.orders.form import draw_form, read_draft
from dashboard.orders.rows import FILTERS, choose_rows, draw_counts, draw_list, draw_title
from dashboard.services import Services
from hub.books.acts import Refused
from hub.roles import DESK, LEADERS

PATH, NAME, ROLES, FRAMED = "/orders", "orders.name", DESK, True
NEW = "new"
FIELDS = {"type": "orders-field", "name": ALL}


def layout(services: Services, lang: str) -> html.Main:
    """Head, list, drawer; callbacks fill them."""
    return html.Main(
        [
            dcc.Interval(id="orders-tick", interval=10_000),
            dcc.Store(id="orders-selected"),
            dcc.Store(id="orders-version"),
            dcc.Store(id="orders-done", data=0),
            dcc.Store(id="orders-shown"),
            _draw_head(services, lang),
            html.Div(
                [
                    html.Section(_draw_skeleton(lang), id="orders-list", className="card",
                                 **{"aria-label": t("orders.name", lang)}),
                    html.Div(
                        [
                            html.P(id="orders-told", className="told", role="alert"),
                            html.Section(html.P(t("orders.choose", lang), className="empty"),
                                         id="orders-drawer", className="card drawer",
                                         **{"aria-label": t("orders.drawer", lang)}),
                        ]
                    ),
                ],
                className="orders-page",
            ),
        ],
        className="page",
    )  # fmt: skip


def _draw_head(services: Services, lang: str) -> html.Div:
    gives = current_actor(services).role in LEADERS
    choices = [{"value": name, "label": t(f"orders.filter_{name}", lang)} for name in FILTERS]
    parts = [
        html.H1(t("orders.name", lang), id="orders-title"),
        html.Div(id="orders-counts", className="counts"),
        dmc.SegmentedControl(id="orders-filter", data=choices, value="open", size="sm",
                             **{"aria-label": t("orders.filter", lang)}),
        html.Button(t("orders.new", lang), id="orders-new", className="button filled", type="button",
                    style={} if gives else {"display": "none"}),
    ]  # fmt: skip
    return html.Div(parts, className="page-head")


def _draw_skeleton(lang: str) -> html.Div:
    return html.Div([html.I() for _ in range(6)], className="skeleton", title=t("orders.loading", lang))


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: list by filter, choose a row or the form, show it, act."""
    words_of = cache(partial(Words, services.district))
    _register_list(guard, services, words_of)
    _register_choice(guard, services, words_of)
    _register_acts(guard, services)


def _register_list(guard: Guard, services: Services, words_of: Callable[[str], Words]) -> None:
    @guard.callback(
        ROLES,
        Output("orders-list", "children"),
        Output("orders-title", "children"),
        Output("orders-counts", "children"),
        Output("orders-shown", "data"),
        Input("orders-tick", "n_intervals"),
        Input("orders-filter", "value"),
        Input("orders-selected", "data"),
        Input("orders-done", "data"),
        State("orders-shown", "data"),
    )
    def fill(_: Any, asked: Any, selected: Any, __: Any, shown: Any) -> Any:
        words, actor = words_of(current_language()), current_actor(services)
        rows = services.orders.list(actor.scope, ended=True)
        chosen = choose_rows(rows, asked)
        shown_as = asked if isinstance(asked, str) else "open"
        table = draw_list(chosen, selected, words, shown_as, actor.role in LEADERS)
        title = draw_title(services.orders.count_open(actor.scope), words.lang)
        mark = str(hash((title, str(table))))
        if mark == shown:
            raise PreventUpdate
        return table, title, draw_counts(rows, words.lang), mark


def _register_choice(guard: Guard, services: Services, words_of: Callable[[str], Words]) -> None:
    @guard.callback(
        ROLES,
        Output("orders-selected", "data"),
        Output("orders-told", "children", allow_duplicate=True),
        Input({"type": "orders-row", "id": ALL}, "n_clicks"),
        Input("orders-new", "n_clicks"),
        prevent_initial_call=True,
    )
    def choose(clicks: Any, new: Any) -> Any:
        if ctx.triggered_id == "orders-new" and new:
            return NEW, ""
        pressed = find_pressed(ctx.triggered_id, clicks)
        if pressed is None:
            raise PreventUpdate
        return pressed.get("id"), ""

    @guard.callback(
        ROLES,
        Output("orders-drawer", "children"),
        Output("orders-version", "data"),
        Input("orders-selected", "data"),
        Input("orders-done", "data"),
    )
    def show(selected: Any, _: Any) -> Any:
        words, actor = words_of(current_language()), current_actor(services)
        if selected == NEW and actor.role in LEADERS:
            key = secrets.token_hex(8)
            return draw_form(services, actor, words, key), key
        row = services.orders.find(selected, actor.scope) if isinstance(selected, str) else None
        if row is None:
            return html.P(t("orders.choose", words.lang), className="empty"), None
        choices = services.orders.list_choices(row, actor)
        return draw_drawer(row, choices, words), row.order.version


def _register_acts(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("orders-done", "data"),
        Output("orders-told", "children"),
        Output("orders-selected", "data", allow_duplicate=True),
        Input({"type": "orders-act", "action": ALL}, "n_clicks"),
        State(FIELDS, "value"),
        State(FIELDS, "id"),
        State("orders-selected", "data"),
        State("orders-version", "data"),
        State("orders-done", "data"),
        prevent_initial_call=True,
    )
    def act(clicks: Any, values: Any, ids: Any, selected: Any, version: Any, done: Any) -> Any:
        pressed = find_pressed(ctx.triggered_id, clicks)
        if pressed is None:
            raise PreventUpdate
        lang, count = current_language(), done + 1 if isinstance(done, int) else 1
        try:
            told, chosen = _do(services, str(pressed.get("action")), collect_fields(values, ids),
                               selected, version)  # fmt: skip
        except Refused as refusal:
            moved = count if refusal.why == "changed" else no_update
            return moved, tell_refusal("orders", refusal, lang), no_update
        badge = html.Span(f"✓ {t(told, lang)}", className="badge g")
        return count, badge, chosen


def _do(services: Services, action: str, fields: dict[str, Any], selected: Any, version: Any) -> Any:
    """Do an act; the key of what is told, and what is shown next."""
    actor, orders = current_actor(services), services.orders
    if action == "give":
        key = version if isinstance(version, str) else ""
        return "orders.told_give", orders.give(actor, read_draft(fields), key)
    if not isinstance(selected, str) or not isinstance(version, int):
        raise Refused("unknown")
    text, due = fields.get("text"), fields.get("due")
    orders.act(actor, selected, action, version, text if isinstance(text, str) else "",
               due if isinstance(due, str) else "")  # fmt: skip
    return f"orders.told_{action}", no_update
