"""Who is on watch now and next, by post and unit."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.actors import Words
from dashboard.formats import table
from dashboard.i18n import t
from hub.duty.roster import DutyPolicy, DutyRow, Shift

HUB_ROLES = ("chief", "dispatcher", "seat")


def draw_home(rows: Sequence[DutyRow], words: Words, policy: DutyPolicy) -> Any:
    """One's own unit: each post large, its shift and hours, who comes next."""
    if not rows:
        return html.P(t("duty.no_roster", words.lang), className="empty")
    return html.Div([_draw_post(row, words, policy) for row in rows], className="watch")


def _draw_post(row: DutyRow, words: Words, policy: DutyPolicy) -> html.Div:
    lang = words.lang
    now = row.now
    if now is not None:
        lead = [html.B(name_shift(now, policy, lang)), html.Span(tell_hours(now, words))]
    else:
        lead = [html.B(t("duty.off_shift", lang), className="quiet")]
    posts = [t("duty.posts", lang, count=now.posts)] if now is not None else []
    if row.called:
        posts.append(t("duty.called", lang, count=row.called))
    parts = [
        html.Div(words.post(row.role), className="post"),
        html.Div(lead, className="lead"),
        html.Div(" · ".join(posts), className="called" if row.called else "quiet"),
        html.Div(_tell_next(row.next, words, policy), className="caption"),
    ]
    if row.phone:
        parts.append(html.Div(t("duty.phone", lang, phone=row.phone), className="caption"))
    return html.Div(parts, className="post-box on" if now is not None or row.called else "post-box")


def _tell_next(shift: Shift | None, words: Words, policy: DutyPolicy) -> str:
    if shift is None:
        return t("duty.no_next", words.lang)
    name = name_shift(shift, policy, words.lang)
    return t("duty.next", words.lang, shift=name, start=words.moment(shift.start), count=shift.posts)


def draw_units(rows: Sequence[DutyRow], words: Words, policy: DutyPolicy) -> Any:
    """The other units of one's part: who is on watch until when, who comes next."""
    if not rows:
        return None
    lang = words.lang
    body = [
        [
            words.unit(row.unit),
            words.post(row.role),
            _tell_now(row, words, policy),
            _tell_called(row, lang),
            _tell_next(row.next, words, policy) if row.next else "–",
        ]
        for row in rows
    ]
    head = [(t(f"duty.col_{name}", lang), "") for name in ("unit", "post", "now", "called", "next")]
    return table(head, body, t("duty.units", lang))


def _tell_now(row: DutyRow, words: Words, policy: DutyPolicy) -> Any:
    if row.now is None:
        return html.Span(f"○ {t('duty.off_shift', words.lang)}", className="quiet")
    text = t("duty.now", words.lang, count=row.now.posts, end=words.clock(row.now.end),
             shift=name_shift(row.now, policy, words.lang))  # fmt: skip
    return html.Span([html.Span("● ", className="green"), text])


def _tell_called(row: DutyRow, lang: str) -> Any:
    if not row.called:
        return "–"
    return html.Span(f"▲ {t('duty.called', lang, count=row.called)}", className="badge a")


def name_shift(shift: Shift, policy: DutyPolicy, lang: str) -> str:
    """What a shift is called; its code where the policy has no name."""
    names = policy.shifts.get(shift.shift)
    return shift.shift if names is None else names[1 if lang == "en" else 0]


def tell_hours(shift: Shift, words: Words) -> str:
    """08:00–16:00."""
    return f"{words.clock(shift.start)}–{words.clock(shift.end)}"


def find_title(row: DutyRow | None, words: Words, policy: DutyPolicy) -> str:
    """The page's finding: whose watch runs, until when."""
    if row is None or row.now is None:
        return t("duty.title_none", words.lang)
    return t("duty.title", words.lang, post=words.post(row.role), unit=words.unit(row.unit),
             shift=name_shift(row.now, policy, words.lang), end=words.clock(row.now.end))  # fmt: skip
