"""Orders as people work with them: give, answer, accept or send back, redate, raise, withdraw; read them."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from hub.books.acts import Actor, Refused, read_text
from hub.books.book import Book
from hub.books.worktime import WorkDays
from hub.orders.fold import BOOK, OrderBook, fold_order
from hub.orders.policy import OrderPolicy, Rung, load_policy
from hub.orders.records import ABOUT, Choice, OpenCount, Order, OrderRow
from hub.orders.rules import check_act, describe_order, is_giver, list_choices
from hub.roles import LEADERS
from hub.scopes import Scope
from store.journal import Journal, Outrun
from twin.district import District

WRITES = {
    "receive": "received", "answer": "answered", "accept": "accepted", "send_back": "sent_back",
    "raise": "raised", "redate": "redated", "withdraw": "withdrawn",
}  # fmt: skip
LONGEST_TITLE = 60
KINDS = {"green": 2, "amber": 1, "red": 0, "waiting": 3, "ended": 4}


class Orders:
    """The book of orders of one district.

    now: the hub's moment; ladder: the ladder in force, where a contingency may have shortened it.
    """

    def __init__(
        self,
        journal: Journal,
        district: District,
        now: Callable[[], datetime],
        policy: OrderPolicy | None = None,
        ladder: Callable[[Sequence[Rung]], Sequence[Rung]] = tuple,
    ) -> None:
        self.journal, self.district, self.now = journal, district, now
        self.policy, self.days = policy or load_policy(), WorkDays(district)
        self.book = Book(journal, BOOK, OrderBook(), partial(fold_order, zone=self.days.zone))
        self._ladder = ladder
        self.known = {
            "matter": set(district.matters["matter"]),
            "township": set(district.areas.loc[district.areas["tier"] == "township", "code"]),
        }

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """The ladder in force now."""
        return tuple(self._ladder(self.policy.ladder))

    def list(self, scope: Scope | None = None, ended: bool = False) -> Sequence[OrderRow]:
        """Orders given to the units of a scope: overdue first, then by due date; ended ones when asked for,
        newest first.
        """
        rows = [self._describe(order) for order in self._inside(scope) if ended or not order.ended]
        return sorted(rows, key=_urgency)

    def count_open(self, scope: Scope | None = None) -> OpenCount:
        """How many orders are open, overdue, and waiting for their giver."""
        rows = self.list(scope)
        answered = sum(row.order.state == "answered" for row in rows)
        return OpenCount(len(rows), sum(row.overdue for row in rows), answered)

    def find(self, order_id: str, scope: Scope | None = None) -> OrderRow | None:
        """One order; None where there is none, or it is given to a unit outside the scope."""
        order = self.book.read().orders.get(order_id)
        inside = order is not None and (scope is None or order.unit in scope.units)
        return self._describe(order) if order is not None and inside else None

    def list_choices(self, row: OrderRow, actor: Actor) -> tuple[Choice, ...]:
        """What a person may do with an order, in the order of its life."""
        return list_choices(row, actor, self.ladder)

    def propose_dues(self) -> Sequence[tuple[str, date]]:
        """The policy's limits as dates from today: (name, date)."""
        today = self.days.to_day(self.now())
        return [(due.name, self.days.add_working_days(today, due.working_days)) for due in self.policy.due]

    def give(self, actor: Actor, draft: Mapping[str, Any], order_id: str = "") -> str:
        """Give an order; its id.

        draft: unit, about (free, case, matter or township), subject (its number or code), title, asked, due
        (ISO date). The same order_id is given once. Refused where it cannot be.
        """
        if actor.role not in LEADERS:
            raise Refused("not_leader")
        body = self._read_draft(actor, draft)
        name = order_id or secrets.token_hex(8)
        self._write(actor, name, "given", body, 0)
        return name

    def act(
        self, actor: Actor, order_id: str, action: str, version: int, text: str = "", due: str = ""
    ) -> None:
        """Do one of hub.orders.rules.ACTIONS to an order as it was at `version`.

        text: the answer, or the reason; due: the new date (ISO) where the order is redated. Refused with
        `changed` where somebody else acted meanwhile.
        """
        row = self.find(order_id, actor.scope)
        if row is None or action not in WRITES:
            raise Refused("unknown")
        if row.order.version != version:
            raise Refused("changed")
        ladder = self.ladder
        check_act(action, row, actor, ladder)
        body = self._redate(row.order, actor, text, due) if action == "redate" else _say(action, text)
        if action == "raise":
            rung = ladder[row.order.level]
            body |= {"step": rung.step, "level": row.order.level + 1, "proposed": row.proposal is not None}
        self._write(actor, order_id, WRITES[action], body, version)

    def number_of(self, order: Order) -> str:
        """What people call an order: 云岫督〔2026〕12号."""
        name = self.district.settings.name
        place = name[:-1] if name[-1:] in "区县市" and len(name) > 1 else name
        return self.policy.number.format(place=place, year=order.year, serial=order.serial)

    def _inside(self, scope: Scope | None) -> Sequence[Order]:
        orders = self.book.read().orders.values()
        return [order for order in orders if scope is None or order.unit in scope.units]

    def _describe(self, order: Order) -> OrderRow:
        number = self.number_of(order)
        return describe_order(order, self.now(), self.days, self.policy, self.ladder, number)

    def _read_draft(self, actor: Actor, draft: Mapping[str, Any]) -> dict[str, Any]:
        unit, about = draft.get("unit"), draft.get("about")
        if not isinstance(unit, str) or unit not in actor.scope.units:
            raise Refused("unit")
        if about not in ABOUT:
            raise Refused("about")
        subject = "" if about == "free" else read_text(draft.get("subject"), "subject", 64)
        if subject not in self.known.get(str(about), {subject}):
            raise Refused("subject")
        title = read_text(draft.get("title"), "title", LONGEST_TITLE)
        asked = read_text(draft.get("asked"), "asked")
        due = self._read_due(draft.get("due")).isoformat()
        return {
            "unit": unit, "about": about, "subject": subject, "title": title, "asked": asked, "due": due
        }  # fmt: skip

    def _read_due(self, text: object) -> date:
        try:
            due = date.fromisoformat(text[:10] if isinstance(text, str) else "")
        except ValueError:
            raise Refused("due") from None
        today = self.days.to_day(self.now())
        if not 0 <= (due - today).days <= 366:
            raise Refused("due_range")
        if self.days.end_of(due) <= self.now():
            raise Refused("due_past")
        if not self.days.is_working(due):
            before, after = (self.days.find_working(due, step) for step in (-1, 1))
            raise Refused("day_off", day=due.isoformat(), before=before.isoformat(), after=after.isoformat())
        return due

    def _redate(self, order: Order, actor: Actor, text: str, due: str) -> dict[str, Any]:
        new = self._read_due(due)
        if new == order.due:
            raise Refused("same_due")
        weaker = new > order.due
        if weaker and not is_giver(order, actor):
            raise Refused("not_giver", old=order.due.isoformat(), new=new.isoformat())
        reason = read_text(text, "reason" if weaker else "")
        return {"old": order.due.isoformat(), "new": new.isoformat(), "weaker": weaker, "text": reason}

    def _write(self, actor: Actor, order_id: str, kind: str, body: Mapping[str, Any], seen: int) -> None:
        place = (actor.role, actor.unit, actor.account)
        try:
            self.journal.append(BOOK, order_id, kind, body, *place, self.now(), seen=seen)
        except Outrun:
            raise Refused("given_already" if kind == "given" else "changed") from None


def _say(action: str, text: str) -> dict[str, Any]:
    needed = {"answer": "answer", "send_back": "reason", "raise": "reason", "withdraw": "reason"}
    return {"text": read_text(text, needed.get(action, ""))}


def _urgency(row: OrderRow) -> tuple[Any, ...]:
    newest = -row.order.version if row.order.ended else 0
    return (KINDS[row.light], newest, row.order.due, row.order.year, row.order.serial)
