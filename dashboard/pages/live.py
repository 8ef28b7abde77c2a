"""/live: the map of open cases and the case drawer, for district, township and village."""

import gzip
import hashlib
import json
from functools import cache
from typing import Any

from dash import Dash, html
from flask import Response, request

from dashboard.guard import Guard, current_actor, current_session
from dashboard.i18n import current_language
from dashboard.live import acts, drawer, filing
from dashboard.live.book import Book
from dashboard.live.columns import Newsroom
from dashboard.live.layout import lay_out
from dashboard.live.order import ACTORS
from dashboard.live.outline import outline_grid
from dashboard.packed import send_packed
from dashboard.services import Services
from hub.casework.rules import Actor
from hub.replay import is_preparing, read_clock
from hub.roles import DESK, FILERS
from hub.vault import RecordRefused

PATH, NAME, ROLES, FRAMED, THEME = "/live", "live.name", DESK, True, "dark"


def layout(services: Services, lang: str) -> html.Main:
    """Filters, map, list and drawer as a skeleton; live.js fills them."""
    session = current_session()
    return lay_out(services, lang, session.role, services.scope(session.scope))


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Routes: open cases, names, one case, an act upon it; each keeps to the session's part."""
    books = cache(lambda lang: Book(services.district, lang))
    newsroom = Newsroom(services.district)

    @app.server.get("/api/live", endpoint="live")
    def news() -> Response:
        return _send_news(services, newsroom)

    @app.server.get("/api/live/book", endpoint="live_book")
    def names() -> Response:
        return _send_kept(books(current_language()).describe())

    @app.server.get("/api/live/cases/<case_id>", endpoint="live_case")
    def one(case_id: str) -> Response:
        return _send_case(services, case_id, books(current_language()))

    @app.server.post("/api/live/cases/<case_id>", endpoint="live_act")
    def act(case_id: str) -> Response:
        return _take_act(services, case_id, books(current_language()))

    @app.server.get("/api/live/filing", endpoint="live_filing")
    def offer() -> Response:
        scope = services.scope(current_session().scope)
        return _answer(filing.describe_form(services.district, scope, books(current_language())))

    @app.server.post("/api/live/cases", endpoint="live_file")
    def file() -> Response:
        return _file(services)

    for endpoint, roles in (
        ("live", DESK),
        ("live_book", DESK),
        ("live_case", DESK),
        ("live_act", ACTORS),
        ("live_filing", FILERS),
        ("live_file", FILERS),
    ):
        guard.open_route(endpoint, roles, polled=endpoint in ("live", "live_book"))


def _send_news(services: Services, newsroom: Newsroom) -> Response:
    """The open cases of the session's part; 204 and the clock alone where the reader has this version."""
    scope = services.scope(current_session().scope)
    supervised = frozenset(
        row.order.subject for row in services.orders.list(scope) if row.order.about == "case"
    )
    news = newsroom.report(services.desk, scope, request.args.get("version", ""), supervised)
    answer = Response(status=204) if news.body is None else send_packed(news.body)
    replayed = read_clock(services.clock.notes) if news.origin == "replay" else None
    answer.headers["X-Hub-Moment"] = f"{news.as_of.timestamp():.3f}"
    answer.headers["X-Hub-Speed"] = f"{replayed.speed if replayed else 1:g}"
    answer.headers["X-Hub-Origin"] = "preparing" if is_preparing(services.clock.notes) else news.origin
    return answer


def _send_kept(body: dict[str, Any]) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    tag = hashlib.sha256(text).hexdigest()[:24]
    return send_packed(gzip.compress(text, 6, mtime=0), tag, "private, no-cache")


def _answer(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")


def _send_case(services: Services, case_id: str, book: Book) -> Response:
    """One case as its drawer; 404 alike for a case of nobody and a case of another part."""
    session = current_session()
    scope = services.scope(session.scope)
    case = services.desk.find(case_id, session.role, scope, session.account)
    if case is None:
        return _answer({"why": "no_such_case", "text": book.why("no_such_case", {})}, 404)
    body = drawer.describe_file(case, book, session.role, services.clock.now())
    return _answer(body | {"outline": outline_grid(services.district, case.grid), "record": services.record})


def _file(services: Services) -> Response:
    """File a case of the session's part; only where its record is kept here."""
    lang, scope = current_language(), services.scope(current_session().scope)
    try:
        if services.record != "hub":
            raise filing.BadFiling("mirror")
        if is_preparing(services.clock.notes):
            raise filing.BadFiling("preparing")
        wish = filing.read_filing(request.get_json(silent=True), services.district, scope)
        filed = filing.file_case(wish, services.reports, services.district, current_actor())
    except (filing.BadFiling, RecordRefused) as error:
        return _answer({"why": error.why, "text": filing.say_why(error.why, lang)}, 422)
    return _answer({"case_id": filed.case_id}, 201)


def _take_act(services: Services, case_id: str, book: Book) -> Response:
    session = current_session()
    try:
        asked = acts.read_act(request.get_json(silent=True))
    except acts.BadAct as error:
        return _answer({"why": "bad_act", "text": str(error)}, 422)
    actor = Actor(session.role, services.scope(session.scope), session.account)
    status, body = acts.do_act(services.desk, case_id, asked, actor, book)
    return _answer(body, status)
