"""Events flow in and walls ask at the same time: how long an acknowledgement and a wall's answer take."""

import json
import os
import platform
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import pytest
import requests

from store.database import open_store
from store.events import EventStore
from tests.trust.events import make_log, to_bodies
from tests.trust.forms import both_forms, tell
from tests.trust.product import Product
from twin.load import load_district

BATCH = 100
WALLS = 20
POLL_SECONDS = 2.0
SENDERS = 16


@dataclass
class Times:
    """Seconds from the moment a request was due to its answer, and how many were not answered with 200."""

    acknowledged: list[float] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


class Load:
    """Requests at fixed moments, whether or not the last one was answered: nothing is left out."""

    def __init__(self, product: Product) -> None:
        self.product, self.times, self.local = product, Times(), threading.local()
        self.header = product.make_key() | {"Content-Type": "application/json"}

    def send(self, batch: bytes, due: float) -> None:
        """One batch, at its moment."""
        if not hasattr(self.local, "client"):
            self.local.client = requests.Session()
        time.sleep(max(0.0, due - time.monotonic()))
        url = self.product.base + "/api/v1/events"
        answer = self.local.client.post(url, data=batch, headers=self.header, timeout=60)
        self._note(self.times.acknowledged, due, answer.status_code)

    def watch(self, number: int, began: float, ended: threading.Event) -> None:
        """One wall that asks every two seconds."""
        client, due = self.product.enter("display"), began + number * POLL_SECONDS / WALLS
        while not ended.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            answer = client.get(self.product.base + "/api/wall", timeout=60)
            self._note(self.times.walls, due, answer.status_code)
            due += POLL_SECONDS

    def _note(self, times: list[float], due: float, status: int) -> None:
        times.append(time.monotonic() - due)
        if status != 200:
            self.times.refused.append(status)


def run_load(product: Product, batches: list[bytes], rate: float) -> Times:
    """Every batch at its moment while the walls ask."""
    load, ended, began = Load(product), threading.Event(), time.monotonic() + 2
    with ThreadPoolExecutor(SENDERS) as senders, ThreadPoolExecutor(WALLS) as walls:
        watching = [walls.submit(load.watch, n, began, ended) for n in range(WALLS)]
        sending = [
            senders.submit(load.send, batch, began + n * BATCH / rate) for n, batch in enumerate(batches)
        ]
        for sent in sending:
            sent.result()
        ended.set()
        for watched in watching:
            watched.result()
    return load.times


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@both_forms("rate,seconds", quick=(200, 10), full=(1000, 120))
def test_acknowledgements_and_walls_under_load(
    small_folder: Path,
    root: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    kind: str,
    rate: int,
    seconds: int,
) -> None:
    if kind == "postgres" and rate < 1000:
        pytest.skip("the quick form runs on SQLite alone")
    folder = root / "data" / "demo" if rate >= 1000 else small_folder
    count = rate * seconds
    log = make_log(load_district(folder), count, days=5 if rate >= 1000 else 0, recent=True)
    bodies = to_bodies(log)
    batches = [json.dumps({"events": bodies[n : n + BATCH]}).encode() for n in range(0, count, BATCH)]
    url = str(request.getfixturevalue(f"{kind}_url"))
    product = Product(folder, url, tmp_path, server="gunicorn")
    product.start()
    try:
        times = run_load(product, batches, rate)
    finally:
        product.kill()
    store = open_store(url)
    assert len(EventStore(store).read_frame(columns=("event_id",))) == count
    store.close()
    assert times.refused == []
    report(kind, rate, seconds, times)


def report(kind: str, rate: int, seconds: int, times: Times) -> None:
    """The figures and the machine; time is told, never asserted."""
    acknowledged = 1000 * np.percentile(times.acknowledged, [50, 95, 99, 100])
    walls = 1000 * np.percentile(times.walls, [50, 95, 99, 100])
    machine = f"{os.cpu_count()} cores {platform.machine()}, {psutil.virtual_memory().total / 2**30:.0f} GB"
    busy = psutil.getloadavg()[0]
    tell(
        f"load ({kind}, gunicorn 2 workers): {rate} events/s in batches of {BATCH} for {seconds} s, "
        f"{WALLS} walls every {POLL_SECONDS:.0f} s: acknowledged p50 {acknowledged[0]:.0f} ms, "
        f"p95 {acknowledged[1]:.0f} ms, p99 {acknowledged[2]:.0f} ms, max {acknowledged[3]:.0f} ms; "
        f"wall p50 {walls[0]:.0f} ms, p95 {walls[1]:.0f} ms, max {walls[3]:.0f} ms; "
        f"{machine}, load average {busy:.1f}"
    )
