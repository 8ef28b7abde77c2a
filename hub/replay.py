"""The replay clock: where a replay stands and how fast it runs, kept in the store for everybody to read."""

from dataclasses import dataclass
from datetime import date, datetime

from store.notes import Notes

NOTE = "replay"
PREPARING = "replay_preparing"
ROSTERS = "replay_rosters"


@dataclass(frozen=True)
class ReplayClock:
    """position: the replayed moment in UTC; speed: replayed seconds a second; chapters: stretches so far."""

    position: datetime
    speed: float
    chapters: int


def read_clock(notes: Notes) -> ReplayClock | None:
    """The clock of the store's replay; None where nothing is replayed."""
    body = notes.get(NOTE)
    if body is None:
        return None
    return ReplayClock(datetime.fromisoformat(body["position"]), float(body["speed"]), int(body["chapters"]))


def is_preparing(notes: Notes) -> bool:
    """Whether a replay's history is on its way into the store for the first time."""
    return notes.get(PREPARING) is not None and notes.get(NOTE) is None


def write_clock(notes: Notes, clock: ReplayClock) -> None:
    """Put the clock into the store."""
    body = {"position": clock.position.isoformat(), "speed": clock.speed, "chapters": clock.chapters}
    notes.set(NOTE, body)


def read_roster_start(notes: Notes) -> date | None:
    """The day from which the rosters of what is replayed rotate; None where nothing tells."""
    body = notes.get(ROSTERS)
    return None if body is None else date.fromisoformat(body["since"])


def write_roster_start(notes: Notes, since: date) -> None:
    """Tell the day from which rosters rotate: forecasts must know who was on lately."""
    notes.set(ROSTERS, {"since": since.isoformat()})
