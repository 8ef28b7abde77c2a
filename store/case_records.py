"""Case records as locked bodies: the store keeps them, and cannot read them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from store.audit import record_audit
from store.database import Store
from store.tables import case_records
from store.types import utc_now


@dataclass(frozen=True)
class CaseRecord:
    """What is known of a record without opening it."""

    record_id: str
    case_id: str
    kind: str
    media_type: str
    written_by: str
    written_at: datetime
    expires_at: datetime


class CaseRecords:
    """Locked bodies by record; each write, reading and purge leaves one audit row."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock

    def add(self, record: CaseRecord, body: bytes) -> None:
        """Keep a locked body."""
        detail = {"kind": record.kind, "record": record.record_id}
        with self.store.write() as connection:
            connection.execute(insert(case_records).values(**vars(record), body=body))
            subject = f"case:{record.case_id}"
            record_audit(connection, self.clock(), record.written_by, "record written", subject, detail)

    def list_case(self, case_id: str, now: datetime) -> list[CaseRecord]:
        """The records of a case whose time is not over, oldest first."""
        query = select(case_records).where(case_records.c.case_id == case_id, case_records.c.expires_at > now)
        with self.store.read() as connection:
            rows = connection.execute(query.order_by(case_records.c.written_at, case_records.c.record_id))
            return [_describe(row) for row in rows]

    def find(self, record_id: str, now: datetime) -> CaseRecord | None:
        """A record whose time is not over."""
        query = select(case_records).where(case_records.c.record_id == record_id)
        with self.store.read() as connection:
            row = connection.execute(query.where(case_records.c.expires_at > now)).one_or_none()
        return None if row is None else _describe(row)

    def open(self, record: CaseRecord, by: str, detail: Mapping[str, str]) -> bytes | None:
        """The locked body of a record, None when it has gone meanwhile.

        That it was opened, and by whom, goes into the audit trail first.
        """
        told = {"kind": record.kind, "record": record.record_id, **detail}
        with self.store.write() as connection:
            record_audit(connection, self.clock(), by, "record read", f"case:{record.case_id}", told)
            query = select(case_records.c.body).where(case_records.c.record_id == record.record_id)
            body = connection.scalar(query)
        return None if body is None else bytes(body)

    def purge(self, now: datetime) -> int:
        """Delete every record whose time is over; how many went."""
        with self.store.write() as connection:
            gone = connection.execute(delete(case_records).where(case_records.c.expires_at <= now)).rowcount
            if gone:
                record_audit(connection, self.clock(), "system", "records purged", "vault", {"count": gone})
        return gone

    def relock(self, change: Callable[[bytes], bytes], by: str) -> int:
        """Replace every body by what `change` makes of it, one transaction each; how many there are."""
        with self.store.read() as connection:
            names = list(connection.scalars(select(case_records.c.record_id)))
        for name in names:
            mine = case_records.c.record_id == name
            with self.store.write() as connection:
                body = connection.scalar(select(case_records.c.body).where(mine))
                if body is not None:
                    connection.execute(update(case_records).where(mine).values(body=change(bytes(body))))
        with self.store.write() as connection:
            record_audit(connection, self.clock(), by, "records relocked", "vault", {"count": len(names)})
        return len(names)


def _describe(row: Row[Any]) -> CaseRecord:
    return CaseRecord(
        row.record_id, row.case_id, row.kind, row.media_type, row.written_by, row.written_at, row.expires_at
    )
