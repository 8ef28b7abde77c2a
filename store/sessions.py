"""Server-side sessions and one-time links; the store holds hashes only."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, or_, select, update

from store.audit import record_audit
from store.database import Store
from store.tables import accounts, links, sessions
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
    """Who is asking: a role, the unit whose subtree it may touch (blank = the district), the account,
    and what opened it: link, password, oidc or token.
    """

    role: str
    scope: str
    account: str
    created_at: datetime
    expires_at: datetime
    opened_by: str = ""
    seen_at: datetime | None = None
    session_id: str = ""

    @property
    def owner(self) -> str:
        """Whose drafts and runs these are: the account's, or this one session's where a link opened it."""
        return self.account or f"session:{self.session_id}"

    @property
    def actor(self) -> str:
        """The name that the audit trail gives: the account, or the role that a link lent."""
        return self.account or f"link:{self.role}"


@dataclass(frozen=True)
class Group:
    """Sessions in force of one account (blank: of links), role and scope."""

    account: str
    role: str
    scope: str
    count: int
    seen_at: datetime


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

    def issue_link(
        self, role: str, minutes: float, scope: str = "", account: str = "", by: str = "system"
    ) -> str:
        """A token that opens one session of a role, or of an account, within some minutes.

        A new link of an account makes its earlier ones worth nothing.
        """
        token, now = secrets.token_urlsafe(32), self.clock()
        row = {"role": role, "scope": scope, "account": account}
        dead = links.c.expires_at < now
        if account:
            dead = or_(dead, links.c.account == account)
        with self.store.write() as connection:
            connection.execute(delete(links).where(dead))
            expires_at = now + timedelta(minutes=minutes)
            connection.execute(
                insert(links).values(token_hash=hash_token(token), **row, expires_at=expires_at)
            )
            record_audit(connection, now, by, "link made", f"account:{account}" if account else "door", row)
        return token

    def redeem(self, token: str, replaces: str = "") -> str | None:
        """A new session's id for a link's token; None if it was used, is too old or unknown.

        `replaces` is the session that the same browser had before; it ends.
        """
        now = self.clock()
        taken = (
            update(links)
            .where(links.c.token_hash == hash_token(token))
            .where(links.c.used_at.is_(None), links.c.expires_at > now)
            .values(used_at=now)
            .returning(links.c.role, links.c.scope, links.c.account)
        )
        with self.store.write() as connection:
            row = connection.execute(taken).one_or_none()
            if row is None:
                return None
            grant = _find_grant(connection, row.account) if row.account else (row.role, row.scope)
            if grant is None:
                return None
            role, scope = grant
            _end(connection, replaces)
            actor = row.account or f"link:{role}"
            record_audit(connection, now, actor, "session opened", "door", {"by": "link", "role": role})
            return self.insert(connection, role, scope, row.account, "link")

    def open(
        self,
        role: str,
        scope: str = "",
        account: str = "",
        opened_by: str = "",
        replaces: str = "",
    ) -> str:
        """A new session's id, after a login checked elsewhere; audited where `opened_by` says how."""
        with self.store.write() as connection:
            _end(connection, replaces)
            if opened_by:
                detail = {"by": opened_by, "role": role}
                record_audit(connection, self.clock(), account, "session opened", "door", detail)
            return self.insert(connection, role, scope, account, opened_by)

    def get(self, session_id: str, touch: bool = True) -> Session | None:
        """The session of an id, or None when it ended, was idle too long or reached its limit.

        `touch`: the request is a person's, so the session is not idle. Role and scope are the account's of
        this moment; a shut account has no session.
        """
        key, now = hash_token(session_id), self.clock()
        with self.store.read() as connection:
            row = connection.execute(_select_session().where(sessions.c.session_hash == key)).one_or_none()
        if row is None or now >= row.expires_at or self._is_idle(row.role, row.seen_at, now) or row.disabled:
            return None
        if touch:
            self._mark_seen(key, row.seen_at, now)
        grant = (row.role, row.scope) if row.new_role is None else (row.new_role, row.new_scope)
        times = (row.created_at, row.expires_at, row.opened_by, row.seen_at)
        return Session(*grant, row.account, *times, session_id=key.hex()[:16])

    def touch(self, session_id: str, session: Session) -> None:
        """Note that a person, not a clock of the page, asked for something."""
        if session.seen_at is not None:
            self._mark_seen(hash_token(session_id), session.seen_at, self.clock())

    def end(self, session_id: str, by: str = "") -> None:
        """End one session; its id is worth nothing from now on. `by` leaves an audit row."""
        with self.store.write() as connection:
            if _end(connection, session_id) and by:
                record_audit(connection, self.clock(), by, "session ended", "door")

    def end_links(self, role: str, by: str = "system") -> int:
        """End the sessions of a role that links opened, no account's; the number ended."""
        mine = (sessions.c.role == role) & (sessions.c.account == "")
        with self.store.write() as connection:
            ended = connection.execute(delete(sessions).where(mine)).rowcount
            record_audit(connection, self.clock(), by, "sessions ended", f"role:{role}", {"count": ended})
        return ended

    def end_all(self, account: str = "", role: str = "", by: str = "system") -> int:
        """End every session of an account or of a role; the number ended."""
        if not account and not role:
            raise ValueError("say whose sessions end: an account or a role")
        rows = delete(sessions)
        if account:
            rows = rows.where(sessions.c.account == account)
        if role:
            rows = rows.where(sessions.c.role == role)
        subject = f"account:{account}" if account else f"role:{role}"
        with self.store.write() as connection:
            ended = connection.execute(rows).rowcount
            record_audit(connection, self.clock(), by, "sessions ended", subject, {"count": ended})
        return ended

    def list_groups(self) -> list[Group]:
        """Sessions in force by account, role and scope, the account's names first."""
        now = self.clock()
        key = (sessions.c.account, sessions.c.role, sessions.c.scope)
        query = (
            select(*key, func.count().label("held"), func.max(sessions.c.seen_at).label("seen_at"))
            .where(sessions.c.expires_at > now)
            .where(or_(sessions.c.role == DISPLAY_ROLE, sessions.c.seen_at > now - self.limits.idle))
            .group_by(*key)
            .order_by(sessions.c.account.desc(), sessions.c.role)
        )
        with self.store.read() as connection:
            return [
                Group(row.account, row.role, row.scope, row.held, row.seen_at)
                for row in connection.execute(query)
            ]

    def insert(self, connection: Connection, role: str, scope: str, account: str, opened_by: str = "") -> str:
        """A new session's id inside the caller's transaction; dead rows go."""
        session_id, now = secrets.token_urlsafe(32), self.clock()
        lives = self.limits.display if role == DISPLAY_ROLE else self.limits.absolute
        idle_since = now - self.limits.idle
        dead = or_(
            sessions.c.expires_at < now,
            (sessions.c.role != DISPLAY_ROLE) & (sessions.c.seen_at < idle_since),
        )
        connection.execute(delete(sessions).where(dead))
        row: Mapping[str, Any] = {
            "session_hash": hash_token(session_id),
            "role": role,
            "scope": scope,
            "account": account,
            "opened_by": opened_by,
        }
        times = {"created_at": now, "seen_at": now, "expires_at": now + lives}
        connection.execute(insert(sessions).values(**row, **times))
        return session_id

    def _is_idle(self, role: str, seen_at: datetime, now: datetime) -> bool:
        return role != DISPLAY_ROLE and now - seen_at >= self.limits.idle

    def _mark_seen(self, key: bytes, seen_at: datetime, now: datetime) -> None:
        if now - seen_at < SEEN_EVERY:
            return
        with self.store.write() as connection:
            connection.execute(update(sessions).where(sessions.c.session_hash == key).values(seen_at=now))


def hash_token(token: str) -> bytes:
    """SHA-256 of a token; tokens are long and random, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).digest()


def _select_session() -> Select[Any]:
    now_held = (accounts.c.role.label("new_role"), accounts.c.scope.label("new_scope"), accounts.c.disabled)
    return select(sessions, *now_held).outerjoin(accounts, accounts.c.name == sessions.c.account)


def _find_grant(connection: Connection, account: str) -> tuple[str, str] | None:
    row = connection.execute(select(accounts).where(accounts.c.name == account)).one_or_none()
    return None if row is None or row.disabled else (row.role, row.scope)


def _end(connection: Connection, session_id: str) -> int:
    if not session_id:
        return 0
    key = hash_token(session_id)
    return connection.execute(delete(sessions).where(sessions.c.session_hash == key)).rowcount
