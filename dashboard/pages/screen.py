"""/screen: the wall. The page is a still skeleton; scripts fill it from /api/wall."""

import gzip
import hashlib
import json
from functools import cache
from typing import Any

from dash import Dash, html
from flask import Response

from dashboard import wall, wall_run
from dashboard.guard import Guard, current_session
from dashboard.i18n import LANGUAGES, current_language, pick
from dashboard.packed import send_packed
from dashboard.services import Services
from dashboard.tokens import ASSETS
from dashboard.wall_layout import lay_out
from dashboard.wall_names import Names
from dashboard.wall_views import describe_place
from dashboard.wall_whatif import describe, find_put
from hub.policy import load_wall_policy
from hub.roles import READERS
from hub.snapshot import LiveSnapshot
from store.wall_run import ShownRun

PATH, NAME, ROLES, FRAMED = "/screen", "wall.name", READERS, False


def layout(services: Services, lang: str) -> html.Div:
    """The skeleton in one language."""
    return lay_out(services, load_wall_policy(), lang, find_release())


@cache
def find_release() -> str:
    """A hash of the wall's scripts and styles: a page that is older than its server starts afresh."""
    digest = hashlib.sha256()
    for path in sorted(ASSETS.glob("*.*s")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class News:
    """The answer to every wall: made once a snapshot and language, packed once."""

    def __init__(self, services: Services) -> None:
        self.services, self.policy = services, load_wall_policy()
        self.names = {lang: Names(services.district, lang) for lang in LANGUAGES}
        self.whatif = WhatIf(services)
        self._kept: dict[str, tuple[LiveSnapshot, bytes, str]] = {}

    def answer(self, lang: str) -> tuple[bytes, str]:
        """The news of this moment, gzipped, and their tag."""
        now = self.services.live.snapshot()
        kept = self._kept.get(lang)
        if kept is None or kept[0] is not now:
            body = wall.describe(now, self.names[lang], self.policy, read_board(self.services, lang))
            body |= {"release": find_release(), "whatif": self.whatif.tag(lang)}
            packed = gzip.compress(pack(body), 4, mtime=0)
            kept = self._kept[lang] = (now, packed, hashlib.sha256(packed).hexdigest()[:24])
        return kept[1], kept[2]

    def find_place(self, code: str, unit: str, lang: str) -> tuple[dict[str, Any], int]:
        """What is open in a township or village (a grid stands for its township), inside a scope."""
        places = self.services.district.places
        above = places.loc[places["grid"] == code, "township"]
        place = str(above.iloc[0]) if len(above) else code
        known = places[(places["township"] == place) | (places["village"] == place)]
        if known.empty:
            return {"error": "no such place"}, 404
        scope = self.services.scope(unit)
        if not scope.is_whole and not scope.grids[known.index.to_numpy()].any():
            return {"error": "scope"}, 403
        names = self.names[lang]
        rows = self.services.live.list_open_at(place)
        return describe_place(place, names.township(place), rows, names), 200


class WhatIf:
    """The view of the run on the wall: made once a run and language."""

    def __init__(self, services: Services) -> None:
        self.services, self.policy = services, load_wall_policy().whatif
        self._kept: dict[str, tuple[ShownRun | None, bytes, str]] = {}

    def answer(self, lang: str) -> tuple[bytes, str]:
        """The view, gzipped, and its tag; `null` and no tag where no run is put up."""
        shown, kept = self.services.wall_run.get(), self._kept.get(lang)
        if kept is None or kept[0] != shown:
            put = find_put(self.services)
            body = describe(put, self.services, self.policy, lang) if put else None
            packed = gzip.compress(pack(body), 6, mtime=0)
            tag = hashlib.sha256(packed).hexdigest()[:24] if put else ""
            kept = self._kept[lang] = (shown, packed, tag)
        return kept[1], kept[2]

    def tag(self, lang: str) -> str:
        """What the news say of it: another tag is another view, a blank one none."""
        return self.answer(lang)[1]


def read_board(services: Services, lang: str) -> wall.Board:
    """The contingencies in force and the number of open supervision orders."""
    named = [pick(lang, one.set.title, one.set.title_en) for one in services.contingency.state()]
    return wall.Board(" · ".join(named), services.orders.count_open().open)


def pack(body: dict[str, Any] | None) -> bytes:
    """JSON as bytes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def register(app: Dash, guard: Guard, services: Services) -> None:
    """The routes that the wall asks, small plain GETs; the button that puts a run on it."""
    news = News(services)

    @app.server.get("/api/wall", endpoint="wall")
    def ask() -> Response:
        return send_packed(*news.answer(current_language()))

    @app.server.get("/api/wall/whatif", endpoint="wall_whatif")
    def ask_whatif() -> Response:
        return send_packed(*news.whatif.answer(current_language()), "private, no-cache")

    @app.server.get("/api/wall/place/<code>", endpoint="wall_place")
    def ask_place(code: str) -> Response:
        body, status = news.find_place(code, current_session().scope, current_language())
        return Response(pack(body), status, mimetype="application/json")

    guard.open_route("wall", READERS, polled=True)
    guard.open_route("wall_whatif", READERS)
    guard.open_route("wall_place", READERS)
    wall_run.register(guard, services)
