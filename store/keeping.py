"""Backups: one sealed file that holds the whole store, and the way back into a store of either kind.

The file is a ZIP of `manifest.json` and `store.sqlite`. Whatever the kind of the store, `store.sqlite` is an
SQLite copy of one moment of it: of SQLite by its online backup, of PostgreSQL table by table out of one
REPEATABLE READ snapshot. The last 64 bytes are the SHA-256 of all bytes before them.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from store.audit import FIRST_HASH, record_audit
from store.database import Store, StoreFault, open_store
from store.tables import attempts, audit, events, links, metadata, rate_windows, sessions
from store.types import utc_now

FORMAT = 1
MANIFEST, COPY = "manifest.json", "store.sqlite"
SEAL = 64
ROWS = 5_000
PIECE = 1 << 20
#: Not brought back: a session or link that ended after the backup must not live again.
PASSING = (sessions, links, attempts, rate_windows)


class BackupFault(Exception):
    """A backup that cannot be made, is damaged, or may not go where it was sent; what to do about it."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    kind: of the store it was taken from; schema: revision of its tables; rows: by table; last_event: highest
    received_no; audit_head: hash of the newest audit row; parts: name -> SHA-256; state: what the caller
    wanted noted, such as the hash of the live state.
    """

    format: int
    made_at: str
    kind: str
    schema: str
    rows: dict[str, int]
    last_event: int
    audit_head: str
    parts: dict[str, str]
    state: dict[str, str]


def back_up(
    store: Store,
    path: Path,
    describe: Callable[[Store], Mapping[str, str]] = lambda _: {},
    clock: Callable[[], datetime] = utc_now,
) -> Manifest:
    """Write a backup of a store that others go on using; `describe` is asked about the copy.

    The file appears under its name when it is whole, readable by its owner only. BackupFault where a file of
    that name is there already.
    """
    if path.exists():
        raise BackupFault(f"{path}: is there already; name another file")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        copy = Path(folder) / COPY
        (_copy_sqlite if store.dialect == "sqlite" else _copy_postgres)(store, copy)
        with _opened(copy) as still:
            manifest = _describe(still, store.dialect, clock(), dict(describe(still)))
        _settle(copy)
        whole = Manifest(**asdict(manifest) | {"parts": {COPY: hash_file(copy)}})
        sealed = Path(folder) / "sealed"
        _write_sealed(sealed, whole, copy)
        sealed.replace(path)
        _sync_folder(path.parent)
    return whole


def read_manifest(path: Path) -> Manifest:
    """The manifest of a backup whose seal is whole; BackupFault where one byte differs."""
    check_seal(path)
    with zipfile.ZipFile(path) as archive:
        body = json.loads(archive.read(MANIFEST))
    if body.get("format") != FORMAT:
        raise BackupFault(f"{path}: format {body.get('format')}, this release reads {FORMAT}")
    return Manifest(**body)


def check_seal(path: Path) -> None:
    """BackupFault unless the file ends with the SHA-256 of everything before."""
    size = path.stat().st_size
    if size <= SEAL:
        raise BackupFault(f"{path}: is no backup: {size} bytes")
    with path.open("rb") as file:
        file.seek(size - SEAL)
        seal = file.read(SEAL)
    if seal != hash_file(path, size - SEAL).encode():
        raise BackupFault(
            f"{path}: is damaged, cut short or no backup: its seal does not fit; use another one"
        )


@contextmanager
def opened_backup(path: Path) -> Iterator[tuple[Manifest, Store]]:
    """The manifest and the store inside a backup, unpacked for as long as the block runs."""
    manifest = read_manifest(path)
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        copy = Path(folder) / COPY
        with zipfile.ZipFile(path) as archive, archive.open(COPY) as packed, copy.open("wb") as file:
            shutil.copyfileobj(packed, file, PIECE)
        if hash_file(copy) != manifest.parts[COPY]:
            raise BackupFault(f"{path}: {COPY} is not what the manifest says; use another backup")
        with _opened(copy) as store:
            yield manifest, store


def restore(
    path: Path, store: Store, replace: bool = False, clock: Callable[[], datetime] = utc_now
) -> Manifest:
    """Bring a backup into a store of either kind, in one transaction, with one row in the audit trail.

    Sessions, one-time links and counts of tries stay behind. BackupFault, and nothing changed, where the
    store holds rows already (unless `replace`), or where the rows that arrived are not those that were sent.
    """
    with opened_backup(path) as (manifest, kept), kept.read() as source, store.write() as target:
        if _count_all(target) and not replace:
            raise BackupFault(
                "the store is not empty: nothing was changed; --replace puts the backup in its place"
            )
        for table in reversed(metadata.sorted_tables):
            target.execute(table.delete())
        for table in metadata.sorted_tables:
            if table not in PASSING:
                _copy_rows(source, target, table)
        arrived = {name: n for name, n in _count_rows(target).items() if name not in _names(PASSING)}
        sent = {name: n for name, n in _count_rows(source).items() if name not in _names(PASSING)}
        if arrived != sent or _read_head(target) != manifest.audit_head:
            raise BackupFault(f"{path}: what arrived is not what was sent: nothing was changed")
        detail = {"made_at": manifest.made_at, "kind": manifest.kind, "replaced": replace}
        record_audit(target, clock(), "command line", "store restored", path.name, detail)
    return manifest


def hash_file(path: Path, length: int | None = None) -> str:
    """SHA-256 of a file, or of its first bytes, in hexadecimal."""
    digest, left = hashlib.sha256(), path.stat().st_size if length is None else length
    with path.open("rb") as file:
        while left and (piece := file.read(min(PIECE, left))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[Store]:
    try:
        store = open_store(path)
    except StoreFault as fault:
        raise BackupFault(f"{path.name}: {fault}") from fault
    try:
        yield store
    finally:
        store.close()


def _copy_sqlite(store: Store, path: Path) -> None:
    with store.engine.connect() as connection, sqlite3.connect(path) as copy:
        source: Any = connection.connection.driver_connection
        source.backup(copy)  # all pages in one step: one read transaction, writers go on in the log
    copy.close()


def _copy_postgres(store: Store, path: Path) -> None:
    engine = store.engine.execution_options(isolation_level="REPEATABLE READ")
    with _opened(path) as copy, engine.connect() as source, source.begin(), copy.write() as target:
        source.execute(text("SET TRANSACTION READ ONLY"))
        for table in metadata.sorted_tables:
            _copy_rows(source, target, table)


def _copy_rows(source: Connection, target: Connection, table: Table) -> None:
    rows = source.execution_options(yield_per=ROWS).execute(select(table))
    for part in rows.mappings().partitions(ROWS):
        target.execute(insert(table), [dict(row) for row in part])


def _describe(store: Store, kind: str, now: datetime, state: dict[str, str]) -> Manifest:
    with store.read() as connection:
        return Manifest(
            format=FORMAT,
            made_at=now.isoformat(timespec="seconds"),
            kind=kind,
            schema=str(connection.scalar(text("SELECT version_num FROM alembic_version"))),
            rows=_count_rows(connection),
            last_event=int(connection.scalar(select(func.max(events.c.received_no))) or 0),
            audit_head=_read_head(connection),
            parts={},
            state=state,
        )


def _count_rows(connection: Connection) -> dict[str, int]:
    return {
        table.name: int(connection.scalar(select(func.count()).select_from(table)) or 0)
        for table in metadata.sorted_tables
    }


def _count_all(connection: Connection) -> int:
    return sum(_count_rows(connection).values())


def _read_head(connection: Connection) -> str:
    return (
        connection.scalar(select(audit.c.row_hash).order_by(audit.c.audit_no.desc()).limit(1)) or FIRST_HASH
    )


def _names(tables: tuple[Table, ...]) -> set[str]:
    return {table.name for table in tables}


def _settle(path: Path) -> None:
    """Bring the write-ahead log into the file, so that the file alone is the copy."""
    try:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        connection.close()
    except sqlite3.DatabaseError as error:
        raise BackupFault(f"the store is damaged, no backup was made: {error}") from error
    if said != "ok":
        raise BackupFault(f"the store is damaged, no backup was made: {said}")


def _write_sealed(path: Path, manifest: Manifest, copy: Path) -> None:
    with path.open("xb") as file:
        path.chmod(0o600)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True))
            archive.write(copy, COPY)
            archive.comment = b"0" * SEAL  # where the seal goes; readers of ZIP take it for a remark
    seal = hash_file(path, path.stat().st_size - SEAL)
    with path.open("r+b") as file:
        file.seek(-SEAL, os.SEEK_END)
        file.write(seal.encode())
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
