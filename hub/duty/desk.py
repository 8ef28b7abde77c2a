"""Hand-over (交接班): open points carried from shift to shift until ticked off, confirmed by both sides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from hub.books.acts import Actor, Refused, read_text
from hub.books.book import Book
from hub.duty.roster import DutyPolicy, DutyRow, Roster, load_policy
from store.journal import Entry, Journal, Outrun
from twin.district import District

BOOK = "duty"
#: Who keeps watch; each for its own unit, leaders and dispatchers for the hub.
WATCHERS = frozenset({"leader", "dispatcher", "department", "township", "village", "admin"})


@dataclass(frozen=True)
class Point:
    """An open point: its number, what is to be watched, since when; urgent ones stand first."""

    entry_no: int
    text: str
    urgent: bool
    at: datetime
    role: str


@dataclass(frozen=True)
class HandOver:
    """One hand-over: of the running shift, with so many open points; taken when the next has confirmed."""

    entry_no: int
    shift: str
    at: datetime
    role: str
    actor: str
    points: int
    text: str
    taken_at: datetime | None = None
    taken_role: str = ""


@dataclass(frozen=True)
class UnitDuty:
    """The watch of one unit: open points, those ticked off (newest last), hand-overs (newest last)."""

    points: tuple[Point, ...] = ()
    done: tuple[tuple[Point, datetime, str], ...] = ()
    handovers: tuple[HandOver, ...] = ()
    version: int = 0

    @property
    def pending(self) -> HandOver | None:
        """The hand-over that waits for the next shift."""
        last = self.handovers[-1] if self.handovers else None
        return last if last is not None and last.taken_at is None else None


@dataclass(frozen=True)
class DutyBook:
    """The watch of every unit that wrote anything."""

    units: Mapping[str, UnitDuty] = field(default_factory=lambda: MappingProxyType({}))


def fold_duty(book: DutyBook, entry: Entry) -> DutyBook:
    """The book after one more entry."""
    own = replace(_change(book.units.get(entry.subject_id, UnitDuty()), entry), version=entry.entry_no)
    return DutyBook({**book.units, entry.subject_id: own})


def _change(own: UnitDuty, entry: Entry) -> UnitDuty:
    body = entry.body
    if entry.kind == "noted":
        point = Point(entry.entry_no, body["text"], bool(body["urgent"]), entry.at, entry.role)
        return replace(own, points=(*own.points, point))
    if entry.kind == "ticked":
        gone = [point for point in own.points if point.entry_no == body["point"]]
        kept = tuple(point for point in own.points if point.entry_no != body["point"])
        return replace(own, points=kept, done=(*own.done, *((p, entry.at, entry.role) for p in gone)))
    if entry.kind == "handed_over" and own.pending is None:
        one = HandOver(
            entry.entry_no, body["shift"], entry.at, entry.role, entry.actor, len(own.points), body["text"]
        )
        return replace(own, handovers=(*own.handovers, one))
    if entry.kind == "taken_over" and own.pending is not None:
        taken = replace(own.pending, taken_at=entry.at, taken_role=entry.role)
        return replace(own, handovers=(*own.handovers[:-1], taken))
    return own


class DutyDesk:
    """Roster and hand-over of one district; called: roles that a contingency calls in."""

    def __init__(
        self,
        journal: Journal,
        district: District,
        now: Callable[[], datetime],
        policy: DutyPolicy | None = None,
        called: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.journal, self.district, self.now = journal, district, now
        self.policy = policy or load_policy()
        self.roster, self.called = Roster(district, self.policy), called
        self.book = Book(journal, BOOK, DutyBook(), fold_duty)
        hubs = district.units.loc[district.units["kind"] == "hub", "code"].tolist()
        self.hub = hubs[0] if hubs else district.units.loc[district.units["parent"] == "", "code"].iat[0]

    def list_roster(self, units: frozenset[str] | None = None) -> list[DutyRow]:
        """Who is on watch now and next in some units (None: all)."""
        return self.roster.list_rows(self.now(), units, self.called())

    def read(self, unit: str) -> UnitDuty:
        """Open points and hand-overs of a unit, urgent points first."""
        own = self.book.read().units.get(unit, UnitDuty())
        return replace(own, points=tuple(sorted(own.points, key=lambda p: (not p.urgent, p.entry_no))))

    def home(self, actor: Actor) -> str:
        """The unit whose watch a person keeps: its own, or the hub."""
        return actor.unit or self.hub

    def note(self, actor: Actor, unit: str, text: str, urgent: bool) -> None:
        """Add an open point. Refused where the unit is not one's own, or the text cannot stand."""
        self._check(actor, unit)
        kept = read_text(text, "note", self.policy.longest_note)
        self._write(actor, unit, "noted", {"text": kept, "urgent": bool(urgent)}, None)

    def tick(self, actor: Actor, unit: str, point: int) -> None:
        """Tick an open point off. Refused where it is not open."""
        self._check(actor, unit)
        own = self.read(unit)
        if all(one.entry_no != point for one in own.points):
            raise Refused("not_open")
        self._write(actor, unit, "ticked", {"point": point}, own.version)

    def hand_over(self, actor: Actor, unit: str, text: str = "") -> None:
        """The running shift hands over; the open points go with it. Refused while one waits."""
        self._check(actor, unit)
        own = self.read(unit)
        if own.pending is not None:
            raise Refused("handed_already")
        running = self.find_running(unit)
        shift = running.now.shift if running is not None and running.now is not None else ""
        body = {"text": read_text(text, "", self.policy.longest_note), "shift": shift}
        self._write(actor, unit, "handed_over", body, own.version)

    def take_over(self, actor: Actor, unit: str) -> None:
        """The next shift confirms. Refused where nothing waits, or by the account that handed over."""
        self._check(actor, unit)
        own = self.read(unit)
        if own.pending is None:
            raise Refused("nothing_handed")
        if actor.account and actor.account == own.pending.actor:
            raise Refused("same_account")
        self._write(actor, unit, "taken_over", {"handed": own.pending.entry_no}, own.version)

    def find_running(self, unit: str) -> DutyRow | None:
        """The first row of a unit's roster: its leading post on watch."""
        rows = self.list_roster(frozenset({unit}))
        return next((row for row in rows if row.now is not None), rows[0] if rows else None)

    def _check(self, actor: Actor, unit: str) -> None:
        if actor.role not in WATCHERS or unit not in actor.scope.units:
            raise Refused("not_watcher")
        if actor.scope.is_whole and actor.role in ("department", "township", "village"):
            raise Refused("not_watcher")

    def _write(
        self, actor: Actor, unit: str, kind: str, body: Mapping[str, object], seen: int | None
    ) -> None:
        place = (actor.role, actor.unit, actor.account)
        try:
            self.journal.append(BOOK, unit, kind, body, *place, self.now(), seen=seen)
        except Outrun:
            raise Refused("changed") from None
