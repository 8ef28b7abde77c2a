"""Pages of the door: plain HTML that works without scripts, and the cookies that it gives."""

from flask import Response, redirect
from markupsafe import Markup, escape

from dashboard.i18n import LANGUAGES, current_language, html_lang, t

YEAR = 366 * 24 * 3600
HOMES = {"display": "/screen", "auditor": "/audit"}
PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/tokens.css"><link rel="stylesheet" href="/assets/desk.css">
<link rel="stylesheet" href="/assets/people.css">
</head><body class="light door"><main>
<p class="mark" aria-hidden="true">王</p><h1>{title}</h1><p class="said {tone}" role="status">{text}</p>{more}
<p class="other"><a href="/lang/{other}?back={back}" lang="{other_lang}">{other_name}</a></p></main>
</body></html>"""
NAMES = {"zh": "中文", "en": "English"}


def render_page(text: str, more: Markup | str = "", tone: str = "", back: str = "/login") -> str:
    """A page of the door in this request's language: one sentence, and what follows it as markup."""
    lang = current_language()
    other = LANGUAGES[1] if lang == LANGUAGES[0] else LANGUAGES[0]
    return PAGE.format(
        lang=html_lang(lang),
        title=escape(t("frame.product", lang)),
        text=escape(text),
        more=escape(more),
        tone=escape(tone),
        other=other,
        other_lang=html_lang(other),
        other_name=NAMES[other],
        back=escape(back),
    )


def answer_page(
    text: str, status: int = 200, more: Markup | str = "", tone: str = "", back: str = "/login"
) -> Response:
    """The same as an answer."""
    return Response(render_page(text, more, tone, back), status, mimetype="text/html")


def render_refusal(status: int, used: bool = False, left: bool = False) -> str:
    """The page that says why there is no way in, and what to do."""
    lang = current_language()
    key = {401: "no_session", 403: "no_role", 404: "no_page"}.get(status, "no_page")
    if used:
        key = "link_used"
    if left:
        key = "left"
    way = ("/login", "frame.log_in") if status == 401 else ("/", "frame.home")
    return render_page(t(f"frame.{key}", lang), draw_way(*way))


def draw_way(href: str, label: str, filled: bool = True) -> Markup:
    """A link that looks like a button; `label` is a key of the catalogue."""
    look = "button filled" if filled else "button"
    text = t(label, current_language())
    return Markup('<p class="way"><a class="{}" href="{}">{}</a></p>').format(look, href, text)


def draw_form(action: str, fields: list[Markup], label: str) -> Markup:
    """A form of the door that posts to `action`; `label` is the key of its button's text."""
    inside = Markup("").join(fields)
    text = t(label, current_language())
    return Markup(
        '<form method="post" action="{}">{}<button class="button filled" type="submit">{}</button></form>'
    ).format(action, inside, text)


def draw_field(
    name: str, label: str, kind: str, complete: str, value: str = "", first: bool = False
) -> Markup:
    """A labelled field; `label` is a key of the catalogue, `complete` tells a browser what belongs there."""
    return Markup(
        '<label>{}<input name="{}" type="{}" autocomplete="{}" value="{}" maxlength="200" required{}></label>'
    ).format(t(label, current_language()), name, kind, complete, value, Markup(" autofocus") if first else "")


def admit(session_id: str, role: str, secure: bool, to: str = "") -> Response:
    """Send a browser with a new session to its role's first page; a screen's cookie lives a year."""
    answer = redirect(to or HOMES.get(role, "/"), 303)
    set_cookie(answer, "session", session_id, secure, YEAR if role == "display" else None)
    return answer  # type: ignore[return-value]


def set_cookie(answer: object, name: str, value: str, secure: bool, age: int | None, path: str = "/") -> None:
    """Put a cookie on an answer that no script reads and no other site sends along with a post."""
    answer.set_cookie(  # type: ignore[attr-defined]
        name, value, max_age=age, httponly=True, samesite="Lax", secure=secure, path=path
    )
