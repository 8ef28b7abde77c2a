"""Single values that must survive a restart, such as the replay clock."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from store.database import Store
from store.tables import notes
from store.types import utc_now


class Notes:
    """Named JSON values; the last one written holds."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock

    def get(self, name: str) -> dict[str, Any] | None:
        """The value of a name."""
        with self.store.read() as connection:
            return read_note(connection, name)

    def set(self, name: str, body: Mapping[str, Any]) -> None:
        """Write the value of a name."""
        with self.store.write() as connection:
            write_note(connection, name, body, self.clock())


def read_note(connection: Connection, name: str) -> dict[str, Any] | None:
    """The value of a name, inside the caller's transaction."""
    body = connection.scalar(select(notes.c.body).where(notes.c.name == name))
    return None if body is None else dict(body)


def write_note(connection: Connection, name: str, body: Mapping[str, Any], now: datetime) -> None:
    """Write the value of a name inside the caller's transaction."""
    values = {"body": dict(body), "changed_at": now}
    if not connection.execute(update(notes).where(notes.c.name == name).values(**values)).rowcount:
        connection.execute(insert(notes).values(name=name, **values))
