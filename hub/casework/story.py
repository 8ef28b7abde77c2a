"""A case's events -> where it stands: who holds it, what is asked, who was called, when it is due."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import Any, Literal, NamedTuple

import pandas as pd

from twin.eventlog import ENDED

Position = Literal[
    "reported", "accepted", "dispatched", "handling", "handled", "checked", "closed", "evaluated", "ended"
]
#: Where a case stands after a state was done; `ended` means out of the way for good.
POSITIONS: dict[str, Position] = {
    "reported": "reported", "accepted": "accepted", "verified": "accepted", "returned": "accepted",
    "dispatched": "dispatched", "escalated": "dispatched", "rework": "dispatched", "reopened": "dispatched",
    "handled": "handled", "checked": "checked", "closed": "closed", "evaluated": "evaluated",
}  # fmt: skip
CLOSED = ("closed", "evaluated")


class Call(NamedTuple):
    """A body called to stand by: until when, whether it is there, the task that its work belongs to."""

    due: datetime | None
    arrived: bool
    task: int


@dataclass(frozen=True)
class Story:
    """Where a case stands after its events.

    holder, role, tier: the body that works it (blank before dispatch); since: when it came to its position;
    moved_at: its last event; called: those called to stand by, by unit; stopped_until: end of a suspension
    that runs; due_before: what was due before the clock was last touched; asked: requests one tier above
    that nobody answered yet, with their reasons; tasks: the next free task number.
    """

    position: Position = "reported"
    state: str = "reported"
    version: int = 0
    reported_at: datetime | None = None
    dispatched_at: datetime | None = None
    since: datetime | None = None
    moved_at: datetime | None = None
    holder: str = ""
    role: str = ""
    tier: str = ""
    handling_due: datetime | None = None
    close_due: datetime | None = None
    verified: bool = False
    suspended: int = 0
    suspended_at: datetime | None = None
    stopped_until: datetime | None = None
    due_before: datetime | None = None
    extended: int = 0
    asked: dict[str, str] = field(default_factory=dict)
    called: dict[str, Call] = field(default_factory=dict)
    tasks: int = 0

    def is_stopped(self, now: datetime) -> bool:
        """Whether its clock stands still."""
        return self.stopped_until is not None and now < self.stopped_until

    @property
    def missing(self) -> tuple[str, ...]:
        """Bodies that were called and are not there."""
        return tuple(unit for unit, call in self.called.items() if not call.arrived)


def tell(rows: Iterable[dict[str, Any]]) -> Story:
    """The story of one case from its rows (as list_rows makes them) in the log's order."""
    return reduce(follow, rows, Story())


def list_rows(events: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values: times are datetimes, None where blank."""
    rows = events.astype(object).where(events.notna(), None).to_dict("records")
    times = ("occurred_at", "step_due", "handling_due", "close_due")
    return [
        {
            str(k): v.to_pydatetime() if k in times and isinstance(v, pd.Timestamp) else v
            for k, v in row.items()
        }
        for row in rows
    ]


def follow(story: Story, row: dict[str, Any]) -> Story:
    """The story after one more event."""
    moment, state, phase = row["occurred_at"], row["state"], row["phase"]
    told = replace(
        story,
        version=story.version + 1,
        moved_at=moment,
        handling_due=row["handling_due"] or story.handling_due,
        close_due=row["close_due"] or story.close_due,
        tasks=max(story.tasks, int(row["task_id"] or 0) + 1),
    )
    if state == "joint" and phase != "done":
        return _call(told, row, phase == "work")
    if state == "handling" and row["lead_unit"] and row["lead_unit"] != row["unit"]:
        return _call(told, row, phase == "work")
    if state == "handling":
        return _hold(told, row, phase)
    if state in ("suspended", "extended"):
        return _stop_clock(replace(told, due_before=story.handling_due), row, state, phase)
    return _move(told, state, moment) if phase == "done" else told


def _call(story: Story, row: dict[str, Any], arrived: bool) -> Story:
    unit, task = row["unit"] or "", int(row["task_id"] or 0)
    known = story.called.get(unit, Call(row["step_due"], False, task))
    call = Call(known.due or row["step_due"], known.arrived or arrived, known.task)
    return replace(story, called=story.called | {unit: call})


def _hold(story: Story, row: dict[str, Any], phase: str) -> Story:
    held = replace(
        story,
        holder=row["unit"] or story.holder,
        role=row["role"] or story.role,
        tier=row["tier"] or story.tier,
    )
    if story.suspended_at is not None and phase in ("queued", "travel", "work"):
        held = replace(held, suspended_at=None, stopped_until=None)
    if story.position in ("reported", "accepted"):  # work in hand may come without its dispatch
        held = replace(held, position="dispatched", state="dispatched", since=row["occurred_at"])
    if phase == "work" and held.position == "dispatched":
        return replace(held, position="handling", state="handling", since=row["occurred_at"])
    return held


def _stop_clock(story: Story, row: dict[str, Any], state: str, phase: str) -> Story:
    name = "suspend" if state == "suspended" else "extend"
    if phase != "done":
        return replace(story, asked=story.asked | {name: row["reason_code"] or ""})
    asked = {key: reason for key, reason in story.asked.items() if key != name}
    if state == "extended":
        return replace(story, extended=story.extended + 1, asked=asked)
    return replace(
        story,
        suspended=story.suspended + 1,
        asked=asked,
        suspended_at=row["occurred_at"],
        stopped_until=row["step_due"] or row["handling_due"],
    )


def _move(story: Story, state: str, moment: datetime) -> Story:
    if state in ("joint", "whistled"):
        return story
    position: Position = "ended" if state in ENDED and state != "closed" else POSITIONS.get(state, "ended")
    moved = replace(story, position=position, state=state, since=moment)
    if state == "reported" and story.reported_at is None:
        moved = replace(moved, reported_at=moment)
    if state == "verified":
        moved = replace(moved, verified=True)
    if state == "dispatched":
        moved = replace(moved, dispatched_at=story.dispatched_at or moment)
    if state in ("handled", "returned"):
        moved = replace(moved, called={}, asked={}, suspended_at=None, stopped_until=None)
    return moved


def first_of(rows: Iterable[dict[str, Any]], name: str) -> Any:
    """The first value of a column that is not blank; None where every row is."""
    return next((row[name] for row in rows if row[name] not in (None, "")), None)
