"""One contract for running jobs elsewhere: a process pool on this machine (or this process alone)."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol

Job = Callable[[Any, Any], Any]
_SHARED: list[Any] = []
MAX_TRIES = 3


class Executor(Protocol):
    """Runs fn(shared, job) for each job; outcomes come as jobs finish."""

    def run(
        self, fn: Job, jobs: Sequence[Any], stop: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index, outcome); `stop()` is polled between outcomes."""
        ...


class InProcess:
    """Runs jobs one after the other here."""

    def __init__(self, shared: Any) -> None:
        self.shared = shared

    def run(
        self, fn: Job, jobs: Sequence[Any], stop: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index, outcome) in order."""
        for index, job in enumerate(jobs):
            if stop is not None and stop():
                return
            yield index, fn(self.shared, job)


class Pool:
    """A pool of forked processes; the district is handed over once; a killed worker loses nothing."""

    def __init__(self, shared: Any, workers: int) -> None:
        self.shared = shared
        self.workers = workers
        self.pool = self._open()

    def _open(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context(
            "fork" if "fork" in multiprocessing.get_all_start_methods() else None
        )
        return ProcessPoolExecutor(
            self.workers, mp_context=context, initializer=_receive, initargs=(self.shared, os.getpid())
        )

    def run(
        self, fn: Job, jobs: Sequence[Any], stop: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index, outcome) as jobs finish; a job that kills its worker is named at the third try."""
        waiting = list(enumerate(jobs))
        tries = dict.fromkeys(range(len(jobs)), 0)
        running: dict[Future[Any], int] = {}
        while waiting or running:
            if stop is not None and stop():
                for future in running:
                    future.cancel()
                return
            while waiting and len(running) < self.workers + 1:
                index, job = waiting.pop(0)
                running[self.pool.submit(_call, fn, job)] = index
            done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            broken = False
            for future in done:
                index = running.pop(future)
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    broken = True
                    waiting.insert(0, (index, jobs[index]))
                    tries[index] += 1
                else:
                    yield index, outcome
            if broken:
                waiting = [(i, jobs[i]) for i in running.values()] + waiting
                running.clear()
                self._reopen(tries)

    def _reopen(self, tries: dict[int, int]) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        killed = [index for index, count in tries.items() if count >= MAX_TRIES]
        self.pool = self._open()
        if killed:
            raise RuntimeError(f"job {killed[0]} killed its worker {MAX_TRIES} times")

    def close(self) -> None:
        """End the processes."""
        self.pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def open_executor(shared: Any, workers: int = 2) -> Iterator[Executor]:
    """An executor over something shared (a district): `workers` processes, or this one where workers is 0."""
    if workers <= 0:
        yield InProcess(shared)
        return
    pool = Pool(shared, workers)
    try:
        yield pool
    finally:
        pool.close()


def _receive(shared: Any, parent: int) -> None:
    exit_with_parent(parent)
    _SHARED[:] = [shared]


def exit_with_parent(parent: int) -> None:
    """End this process within a second of its parent's death, however the parent died."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _call(fn: Job, job: Any) -> Any:
    return fn(_SHARED[0], job)
