"""What a case went through, step by step, and the clocks that run on it now."""

from datetime import datetime
from typing import Any

from hub.cases import STAGE_OF, STAGES
from hub.casework.policy import CaseworkPolicy
from hub.casework.records import CaseClock, Step
from hub.casework.story import Story
from hub.casework.worktime import WorkTime
from hub.snapshot import Light

AMBER = 0.8
#: Done state -> the timer that it had to keep, and the states from one of which that ran.
TIMED = {
    "accepted": ("accepted", ("reported",)),
    "verified": ("verified", ("accepted",)),
    "dispatched": ("dispatched", ("accepted", "verified", "returned")),
    "checked": ("checked", ("handled",)),
    "closed": ("closed", ("checked",)),
}
#: Position -> the timer that runs while a case stands there.
RUNNING = {"reported": "accepted", "accepted": "dispatched", "handled": "checked", "checked": "closed"}
BETWEEN = ("returned", "escalated", "suspended", "extended", "joint", "whistled", "rework", "reopened")
# What a move did: it stands in the stage that it ended, so `accepted` ends filing and `handled` handling.
DONE_IN = {
    "reported": 0, "accepted": 1, "dispatched": 2, "handling": 3, "handled": 4, "checked": 5, "closed": 5,
    "evaluated": 6,
}  # fmt: skip


class Historian:
    """Times a case's moves on its clocks; urgent ones run round the clock."""

    def __init__(self, worktime: WorkTime, policy: CaseworkPolicy, amber_share: float = AMBER) -> None:
        self.worktime, self.policy, self.amber_share = worktime, policy, amber_share

    def list_steps(self, rows: list[dict[str, Any]], item: dict[str, Any]) -> tuple[Step, ...]:
        """The moves done, the starts of work by the lead and the requests, in the log's order."""
        began: dict[str, datetime] = {}
        steps, started = [], False
        for row in rows:
            state = str(row["state"])
            starts = (
                state == "handling" and row["phase"] == "work" and row["lead_unit"] in (None, row["unit"])
            )
            asks = state in ("suspended", "extended") and row["phase"] == "queued"
            if row["phase"] == "done" or asks or (starts and not started):
                steps.append(self._describe(row, state, item, began))
            if row["phase"] == "done":
                began[state] = row["occurred_at"]
            started = starts or (started and state not in ("dispatched", "escalated", "rework", "reopened"))
        return tuple(steps)

    def _describe(
        self, row: dict[str, Any], state: str, item: dict[str, Any], began: dict[str, datetime]
    ) -> Step:
        used, limit = self._time(row, state, item, began)
        share = used / limit if used is not None and limit else None
        asked = row["phase"] == "queued"
        return Step(
            occurred_at=row["occurred_at"],
            state=f"ask_{state}" if asked else state,
            stage=-1 if state in BETWEEN else DONE_IN.get(state, -1),
            unit=row["unit"] or "",
            role=row["role"] or "",
            tier=row["tier"] or "",
            reason=row["reason_code"] or "",
            verdict=row["verdict"] or "",
            by_hand=row["source"] == "hub",
            used_minutes=used,
            limit_minutes=limit,
            light=None if share is None else grade(share, self.amber_share),
        )

    def _time(
        self, row: dict[str, Any], state: str, item: dict[str, Any], began: dict[str, datetime]
    ) -> tuple[float | None, float | None]:
        end = row["occurred_at"]
        if state == "handled" and "dispatched" in began and row["handling_due"]:
            clock, start = str(item["limit_clock"]), began["dispatched"]
            count = self.worktime.count_minutes
            return count(start, end, clock), count(start, row["handling_due"], clock)
        timer, states = TIMED.get(state, ("", ()))
        starts = [began[name] for name in states if name in began]
        if not starts:
            return None, None
        hours, clock = self._timer(timer, item)
        return self.worktime.count_minutes(max(starts), end, clock), hours * 60

    def _timer(self, name: str, item: dict[str, Any]) -> tuple[float, str]:
        return float(getattr(self.policy.timers, name)), "u" if int(item["priority"]) <= 2 else "w"

    def list_clocks(self, story: Story, item: dict[str, Any], now: datetime) -> tuple[CaseClock, ...]:
        """The clock of the step that runs, and the case's own from dispatch to closing."""
        clocks, stopped = [], story.is_stopped(now)
        if story.position in RUNNING and story.since is not None:
            hours, clock = self._timer(RUNNING[story.position], item)
            due = self.worktime.find_due(story.since, hours, clock)
            clocks.append(self._read("step", story.since, due, clock, now, False))
        start = story.dispatched_at or story.reported_at  # work in hand may come without its dispatch
        if start is not None and story.position not in ("closed", "evaluated", "ended"):
            clock = str(item["limit_clock"])
            working = story.position in ("dispatched", "handling")
            for name, due_or_none in (("handling", story.handling_due), ("close", story.close_due)):
                if due_or_none is not None and (working or name == "close"):
                    clocks.append(self._read(name, start, due_or_none, clock, now, stopped))
        return tuple(clocks)

    def _read(
        self, name: str, start: datetime, due: datetime, clock: str, now: datetime, stopped: bool
    ) -> CaseClock:
        count = self.worktime.count_minutes
        used, limit = max(0.0, count(start, now, clock)), count(start, due, clock)
        light: Light = "red" if now > due else grade(used / limit if limit else 1.0, self.amber_share)
        return CaseClock(name, due, clock, used, limit, count(now, due, clock), light, stopped)


def grade(share: float, amber_share: float) -> Light:
    """Green up to the amber share of a limit, red past the limit."""
    return "red" if share > 1 else "amber" if share >= amber_share else "green"


def find_stage(story: Story) -> int:
    """The stage of the seven in which a case stands, as the wall counts it."""
    if story.position == "handling":
        return STAGES.index("handling")
    return STAGE_OF.get(story.state, 6 if story.position in ("closed", "evaluated") else 0)
