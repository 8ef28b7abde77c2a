"""One order in full: what is asked, the time left, the ladder, what may be done, its history."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.actors import Words
from dashboard.i18n import t
from dashboard.orders.rows import draw_light, tell_left
from dashboard.plan.fields import list_date_words
from hub.orders.records import Choice, Order, OrderRow, OrderStep

STEPS = ("order", "reminder", "talk", "circular", "accountability")
#: Acts that take the text of the drawer, and what its label asks for.
LABELS = {"answer": "text_answer", "accept": "text_decide"}


def draw_drawer(row: OrderRow, choices: tuple[Choice, ...], words: Words) -> list[Any]:
    """The drawer's parts, from the top."""
    order, lang = row.order, words.lang
    head = html.Div([html.H2(row.number), draw_light(row.light, lang, order.state)], className="drawer-head")
    facts = [
        html.P(order.title, className="subject"),
        html.P(_tell_about(order, words), className="caption"),
        html.P(order.asked, className="asked"),
    ]
    leads = any(choice.action == "raise" for choice in choices)
    parts = [head, *facts, _draw_clock(row, words), _draw_ladder(row, words, leads)]
    return [*parts, *_draw_acts(row, choices, words), _draw_history(order, words)]


def _tell_about(order: Order, words: Words) -> str:
    lang = words.lang
    about = {
        "case": lambda: t("orders.about_case", lang, subject=order.subject),
        "matter": lambda: words.matters.get(order.subject, order.subject),
        "township": lambda: words.areas.get(order.subject, order.subject),
    }.get(order.about, lambda: t("orders.about_free", lang))()
    giver = words.who(order.giver[0], order.giver[1])
    return t("orders.facts", lang, unit=words.unit(order.unit), about=about, giver=giver)


def _draw_clock(row: OrderRow, words: Words) -> html.Div:
    lang = words.lang
    share = 100 if row.used_share is None else min(100.0, max(0.0, 100 * row.used_share))
    tone = {"red": "r", "amber": "a", "green": "g"}.get(row.light, "b")
    due = t("orders.due_at", lang, due=words.moment(row.due_at))
    lead = tell_left(row, lang) or t(f"orders.state_{row.order.state}", lang)
    bar = html.Div(
        [html.I(style={"width": f"{share:.0f}%"}), html.B(className="tick")],
        className=f"time {tone}",
        **{"aria-hidden": "true"},
    )
    return html.Div(
        [html.Div(lead, className=f"lead {tone}"), bar, html.Div(due, className="caption")],
        className="order-clock",
    )


def _draw_ladder(row: OrderRow, words: Words, leads: bool) -> html.Div:
    lang, level = words.lang, row.order.level
    items = []
    for place, step in enumerate(STEPS):
        state = "done" if place < level else "now" if place == level else ""
        mark = "●" if place <= level else "○"
        words_of_step = [html.Span(mark, **{"aria-hidden": "true"}), t(f"orders.step_{step}", lang)]
        current = {"aria-current": "step"} if state == "now" else {}
        items.append(html.Li(words_of_step, className=state, **current))
    parts: list[Any] = [html.H3(t("orders.ladder", lang)), html.Ol(items, className="steps")]
    if leads and row.proposal is not None:
        parts.append(_draw_proposal(row, words))
    return html.Div(parts, className="ladder-box")


def _draw_proposal(row: OrderRow, words: Words) -> html.P:
    lang, found = words.lang, row.proposal
    assert found is not None
    at_once = found.reason == "overdue" and not found.after_days
    key = "proposal_at_once" if at_once else f"proposal_{found.reason}"
    text = t(
        f"orders.{key}",
        lang,
        step=t(f"orders.step_{found.step}", lang),
        days=found.overdue_days,
        after=found.after_days if found.reason == "overdue" else found.after_sent_back,
        times=found.sent_back,
    )
    more = t("orders.proposal_hurried", lang) if found.hurried else ""
    return html.P(
        [html.B(t("orders.proposal", lang)), text, more, html.Span(t("orders.proposal_open", lang))],
        className="proposal",
    )


def _draw_acts(row: OrderRow, choices: tuple[Choice, ...], words: Words) -> list[Any]:
    lang = words.lang
    if not choices:
        return [] if row.order.ended else [html.P(t("orders.read_only", lang), className="caption only")]
    offered = [choice.action for choice in choices]
    label = next((LABELS[action] for action in offered if action in LABELS), "text_decide")
    text = dmc.Textarea(
        id={"type": "orders-field", "name": "text"}, label=t(f"orders.{label}", lang), autosize=True,
        minRows=2, maxRows=6, size="sm", placeholder=t("orders.text_hint", lang),
    )  # fmt: skip
    parts: list[Any] = [text]
    if "redate" in offered:
        parts.append(
            dmc.DateInput(
                id={"type": "orders-field", "name": "due"},
                label=t("orders.new_due", lang),
                size="sm",
                clearable=True,
                **list_date_words(lang),
            )
        )
    buttons = [_draw_button(choice, row, lang) for choice in choices]
    return [html.Div([*parts, html.Div(buttons, className="buttons")], className="acts")]


def _draw_button(choice: Choice, row: OrderRow, lang: str) -> html.Button:
    word = t(f"orders.do_{choice.action}", lang)
    if choice.action == "raise" and row.order.level + 1 < len(STEPS):
        word = t("orders.do_raise_to", lang, step=t(f"orders.step_{STEPS[row.order.level + 1]}", lang))
    if not choice.allowed:
        why = t(f"orders.why_{choice.why_not}", lang, **choice.values)
        return html.Button(f"{word} · {why}", className="button", type="button", **{"aria-disabled": "true"})
    lead = choice.action in ("answer", "accept") or (choice.action == "raise" and row.proposal is not None)
    return html.Button(
        word,
        id={"type": "orders-act", "action": choice.action},
        className="button filled" if lead else "button",
        type="button",
    )


def _draw_history(order: Order, words: Words) -> html.Div:
    lang = words.lang
    items = [_draw_step(step, words) for step in reversed(order.history)]
    return html.Div(
        [html.H3(t("orders.history", lang, count=len(items))), html.Ol(items, className="history")]
    )


def _draw_step(step: OrderStep, words: Words) -> html.Li:
    lang, body = words.lang, step.body
    title = t(f"orders.did_{step.kind}", lang)
    if step.kind == "raised":
        title = t("orders.did_raised_to", lang, step=t(f"orders.step_{body['step']}", lang))
    lines = [html.Div([html.B(title), html.Span(words.moment(step.at))], className="line")]
    lines.append(html.Div(words.who(step.role, step.unit), className="caption"))
    if step.kind == "redated":
        change = t("orders.redated_weaker" if body["weaker"] else "orders.redated_tighter", lang)
        lines.append(
            html.Div([html.S(body["old"]), " → ", html.B(body["new"]), f" · {change}"], className="change")
        )
    if body.get("text"):
        lines.append(html.Div(body["text"], className="said"))
    return html.Li(lines, className=step.kind)
