"""Numbers given out in the order of commits."""

from sqlalchemy import Connection, insert, update

from store.tables import counters


def take_numbers(connection: Connection, name: str, count: int = 1) -> int:
    """The first of `count` new numbers; whoever else asks waits until this transaction has ended."""
    raised = update(counters).where(counters.c.name == name).values(value=counters.c.value + count)
    last = connection.scalar(raised.returning(counters.c.value))
    if last is None:
        connection.execute(insert(counters).values(name=name, value=count))
        last = count
    return int(last) - count + 1
