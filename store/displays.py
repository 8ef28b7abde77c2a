"""Displays: screens with a long-lived token of their own, one screen each, that can be taken back."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from store.accounts import SYSTEM, BadAccount, check_name
from store.audit import record_audit
from store.database import Store
from store.sessions import DISPLAY_ROLE, Sessions, hash_token
from store.tables import displays, sessions
from store.types import utc_now


@dataclass(frozen=True)
class Display:
    """One screen: since when it has its token, whether it was taken back, when it was seen last."""

    name: str
    created_at: datetime
    revoked_at: datetime | None
    seen_at: datetime | None


class Displays:
    """Makes and revokes the tokens of screens; the store holds hashes only."""

    def __init__(self, store: Store, doors: Sessions, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.doors, self.clock = store, doors, clock

    def add(self, name: str, by: str = SYSTEM) -> str:
        """The token of a new screen; BadAccount when the name is odd or a screen of that name is in use."""
        check_name(name)
        token, now = secrets.token_urlsafe(32), self.clock()
        with self.store.write() as connection:
            known = connection.execute(select(displays).where(displays.c.name == name)).one_or_none()
            if known is not None and known.revoked_at is None:
                raise BadAccount("display", f"{name}: the display exists already; revoke it first")
            connection.execute(delete(displays).where(displays.c.name == name))
            connection.execute(
                insert(displays).values(name=name, token_hash=hash_token(token), created_at=now)
            )
            record_audit(connection, now, by, "display added", f"display:{name}")
        return token

    def open(self, token: str) -> str | None:
        """A session's id for a screen's token; its earlier session ends, for a token serves one screen."""
        query = select(displays).where(displays.c.token_hash == hash_token(token))
        with self.store.write() as connection:
            row = connection.execute(query.where(displays.c.revoked_at.is_(None))).one_or_none()
            if row is None:
                return None
            account = name_account(row.name)
            connection.execute(delete(sessions).where(sessions.c.account == account))
            detail = {"by": "token", "role": DISPLAY_ROLE}
            record_audit(connection, self.clock(), account, "session opened", "door", detail)
            return self.doors.insert(connection, DISPLAY_ROLE, "", account, "token")

    def list_all(self) -> list[Display]:
        """Every screen by name, with the moment that it was seen last."""
        seen = select(sessions.c.account, sessions.c.seen_at).where(sessions.c.role == DISPLAY_ROLE)
        with self.store.read() as connection:
            rows = connection.execute(select(displays).order_by(displays.c.name)).all()
            last = {row.account: row.seen_at for row in connection.execute(seen)}
        return [Display(r.name, r.created_at, r.revoked_at, last.get(name_account(r.name))) for r in rows]

    def revoke(self, name: str, by: str = SYSTEM) -> None:
        """Make a token worth nothing and end its screen's session; KeyError when there is none in use."""
        now = self.clock()
        open_one = (displays.c.name == name) & displays.c.revoked_at.is_(None)
        with self.store.write() as connection:
            if not connection.execute(displays.update().where(open_one).values(revoked_at=now)).rowcount:
                raise KeyError(name)
            connection.execute(delete(sessions).where(sessions.c.account == name_account(name)))
            record_audit(connection, now, by, "display revoked", f"display:{name}")


def name_account(display: str) -> str:
    """The account that a screen's session bears; no person's account has a colon."""
    return f"display:{display}"
