"""A study as a page follows it: submit it, its progress and end, a way to stop it; it survives a reload.

A page P has `hold(P, lang)` in its layout and `register(guard, services, P, roles, kind)`; it writes the id
of a job into the store `P-job` and draws what is known whenever `P-seen` changes. `/P?job=ID` opens a job.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from dash import Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate
from flask import Response, after_this_request

from dashboard.address import current_query
from dashboard.faults import tell_error, tell_text
from dashboard.guard import Guard, current_owner, current_session
from dashboard.i18n import current_language, t
from dashboard.services import Services
from dashboard.trouble import RETRY_SECONDS
from hub.jobs import ExperimentSpec, JobStatus
from hub.roles import ADMINS, Roles
from store.jobs import DIED, DIED_EACH_TIME, NOT_PLAYED, UNEXPECTED, QueueFull
from twin.faults import DistrictFaults

T = TypeVar("T")
TICK = 1000
OPEN = ("queued", "running")
BADGES = {
    "queued": ("■", "b"),
    "running": ("■", "b"),
    "done": ("✓", "g"),
    "failed": ("✕", "r"),
    "cancelled": ("✕", "a"),
}

TOLD = {DIED: "study.died", DIED_EACH_TIME: "study.died_each_time", UNEXPECTED: "study.unexpected"}


def hold(page: str, lang: str, job_id: str | None = None) -> html.Div:
    """Stores, clock, badge, bar, words and the button that stops; empty until there is a job.

    job_id: the job that the page opens with ("" none yet); None: the one of the address, else the last one.
    """
    asked = current_query().get("job") if job_id is None else job_id
    return html.Div(
        [
            dcc.Store(id=f"{page}-job", storage_type="local" if asked is None else "memory", data=asked),
            dcc.Store(id=f"{page}-seen"),
            dcc.Interval(id=f"{page}-tick", interval=TICK),
            html.Span(id=f"{page}-state", className="state", role="status"),
            html.Button(
                t("study.cancel", lang), id=f"{page}-cancel", className="button small", disabled=True
            ),
        ],
        className="study",
    )


def submit(services: Services, kind: str, plain: Mapping[str, Any], lang: str) -> tuple[Any, str]:
    """The id of a job and no words; or no update and every reason why it cannot be asked."""
    try:
        return services.jobs.submit(kind, plain, current_owner()), ""
    except QueueFull as full:
        return no_update, refuse_full(full, lang)
    except DistrictFaults as error:
        return no_update, tell_error(error, lang)
    except (KeyError, TypeError, ValueError):
        return no_update, t("study.wrong", lang)


def refuse_full(full: QueueFull, lang: str) -> str:
    """Why nothing more is queued; the answer is a 429, which assets/session.js tells."""

    @after_this_request
    def mark(answer: Response) -> Response:
        answer.status_code = 429
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return answer

    return t(f"study.queue_full_{full.whose}", lang, most=full.most)


def find_status(services: Services, job_id: Any, kind: str) -> JobStatus | None:
    """The state of a job of a kind; None where there is none of that id."""
    if not isinstance(job_id, str) or not 0 < len(job_id) <= 64:
        return None
    try:
        status = services.jobs.status(job_id)
    except KeyError:
        return None
    return status if status.kind == kind else None


def register(guard: Guard, services: Services, page: str, roles: Roles, kind: str) -> None:
    """Callbacks that follow and stop the job of a page."""

    @guard.callback(
        roles,
        Output(f"{page}-state", "children"),
        Output(f"{page}-cancel", "disabled"),
        Output(f"{page}-seen", "data"),
        Input(f"{page}-tick", "n_intervals"),
        Input(f"{page}-job", "data"),
        State(f"{page}-seen", "data"),
    )
    def follow(_: Any, job_id: Any, seen: Any) -> Any:
        status = find_status(services, job_id, kind)
        if status is None:
            return ("", True, None) if seen else (no_update, True, no_update)
        now = [status.job_id, status.state, status.done]
        if now == seen:
            raise PreventUpdate
        return draw_state(status, current_language()), not is_open(status), now

    @guard.callback(
        roles,
        Output(f"{page}-cancel", "n_clicks"),
        Input(f"{page}-cancel", "n_clicks"),
        State(f"{page}-job", "data"),
        prevent_initial_call=True,
    )
    def cancel(clicks: Any, job_id: Any) -> Any:
        if clicks and find_status(services, job_id, kind) is not None:
            whose = None if current_session().role in ADMINS else current_owner()
            services.jobs.cancel(job_id, asked_by=whose)
        return 0


def name_run(spec: ExperimentSpec, lang: str) -> str:
    """The titles of a run's scenarios."""
    return "、".join(one.title or one.name for one in spec.read()) or t("plan.baseline", lang)


def goes_on(seen: Any) -> bool:
    """Whether the job that a page has seen waits or runs."""
    return isinstance(seen, list) and len(seen) > 1 and seen[1] in OPEN


def is_open(status: JobStatus) -> bool:
    """Whether it waits or runs."""
    return status.state in OPEN


def draw_state(status: JobStatus, lang: str) -> list[Any]:
    """A badge, a bar of what is done, and why it failed."""
    mark, colour = BADGES[status.state]
    words = t(f"study.state_{status.state}", lang, done=status.done, total=status.total)
    parts: list[Any] = [html.Span(f"{mark} {words}", className=f"badge {colour}")]
    if is_open(status):
        parts.append(html.Progress(value=str(status.done), max=str(max(status.total, 1)), title=words))
    if status.message:
        parts.append(html.Span(tell_message(status, lang), className="red"))
    return parts


def tell_message(status: JobStatus, lang: str) -> str:
    """Why a job failed or starts again; what nobody foresaw is told by the job's id, for the worker's log."""
    if status.message.startswith(NOT_PLAYED):
        return t("study.not_played", lang, why=status.message.removeprefix(NOT_PLAYED))
    word = TOLD.get(status.message)
    return t(word, lang, job=status.job_id[:8]) if word else tell_text(status.message, lang)


def read_known(
    services: Services, seen: Any, kind: str, unpack: Callable[[bytes], T]
) -> tuple[JobStatus, T] | None:
    """The state of the job that a page follows and what is known of it so far; None before the first step."""
    status = find_status(services, seen[0] if isinstance(seen, list) and seen else None, kind)
    body = None if status is None else services.jobs.body(status.job_id)
    return None if status is None or body is None else (status, unpack(body))
