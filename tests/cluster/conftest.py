"""A cluster of real processes on the loopback, one for each module."""

from collections.abc import Iterator

import pytest

from tests.cluster.processes import Machines


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """A scheduler and two workers, started by their commands."""
    made = Machines(tmp_path_factory.mktemp("cluster"))
    try:
        made.start()
        yield made
    finally:
        made.end()
