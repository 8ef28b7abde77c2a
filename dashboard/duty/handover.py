"""Open points and hand-overs of one unit's watch."""

from typing import Any

from dash import html

from dashboard.actors import Words
from dashboard.i18n import t
from hub.duty.desk import HandOver, Point, UnitDuty
from hub.duty.roster import DutyPolicy

SHOWN_DONE, SHOWN_HANDED = 3, 3


def draw_points(own: UnitDuty, writes: bool, words: Words) -> list[Any]:
    """Open points with a button each to tick them off, then the last ones done."""
    lang = words.lang
    if not own.points:
        parts: list[Any] = [html.P(f"○ {t('duty.no_points', lang)}", className="empty")]
    else:
        parts = [html.Ol([_draw_point(point, writes, words) for point in own.points], className="points")]
    done = [
        html.Li([html.S(point.text), html.Span(f"✓ {words.moment(at)}", className="caption")])
        for point, at, _ in own.done[-SHOWN_DONE:][::-1]
    ]
    return [*parts, html.Ul(done, className="points done")] if done else parts


def _draw_point(point: Point, writes: bool, words: Words) -> html.Li:
    lang = words.lang
    mark = html.Span(f"▲ {t('duty.urgent', lang)}", className="badge a") if point.urgent else None
    since = t("duty.since", lang, who=words.who(point.role, ""), at=words.moment(point.at))
    tick = html.Button(
        t("duty.tick", lang), id={"type": "duty-act", "action": "tick", "key": str(point.entry_no)},
        className="button small", type="button", **{"aria-label": f"{t('duty.tick', lang)} {point.text}"},
    )  # fmt: skip
    text = html.Div([html.Div([mark, point.text]), html.Div(since, className="caption")])
    return html.Li([text, tick if writes else None])


def draw_handover(own: UnitDuty, writes: bool, words: Words, policy: DutyPolicy) -> list[Any]:
    """Where the hand-over stands, what may be done, the last ones."""
    lang, pending = words.lang, own.pending
    parts: list[Any] = []
    if pending is not None:
        parts.append(
            html.P(
                [
                    html.Span(f"▲ {t('duty.pending', lang)}", className="badge a"),
                    " ",
                    _tell_handed(pending, words, policy),
                ],
                className="line",
            )
        )
    if writes:
        parts.append(html.Div([_draw_button(pending is not None, lang)], className="buttons"))
    old = [one for one in own.handovers if one.taken_at is not None][-SHOWN_HANDED:][::-1]
    lines = [html.Li(_tell_handed(one, words, policy)) for one in old]
    return [*parts, html.Ul(lines, className="handed")] if lines else parts


def _draw_button(pending: bool, lang: str) -> html.Button:
    action = "take_over" if pending else "hand_over"
    return html.Button(
        t(f"duty.do_{action}", lang), id={"type": "duty-act", "action": action, "key": ""},
        className="button filled" if pending else "button", type="button",
    )  # fmt: skip


def _tell_handed(one: HandOver, words: Words, policy: DutyPolicy) -> list[Any]:
    lang = words.lang
    names = policy.shifts.get(one.shift, (one.shift, one.shift))
    shift = names[1 if lang == "en" else 0]
    text = t("duty.handed", lang, at=words.moment(one.at), shift=shift, points=one.points)
    taken = ""
    if one.taken_at is not None:
        taken = t("duty.taken", lang, at=words.moment(one.taken_at), who=words.who(one.taken_role, ""))
    said = html.Span(one.text, className="quiet") if one.text else None
    return [text, taken and html.Span(f" ✓ {taken}", className="green"), " ", said]
