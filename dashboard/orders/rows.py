"""The list of orders: light, number, unit, time left, step of the ladder."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.actors import Words
from dashboard.i18n import t
from hub.orders.records import OpenCount, OrderRow

LIGHTS = {
    "red": ("◆", "r"), "amber": ("▲", "a"), "green": ("●", "g"), "waiting": ("■", "b"), "ended": ("✓", ""),
}  # fmt: skip
FILTERS = ("open", "overdue", "answered", "all")
HOUR, DAY = 3600, 8 * 3600


def choose_rows(rows: Sequence[OrderRow], chosen: object) -> list[OrderRow]:
    """The rows that a filter asks for; anything unknown means open ones."""
    if chosen == "overdue":
        return [row for row in rows if row.overdue]
    if chosen == "answered":
        return [row for row in rows if row.order.state == "answered"]
    if chosen == "all":
        return list(rows)
    return [row for row in rows if not row.order.ended]


def draw_title(count: OpenCount, lang: str) -> str:
    """The page's finding as a sentence."""
    if not count.open:
        return t("orders.title_none", lang)
    key = "title_late" if count.overdue else "title_calm"
    return t(f"orders.{key}", lang, open=count.open, overdue=count.overdue, answered=count.answered)


def draw_counts(rows: Sequence[OrderRow], lang: str) -> list[Any]:
    """How many orders stand in each light."""
    parts: list[Any] = []
    for light in ("red", "amber", "green", "waiting"):
        number = sum(row.light == light for row in rows)
        parts += [html.B(str(number)), draw_light(light, lang)] if number else []
    return parts


def draw_light(light: str, lang: str, state: str = "") -> html.Span:
    """A light's badge: shape and word; an ended order's says how it ended."""
    shape, colour = LIGHTS[light]
    word = f"state_{state}" if light == "ended" and state else f"light_{light}"
    if state == "withdrawn":
        shape = "✕"
    return html.Span(f"{shape} {t(f'orders.{word}', lang)}", className=f"badge {colour}".strip())


def draw_list(
    rows: Sequence[OrderRow], selected: object, words: Words, asked: str, leads: bool = False
) -> Any:
    """The rows as a table, each opened by its number; where there is none, what is empty and a way out.

    leads: show the steps that the rules point to, which are a leader's to decide.
    """
    lang = words.lang
    if not rows:
        hint = t("orders.empty_hint" if asked == "open" else "orders.empty_other", lang)
        mark = html.Span("○", className="mark", **{"aria-hidden": "true"})
        return html.Div([mark, html.B(t("orders.empty", lang)), html.Span(hint)], className="blank")
    head = [
        html.Th(t(f"orders.col_{name}", lang), scope="col")
        for name in ("light", "number", "title", "unit", "due", "ladder")
    ]
    body = [_draw_row(row, row.order.order_id == selected, words, leads) for row in rows]
    return html.Table(
        [html.Thead(html.Tr(head)), html.Tbody(body)],
        className="rows orders",
        **{"aria-label": t("orders.name", lang)},
    )


def _draw_row(row: OrderRow, selected: bool, words: Words, leads: bool) -> html.Tr:
    order, lang = row.order, words.lang
    opener = html.Button(
        row.number,
        id={"type": "orders-row", "id": order.order_id},
        className="link",
        **{"aria-pressed": "true" if selected else "false"},
    )
    due = [html.B(f"{order.due.month}-{order.due:%d}"), html.Span(tell_left(row, lang), className=_tone(row))]
    cells = [
        draw_light(row.light, lang, order.state), opener, html.Span(order.title, title=order.asked),
        words.unit(order.unit), html.Div(due, className="due"), draw_pips(row, lang, leads),
    ]  # fmt: skip
    return html.Tr([html.Td(cell) for cell in cells], className="selected" if selected else "")


def _tone(row: OrderRow) -> str:
    return {"red": "red", "amber": "amber"}.get(row.light, "quiet")


def draw_pips(row: OrderRow, lang: str, leads: bool) -> html.Span:
    """The ladder in five marks, those climbed filled, with the word of the highest."""
    level = row.order.level
    steps = ["order", *(step for step in ("reminder", "talk", "circular", "accountability"))]
    marks = [html.I(className="on" if n <= level else "") for n in range(len(steps))]
    word = t(f"orders.step_{steps[min(level, len(steps) - 1)]}", lang)
    more = []
    if leads and row.proposal is not None:
        name = t(f"orders.step_{row.proposal.step}", lang)
        more = [html.Span(t("orders.suggest", lang, step=name), className="suggest")]
    return html.Span(
        [html.Span(marks, className="pips", **{"aria-hidden": "true"}), word, *more], className="ladder"
    )


def tell_left(row: OrderRow, lang: str) -> str:
    """How much working time is left, or how long past due."""
    if row.order.ended:
        return ""
    if row.order.state == "answered":
        return t("orders.left_waiting", lang)
    if row.overdue:
        days = row.overdue_days
        return t("orders.late_days", lang, days=days) if days else t("orders.late_today", lang)
    return t("orders.left", lang, time=tell_span(row.remaining, lang))


def tell_span(seconds: float, lang: str) -> str:
    """A stretch of working time: days of eight working hours, hours, minutes."""
    minutes = int(seconds // 60)
    days, rest = divmod(minutes, DAY // 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return t("orders.span_days", lang, days=days, hours=hours)
    return t("orders.span_hours", lang, hours=hours, minutes=minutes)
