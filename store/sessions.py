"""Server-side sessions and one-time links; the store holds hashes only."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from store.database import Store
from store.tables import links, sessions
from store.types import utc_now

DISPLAY_ROLE = "display"
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lives: unused, and at most; a display may hang on its wall for a year."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)
    display: timedelta = timedelta(days=366)


@dataclass(frozen=True)
class Session:
    """Who is asking: a role, the unit whose subtree it may touch (blank = the district), the account."""

    role: str
    scope: str
    account: str
    created_at: datetime
    expires_at: datetime


class Sessions:
    """Opens, finds and ends sessions; a link can be redeemed once."""

    def __init__(
        self,
        store: Store,
        limits: SessionLimits | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.store = store
        self.limits = limits or SessionLimits()
        self.clock = clock

    def issue_link(self, role: str, minutes: float, scope: str = "") -> str:
        """A token that opens one session of a role within some minutes."""
        token, now = secrets.token_urlsafe(32), self.clock()
        row = {"role": role, "scope": scope, "expires_at": now + timedelta(minutes=minutes)}
        with self.store.write() as connection:
            connection.execute(delete(links).where(links.c.expires_at < now))
            connection.execute(insert(links).values(token_hash=hash_token(token), **row))
        return token

    def redeem(self, token: str) -> str | None:
        """A new session's id for a link's token; None if it was used, is too old or unknown."""
        now = self.clock()
        taken = (
            update(links)
            .where(links.c.token_hash == hash_token(token))
            .where(links.c.used_at.is_(None), links.c.expires_at > now)
            .values(used_at=now)
            .returning(links.c.role, links.c.scope)
        )
        with self.store.write() as connection:
            row = connection.execute(taken).one_or_none()
            return None if row is None else self._insert(connection, row.role, row.scope, "")

    def open(self, role: str, scope: str = "", account: str = "") -> str:
        """A new session's id, after a login that was checked elsewhere."""
        with self.store.write() as connection:
            return self._insert(connection, role, scope, account)

    def get(self, session_id: str) -> Session | None:
        """The session of an id, or None when it ended, was idle too long or reached its limit."""
        key, now = hash_token(session_id), self.clock()
        with self.store.read() as connection:
            row = connection.execute(select(sessions).where(sessions.c.session_hash == key)).one_or_none()
        if row is None or now >= row.expires_at or self._is_idle(row.role, row.seen_at, now):
            return None
        if now - row.seen_at >= SEEN_EVERY:
            self._mark_seen(key, now)
        return Session(row.role, row.scope, row.account, row.created_at, row.expires_at)

    def end(self, session_id: str) -> None:
        """End one session; its id is worth nothing from now on."""
        with self.store.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.session_hash == hash_token(session_id)))

    def end_all(self, account: str = "", role: str = "") -> int:
        """End every session of an account or of a role; the number ended."""
        if not account and not role:
            raise ValueError("say whose sessions end: an account or a role")
        rows = delete(sessions)
        if account:
            rows = rows.where(sessions.c.account == account)
        if role:
            rows = rows.where(sessions.c.role == role)
        with self.store.write() as connection:
            return connection.execute(rows).rowcount

    def _insert(self, connection: Connection, role: str, scope: str, account: str) -> str:
        session_id, now = secrets.token_urlsafe(32), self.clock()
        lives = self.limits.display if role == DISPLAY_ROLE else self.limits.absolute
        idle_since = now - self.limits.idle
        dead = or_(
            sessions.c.expires_at < now,
            (sessions.c.role != DISPLAY_ROLE) & (sessions.c.seen_at < idle_since),
        )
        connection.execute(delete(sessions).where(dead))
        times = {"created_at": now, "seen_at": now, "expires_at": now + lives}
        row = {"session_hash": hash_token(session_id), "role": role, "scope": scope, "account": account}
        connection.execute(insert(sessions).values(**row, **times))
        return session_id

    def _is_idle(self, role: str, seen_at: datetime, now: datetime) -> bool:
        return role != DISPLAY_ROLE and now - seen_at >= self.limits.idle

    def _mark_seen(self, key: bytes, now: datetime) -> None:
        with self.store.write() as connection:
            connection.execute(update(sessions).where(sessions.c.session_hash == key).values(seen_at=now))


def hash_token(token: str) -> bytes:
    """SHA-256 of a token; tokens are long and random, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).digest()
