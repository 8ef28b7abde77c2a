"""kill -9 of the whole process group while events flow: nothing acknowledged is lost, nothing is doubled."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from hub.statehash import rebuild_state
from store.database import open_store
from store.events import EventStore
from store.inspection import inspect_store
from tests.trust.events import make_log, to_bodies
from tests.trust.forms import both_forms, tell
from tests.trust.product import Product
from twin.district import District

BATCH = 100
SENDERS = 4
PATIENCE_SECONDS = 180


class Sender:
    """Sends batches until each is acknowledged, as a careful platform does; counts what it was told."""

    def __init__(self, product: Product, header: dict[str, str]) -> None:
        self.url, self.header = product.base + "/api/v1/events", header
        self.told: dict[str, int] = {"stored": 0, "duplicate": 0, "conflict": 0}
        self.acknowledged: set[str] = set()
        self.batches = 0
        self._lock = threading.Lock()

    def send(self, batch: list[dict[str, Any]]) -> None:
        """One batch, again and again until it is acknowledged."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = requests.post(self.url, json={"events": batch}, headers=self.header, timeout=30)
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if answer.status_code == 200:
                return self._count(answer.json()["results"])
            assert answer.status_code in (429, 503), answer.text[:500]
            time.sleep(0.3)
        raise AssertionError("a batch was never acknowledged")

    def _count(self, results: list[dict[str, str]]) -> None:
        with self._lock:
            self.batches += 1
            for row in results:
                self.told[row["status"]] += 1
                self.acknowledged.add(row["event_id"])


def kill_now_and_then(
    product: Product, sender: Sender, total: int, kills: int, ended: threading.Event
) -> int:
    """Kill the group at so many moments spread over the work, and start it again each time."""
    moments, done = [total * (n + 1) // (kills + 1) for n in range(kills)], 0
    while moments and not ended.is_set():
        if sender.batches >= moments[0]:
            moments.pop(0)
            product.kill()
            done += 1
            product.start()
        time.sleep(0.005)
    return done


@both_forms("count,kills", quick=(2_000, 2), full=(100_000, 10))
def test_events_sent_twice_through_kills_are_stored_once(
    product: Product, small_district: District, count: int, kills: int
) -> None:
    bodies = to_bodies(make_log(small_district, count))
    twice = [*bodies, *bodies]
    random.Random(count).shuffle(twice)
    batches = [twice[n : n + BATCH] for n in range(0, len(twice), BATCH)]
    product.start()
    sender, ended = Sender(product, product.make_key()), threading.Event()
    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS + 1) as pool:
        killer = pool.submit(kill_now_and_then, product, sender, len(batches), kills, ended)
        sending = [pool.submit(sender.send, batch) for batch in batches]
        for sent in sending:
            sent.result()
        ended.set()
        assert killer.result() == kills
    seconds = time.monotonic() - began
    product.kill()
    check_store(product, small_district, sender, {body["event_id"] for body in bodies})
    lost_answers = count - sender.told["stored"]
    tell(
        f"kill -9 ({product.kind}): {count} events sent twice, {kills} kills: lost 0, doubled 0, "
        f"{lost_answers} stored whose answer was lost; {2 * count / seconds:.0f} events/s with restarts"
    )


def check_store(product: Product, district: District, sender: Sender, sent: set[str]) -> None:
    """The store holds each event once, says so with whole hashes, and gives a state."""
    store = open_store(product.store_url)
    kept = EventStore(store).read_frame(columns=("event_id",))["event_id"]
    assert sender.acknowledged == sent
    assert sent - set(kept) == set()  # lost
    assert len(kept) == len(set(kept)) == len(sent)  # doubled
    assert sender.told["conflict"] == 0
    assert inspect_store(store) == []
    assert rebuild_state(store, district)["live"].cases > 0
    store.close()
