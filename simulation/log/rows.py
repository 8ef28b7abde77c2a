"""Visits -> the rows of the event log, as whole numbers (simulation.log.packing)."""

from dataclasses import dataclass

import numpy as np

from simulation.log.packing import Packing, Whole
from simulation.playing.events import TASKS_A_CASE
from simulation.playing.lots import BACK, BROKEN_OFF, END, HANDED, MERGED, PREEMPTED, TIMED_OUT, UP
from simulation.playing.moves import MERGED_INTO, MOVE_FIELDS, STATES_OF_MOVES
from simulation.playing.visits import Visits
from simulation.way.placements import Windows
from twin.calendar import FOREVER
from twin.eventlog import PHASES, STATES

BEFORE = {
    "accepted": "reported",
    "verified": "accepted",
    "dispatched": "accepted",
    "handled": "handling",
    "checked": "handled",
    "closed": "checked",
    "evaluated": "closed",
    "joint": "joint",
    "self_handled": "reported",
}
# Order of a case's rows at one moment. Work gone on with after a pause, and a delay after the work, have a
# place of their own.
DELAY, QUEUED, TRAVEL, WORK, RESUMED, PAUSED, AFTER, DONE = range(8)
_APART = 4 * FOREVER  # no moment of one list of windows lies among those of the next
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
    during = np.array([STATES.index(BEFORE[s]) for s in steps], dtype=np.int8)[t["row"]]
    reached = _states_reached(visits, np.array([STATES.index(s) for s in steps], dtype=np.int8)[t["row"]])
    gone, stopped = np.isin(t["outcome"], BROKEN_OFF), np.isin(t["outcome"], (PREEMPTED, HANDED))
    parts = [_list_reports(visits, packing), _list_moves(visits, packing)]

    def add(mask: np.ndarray, time: np.ndarray, phase: int, state: np.ndarray) -> None:
        chosen = np.flatnonzero(mask & (time >= 0) & (time <= horizon))
        parts.append(packing.pack_visits(time[chosen], chosen, phase, state[chosen]))

    add(lead & (t["offered"] > t["entered"]), t["entered"], DELAY, during)
    waits = (t["start"] > t["offered"]) | (~started & (t["post"] < 0) & (t["done"] < 0))
    add(lead & waits, t["offered"], QUEUED, during)
    paused = started & (t["end"] - t["start"] > visits.occupied)
    whole = started & ~paused
    begin = t["start"] + t["travel"]
    begin = np.where(gone, np.minimum(begin, t["end"]), begin)
    add(whole & (t["travel"] > 0), t["start"], TRAVEL, during)
    add(whole, begin, WORK, during)
    parts.append(_list_paused(visits, packing, np.flatnonzero(paused), during))
    waiting_after = (t["done"] > t["end"]) | (t["done"] < 0)
    add(lead & finished & waiting_after, t["end"], AFTER, during)
    add(lead & ~started & (t["done"] > t["entered"]), t["entered"], DELAY, during)
    add(lead & ~stopped, t["done"], DONE, reached)
    add(lead & stopped, t["done"], PAUSED, during)
    return np.concatenate(parts)


def _states_reached(visits: Visits, state: np.ndarray) -> np.ndarray:
    """The state that a visit's end brings: the step's own, or where it went instead."""
    state, outcome = state.copy(), visits.table["outcome"]
    back = np.flatnonzero(outcome == BACK)
    brought = {"checked": "rework", "evaluated": "reopened", "closed": "reopened"}
    table = np.array([STATES.index(brought.get(name, "returned")) for name in STATES], dtype=np.int8)
    state[back] = table[state[back]]
    joint = state == STATES.index("joint")
    state[np.isin(outcome, (UP, TIMED_OUT)) & ~joint] = STATES.index("escalated")
    state[outcome == MERGED] = STATES.index("merged")
    ended = np.flatnonzero(outcome == END)
    ends = visits.flow.rows["end_state"].to_numpy()[visits.table["row"][ended]]
    state[ended] = [STATES.index(name) for name in ends]
    return state


def _list_moves(visits: Visits, packing: Packing) -> np.ndarray:
    """What happened beside the visits, told as facts about the visit of that task."""
    moves = visits.moves[:, visits.moves[MOVE_FIELDS.index("kind")] != MERGED_INTO]
    case, task, time, kind = moves[:4]
    states = np.array([STATES.index(name) for name in STATES_OF_MOVES])[kind]
    t = visits.table
    own = np.flatnonzero(np.isin(t["case"], case) & (t["lead"] == 1))
    keys = t["case"][own].astype(np.int64) * TASKS_A_CASE + t["task"][own]
    order = np.argsort(keys)
    visit = own[order[np.searchsorted(keys[order], case * TASKS_A_CASE + task)]] if len(own) else own
    inside = time <= visits.horizon
    return packing.pack_visits(time[inside], visit[inside], DONE, states[inside])


def _list_reports(visits: Visits, packing: Packing) -> np.ndarray:
    """Reports, those before the start included: cases that are open then."""
    time = visits.cases.time
    inside = time <= visits.horizon
    return packing.pack(time[inside], packing.reports[inside], DONE, 0, STATES.index("reported"))


def _list_paused(visits: Visits, packing: Packing, chosen: np.ndarray, during: np.ndarray) -> np.ndarray:
    """Travel, work and pauses of visits that ran past a shift's end."""
    spans, t = _gather_spans(visits), visits.table
    moment, finish = (t[name][chosen].astype(np.int64) for name in ("start", "end"))
    way = t["travel"][chosen].astype(np.int64)
    window = spans.find(t["post"][chosen], moment)
    left, told = np.zeros(len(chosen), dtype=np.int64), np.zeros(len(chosen), dtype=bool)
    parts = []

    def add(mask: np.ndarray, time: np.ndarray, phase: Whole) -> None:
        kept = np.flatnonzero(mask & (time <= visits.horizon))
        order = phase if isinstance(phase, int) else phase[kept]
        parts.append(packing.pack_visits(time[kept], chosen[kept], order, during[chosen[kept]]))

    add(way > 0, moment, TRAVEL)
    stints = 0
    while len(chosen):
        last = (spans.following[window] >= finish) | (finish <= spans.ends[window])
        until = np.where(last, finish, spans.ends[window])
        if stints:
            add(np.ones(len(chosen), dtype=bool), left, PAUSED)
        reaches = last | (until - moment > way)
        add(reaches, moment + way, np.where(told, RESUMED, WORK))
        way = np.where(reaches, 0, way - (until - moment))
        told, left, moment, window = told | reaches, until, spans.following[window], window + 1
        chosen, finish, way, told, left, moment, window = (
            values[~last] for values in (chosen, finish, way, told, left, moment, window)
        )
        stints += 1
    return np.concatenate(parts)


@dataclass(frozen=True)
class _Spans:
    """The shift windows of all posts, list after list: keys to search them by, ends, the next one's start."""

    slot: np.ndarray
    keys: np.ndarray
    ends: np.ndarray
    following: np.ndarray

    def find(self, post: np.ndarray, moment: np.ndarray) -> np.ndarray:
        """The window that each post's moment lies in, or the one before it."""
        return np.searchsorted(self.keys, self.slot[post] * _APART + moment, side="right") - 1


def _gather_spans(visits: Visits) -> _Spans:
    """Posts that share a list of windows share its place here."""
    lists: dict[int, Windows] = {}
    slot = np.zeros(len(visits.flow.placements), dtype=np.int64)
    for plan in visits.flow.pools:
        for post, windows in zip(plan.posts, plan.windows, strict=True):
            lists.setdefault(id(windows), windows)
            slot[post] = id(windows)
    numbers = {key: number for number, key in enumerate(lists)}
    slot = np.array([numbers.get(key, 0) for key in slot.tolist()], dtype=np.int64)
    keys = [np.array(starts) + number * _APART for number, (starts, _) in enumerate(lists.values())]
    following = [[*starts[1:], FOREVER] for starts, _ in lists.values()]
    ends = [ends for _, ends in lists.values()]
    return _Spans(slot, *(np.concatenate(part).astype(np.int64) for part in (keys, ends, following)))
