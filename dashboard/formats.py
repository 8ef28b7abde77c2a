"""Figures as text: minus is −, a range is –, what is missing is a dash."""

import math
from typing import Any

from dash import html

MINUS, NONE = "−", "–"


def is_missing(value: float | None) -> bool:
    """None or NaN."""
    return value is None or math.isnan(value)


def count(value: float | None) -> str:
    """1,240."""
    return NONE if value is None or math.isnan(value) else f"{value:,.0f}".replace("-", MINUS)


def share(value: float | None, digits: int = 1) -> str:
    """0.816 -> 81.6."""
    return NONE if value is None or math.isnan(value) else f"{100 * value:.{digits}f}".replace("-", MINUS)


def signed(value: float | None, digits: int = 0) -> str:
    """+18, −21, ±0."""
    if value is None or math.isnan(value):
        return NONE
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return f"±{text}"
    return f"{'+' if value > 0 else MINUS}{text}"


def table(head: list[tuple[str, str]], rows: list[list[Any]], label: str) -> html.Table:
    """A table of desk rows; head holds (text, class) of each column."""
    classes = [name for _, name in head]
    body = [
        html.Tr([html.Td(cell, className=name) for cell, name in zip(row, classes, strict=True)])
        for row in rows
    ]
    top = html.Tr([html.Th(text, className=name, scope="col") for text, name in head])
    return html.Table([html.Thead(top), html.Tbody(body)], className="rows", **{"aria-label": label})


def card(title: str, body: Any, caption: str = "", right: Any = "", class_name: str = "") -> html.Section:
    """A white card: title left, one caption, legend or action right."""
    head = [html.H2(title), html.Span(caption, className="caption"), html.Span(right, className="right")]
    return html.Section(
        [html.Div(head, className="card-head"), *_as_list(body)], className=f"card {class_name}".strip()
    )


def _as_list(body: Any) -> list[Any]:
    return body if isinstance(body, list) else [body]
