"""Hours of posts against the load of the week: a form, load and cover, the mix, its trial."""

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard import studying
from dashboard.downloads import add_tables
from dashboard.faults import tell_error
from dashboard.formats import card
from dashboard.guard import Guard, current_scope
from dashboard.i18n import current_language, t
from dashboard.optimise import places_view, shifts_figures, shifts_view
from dashboard.optimise.places import read_scenario, read_tables
from dashboard.planners import add_keeping
from dashboard.services import Services
from dashboard.wall_names import Names
from hub.jobs import load_proposal
from hub.results import unpack_tables
from hub.roles import PLANNERS
from hub.scopes import Scope
from hub.studies.shifts import ShiftStudy
from simulation.shifts.load import POLICY
from simulation.shifts.proposal import find_pools
from twin.faults import DistrictFaults

PAGE, KIND = "shifts", ShiftStudy.kind
FIELDS = ("role", "units", "days", "replications", "seed")


def layout(services: Services, lang: str) -> html.Div:
    """Form at the left; what is known of the answer at the right."""
    left = [
        _draw_form(current_scope(services), lang),
        html.P(id="shifts-refusal", className="red", role="alert"),
        studying.hold(PAGE, lang),
    ]
    head = [html.H1(t("shifts.title_blank", lang), id="shifts-title"), html.Span(id="shifts-badge")]
    head.append(html.Span(id="shifts-caption", className="caption"))
    view = html.Div(places_view.draw_blank("shifts.blank", lang), id="shifts-view", className="plan-centre")
    parts = [html.Div(left, className="plan-left"), view]
    return html.Div(
        [
            dcc.Store(id="shifts-shown"),
            html.Div(head, className="page-head"),
            html.Div(parts, className="plan"),
        ]
    )


def _draw_form(scope: Scope, lang: str) -> html.Section:
    roles, names = list_roles(scope), Names(scope.district, lang)
    first = "squad_urban" if "squad_urban" in roles else next(iter(roles), None)
    role = dmc.Select(
        id="shifts-role", label=t("shifts.role", lang), value=first, size="xs", searchable=True,
        data=[{"value": one, "label": names.role(one)} for one in roles], allowDeselect=False,
    )  # fmt: skip
    units = dmc.MultiSelect(
        id="shifts-units", label=t("shifts.units", lang), data=[], value=[], searchable=True, size="xs",
        placeholder=t("shifts.units_all", lang), mt="xs",
    )  # fmt: skip
    numbers = [
        dmc.NumberInput(
            id=f"shifts-{name}", label=t(f"siting.{name}", lang), value=POLICY[name], min=least, max=most,
            size="xs",
        )
        for name, least, most in (("days", 7, 60), ("replications", 2, 60), ("seed", 0, 10**9))
    ]  # fmt: skip
    body = html.Div(numbers, className="fields")
    trial = html.Details([html.Summary(t("siting.trial_settings", lang)), body], className="limits")
    run = html.Button(t("shifts.run", lang), id="shifts-run", className="button filled run")
    return card(t("shifts.question", lang), [role, units, trial, run])


def list_roles(scope: Scope) -> dict[str, list[str]]:
    """Role -> units in a planner's part that have filled posts of it with hours that could be moved."""
    district = scope.district
    endless = set(district.shifts.loc[district.shifts["days"] == "always", "shift"])
    posts = district.posts
    mine = posts[(posts["filled"] == 1) & ~posts["shift"].isin(endless) & posts["unit"].isin(scope.units)]
    return {str(role): sorted(map(str, part.unique())) for role, part in mine.groupby("role")["unit"]}


def read_question(values: dict[str, Any], scope: Scope, lang: str) -> tuple[dict[str, Any], str]:
    """The spec of a study and no words; or nothing and every reason why it cannot be asked."""
    inside = list_roles(scope).get(str(values["role"]), [])
    chosen = values["units"] if isinstance(values["units"], list) else []
    units = [str(unit) for unit in chosen]
    if not inside or not set(units) <= set(inside):
        return {}, t("shifts.outside", lang)
    asked = units or ([] if scope.is_whole else inside)
    try:
        numbers = {name: int(values[name]) for name in ("days", "replications", "seed")}
        plain = {"role": str(values["role"]), "units": asked, "start": load_proposal()["start"].isoformat()}
        spec = ShiftStudy().check(plain | numbers)
        find_pools(scope.district, spec["role"], spec["units"])
    except DistrictFaults as error:
        return {}, tell_error(error, lang)
    except (TypeError, ValueError, OverflowError):
        return {}, t("siting.bad_form", lang)
    return spec, ""


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: ask, follow, stop, show, one pool's week, keep the scenario; a route of the tables."""
    studying.register(guard, services, PAGE, PLANNERS, KIND)
    _register_asking(guard, services)
    _register_showing(guard, services)
    add_keeping(guard, services, PAGE, lambda seen: read_scenario(services, seen, KIND))
    add_tables(app, guard, services, PAGE, lambda job_id: read_tables(services, job_id, KIND))


def _register_asking(guard: Guard, services: Services) -> None:
    @guard.callback(
        PLANNERS,
        Output("shifts-job", "data"),
        Output("shifts-refusal", "children"),
        Input("shifts-run", "n_clicks"),
        *(State(f"shifts-{name}", "value") for name in FIELDS),
        prevent_initial_call=True,
    )
    def ask(clicks: Any, *values: Any) -> Any:
        if not clicks:
            raise PreventUpdate
        lang, asked = current_language(), dict(zip(FIELDS, values, strict=True))
        spec, why = read_question(asked, current_scope(services), lang)
        return studying.submit(services, KIND, spec, lang) if spec else (no_update, why)

    @guard.callback(
        PLANNERS,
        Output("shifts-units", "data"),
        Output("shifts-units", "value"),
        Input("shifts-role", "value"),
    )
    def offer(role: Any) -> Any:
        """The units that have the role; a choice of another role's units is gone."""
        scope, names = current_scope(services), Names(services.district, current_language())
        units = list_roles(scope).get(role, []) if isinstance(role, str) else []
        return [{"value": unit, "label": names.unit(unit)} for unit in units], []


def _register_showing(guard: Guard, services: Services) -> None:
    @guard.callback(
        PLANNERS,
        Output("shifts-title", "children"),
        Output("shifts-badge", "children"),
        Output("shifts-caption", "children"),
        Output("shifts-view", "children"),
        Output("shifts-shown", "data"),
        Input("shifts-seen", "data"),
        State("shifts-shown", "data"),
    )
    def show(seen: Any, shown: Any) -> Any:
        """Drawn when the mix is there, and again with every pair of runs."""
        lang = current_language()
        known = studying.read_known(services, seen, KIND, unpack_tables)
        if known is None or not len(known[1][1]["hours"]):
            return places_view.tell_waiting(services, seen, KIND, PAGE, lang)
        status, (head, tables) = known
        now = [
            status.job_id,
            status.state,
            len(tables["trial"]) and int(tables["trial"]["replications"].max()),
            lang,
        ]
        if now == shown:
            raise PreventUpdate
        view = shifts_view.View(services, status, head, tables, lang)
        return view.title(), view.badge(), view.caption(), view.draw(), now

    @guard.callback(
        PLANNERS,
        Output("shifts-week", "figure"),
        Output("shifts-strip", "figure"),
        Input("shifts-pool", "value"),
        State("shifts-seen", "data"),
        prevent_initial_call=True,
    )
    def pick(unit: Any, seen: Any) -> Any:
        known = studying.read_known(services, seen, KIND, unpack_tables)
        if known is None:
            raise PreventUpdate
        hours, lang = shifts_figures.sum_hours(known[1][1]["hours"], unit), current_language()
        return shifts_figures.draw_week(hours, lang), shifts_figures.draw_strip(hours, lang)
