"""Bodies kept by name, the oldest forgotten past a number: what can be worked out again."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, insert, select

from store.database import Store
from store.tables import baselines
from store.types import utc_now


class Baselines:
    """Packed outcomes of the district as it is."""

    def __init__(self, store: Store, most: int = 120, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.most, self.clock = store, most, clock

    def get(self, name: str) -> bytes | None:
        """The body of a name."""
        with self.store.read() as connection:
            body = connection.scalar(select(baselines.c.body).where(baselines.c.name == name))
        return None if body is None else bytes(body)

    def put(self, name: str, body: bytes) -> None:
        """Keep a body under a name, and only the newest `most` of all."""
        kept = select(baselines.c.name).order_by(baselines.c.made_at.desc()).limit(self.most)
        with self.store.write() as connection:
            connection.execute(delete(baselines).where(baselines.c.name == name))
            connection.execute(insert(baselines).values(name=name, body=body, made_at=self.clock()))
            connection.execute(delete(baselines).where(baselines.c.name.not_in(kept)))
