"""/admin: accounts, screens, sessions in force, keys of sources, and the settings that are in force."""

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate
from flask import request

from dashboard.admin.acts import Clerk
from dashboard.admin.tables import Ledger, draw_card, draw_told
from dashboard.guard import Guard, current_actor
from dashboard.i18n import current_language, t
from dashboard.services import Services
from hub.roles import ADMINS, PERSONAL
from hub.roles import ROLES as ALL_ROLES

PATH, NAME, ROLES, FRAMED = "/admin", "admin.name", ADMINS, True
SECONDS = 30
PARTS = ("accounts", "displays", "sessions", "keys", "settings")


def layout(services: Services, lang: str) -> html.Main:
    """Accounts at the left; screens, sessions, keys and settings at the right."""
    ledger = Ledger(services, lang)
    parts = {name: html.Div(id=f"admin-{name}") for name in PARTS}
    left = [
        html.Div(id="admin-told"),
        draw_card(
            ledger.say("accounts"), [parts["accounts"], _draw_form(ledger)], ledger.say("accounts_text")
        ),
        draw_card(ledger.say("sessions"), parts["sessions"], ledger.say("sessions_text")),
    ]
    right = [
        draw_card(
            ledger.say("displays"),
            [parts["displays"], _draw_display_form(ledger)],
            ledger.say("displays_text"),
        ),
        draw_card(ledger.say("keys"), parts["keys"], ledger.say("keys_text")),
        draw_card(ledger.say("settings"), parts["settings"], ledger.say("settings_text")),
    ]
    trail = dcc.Link(ledger.say("to_trail"), href="/audit", className="button small", refresh=True)
    return html.Main(
        [
            html.Div(
                [html.H1(id="admin-title"), html.Span(className="caption"), trail], className="page-head"
            ),
            html.Div([html.Div(left), html.Div(right)], className="people"),
            dcc.Store(id="admin-done"),
            dcc.Interval(id="admin-tick", interval=SECONDS * 1000),
        ],
        className="page",
    )


def register(app: Dash, guard: Guard, services: Services) -> None:
    """One callback that draws, one that acts."""

    @guard.callback(
        ROLES,
        Output("admin-title", "children"),
        *(Output(f"admin-{name}", "children") for name in PARTS),
        Input("admin-tick", "n_intervals"),
        Input("admin-done", "data"),
    )
    def draw(*_: Any) -> Any:
        ledger = Ledger(services, current_language())
        return ledger.draw_title(), *(getattr(ledger, f"draw_{name}")() for name in PARTS)

    @guard.callback(
        ROLES,
        Output("admin-told", "children"),
        Output("admin-done", "data"),
        Input("admin-add", "n_clicks"),
        Input("admin-display-add", "n_clicks"),
        Input({"type": "admin-act", "what": ALL, "name": ALL}, "n_clicks"),
        State("admin-name", "value"),
        State("admin-role", "value"),
        State("admin-scope", "value"),
        State("admin-subject", "value"),
        State("admin-display-name", "value"),
        prevent_initial_call=True,
    )
    def act(_: Any, __: Any, ___: Any, *values: Any) -> Any:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            raise PreventUpdate  # buttons that were drawn, not pressed
        form = dict(zip(("name", "role", "scope", "subject", "display"), values, strict=True))
        lang = current_language()
        base = services.settings.public_url.rstrip("/") or request.host_url.rstrip("/")
        told = Clerk(services, current_actor(), base, lang).do(ctx.triggered_id, form)
        if told is None:
            raise PreventUpdate
        return draw_told(told.text, told.address, told.wrong, Ledger(services, lang)), services.audit.count()


def _draw_form(ledger: Ledger) -> html.Details:
    lang, units = ledger.lang, ledger.services.district.units
    roles = [
        {"value": role, "label": t(f"frame.role_{role}", lang)} for role in ALL_ROLES if role in PERSONAL
    ]
    places = [{"value": code, "label": f"{ledger.names.units[code]} {code}"} for code in units["code"]]
    fields = [
        dmc.TextInput(id="admin-name", label=ledger.say("head_name"), inputProps={"maxLength": 60}),
        dmc.Select(id="admin-role", label=ledger.say("head_role"), data=roles, value="viewer"),
        dmc.Select(
            id="admin-scope", label=ledger.say("head_part"), data=places, searchable=True, clearable=True,
            limit=60, placeholder=ledger.say("whole"),
        ),
        dmc.TextInput(
            id="admin-subject", label=ledger.say("head_subject"), placeholder=ledger.say("optional")
        ),
        html.Button(ledger.say("add"), id="admin-add", className="button filled"),
    ]  # fmt: skip
    return html.Details(
        [html.Summary(ledger.say("add_account")), html.Div(fields, className="people-form")], open=True
    )


def _draw_display_form(ledger: Ledger) -> html.Div:
    fields = [
        dmc.TextInput(
            id="admin-display-name", label=ledger.say("display_name"), inputProps={"maxLength": 60}
        ),
        html.Button(ledger.say("add_display"), id="admin-display-add", className="button"),
    ]
    return html.Div(fields, className="people-form short")
