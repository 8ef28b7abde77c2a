"""Chinese first, English by a switch; both catalogues hold the same keys."""

import json
from functools import cache
from pathlib import Path

from flask import has_request_context, request

LANGUAGES = ("zh", "en")
FOLDER = Path(__file__).resolve().parent / "locale"
COOKIE = "lang"


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Every text of a language, from locale/<lang>/*.json."""
    texts: dict[str, str] = {}
    for path in sorted((FOLDER / lang).glob("*.json")):
        texts |= {f"{path.stem}.{key}": text for key, text in json.loads(path.read_text("utf-8")).items()}
    return texts


def t(key: str, lang: str, **values: object) -> str:
    """A text, with its {places} filled in; KeyError for an unknown key."""
    text = catalogue(lang)[key]
    return text.format(**values) if values else text


def current_language() -> str:
    """The language of this request: its cookie, else Chinese."""
    chosen = request.cookies.get(COOKIE, "") if has_request_context() else ""
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def html_lang(lang: str) -> str:
    """The lang attribute of a page."""
    return "zh-CN" if lang == "zh" else "en"


def pick(lang: str, chinese: str, english: str) -> str:
    """A name of the district's tables; Chinese stands where English is blank."""
    return english if lang == "en" and english else chinese
