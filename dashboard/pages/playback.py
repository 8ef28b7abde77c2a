"""/playback/<job>: the film of a run by itself, as large as the screen; /playback lists what there is."""

from typing import Any

from dash import Dash, dcc, html

from dashboard.formats import card
from dashboard.guard import Guard, current_owner
from dashboard.i18n import t
from dashboard.playback import player
from dashboard.playback.films import FILM, find_asked
from dashboard.services import Services
from hub.jobs import EXPERIMENT, JobStatus
from hub.roles import PLANNERS

PATH, NAME, ROLES, FRAMED, BELOW, LISTED = "/playback", "playback.name", PLANNERS, True, True, False
SHOWN = 12


def layout(services: Services, lang: str, job_id: str = "") -> html.Main:
    """The player of a run, or the runs that there are."""
    asked = find_asked(services, job_id, current_owner())
    title = t("playback.of", lang, name=" · ".join(asked.titles)) if asked else t("playback.name", lang)
    body = player.layout(services, lang, job_id) if job_id else _list(services, lang)
    head = html.Div(html.H1(title, id="playback-title"), className="page-head")
    return html.Main([head, body], className="page playback-page")


def _list(services: Services, lang: str) -> html.Section:
    owner = current_owner()
    runs = [s for kind in (FILM, EXPERIMENT) for s in services.jobs.recent(SHOWN, kind, owner)]
    rows = [_draw_run(services, status, lang) for status in runs if status.state == "done"]
    return card(t("playback.runs", lang), rows or [html.P(t("playback.none", lang), className="empty")])


def _draw_run(services: Services, status: JobStatus, lang: str) -> html.P:
    spec = services.jobs.spec(status.job_id)
    name = " · ".join(s.title or s.name for s in spec.read()) or t("playback.baseline", lang)
    words: dict[str, Any] = {"start": spec.start.isoformat(), "days": spec.days, "seed": spec.seed}
    kind = t(f"playback.kind_{status.kind}", lang)
    return html.P(
        [
            dcc.Link(name, href=f"{PATH}/{status.job_id}", refresh=True),
            html.Span(f" {kind} · " + t("playback.window", lang, **words), className="caption"),
        ]
    )


def register(app: Dash, guard: Guard, services: Services) -> None:
    """The player's callbacks, for this page and for every other one that embeds it."""
    player.register(app, guard, services)
