"""The journal: what the hub itself decides, one row an act, in books; state is read from nothing else."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from store.audit import record_audit
from store.database import Store
from store.numbers import take_numbers
from store.tables import journal


@dataclass(frozen=True)
class Entry:
    """One act: what was done (`kind`, `body`) to what (`book`, `subject_id`), by which role of which unit."""

    entry_no: int
    book: str
    subject_id: str
    kind: str
    at: datetime
    role: str
    unit: str
    actor: str
    body: dict[str, Any]


class Outrun(Exception):
    """Somebody else wrote about the subject after it was read; read again and decide anew."""


class Journal:
    """Books of acts, append only; entry numbers rise in the order of commits."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def append(
        self,
        book: str,
        subject_id: str,
        kind: str,
        body: Mapping[str, Any],
        role: str,
        unit: str,
        actor: str,
        at: datetime,
        *,
        seen: int | None = None,
    ) -> int:
        """Write one act with its audit row; the entry's number.

        seen: number of the subject's newest entry that the decision rests on (0: none yet); Outrun, with
        nothing written, where there is a newer one. None asks for no such check.
        """
        kept = dict(body)
        with self.store.write() as connection:
            number = take_numbers(connection, "journal")
            if seen is not None:
                own = (journal.c.book == book, journal.c.subject_id == subject_id)
                newest = connection.scalar(select(func.max(journal.c.entry_no)).where(*own)) or 0
                if newest != seen:
                    raise Outrun(f"{book}/{subject_id}: entry {newest} came after {seen}")
            row = {"book": book, "subject_id": subject_id, "kind": kind, "at": at, "body": kept}
            row |= {"entry_no": number, "role": role, "unit": unit, "actor": actor}
            connection.execute(insert(journal).values(**row))
            detail = {"entry": number, "role": role, "unit": unit, "body_sha256": hash_body(kept)}
            record_audit(connection, at, actor or role, f"{book}: {kind}", subject_id, detail)
        return number

    def read(self, book: str, subject_id: str | None = None, after: int = 0) -> list[Entry]:
        """The entries of a book, or of one subject in it, with numbers above `after`, lowest first."""
        query = select(journal).where(journal.c.book == book, journal.c.entry_no > after)
        if subject_id is not None:
            query = query.where(journal.c.subject_id == subject_id)
        with self.store.read() as connection:
            rows = connection.execute(query.order_by(journal.c.entry_no))
            return [
                Entry(r.entry_no, r.book, r.subject_id, r.kind, r.at, r.role, r.unit, r.actor, dict(r.body))
                for r in rows
            ]


def hash_body(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body, by which the audit trail vouches for it."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
