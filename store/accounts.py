"""Accounts with passwords, and the throttle that slows guessing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, func, insert, select, text, update

from store.database import Store
from store.tables import accounts, attempts, sessions
from store.types import utc_now


@dataclass(frozen=True)
class Account:
    """A name that may log in, its role and the unit whose subtree it may touch."""

    name: str
    role: str
    scope: str


class TooManyTries(Exception):
    """The tries for this subject are used up for now."""


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
    """Names, argon2id hashes, roles and scopes."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock
        self.throttle = Throttle(store, clock=clock)
        self.hasher = PasswordHasher()
        self._stranger = self.hasher.hash("nobody has this account")

    def add(self, name: str, password: str, role: str, scope: str = "") -> None:
        """A new account; ValueError when the name is taken or the password shorter than 10 characters."""
        row = {"name": name, "password_hash": self._hash(password), "role": role, "scope": scope}
        with self.store.write() as connection:
            if connection.scalar(select(accounts.c.name).where(accounts.c.name == name)):
                raise ValueError(f"{name}: the account exists already")
            connection.execute(insert(accounts).values(**row, disabled=False, created_at=self.clock()))

    def check(self, name: str, password: str) -> Account | None:
        """The account of a right password, or None.

        TooManyTries past the limit; a wrong password, an unknown name and a shut account look the same.
        """
        self.throttle.take(f"login:{name}")
        with self.store.read() as connection:
            row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
        right = self._verify(row.password_hash if row else self._stranger, password)
        if row is None or row.disabled or not right:
            return None
        self.throttle.forgive(f"login:{name}")
        return Account(row.name, row.role, row.scope)

    def set_password(self, name: str, password: str) -> None:
        """Change a password and end the account's sessions; KeyError when there is no such account."""
        self._change(name, password_hash=self._hash(password))

    def disable(self, name: str) -> None:
        """Shut an account and end its sessions; KeyError when there is no such account."""
        self._change(name, disabled=True)

    def _change(self, name: str, **values: object) -> None:
        with self.store.write() as connection:
            if not connection.execute(
                update(accounts).where(accounts.c.name == name).values(**values)
            ).rowcount:
                raise KeyError(name)
            connection.execute(delete(sessions).where(sessions.c.account == name))

    def _hash(self, password: str) -> str:
        if len(password) < 10:
            raise ValueError("a password needs at least 10 characters")
        return self.hasher.hash(password)

    def _verify(self, known: str, password: str) -> bool:
        try:
            return self.hasher.verify(known, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
