"""Contingencies in force: put in force with reason and end, ended by decision or at their time, history."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from hub.books.acts import Actor, Refused, read_text
from hub.books.book import Book
from hub.contingency.sets import ContingencySet, UrgentMatter, load_sets
from hub.orders.policy import Rung
from hub.roles import LEADERS
from store.journal import Entry, Journal, Outrun
from twin.district import District

BOOK = "contingency"
LONGEST = timedelta(days=60)


@dataclass(frozen=True)
class Contingency:
    """A set that is or was in force: the set as it was then, from `since` to `until` (UTC) or `ended_at`;
    why, and in which role; a blank ended_at: it ran to its time, or still runs.
    """

    contingency_id: str
    entry_no: int
    set: ContingencySet
    since: datetime
    until: datetime
    reason: str
    role: str
    actor: str
    ended_at: datetime | None = None
    ended_reason: str = ""

    def is_active(self, now: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.since <= now < (self.ended_at or self.until)


Contingencies = Mapping[str, Contingency]


@dataclass(frozen=True)
class Preview:
    """What a set would change, counted in the district: posts called by role, the units they belong to,
    units told, matters that come first, (step, days late before, in force) of the ladder,
    kinds of its measures.
    """

    set: ContingencySet
    posts: tuple[tuple[str, int], ...]
    post_units: int
    units: int
    matters: tuple[UrgentMatter, ...]
    ladder: tuple[tuple[str, int, int], ...]
    measures: tuple[str, ...]


def fold_contingency(book: Contingencies, entry: Entry) -> Contingencies:
    """The book after one more entry."""
    if entry.kind == "forced" and entry.subject_id not in book:
        body = entry.body
        one = Contingency(
            entry.subject_id, entry.entry_no, ContingencySet(**body["set"]), entry.at,
            datetime.fromisoformat(body["until"]), body["reason"], entry.role, entry.actor,
        )  # fmt: skip
        return {**book, entry.subject_id: one}
    known = book.get(entry.subject_id)
    if entry.kind == "ended" and known is not None and known.ended_at is None:
        ended = replace(known, ended_at=entry.at, ended_reason=entry.body["reason"])
        return {**book, entry.subject_id: ended}
    return book


class ContingencyDesk:
    """The prepared sets of a district and the book of those put in force."""

    def __init__(
        self,
        journal: Journal,
        district: District,
        now: Callable[[], datetime],
        sets: Mapping[str, ContingencySet] | None = None,
    ) -> None:
        self.journal, self.district, self.now = journal, district, now
        found = load_sets() if sets is None else sets
        self.sets = {name: one.fit(district) for name, one in found.items()}
        self.zone = ZoneInfo(district.settings.time_zone)
        blank: Contingencies = MappingProxyType({})
        self.book = Book(journal, BOOK, blank, fold_contingency)

    def state(self) -> tuple[Contingency, ...]:
        """The sets in force now, in the order in which they were put in force."""
        now = self.now()
        return tuple(one for one in self.book.read().values() if one.is_active(now))

    def list_history(self) -> list[Contingency]:
        """Every set ever put in force, newest first."""
        return list(self.book.read().values())[::-1]

    def urgent_matters(self) -> dict[str, UrgentMatter]:
        """Matters that come first now; of several sets the stricter figures hold."""
        found: dict[str, UrgentMatter] = {}
        for row in (row for one in self.state() for row in one.set.matters):
            old = found.get(row.matter, row)
            found[row.matter] = UrgentMatter(
                matter=row.matter,
                priority=min(old.priority, row.priority),
                limit_share=min(old.limit_share, row.limit_share),
            )
        return found

    def called_roles(self) -> frozenset[str]:
        """Roles whose posts are called in now, on shift or not."""
        return frozenset(role for one in self.state() for role in one.set.called)

    def hurry(self, ladder: Sequence[Rung]) -> tuple[Rung, ...]:
        """The ladder of orders in force now: of several sets the fewest days hold for each step."""
        hurried = tuple(ladder)
        for one in self.state():
            hurried = hurry_ladder(hurried, one.set)
        return hurried

    def preview(self, name: str, ladder: Sequence[Rung]) -> Preview:
        """What a set would change before it is put in force; KeyError for an unknown one."""
        one = self.sets[name]
        posts = self.district.posts
        called = posts[(posts["filled"] == 1) & posts["role"].isin(one.called)]
        counts = called["role"].value_counts()
        hurried = hurry_ladder(ladder, one)
        return Preview(
            set=one,
            posts=tuple((role, int(counts.get(role, 0))) for role in one.called),
            post_units=int(called["unit"].nunique()),
            units=len(self.list_told(one)),
            matters=one.matters,
            ladder=tuple(
                (old.step, old.overdue_days, new.overdue_days)
                for old, new in zip(ladder, hurried, strict=True)
                if old != new
            ),
            measures=tuple(str(row["measure"]) for row in one.measures if row.get("enabled", True)),
        )

    def list_told(self, one: ContingencySet) -> list[str]:
        """The units that are told when a set comes in force or ends."""
        units = self.district.units
        return units.loc[units["kind"].isin(one.notify), "code"].tolist()

    def to_scenario(self, name: str, start: date, days: int) -> str:
        """A set as a scenario file (TOML) for the planner; KeyError for an unknown one."""
        return self.sets[name].to_scenario(start, days).to_toml()

    def force(self, actor: Actor, name: str, reason: str, until: str, contingency_id: str = "") -> str:
        """Put a set in force until a local moment (ISO); its id. Refused where it cannot be."""
        self._check_leader(actor)
        if name not in self.sets:
            raise Refused("unknown_set")
        why = read_text(reason, "reason", 300)
        end = self._read_end(until)
        if any(one.set.name == name for one in self.state()):
            raise Refused("in_force")
        body = {"set": self.sets[name].model_dump(mode="json"), "until": end.isoformat(), "reason": why}
        key = contingency_id or secrets.token_hex(8)
        self._write(actor, key, "forced", body, 0)
        return key

    def end(self, actor: Actor, contingency_id: str, reason: str) -> None:
        """End a set before its time. Refused where it is not in force."""
        self._check_leader(actor)
        one = self.book.read().get(contingency_id)
        if one is None or not one.is_active(self.now()):
            raise Refused("not_in_force")
        body = {"reason": read_text(reason, "reason", 300)}
        self._write(actor, contingency_id, "ended", body, one.entry_no)

    def _check_leader(self, actor: Actor) -> None:
        if actor.role not in LEADERS or not actor.scope.is_whole:
            raise Refused("not_leader")

    def _read_end(self, until: str) -> datetime:
        try:
            end = datetime.fromisoformat(until if isinstance(until, str) else "")
        except ValueError:
            raise Refused("until") from None
        moment = end if end.tzinfo else end.replace(tzinfo=self.zone)
        if not self.now() < moment <= self.now() + LONGEST:
            raise Refused("until_range", most=str(LONGEST.days))
        return moment

    def _write(self, actor: Actor, key: str, kind: str, body: Mapping[str, object], seen: int) -> None:
        place = (actor.role, actor.unit, actor.account)
        try:
            self.journal.append(BOOK, key, kind, body, *place, self.now(), seen=seen)
        except Outrun:
            raise Refused("changed") from None


def hurry_ladder(ladder: Sequence[Rung], one: ContingencySet) -> tuple[Rung, ...]:
    """A ladder with the days of a set where those are fewer; steps that the set says nothing of stay."""
    days = [*one.overdue_days, *(rung.overdue_days for rung in ladder[len(one.overdue_days) :])]
    return tuple(
        rung.model_copy(update={"overdue_days": min(rung.overdue_days, most)})
        for rung, most in zip(ladder, days, strict=False)
    )
