"""A cluster as its operator starts it: the commands, as processes of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from hub.certificates import make_certificates, read_security
from simulation.executors import Security
from tests.trust.product import ROOT, find_port

PATIENCE_SECONDS = 180.0


class Machines:
    """One scheduler and two workers over the certificates of a folder, always at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.certificates = folder, folder / "certificates"
        make_certificates(self.certificates, ["127.0.0.1"])
        self.address = f"tls://127.0.0.1:{find_port()}"
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.group: subprocess.Popen[bytes] | None = None

    @property
    def security(self) -> Security:
        """The client's files."""
        return read_security(self.certificates, "client")

    def start(self) -> None:
        """Scheduler first, then workers; wait until both have joined."""
        self.start_scheduler()
        self.group = self._start("workers", "cluster-worker", self.address, "--workers", "2")
        self.wait_for_workers(2)

    def start_scheduler(self) -> None:
        """The scheduler, until it says that it listens."""
        known = self.read_log("scheduler").count("scheduler tls")
        self.scheduler = self._start("scheduler", "scheduler", "--port", self.address.rpartition(":")[2])
        wait_until(lambda: self.read_log("scheduler").count("scheduler tls") > known, self.tell)

    def wait_for_workers(self, joined: int) -> None:
        """Until workers have joined so often since the beginning."""
        wait_until(lambda: self.read_log("workers").count("worker tls://") >= joined, self.tell)

    def list_workers(self) -> list[psutil.Process]:
        """The processes that do the jobs."""
        assert self.group is not None
        servers = [one for one in psutil.Process(self.group.pid).children() if one.children()]
        return [worker for server in servers for worker in server.children()]

    def kill_scheduler(self) -> None:
        """Kill -9."""
        assert self.scheduler is not None
        self.scheduler.kill()
        self.scheduler.wait(30)

    def end(self) -> None:
        """All of it, as a service manager would."""
        for process in (self.group, self.scheduler):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in (self.group, self.scheduler):
            if process is not None:
                try:
                    process.wait(30)
                finally:
                    process.kill()

    def tell(self) -> str:
        """What the processes wrote."""
        return self.read_log("scheduler") + self.read_log("workers")

    def read_log(self, name: str) -> str:
        """What one of them wrote so far."""
        path = self.folder / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _start(self, log: str, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{log}.log").open("ab") as file:
            return subprocess.Popen(
                [sys.executable, "app.py", *arguments],
                cwd=ROOT,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=os.environ | {"TWIN_CLUSTER_CERTIFICATES": str(self.certificates)},
            )


def wait_until(holds: Callable[[], bool], tell: Callable[[], str] = lambda: "") -> None:
    """Until something holds; what `tell` says where it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, tell()
        time.sleep(0.05)
