"""Accounts with passwords, and the throttle that slows guessing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from store.audit import record_audit
from store.database import Store
from store.tables import accounts, attempts, sessions
from store.types import utc_now

SYSTEM = "system"
SHORTEST, LONGEST = 10, 200
ADMIN = "admin"
NAME = re.compile(r"[\w][\w.@-]{0,59}")


@dataclass(frozen=True)
class Account:
    """A name that may log in, its role and the unit whose subtree it may touch; `subject` is the issuer's
    name of the person; has_password: False while only a link or the issuer opens it.
    """

    name: str
    role: str
    scope: str
    disabled: bool = False
    subject: str = ""
    has_password: bool = True
    created_at: datetime | None = None


class TooManyTries(Exception):
    """The tries for this subject are used up for now."""


class BadAccount(ValueError):
    """An account that cannot be made or changed so; `why` is a key of the catalogue admin.why_*."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(text)
        self.why = why


class Throttle:
    """Counts tries in the store, so that every process and every parallel try is counted."""

    def __init__(
        self,
        store: Store,
        limit: int = 5,
        window: timedelta = timedelta(minutes=15),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.store, self.limit, self.window, self.clock = store, limit, window, clock

    def take(self, subject: str) -> None:
        """Count one try before it is made; TooManyTries when the window holds `limit` already."""
        now = self.clock()
        with self.store.write() as connection:
            if self.store.dialect == "postgresql":
                lock = text("SELECT pg_advisory_xact_lock(hashtext(:subject))")
                connection.execute(lock, {"subject": subject})
            connection.execute(delete(attempts).where(attempts.c.tried_at <= now - self.window))
            query = select(func.count()).select_from(attempts).where(attempts.c.subject == subject)
            if (connection.scalar(query) or 0) >= self.limit:
                raise TooManyTries(f"too many tries; wait {int(self.window.total_seconds() // 60)} minutes")
            connection.execute(insert(attempts).values(subject=subject, tried_at=now))

    def forgive(self, subject: str) -> None:
        """Forget the tries of a subject, after a success."""
        with self.store.write() as connection:
            connection.execute(delete(attempts).where(attempts.c.subject == subject))


class Accounts:
    """Names, argon2id hashes, roles and scopes; each change leaves one audit row that says by whom."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock
        self.throttle = Throttle(store, clock=clock)
        self.hasher = PasswordHasher()
        self._stranger = self.hasher.hash("nobody has this account")

    def add(
        self,
        name: str,
        password: str | None,
        role: str,
        scope: str = "",
        subject: str = "",
        by: str = SYSTEM,
    ) -> None:
        """A new account, with no password yet where it is None.

        BadAccount when the name is taken or odd, the subject is taken or the password too short.
        """
        check_name(name)
        kept = "" if password is None else self._hash(password)
        row = {"name": name, "password_hash": kept, "role": role, "scope": scope, "subject": subject or None}
        with self.store.write() as connection:
            if connection.scalar(select(accounts.c.name).where(accounts.c.name == name)):
                raise BadAccount("taken", f"{name}: the account exists already")
            _refuse_taken(connection, subject, name)
            connection.execute(insert(accounts).values(**row, disabled=False, created_at=self.clock()))
            self._note(connection, by, "account added", name, role=role, scope=scope)

    def check(self, name: str, password: str) -> Account | None:
        """The account of a right password, or None.

        TooManyTries past the limit; a wrong password, an unknown name and a shut account look the same.
        A wrong try leaves an audit row, without the name where there is none such: people type passwords
        into the wrong field.
        """
        subject = f"login:{name[:LONGEST]}"
        self.throttle.take(subject)
        with self.store.read() as connection:
            row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
        known = row.password_hash if row and row.password_hash else self._stranger
        right = self._verify(known, password[:LONGEST])
        if row is None or row.disabled or not row.password_hash or not right:
            with self.store.write() as connection:
                self._note(connection, "door", "login refused", row.name if row else "unknown name")
            return None
        self.throttle.forgive(subject)
        return _describe(row)

    def find(self, name: str) -> Account | None:
        """The account of a name."""
        with self.store.read() as connection:
            row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
        return None if row is None else _describe(row)

    def find_subject(self, subject: str) -> Account | None:
        """The account that belongs to an issuer's subject; None too where it is shut."""
        query = select(accounts).where(accounts.c.subject == subject, accounts.c.disabled.is_(False))
        with self.store.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _describe(row)

    def list_all(self) -> list[Account]:
        """Every account by name."""
        with self.store.read() as connection:
            return [_describe(row) for row in connection.execute(select(accounts).order_by(accounts.c.name))]

    def set_password(self, name: str, password: str, by: str = SYSTEM) -> None:
        """Change a password and end the account's sessions; KeyError when there is no such account."""
        self._change(name, by, "password changed", password_hash=self._hash(password))

    def clear_password(self, name: str, by: str = SYSTEM) -> None:
        """Make a password worth nothing and end the account's sessions, before a link sets a new one."""
        self._change(name, by, "password cleared", password_hash="")

    def disable(self, name: str, by: str = SYSTEM) -> None:
        """Shut an account and end its sessions; KeyError: there is none, BadAccount: the last admin."""
        self._change(name, by, "account shut", disabled=True)

    def enable(self, name: str, by: str = SYSTEM) -> None:
        """Open a shut account again; KeyError when there is no such account."""
        self._change(name, by, "account opened", disabled=False)

    def change_grant(self, name: str, role: str, scope: str = "", by: str = SYSTEM) -> None:
        """Give an account another role and part; it holds at the next request of each of its sessions."""
        self._change(name, by, "grant changed", role=role, scope=scope)

    def _change(self, name: str, by: str, action: str, **values: Any) -> None:
        told = {key: value for key, value in values.items() if key in ("role", "scope")}
        with self.store.write() as connection:
            if values.get("disabled") or values.get("role", ADMIN) != ADMIN:
                _refuse_last(connection, name)
            if not connection.execute(
                update(accounts).where(accounts.c.name == name).values(**values)
            ).rowcount:
                raise KeyError(name)
            if not told:
                connection.execute(delete(sessions).where(sessions.c.account == name))
            self._note(connection, by, action, name, **told)

    def _note(self, connection: Connection, by: str, action: str, name: str, **detail: str) -> None:
        record_audit(connection, self.clock(), by, action, f"account:{name}", detail)

    def _hash(self, password: str) -> str:
        if not SHORTEST <= len(password) <= LONGEST:
            text = f"a password needs at least {SHORTEST} characters and at most {LONGEST}"
            raise BadAccount("password", text)
        return self.hasher.hash(password)

    def _verify(self, known: str, password: str) -> bool:
        try:
            return self.hasher.verify(known, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


def check_name(name: str) -> None:
    """BadAccount for the name of an account or of a display that is too long or odd."""
    if not NAME.fullmatch(name):
        text = "a name is 1 to 60 letters, digits or . _ @ -, and begins with a letter or digit"
        raise BadAccount("name", text)


def _describe(row: Row[Any]) -> Account:
    has_password = bool(row.password_hash)
    return Account(
        row.name, row.role, row.scope, row.disabled, row.subject or "", has_password, row.created_at
    )


def _refuse_taken(connection: Connection, subject: str, name: str) -> None:
    query = select(accounts.c.name).where(accounts.c.subject == subject)
    if subject and connection.scalar(query):
        raise BadAccount("subject", f"{name}: its subject belongs to another account")


def _refuse_last(connection: Connection, name: str) -> None:
    query = select(accounts.c.name).where(accounts.c.role == ADMIN, accounts.c.disabled.is_(False))
    if list(connection.scalars(query)) == [name]:
        raise BadAccount("last", f"{name}: the last account that may administer stays")
