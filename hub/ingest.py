"""The one way in for events, real or replayed: checked at the door, then appended."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from store.event_rows import TEXTS, Columns, EventFaults, RowFault, describe, normalise_rows
from store.events import Acknowledgement, Act, EventStore
from store.links import CaseLink
from store.types import from_microseconds, to_microseconds, utc_now
from twin.district import District
from twin.eventlog import PHASES, STATES

EARLIEST = to_microseconds(datetime(2000, 1, 1, tzinfo=UTC))
LAST = to_microseconds(datetime(2100, 1, 1, tzinfo=UTC))  # of moments that are played again
AHEAD = timedelta(hours=24)
DUE_WITHIN = timedelta(days=3660) // timedelta(microseconds=1)
DUES = ("step_due", "handling_due", "close_due")
KINDS = ("case", "duty", "walk_in")
ORIGINS = ("live", "replay")
FREE_TEXT = ("event_id", "case_id", "channel", "verdict", "reason_code", "merged_into")
PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|1[3-9]\d{9})(?![0-9A-Za-z])")
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST_TEXT = 200
TOO_FAR = "lies more than 24 hours ahead of the hub's clock; check both clocks"

Wrong = Iterator[tuple[int, str, str]]


class Ingest:
    """Takes batches of events; a batch with a fault is refused whole, with every fault listed."""

    def __init__(
        self, events: EventStore, district: District, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.events, self.clock = events, clock
        self.known: dict[str, Collection[str | None]] = {
            "origin": ORIGINS, "kind": KINDS, "state": STATES, "phase": PHASES,
            "matter": set(district.matters["item"]),
        }  # fmt: skip
        units = {None, *district.units["code"]}  # blank where a move has none
        self.known |= {"unit": units, "lead_unit": units, "grid": {None, *district.grids["code"]}}

    def accept(
        self,
        rows: pd.DataFrame | Iterable[Mapping[str, Any]],
        act: Act | None = None,
        seen: tuple[str, int] | None = None,
        *,
        links: Sequence[CaseLink] = (),
        faults: Sequence[RowFault] = (),
    ) -> list[Acknowledgement]:
        """Check and store rows with the columns of the event log; what became of each, in their order;
        `act`, `seen` and `links` as in store.events.EventStore.append_columns, `faults` what the caller
        found already.

        Raises EventFaults: unknown origin, kind, state, phase or item; a live time before 2000 or more than
        24 hours ahead; a due time more than ten years later; a naive time; a value of another kind; an
        identity or mobile number of a person.
        """
        now = self.clock()
        columns, found = normalise_rows(rows)
        latest = to_microseconds(now + AHEAD)
        found += [describe(columns, *wrong) for wrong in find_wrong(columns, self.known, latest)]
        if found or faults:
            raise EventFaults(_keep_first([*faults, *found]))
        stamp = to_microseconds(now)
        columns["recorded_at"] = [stamp if value is None else value for value in columns["recorded_at"]]
        return self.events.append_columns(columns, act, seen, links)


def _keep_first(faults: Iterable[RowFault]) -> list[RowFault]:
    """One fault a row and column, the first one said; a row that is no row at all has that fault alone."""
    kept: dict[tuple[int, str], RowFault] = {}
    for fault in faults:
        if (fault.row, "") not in kept:
            kept.setdefault((fault.row, fault.column), fault)
    return list(kept.values())


def find_wrong(columns: Columns, known: Mapping[str, Collection[str | None]], latest: int) -> Wrong:
    """Row, column and rule of every value that no event may have; `latest` is the last live moment."""
    for name, allowed in known.items():
        if not set(columns[name]) <= set(allowed):
            for row, value in enumerate(columns[name]):
                if value not in allowed:
                    shown = (
                        "is missing"
                        if value is None
                        else f"{value[:60]!r} is not one that this district knows"
                    )
                    yield row, name, shown
    yield from _find_odd_times(columns, latest)
    for name in TEXTS:
        yield from _find_odd_texts(columns[name], name)


def _find_odd_times(columns: Columns, latest: int) -> Wrong:
    times = columns["occurred_at"]
    for row, (moment, origin) in enumerate(zip(times, columns["origin"], strict=True)):
        end = latest if origin == "live" else LAST
        if moment is not None and not EARLIEST <= moment <= end:
            rule = "lies before the year 2000" if moment < EARLIEST else TOO_FAR
            yield row, "occurred_at", f"{from_microseconds(moment).isoformat()} {rule}"
    for name in DUES:
        for row, due in enumerate(columns[name]):
            if due is not None and times[row] is not None and abs(due - times[row]) > DUE_WITHIN:
                yield row, name, "lies more than ten years from the move that set it"


def _find_odd_texts(values: Sequence[str | None], name: str) -> Wrong:
    """Texts that could not be kept or shown, or that name a person; looked for in all at once first."""
    distinct = {value for value in values if value}
    if not distinct:
        return
    together = " ".join(distinct)
    personal = name in FREE_TEXT and PERSONAL.search(together)
    if not personal and not UNPRINTABLE.search(together) and max(map(len, distinct)) <= LONGEST_TEXT:
        return
    for row, value in enumerate(values):
        if value and name in FREE_TEXT and PERSONAL.search(value):
            yield row, name, "holds a person's identity or mobile number"
        elif value and UNPRINTABLE.search(value):
            yield row, name, "holds characters that cannot be printed"
        elif value and len(value) > LONGEST_TEXT:
            yield row, name, f"is longer than {LONGEST_TEXT} characters"
