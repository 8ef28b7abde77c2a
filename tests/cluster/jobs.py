"""Jobs that workers of a cluster can import."""

import os
import signal
import time
from typing import Any


def name_process(shared: Any, job: float) -> tuple[Any, int]:
    """What was handed over, and the process that did the job, after so many seconds."""
    time.sleep(job)
    return shared, os.getpid()


def double_or_die(shared: tuple[int, int], job: int) -> int:
    """The first shared number times a job's; the job of the second kills its worker each time."""
    factor, killer = shared
    if job == killer:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return factor * job


def refuse(shared: Any, job: str) -> None:
    """An error of a job's own."""
    raise ValueError(f"no {job} here")
