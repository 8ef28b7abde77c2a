"""A district small enough to be simulated in a moment."""

import pytest

from twin.district import District
from twin.synthesise import synthesise


@pytest.fixture(scope="session")
def small_district() -> District:
    """Sixty grids of a seed."""
    return synthesise(3, 60)
