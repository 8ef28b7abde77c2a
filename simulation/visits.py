"""What was played, in columns."""

from dataclasses import dataclass
from struct import Struct

import numpy as np

from simulation.demand import Cases
from simulation.events import TASKS_A_CASE
from simulation.flow import Flow

RECORDED = (
    "rank", "row", "post", "entered", "offered", "start", "travel", "work", "end", "done", "outcome",
)  # fmt: skip
FIELDS = (
    "case", "task", "row", "post", "lead", "entered", "offered", "start", "travel", "work", "end", "done",
    "outcome",
)  # fmt: skip
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
