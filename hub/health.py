"""Is the hub well? The store answers, the worker lives, the screens are not behind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hub.snapshot import LiveSnapshot
from store.beats import Beats
from store.database import Store
from store.events import EventStore
from store.rates import Rates
from store.types import utc_now

WORKER = "worker"
#: A worker is seen every few seconds; silent this long, it is taken for dead.
SILENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Health:
    """store: it answers; worker_age: seconds since the worker was seen, None never; lag: seconds between
    this machine's clock and the moment that screens show, 0 for a replay; received: events kept so far.
    """

    store: bool
    worker_age: float | None
    lag: float
    received: int

    @property
    def worker(self) -> bool:
        """Whether the worker lives."""
        return self.worker_age is not None and self.worker_age < SILENCE_SECONDS

    @property
    def ready(self) -> bool:
        """Whether people can work."""
        return self.store and self.worker


class Doctor:
    """Looks at the store, the worker and the live state."""

    def __init__(
        self,
        store: Store,
        snapshot: Callable[[], LiveSnapshot],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.snapshot, self.clock = snapshot, clock
        self.beats, self.events, self.rates = Beats(store, clock), EventStore(store), Rates(store, clock)

    def look(self) -> Health:
        """How things stand; a store that does not answer makes everything else unknown."""
        try:
            age, received = self.beats.age(WORKER), self.events.last_received()
            now = self.snapshot()
        except Exception:  # whatever keeps the store from answering, the answer is the same
            return Health(store=False, worker_age=None, lag=0.0, received=0)
        late = (self.clock() - now.as_of).total_seconds() if now.origin == "live" else 0.0
        return Health(store=True, worker_age=age, lag=max(0.0, late), received=received)
