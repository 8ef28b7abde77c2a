"""What is the matter with a store, in words: locked, full, damaged, read-only, out of reach."""

import sqlite3
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: Kind -> what an administrator does about it; what a user reads stands in the catalogues under these kinds.
ADVICE = {
    "locked": "another process holds the write lock: find and end it (a copy, a shell, a virus scanner)",
    "full": "the disk of the store is full: make room, then nothing else is to be done",
    "disk": "the disk of the store cannot be written or read: look at its space, quota and health",
    "corrupt": "the file of the store is damaged: stop the hub, keep the file, restore the newest backup",
    "readonly": "the store may not be written: give the hub's user the right to its file and folder",
    "unreachable": "the database does not answer: start it, look at its address, network and password",
    "busy": "every connection to the database is in use: look for slow queries, or allow more",
}
SQLITE = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_PROTOCOL: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "disk",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_READONLY: "readonly",
    sqlite3.SQLITE_CANTOPEN: "disk",
}
# Classes and codes of SQLSTATE; the longer one is looked up first.
POSTGRES = {
    "08": "unreachable",
    "28": "unreachable",
    "57P": "unreachable",
    "3D": "unreachable",
    "53100": "full",
    "53300": "busy",
    "53": "disk",
    "55P03": "locked",
    "40": "locked",
    "57014": "locked",
    "58": "disk",
    "XX001": "corrupt",
    "XX002": "corrupt",
    "25006": "readonly",
}


@dataclass(frozen=True)
class Trouble:
    """kind: a key of ADVICE; reason: what the database said; advice: what to do."""

    kind: str
    reason: str
    advice: str


class StoreTrouble(Exception):
    """The store cannot answer now; nothing of the transaction was kept, the same call may be made again."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(f"store {trouble.kind}: {trouble.reason}; {trouble.advice}")
        self.kind = trouble.kind
        self.trouble = trouble


def find_trouble(error: Exception) -> Trouble | None:
    """The trouble behind an error of the database; None where the fault is ours."""
    if isinstance(error, PoolTimeout):
        return _describe("busy", error)
    if not isinstance(error, DBAPIError):
        return None
    origin = error.orig
    kind = _find_sqlite(origin) if isinstance(origin, sqlite3.Error) else _find_postgres(error)
    return None if kind is None else _describe(kind, origin or error)


def _find_sqlite(origin: sqlite3.Error) -> str | None:
    code = getattr(origin, "sqlite_errorcode", None)
    if code is None:
        return "corrupt" if str(origin).startswith("Could not decode") else None
    return SQLITE.get(code & 0xFF)


def _find_postgres(error: DBAPIError) -> str | None:
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return "unreachable" if _is_operational(error) else None
    return next((POSTGRES[state[:n]] for n in (5, 3, 2) if state[:n] in POSTGRES), None)


def _is_operational(error: DBAPIError) -> bool:
    return error.connection_invalidated or type(error.orig).__name__ in (
        "OperationalError",
        "ConnectionTimeout",
    )


def _describe(kind: str, origin: BaseException) -> Trouble:
    said = str(origin).strip().splitlines() or [type(origin).__name__]
    return Trouble(kind, said[0], ADVICE[kind])
