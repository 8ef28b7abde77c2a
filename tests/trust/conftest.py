"""What the proofs share: a small district in a folder, and a product started over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trust.product import Product
from twin.district import District
from twin.load import load_district
from twin.synthesise import write


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a district of sixty grids."""
    folder = tmp_path_factory.mktemp("district") / "small"
    write(folder, 3, 60)
    return folder


@pytest.fixture(scope="session")
def small_district(small_folder: Path) -> District:
    """A district of sixty grids."""
    return load_district(small_folder)


@pytest.fixture
def product(small_folder: Path, store_url: str, tmp_path: Path) -> Iterator[Product]:
    """A product over an empty store, once on SQLite and once on PostgreSQL, not yet started."""
    made = Product(small_folder, store_url, tmp_path)
    yield made
    made.kill()


@pytest.fixture
def sqlite_product(small_folder: Path, sqlite_url: str, tmp_path: Path) -> Iterator[Product]:
    """A product over an empty SQLite store, not yet started."""
    made = Product(small_folder, sqlite_url, tmp_path)
    yield made
    made.kill()
