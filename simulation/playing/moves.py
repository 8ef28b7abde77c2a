"""What happens to a case beside its visits: a stopped clock, more time, a whistle, a joint start, merging."""

import numpy as np

from simulation.playing.events import NO_DUE

SUSPENDED, EXTENDED, WHISTLED, JOINT, MERGED_INTO = range(5)
STATES_OF_MOVES = ("suspended", "extended", "whistled", "joint", "merged")
MOVE_FIELDS = ("case", "task", "time", "kind", "row", "until", "due_before")


class Moves:
    """Collects moves, one tuple of MOVE_FIELDS each.

    `until` is the end of a suspension, the due time of a whistle's answer, or the case merged into;
    `due_before` the handling due time that a suspension or extension replaced (NO_DUE none).
    """

    def __init__(self) -> None:
        self.rows: list[tuple[int, ...]] = []

    def add(self, task, now: int, kind: int, until: int = -1, due_before: int = NO_DUE) -> None:  # type: ignore[no-untyped-def]
        """A move of a task's case at its present step."""
        number = task.rank % (1 << 12)
        self.rows.append((task.case, number, now, kind, task.step.row, until, due_before))

    def merge(self, case: int, other: int) -> None:
        """A case repeats another; its time is that of its last visit."""
        self.rows.append((case, -1, -1, MERGED_INTO, -1, other, NO_DUE))

    def as_table(self) -> np.ndarray:
        """MOVE_FIELDS x moves, int64."""
        return np.array(self.rows, dtype=np.int64).reshape(-1, len(MOVE_FIELDS)).T
