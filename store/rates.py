"""Limits of calls, counted in the store by fixed windows, so that all processes count the same."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Store
from store.tables import rate_windows
from store.types import to_microseconds, utc_now

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
MINUTE = 60_000_000
KEPT_WINDOWS = 10
BLOCKS = 60


class TooManyCalls(Exception):
    """The calls of this minute are used up; `seconds` until the next begins."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many calls; wait {seconds} s")
        self.seconds = seconds


class Rates:
    """Takes calls from a subject's minute.

    A process takes them from the store in blocks of a sixtieth of the limit and spends a block by itself,
    so that a busy source costs one write a second, not one a call. No more than the limit is ever allowed.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock
        self._held: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def take(self, subject: str, per_minute: int) -> None:
        """Count one call; TooManyCalls when the minute holds `per_minute` already."""
        now = to_microseconds(self.clock())
        window = now // MINUTE
        with self._lock:
            kept, left = self._held.get(subject, (window, 0))
            if kept != window or left == 0:
                left = self._take_block(subject, window, per_minute)
            if left == 0:
                raise TooManyCalls(1 + ((window + 1) * MINUTE - now) // 1_000_000)
            self._held[subject] = (window, left - 1)

    def count(self, windows: int = 1) -> dict[str, int]:
        """Calls taken by each subject in the newest whole windows, at most as many as are kept."""
        now = to_microseconds(self.clock()) // MINUTE
        query = (
            select(rate_windows.c.subject, func.sum(rate_windows.c.calls))
            .where(rate_windows.c.window >= now - windows, rate_windows.c.window < now)
            .group_by(rate_windows.c.subject)
        )
        with self.store.read() as connection:
            return {subject: int(calls) for subject, calls in connection.execute(query)}

    def _take_block(self, subject: str, window: int, limit: int) -> int:
        """Calls granted: a block, the rest of the minute where that is less, or none."""
        block = max(1, limit // BLOCKS)
        new = INSERT[self.store.dialect](rate_windows).values(subject=subject, window=window, calls=block)
        raised = new.on_conflict_do_update(
            index_elements=["subject", "window"],
            set_={"calls": rate_windows.c.calls + new.excluded.calls},
            where=rate_windows.c.calls < limit,
        )
        with self.store.write() as connection:
            calls = connection.execute(raised.returning(rate_windows.c.calls)).scalar_one_or_none()
            if calls == block:  # the first of its minute sweeps
                old = rate_windows.c.window < window - KEPT_WINDOWS
                connection.execute(delete(rate_windows).where(old))
        return 0 if calls is None else min(block, max(0, limit - (calls - block)))
