"""What-ifs whose worker and web process are killed: each ends, and the same seed gives the same bytes."""

import os
import signal
import subprocess
import sys
import time
from datetime import date

import pytest

from hub.jobs import ExperimentSpec, Jobs
from store.database import open_store
from store.jobs import JobStore
from tests.trust.forms import both_forms, tell
from tests.trust.product import ROOT, Product

TOML = """
name = "more"
[[measures]]
measure = "scale_demand"
factor = 1.2
places = []
matters = []
"""
ENDED = ("done", "failed", "cancelled")
STUCK_SECONDS = 60.0


class WorkerProcess:
    """`app.py worker` over a product's store, as a process group of its own."""

    def __init__(self, product: Product) -> None:
        command = [sys.executable, "app.py", "worker", "--district", str(product.district), "--no-demo"]
        with product.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--store", product.store_url, "--workers", "1"],
                cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        """Kill -9 of the worker and its pool."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@both_forms("count,worker_kills,web_kills", quick=(2, 1, 1), full=(20, 10, 5))
def test_every_what_if_ends_though_workers_and_pages_are_killed(
    sqlite_product: Product, count: int, worker_kills: int, web_kills: int
) -> None:
    sqlite_product.start()
    store = open_store(sqlite_product.store_url)
    jobs = Jobs(store)
    spec = ExperimentSpec((TOML,), date(2025, 5, 12), 3, 2, 7)
    ids = [jobs.submit_experiment(spec, f"planner {n}") for n in range(count)]
    worker, silent, killed = WorkerProcess(sqlite_product), 0.0, 0
    try:
        for kill in range(max(worker_kills, web_kills)):
            wait_for_work(jobs, ids, worker)
            if kill < worker_kills:
                worker.kill()
                worker, killed = WorkerProcess(sqlite_product), killed + 1
            if kill < web_kills:
                sqlite_product.kill()
                sqlite_product.start()
        silent = wait_for_end(jobs, ids)
    finally:
        worker.kill()
    states = [jobs.status(job) for job in ids]
    assert all(state.state in ENDED for state in states)
    assert all(state.message for state in states if state.state == "failed")
    bodies = {
        JobStore(store).result(job)[1]
        for job, state in zip(ids, states, strict=True)
        if state.state == "done"
    }
    assert len(bodies) == 1  # the same seed
    assert silent < STUCK_SECONDS
    done = sum(state.state == "done" for state in states)
    store.close()
    tell(
        f"jobs: {count} what-ifs, {killed} kills of the worker, {web_kills} of the pages: {done} done, "
        f"{count - done} failed with a reason, longest without progress {silent:.0f} s, one result"
    )


def wait_for_work(jobs: Jobs, ids: list[str], worker: WorkerProcess) -> None:
    """Until a job runs, or all have ended."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        states = [jobs.status(job).state for job in ids]
        if "running" in states or all(state in ENDED for state in states):
            return
        assert worker.process.poll() is None
        time.sleep(0.1)
    pytest.fail(f"no job was taken: {states}")


def wait_for_end(jobs: Jobs, ids: list[str]) -> float:
    """Wait until every job has ended; the longest time in which none of them moved."""
    last, moved, longest = "", time.monotonic(), 0.0
    while not all(jobs.status(job).state in ENDED for job in ids):
        now = str([(status.state, status.done) for status in map(jobs.status, ids)])
        if now != last:
            last, moved = now, time.monotonic()
        longest = max(longest, time.monotonic() - moved)
        assert longest < 3 * STUCK_SECONDS, now
        time.sleep(0.2)
    return longest
