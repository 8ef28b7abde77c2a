"""What was enacted, with the forecast it was enacted on, and whether it came true; a book of the journal."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import pandas as pd

from hub.books.acts import Actor, Refused, read_text
from hub.books.book import Book
from hub.roles import LEADERS, PLANNERS
from simulation.diagnosis.proof import Proof, prove
from simulation.scenario import Scenario
from store.events import EventStore
from store.journal import Entry, Journal
from twin.district import District
from twin.faults import DistrictFaults

BOOK = "enacted"
#: Who may write down that a measure was enacted.
ENACTORS = PLANNERS | LEADERS
INDICATOR = "on_time_closure"


@dataclass(frozen=True)
class Forecast:
    """What was said before: points of on-time closure gained over a window, mean and interval."""

    indicator: str
    mean: float
    low: float
    high: float
    days: int
    run_id: str


@dataclass(frozen=True)
class Enacted:
    """A measure in force: its scenario and hash, the day, the townships it reaches, its forecast."""

    enacted_id: str
    title: str
    scenario_hash: str
    toml: str
    day: date
    townships: tuple[str, ...]
    forecast: Forecast
    at: datetime
    role: str
    actor: str


@dataclass(frozen=True)
class EnactedBook:
    """Everything that was enacted, by id, the oldest first."""

    known: Mapping[str, Enacted] = field(default_factory=lambda: MappingProxyType({}))


def fold_enacted(book: EnactedBook, entry: Entry) -> EnactedBook:
    """The book after one more entry; nothing that stands in it ever changes."""
    body = entry.body
    one = Enacted(
        entry.subject_id,
        body["title"],
        body["scenario_hash"],
        body["toml"],
        date.fromisoformat(body["day"]),
        tuple(body["townships"]),
        Forecast(**body["forecast"]),
        entry.at,
        entry.role,
        entry.actor,
    )
    return EnactedBook({**book.known, entry.subject_id: one})


class EnactedDesk:
    """Writes down what is enacted, and checks it against the event log."""

    def __init__(
        self, journal: Journal, events: EventStore, district: District, now: Callable[[], datetime]
    ) -> None:
        self.journal, self.events, self.district, self.now = journal, events, district, now
        self.book = Book(journal, BOOK, EnactedBook(), fold_enacted)

    def record(self, actor: Actor, toml: str, day: date, townships: Sequence[str], forecast: Forecast) -> str:
        """Keep that a scenario is in force from a day at some townships; its id.

        Refused `role`, `scenario`, `townships` (none, or outside the actor's part), `forecast` (figures that
        are no numbers in order).
        """
        if actor.role not in ENACTORS:
            raise Refused("role")
        scenario = _read_scenario(toml)
        places = self._check_places(actor, townships)
        if not forecast.low <= forecast.mean <= forecast.high:
            raise Refused("forecast")
        title = read_text(scenario.title or scenario.name, "scenario", 80)
        body: dict[str, Any] = {
            "title": title,
            "scenario_hash": scenario.hash,
            "toml": toml,
            "day": day.isoformat(),
            "townships": places,
            "forecast": vars(forecast),
        }
        enacted_id = uuid.uuid4().hex
        self.journal.append(
            BOOK, enacted_id, "enacted", body, actor.role, actor.unit, actor.account, self.now(), seen=0
        )
        return enacted_id

    def list_for(self, actor: Actor) -> list[Enacted]:
        """What reaches a part of the district, the newest first."""
        mine = {code for code in self._list_townships() if code in actor.scope.areas}
        known = reversed(list(self.book.read().known.values()))
        return [one for one in known if actor.scope.is_whole or mine & set(one.townships)]

    def check(self, enacted: Enacted, origin: str = "") -> Proof:
        """What the event log says of it up to now, against the townships that nothing enacted has reached.

        A township that another measure reached from a day before the comparison ends counts on neither side.
        origin: live or replay; blank: whatever the log holds.
        """
        log = self.events.read_frame(origin=origin or None)
        others = self._find_others(enacted)
        inside = ~log["grid"].astype(str).map(self._town_of()).isin(others)
        now = pd.Timestamp(self.now())
        return prove(log[inside], self.district, enacted.day, now, enacted.townships)

    def _find_others(self, enacted: Enacted) -> set[str]:
        known = self.book.read().known.values()
        reached = {t for one in known if one.enacted_id != enacted.enacted_id for t in one.townships}
        return reached - set(enacted.townships)

    def _town_of(self) -> dict[str, str]:
        places = self.district.places
        return dict(zip(places["grid"], places["township"], strict=True))

    def _list_townships(self) -> list[str]:
        areas = self.district.areas
        return [str(code) for code in areas.loc[areas["tier"] == "township", "code"]]

    def _check_places(self, actor: Actor, townships: Sequence[str]) -> list[str]:
        known = self._list_townships()
        chosen = [code for code in known if code in set(townships)]
        if not chosen or len(chosen) < len(set(townships)):
            raise Refused("townships")
        if not actor.scope.is_whole and not set(chosen) <= actor.scope.areas:
            raise Refused("townships")
        return chosen


def _read_scenario(toml: str) -> Scenario:
    try:
        return Scenario.from_toml(toml)
    except DistrictFaults as error:
        raise Refused("scenario") from error
