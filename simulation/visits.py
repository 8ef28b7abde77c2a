"""What was played, in columns."""

from dataclasses import dataclass
from struct import Struct

import numpy as np

from simulation.demand import Cases
from simulation.events import TASKS_A_CASE
from simulation.flow import Flow
from simulation.lots import Lots
from simulation.widths import narrow
from twin.calendar import WALL_CLOCKS

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
    """What was played: columns FIELDS of one entry a visit and post, and the due times by case (-1 none).

    Times are seconds from the origin; `end` is the end of work, `done` that of the step; -1 is not yet.
    The columns of `table` are as narrow as their values allow, seconds never under 32 bits.
    """

    flow: Flow
    cases: Cases
    table: Table
    handling_due: np.ndarray
    close_due: np.ndarray
    horizon: int
    heap_entries: int

    def __len__(self) -> int:
        return len(self.table["case"])

    def column(self, name: str) -> np.ndarray:
        """One field as an array of int64."""
        return self.table[name].astype(np.int64)


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


def add_last_visits(table: Table, flow: Flow, lots: Lots) -> Table:
    """The visits with those to a last step that occupies nobody: they follow from the one before."""
    rows, own = np.divmod(table["outcome"], ENDING)
    before = np.flatnonzero((rows > 0) & (table["lead"] == 1))
    row, case, now = rows[before] - 1, table["case"][before], table["done"][before]
    column = np.zeros(len(flow.rows), dtype=np.int32)
    item, place = np.nonzero(flow.columns >= 0)
    column[flow.columns[item, place]] = place
    lot = case.astype(np.int64) * lots.width + column[row]
    delay = np.maximum(lots.delay[lot], 0)
    wall = flow.rows["delay_clock"].isin(WALL_CLOCKS).to_numpy()[row]
    done = np.where(wall | (delay == 0), now + delay, flow.calendar.add_working_array(now, delay))
    count = len(case)
    last = {
        "case": case, "task": table["task"][before] + 1, "row": row, "post": np.full(count, -1),
        "lead": np.ones(count, dtype=np.int8), "entered": now, "offered": now, "start": np.full(count, -1),
        "travel": np.zeros(count), "work": lots.touch[lot], "end": np.full(count, -1), "done": done,
        "outcome": np.zeros(count),
    }  # fmt: skip
    found = {**table, "outcome": _narrow_field("outcome", own)}
    return {
        name: np.concatenate([found[name], _narrow_field(name, np.asarray(last[name], dtype=np.int64))])
        for name in FIELDS
    }
