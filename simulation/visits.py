"""What was played, in columns."""

from dataclasses import dataclass
from struct import Struct

import numpy as np

from simulation.demand import Cases
from simulation.events import TASKS_A_CASE
from simulation.flow import Flow
from simulation.lots import Lots
from twin.calendar import WALL_CLOCKS

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
    """What was played: one column a visit and post (rows FIELDS), and the due times by case (-1 none).

    Times are seconds from the origin; `end` is the end of work, `done` that of the step; -1 is not yet.
    """

    flow: Flow
    cases: Cases
    table: np.ndarray
    handling_due: np.ndarray
    close_due: np.ndarray
    horizon: int
    heap_entries: int

    def __len__(self) -> int:
        return self.table.shape[1]

    def column(self, name: str) -> np.ndarray:
        """One field as an array of int64."""
        return np.asarray(self.table[FIELDS.index(name)])


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
    """The visits with those to a last step that occupies nobody: they follow from the one before."""
    rows, own = np.divmod(table[FIELDS.index("outcome")], ENDING)
    table[FIELDS.index("outcome")] = own
    before = np.flatnonzero((rows > 0) & (table[FIELDS.index("lead")] == 1))
    row, case, now = rows[before] - 1, table[0, before], table[FIELDS.index("done"), before]
    column = np.zeros(len(flow.rows), dtype=np.int64)
    item, place = np.nonzero(flow.columns >= 0)
    column[flow.columns[item, place]] = place
    lot = case * lots.width + column[row]
    delay = np.maximum(lots.delay[lot], 0)
    wall = flow.rows["delay_clock"].isin(WALL_CLOCKS).to_numpy()[row]
    done = np.where(wall | (delay == 0), now + delay, flow.calendar.add_working_array(now, delay))
    none, zero = np.full(len(case), -1), np.zeros(len(case), dtype=np.int64)
    work = lots.touch[lot]
    task = table[1, before] + 1
    last = [case, task, row, none, zero + 1, now, now, none, zero, work, none, done, zero]
    return np.concatenate([table, np.array(last, dtype=np.int64)], axis=1)
