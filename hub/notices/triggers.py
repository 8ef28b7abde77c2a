"""What happened -> who is told. Pure: the same news gives the same notices with the same ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from hub.contingency.desk import BOOK as CONTINGENCY
from hub.contingency.desk import Contingency
from hub.notices.desk import make_notice
from hub.orders.fold import BOOK as ORDERS
from hub.orders.records import OrderRow
from hub.snapshot import CaseRow
from store.journal import Entry
from store.outbox import NewNotice

EVENT_COLUMNS = (
    "source", "event_id", "case_id", "state", "phase", "occurred_at", "unit", "lead_unit", "step_due", "kind",
)  # fmt: skip
#: Acts on orders that the unit hears of; the giver hears of answers.
TO_UNIT = {
    "given": "order_given", "sent_back": "order_sent_back", "raised": "order_raised",
    "redated": "order_redated", "accepted": "order_accepted", "withdrawn": "order_withdrawn",
}  # fmt: skip


@dataclass(frozen=True)
class News:
    """What came since the last look.

    before, now: the hub's moments of the last look and of this one; told_at: this machine's time; entries:
    new ones of the books; events: new rows with EVENT_COLUMNS; orders, contingencies: by id, as they stand
    now; overdue: cases past due now; numbers: what people
    call the whistled cases; names: of units; matters: of matters; hub: the unit of leaders;
    told: units that each contingency tells; zone of the district; fresh: older events are history.
    """

    before: datetime
    now: datetime
    told_at: datetime
    zone: str
    hub: str
    fresh: timedelta
    entries: Sequence[Entry] = ()
    events: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(EVENT_COLUMNS)))
    orders: Mapping[str, OrderRow] = field(default_factory=dict)
    contingencies: Mapping[str, Contingency] = field(default_factory=dict)
    overdue: Sequence[CaseRow] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    matters: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)


def find_notices(news: News) -> list[NewNotice]:
    """The notices that the news asks for, each once."""
    found: list[NewNotice] = []
    for entry in news.entries:
        if entry.book == ORDERS:
            found += _tell_order(news, entry)
        elif entry.book == CONTINGENCY:
            found += _tell_contingency(news, entry)
    found += _tell_overdue_orders(news)
    found += _tell_lapsed(news)
    found += _tell_whistles(news)
    found += _tell_overdue_cases(news)
    return list({notice.notice_id: notice for notice in found}.values())


def _tell_order(news: News, entry: Entry) -> Iterator[NewNotice]:
    row = news.orders.get(entry.subject_id)
    if row is None:
        return
    values = _describe(row) | {key: str(entry.body[key]) for key in ("old", "step") if key in entry.body}
    subject = f"order/{entry.subject_id}/{entry.entry_no}"
    if entry.kind in TO_UNIT:
        yield _make(news, row.order.unit, "", TO_UNIT[entry.kind], subject, values)
    elif entry.kind == "answered":
        values["from"] = news.names.get(row.order.unit, row.order.unit)
        yield _make(news, _giver(news, row), row.order.giver[0], "order_answered", subject, values)


def _tell_overdue_orders(news: News) -> Iterator[NewNotice]:
    for row in news.orders.values():
        if row.overdue and news.before <= row.due_at < news.now:
            subject = f"order/{row.order.order_id}/due/{row.order.due.isoformat()}"
            for unit, role in ((row.order.unit, ""), (_giver(news, row), row.order.giver[0])):
                yield _make(news, unit, role, "order_overdue", subject, _describe(row))


def _tell_contingency(news: News, entry: Entry) -> Iterator[NewNotice]:
    one = news.contingencies.get(entry.subject_id)
    if one is not None and entry.kind in ("forced", "ended"):
        kind = "contingency_on" if entry.kind == "forced" else "contingency_off"
        yield from _tell_all(news, one, kind)


def _tell_lapsed(news: News) -> Iterator[NewNotice]:
    for one in news.contingencies.values():
        if one.ended_at is None and news.before < one.until <= news.now:
            yield from _tell_all(news, one, "contingency_off")


def _tell_all(news: News, one: Contingency, kind: str) -> Iterator[NewNotice]:
    on = kind == "contingency_on"
    words = (one.set.text, one.set.text_en) if on else (one.set.ended_text, one.set.ended_text_en)
    until = one.until.astimezone(ZoneInfo(news.zone))
    reason = one.reason if on else one.ended_reason
    texts = [
        text.format(title=title, until=f"{until:%m-%d %H:%M}", reason=reason).strip()
        for text, title in zip(words, (one.set.title, one.set.title_en), strict=True)
    ]
    values = {"text": texts[0], "text_en": texts[1]}
    for unit in news.told.get(one.contingency_id, ()):
        yield _make(news, unit, "", kind, f"contingency/{one.contingency_id}", values)


def _tell_whistles(news: News) -> Iterator[NewNotice]:
    """A whistle tells the bodies that it calls; where the log names none, the body that holds the case."""
    events = news.events
    if events.empty:
        return
    fresh = events[(events["kind"] == "case") & (events["occurred_at"] >= news.now - news.fresh)]
    calls = fresh[(fresh["state"] == "joint") & (fresh["phase"] == "queued")]
    for row in fresh[(fresh["state"] == "whistled") & (fresh["phase"] == "done")].itertuples():
        same = calls[(calls["case_id"] == row.case_id) & (calls["occurred_at"] == row.occurred_at)]
        holder = str(row.lead_unit or row.unit)
        called = [unit for unit in same["unit"].astype(str).unique() if unit != holder] or [holder]
        values = {
            "number": news.numbers.get(str(row.case_id), str(row.case_id)),
            "from": news.names.get(holder, holder),
        }
        for unit in called:
            yield _make(news, unit, "", "whistle", f"whistle/{row.source}/{row.event_id}", values)


def _tell_overdue_cases(news: News) -> Iterator[NewNotice]:
    for row in news.overdue:
        due = news.now - timedelta(minutes=row.overdue_minutes)
        if row.priority == 1 and row.unit and due >= news.now - news.fresh:
            matter = row.matter.split("-")[0]
            values = {"number": row.number, "matter": news.matters.get(matter, matter)}
            yield _make(news, row.unit, "", "case_overdue", f"case/{row.case_id}", values)


def _make(news: News, unit: str, role: str, kind: str, subject: str, values: Mapping[str, str]) -> NewNotice:
    body: dict[str, Any] = {"subject": subject, "values": dict(values), "at": news.now.isoformat()}
    return make_notice(unit, role, kind, body, news.told_at, subject)


def _describe(row: OrderRow) -> dict[str, str]:
    return {"number": row.number, "title": row.order.title, "due": f"{row.order.due:%m-%d}"}


def _giver(news: News, row: OrderRow) -> str:
    return row.order.giver[1] or news.hub
