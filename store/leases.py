"""Leases: of several processes that could do a thing, one does it at a time."""

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from store.database import Store
from store.notes import read_note, write_note
from store.numbers import take_numbers
from store.trouble import StoreTrouble
from store.types import utc_now

log = logging.getLogger(__name__)


class Lease:
    """One holder's claim on a name; lapses by itself when it is not renewed.

    A claim that reaches further ahead than any holder can make it was written before the clock was set
    back, and is worth nothing.
    """

    def __init__(self, store: Store, name: str, seconds: float, clock: Callable[[], datetime]) -> None:
        self.store, self.name, self.seconds, self.clock = store, f"lease:{name}", seconds, clock
        self.holder = uuid.uuid4().hex

    def renew(self) -> bool:
        """Take or keep the lease; False while somebody else holds it."""
        now = self.clock()
        with self.store.write() as connection:
            take_numbers(connection, self.name)  # whoever comes at the same moment waits here
            kept = read_note(connection, self.name)
            if kept and kept["holder"] != self.holder and self._holds(kept["until"], now):
                return False
            until = (now + timedelta(seconds=self.seconds)).isoformat()
            write_note(connection, self.name, {"holder": self.holder, "until": until}, now)
        return True

    def _holds(self, until: str, now: datetime) -> bool:
        left = datetime.fromisoformat(until) - now
        return timedelta(0) < left <= timedelta(seconds=2 * self.seconds)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew a lease that was taken, from a thread, for as long as the block runs."""
        ended = threading.Event()

        def renew() -> None:
            while not ended.wait(self.seconds / 4):
                try:
                    self.renew()
                except StoreTrouble as trouble:
                    log.warning("%s not renewed: %s", self.name, trouble)

        thread = threading.Thread(target=renew, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            with suppress(StoreTrouble):  # it lapses by itself
                self.release()

    def release(self) -> None:
        """Give the lease back, if it is ours."""
        now = self.clock()
        with self.store.write() as connection:
            kept = read_note(connection, self.name)
            if kept and kept["holder"] == self.holder:
                write_note(connection, self.name, {"holder": "", "until": now.isoformat()}, now)


class Leases:
    """Gives out leases of one store."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock

    def hold(self, name: str, seconds: float) -> Lease:
        """A claim on a name, not yet taken: call `renew`, and again before the seconds have passed."""
        return Lease(self.store, name, seconds, self.clock)
