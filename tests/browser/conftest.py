"""The product as its users meet it: started by its command, opened in a real Chromium."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from store.database import open_store
from store.sessions import Sessions

LINK = re.compile(r"^(?P<role>admin|display)\s+(?P<base>http://[\d.]+:\d+)(?P<path>/enter\?token=\S+)$")
PATIENCE = 180_000


@dataclass
class Visit:
    """What a browser did on a page: requests that left the machine, and everything that went wrong."""

    page: Page
    base: str
    strangers: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def watch(self) -> "Visit":
        """Record from now on."""
        own = (self.base, "data:", "blob:")
        self.page.on("request", lambda r: None if r.url.startswith(own) else self.strangers.append(r.url))
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.faults.append(f"{self.page.url}: {e.stack or e}"))
        self.page.on(
            "response", lambda r: self.faults.append(f"{r.status} {r.url}") if r.status >= 400 else None
        )
        return self

    def open(self, path: str, ready: str) -> None:
        """Go to a page and wait until something of it is there."""
        self.page.goto(self.base + path)
        self.page.wait_for_selector(ready, state="attached", timeout=PATIENCE)

    def assert_clean(self) -> None:
        """No request left the machine, no console error, no CSP violation."""
        assert not self.strangers, "\n".join(self.strangers)
        assert not self.faults, "\n".join(self.faults)


@dataclass
class Product:
    """The running product and one session of each role that its links gave."""

    base: str
    browser: Browser
    states: dict[str, Path]
    store: str

    def open_door(self, name: str, role: str, scope: str = "") -> None:
        """A session of another role and unit, for `visit` under a name."""
        store = open_store(self.store)
        path = f"/enter?token={Sessions(store).issue_link(role, 10, scope)}"
        store.close()
        state = self.states["admin"].parent / f"{name}.json"
        self.states[name] = enter(self.browser, self.base, path, state)

    @contextmanager
    def visit(self, role: str, width: int, height: int) -> Iterator[Visit]:
        """A window of a role."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, storage_state=self.states[role]
        )
        try:
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            if slow := os.environ.get("TWIN_SLOW_BROWSER"):  # as on a machine so many times slower
                rate = {"rate": float(slow)}
                context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", rate)
            yield Visit(page, self.base).watch()
        finally:
            context.close()


@pytest.fixture(scope="session")
def product(root: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`app.py serve` on a free port over an empty store, with worker and demo feeder."""
    folder = tmp_path_factory.mktemp("product")
    command = [
        sys.executable,
        "app.py",
        "serve",
        "--port",
        "0",
        "--store",
        f"sqlite:///{folder / 'twin.sqlite'}",
        "--no-warm",
    ]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        links = read_links(process)
        states = {role: enter(chromium, *link, folder / f"{role}.json") for role, link in links.items()}
        yield Product(links["admin"][0], chromium, states, f"sqlite:///{folder / 'twin.sqlite'}")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def read_links(process: "subprocess.Popen[str]") -> dict[str, tuple[str, str]]:
    """Role -> (base address, path of the one-time link), as the start prints them."""
    found: dict[str, tuple[str, str]] = {}
    deadline = time.monotonic() + 120
    assert process.stdout is not None
    while len(found) < 2 and time.monotonic() < deadline:
        line = process.stdout.readline()
        assert line, "the product ended at its start"
        match = LINK.match(line.strip())
        if match:
            found[match["role"]] = (match["base"], match["path"])
    return found


def enter(browser: Browser, base: str, path: str, state: Path) -> Path:
    """Use a one-time link as a person does; the session's cookies go into a file."""
    context: BrowserContext = browser.new_context()
    page = context.new_page()
    page.goto(base + path)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/enter" not in url)
    context.storage_state(path=state)
    context.close()
    return state
