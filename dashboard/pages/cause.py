"""/cause: why is this place late, what to do about it, and whether what was done helped."""

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import studying
from dashboard.actors import current_actor, find_pressed, tell_refusal
from dashboard.cause import choosing
from dashboard.cause.answers import find_known, list_subjects, list_tables
from dashboard.cause.chart import draw_empty, draw_rows
from dashboard.cause.enacting import (
    draw_enacted,
    draw_form,
    draw_proof,
    list_choices,
    read_day,
    read_forecast,
)
from dashboard.cause.side import draw_more, draw_stages
from dashboard.cause.standing import say_standing
from dashboard.cause.words import say_finding, tell_source
from dashboard.downloads import add_tables
from dashboard.faults import tell_error
from dashboard.formats import card
from dashboard.guard import Guard, current_scope
from dashboard.i18n import current_language, t
from dashboard.plan.fields import list_date_words
from dashboard.planners import keep_scenario
from dashboard.services import Services
from hub.books.acts import Refused
from hub.jobs import load_proposal
from hub.roles import PLANNERS
from hub.studies.diagnosis import MOST_DAYS, MOST_REPLICATIONS, DiagnosisStudy, check_subject
from simulation.diagnosis.policy import read_diagnosis_policy
from simulation.scenario import Scenario
from twin.faults import DistrictFaults

PATH, NAME, ROLES, FRAMED = "/cause", "cause.name", PLANNERS, True
KIND = DiagnosisStudy.kind


def layout(services: Services, lang: str) -> html.Main:
    """What is asked above; the waterfall at the left, what was played beside it; proofs below."""
    subjects = list_subjects(services.district, current_scope(services), lang)
    ask = [
        dmc.Select(
            id="cause-code",
            data=subjects,
            placeholder=t("cause.ask", lang),
            searchable=True,
            size="sm",
            **{"aria-label": t("cause.ask", lang)},
        ),
        dmc.DateInput(
            id="cause-start",
            value=load_proposal()["start"].isoformat(),
            size="sm",
            **list_date_words(lang),
            **{"aria-label": t("cause.enact_day", lang)},
        ),
        draw_limits(lang),
        html.Button(t("cause.run", lang), id="cause-run", className="button filled", type="button"),
        studying.hold("cause", lang),
    ]
    enact = [
        draw_form(services, lang),
        html.P(id="cause-told", role="alert"),
        html.Div(id="cause-enacted"),
        html.Div(id="cause-proof", role="status"),
    ]
    return html.Main(
        [
            dcc.Location(id="cause-go", refresh=True),
            dcc.Store(id="cause-written", data=0),
            html.Div([html.H1(t("cause.name", lang), id="cause-title"), html.Div(ask, className="cause-ask")],
                     className="page-head"),
            html.P(id="cause-refusal", className="desk-told red", role="alert"),
            html.Div(
                [
                    html.Div(
                        [
                            html.Section(draw_empty("cause.empty", lang), id="cause-chart",
                                         className="card cause-card"),
                            html.Div(id="cause-more", className="cause-more"),
                        ],
                        className="cause-main",
                    ),
                    html.Div(
                        [*choosing.hold(services, lang), html.Div(id="cause-side")], className="cause-side"
                    ),
                ],
                className="cause-page",
            ),
            card(t("cause.proof", lang), enact, t("cause.proof_caption", lang), class_name="proof-card"),
        ],
        className="page",
    )  # fmt: skip


def draw_limits(lang: str) -> html.Details:
    """Days and replications, at their usual numbers."""
    usual = read_diagnosis_policy().run
    bounds = {"days": (usual.days, 1, MOST_DAYS), "replications": (usual.replications, 2, MOST_REPLICATIONS)}
    fields = [
        dmc.NumberInput(
            id=f"cause-{name}",
            label=t(f"siting.{name}", lang),
            value=value,
            min=least,
            max=most,
            allowDecimal=False,
            size="xs",
        )
        for name, (value, least, most) in bounds.items()
    ]
    note = html.P(t("cause.limits_note", lang), className="caption")
    body = html.Div([*fields, note], className="fields")
    return html.Details([html.Summary(t("cause.limits", lang)), body], id="cause-limits", className="limits")


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: ask, follow, draw, try a lever, enact, check; a route for downloads."""
    studying.register(guard, services, "cause", ROLES, KIND)
    choosing.register(guard, services)
    _register_asking(guard, services)
    _register_title(guard, services)
    _register_trying(guard, services)
    _register_enacting(guard, services)
    add_tables(app, guard, services, "causes", lambda job_id: list_tables(services, job_id))


def _register_asking(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("cause-job", "data"),
        Output("cause-refusal", "children"),
        Output("cause-limits", "open"),
        Input("cause-run", "n_clicks"),
        State("cause-code", "value"),
        State("cause-start", "value"),
        State("cause-days", "value"),
        State("cause-replications", "value"),
        prevent_initial_call=True,
    )
    def ask(clicks: Any, code: Any, start: Any, days: Any, replications: Any) -> Any:
        lang = current_language()
        if not clicks:
            raise PreventUpdate
        if not isinstance(code, str) or not code:
            return no_update, t("cause.ask", lang), no_update
        try:
            check_subject(services.district, code, current_scope(services))
        except DistrictFaults as error:
            return no_update, tell_error(error, lang), no_update
        plain = {"code": code, "start": start, "days": days, "replications": replications}
        job, why = studying.submit(services, KIND, plain, lang)
        return job, why, bool(why)

    @guard.callback(
        ROLES,
        Output("cause-chart", "children"),
        Output("cause-more", "children"),
        Output("cause-side", "children"),
        Output("cause-what", "data"),
        Input("cause-seen", "data"),
    )
    def draw(seen: Any) -> Any:
        lang, known = current_language(), find_known(services, seen)
        if known is None:
            return draw_empty("cause.waiting" if studying.goes_on(seen) else "cause.empty", lang), [], [], []
        job_id, found = known
        foot = html.P([t("cause.foot", lang), " ", tell_source(found, lang)], className="caption")
        chart = [*draw_rows(services, found, lang), foot]
        stages = draw_stages(services, found, lang)
        return chart, draw_more(found, job_id, lang), stages, list_choices(found)


def _register_title(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("cause-title", "children"),
        Input("cause-seen", "data"),
        Input(f"{choosing.HELD}-seen", "data"),
        Input("cause-code", "value"),
    )
    def entitle(seen: Any, base: Any, code: Any) -> Any:
        lang, known = current_language(), find_known(services, seen)
        if known is not None:
            return say_finding(services, known[1], lang)
        stand = choosing.read_standing(services, base, lang)
        return t("cause.name", lang) if stand is None else say_standing(stand, choosing.read_code(code))


def _register_trying(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("cause-go", "href"),
        Output("cause-refusal", "children", allow_duplicate=True),
        Input({"type": "cause-try", "name": ALL}, "n_clicks"),
        State("cause-seen", "data"),
        prevent_initial_call=True,
    )
    def try_lever(clicks: Any, seen: Any) -> Any:
        pressed, known = find_pressed(ctx.triggered_id, clicks), find_known(services, seen)
        text = known[1].scenarios.get(str(pressed["name"])) if pressed and known else None
        if text is None:
            raise PreventUpdate
        address, why = keep_scenario(services, Scenario.from_toml(text), current_language())
        return address or no_update, why


def _register_enacting(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("cause-told", "children"),
        Output("cause-written", "data"),
        Input("cause-enact", "n_clicks"),
        State("cause-what", "value"),
        State("cause-day", "value"),
        State("cause-towns", "value"),
        State("cause-seen", "data"),
        prevent_initial_call=True,
    )
    def enact(clicks: Any, what: Any, day: Any, towns: Any, seen: Any) -> Any:
        lang, since, known = current_language(), read_day(day), find_known(services, seen)
        if not clicks:
            raise PreventUpdate
        if known is None or since is None or what not in known[1].scenarios:
            return t("cause.enact_missing", lang), no_update
        try:
            said, places = read_forecast(known[1], what), [str(c) for c in towns or ()]
            text = known[1].scenarios[what]
            services.enacted.record(current_actor(services), text, since, places, said)
        except Refused as refusal:
            return tell_refusal("cause", refusal, lang), no_update
        return t("cause.enact_done", lang), clicks

    @guard.callback(ROLES, Output("cause-enacted", "children"), Input("cause-written", "data"))
    def show_enacted(_: Any) -> Any:
        return draw_enacted(services, services.enacted.list_for(current_actor(services)), current_language())

    @guard.callback(
        ROLES,
        Output("cause-proof", "children"),
        Input({"type": "cause-check", "key": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def check(clicks: Any) -> Any:
        pressed = find_pressed(ctx.triggered_id, clicks)
        mine = {one.enacted_id: one for one in services.enacted.list_for(current_actor(services))}
        one = mine.get(str(pressed["key"])) if pressed else None
        if one is None:
            raise PreventUpdate
        return draw_proof(services.enacted.check(one), one, current_language())
