"""The executor over a cluster: connects when first asked, again after a loss, says why it cannot."""

import asyncio
import contextlib
import logging
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any, ClassVar, TypeVar

from distributed import Client, KilledWorker
from distributed import Security as DaskSecurity

from simulation.cluster.door import ClusterLost, ClusterRefused, check_address, knock
from simulation.cluster.node import Handover, Sealed, describe_release, open_sealed, tell_stale
from simulation.cluster.policy import read_cluster_policy
from simulation.executors import Job, Security, Stop, play

PING_SECONDS = 1.0
CLOSE_SECONDS = 5.0
log = logging.getLogger(__name__)
Found = TypeVar("Found")


class Cluster:
    """Jobs on the workers of a scheduler; `shared` is handed over once a worker, and leaves with us.

    ClusterRefused at once where the address or the files will not do.
    """

    def __init__(self, shared: Any, address: str, security: Security | None, stall: float | None) -> None:
        check_address(address, security is not None)
        policy = read_cluster_policy()
        self.shared, self.address, self.security = shared, address, security
        self.stall = policy.stall_seconds if stall is None else stall
        self.connect_seconds = policy.connect_seconds
        self._link: Link | None = None

    def run(self, fn: Job, jobs: Sequence[Any], stop: Stop | None = None) -> Iterator[tuple[int, Any]]:
        """Yield (index, outcome) as jobs finish; after a ClusterLost the next run connects anew."""
        if not jobs:
            return
        try:
            yield from play(self._connect(), fn, jobs, stop)
        except ClusterLost:
            self.close()
            raise

    def close(self) -> None:
        """Leave the cluster, if one is held."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _connect(self) -> "Link":
        if self._link is not None and not self._link.is_open():
            self.close()
        if self._link is None:
            knock(self.address, self.security, self.connect_seconds)
            words = f"{self.address}: the scheduler lets us in and then says nothing"
            self._link = within(self.stall, self._open, words)
        return self._link

    def _open(self) -> "Link":
        link = Link(self.address, open_client(self.address, self.security, self.connect_seconds), self.stall)
        try:
            link.hand_over(self.shared)
        except BaseException:
            link.close()
            raise
        return link


class Link:
    """A connection to a scheduler that is alive, as far as is known."""

    width = sys.maxsize  # the scheduler keeps the queue
    deaths: ClassVar[tuple[type[BaseException], ...]] = (KilledWorker,)

    def __init__(self, address: str, client: Client, stall: float) -> None:
        self.address, self.client, self.stall = address, client, stall
        self._alive, self._workers, self._asked = time.monotonic(), -1, 0.0
        self._ping = self._start(self._ask())

    def hand_over(self, shared: Any) -> None:
        """Give every worker what jobs share; ClusterRefused where workers are of another release."""
        mine, told = describe_release(), self.client.run(describe_release, on_error="return")
        stale = [worker for worker, release in told.items() if release != mine]
        if stale:
            raise ClusterRefused(f"{self.address}: {tell_stale(stale)}")
        self.client.register_plugin(Handover(self.client.id, shared))

    def is_open(self) -> bool:
        """Whether the connection still stands, as far as its client knows."""
        return bool(self.client.status == "running")

    def submit(self, fn: Job, job: Any) -> "Future[Any]":
        """Have a job done; equal jobs are done each by itself."""
        sealed = Sealed(fn, job, self.client.id, describe_release())
        key = f"{getattr(fn, '__name__', 'job')}-{uuid.uuid4().hex}"
        return self._start(self._fetch(self.client.submit(open_sealed, sealed, key=key, pure=False)))

    def watch(self) -> None:
        """ClusterLost after `stall` seconds without an answer of the scheduler, or without any worker."""
        now = time.monotonic()
        if self._ping.done():
            with contextlib.suppress(Exception):
                self._workers = self._ping.result()
                self._alive = now if self._workers else self._alive
            if now - self._asked >= PING_SECONDS:
                self._asked, self._ping = now, self._start(self._ask())
        if now - self._alive > self.stall:
            what = "no worker there" if self._workers == 0 else "no sign of life from the scheduler"
            raise ClusterLost(f"{self.address}: {what} for {self.stall:.0f} s")

    def close(self) -> None:
        """Leave; a scheduler that does not answer is left all the same."""
        with contextlib.suppress(Exception):
            within(CLOSE_SECONDS, lambda: self.client.close(timeout=CLOSE_SECONDS / 2), "no answer")

    async def _ask(self) -> int:
        return int((await self.client.scheduler.identity(n_workers=0))["n_workers"])

    async def _fetch(self, theirs: Any) -> Any:
        """The outcome of dask's future; `Client.get_executor` loses the errors of this gathering."""
        try:
            return await self.client.gather(theirs, asynchronous=True)
        except CancelledError:
            raise ClusterLost(f"{self.address}: the connection was lost") from None

    def _start(self, work: "Coroutine[Any, Any, Found]") -> "Future[Found]":
        loop: asyncio.AbstractEventLoop = self.client.loop.asyncio_loop
        return asyncio.run_coroutine_threadsafe(work, loop)


def open_client(address: str, security: Security | None, seconds: float) -> Client:
    """A client of dask's that leaves telling to us; ClusterLost where none can be had."""
    for name in ("distributed", "distributed.client"):  # dask gives the second a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)
    files = None if security is None else dress(security, "client")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # versions are compared by us, strictly
        try:
            client = Client(
                address, security=files, timeout=seconds, set_as_default=False, direct_to_workers=False
            )
        except OSError as error:
            raise ClusterLost(f"{address}: not reached: {error}") from None
    client.loop.add_callback(client.loop.asyncio_loop.set_exception_handler, _keep_quiet)
    return client


def _keep_quiet(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a lost scheduler leaves behind in dask's own loop; `ClusterLost` tells it in one sentence."""
    log.debug("dask: %s", context.get("message"), exc_info=context.get("exception"))


def dress(security: Security, role: str) -> DaskSecurity:
    """Files as dask wants them for a role (client, scheduler, worker); nothing below TLS 1.3."""
    import ssl

    own = {f"tls_{role}_cert": str(security.certificate), f"tls_{role}_key": str(security.key)}
    return DaskSecurity(
        require_encryption=True,
        tls_ca_file=str(security.authority),
        tls_min_version=ssl.TLSVersion.TLSv1_3,
        **own,
    )


def within(seconds: float, work: Callable[[], Found], words: str) -> Found:
    """What work gives, in a thread of its own; ClusterLost with these words where it takes longer."""
    future: Future[Found] = Future()

    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=do, daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        if future.done():
            raise
        raise ClusterLost(f"{words} for {seconds:.0f} s") from None
