"""Which notices go out now, which together, which later: a pure plan, and the sender that carries it out."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from hub.notices.policy import NoticePolicy
from store.outbox import NewNotice, Notice, Outbox
from store.types import utc_now
from twin.settings import parse_window

HOUR = timedelta(hours=1)


class Gateway(Protocol):
    """Whatever takes a message: "" where it did, else the reason."""

    def post(self, notice_id: str, message: dict[str, Any], now: datetime) -> str:
        """Take one message."""


@dataclass(frozen=True)
class Plan:
    """Of one unit's due notices: those to send each by itself, those to bundle into one digest, those to put
    off until `later`.
    """

    send: tuple[Notice, ...] = ()
    bundle: tuple[Notice, ...] = ()
    postpone: tuple[Notice, ...] = ()
    later: datetime | None = None


def plan_unit(
    due: Sequence[Notice], sent: Sequence[datetime], now: datetime, policy: NoticePolicy, zone: ZoneInfo
) -> Plan:
    """What becomes of one unit's due notices; `sent`: when notices reached it in the last hour, oldest first.

    Urgent ones go first and may use the extra places. In quiet hours the others wait for their end. Where
    more is due than there are places, the last place is a digest of all that is left; where there is no
    place, everything waits until one is free.
    """
    urgent = [notice for notice in due if is_urgent(notice, policy)]
    usual = [notice for notice in due if not is_urgent(notice, policy)]
    loud = find_loud(now, policy, zone)
    quiet = loud > now
    places = policy.per_hour - len(sent)
    both = places + policy.urgent_extra
    if quiet and usual:
        rest = plan_unit(urgent, sent, now, policy, zone) if urgent else Plan()
        return Plan(rest.send, rest.bundle, (*rest.postpone, *usual), min(loud, rest.later or loud))
    if len(urgent) > both:
        return _fill(urgent, both, usual, sent, now)
    left = max(0, min(places, both - len(urgent)))
    plan = _fill(usual, left, (), sent, now)
    return Plan((*urgent, *plan.send), plan.bundle, plan.postpone, plan.later)


def is_urgent(notice: Notice, policy: NoticePolicy) -> bool:
    """Whether a notice goes out in quiet hours too: by its kind, or a digest that holds such a one."""
    return notice.kind in policy.urgent or bool(notice.body.get("urgent"))


def _fill(
    wanted: Sequence[Notice], places: int, rest: Sequence[Notice], sent: Sequence[datetime], now: datetime
) -> Plan:
    """As many as there are places, the last one a digest where it takes more; without a place all wait."""
    if places <= 0:
        free = (sent[0] if sent else now) + HOUR
        later = (*wanted, *rest)
        return Plan(postpone=later, later=free if later else None)
    if len(wanted) + len(rest) <= places:
        return Plan(send=(*wanted, *rest))
    return Plan(send=tuple(wanted[: places - 1]), bundle=(*wanted[places - 1 :], *rest))


def find_loud(now: datetime, policy: NoticePolicy, zone: ZoneInfo) -> datetime:
    """When notices that are not urgent may go out next: now, or the end of the quiet hours."""
    if not policy.quiet:
        return now
    start, end = parse_window(policy.quiet)
    local = now.astimezone(zone)
    midnight = datetime.combine(local.date(), time(), zone)
    second = (local - midnight).total_seconds()
    inside = start <= second < end if start < end else second >= start or second < end
    if not inside:
        return now
    days = 1 if start > end and second >= start else 0
    return midnight + timedelta(days=days, seconds=end)


class Sender:
    """Carries the plan out, one pass at a time; `names` is what each unit is called."""

    def __init__(
        self,
        outbox: Outbox,
        gateway: Gateway,
        policy: NoticePolicy,
        zone: ZoneInfo,
        names: Callable[[str], str] = str,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.outbox, self.gateway, self.policy, self.zone = outbox, gateway, policy, zone
        self.names, self.clock = names, clock

    def step(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Send what is due; how many messages the gateway took."""
        due = sorted(self.outbox.list_due(self.clock()), key=lambda notice: notice.unit)
        taken = 0
        for unit, notices in groupby(due, key=lambda notice: notice.unit):
            if stop():
                break
            taken += self._serve(unit, list(notices))
        return taken

    def _serve(self, unit: str, due: Sequence[Notice]) -> int:
        now = self.clock()
        sent = [one.sent_at for one in self.outbox.list_sent(unit, now - HOUR) if one.sent_at is not None]
        plan = plan_unit(due, sent, now, self.policy, self.zone)
        if plan.later is not None:
            self.outbox.postpone([one.notice_id for one in plan.postpone], plan.later, now)
        if plan.bundle:
            self.outbox.bundle([one.notice_id for one in plan.bundle], self._digest(plan.bundle, now), now)
        return sum(self._send(notice) for notice in plan.send)

    def _send(self, notice: Notice) -> bool:
        error = self.gateway.post(notice.notice_id, self.describe(notice), self.clock())
        now = self.clock()
        if not error:
            self.outbox.mark_sent(notice.notice_id, now)
            return True
        waits = self.policy.backoff_seconds
        wait = timedelta(seconds=waits[min(notice.attempts, len(waits) - 1)])
        last = notice.attempts + 1 >= self.policy.attempts
        self.outbox.mark_failed(notice, error, None if last else now + wait, now)
        return False

    def describe(self, notice: Notice) -> dict[str, Any]:
        """What the gateway gets: whom to tell, what about, in words of both languages."""
        values = {"unit": self.names(notice.unit)} | notice.body.get("values", {})
        words = {lang: self.policy.render(notice.kind, values, lang) for lang in ("zh", "en")}
        return {
            "notice_id": notice.notice_id,
            "unit": notice.unit,
            "unit_name": self.names(notice.unit),
            "role": notice.role,
            "kind": notice.kind,
            "urgent": is_urgent(notice, self.policy),
            "subject": notice.body.get("subject", ""),
            "text": words["zh"],
            "text_en": words["en"],
            "lines": notice.body.get("lines", []),
            "created_at": notice.created_at.isoformat(),
        }

    def _digest(self, notices: Sequence[Notice], now: datetime) -> NewNotice:
        """One notice for several; a digest among them is opened, so that none is hidden in another."""
        plain = [one for one in notices if one.kind != "digest"]
        older = [one.body for one in notices if one.kind == "digest"]
        lines = [line for body in older for line in body["lines"]]
        lines += [self.describe(notice)["text"] for notice in plain]
        count = len(plain) + sum(body["values"]["count"] for body in older)
        body = {
            "subject": notices[0].notice_id,
            "values": {"count": count},
            "lines": lines[: self.policy.digest_lines],
            "urgent": any(is_urgent(one, self.policy) for one in notices),
        }
        return NewNotice(f"digest-{secrets.token_hex(8)}", notices[0].unit, "", "digest", body, now)
