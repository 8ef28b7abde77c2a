"""The hamlet, for every measure."""

import pytest

from tests.simulation.measures.hamlet import build_hamlet
from twin.district import District


@pytest.fixture(scope="session")
def hamlet() -> District:
    """The district that is counted by hand."""
    return build_hamlet()
