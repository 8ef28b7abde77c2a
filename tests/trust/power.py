"""A disk whose power can be cut: an SQLite VFS that keeps only what was fsynced, and a driver over it.

The product's own Store, migrations and EventStore run over it unchanged; only the driver underneath is
apsw's instead of Python's sqlite3, because a VFS of one library is unknown to the other.
"""

import random
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apsw
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

from store.database import PRAGMAS, _begin_sqlite

SECTOR = 4096


class Disk(apsw.VFS):
    """Files of the machine below, and what of each would survive a power cut now."""

    def __init__(self, name: str) -> None:
        self.label = name
        self.durable: dict[str, bytearray] = {}
        self.pending: dict[str, list[tuple[str, int, bytes]]] = {}
        self.syncs = 0
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: Any) -> "DiskFile":  # noqa: N802
        """A file of the machine below, watched."""
        return DiskFile(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        """A deletion counts as durable at once, the harsher reading for a log."""
        super().xDelete(name, sync)
        self.durable.pop(name, None)
        self.pending.pop(name, None)

    def cut_power(self, folder: Path, luck: random.Random | None = None) -> Path:
        """What is on the disk after the cut, in a folder; with luck, some writes that were not synced too."""
        folder.mkdir()
        names = sorted(self.durable)
        for name in names:
            image = bytearray(self.durable[name])
            for write in self.pending.get(name, ()):
                if luck is not None and luck.random() < 0.5:
                    apply(image, write)
            (folder / Path(name).name).write_bytes(image)
        return folder / Path(next(name for name in names if name.endswith(".db"))).name

    def sync(self, name: str) -> None:
        """Everything written to a file so far will survive."""
        image = self.durable.setdefault(name, bytearray())
        for write in self.pending.pop(name, ()):
            apply(image, write)
        self.syncs += 1


class DiskFile(apsw.VFSFile):
    """Passes everything on, and writes down what was not synced yet."""

    def __init__(self, disk: Disk, name: Any, flags: Any) -> None:
        self.disk = disk
        self.name = name.filename() if isinstance(name, apsw.URIFilename) else name
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """Written, not yet durable."""
        super().xWrite(data, offset)
        self.disk.pending.setdefault(self.name, []).append(("write", offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        """Cut, not yet durable."""
        super().xTruncate(size)
        self.disk.pending.setdefault(self.name, []).append(("cut", size, b""))

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Durable from here on."""
        super().xSync(flags)
        self.disk.sync(self.name)


def apply(image: bytearray, write: tuple[str, int, bytes]) -> None:
    """One write or cut on a file's image."""
    kind, offset, data = write
    if kind == "cut":
        del image[offset:]
        return
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data


class Cursor:
    """The part of DB-API 2 that SQLAlchemy asks for."""

    arraysize = 1
    lastrowid = None

    def __init__(self, connection: "Driver") -> None:
        self.connection = connection
        self.rows: list[tuple[Any, ...]] = []
        self.description: Any = None
        self.rowcount = -1

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "Cursor":
        """Run one statement and fetch all that it gives."""
        inner, before = self.connection.inner.cursor(), self.connection.inner.total_changes()
        self.description = None
        for row in self._run(inner, sql, parameters):
            self.rows.append(row)
        self.rowcount = self.connection.inner.total_changes() - before
        return self

    def _run(self, inner: Any, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        self.rows = []
        inner.exec_trace = self._note_description
        try:
            return list(inner.execute(sql, tuple(parameters)))
        except apsw.ConstraintError as error:
            raise sqlite3.IntegrityError(str(error)) from error

    def _note_description(self, inner: Any, sql: str, bindings: Any) -> bool:
        names = inner.get_description()
        self.description = [(name, None, None, None, None, None, None) for name, _ in names] or None
        return True

    def executemany(self, sql: str, many: Iterable[Sequence[Any]]) -> "Cursor":
        """Run one statement for each row."""
        before = self.connection.inner.total_changes()
        self.connection.inner.cursor().executemany(sql, many)
        self.rowcount = self.connection.inner.total_changes() - before
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        """What is left."""
        rows, self.rows = self.rows, []
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        return self.rows.pop(0) if self.rows else None

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        """The next rows."""
        rows, self.rows = self.rows[:size], self.rows[size:]
        return rows

    def close(self) -> None:
        """Nothing is held."""


class Driver:
    """A connection of apsw in the clothes of DB-API 2; transactions are begun by the store itself."""

    isolation_level = None

    def __init__(self, inner: apsw.Connection) -> None:
        self.inner = inner

    def cursor(self) -> Cursor:
        """A new cursor."""
        return Cursor(self)

    def execute(self, sql: str) -> Cursor:
        """Run one statement."""
        return self.cursor().execute(sql)

    def create_function(self, *_: Any, **__: Any) -> None:
        """SQLAlchemy's REGEXP, which the store does not use."""

    def commit(self) -> None:
        """End a transaction where one is open."""
        if self.inner.in_transaction:
            self.inner.execute("COMMIT")

    def rollback(self) -> None:
        """Undo a transaction where one is open."""
        if self.inner.in_transaction:
            self.inner.execute("ROLLBACK")

    def close(self) -> None:
        """Give the file back."""
        self.inner.close()


def open_engine(path: Path, disk: Disk, synchronous: str = "") -> Engine:
    """The store's engine over a disk: its own pragmas, `synchronous` replaced where one is given."""
    module = SimpleNamespace(
        **{name: getattr(sqlite3, name) for name in dir(sqlite3) if name.endswith(("Error", "Warning"))},
        sqlite_version_info=sqlite3.sqlite_version_info,
        paramstyle="qmark",
        Binary=memoryview,
    )

    def connect() -> Driver:
        inner = apsw.Connection(str(path), vfs=disk.label)
        driver = Driver(inner)
        for pragma in PRAGMAS:
            changed = synchronous and pragma.startswith("synchronous")
            driver.execute(f"PRAGMA {'synchronous=' + synchronous if changed else pragma}")
        return driver

    engine = create_engine("sqlite+pysqlite://", creator=connect, module=module, pool_size=1)
    event.listen(engine, "begin", _begin_sqlite)
    return engine
