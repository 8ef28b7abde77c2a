"""An order as the pages show it, and the states of the book that it comes from: frozen plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

#: given: the unit's turn; answered: the giver's; accepted and withdrawn end it.
OrderState = Literal["given", "answered", "accepted", "withdrawn"]
OrderLight = Literal["green", "amber", "red", "waiting", "ended"]
ABOUT = ("free", "case", "matter", "township")
ENDED = ("accepted", "withdrawn")


@dataclass(frozen=True)
class OrderStep:
    """One act on an order, as it was written: kind is given, received, answered, accepted, sent_back,
    redated, raised or withdrawn.
    """

    entry_no: int
    kind: str
    at: datetime
    role: str
    unit: str
    actor: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Order:
    """An order as its entries leave it.

    serial: its place in the year of its giving (local date); level: 0 the order itself, then the ladder's
    steps from 1; giver: (role, unit, account); due: the local date by whose working hours' end an answer is
    asked; answered_at: of the answer under review, None otherwise; received: the unit has signed for it.
    """

    order_id: str
    year: int
    serial: int
    unit: str
    about: str
    subject: str
    title: str
    asked: str
    given_at: datetime
    giver: tuple[str, str, str]
    due: date
    state: OrderState = "given"
    level: int = 0
    sent_back: int = 0
    received: bool = False
    answered_at: datetime | None = None
    history: tuple[OrderStep, ...] = ()

    @property
    def version(self) -> int:
        """Number of its newest entry: an act says which it saw."""
        return self.history[-1].entry_no

    @property
    def ended(self) -> bool:
        """Whether nothing more is asked of anybody."""
        return self.state in ENDED


@dataclass(frozen=True)
class Proposal:
    """The next step that the rules point to, for a person to decide: at level `level`, because the order is
    `overdue_days` working days past due (the rule: `after_days`) or was sent back `sent_back` times
    (`after_sent_back`); hurried: a contingency in force has shortened the ladder.
    """

    step: str
    level: int
    reason: Literal["overdue", "sent_back"]
    overdue_days: int
    after_days: int
    sent_back: int
    after_sent_back: int
    hurried: bool


@dataclass(frozen=True)
class Choice:
    """One act on an order for one person: open to them, or why not (key why_* with its values)."""

    action: str
    allowed: bool
    why_not: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderRow:
    """An order at a moment: its number as people call it, its light, when it is due, days past due and,
    where the rules point to one, the next step.

    remaining: working seconds left, negative past due, 0 for those under review or ended;
    used_share: working time gone since it was given, of that allowed; None under review or ended.
    """

    order: Order
    number: str
    light: OrderLight
    due_at: datetime
    overdue: bool
    overdue_days: int
    remaining: float
    used_share: float | None
    proposal: Proposal | None


class OpenCount(NamedTuple):
    """Orders not ended; of them past due with the unit; of them answered and waiting for their giver."""

    open: int
    overdue: int
    answered: int
