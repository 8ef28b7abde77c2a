"""The queues of the textbook are districts like any other: they pass the door and come back unchanged."""

from pathlib import Path

import numpy as np
import pytest

from simulation.playing.visits import FIELDS
from tests.simulation.exact_rows import ROWS, Row
from tests.simulation.textbook import play
from twin.load import load_district, save_district


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_is_played_alike_from_its_folder_on_disk(row: Row, tmp_path: Path) -> None:
    district = row.build()
    save_district(district, tmp_path)
    runs = [play(d, 2, 1) for d in (district, load_district(tmp_path))]
    assert len(runs[0]) > 0
    assert all(np.array_equal(*(visits.column(name) for visits in runs)) for name in FIELDS)
