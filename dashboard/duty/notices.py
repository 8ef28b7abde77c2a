"""Notices of one's part of the district, as they stand here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.actors import Words
from dashboard.i18n import t
from hub.notices.policy import NoticePolicy
from store.outbox import Notice

STATES = {"sent": ("✓", "g"), "waiting": ("○", ""), "bundled": ("✓", "g"), "dead": ("✕", "r")}


def draw_notices(notices: Sequence[Notice], words: Words, policy: NoticePolicy, own: str) -> Any:
    """The newest first, unread ones bold, with what became of each on its way out."""
    lang = words.lang
    if not notices:
        return html.P(f"○ {t('duty.no_notices', lang)}", className="empty")
    return html.Ul([_draw_one(notice, words, policy, own) for notice in notices], className="notices")


def _draw_one(notice: Notice, words: Words, policy: NoticePolicy, own: str) -> html.Li:
    values = {"unit": words.unit(notice.unit)} | notice.body.get("values", {})
    text = policy.render(notice.kind, values, words.lang)
    unread = "read_at" not in notice.body
    at = datetime.fromisoformat(notice.body["at"]) if "at" in notice.body else notice.created_at
    foot = [words.moment(at)]
    if notice.unit != own:
        foot.append(words.unit(notice.unit))
    badge = None
    if notice.state in STATES:
        mark, colour = STATES[notice.state]
        word = t(f"duty.sent_{notice.state}", words.lang, error=notice.error)
        badge = html.Span(f"{mark} {word}", className=f"badge {colour}".strip())
    mark_urgent = html.Span("◆ ", className="red", **{"aria-hidden": "true"})
    parts = [mark_urgent, text] if notice.kind in policy.urgent else [text]
    lead = html.B(parts) if unread else html.Span(parts)
    caption = html.Span(" · ".join(foot), className="caption")
    return html.Li([lead, html.Div([caption, badge], className="line")])


def count_unread(notices: Sequence[Notice]) -> int:
    """How many nobody has marked as read."""
    return sum("read_at" not in notice.body for notice in notices)
