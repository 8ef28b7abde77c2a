"""Two workers, one state; a restart in the middle of the work: nobody's figures differ, screens come back."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.trust.events import make_log, to_bodies
from tests.trust.forms import tell
from tests.trust.product import Product
from twin.district import District

POLL_SECONDS = 0.5


BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.trust)]


@pytest.fixture(params=BOTH)
def pair(request: pytest.FixtureRequest, small_folder: Path, tmp_path: Path) -> Iterator[Product]:
    """Gunicorn with two workers; the quick form on SQLite, the full one on PostgreSQL too."""
    product = Product(
        small_folder, request.getfixturevalue(f"{request.param}_url"), tmp_path, server="gunicorn"
    )
    product.start()
    yield product
    product.kill()


class Screen(threading.Thread):
    """A wall that asks twice a second and notes when it last had an answer."""

    def __init__(self, product: Product) -> None:
        super().__init__(daemon=True)
        self.client, self.url = product.enter("display"), product.base + "/api/wall"
        self.ended, self.longest, self.answers = threading.Event(), 0.0, 0
        self.start()

    def run(self) -> None:
        """Ask until told to end."""
        last = time.monotonic()
        while not self.ended.is_set():
            try:
                good = self.client.get(self.url, timeout=30).status_code == 200
            except requests.RequestException:
                good = False
            now = time.monotonic()
            self.longest = max(self.longest, now - last)
            if good:
                last, self.answers = now, self.answers + 1
            time.sleep(POLL_SECONDS)

    def wait_for_answer(self, before: int) -> None:
        """Until it was answered twice more than before."""
        deadline = time.monotonic() + 300
        while self.answers < before + 2:
            assert time.monotonic() < deadline, "the screen never came back"
            time.sleep(0.1)

    def end(self) -> None:
        """Ask no more."""
        self.ended.set()
        self.join()


class Feed(threading.Thread):
    """Sends events in batches until told to end; none is given up."""

    def __init__(self, product: Product, bodies: list[dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self.url, self.header = product.base + "/api/v1/events", product.make_key()
        self.bodies, self.ended, self.sent = bodies, threading.Event(), 0
        self.start()

    def run(self) -> None:
        """One batch after the other."""
        while not self.ended.is_set() and self.sent < len(self.bodies):
            batch = self.bodies[self.sent : self.sent + 20]
            try:
                answer = requests.post(self.url, json={"events": batch}, headers=self.header, timeout=30)
                if answer.status_code == 200:
                    self.sent += len(batch)
            except requests.RequestException:
                pass
            time.sleep(0.1)


def ask_both(product: Product, header: dict[str, str], event: int) -> dict[int, dict[str, Any]]:
    """What each worker says of the state at one number of events."""
    said: dict[int, dict[str, Any]] = {}
    deadline = time.monotonic() + 300
    while len(said) < 2 and time.monotonic() < deadline:
        answer = requests.get(product.base + "/api/v1/state/hash", headers=header, timeout=30)
        if answer.status_code == 200 and answer.json()["received_no"] >= event:
            said[answer.json()["worker"]] = answer.json()
    assert len(said) == 2, f"one worker alone answered: {said}"
    return said


def assert_agree(product: Product, header: dict[str, str], event: int) -> str:
    """Both workers have one hash and show the same figures."""
    said = ask_both(product, header, event)
    assert len({state["digest"] for state in said.values()}) == 1, said
    client = product.enter("viewer")
    for _ in range(5):  # a term that ends meanwhile is told by each at its own next look
        shown = ask_wall(product, client)
        if len(shown) == 1:
            break
        time.sleep(2)
    assert len(shown) == 1, shown
    return next(iter(said.values()))["digest"]


def ask_wall(product: Product, client: requests.Session) -> set[str]:
    """The different figures that a dozen new connections are shown, so that both workers are asked."""
    shown = set()
    for _ in range(12):
        news = requests.get(product.base + "/api/wall", cookies=client.cookies, timeout=30).json()
        first = news["overdue"][:1] and news["overdue"][0]["number"]
        shown.add(str([news["stages"], news["matters"], first]))
    return shown


def find_workers(product: Product) -> set[int]:
    """The processes that answer."""
    assert product.process is not None
    return {child.pid for child in psutil.Process(product.process.pid).children()}


def wait_for_new(product: Product, old: set[int]) -> None:
    """Until two workers stand, none of them one of the old."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        now = find_workers(product)
        if len(now) == 2 and not now & old:
            return
        time.sleep(0.1)
    raise AssertionError(f"{find_workers(product)} still holds some of {old}")


def test_workers_agree_through_a_rolling_a_broken_and_a_hard_restart(
    pair: Product, small_district: District
) -> None:
    bodies = to_bodies(make_log(small_district, 4_000, recent=True))
    header, screen, feed = pair.make_key(), Screen(pair), Feed(pair, bodies)
    absences = {}
    for name, restart in (("SIGHUP", reload), ("a worker killed", kill_one), ("kill -9 of all", kill_all)):
        screen.longest, before = 0.0, screen.answers
        restart(pair)
        screen.wait_for_answer(before)
        absences[name] = screen.longest
    feed.ended.set()
    feed.join()
    assert feed.sent > 0
    screen.end()
    digest = assert_agree(pair, header, feed.sent)
    words = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in absences.items())
    tell(
        f"two workers ({pair.kind}): one state {digest[:12]} after {feed.sent} events; screens away: {words}"
    )


def reload(product: Product) -> None:
    """New workers in place of the old ones, by SIGHUP."""
    assert product.process is not None
    old = find_workers(product)
    os.kill(product.process.pid, signal.SIGHUP)
    wait_for_new(product, old)
    product.wait_until_up()


def kill_one(product: Product) -> None:
    """Kill -9 of one worker; gunicorn starts another."""
    old = find_workers(product)
    victim = min(old)
    os.kill(victim, signal.SIGKILL)
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and (victim in (now := find_workers(product)) or len(now) < 2):
        time.sleep(0.1)
    product.wait_until_up()


def kill_all(product: Product) -> None:
    """Kill -9 of everything, then a start."""
    product.kill()
    product.start()
