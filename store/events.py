"""The event store: append once, read by number or by time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import pandas as pd
from sqlalchemy import Connection, Select, column, delete, false, func, select, table

from store.audit import record_audit
from store.database import Store
from store.event_rows import Columns, EventFaults, build_frame, hash_bodies, normalise_rows
from store.links import CaseLink, write_links
from store.numbers import take_numbers
from store.types import from_microseconds, to_microseconds, utc_now
from twin.eventlog import COLUMNS

BATCH = 20_000
KEYS_A_QUERY = 400
WRITTEN = ("received_no", "body_hash", *COLUMNS)
SOURCE, EVENT_ID = COLUMNS.index("source"), COLUMNS.index("event_id")
MARKS = {"sqlite": "?", "postgresql": "%s"}
INSERT_ONCE = {
    dialect: f"INSERT INTO events ({', '.join(WRITTEN)}) VALUES ({', '.join([mark] * len(WRITTEN))})"  # noqa: S608
    " ON CONFLICT (source, event_id) DO NOTHING"
    for dialect, mark in MARKS.items()
}

Status = Literal["stored", "duplicate", "conflict"]

# The table without types: values go in and come out as the driver has them, which bulk work needs.
raw = table("events", *(column(name) for name in WRITTEN))
LOG_ORDER = (raw.c.occurred_at, raw.c.source, raw.c.event_id)


class Acknowledgement(NamedTuple):
    """What became of one row: stored, duplicate (same id, same body) or conflict (same id, other body)."""

    source: str
    event_id: str
    status: Status


class MovedOn(Exception):
    """A case has other events than the sender knew of; nothing was stored."""


class Act(NamedTuple):
    """What the audit trail says of an append: who did what to what."""

    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


class EventStore:
    """Events of every origin, one row a move; each (source, event_id) is kept once."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store = store
        self.clock = clock

    def append(
        self,
        rows: pd.DataFrame | Iterable[Mapping[str, Any]],
        act: Act | None = None,
        seen: tuple[str, int] | None = None,
    ) -> list[Acknowledgement]:
        """Store rows with the columns of the event log and say, in their order, what became of each.

        A row is acknowledged after its commit. Raises EventFaults, with nothing stored, when any row has
        a naive time or lacks a required value. A conflict leaves a row in the audit trail; so does `act`,
        in the transaction of the rows, when one of them was stored. `seen` is a case and how many events of
        it the sender knew: MovedOn, with nothing stored, where it has another number by now.
        """
        columns, faults = normalise_rows(rows)
        if faults:
            raise EventFaults(faults)
        return self.append_columns(columns, act, seen)

    def append_columns(
        self,
        columns: Columns,
        act: Act | None = None,
        seen: tuple[str, int] | None = None,
        links: Sequence[CaseLink] = (),
    ) -> list[Acknowledgement]:
        """Store rows that store.event_rows.normalise_rows made plain; as `append`.

        `links` say where their cases live; each is kept with the rows, unless its case was in conflict.
        """
        answers: list[Acknowledgement] = []
        for start in range(0, len(columns["case_id"]), BATCH):
            part = {name: columns[name][start : start + BATCH] for name in COLUMNS}
            hashes = hash_bodies(part)
            lines = list(zip(*part.values(), strict=True))
            cases = set(part["case_id"]) if links else set()
            with self.store.write() as connection:
                batch = _append_batch(connection, lines, hashes, seen)
                self._report_conflicts(connection, batch)
                for case, answer in zip(part["case_id"], batch, strict=True):
                    if answer.status == "conflict":
                        cases.discard(case)
                if any(answer.status == "stored" for answer in batch):
                    write_links(connection, [link for link in links if link.case_id in cases], self.clock())
                    if act:
                        record_audit(connection, self.clock(), act.actor, act.action, act.subject, act.detail)
            answers += batch
        return answers

    def read_after(
        self, received_no: int, limit: int = 100_000, columns: Sequence[str] = COLUMNS
    ) -> pd.DataFrame:
        """The next rows by number: `received_no` and the columns asked for, lowest number first."""
        query = _select(["received_no", *columns]).where(raw.c.received_no > received_no)
        return self._frame(query.order_by(raw.c.received_no).limit(limit))

    def read_frame(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        origin: str | None = None,
        columns: Sequence[str] = COLUMNS,
    ) -> pd.DataFrame:
        """Events with since <= occurred_at < until, in the log's order (occurred_at, source, event_id)."""
        query = _select(columns)
        if since is not None:
            query = query.where(raw.c.occurred_at >= to_microseconds(since))
        if until is not None:
            query = query.where(raw.c.occurred_at < to_microseconds(until))
        if origin is not None:
            query = query.where(raw.c.origin == origin)
        return self._frame(query.order_by(*LOG_ORDER))

    def read_cases(self, case_ids: Iterable[str], columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
        """Every event of some cases; the rows of one case stand in the log's order."""
        wanted = sorted(set(case_ids))
        parts = [self._frame(_select(columns).where(false()))]
        for start in range(0, len(wanted), KEYS_A_QUERY):
            some = raw.c.case_id.in_(wanted[start : start + KEYS_A_QUERY])
            parts.append(self._frame(_select(columns).where(some).order_by(*LOG_ORDER)))
        return pd.concat(parts, ignore_index=True)

    def list_cases(self, source: str, after: int = 0) -> tuple[set[str], int]:
        """The cases of a source's events with a number above `after`, and the highest of those numbers."""
        mine = (raw.c.source == source) & (raw.c.received_no > after)
        query = select(raw.c.case_id, func.max(raw.c.received_no)).where(mine).group_by(raw.c.case_id)
        with self.store.read() as connection:
            rows = connection.execute(query).fetchall()
        return {str(case_id) for case_id, _ in rows}, max((int(number) for _, number in rows), default=after)

    def find_reports(
        self, since: datetime, until: datetime, limit: int, source: str | None = None
    ) -> list[str]:
        """Cases reported from `since` to `until`, the newest first; of one source where it is named."""
        query = select(raw.c.case_id).where(
            raw.c.occurred_at >= to_microseconds(since),
            raw.c.occurred_at <= to_microseconds(until),
            raw.c.state == "reported",
            raw.c.phase == "done",
        )
        if source is not None:
            query = query.where(raw.c.source == source)
        query = query.order_by(raw.c.occurred_at.desc(), raw.c.case_id).limit(limit)
        with self.store.read() as connection:
            return list(connection.scalars(query))

    def span_work(self) -> tuple[datetime, datetime] | None:
        """First and last moment of work on cases that the log holds; None where it holds none."""
        query = select(raw.c.occurred_at).where(raw.c.work_seconds > 0, raw.c.kind == "case").limit(1)
        with self.store.read() as connection:
            first = connection.scalar(query.order_by(raw.c.occurred_at))
            last = connection.scalar(query.order_by(raw.c.occurred_at.desc()))
        if first is None or last is None:
            return None
        return from_microseconds(first), from_microseconds(last)

    def last_received(self) -> int:
        """The highest number given out so far; 0 for an empty store."""
        with self.store.read() as connection:
            return int(connection.scalar(select(func.max(raw.c.received_no))) or 0)

    def forget(self, source: str, case_ids: Iterable[str]) -> int:
        """Delete every event of some cases of one source (retention); the number of rows deleted."""
        wanted, gone = sorted(set(case_ids)), 0
        for start in range(0, len(wanted), KEYS_A_QUERY):
            some = raw.c.case_id.in_(wanted[start : start + KEYS_A_QUERY])
            with self.store.write() as connection:
                gone += connection.execute(delete(raw).where(raw.c.source == source, some)).rowcount
        return gone

    def _report_conflicts(self, connection: Connection, batch: Iterable[Acknowledgement]) -> None:
        for answer in batch:
            if answer.status == "conflict":
                subject = f"{answer.source}/{answer.event_id}"
                record_audit(
                    connection, self.clock(), answer.source, "event refused: same id, other body", subject
                )

    def _frame(self, query: Select[Any]) -> pd.DataFrame:
        with self.store.read() as connection:
            rows = connection.execute(query).fetchall()
        return build_frame([item.name for item in query.selected_columns], rows)


def _select(names: Iterable[str]) -> Select[Any]:
    return select(*(raw.c[name] for name in names))


def _append_batch(
    connection: Connection,
    lines: Sequence[tuple[Any, ...]],
    hashes: Sequence[bytes],
    seen: tuple[str, int] | None,
) -> list[Acknowledgement]:
    first = take_numbers(connection, "events", len(lines))
    if seen is not None:
        _refuse_moved(connection, *seen)
    numbers = range(first, first + len(lines))
    rows = [(number, body, *line) for number, body, line in zip(numbers, hashes, lines, strict=True)]
    connection.exec_driver_sql(INSERT_ONCE[connection.dialect.name], rows)
    stored = set(connection.scalars(select(raw.c.received_no).where(raw.c.received_no >= first)))
    keys = [(line[SOURCE], line[EVENT_ID]) for line in lines]
    if len(stored) == len(lines):
        return [Acknowledgement(*key, "stored") for key in keys]
    known = _read_hashes(connection, [key for key, no in zip(keys, numbers, strict=True) if no not in stored])
    return [
        Acknowledgement(*key, "stored" if number in stored else _compare(known[key], body))
        for key, number, body in zip(keys, numbers, hashes, strict=True)
    ]


def _refuse_moved(connection: Connection, case_id: str, known: int) -> None:
    """Whoever appends waits for the counter before this, so no event can slip in between."""
    query = select(func.count()).select_from(raw).where(raw.c.case_id == case_id)
    if (connection.scalar(query) or 0) != known:
        raise MovedOn(case_id)


def _read_hashes(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    by_source: dict[str, list[str]] = {}
    for source, event_id in keys:
        by_source.setdefault(source, []).append(event_id)
    known: dict[tuple[str, str], bytes] = {}
    for source, ids in by_source.items():
        for start in range(0, len(ids), KEYS_A_QUERY):
            query = select(raw.c.event_id, raw.c.body_hash).where(
                raw.c.source == source, raw.c.event_id.in_(ids[start : start + KEYS_A_QUERY])
            )
            known |= {(source, event_id): bytes(body) for event_id, body in connection.execute(query)}
    return known


def _compare(known: bytes, body: bytes) -> Status:
    return "duplicate" if known == body else "conflict"
