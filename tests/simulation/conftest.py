"""A district small enough to be simulated in a moment."""

import pytest

from twin.district import District
from twin.schema import blank_table
from twin.synthesise import synthesise


@pytest.fixture(scope="session")
def small_district() -> District:
    """Sixty grids of a seed, with three days of warm-up and no drain, nothing open at the start."""
    district = synthesise(3, 60)
    play = district.settings.play.model_copy(update={"warm_up_days": 3, "drain_days": 0})
    settings = district.settings.model_copy(update={"play": play})
    return district.with_tables(settings=settings, opening=blank_table("opening"))
