"""Opening a store: SQLite by default, PostgreSQL by URL."""

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from store.migrate import upgrade
from store.trouble import StoreTrouble, find_trouble

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # an acknowledged row survives a power cut
    "foreign_keys=ON",
)
CONNECT_SECONDS = 5


class StoreFault(Exception):
    """A store that cannot be opened, in words, without its password."""


class Store:
    """A database with two doors: `read()` and `write()`, each one transaction.

    Both raise StoreTrouble where the database is locked, full, damaged, read-only or out of reach.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        _renew_after_fork(engine)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store and changes nothing."""
        with told_in_words(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change things; on SQLite it holds the write lock from its start."""
        with told_in_words(), self.engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def open_store(url: str | Path) -> Store:
    """The store at a URL (`sqlite:///file`, `postgresql://...`) or a file path, with the newest schema.

    StoreFault where it is of another kind, cannot be reached or cannot be written.
    """
    address = parse_address(url)
    engine = _open_sqlite(address) if address.get_backend_name() == "sqlite" else _open_postgres(address)
    store = Store(engine)
    try:
        with store.write() as connection:
            upgrade(connection)
    except DatabaseError as error:
        reason = str(error.orig or error).strip().splitlines()[0]
        raise StoreFault(f"{address.render_as_string(hide_password=True)}: {reason}") from error
    except StoreTrouble as error:
        raise StoreFault(f"{address.render_as_string(hide_password=True)}: {error}") from error
    return store


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn the database's own errors that no caller can mend into StoreTrouble."""
    try:
        yield
    except (DatabaseError, PoolTimeout) as error:
        trouble = find_trouble(error)
        if trouble is None:
            raise
        raise StoreTrouble(trouble) from error


def read_patience() -> float:
    """Seconds to wait for somebody else's write before a call is given up: TWIN_PATIENCE_SECONDS, 20."""
    return float(os.environ.get("TWIN_PATIENCE_SECONDS", "20"))


def parse_address(url: str | Path) -> URL:
    """The database address of a URL or a file path; StoreFault for any other kind of database."""
    text = str(url)
    try:
        address = make_url(text) if "://" in text else URL.create("sqlite", database=text)
    except ArgumentError:
        raise StoreFault(
            "the store's URL cannot be read: sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None
    backend = address.get_backend_name()
    if backend == "sqlite":
        return address.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    raise StoreFault(f"{backend}: a store is sqlite:///FILE or postgresql://USER@HOST/NAME")


def _open_sqlite(address: URL) -> Engine:
    if not address.database or address.database == ":memory:":
        raise StoreFault("a store in memory is lost at exit and cannot be shared: give a file")
    Path(address.database).resolve().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, pool_timeout=read_patience())
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_postgres(address: URL) -> Engine:
    arguments: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS}
    if "options" not in address.query:  # a relative of PostgreSQL may know this setting by another name
        arguments["options"] = f"-c lock_timeout={round(read_patience() * 1000)}"
    return create_engine(address, pool_pre_ping=True, pool_timeout=read_patience(), connect_args=arguments)


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; _begin_sqlite sends it
    connection.execute(f"PRAGMA busy_timeout={round(read_patience() * 1000)}")
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _renew_after_fork(engine: Engine) -> None:
    reference = weakref.ref(engine)

    def renew() -> None:
        inherited = reference()
        if inherited is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=renew)
