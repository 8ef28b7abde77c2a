"""Notices on their way: put once; each ends sent, in a digest, dead with its reason, or is read here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select, update

from store.audit import record_audit
from store.database import Store
from store.notes import write_note
from store.numbers import INSERT, take_numbers
from store.tables import outbox
from store.types import utc_now

#: inside: no messenger is configured, it is read in the product; waiting: on its way; bundled: in a digest.
NoticeState = Literal["inside", "waiting", "sent", "bundled", "dead"]
LONGEST_ERROR = 300


@dataclass(frozen=True)
class NewNotice:
    """A notice to put: `body` holds `subject` (what it is about) and values; the same id is kept once."""

    notice_id: str
    unit: str
    role: str
    kind: str
    body: Mapping[str, Any]
    next_at: datetime


@dataclass(frozen=True)
class Notice:
    """A notice as it stands; error: why the last try failed."""

    notice_id: str
    unit: str
    role: str
    kind: str
    body: dict[str, Any]
    state: NoticeState
    attempts: int
    error: str
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None


class Outbox:
    """The table of notices; every change leaves one row in the audit trail."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock

    def put(
        self,
        notices: Sequence[NewNotice],
        state: NoticeState,
        since: datetime,
        cursor: tuple[str, Mapping[str, Any]] | None = None,
    ) -> int:
        """Keep what is new, and the cursor of whoever found it in the same transaction; how many were kept.

        A notice is dropped whose id is there already, or whose unit was told the same kind about the same
        subject at or after `since`.
        """
        now, kept = self.clock(), 0
        with self.store.write() as connection:
            take_numbers(connection, "outbox")  # whoever puts at the same moment waits, and sees these
            for notice in notices:
                if not _was_told(connection, notice, since):
                    kept += _insert(connection, notice, state, now)
            if kept:
                record_audit(connection, now, "hub", "notices put", state, {"count": kept})
            if cursor is not None:
                write_note(connection, *cursor, now)
        return kept

    def list_due(self, now: datetime, limit: int = 1000) -> list[Notice]:
        """Waiting notices whose time has come, oldest first."""
        query = select(outbox).where(outbox.c.state == "waiting", outbox.c.next_at <= now)
        with self.store.read() as connection:
            rows = connection.execute(query.order_by(outbox.c.created_at, outbox.c.notice_id).limit(limit))
            return [_read(row) for row in rows]

    def list_sent(self, unit: str, since: datetime) -> list[Notice]:
        """What reached a unit's messenger after a moment, oldest first."""
        query = select(outbox).where(
            outbox.c.unit == unit, outbox.c.state == "sent", outbox.c.sent_at > since
        )
        with self.store.read() as connection:
            return [_read(row) for row in connection.execute(query.order_by(outbox.c.sent_at))]

    def list_newest(self, units: Iterable[str] | None, limit: int = 50) -> list[Notice]:
        """The newest notices to some units (None: to any), digests left out: their parts stand for them."""
        query = select(outbox).where(outbox.c.kind != "digest")
        if units is not None:
            query = query.where(outbox.c.unit.in_(sorted(units)))
        with self.store.read() as connection:
            rows = connection.execute(
                query.order_by(outbox.c.created_at.desc(), outbox.c.notice_id).limit(limit)
            )
            return [_read(row) for row in rows]

    def count_states(self) -> dict[str, int]:
        """How many notices stand in each state."""
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        with self.store.read() as connection:
            return {str(state): int(count) for state, count in connection.execute(query)}

    def mark_sent(self, notice_id: str, now: datetime) -> None:
        """The messenger took it."""
        self._settle(notice_id, now, "notice sent", state="sent", sent_at=now, error="")

    def mark_failed(self, notice: Notice, error: str, next_at: datetime | None, now: datetime) -> None:
        """A try failed: again at `next_at`, or never (None): dead, with its reason."""
        values: dict[str, Any] = {"attempts": notice.attempts + 1, "error": error[:LONGEST_ERROR]}
        values |= {"state": "dead"} if next_at is None else {"next_at": next_at}
        action = "notice given up" if next_at is None else "notice not taken"
        self._settle(notice.notice_id, now, action, **values)

    def postpone(self, notice_ids: Sequence[str], next_at: datetime, now: datetime) -> None:
        """Not before a later moment."""
        self._change(notice_ids, now, "notices postponed", next_at=next_at)

    def bundle(self, notice_ids: Sequence[str], digest: NewNotice, now: datetime) -> None:
        """One digest goes out in the place of several notices."""
        with self.store.write() as connection:
            _insert(connection, digest, "waiting", now)
            _update(connection, notice_ids, state="bundled")
            detail = {"count": len(notice_ids)}
            record_audit(connection, now, "hub", "notices bundled", digest.notice_id, detail)

    def mark_read(self, units: Iterable[str], actor: str, now: datetime) -> int:
        """Somebody of these units has read what stood here unread; how many that was."""
        query = select(outbox.c.notice_id, outbox.c.body).where(outbox.c.unit.in_(sorted(units)))
        with self.store.write() as connection:
            rows = [row for row in connection.execute(query) if "read_at" not in row.body]
            for row in rows:
                body = dict(row.body) | {"read_at": now.isoformat()}
                _update(connection, [row.notice_id], body=body)
            if rows:
                record_audit(connection, now, actor, "notices read", "", {"count": len(rows)})
        return len(rows)

    def _settle(self, notice_id: str, now: datetime, action: str, **values: Any) -> None:
        self._change([notice_id], now, action, **values)

    def _change(self, notice_ids: Sequence[str], now: datetime, action: str, **values: Any) -> None:
        if not notice_ids:
            return
        subject = notice_ids[0] if len(notice_ids) == 1 else ""
        with self.store.write() as connection:
            _update(connection, notice_ids, **values)
            shown = {key: str(value) for key, value in values.items() if key in ("error", "next_at")}
            record_audit(connection, now, "hub", action, subject, shown | {"count": len(notice_ids)})


def _insert(connection: Connection, notice: NewNotice, state: str, now: datetime) -> int:
    row = {
        "notice_id": notice.notice_id, "unit": notice.unit, "role": notice.role, "kind": notice.kind,
        "body": dict(notice.body), "state": state, "created_at": now, "next_at": notice.next_at,
    }  # fmt: skip
    once = INSERT[connection.dialect.name](outbox).values(**row, attempts=0, error="")
    kept = once.on_conflict_do_nothing().returning(outbox.c.notice_id)
    return int(connection.execute(kept).first() is not None)


def _was_told(connection: Connection, notice: NewNotice, since: datetime) -> bool:
    same = (outbox.c.unit == notice.unit, outbox.c.kind == notice.kind, outbox.c.created_at >= since)
    bodies = connection.scalars(select(outbox.c.body).where(*same))
    return any(body.get("subject") == notice.body.get("subject") for body in bodies)


def _update(connection: Connection, notice_ids: Sequence[str], **values: Any) -> None:
    for notice_id in notice_ids:
        connection.execute(update(outbox).where(outbox.c.notice_id == notice_id).values(**values))


def _read(row: Row[Any]) -> Notice:
    return Notice(
        row.notice_id, row.unit, row.role, row.kind, dict(row.body), row.state, row.attempts, row.error,
        row.created_at, row.next_at, row.sent_at,
    )  # fmt: skip
