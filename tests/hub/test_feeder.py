"""The demo feeder: a clock that goes on after a restart, and no event twice."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from hub.chapters import ReplayPlan, load_plan
from hub.feeder import Feeder
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
    first, second = feeder.chapters.make(0), feeder.chapters.make(1)
    assert not set(first["case_id"].astype(str)) & set(second["case_id"].astype(str))
    ticks = 2 * 24 * 6
    assert feed(store, small_district, ticks).clock.chapters == 2


def act_on(store: Store, feeder: Feeder, case_id: str) -> None:
    """A person moves a case now, as the desk writes it."""
    row = EventStore(store).read_cases([case_id]).iloc[-1].to_dict()
    row |= {"source": "hub", "event_id": f"{case_id}-h0001", "state": "dispatched", "phase": "done"}
    feeder.ingest.accept([row | {"occurred_at": feeder.clock.position, "verdict": "", "merged_into": ""}])


def test_a_case_that_a_person_acts_on_is_left_to_them_and_after_a_restart_too(
    store: Store, small_district: District
) -> None:
    feeder = feed(store, small_district, 1)
    open_cases = feeder.pending["case_id"].astype(str)
    known = set(EventStore(store).read_frame()["case_id"])
    case_id = next(name for name in open_cases if name in known)
    act_on(store, feeder, case_id)
    told = len(EventStore(store).read_cases([case_id]))
    feeder.timer.now += 10.0
    feeder.tick()
    assert case_id not in set(feeder.pending["case_id"].astype(str))
    feed(store, small_district, 12 * 24 * 6)  # longer than any case of this small district lasts
    assert len(EventStore(store).read_cases([case_id])) == told
    other = next(name for name in open_cases if name in known and name != case_id)
    assert len(EventStore(store).read_cases([other])) > 1


def test_a_chosen_speed_replaces_that_of_the_file_and_a_fast_clock_is_not_held_back() -> None:
    assert load_plan(speed=600.0).speed == 600.0
    assert load_plan(speed=None) == load_plan()


@pytest.mark.slow
def test_after_ten_weeks_the_replay_goes_on_chapter_by_chapter_and_old_cases_are_forgotten(
    sqlite_store: Store, small_district: District
) -> None:
    """Two replayed hours a tick; each day of the last week has reports, and the store no longer grows."""
    plan = PLAN.model_copy(update={"speed": 3600.0, "tick_seconds": 1.0, "chapter_days": 14, "keep_days": 45})
    timer, sizes, held = Timer(), [], []
    feeder = Feeder(sqlite_store, small_district, plan, timer=timer)
    opening = feeder.start().position
    events, live = EventStore(sqlite_store), LiveState(sqlite_store, small_district, keep_seconds=0)
    for day in range(70):
        for _ in range(12):
            timer.now += 2.0
            feeder.tick()
        if day in (55, 62, 69):
            sizes.append(len(events.read_frame(columns=("case_id",))))
            held.append(live.snapshot().kpis["in_hand"].value)
    assert feeder.clock.position == opening + timedelta(days=70)
    assert feeder.clock.chapters == 6
    rows = events.read_frame(columns=("case_id", "occurred_at", "state", "phase", "event_id"))
    assert rows["event_id"].is_unique
    reports = rows[(rows["state"] == "reported") & (rows["phase"] == "done")]
    days = reports["occurred_at"].dt.tz_convert("Asia/Shanghai").dt.date
    last = [(feeder.clock.position - timedelta(days=n)).date() for n in range(1, 8)]
    assert set(last) <= set(days)
    assert max(sizes) < 1.3 * min(sizes)
    assert min(held) > 0 and max(held) < 3 * min(held)
    print(f"FIGURE replay of ten weeks: {sizes} events kept, {held} cases in hand after 8, 9, 10 weeks")
