"""A row of the event log as one whole number, so that sorting the numbers orders the log.

From the highest bits down: time, subject, phase order, place in the crew, state.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulation.playing.visits import Visits
from twin.eventlog import group_order

PHASE_BITS, STATE_BITS = 4, 5
Whole = int | np.ndarray
STRETCH = 1 << 17  # rows unpacked at a time: their columns fit a processor's cache


@dataclass(frozen=True)
class Stretch:
    """Rows from `begin` to `end` of a log, unpacked; visit is -1 for a row about a case alone."""

    begin: int
    end: int
    time: np.ndarray
    case: np.ndarray
    visit: np.ndarray
    order: np.ndarray
    state: np.ndarray


@dataclass(frozen=True)
class Packing:
    """What rows speak of, numbered by case: its report, then its tasks.

    By visit: its subject, its place in the crew. By subject: its case, and the first of its visits, which
    follow each other (-1 for none). By case: the subject of its report.
    """

    subject: np.ndarray
    crew: np.ndarray
    case: np.ndarray
    first: np.ndarray
    reports: np.ndarray
    crew_bits: int
    subject_bits: int

    def pack(
        self, time: np.ndarray, subject: np.ndarray, order: Whole, crew: Whole, state: Whole
    ) -> np.ndarray:
        """Rows as whole numbers."""
        packed = time.astype(np.int64) << self.subject_bits
        packed |= subject
        packed <<= PHASE_BITS
        packed |= order
        packed <<= self.crew_bits
        packed |= crew
        packed <<= STATE_BITS
        packed |= state
        return packed

    def pack_visits(
        self, time: np.ndarray, visit: np.ndarray, order: int | np.ndarray, state: np.ndarray
    ) -> np.ndarray:
        """Rows about visits, one a time."""
        return self.pack(time, self.subject[visit], order, self.crew[visit], state)

    def unpack(self, rows: np.ndarray) -> Iterator[Stretch]:
        """The rows again, a stretch at a time; at least one, be it empty."""
        for begin in range(0, max(len(rows), 1), STRETCH):
            part = rows[begin : begin + STRETCH]
            state = (part & (1 << STATE_BITS) - 1).astype(np.int8)
            part = part >> STATE_BITS
            crew = part & (1 << self.crew_bits) - 1
            part >>= self.crew_bits
            order = (part & (1 << PHASE_BITS) - 1).astype(np.int8)
            part >>= PHASE_BITS
            subject = part & (1 << self.subject_bits) - 1
            part >>= self.subject_bits
            visit = self.first[subject] + crew
            yield Stretch(begin, begin + len(part), part, self.case[subject], visit, order, state)


def prepare_packing(visits: Visits) -> Packing:
    """Number the subjects of a run; ValueError where rows would not fit 63 bits (a run of decades)."""
    case, task, count = visits.table["case"], visits.table["task"], len(visits.cases)
    most = np.full(count, -1, dtype=np.int32)
    np.maximum.at(most, case.astype(np.intp), task.astype(np.int32))
    reports = np.arange(count, dtype=np.int32)
    reports[1:] += np.cumsum(most[:-1] + 1, dtype=np.int32)
    subject = reports[case] + 1 + task
    owner = np.repeat(np.arange(count, dtype=np.int32), most + 2)
    place = np.arange(len(case), dtype=np.int32)
    lead = visits.table["lead"] == 1
    crew = (place - np.maximum.accumulate(np.where(lead, place, 0))).astype(np.int16)
    first = np.full(len(owner), -1, dtype=np.int32)
    first[subject[lead]] = place[lead]
    bits = int(crew.max(initial=0)).bit_length(), len(owner).bit_length()
    if visits.horizon.bit_length() + sum(bits) + PHASE_BITS + STATE_BITS > 63:
        raise ValueError(f"a log of {len(visits)} visits to second {visits.horizon} is too long: fewer days")
    return Packing(subject, crew, owner, first, reports, *bits)


def count_on(case: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Each row's number among its case's rows, in order; `seen` (by case) goes on from stretch to stretch."""
    order = group_order(case)
    grouped = case[order]
    place = np.arange(len(case))
    new = np.ones(len(case), dtype=bool)
    new[1:] = grouped[1:] != grouped[:-1]
    starts = np.flatnonzero(new)
    size = np.diff(starts, append=len(case))
    owner = grouped[starts]
    number = np.empty(len(case), dtype=np.int32)
    number[order] = place + np.repeat(seen[owner] - starts, size)
    seen[owner] += size.astype(seen.dtype)
    return number
