"""Numbers given out in the order of commits."""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from store.tables import counters

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def take_numbers(connection: Connection, name: str, count: int = 1) -> int:
    """The first of `count` new numbers; whoever else asks waits until this transaction has ended."""
    first_time = INSERT[connection.dialect.name](counters).values(name=name, value=count)
    raised = first_time.on_conflict_do_update(
        index_elements=["name"], set_={"value": counters.c.value + first_time.excluded.value}
    )
    last = connection.execute(raised.returning(counters.c.value)).scalar_one()
    return int(last) - count + 1
