"""The door: a one-time link opens a session; looking at the link does not use it up."""

from flask import Flask, Response, redirect, request
from markupsafe import escape

from dashboard.guard import COOKIE, Guard
from dashboard.i18n import COOKIE as LANGUAGE
from dashboard.i18n import LANGUAGES, current_language, html_lang, t
from dashboard.services import Services
from hub.roles import EVERYBODY

YEAR = 366 * 24 * 3600
PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/tokens.css"><link rel="stylesheet" href="/assets/desk.css">
</head><body class="light door"><main>
<p class="mark" aria-hidden="true">王</p><h1>{title}</h1><p>{text}</p>{more}</main>
</body></html>"""
FORM = """<form method="post" action="/enter"><input type="hidden" name="token" value="{token}">
<button class="button filled" type="submit" autofocus>{label}</button></form>"""


def add_door(server: Flask, guard: Guard, services: Services) -> None:
    """Routes /enter, /leave, /lang and /health."""

    @server.get("/enter", endpoint="enter")
    def enter() -> Response:
        lang, token = current_language(), request.args.get("token", "")
        if not token:
            return Response(render_refusal(401), 401, mimetype="text/html")
        form = FORM.format(token=escape(token), label=t("frame.enter", lang))
        return Response(_render(lang, t("frame.enter_text", lang), form), mimetype="text/html")

    @server.post("/enter", endpoint="redeem")
    def redeem() -> Response:
        session_id = services.sessions.redeem(request.form.get("token", ""))
        if session_id is None:
            return Response(render_refusal(401, used=True), 401, mimetype="text/html")
        session = services.sessions.get(session_id)
        is_display = session is not None and session.role == "display"
        answer = redirect("/screen" if is_display else "/", 303)
        _set_cookie(answer, COOKIE, session_id, services, YEAR if is_display else None)
        return answer  # type: ignore[return-value]

    @server.post("/leave", endpoint="leave")
    def leave() -> Response:
        services.sessions.end(request.cookies.get(COOKIE, ""))
        answer = Response(render_refusal(401, left=True), mimetype="text/html")
        answer.delete_cookie(COOKIE)
        return answer

    @server.get("/lang/<code>", endpoint="language")
    def language(code: str) -> Response:
        back = request.args.get("back", "/")
        safe = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
        answer = redirect(safe, 303)
        if code in LANGUAGES:
            _set_cookie(answer, LANGUAGE, code, services, YEAR)
        return answer  # type: ignore[return-value]

    @server.get("/health", endpoint="health")
    def health() -> Response:
        return Response("ok", mimetype="text/plain")

    guard.open_route("language", EVERYBODY)


def _set_cookie(answer: object, name: str, value: str, services: Services, age: int | None) -> None:
    answer.set_cookie(  # type: ignore[attr-defined]
        name, value, max_age=age, httponly=True, samesite="Lax", secure=services.settings.secure_cookies
    )


def render_refusal(status: int, used: bool = False, left: bool = False) -> str:
    """The page that says why there is no way in, and what to do."""
    lang = current_language()
    key = {401: "no_session", 403: "no_role", 404: "no_page"}.get(status, "no_page")
    if used:
        key = "link_used"
    if left:
        key = "left"
    return _render(lang, t(f"frame.{key}", lang), "")


def render_words(lang: str, text: str) -> str:
    """A page that says one thing."""
    return _render(lang, text, "")


def _render(lang: str, text: str, more: str) -> str:
    return PAGE.format(lang=html_lang(lang), title=t("frame.product", lang), text=escape(text), more=more)
