"""The door: a one-time link or a screen's token opens a session; looking at a link does not use it up."""

from flask import Flask, Response, redirect, request
from markupsafe import Markup

from dashboard.door import YEAR, admit, answer_page, draw_form, render_refusal, set_cookie
from dashboard.guard import COOKIE, Guard
from dashboard.i18n import COOKIE as LANGUAGE
from dashboard.i18n import LANGUAGES, current_language, t
from dashboard.oidc import add_oidc
from dashboard.passwords import add_passwords
from dashboard.services import Services

HIDDEN = Markup('<input type="hidden" name="token" value="{}">')


def add_door(server: Flask, guard: Guard, services: Services) -> None:
    """Routes /enter, /display, /leave, /lang and /health, and those of passwords."""
    add_passwords(server, guard, services)
    add_oidc(server, services)
    _add_links(server, services)

    @server.post("/leave", endpoint="leave")
    def leave() -> Response:
        session_id = request.cookies.get(COOKIE, "")
        session = services.sessions.get(session_id)
        services.sessions.end(session_id, by=session.actor if session else "")
        answer = Response(render_refusal(401, left=True), mimetype="text/html")
        answer.delete_cookie(COOKIE)
        return answer

    @server.get("/lang/<code>", endpoint="language")
    def language(code: str) -> Response:
        back = request.args.get("back", "/")
        safe = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
        answer = redirect(safe, 303)
        if code in LANGUAGES:
            set_cookie(answer, LANGUAGE, code, services.settings.secure_cookies, YEAR)
        return answer  # type: ignore[return-value]

    @server.get("/health", endpoint="health")
    def health() -> Response:
        return Response("ok", mimetype="text/plain")


def _add_links(server: Flask, services: Services) -> None:
    secure = services.settings.secure_cookies

    @server.get("/enter", endpoint="enter")
    def enter() -> Response:
        token = request.args.get("token", "")
        if not token:
            return Response(render_refusal(401), 401, mimetype="text/html")
        form = draw_form("/enter", [HIDDEN.format(token)], "frame.enter")
        return answer_page(t("frame.enter_text", current_language()), more=form)

    @server.post("/enter", endpoint="redeem")
    def redeem() -> Response:
        session_id = services.sessions.redeem(request.form.get("token", ""), request.cookies.get(COOKIE, ""))
        session = services.sessions.get(session_id) if session_id else None
        if session_id is None or session is None:
            return Response(render_refusal(401, used=True), 401, mimetype="text/html")
        return admit(session_id, session.role, secure, "/password" if session.account else "")

    @server.get("/display/<token>", endpoint="display")
    def display(token: str) -> Response:
        session_id = services.displays.open(token)
        if session_id is None:
            return answer_page(t("frame.no_display", current_language()), 401)
        return admit(session_id, "display", secure)
