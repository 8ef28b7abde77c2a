"""When an order is late, what comes next, and who may do what with it."""

from collections.abc import Sequence
from datetime import datetime

from hub.books.acts import Actor, Refused
from hub.books.worktime import WorkDays
from hub.orders.policy import OrderPolicy, Rung
from hub.orders.records import Choice, Order, OrderLight, OrderRow, Proposal
from hub.roles import LEADERS

#: Roles of the units that orders are given to; each answers for its own part.
ANSWERERS = frozenset({"department", "township", "village"})
#: In the order in which a drawer offers them.
ACTIONS = ("receive", "answer", "accept", "send_back", "raise", "redate", "withdraw")


def describe_order(
    order: Order, now: datetime, days: WorkDays, policy: OrderPolicy, ladder: Sequence[Rung], number: str
) -> OrderRow:
    """An order at a moment; `ladder` is the one in force, shorter than the policy's in a contingency."""
    due_at = days.end_of(order.due)
    turn = order.state == "given"
    overdue = turn and now > due_at
    late = days.count_working_days(order.due, days.to_day(now)) if overdue else 0
    allowed, used = days.measure(order.given_at, due_at), days.measure(order.given_at, now)
    share = used / allowed if allowed > 0 else float(now >= due_at)
    return OrderRow(
        order=order,
        number=number,
        light=_find_light(order, overdue, share, policy.amber_share),
        due_at=due_at,
        overdue=overdue,
        overdue_days=late,
        remaining=days.measure(now, due_at) if turn and not overdue else -days.measure(due_at, now) * turn,
        used_share=share if turn else None,
        proposal=propose_step(order, overdue, late, ladder, tuple(ladder) != policy.ladder),
    )


def _find_light(order: Order, overdue: bool, share: float, amber: float) -> OrderLight:
    if order.ended:
        return "ended"
    if order.state == "answered":
        return "waiting"
    return "red" if overdue else "amber" if share >= amber else "green"


def propose_step(
    order: Order, overdue: bool, late: int, ladder: Sequence[Rung], hurried: bool
) -> Proposal | None:
    """The next step of the ladder where one of its rules is met; one step at a time."""
    if order.ended or order.level >= len(ladder):
        return None
    rung = ladder[order.level]
    by_days = overdue and late >= rung.overdue_days
    if not by_days and order.sent_back < rung.sent_back:
        return None
    return Proposal(
        step=rung.step,
        level=order.level + 1,
        reason="overdue" if by_days else "sent_back",
        overdue_days=late,
        after_days=rung.overdue_days,
        sent_back=order.sent_back,
        after_sent_back=rung.sent_back,
        hurried=hurried,
    )


def list_choices(row: OrderRow, actor: Actor, ladder: Sequence[Rung]) -> tuple[Choice, ...]:
    """What one person may do with an order now; acts of other people's are left out, those of one's own
    that are not open say why.
    """
    choices = []
    for action in ACTIONS:
        if not _concerns(action, row.order, actor):
            continue
        try:
            check_act(action, row, actor, ladder)
            choices.append(Choice(action, True))
        except Refused as refusal:
            choices.append(Choice(action, False, refusal.why, refusal.values))
    return tuple(choices)


def is_holder(order: Order, actor: Actor) -> bool:
    """Whether a person belongs to the unit that the order is given to, or to one above it."""
    return actor.role in ANSWERERS and bool(actor.scope.unit) and order.unit in actor.scope.units


def is_leader(order: Order, actor: Actor) -> bool:
    """Whether a person leads the part of the district that the order is given to."""
    return actor.role in LEADERS and order.unit in actor.scope.units


def is_giver(order: Order, actor: Actor) -> bool:
    """Whether a person gave the order: same role, same unit, same account."""
    return order.giver == (actor.role, actor.unit, actor.account)


def _concerns(action: str, order: Order, actor: Actor) -> bool:
    if order.ended:
        return False
    own = is_holder if action in ("receive", "answer") else is_leader
    return own(order, actor) and not (action == "receive" and order.received)


def check_act(action: str, row: OrderRow, actor: Actor, ladder: Sequence[Rung]) -> None:
    """Refused with the reason where an act is not this person's or not open now."""
    order = row.order
    if order.ended:
        raise Refused("ended")
    if action in ("receive", "answer"):
        if not is_holder(order, actor):
            raise Refused("not_holder")
        if order.state != "given":
            raise Refused("answered_already")
    elif not is_leader(order, actor):
        raise Refused("not_leader")
    if action in ("accept", "send_back") and order.state != "answered":
        raise Refused("not_answered")
    if action == "raise":
        _check_raise(row, ladder)


def _check_raise(row: OrderRow, ladder: Sequence[Rung]) -> None:
    if row.order.level >= len(ladder):
        raise Refused("top_of_ladder")
    if row.proposal is None and not row.overdue:
        raise Refused("not_overdue")
