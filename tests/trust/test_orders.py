"""Late, repeated and shuffled events: one set of events, one state."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import default_rng

from hub.policy import load_policy
from hub.projection import Projection
from hub.statehash import hash_projection, rebuild_state
from store.database import open_store
from store.events import EventStore
from tests.trust.events import make_log
from tests.trust.forms import both_forms, tell
from twin.district import District


def deliver(events: EventStore, log: pd.DataFrame, seed: int, projection: Projection) -> None:
    """Send a log in a random order and in batches of random sizes, a tenth of it twice; look now and then."""
    rng = default_rng(seed)
    again = rng.choice(len(log), len(log) // 10, replace=False)
    order = rng.permutation(np.r_[np.arange(len(log)), again])
    while len(order):
        size = int(rng.choice([1, 7, 100, 1000, 5000]))
        events.append(log.iloc[order[:size]])
        order = order[size:]
        if rng.random() < 0.4:
            projection.catch_up()
    projection.catch_up()


@both_forms("count,orders", quick=(2_000, 4), full=(50_000, 20))
def test_events_in_any_order_and_batching_give_one_state_hash(
    small_district: District, tmp_path: Path, count: int, orders: int
) -> None:
    log, policy, digests = make_log(small_district, count), load_policy(), set()
    for seed in range(orders):
        store = open_store(tmp_path / f"{seed}.db")
        events = EventStore(store)
        projection = Projection(events, small_district, policy, "live")
        deliver(events, log, seed, projection)
        digests.add(hash_projection(projection).digest)
        digests.add(rebuild_state(store, small_district, policy)["live"].digest)
        assert events.last_received() >= len(events.read_frame(columns=("event_id",))) == count
        store.close()
    assert len(digests) == 1
    tell(f"order: {count} events in {orders} random orders and batchings: {len(digests)} state hash")


def test_the_hash_differs_when_one_event_differs(small_district: District, tmp_path: Path) -> None:
    log, found = make_log(small_district, 500), set()
    for name, rows in (
        ("whole", log),
        ("one missing", log[log["event_id"] != log["event_id"].iloc[-1]].iloc[1:]),
        ("a minute later", log.assign(occurred_at=log["occurred_at"] + pd.Timedelta(minutes=1))),
        ("another unit", log.assign(unit=log["unit"].astype(object).where(log["unit"].isna(), "990101"))),
    ):
        store = open_store(tmp_path / f"{name}.db")
        EventStore(store).append(rows)
        found.add(rebuild_state(store, small_district)["live"].digest)
        store.close()
    assert len(found) == 4
