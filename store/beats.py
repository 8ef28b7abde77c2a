"""Signs of life of the processes beside the web: the last one kept by name."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select

from store.database import Store
from store.notes import write_note
from store.tables import notes
from store.trouble import StoreTrouble
from store.types import utc_now

PREFIX = "beat:"
EVERY_SECONDS = 5.0
log = logging.getLogger(__name__)


class Beats:
    """Says and reads when a process was last seen."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock

    def beat(self, name: str) -> None:
        """Be seen now."""
        with self.store.write() as connection:
            write_note(connection, PREFIX + name, {}, self.clock())

    @contextmanager
    def kept(self, name: str) -> Iterator[None]:
        """Be seen every few seconds, from a thread, for as long as the block runs."""
        ended = threading.Event()

        def keep() -> None:
            while not ended.is_set():
                try:
                    self.beat(name)
                except StoreTrouble as trouble:
                    log.warning("%s: sign of life missed: %s", name, trouble)
                except Exception:
                    log.exception("%s: sign of life missed", name)
                ended.wait(EVERY_SECONDS)

        thread = threading.Thread(target=keep, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def age(self, name: str) -> float | None:
        """Seconds since a process was seen; None where it never was."""
        query = select(notes.c.changed_at).where(notes.c.name == PREFIX + name)
        with self.store.read() as connection:
            seen = connection.scalar(query)
        return None if seen is None else (self.clock() - seen).total_seconds()
