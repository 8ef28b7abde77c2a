"""What time it is for the hub: the replay's where one runs, this machine's otherwise."""

from collections.abc import Callable
from datetime import datetime

from hub.replay import read_clock
from store.database import Store
from store.notes import Notes
from store.types import utc_now


class HubClock:
    """The moment and the origin that acts of people and of other systems are written with."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.notes, self.clock = Notes(store), clock

    def now(self) -> datetime:
        """The moment in UTC."""
        return self.read()[0]

    def read(self) -> tuple[datetime, str]:
        """The moment in UTC and the origin of what happens in it: `live` or `replay`."""
        replayed = read_clock(self.notes)
        return (replayed.position, "replay") if replayed else (self.clock(), "live")
