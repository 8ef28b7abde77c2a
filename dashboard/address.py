"""What stands behind the question mark of the address that a page is opened at."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from flask import g, has_request_context

LONGEST = 2000


def keep_query(search: object) -> None:
    """Keep the words of an address for this request: ?job=12 -> {"job": "12"}; of a name the last counts."""
    text = search if isinstance(search, str) and len(search) <= LONGEST else ""
    g.query = dict(parse_qsl(text.removeprefix("?")))


def current_query() -> Mapping[str, str]:
    """The words of the address of this request."""
    words: Mapping[str, str] = g.get("query", {}) if has_request_context() else {}
    return words
