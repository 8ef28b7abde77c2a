"""The audit trail: append-only, each row chained to the one before by its hash."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select

from store.database import Store
from store.numbers import take_numbers
from store.tables import audit, counters
from store.types import to_microseconds, utc_now

FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class AuditRow:
    """Who did what to what, and when."""

    audit_no: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


class Audit:
    """What was done in this store, in order."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store = store
        self.clock = clock

    def record(self, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> int:
        """Append one row in a transaction of its own; its number."""
        with self.store.write() as connection:
            return record_audit(connection, self.clock(), actor, action, subject, detail)

    def recent(self, limit: int = 100) -> list[AuditRow]:
        """The newest rows first."""
        return self.find(limit=limit)

    def count(self) -> int:
        """How many rows there are."""
        with self.store.read() as connection:
            return connection.scalar(select(func.count()).select_from(audit)) or 0

    def find(self, text: str = "", before: int | None = None, limit: int = 50) -> list[AuditRow]:
        """Rows below a number, the newest first, whose actor, action or subject holds a text."""
        query = select(audit)
        if before is not None:
            query = query.where(audit.c.audit_no < before)
        if text:
            columns = (audit.c.actor, audit.c.action, audit.c.subject)
            query = query.where(or_(*(column.contains(text, autoescape=True) for column in columns)))
        with self.store.read() as connection:
            rows = connection.execute(query.order_by(audit.c.audit_no.desc()).limit(limit))
            return [AuditRow(r.audit_no, r.at, r.actor, r.action, r.subject, r.detail) for r in rows]

    def find_break(self) -> int | None:
        """The number of the first row that was changed, removed or slipped in; None when all is whole."""
        expected, previous = 1, FIRST_HASH
        with self.store.read() as connection:
            for row in connection.execute(select(audit).order_by(audit.c.audit_no)):
                body = (row.audit_no, row.at, row.actor, row.action, row.subject, row.detail)
                whole = row.previous_hash == previous and row.row_hash == _hash_row(previous, *body)
                if row.audit_no != expected or not whole:
                    return expected
                expected, previous = expected + 1, row.row_hash
            given_out = connection.scalar(select(counters.c.value).where(counters.c.name == "audit")) or 0
        return None if given_out == expected - 1 else expected


def record_audit(
    connection: Connection,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Append one row inside the caller's transaction; its number."""
    number = take_numbers(connection, "audit")
    kept = dict(detail or {})
    last = select(audit.c.row_hash).order_by(audit.c.audit_no.desc()).limit(1)
    previous = connection.scalar(last) or FIRST_HASH
    values = {"audit_no": number, "at": at, "actor": actor, "action": action, "subject": subject}
    row_hash = _hash_row(previous, number, at, actor, action, subject, kept)
    connection.execute(insert(audit).values(**values, detail=kept, previous_hash=previous, row_hash=row_hash))
    return number


def _hash_row(
    previous: str, number: int, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any]
) -> str:
    body = [previous, number, to_microseconds(at), actor, action, subject, detail]
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
