"""What was played, in columns."""

from dataclasses import dataclass
from struct import Struct

import numpy as np

from simulation.demand import Cases
from simulation.events import NO_DUE, TASKS_A_CASE
from simulation.flow import Flow
from simulation.lots import Lots
from simulation.steps import walk_steps
from twin.calendar import HOUR, WALL_CLOCKS

RECORDED = (
    "rank", "row", "post", "entered", "offered", "start", "travel", "work", "end", "done", "outcome",
)  # fmt: skip
FIELDS = (
    "case", "task", "row", "post", "lead", "entered", "offered", "start", "travel", "work", "end", "done",
    "outcome",
)  # fmt: skip
ENDING = 8  # an outcome below it is the visit's own; above, ENDING x (row of the case's last step + 1)
pack_visit = Struct(f"{len(RECORDED)}q").pack


@dataclass(frozen=True)
class Visits:
    """What was played: one column a visit and post (rows FIELDS), and the due times by case (NO_DUE none).

    Times are seconds from the origin; `end` is the end of work, `done` that of the step; -1 is not yet.
    `moves` tells what happened beside the visits (rows simulation.moves.MOVE_FIELDS).
    """

    flow: Flow
    cases: Cases
    table: np.ndarray
    handling_due: np.ndarray
    close_due: np.ndarray
    horizon: int
    heap_entries: int
    moves: np.ndarray

    def __len__(self) -> int:
        return self.table.shape[1]

    def column(self, name: str) -> np.ndarray:
        """One field as an array of int64."""
        return np.asarray(self.table[FIELDS.index(name)])


def find_close_due(flow: Flow, handling_due: np.ndarray) -> np.ndarray:
    """When each case must be closed: the allowance of working hours after its handling is due.

    Before the run's first second, of which the calendar knows nothing, hours are counted on the wall.
    """
    allowance = round(flow.district.settings.clock.close_allowance_hours * HOUR)
    late = flow.calendar.add_working_array(np.maximum(handling_due, 0), allowance)
    found = np.where(handling_due < 0, handling_due + allowance, late)
    return np.where(handling_due == NO_DUE, NO_DUE, found)


def unpack_visits(records: bytearray) -> np.ndarray:
    """FIELDS x visits from packed records; the first post of a task is its lead."""
    packed = np.frombuffer(records, dtype=np.int64).reshape(-1, len(RECORDED)).T
    table = np.empty((len(FIELDS), packed.shape[1]), dtype=np.int64)
    rank = packed[0]
    table[0], table[1] = np.divmod(rank, TASKS_A_CASE)
    table[2:4], table[5:] = packed[1:3], packed[3:]
    table[4] = np.r_[1, rank[1:] != rank[:-1]][: len(rank)]
    return table


def add_last_visits(table: np.ndarray, flow: Flow, lots: Lots) -> np.ndarray:
    """The visits with those to last steps that occupy nobody: they follow from the one before."""
    rows, own = np.divmod(table[FIELDS.index("outcome")], ENDING)
    table[FIELDS.index("outcome")] = own
    before = np.flatnonzero((rows > 0) & (table[FIELDS.index("lead")] == 1))
    parts = [table]
    row, case = rows[before] - 1, table[0, before]
    now, task = table[FIELDS.index("done"), before], table[1, before]
    channel = lots.channel
    after = _list_followers(flow)
    while len(row):
        task = task + 1
        lasts, now = _pass_time(flow, lots, row, case, task, now)
        parts.append(lasts)
        following = after[channel[case], row]
        onward = following >= 0
        row, case, task, now = following[onward], case[onward], task[onward], now[onward]
    return np.concatenate(parts, axis=1)


def _pass_time(
    flow: Flow, lots: Lots, row: np.ndarray, case: np.ndarray, task: np.ndarray, now: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Visits to steps at which only time passes, and when they end."""
    column = np.zeros(len(flow.rows), dtype=np.int64)
    stage, item, place = np.nonzero(flow.columns >= 0)
    column[flow.columns[stage, item, place]] = place
    lot = case * lots.width + column[row]
    delay = np.maximum(lots.delay[lot], 0)
    wall = flow.rows["delay_clock"].isin(WALL_CLOCKS).to_numpy()[row]
    done = np.where(wall | (delay == 0), now + delay, flow.calendar.add_working_array(now, delay))
    none, zero = np.full(len(case), -1), np.zeros(len(case), dtype=np.int64)
    work = lots.touch[lot]
    last = [case, task, row, none, zero + 1, now, now, none, zero, work, none, done, zero]
    return np.array(last, dtype=np.int64), done


def _list_followers(flow: Flow) -> np.ndarray:
    """Channel x row -> row of the next step of a quiet end; -1 where it is the last or not part of one."""
    after = np.full((len(flow.district.settings.channels), len(flow.rows)), -1, dtype=np.int64)
    entries = [(n, entry) for stage in flow.stages for row in stage.entries for n, entry in enumerate(row)]
    for channel, entry in entries:
        for step in walk_steps(entry):
            if step.tail and step.next is not None:
                after[channel, step.row] = step.next.row
    return after
