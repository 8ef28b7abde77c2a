"""An action -> the rows it adds to the event log, due times included; advice adds none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.casework.rules import Seat
from hub.casework.worktime import WorkTime

SOURCE = "hub"
Row = dict[str, Any]
#: The post that does an act, where it is not the body that holds the case.
POSTS = {
    "accepted": "seat", "refused": "seat", "transferred_out": "seat", "merged": "seat", "voided": "seat",
    "verified": "grid_worker", "dispatched": "dispatcher", "checked": "grid_worker", "closed": "chief",
    "evaluated": "seat", "reopened": "seat",
}  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What was asked for with an action."""

    action: str
    reason: str = ""
    unit: str = ""
    verdict: str = ""
    twin: str = ""


@dataclass(frozen=True)
class Clerk:
    """Writes the rows of one act on one case; `like` holds what every row of the case repeats."""

    seat: Seat
    wish: Wish
    worktime: WorkTime
    item: Row
    allowance_hours: float
    like: Row
    moment: datetime

    def write(self) -> list[Row]:
        """The rows, in order, numbered after the events that the case has."""
        rows = WRITERS[self.wish.action](self)
        first = self.seat.story.version
        case_id = self.like["case_id"]
        return [row | {"event_id": f"{case_id}-h{first + n:04d}"} for n, row in enumerate(rows)]

    def row(self, state: str, phase: str = "done", **values: Any) -> Row:
        """One row at the moment of the act; by default of the body that acts."""
        story = self.seat.story
        unit = values.pop("unit", "") or self.seat.actor.scope.unit or self.seat.bodies.hub
        common = {
            "source": SOURCE, "occurred_at": self.moment, "state": state, "phase": phase, "unit": unit,
            "tier": self.seat.bodies.tiers.get(unit, ""), "lead_unit": story.holder or unit, "kind": "case",
            "role": POSTS.get(state) or self._find_role(unit), "reason_code": self.wish.reason,
            "task_id": story.tasks, "handling_due": story.handling_due, "close_due": story.close_due,
        }  # fmt: skip
        return self.like | common | values

    def held(self, unit: str, phase: str = "queued", role: str = "", **values: Any) -> Row:
        """A row that puts the case into a body's hands."""
        role = role or self._find_role(unit)
        return self.row("handling", phase, unit=unit, lead_unit=unit, role=role, reason_code="", **values)

    def _find_role(self, unit: str) -> str:
        if unit == self.seat.story.holder:
            return self.seat.story.role
        way = self.seat.bodies.list_bodies(self.seat.item, self.seat.grid)
        fitting = [body.role for body in way if body.unit == unit]
        return fitting[0] if fitting else self.seat.bodies.find_role(unit)

    def due_from(self, handling_due: datetime) -> Row:
        """The two due times that hang on one."""
        close = self.worktime.find_due(handling_due, self.allowance_hours, "w")
        return {"handling_due": handling_due, "close_due": close}

    @property
    def clock(self) -> str:
        """The item's clock."""
        return str(self.item["limit_clock"])


def _plain(state: str, **values: Any) -> Callable[[Clerk], list[Row]]:
    return lambda clerk: [clerk.row(state, **values)]


def _accept(clerk: Clerk) -> list[Row]:
    hours = clerk.seat.policy.timers.dispatched
    urgent = int(clerk.item["priority"]) <= 2
    due = clerk.worktime.find_due(clerk.moment, hours, "u" if urgent else "w")
    return [clerk.row("accepted"), clerk.row("accepted", "queued", step_due=due)]


def _dispatch(clerk: Clerk) -> list[Row]:
    story = clerk.seat.story
    due = story.handling_due or clerk.worktime.find_due(
        clerk.moment, float(clerk.item["limit_value"]), clerk.clock
    )
    dues = {"handling_due": due, "close_due": story.close_due} if story.close_due else clerk.due_from(due)
    sent = clerk.row("dispatched", **dues)
    return [sent, clerk.held(clerk.wish.unit, step_due=due, **dues)]


def _return(clerk: Clerk) -> list[Row]:
    hub = clerk.seat.bodies.hub
    back = clerk.row("returned", unit=clerk.seat.story.holder)
    return [back, clerk.row("accepted", "queued", unit=hub, lead_unit=hub, reason_code="")]


def _start(clerk: Clerk) -> list[Row]:
    return [clerk.held(clerk.seat.story.holder, "work")]


def _hand_up(clerk: Clerk) -> list[Row]:
    story = clerk.seat.story
    return [clerk.row("escalated", unit=story.holder), clerk.held(clerk.wish.unit)]


def _again(state: str) -> Callable[[Clerk], list[Row]]:
    """Rework and re-opening go to the body that had the case."""

    def write(clerk: Clerk) -> list[Row]:
        holder = clerk.seat.story.holder or clerk.seat.bodies.hub
        return [clerk.row(state), clerk.held(holder)]

    return write


def _joint(clerk: Clerk) -> list[Row]:
    holder = clerk.seat.story.holder
    return [clerk.row("joint", unit=holder), _call(clerk)]


def _call(clerk: Clerk, due: datetime | None = None) -> Row:
    unit = clerk.wish.unit
    return clerk.row("joint", "queued", unit=unit, lead_unit=clerk.seat.story.holder, step_due=due)


def _whistle(clerk: Clerk) -> list[Row]:
    span = clerk.seat.policy.whistle[clerk.wish.reason]
    due = clerk.worktime.find_due(clerk.moment, span.value, span.clock)
    called = clerk.row("whistled", unit=clerk.seat.story.holder, step_due=due)
    return [called, _call(clerk, due)]


def _arrive(clerk: Clerk) -> list[Row]:
    mine = clerk.seat.actor.scope.units
    there = [unit for unit in clerk.seat.story.missing if unit in mine]
    lead = clerk.seat.story.holder
    return [
        clerk.row("joint", "work", unit=unit, lead_unit=lead, task_id=clerk.seat.story.called[unit].task)
        for unit in there
    ]


def _ask(state: str) -> Callable[[Clerk], list[Row]]:
    return lambda clerk: [clerk.row(state, "queued", unit=clerk.seat.story.holder)]


def _suspend(clerk: Clerk) -> list[Row]:
    story, item = clerk.seat.story, clerk.item
    own = float(item["suspend_value"] or 0)
    value = own or clerk.seat.policy.approvals.suspend_days
    until = clerk.worktime.find_due(clerk.moment, value, str(item["suspend_clock"]) if own else "wd")
    dues = _move_due(clerk, story.handling_due, clerk.moment, until)
    return [clerk.row("suspended", unit=story.holder, step_due=until, **dues)]


def _resume(clerk: Clerk) -> list[Row]:
    story = clerk.seat.story
    dues = _move_due(clerk, story.due_before, story.suspended_at, clerk.moment)
    return [clerk.held(story.holder, **dues)]


def _move_due(clerk: Clerk, due: datetime | None, start: datetime | None, end: datetime) -> Row:
    if due is None or start is None:
        return {}
    stood = clerk.worktime.count_minutes(start, end, clerk.clock)
    return clerk.due_from(clerk.worktime.add_minutes(due, stood, clerk.clock))


def _extend(clerk: Clerk) -> list[Row]:
    story, item = clerk.seat.story, clerk.item
    share = clerk.seat.policy.approvals.extend_share
    value = float(item["extend_value"] or 0) or share * float(item["limit_value"])
    due = clerk.worktime.find_due(story.handling_due or clerk.moment, value, clerk.clock)
    return [clerk.row("extended", unit=story.holder, **clerk.due_from(due))]


WRITERS: dict[str, Callable[[Clerk], list[Row]]] = {
    "accept": _accept,
    "refuse": _plain("refused"),
    "transfer": _plain("transferred_out"),
    "merge": lambda clerk: [clerk.row("merged", merged_into=clerk.wish.twin)],
    "verify": _plain("verified"),
    "void": _plain("voided"),
    "dispatch": _dispatch,
    "start": _start,
    "return": _return,
    "arrive": _arrive,
    "joint": _joint,
    "whistle": _whistle,
    "hand_up": _hand_up,
    "ask_suspend": _ask("suspended"),
    "suspend": _suspend,
    "resume": _resume,
    "ask_extend": _ask("extended"),
    "extend": _extend,
    "feedback": lambda clerk: [clerk.row("handled", unit=clerk.seat.story.holder)],
    "check": _plain("checked"),
    "rework": _again("rework"),
    "close": _plain("closed"),
    "evaluate": lambda clerk: [clerk.row("evaluated", verdict=clerk.wish.verdict)],
    "reopen": _again("reopened"),
}


def find_moment(now: datetime, moved_at: datetime | None) -> datetime:
    """The moment of an act: now, but never before what the case did last."""
    return now if moved_at is None else max(now, moved_at + timedelta(microseconds=1))
