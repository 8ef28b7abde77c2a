"""A map tells nothing of a grid with so few cases that people could be known by it."""

from hub.figures import NO_FIGURE
from hub.ingest import Ingest
from hub.live import LiveState
from hub.policy import load_policy
from store.database import Store
from store.events import EventStore
from tests.hub.test_live import HOUR, NOW, tell
from twin.district import District


def test_a_grid_with_fewer_than_three_due_cases_has_no_colour_and_its_neighbours_keep_theirs(
    sqlite_store: Store, small_district: District
) -> None:
    door = Ingest(EventStore(sqlite_store), small_district, clock=lambda: NOW)
    late = {"handling_due": NOW - 3 * HOUR, "close_due": NOW - 2 * HOUR}
    codes = small_district.grids["code"].tolist()
    for grid, cases in enumerate((0, 1, 2, 3, 4)):
        for number in range(cases):
            name = f"g{grid}c{number}"
            where = {"grid": codes[grid]}
            door.accept([tell(name, 0, 9, "reported", small_district, **where)])
            door.accept([tell(name, 1, 8, "dispatched", small_district, **late, **where)])
    live = LiveState(sqlite_store, small_district, clock=lambda: NOW, keep_seconds=0)
    levels = live.snapshot().grid_levels
    assert load_policy().smallest_cell == 3
    assert (levels[:5] == NO_FIGURE).tolist() == [True, True, True, False, False]
    assert (levels[5:] == NO_FIGURE).all()
