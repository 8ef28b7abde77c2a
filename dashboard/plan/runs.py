"""One's recent runs, the job in the address, and what is told of the queue."""

from typing import Any
from urllib.parse import urlencode

from dash import ALL, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.actors import Words, find_pressed
from dashboard.guard import Guard, current_owner
from dashboard.i18n import LANGUAGES, current_language, t
from dashboard.plan import forms
from dashboard.plan.fields import FIELD_VALUES
from dashboard.plan.library import shows
from dashboard.plan.results import BADGES
from dashboard.services import Services
from dashboard.studying import find_status, name_run
from hub.jobs import EXPERIMENT, JobStatus
from hub.roles import PLANNERS as ROLES

SHOWN = 8


def hold_runs(lang: str) -> html.Section:
    """The card, and what keeps scenario and job in the address (assets/plan_address.js)."""
    head = html.Div([html.H2(t("plan.runs", lang)), html.Span(id="plan-open-runs", className="caption")],
                    className="card-head")  # fmt: skip
    address = html.Div(id="plan-address", hidden=True, **{"data-search": ""})
    return html.Section([head, html.Ul(id="plan-runs", className="runs"), address], className="card")


def register(guard: Guard, services: Services) -> None:
    """Callbacks: list runs as they go on, show one, write the address."""

    @guard.callback(
        ROLES,
        Output("plan-runs", "children"),
        Output("plan-open-runs", "children"),
        Input("plan-shelf-tick", "n_intervals"),
        Input("plan-shown", "data"),
        Input("plan-job", "data"),
    )
    def fill(_: Any, __: Any, job_id: Any) -> Any:
        words = Words(services.district, current_language())
        rows = services.jobs.recent(SHOWN, asked_by=current_owner())
        return draw_runs(services, rows, job_id, words), tell_open(services, words.lang)

    @guard.callback(
        ROLES,
        Output("plan-job", "data", allow_duplicate=True),
        Input({"type": "plan-run-row", "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def choose(clicks: Any) -> Any:
        pressed = find_pressed(ctx.triggered_id, clicks)
        if pressed is None or not ctx.triggered[0].get("value"):
            raise PreventUpdate
        return pressed.get("id")

    @guard.callback(
        ROLES,
        Output("plan-other", "children"),
        Input("plan-digest", "data"),
        Input("plan-job", "data"),
        State(FIELD_VALUES, "value"),
        State(FIELD_VALUES, "id"),
    )
    def mark(_: Any, job_id: Any, values: Any, ids: Any) -> str:
        lang, draft = current_language(), forms.collect_draft(ids, values)
        return "" if plays(services, job_id, draft) else t("plan.other_run", lang)

    @guard.callback(
        ROLES,
        Output("plan-address", "data-search"),
        Input("plan-open", "data"),
        Input("plan-job", "data"),
        State("plan-address", "data-search"),
    )
    def write(opened: Any, job_id: Any, before: Any) -> Any:
        address = write_address(opened, job_id)
        return no_update if address == before else address


def plays(services: Services, job_id: Any, draft: forms.Draft) -> bool:
    """Whether the run shown is of what the form holds; a page that shows no run is of nothing else."""
    if find_status(services, job_id, EXPERIMENT) is None:
        return True
    scenario, _ = forms.read_draft("", draft, services.district, LANGUAGES[0])
    return scenario is not None and shows(services, job_id, scenario)


def write_address(opened: Any, job_id: Any) -> str:
    """`?scenario=ID&job=ID` of what is open and shown."""
    name = opened.get("id") if isinstance(opened, dict) else None
    words = {"scenario": name, "job": job_id}
    known = {key: value for key, value in words.items() if isinstance(value, str) and 0 < len(value) <= 64}
    return f"?{urlencode(known)}" if known else ""


def tell_open(services: Services, lang: str) -> str:
    """How many of one's own runs wait or go on, of how many there may be."""
    mine = services.jobs.recent(200, kind=None, asked_by=current_owner())
    count = sum(row.state in ("queued", "running") for row in mine)
    return t("plan.open_runs", lang, count=count, most=services.jobs.rows.limits.open_each)


def draw_runs(services: Services, rows: list[JobStatus], shown: Any, words: Words) -> list[html.Li]:
    """The newest first: title, window, state, when; a click shows one, a link compares it."""
    if not rows:
        return [html.Li(t("plan.no_runs", words.lang), className="empty")]
    return [_draw_run(services, row, row.job_id == shown, words) for row in rows]


def _draw_run(services: Services, row: JobStatus, is_shown: bool, words: Words) -> html.Li:
    lang, spec = words.lang, services.jobs.spec(row.job_id)
    mark, colour = BADGES[row.state]
    facts = t("plan.run_facts", lang, days=spec.days, replications=spec.replications,
              at=words.moment(row.submitted_at))  # fmt: skip
    badge = html.Span(f"{mark} {t(f'plan.run_{row.state}', lang)}", className=f"badge {colour}")
    body = [html.Span([html.B(name_run(spec, lang)), badge], className="line"),
            html.Span(facts, className="facts")]  # fmt: skip
    button = html.Button(body, id={"type": "plan-run-row", "id": row.job_id}, type="button")
    compare = html.A(t("plan.compare", lang), href=f"/compare/{row.job_id}", className="plain")
    return html.Li(
        [button, *([compare] if row.state == "done" else [])], className="selected" if is_shown else ""
    )
