"""Bringing a store to the newest schema with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
LOCK_KEY = 7_202_605_110


def upgrade(connection: Connection) -> None:
    """Run the migrations that this store lacks, inside the caller's transaction.

    Two processes that start together wait for each other: SQLite by its write lock,
    PostgreSQL by an advisory lock that ends with the transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
