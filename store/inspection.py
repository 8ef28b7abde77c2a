"""Is a store whole? Its file, its audit chain, the body of each event, its numbers."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, select, text

from store.audit import Audit
from store.database import Store
from store.event_rows import hash_bodies
from store.events import raw
from store.tables import counters
from store.trouble import StoreTrouble
from twin.eventlog import COLUMNS

ROWS = 20_000
MOST_FAULTS = 20


def inspect_store(store: Store) -> list[str]:
    """What is wrong with a store, one sentence a fault (at most 20 events); nothing where it is whole."""
    try:
        faults = _check_file(store)
        broken = Audit(store).find_break()
        if broken is not None:
            faults.append(f"audit: row {broken} was changed, removed or slipped in")
        return faults + list(_check_events(store)) + _check_numbers(store)
    except StoreTrouble as trouble:
        return [str(trouble)]


def _check_file(store: Store) -> list[str]:
    if store.dialect != "sqlite":
        return []
    with store.read() as connection:
        said = connection.execute(text("PRAGMA integrity_check(20)")).scalars().all()
    return [f"file: {line}" for line in said if line != "ok"]


def _check_events(store: Store) -> Iterator[str]:
    last, found = 0, 0
    with store.read() as connection:
        while rows := _read_page(connection, last):
            columns = {name: [row._mapping[name] for row in rows] for name in COLUMNS}
            for row, body in zip(rows, hash_bodies(columns), strict=True):
                if body != bytes(row.body_hash):
                    found += 1
                    if found <= MOST_FAULTS:
                        yield f"events: {row.source}/{row.event_id} (no {row.received_no}): not what was sent"
            last = rows[-1].received_no
    if found > MOST_FAULTS:
        yield f"events: {found - MOST_FAULTS} more"


def _read_page(connection: Connection, last: int) -> list[Any]:
    query = select(raw).where(raw.c.received_no > last).order_by(raw.c.received_no).limit(ROWS)
    return list(connection.execute(query))


def _check_numbers(store: Store) -> list[str]:
    with store.read() as connection:
        highest = connection.scalar(select(func.max(raw.c.received_no))) or 0
        given = connection.scalar(select(counters.c.value).where(counters.c.name == "events")) or 0
    return [] if highest <= given else [f"counters: event {highest} has a number that was never given out"]
