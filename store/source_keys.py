"""Keys of the systems that send and follow cases; the store holds their hashes only."""

import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, insert, select, update

from store.audit import record_audit
from store.database import Store
from store.sessions import hash_token
from store.tables import source_keys
from store.types import utc_now

#: events: send events; drop: send files; open311: file and follow cases; read: cases and figures;
#: metrics: health and measurements; replay: send events of a replay.
SCOPES = ("events", "drop", "open311", "read", "metrics", "replay")
UNIT = "unit:"


@dataclass(frozen=True)
class SourceKey:
    """A key as it stands: whose it is, what it may do, how often, until when.

    unit: the body whose part of the district a `read` key sees; blank for all of it.
    """

    key_id: str
    source: str
    scopes: tuple[str, ...]
    per_minute: int
    note: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    unit: str = ""


class SourceKeys:
    """Gives out, finds and revokes keys; a source may hold several, so that they can be changed."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock

    def add(
        self,
        source: str,
        scopes: Iterable[str],
        per_minute: int = 600,
        note: str = "",
        days: float | None = None,
        unit: str = "",
        actor: str = "system",
    ) -> str:
        """A new key, shown this once; `days` until it expires. ValueError for an unknown scope."""
        chosen = sorted(set(scopes))
        _check(source, chosen, per_minute)
        key, key_id, now = "dt_" + secrets.token_urlsafe(32), uuid.uuid4().hex[:12], self.clock()
        row = {
            "key_id": key_id,
            "key_hash": hash_token(key),
            "source": source,
            "scopes": [*chosen, UNIT + unit] if unit else chosen,
            "per_minute": per_minute,
            "note": note,
            "created_at": now,
            "expires_at": None if days is None else now + timedelta(days=days),
        }
        detail = {"key_id": key_id, "scopes": row["scopes"], "per_minute": per_minute}
        with self.store.write() as connection:
            connection.execute(insert(source_keys).values(**row))
            record_audit(connection, now, actor, "source key added", source, detail)
        return key

    def find(self, key: str) -> SourceKey | None:
        """The key of a text; None when there is none, or it has expired or was revoked."""
        now = self.clock()
        query = select(source_keys).where(source_keys.c.key_hash == hash_token(key))
        with self.store.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or row.revoked_at is not None or (row.expires_at and row.expires_at <= now):
            return None
        return _describe(row)

    def list_keys(self) -> list[SourceKey]:
        """Every key, by source and age."""
        query = select(source_keys).order_by(source_keys.c.source, source_keys.c.created_at)
        with self.store.read() as connection:
            return [_describe(row) for row in connection.execute(query)]

    def revoke(self, key_id: str, actor: str = "system") -> None:
        """End a key from now on; KeyError when there is none with this id that works."""
        now = self.clock()
        ended = (
            update(source_keys)
            .where(source_keys.c.key_id == key_id, source_keys.c.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(source_keys.c.source)
        )
        with self.store.write() as connection:
            source = connection.scalar(ended)
            if source is None:
                raise KeyError(key_id)
            record_audit(connection, now, actor, "source key revoked", source, {"key_id": key_id})


def _check(source: str, scopes: list[str], per_minute: int) -> None:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ValueError(f"scopes {', '.join(unknown) or 'missing'}: choose from {', '.join(SCOPES)}")
    if not source or not source.isprintable() or len(source) > 60:
        raise ValueError("a source's name has 1 to 60 letters that can be printed")
    if not 1 <= per_minute <= 1_000_000:
        raise ValueError("per_minute lies between 1 and 1,000,000")


def _describe(row: Row) -> SourceKey:
    units = [item.removeprefix(UNIT) for item in row.scopes if item.startswith(UNIT)]
    scopes = tuple(item for item in row.scopes if not item.startswith(UNIT))
    times = (row.created_at, row.expires_at, row.revoked_at)
    return SourceKey(row.key_id, row.source, scopes, row.per_minute, row.note, *times, "".join(units))
