"""What time it is for the hub: the replay's where one runs, this machine's otherwise."""

import logging
import time
from collections.abc import Callable
from datetime import datetime

from hub.replay import read_clock
from store.database import Store
from store.notes import Notes
from store.types import utc_now

JUMP_SECONDS = 60.0
log = logging.getLogger(__name__)


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


class ClockWatch:
    """Notices that the clock of this machine was set: its time and the time that has passed differ."""

    def __init__(
        self, clock: Callable[[], datetime] = utc_now, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self.clock, self.timer = clock, timer
        self._shown, self._passed = clock(), timer()

    def check(self) -> float:
        """Seconds by which the clock was set since the last call, 0 within a minute; a jump is logged."""
        shown, passed = self.clock(), self.timer()
        jump = (shown - self._shown).total_seconds() - (passed - self._passed)
        self._shown, self._passed = shown, passed
        if abs(jump) < JUMP_SECONDS:
            return 0.0
        log.error(
            "clock: the time of this machine was set by %+.0f s to %s; events, limits and sessions go by it: "
            "look at its time service (chrony, NTP)",
            jump,
            shown.isoformat(timespec="seconds"),
        )
        return jump
