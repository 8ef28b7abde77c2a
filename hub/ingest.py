"""The one way in for events, real or replayed: checked at the door, then appended."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from store.event_rows import EventFaults, RowFault
from store.events import Acknowledgement, Act, EventStore
from store.types import utc_now
from twin.district import District
from twin.eventlog import PHASES, STATES

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)
KINDS = ("case", "duty", "walk_in")
ORIGINS = ("live", "replay")
FREE_TEXT = ("event_id", "case_id", "channel", "verdict", "reason_code", "merged_into")
PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|1[3-9]\d{9})(?![0-9A-Za-z])")


class Ingest:
    """Takes batches of events; a batch with a fault is refused whole, with every fault listed."""

    def __init__(
        self, events: EventStore, district: District, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.events, self.clock = events, clock
        self.items = set(district.matters["item"])

    def accept(
        self, rows: pd.DataFrame | Iterable[Mapping[str, Any]], act: Act | None = None
    ) -> list[Acknowledgement]:
        """Check and store rows with the columns of the event log; what became of each, in their order;
        `act` is what the audit trail says of it.

        Raises EventFaults: unknown origin, kind, state, phase or item; a live time before 2000 or more than
        24 hours ahead; a naive time; an identity or mobile number of a person.
        """
        table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
        faults = list(self._find_faults(table))
        if faults:
            raise EventFaults(sorted(faults, key=lambda fault: fault.row))
        if "recorded_at" not in table:
            table = table.assign(recorded_at=self.clock())
        return self.events.append(table, act)

    def _find_faults(self, table: pd.DataFrame) -> Iterable[RowFault]:
        known = {"origin": ORIGINS, "kind": KINDS, "state": STATES, "phase": PHASES, "matter": self.items}
        for name, allowed in known.items():
            column = table[name] if name in table else pd.Series("", index=table.index)
            wrong = ~column.isin(list(allowed))
            yield from _describe(table, wrong, name, "is not one that this district knows")
        yield from self._find_odd_times(table)
        for name in FREE_TEXT:
            if name in table:
                wrong = table[name].astype(str).str.contains(PERSONAL, na=False)
                yield from _describe(table, wrong, name, "holds a person's identity or mobile number")

    def _find_odd_times(self, table: pd.DataFrame) -> Iterable[RowFault]:
        if "occurred_at" not in table:
            return
        times = pd.to_datetime(table["occurred_at"], utc=True, errors="coerce")
        live = table.get("origin", pd.Series("", index=table.index)) == "live"
        yield from _describe(table, live & (times < EARLIEST), "occurred_at", "lies before the year 2000")
        ahead = live & (times > self.clock() + AHEAD)
        yield from _describe(table, ahead, "occurred_at", "lies more than 24 hours ahead")


def _describe(table: pd.DataFrame, wrong: "pd.Series[bool]", name: str, rule: str) -> Iterable[RowFault]:
    for row in wrong.to_numpy().nonzero()[0].tolist():
        event_id = str(table["event_id"].iloc[row]) if "event_id" in table else ""
        value = table[name].iloc[row] if name in table else ""
        shown = "" if "person" in rule else f"{value!r} "
        yield RowFault(row, event_id, name, f"{shown}{rule}")
