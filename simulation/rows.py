"""Visits -> the rows of the event log, as whole numbers (simulation.packing)."""

import numpy as np

from simulation.lots import BACK, PREEMPTED, TIMED_OUT, UP
from simulation.packing import Packing
from simulation.pools import list_stints
from simulation.visits import Table, Visits
from twin.eventlog import PHASES, STATES

_BEFORE = {
    "accepted": "reported",
    "verified": "accepted",
    "dispatched": "accepted",
    "handled": "handling",
    "checked": "handled",
    "closed": "checked",
    "self_handled": "reported",
}
# Order of a case's rows at one moment. Work gone on with after a pause, and a delay after the work, have a
# place of their own.
DELAY, QUEUED, TRAVEL, WORK, RESUMED, PAUSED, AFTER, DONE = range(8)
PHASE_OF = np.array(
    [PHASES.index(p) for p in ("delay", "queued", "travel", "work", "work", "paused", "delay", "done")],
    dtype=np.int8,
)


def list_rows(visits: Visits, packing: Packing) -> np.ndarray:
    """The rows of the log, packed, in no order."""
    t, horizon = visits.table, visits.horizon
    lead = t["lead"] == 1
    started, finished = t["start"] >= 0, t["end"] >= 0
    steps = [*visits.flow.rows["state"], "self_handled"]
    during = np.array([STATES.index(_BEFORE[s]) for s in steps], dtype=np.int8)[t["row"]]
    reached = _states_reached(t, np.array([STATES.index(s) for s in steps], dtype=np.int8)[t["row"]])
    gone = np.isin(t["outcome"], (PREEMPTED, TIMED_OUT))
    parts = [_list_reports(visits, packing)]

    def add(mask: np.ndarray, time: np.ndarray, phase: int, state: np.ndarray) -> None:
        chosen = np.flatnonzero(mask & (time >= 0) & (time <= horizon))
        parts.append(packing.pack_visits(time[chosen], chosen, phase, state[chosen]))

    add(lead & (t["offered"] > t["entered"]), t["entered"], DELAY, during)
    waits = (t["start"] > t["offered"]) | (~started & (t["post"] < 0) & (t["done"] < 0))
    add(lead & waits, t["offered"], QUEUED, during)
    paused = started & (t["end"] - t["start"] > t["travel"] + t["work"]) & ~gone
    whole = started & ~paused
    begin = t["start"] + t["travel"]
    begin = np.where(gone, np.minimum(begin, t["end"]), begin)
    add(whole & (t["travel"] > 0), t["start"], TRAVEL, during)
    add(whole, begin, WORK, during)
    parts.append(_list_paused(visits, packing, np.flatnonzero(paused), during))
    waiting_after = (t["done"] > t["end"]) | (t["done"] < 0)
    add(lead & finished & waiting_after, t["end"], AFTER, during)
    add(lead & ~started & (t["done"] > t["entered"]), t["entered"], DELAY, during)
    add(lead & (t["outcome"] != PREEMPTED), t["done"], DONE, reached)
    add(lead & (t["outcome"] == PREEMPTED), t["done"], PAUSED, during)
    return np.concatenate(parts)


def _states_reached(t: Table, state: np.ndarray) -> np.ndarray:
    """The state that a visit's end brings: the step's own, or escalated, returned, rework."""
    state = state.copy()
    escalated = np.isin(t["outcome"], (UP, TIMED_OUT))
    back = t["outcome"] == BACK
    state[back] = np.where(
        state[back] == STATES.index("checked"), STATES.index("rework"), STATES.index("returned")
    )
    state[escalated] = STATES.index("escalated")
    return state


def _list_reports(visits: Visits, packing: Packing) -> np.ndarray:
    time = visits.cases.time
    inside = (time >= 0) & (time <= visits.horizon)
    return packing.pack(time[inside], packing.reports[inside], DONE, 0, STATES.index("reported"))


def _list_paused(visits: Visits, packing: Packing, chosen: np.ndarray, during: np.ndarray) -> np.ndarray:
    """Travel, work and pauses of visits that ran past a shift's end."""
    windows = _post_windows(visits)
    found: list[tuple[int, int, int]] = []
    columns = (visits.table[name][chosen].tolist() for name in ("post", "start", "travel", "end"))
    for visit, post, start, travel, end in zip(chosen.tolist(), *columns, strict=True):
        stints = list_stints(*windows[post], start, end)
        way, phase = travel, WORK
        if way:
            found.append((start, visit, TRAVEL))
        for number, (begin, finish) in enumerate(stints):
            if number:
                found.append((stints[number - 1][1], visit, PAUSED))
            if finish - begin > way or number == len(stints) - 1:
                found.append((begin + way, visit, phase))
                way, phase = 0, RESUMED
            else:
                way -= finish - begin
    time, visit, order = np.array(found, dtype=np.int64).reshape(-1, 3).T
    inside = time <= visits.horizon
    time, visit, order = time[inside], visit[inside], order[inside]
    return packing.pack_visits(time, visit, order, during[visit])


def _post_windows(visits: Visits) -> dict[int, tuple[list[int], list[int]]]:
    return {
        post: spans
        for plan in visits.flow.pools
        for post, spans in zip(plan.posts, plan.windows, strict=True)
    }
