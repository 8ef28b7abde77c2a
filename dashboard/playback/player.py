"""The player of a run's film: asks for it, follows it, plays it on maps in lockstep over the backlog curve.

Any page embeds it with `player.layout(services, lang, job_id)`, job_id being that of an experiment, finished
or not, or of a playback job; once a page. `player.register(app, guard, services)` is called once for the
whole application, by dashboard/pages/playback.py: a page that embeds the player registers nothing.
assets/playback.js plays; `/api/films/<job>` gives it the bytes that hub.films packed.
"""

import hashlib
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate
from flask import Response

from dashboard import studying
from dashboard.guard import Guard, current_owner
from dashboard.i18n import current_language, t
from dashboard.packed import send_packed
from dashboard.playback.films import FILM, Asked, find_asked
from dashboard.playback.stage import draw_stage
from dashboard.services import Services
from hub.roles import PLANNERS
from hub.studies.playback import MOST_SIDES

PAGE = "playback"


def layout(services: Services, lang: str, job_id: str) -> html.Section:
    """The player of a run; where there is no film yet, the button that asks for one."""
    asked = find_asked(services, job_id, current_owner())
    if asked is None:
        return html.Section(html.P(t("playback.no_run", lang), className="empty"), className="playback card")
    return html.Section(
        [
            html.Div(_head(asked, lang), className="card-head"),
            html.P(id="playback-refusal", className="red", role="alert"),
            html.Div(html.P(tell_ahead(asked, lang), className="empty"), id="playback-stage"),
            dcc.Store(id="playback-run", data=job_id),
            dcc.Store(id="playback-drawn"),
        ],
        className="playback card",
        **{"aria-label": t("playback.name", lang)},
    )


def _head(asked: Asked, lang: str) -> list[Any]:
    options = [{"value": str(n), "label": title} for n, title in enumerate(asked.titles)]
    sides = dmc.MultiSelect(
        id="playback-sides", data=options, value=[option["value"] for option in options[:MOST_SIDES]],
        maxValues=MOST_SIDES, size="xs", style={} if len(options) > MOST_SIDES else {"display": "none"},
        **{"aria-label": t("playback.sides", lang)},
    )  # fmt: skip
    return [
        html.H2(t("playback.name", lang)),
        html.Span(t("playback.caption", lang), className="caption"),
        sides,
        studying.hold(PAGE, lang, asked.film),
        html.Button(t("playback.build", lang), id="playback-build", className="button filled small"),
    ]


def tell_ahead(asked: Asked, lang: str) -> str:
    """What a film of this run would show."""
    days = {"days": asked.days, "all": asked.spec.days, "seed": asked.spec.seed}
    return t("playback.ahead_part" if asked.days < asked.spec.days else "playback.ahead", lang, **days)


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: ask for a film, follow it, put it on the stage; the route of its bytes."""
    studying.register(guard, services, PAGE, PLANNERS, FILM)

    @guard.callback(
        PLANNERS,
        Output("playback-job", "data"),
        Output("playback-refusal", "children"),
        Input("playback-build", "n_clicks"),
        State("playback-run", "data"),
        State("playback-sides", "value"),
        prevent_initial_call=True,
    )
    def build(clicks: Any, job_id: Any, sides: Any) -> Any:
        asked = find_asked(services, job_id, current_owner()) if clicks else None
        if asked is None:
            raise PreventUpdate
        chosen = [int(n) for n in sides or [] if str(n).isdecimal()] if isinstance(sides, list) else []
        return studying.submit(services, FILM, asked.plain(chosen), current_language())

    @guard.callback(
        PLANNERS,
        Output("playback-stage", "children"),
        Output("playback-build", "style"),
        Output("playback-drawn", "data"),
        Input("playback-seen", "data"),
        State("playback-run", "data"),
        State("playback-drawn", "data"),
    )
    def show(seen: Any, run: Any, drawn: Any) -> Any:
        """The stage is drawn once a film: drawn anew it would take the focus from whoever plays it."""
        status = studying.find_status(services, seen[0] if isinstance(seen, list) and seen else None, FILM)
        if status is None or status.state != "done":
            busy = status is not None and studying.is_open(status)
            return no_update, {"display": "none"} if busy else {}, no_update
        if seen == drawn:
            raise PreventUpdate
        asked = find_asked(services, run, current_owner())
        others = asked is not None and len(asked.spec.scenarios) > MOST_SIDES
        stage = draw_stage(services, status.job_id, current_language())
        return stage, {} if others else {"display": "none"}, seen

    @app.server.get("/api/films/<job_id>", endpoint="film")
    def send(job_id: str) -> Response:
        return send_film(services, job_id)

    guard.open_route("film", PLANNERS)


def send_film(services: Services, job_id: str) -> Response:
    """The bytes of a finished film, gzipped as they are kept; a browser that has them is told so."""
    status = studying.find_status(services, job_id, FILM)
    body = services.jobs.body(job_id) if status is not None and status.state == "done" else None
    if body is None:
        return Response('{"error": "no such film"}', 404, mimetype="application/json")
    tag = hashlib.sha256(body).hexdigest()[:24]
    return send_packed(body, tag, "private, no-cache", "application/octet-stream")
