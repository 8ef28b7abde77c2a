"""One contract for running jobs elsewhere: processes of this machine, or a cluster of machines."""

import multiprocessing
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

Job = Callable[[Any, Any], Any]
Stop = Callable[[], bool]
_SHARED: list[Any] = []
MAX_TRIES = 3
POLL_SECONDS = 0.2
GIVE_WAY = 10  # niceness of the pool's processes: who looks at a screen comes before them


class ExecutorFault(RuntimeError):
    """What keeps an executor from doing its jobs, in words for people."""


class JobsKilled(ExecutorFault):
    """Jobs that killed their worker each time they were tried; all others were done."""

    def __init__(self, jobs: Sequence[int], total: int) -> None:
        names = ", ".join(str(index + 1) for index in jobs)
        who, whose = ("job", "its") if len(jobs) == 1 else ("jobs", "their")
        super().__init__(f"{who} {names} of {total} killed {whose} worker {MAX_TRIES} times")
        self.jobs = list(jobs)


class Executor(Protocol):
    """Runs fn(shared, job) for each job; outcomes come as jobs finish."""

    def run(self, fn: Job, jobs: Sequence[Any], stop: Stop | None = None) -> Iterator[tuple[int, Any]]:
        """Yield (index, outcome); `stop()` is polled between outcomes.

        fn is top-level, pure and safe to run again. An exception of a job ends the run. JobsKilled comes
        last, after the outcomes of all other jobs.
        """
        ...


class Hands(Protocol):
    """Where `play` has its jobs done: `width` at a time; `deaths` are the errors that tell a dead worker."""

    width: int
    deaths: ClassVar[tuple[type[BaseException], ...]]

    def submit(self, fn: Job, job: Any) -> "Future[Any]":
        """Have fn(shared, job) done."""
        ...

    def watch(self) -> None:
        """Called several times a second; ExecutorFault where nothing can come any more."""
        ...


@dataclass(frozen=True)
class Security:
    """Files (PEM) by which a machine shows who it is, and knows the others of its cluster."""

    authority: Path
    certificate: Path
    key: Path


class InProcess:
    """Runs jobs one after the other here."""

    def __init__(self, shared: Any) -> None:
        self.shared = shared

    def run(self, fn: Job, jobs: Sequence[Any], stop: Stop | None = None) -> Iterator[tuple[int, Any]]:
        """Yield (index, outcome) in order."""
        for index, job in enumerate(jobs):
            if stop is not None and stop():
                return
            yield index, fn(self.shared, job)


class Pool:
    """A pool of forked processes; the district is handed over once; a killed worker loses nothing."""

    deaths: ClassVar[tuple[type[BaseException], ...]] = (BrokenProcessPool,)

    def __init__(self, shared: Any, workers: int) -> None:
        self.shared, self.workers, self.width = shared, workers, workers + 1
        self.pool = self._open()

    def _open(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context(
            "fork" if "fork" in multiprocessing.get_all_start_methods() else None
        )
        return ProcessPoolExecutor(
            self.workers, mp_context=context, initializer=_receive, initargs=(self.shared, os.getpid())
        )

    def run(self, fn: Job, jobs: Sequence[Any], stop: Stop | None = None) -> Iterator[tuple[int, Any]]:
        """Yield (index, outcome) as jobs finish."""
        return play(self, fn, jobs, stop)

    def submit(self, fn: Job, job: Any) -> "Future[Any]":
        """Have a job done, in a new pool where the last one is broken."""
        try:
            return self.pool.submit(_call, fn, job)
        except BrokenProcessPool:
            self.pool.shutdown(wait=False)
            self.pool = self._open()
            return self.pool.submit(_call, fn, job)

    def watch(self) -> None:
        """A dead process tells itself: its jobs end with an error."""

    def close(self) -> None:
        """End the processes."""
        self.pool.shutdown(wait=True, cancel_futures=True)


def play(hands: Hands, fn: Job, jobs: Sequence[Any], stop: Stop | None) -> Iterator[tuple[int, Any]]:
    """Yield (index, outcome) as jobs finish; what a dead worker had is done again.

    A job that was with dying workers too often is tried once more by itself: who else is innocent is done,
    and who kills is named by JobsKilled when all others are done.
    """
    waiting, suspects = deque(range(len(jobs))), deque[int]()
    deaths, killers = Counter[int](), list[int]()
    running: dict[Future[Any], int] = {}
    try:
        while waiting or suspects or running:
            if stop is not None and stop():
                return
            while waiting and len(running) < hands.width:
                index = waiting.popleft()
                running[hands.submit(fn, jobs[index])] = index
            if suspects and not running:
                index = suspects.popleft()
                running[hands.submit(fn, jobs[index])] = index
            done, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                index = running.pop(future)
                try:
                    outcome = future.result()
                except hands.deaths:
                    deaths[index] += 1
                    _choose_queue(deaths[index], waiting, suspects, killers).append(index)
                else:
                    yield index, outcome
            hands.watch()
    finally:
        for future in running:
            future.cancel()
    if killers:
        raise JobsKilled(sorted(killers), len(jobs))


def _choose_queue(
    count: int, waiting: "deque[int]", suspects: "deque[int]", killers: list[int]
) -> "deque[int] | list[int]":
    if count < MAX_TRIES - 1:
        return waiting
    return suspects if count < MAX_TRIES else killers


@contextmanager
def open_executor(
    shared: Any,
    workers: int = 2,
    address: str | None = None,
    security: Security | None = None,
    stall: float | None = None,
) -> Iterator[Executor]:
    """An executor over something shared (a district).

    workers: processes of this machine, or this one where it is 0. address: of a dask scheduler instead
    (`tls://host:port`; `tcp://` on the loopback alone, else ExecutorFault); security: the client's files;
    stall: seconds without a sign of life after which the cluster counts as lost (default:
    data/defaults/cluster.toml).
    """
    if address is None and workers <= 0:
        yield InProcess(shared)
        return
    executor = Pool(shared, workers) if address is None else _open_cluster(shared, address, security, stall)
    try:
        yield executor
    finally:
        executor.close()


def _open_cluster(shared: Any, address: str, security: Security | None, stall: float | None) -> Any:
    try:
        from simulation.cluster.executor import Cluster
    except ModuleNotFoundError as error:
        raise ExecutorFault(f"{address}: a cluster needs: pip install .[cluster] ({error})") from None
    return Cluster(shared, address, security, stall)


def _receive(shared: Any, parent: int) -> None:
    exit_with_parent(parent)
    if hasattr(os, "nice"):
        os.nice(GIVE_WAY)
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
