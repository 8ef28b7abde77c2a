"""A cluster's processes: the scheduler and the workers of a machine, over TLS alone and without any HTTP."""

import asyncio
import contextlib
import logging
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import dask
from distributed import Nanny, Scheduler, SchedulerPlugin, Worker
from distributed.utils import get_ip, get_mp_context

from simulation.cluster.door import ClusterLost, check_address, knock
from simulation.cluster.executor import dress
from simulation.cluster.node import HANDOVER
from simulation.cluster.policy import ClusterPolicy, read_cluster_policy
from simulation.executors import Security

Tell = Callable[[str], None]
SETTINGS = {
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.target": False,  # nothing is written to disk, nothing read back from it
    "distributed.worker.memory.spill": False,
    "distributed.worker.http.routes": [],
    "distributed.scheduler.http.routes": [],
    "distributed.worker.multiprocessing-method": "forkserver",
}
#: Loaded once a machine, so that a worker that was killed is back in a moment.
PRELOAD = ["__main__", "simulation.cluster.servers", "simulation.experiment", "simulation.playback"]


class QuietScheduler(Scheduler):  # type: ignore[misc]
    """A scheduler without the HTTP server that dask opens to everybody."""

    def start_http_server(self, *_: Any, **__: Any) -> None:
        """Open none."""


class QuietWorker(Worker):  # type: ignore[misc]
    """A worker without the HTTP server that dask opens to everybody."""

    def start_http_server(self, *_: Any, **__: Any) -> None:
        """Open none."""


class Farewell(SchedulerPlugin):  # type: ignore[misc]
    """Takes a client's district from the workers when the client leaves, also where it was killed."""

    name = "farewell"

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Unregister what the client had handed over."""
        if HANDOVER + client in scheduler.worker_plugins:
            task = asyncio.ensure_future(scheduler.unregister_worker_plugin(None, HANDOVER + client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


def serve_scheduler(host: str, port: int, security: Security, tell: Tell) -> None:
    """A scheduler until SIGTERM or SIGINT; `tell` gets its address. OSError where the port is taken."""
    policy = read_cluster_policy()

    async def serve(stopped: asyncio.Event) -> None:
        scheduler = QuietScheduler(
            host=host,
            port=port,
            protocol="tls",
            security=dress(security, "scheduler"),
            dashboard=False,
            allowed_failures=0,  # who tries again, and how often, is one rule for pool and cluster
            worker_ttl=policy.silence_seconds,
            plugins=[Farewell()],
        )
        async with scheduler:
            tell(f"scheduler {scheduler.address}")
            await first_of(stopped.wait(), scheduler.finished())

    _run(serve)


def serve_workers(address: str, count: int, host: str | None, security: Security, tell: Tell) -> None:
    """So many worker processes of this machine until SIGTERM or SIGINT; a lost scheduler is waited for.

    host: where they listen, default: the address by which this machine reaches the scheduler.
    ClusterRefused where the scheduler does not let us in.
    """
    policy = read_cluster_policy()
    head, _ = check_address(address, secured=True)
    host = host or get_ip(head)
    with contextlib.suppress(ClusterLost):
        knock(address, security, policy.connect_seconds)

    async def serve(stopped: asyncio.Event) -> None:
        slots = (_keep_worker(address, host, security, policy, stopped, tell) for _ in range(count))
        await asyncio.gather(*slots)

    _run(serve)


async def _keep_worker(
    address: str,
    host: str,
    security: Security,
    policy: ClusterPolicy,
    stopped: asyncio.Event,
    tell: Tell,
) -> None:
    """One worker process, begun anew whenever its scheduler was lost."""
    while not stopped.is_set():
        try:
            await asyncio.to_thread(knock, address, security, policy.connect_seconds)
            async with _open_worker(address, host, security) as nanny:
                tell(f"worker {nanny.worker_address} of {address}")
                await first_of(stopped.wait(), nanny.finished())
            reason = f"{address}: the scheduler has gone"
        except (OSError, ClusterLost) as error:
            reason = str(error)
        if not stopped.is_set():
            tell(f"{reason}; again in {policy.again_seconds:.0f} s")
            await first_of(stopped.wait(), asyncio.sleep(policy.again_seconds))


@asynccontextmanager
async def _open_worker(address: str, host: str, security: Security) -> AsyncIterator[Nanny]:
    with tempfile.TemporaryDirectory(prefix="twin-worker-") as folder:
        nanny = Nanny(
            address,
            nthreads=1,
            host=host,
            local_directory=folder,
            security=dress(security, "worker"),
            worker_class=QuietWorker,
            silence_logs=logging.ERROR,
        )
        async with nanny:
            yield nanny


async def first_of(*things: Coroutine[Any, Any, Any]) -> None:
    """Wait for the first of some things, and drop the others."""
    tasks = [asyncio.ensure_future(thing) for thing in things]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


def _run(serve: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run until told to stop, by nobody's dask configuration but ours."""
    dask.config.refresh(paths=[], env={})
    dask.config.set(SETTINGS)
    get_mp_context().set_forkserver_preload(PRELOAD)
    logging.getLogger("distributed").setLevel(logging.ERROR)

    async def main() -> None:
        stopped, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        await serve(stopped)

    asyncio.run(main())
