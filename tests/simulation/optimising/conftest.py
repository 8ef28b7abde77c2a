"""A search small enough for a test."""

from collections.abc import Iterator

import pytest

from simulation.optimising.problem import POLICY


@pytest.fixture
def short_search(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two draws to measure on, one level, three for selection, two for the proof."""
    few = {"model_replications": 2, "levels": [1], "first_stage": 3, "most_stage": 3, "curve": [0.5, 1.0]}
    for name, value in few.items():
        monkeypatch.setitem(POLICY, name, value)
    yield
