"""A store in trouble: words for people, 503 and a reason for programs, one line in the log."""

import json
import logging
import time

import dash
from flask import Flask, Response, request

from dashboard.i18n import current_language, t
from store.trouble import StoreTrouble

RETRY_SECONDS = 5
QUIET_SECONDS = 10.0
log = logging.getLogger(__name__)


class Line:
    """Says each kind of trouble once in a while, however many screens ask."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def say(self, trouble: StoreTrouble) -> None:
        """Write one line, unless the same kind was written a moment ago."""
        now = time.monotonic()
        if now - self._said.get(trouble.kind, -QUIET_SECONDS) >= QUIET_SECONDS:
            self._said[trouble.kind] = now
            log.error("%s", trouble)


line = Line()


def add_trouble(server: Flask) -> None:
    """Answer 503 with the reason and Retry-After wherever a request meets a store in trouble."""
    server.register_error_handler(StoreTrouble, refuse_for_now)


def refuse_for_now(trouble: StoreTrouble) -> Response:
    """A page for a browser that opens one, JSON for everybody else: error, reason and what to do."""
    line.say(trouble)
    lang = current_language()
    text = t(f"trouble.{trouble.kind}", lang)
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        from dashboard.door import render_page

        answer = Response(render_page(text), 503, mimetype="text/html")
    else:
        body = {"error": "store", "reason": trouble.kind, "message": text, "retry_after": RETRY_SECONDS}
        answer = Response(json.dumps(body, ensure_ascii=False), 503, mimetype="application/json")
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def tell_on_page(trouble: StoreTrouble) -> None:
    """A callback met the trouble: say it on the page that the person looks at."""
    line.say(trouble)
    text = t(f"trouble.{trouble.kind}", current_language())
    dash.set_props("notice", {"children": text, "className": "notice shown"})
