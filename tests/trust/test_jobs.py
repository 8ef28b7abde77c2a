"""What-ifs whose worker and web process are killed: each ends, and the same seed gives the same bytes."""

import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
import requests

from hub.jobs import Jobs
from hub.worker import Worker
from simulation.executors import InProcess
from store.database import open_store
from store.jobs import JobLimits
from tests.trust.events import make_log, to_bodies
from tests.trust.forms import FULL_TIMEOUT, both_forms, tell
from tests.trust.planner import Planner, WhatIf
from tests.trust.product import ROOT, Product
from tests.trust.test_load import POLL_SECONDS, WALLS, Load
from twin.district import District
from twin.load import load_district

ENDED = ("done", "failed", "cancelled")
STUCK_SECONDS = 60.0
LIMITS = JobLimits()
WATCHED_SECONDS = 60.0


class WorkerProcess:
    """`app.py worker` over a product's store, as a process group of its own."""

    def __init__(self, product: Product, workers: int = 1) -> None:
        command = [sys.executable, "app.py", "worker", "--district", str(product.district), "--no-demo"]
        with product.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--store", product.store_url, "--workers", str(workers)],
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """Kill -9 of the worker and its pool."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


class Watch:
    """Looks at every job ten times a second, from a thread; for how long each one ran without a step."""

    def __init__(self, jobs: Jobs, ids: list[str]) -> None:
        self.jobs, self.ids, self.longest = jobs, ids, 0.0
        self._seen: dict[str, tuple[object, float]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.1):
            for status in map(self.jobs.status, self.ids):
                now = (status.state, status.done, status.started_at)
                if self._seen.get(status.job_id, (None,))[0] != now:
                    self._seen[status.job_id] = (now, time.monotonic())
                if status.state == "running":
                    waited = time.monotonic() - self._seen[status.job_id][1]
                    self.longest = max(self.longest, waited)


@pytest.fixture
def open_jobs(sqlite_product: Product) -> Iterator[Jobs]:
    """The queue of a started product."""
    sqlite_product.start()
    store = open_store(sqlite_product.store_url)
    yield Jobs(store)
    store.close()


@both_forms("count,worker_kills,web_kills", quick=(2, 1, 1), full=(20, 10, 5))
def test_every_what_if_ends_though_workers_and_pages_are_killed(
    sqlite_product: Product,
    open_jobs: Jobs,
    small_district: District,
    tmp_path: Path,
    count: int,
    worker_kills: int,
    web_kills: int,
) -> None:
    asked = [WhatIf(seed=1 + number // 2) for number in range(count)]  # each seed by two planners
    ids, refused = submit_all(sqlite_product, asked)
    worker, killed = WorkerProcess(sqlite_product), 0
    try:
        with Watch(open_jobs, ids) as watch:
            for kill in range(max(worker_kills, web_kills)):
                wait_for_work(open_jobs, ids, worker)
                if kill < worker_kills:
                    worker.kill()
                    worker, killed = WorkerProcess(sqlite_product), killed + 1
                if kill < web_kills:
                    sqlite_product.kill()
                    sqlite_product.start()
            wait_for_end(open_jobs, ids)
    finally:
        worker.kill()
    states = [open_jobs.status(job) for job in ids]
    assert all(state.state in ENDED for state in states)
    assert all(state.message for state in states if state.state == "failed")
    done = [number for number, state in enumerate(states) if state.state == "done"]
    expected = work_out(tmp_path, small_district, open_jobs, dict(zip(ids, asked, strict=True)))
    assert all(open_jobs.body(ids[number]) == expected[asked[number].seed] for number in done)
    reader = Planner(sqlite_product)  # the pages that came back show what was worked out meanwhile
    assert all(reader.read(ids[number], "indicators").status_code == 200 for number in done)
    assert watch.longest < STUCK_SECONDS
    tell(
        f"jobs: {count} what-ifs asked over HTTP, {refused} more refused with 429, {killed} kills of the "
        f"worker, {web_kills} of the pages: {len(done)} done, {count - len(done)} failed with a reason, "
        f"longest without a step {watch.longest:.0f} s, bytes as without any kill"
    )


def submit_all(product: Product, asked: list[WhatIf]) -> tuple[list[str], int]:
    """Ids of jobs that planners submit, as many each as one may; how many more were refused.

    Neighbours go to different planners: the same study asked twice by one would be one job.
    """
    ids: dict[int, str] = {}
    refused = 0
    for side in (0, 1):
        rows = range(side, len(asked), 2)
        for first in range(0, len(rows), LIMITS.open_each):
            planner, mine = Planner(product), rows[first : first + LIMITS.open_each]
            ids |= {row: planner.submit(asked[row]) for row in mine}
            if len(mine) == LIMITS.open_each:
                answer = planner.ask(WhatIf(seed=10_000 + side))
                assert answer.status_code == 429
                assert answer.json()["response"]["plan-refusal"]["children"]
                refused += 1
    assert len(set(ids.values())) == len(asked)
    return [ids[row] for row in range(len(asked))], refused


def work_out(
    folder: Path, district: District, jobs: Jobs, asked: dict[str, WhatIf]
) -> dict[int, bytes | None]:
    """The bytes of each seed from a worker that nobody kills, over a store of its own."""
    store = open_store(f"sqlite:///{folder / 'undisturbed.db'}")
    try:
        own = Jobs(store, JobLimits(open_jobs=len(asked) + 1, open_each=len(asked) + 1))
        worker, bodies = Worker(store, district, InProcess(district)), dict[int, bytes | None]()
        for job, what in asked.items():
            if what.seed not in bodies:
                mine = own.submit_experiment(jobs.spec(job))
                worker.step()
                bodies[what.seed] = own.body(mine)
    finally:
        store.close()
    return bodies


def wait_for_work(jobs: Jobs, ids: list[str], worker: WorkerProcess) -> None:
    """Until a job runs, or all have ended."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        states = [jobs.status(job).state for job in ids]
        if "running" in states or all(state in ENDED for state in states):
            return
        assert worker.process.poll() is None
        time.sleep(0.1)
    pytest.fail(f"no job was taken: {states}")


def wait_for_end(jobs: Jobs, ids: list[str]) -> None:
    """Until every job has ended."""
    deadline = time.monotonic() + FULL_TIMEOUT / 2
    while not all(jobs.status(job).state in ENDED for job in ids):
        assert time.monotonic() < deadline, [jobs.status(job) for job in ids]
        time.sleep(0.2)


@pytest.mark.trust
@pytest.mark.timeout(FULL_TIMEOUT)
def test_the_wall_answers_while_two_what_ifs_run(root: Path, sqlite_url: str, tmp_path: Path) -> None:
    product = Product(root / "data" / "demo", sqlite_url, tmp_path, server="gunicorn")
    product.start()
    fill(product)
    planner = Planner(product)
    jobs = [planner.submit(WhatIf(seed, days=30, replications=20)) for seed in (1, 2)]
    store = open_store(sqlite_url)
    workers = [WorkerProcess(product), WorkerProcess(product)]
    try:
        queue = Jobs(store)
        for job in jobs:
            wait_for_work(queue, [job], workers[0])
        load, ended = Load(product), threading.Event()
        with ThreadPoolExecutor(WALLS) as walls:
            began = time.monotonic()
            watching = [walls.submit(load.watch, number, began, ended) for number in range(WALLS)]
            time.sleep(WATCHED_SECONDS)
            ended.set()
            for watched in watching:
                watched.result()
        states = [queue.status(job) for job in jobs]
    finally:
        for worker in workers:
            worker.kill()
        product.kill()
        store.close()
    assert load.times.refused == []
    assert [state.state for state in states] == ["running", "running"]
    times = 1000 * np.percentile(load.times.walls, [50, 95, 100])
    tell(
        "walls beside two what-ifs (demo district, 30 days, 20 replications, a worker each; gunicorn 2 "
        f"workers): {WALLS} walls every {POLL_SECONDS:.0f} s for {WATCHED_SECONDS:.0f} s: "
        f"p50 {times[0]:.0f} ms, p95 {times[1]:.0f} ms, max {times[2]:.0f} ms; "
        f"{os.cpu_count()} cores {platform.machine()}, "
        f"load average {psutil.getloadavg()[0]:.1f}"
    )


def fill(product: Product, count: int = 20_000) -> None:
    """Some days of cases, so that the wall has something to tell."""
    bodies = to_bodies(make_log(load_district(product.district), count, days=2, recent=True))
    header, client = product.make_key(), requests.Session()
    for first in range(0, count, 1000):
        answer = client.post(
            product.base + "/api/v1/events",
            json={"events": bodies[first : first + 1000]},
            headers=header,
            timeout=120,
        )
        assert answer.status_code == 200, answer.text[:500]
