"""What was played, in columns."""

from dataclasses import dataclass
from functools import cached_property
from struct import Struct

import numpy as np

from simulation.demand import Cases
from simulation.flow import Flow
from simulation.playing.events import NO_DUE, TASKS_A_CASE
from simulation.playing.lots import BROKEN_OFF, Lots
from simulation.playing.widths import narrow
from simulation.pools import count_worked
from simulation.way.steps import walk_steps
from twin.calendar import HOUR, WALL_CLOCKS

RECORDED = (
    "rank", "row", "post", "entered", "offered", "start", "travel", "work", "end", "done", "outcome",
)  # fmt: skip
FIELDS = (
    "case", "task", "row", "post", "lead", "entered", "offered", "start", "travel", "work", "end", "done",
    "outcome",
)  # fmt: skip
SECONDS = ("entered", "offered", "start", "travel", "work", "end", "done")
ENDING = 8  # an outcome below it is the visit's own; above, ENDING x (row of the case's last step + 1)
pack_visit = Struct(f"{len(RECORDED)}q").pack
Table = dict[str, np.ndarray]


@dataclass(frozen=True)
class Visits:
    """What was played: columns FIELDS of one entry a visit and post, and the due times by case (NO_DUE none).

    Times are seconds from the origin; `end` is the end of work, `done` that of the step; -1 is not yet.
    The columns of `table` are as narrow as their values allow, seconds never under 32 bits. `moves` tells
    what happened beside the visits (rows simulation.playing.moves.MOVE_FIELDS).
    """

    flow: Flow
    cases: Cases
    table: Table
    handling_due: np.ndarray
    close_due: np.ndarray
    horizon: int
    heap_entries: int
    moves: np.ndarray

    def __len__(self) -> int:
        return len(self.table["case"])

    def column(self, name: str) -> np.ndarray:
        """One field as an array of int64."""
        return self.table[name].astype(np.int64)

    @cached_property
    def occupied(self) -> np.ndarray:
        """Seconds of travel and work of each visit; of one that was broken off, those on shift until then."""
        t = self.table
        seconds = t["travel"] + t["work"]
        broken = np.flatnonzero(np.isin(t["outcome"], BROKEN_OFF) & (t["start"] >= 0))
        if len(broken):
            windows = {
                post: spans for p in self.flow.pools for post, spans in zip(p.posts, p.windows, strict=True)
            }
            columns = (t[name][broken].tolist() for name in ("post", "start", "end"))
            worked = [count_worked(*windows[post], *span) for post, *span in zip(*columns, strict=True)]
            seconds[broken] = np.minimum(seconds[broken], worked)
        return seconds


def _narrow_field(name: str, values: np.ndarray) -> np.ndarray:
    return narrow(values, np.int32) if name in SECONDS else narrow(values, np.int16, np.int32)


def unpack_visits(records: bytearray) -> Table:
    """A column a field from packed records; the first post of a task is its lead."""
    packed = np.frombuffer(records, dtype=np.int64).reshape(-1, len(RECORDED))
    rank = packed[:, 0].copy()
    lead = np.ones(len(rank), dtype=np.int8)
    lead[1:] = rank[1:] != rank[:-1]
    table = {
        "case": _narrow_field("case", rank // TASKS_A_CASE),
        "task": _narrow_field("task", rank % TASKS_A_CASE),
        "lead": lead,
        **{name: _narrow_field(name, packed[:, place]) for place, name in enumerate(RECORDED) if place},
    }
    return {name: table[name] for name in FIELDS}


def find_close_due(flow: Flow, handling_due: np.ndarray) -> np.ndarray:
    """When each case must be closed: the allowance of working hours after its handling is due.

    Before the run's first second, of which the calendar knows nothing, hours are counted on the wall.
    """
    allowance = round(flow.district.settings.clock.close_allowance_hours * HOUR)
    late = flow.calendar.add_working_array(np.maximum(handling_due, 0), allowance)
    found = np.where(handling_due < 0, handling_due + allowance, late)
    return np.where(handling_due == NO_DUE, NO_DUE, found)


def add_last_visits(table: Table, flow: Flow, lots: Lots) -> Table:
    """The visits with those to last steps that occupy nobody: they follow from the one before."""
    rows, own = np.divmod(table["outcome"], ENDING)
    before = np.flatnonzero((rows > 0) & (table["lead"] == 1))
    row, case = rows[before].astype(np.int64) - 1, table["case"][before]
    now, task = table["done"][before].astype(np.int64), table["task"][before]
    parts = [{**table, "outcome": _narrow_field("outcome", own)}]
    after = _list_followers(flow)
    while len(row):
        task = task + 1
        last = _pass_time(flow, lots, row, case, task, now)
        parts.append({name: _narrow_field(name, np.asarray(last[name], dtype=np.int64)) for name in FIELDS})
        following = after[lots.channel[case], row]
        onward = following >= 0
        now = last["done"]
        row, case, task, now = following[onward], case[onward], task[onward], now[onward]
    return {name: np.concatenate([part[name] for part in parts]) for name in FIELDS}


def _pass_time(
    flow: Flow, lots: Lots, row: np.ndarray, case: np.ndarray, task: np.ndarray, now: np.ndarray
) -> Table:
    """Visits to steps at which only time passes."""
    column = np.zeros(len(flow.rows), dtype=np.int64)
    stage, item, place = np.nonzero(flow.columns >= 0)
    column[flow.columns[stage, item, place]] = place
    lot = case.astype(np.int64) * lots.width + column[row]
    delay = np.maximum(lots.delay[lot], 0)
    wall = flow.rows["delay_clock"].isin(WALL_CLOCKS).to_numpy()[row]
    done = np.where(wall | (delay == 0), now + delay, flow.calendar.add_working_array(now, delay))
    none, zero = np.full(len(case), -1), np.zeros(len(case), dtype=np.int64)
    return {
        "case": case, "task": task, "row": row, "post": none, "lead": zero + 1, "entered": now,
        "offered": now, "start": none, "travel": zero, "work": lots.touch[lot], "end": none, "done": done,
        "outcome": zero,
    }  # fmt: skip


def _list_followers(flow: Flow) -> np.ndarray:
    """Channel x row -> row of the next step of a quiet end; -1 where it is the last or not part of one."""
    after = np.full((len(flow.district.settings.channels), len(flow.rows)), -1, dtype=np.int64)
    entries = [(n, entry) for stage in flow.stages for row in stage.entries for n, entry in enumerate(row)]
    for channel, entry in entries:
        for step in walk_steps(entry):
            if step.tail and step.next is not None:
                after[channel, step.row] = step.next.row
    return after
