"""/login: name and password open a session; /password: a person changes the own one."""

from flask import Flask, Response, request
from markupsafe import Markup

from dashboard.door import admit, answer_page, draw_field, draw_form, draw_way
from dashboard.guard import COOKIE, Guard, current_session
from dashboard.i18n import current_language, t
from dashboard.services import Services
from hub.roles import PERSONAL
from store.accounts import LONGEST, SHORTEST, TooManyTries
from store.sessions import Session


def add_passwords(server: Flask, guard: Guard, services: Services) -> None:
    """Routes /login and /password."""
    issuer = services.settings.oidc_issuer

    @server.get("/login", endpoint="login")
    def login() -> Response:
        return _show_login(t("frame.login_text", current_language()), 200, bool(issuer))

    @server.post("/login", endpoint="log_in")
    def log_in() -> Response:
        name, lang = request.form.get("name", "").strip(), current_language()
        try:
            account = services.accounts.check(name, request.form.get("password", ""))
        except TooManyTries:
            answer = _show_login(t("frame.too_many", lang), 429, bool(issuer), name)
            answer.headers["Retry-After"] = str(int(services.accounts.throttle.window.total_seconds()))
            return answer
        if account is None:
            return _show_login(t("frame.wrong", lang), 401, bool(issuer), name)
        before = request.cookies.get(COOKIE, "")
        session_id = services.sessions.open(
            account.role, account.scope, account.name, "password", replaces=before
        )
        return admit(session_id, account.role, services.settings.secure_cookies)

    @server.get("/password", endpoint="password")
    def password() -> Response:
        return _show_password(current_session(), t("frame.password_text", current_language(), least=SHORTEST))

    @server.post("/password", endpoint="set_password")
    def set_password() -> Response:
        session = current_session()
        fault = _find_fault(services, session) if session.account else ("frame.no_account", 403)
        if fault:
            key, status = fault
            text = t(key, current_language(), least=SHORTEST, most=LONGEST)
            return _show_password(session, text, status)
        services.accounts.set_password(session.account, request.form["new"], by=session.account)
        session_id = services.sessions.open(session.role, session.scope, session.account, "password")
        return admit(session_id, session.role, services.settings.secure_cookies)

    guard.open_route("password", PERSONAL)
    guard.open_route("set_password", PERSONAL)


def _find_fault(services: Services, session: Session) -> tuple[str, int] | None:
    """What is wrong with a change of a password, as a key of the catalogue and a status."""
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return "frame.not_twice", 422
    if not SHORTEST <= len(new) <= LONGEST or new == session.account:
        return "frame.bad_password", 422
    if session.opened_by == "link":  # whoever has no password yet, or forgot it, came by a link
        return None
    try:
        known = services.accounts.check(session.account, request.form.get("old", ""))
    except TooManyTries:
        return "frame.too_many", 429
    return None if known else ("frame.wrong_old", 401)


def _show_login(text: str, status: int, by_issuer: bool, name: str = "") -> Response:
    fields = [
        draw_field("name", "frame.name", "text", "username", name, first=True),
        draw_field("password", "frame.password", "password", "current-password"),
    ]
    more = draw_form("/login", fields, "frame.log_in")
    if by_issuer:
        more += draw_way("/oidc/start", "frame.by_issuer", filled=False)
    return answer_page(text, status, more, "" if status == 200 else "wrong")


def _show_password(session: Session, text: str, status: int = 200) -> Response:
    if not session.account:
        lang = current_language()
        return answer_page(t("frame.no_account", lang), 403, draw_way("/", "frame.home"), back="/password")
    fields: list[Markup] = []
    if session.opened_by != "link":
        fields.append(draw_field("old", "frame.old_password", "password", "current-password", first=True))
    fields += [
        draw_field("new", "frame.new_password", "password", "new-password"),
        draw_field("again", "frame.again", "password", "new-password"),
    ]
    more = draw_form("/password", fields, "frame.change_password") + draw_way("/", "frame.home", filled=False)
    return answer_page(text, status, more, "" if status == 200 else "wrong", "/password")
