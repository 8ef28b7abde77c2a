"""/audit: what was done here, by whom and when; the chain is checked as the page opens."""

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html

from dashboard.admin import trail
from dashboard.admin.tables import draw_card
from dashboard.guard import Guard
from dashboard.i18n import current_language, t
from dashboard.services import Services
from hub.roles import AUDITORS

PATH, NAME, ROLES, FRAMED = "/audit", "audit.name", AUDITORS, True


def layout(services: Services, lang: str) -> html.Main:
    """The sentence of the chain, a search, a page of rows."""
    buttons = [
        html.Button(t("audit.newer", lang), id="audit-newer", className="button small"),
        html.Button(t("audit.older", lang), id="audit-older", className="button small"),
    ]
    search = dmc.TextInput(
        id="audit-text", placeholder=t("audit.search", lang), debounce=400,
        inputProps={"maxLength": trail.LONGEST},
        **{"aria-label": t("audit.search", lang)},
    )  # fmt: skip
    bar = html.Div(
        [search, html.Span(id="audit-range", className="caption"), *buttons], className="trail-bar"
    )
    return html.Main(
        [
            html.Div(
                [
                    html.H1(id="audit-title"),
                    html.Span(t("audit.caption", lang), className="caption"),
                    html.Button(t("audit.check", lang), id="audit-check", className="button small"),
                ],
                className="page-head",
            ),
            draw_card(t("audit.rows", lang), [bar, html.Div(id="audit-rows", className="trail")]),
            dcc.Store(id="audit-turned"),
        ],
        className="page",
    )


def register(app: Dash, guard: Guard, services: Services) -> None:
    """One callback that checks the chain, one that turns pages."""

    @guard.callback(
        ROLES,
        Output("audit-title", "children"),
        Output("audit-title", "className"),
        Input("audit-check", "n_clicks"),
    )
    def check(_: Any) -> Any:
        return trail.describe_chain(services, current_language())

    @guard.callback(
        ROLES,
        Output("audit-rows", "children"),
        Output("audit-range", "children"),
        Output("audit-turned", "data"),
        Input("audit-text", "value"),
        Input("audit-older", "n_clicks"),
        Input("audit-newer", "n_clicks"),
        State("audit-turned", "data"),
    )
    def show(text: Any, _: Any, __: Any, turned: Any) -> Any:
        lang = current_language()
        shown = trail.find_rows(services, text, trail.Turn.read(turned))
        page = trail.turn(ctx.triggered_id, turned, shown)
        rows = trail.find_rows(services, text, page)
        told = t("audit.range", lang, first=rows[0].audit_no, last=rows[-1].audit_no) if rows else ""
        return trail.draw_rows(rows, services, lang), told, list(page.before)
