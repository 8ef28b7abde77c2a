"""The demo feeder: a clock that goes on after a restart, and no event twice."""

from datetime import datetime, timedelta

import pandas as pd

from hub.feeder import Feeder, ReplayPlan
from hub.live import LiveState
from store.database import Store, open_store
from store.events import EventStore
from twin.district import District

PLAN = ReplayPlan(
    opening=datetime(2026, 5, 13, 8, 30),  # noqa: DTZ001  local time of the district, as in replay.toml
    speed=60,
    seed=5,
    history_days=3,
    first_days=2,
    chapter_days=2,
    settle_days=12,
    keep_days=60,
    tick_seconds=0.01,
)


class Timer:
    """Seconds that a test moves by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def feed(store: Store, district: District, ticks: int) -> Feeder:
    """A feeder started anew on a store and moved on by so many ticks of ten replayed minutes."""
    timer = Timer()
    feeder = Feeder(store, district, PLAN, timer=timer)
    feeder.start()
    for _ in range(ticks):
        timer.now += 10.0
        feeder.tick()
    return feeder


def read_all(store: Store) -> pd.DataFrame:
    """Every event without when it was received."""
    rows = EventStore(store).read_frame()
    return rows.drop(columns=["recorded_at"]).sort_values("event_id").reset_index(drop=True)


def test_the_history_stands_in_the_store_and_cases_flow_in_with_the_clock(
    store: Store, small_district: District
) -> None:
    feeder = feed(store, small_district, 0)
    opening = feeder.clock.position
    before = len(EventStore(store).read_frame())
    assert before > 50
    live = LiveState(store, small_district, keep_seconds=0)
    first = live.snapshot()
    assert (first.origin, first.as_of) == ("replay", opening)
    feeder = feed(store, small_district, 60)
    assert feeder.clock.position == opening + timedelta(hours=10)
    rows = EventStore(store).read_frame()
    assert len(rows) > before
    assert rows["occurred_at"].max() <= feeder.clock.position
    assert live.snapshot().as_of == feeder.clock.position


def test_a_restart_in_the_middle_doubles_nothing_and_misses_nothing(
    store: Store, small_district: District, tmp_path
) -> None:
    for ticks in (40, 25, 0, 35):
        feed(store, small_district, ticks)
    other = open_store(f"sqlite:///{tmp_path / 'whole.db'}")
    feed(other, small_district, 100)
    mended, whole = read_all(store), read_all(other)
    other.close()
    assert mended["event_id"].is_unique
    pd.testing.assert_frame_equal(mended, whole)


def test_a_new_chapter_follows_the_last_and_no_case_is_in_both(
    store: Store, small_district: District
) -> None:
    feeder = Feeder(store, small_district, PLAN)
    first, second = feeder.make_chapter(0), feeder.make_chapter(1)
    assert not set(first["case_id"].astype(str)) & set(second["case_id"].astype(str))
    ticks = 2 * 24 * 6
    assert feed(store, small_district, ticks).clock.chapters == 2
