"""The two forms of an Open311 answer, JSON and XML, and its errors."""

import re
from typing import Any
from xml.etree import ElementTree

from flask import Response, request

from dashboard.api.answers import answer as answer_json

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Wrong(Exception):
    """A request that is not answered: its status and what to mend."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


def answer(form: str, root: str, entry: str, rows: list[dict[str, Any]], status: int = 200) -> Response:
    """A list of entries: a JSON array, or XML with one element an entry under the root."""
    if form != "xml":
        return answer_json(rows, status)
    top = ElementTree.Element(root)
    for row in rows:
        _grow(ElementTree.SubElement(top, entry), row)
    return _answer_xml(top, status)


def answer_one(form: str, root: str, row: dict[str, Any]) -> Response:
    """One object."""
    if form != "xml":
        return answer_json(row)
    top = ElementTree.Element(root)
    _grow(top, row)
    return _answer_xml(top, 200)


def refuse(status: int, words: str) -> Response:
    """An error in the form that the address asks for."""
    form = "xml" if request.path.endswith(".xml") else "json"
    return answer(form, "errors", "error", [{"code": status, "description": words}], status)


def _answer_xml(top: ElementTree.Element, status: int) -> Response:
    body = ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)
    return Response(body, status, content_type="text/xml; charset=utf-8")


def _grow(parent: ElementTree.Element, row: dict[str, Any]) -> None:
    for name, value in row.items():
        child = ElementTree.SubElement(parent, name)
        if isinstance(value, list):
            for item in value:
                entry = ElementTree.SubElement(child, name.removesuffix("s"))
                if isinstance(item, dict):
                    _grow(entry, item)
                else:
                    entry.text = UNPRINTABLE.sub("", str(item))
        elif value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            child.text = UNPRINTABLE.sub("", text)
