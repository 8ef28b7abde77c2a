"""The product as a process group of its own: started, asked over HTTP, killed."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from store.database import open_store
from store.sessions import Sessions

ROOT = Path(__file__).resolve().parent.parent.parent
COOKIE = "session"
START_SECONDS = 120
CALLS_A_MINUTE = 1_000_000
SCOPES = ("events", "read", "metrics", "open311", "drop")


class Product:
    """One installation over one store; `start` and `kill` as often as wanted, always on the same port.

    server: `serve` (the command line, one process) or `gunicorn` (deploy/gunicorn.conf.py, two workers).
    """

    def __init__(self, district: Path, store_url: str, folder: Path, server: str = "serve") -> None:
        self.district, self.store_url, self.folder, self.server = district, store_url, folder, server
        self.port = find_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.log_path = folder / "product.log"
        self.environment: dict[str, str] = {}

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.store_url.split(":", 1)[0]

    def start(self, wait: bool = True, **environment: str) -> None:
        """Start the process group and wait until it answers."""
        self.environment |= environment
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self._command(),
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._environment(),
            )
        if wait:
            self.wait_until_up()

    def wait_until_up(self, seconds: float = START_SECONDS) -> float:
        """Seconds until /health answers 200."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            assert self.process is not None
            assert self.process.poll() is None, f"the product ended at its start:\n{self.read_log()[-3000:]}"
            try:
                if requests.get(self.base + "/health", timeout=5).status_code == 200:
                    return time.monotonic() - began
            except requests.RequestException:
                pass
            time.sleep(0.05)
        raise AssertionError(f"no answer in {seconds} s:\n{self.read_log()[-3000:]}")

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the whole process group and wait for its end."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait(60)
        self.process = None

    def read_log(self) -> str:
        """Everything that the processes wrote so far."""
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    def make_key(self, source: str = "hotline", unit: str = "") -> dict[str, str]:
        """The header of a new key of a source."""
        from store.source_keys import SourceKeys

        store = open_store(self.store_url)
        try:
            key = SourceKeys(store).add(source, SCOPES, CALLS_A_MINUTE, "trust", unit=unit)
        finally:
            store.close()
        return {"Authorization": f"Bearer {key}"}

    def enter(self, role: str, scope: str = "") -> requests.Session:
        """A client with a session of a role."""
        store = open_store(self.store_url)
        try:
            session_id = Sessions(store).open(role, scope)
        finally:
            store.close()
        client = requests.Session()
        client.cookies.set(COOKIE, session_id)
        return client

    def _command(self) -> list[str]:
        if self.server == "gunicorn":
            gunicorn = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
            return [*gunicorn, "--bind", f"127.0.0.1:{self.port}", "app:create_wsgi()"]
        options = ["--port", str(self.port), "--district", str(self.district), "--store", self.store_url]
        return [sys.executable, "app.py", "serve", *options, "--no-demo", "--no-with-worker"]

    def _environment(self) -> Mapping[str, str]:
        own = {"TWIN_DISTRICT": str(self.district), "TWIN_STORE": self.store_url, "PYTHONUNBUFFERED": "1"}
        return os.environ | own | self.environment


def find_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
