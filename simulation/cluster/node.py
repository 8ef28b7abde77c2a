"""What runs on a cluster's workers: the district handed over, and jobs that know which one they are for."""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from distributed import WorkerPlugin

from simulation.cluster.door import ClusterRefused
from simulation.executors import Job
from simulation.release import find_release

HANDOVER = "district-"
_SHARED: dict[str, Any] = {}


class Handover(WorkerPlugin):  # type: ignore[misc]
    """Brings what jobs share to every worker once, those that come or come back later included."""

    def __init__(self, client: str, shared: Any) -> None:
        self.name, self.client, self.shared = HANDOVER + client, client, shared

    def setup(self, worker: Any) -> None:
        """Take it."""
        _SHARED[self.client] = self.shared

    def teardown(self, worker: Any) -> None:
        """Drop it: its client has left."""
        _SHARED.pop(self.client, None)


@dataclass(frozen=True)
class Sealed:
    """A job as it travels, opaque to dask: function, job, whose district, what release asked for it."""

    fn: Job
    job: Any
    client: str
    release: str


def open_sealed(sealed: Sealed) -> Any:
    """Do a job on a worker; ClusterRefused where the worker is of another release."""
    if sealed.release != describe_release():
        raise ClusterRefused(tell_stale([platform.node()]))
    return sealed.fn(_SHARED[sealed.client], sealed.job)


def describe_release() -> str:
    """Release of engine and policies, and of what carries results between machines."""
    return f"{find_release()}/python {'.'.join(platform.python_version_tuple()[:2])}/{version('distributed')}"


def tell_stale(workers: list[str]) -> str:
    """The sentence for workers of another release."""
    return (
        f"workers of another release than this one: {', '.join(sorted(workers))}; "
        "bring the same release there and start them again"
    )
