"""The wall hangs for weeks: thousands of refreshes, and neither the browser nor the server grows."""

import json
import time

import psutil
import pytest
from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.trust.events import make_log, to_bodies
from tests.trust.forms import both_forms, tell
from tests.trust.product import COOKIE, Product
from tests.trust.test_workers import Feed
from twin.district import District

pytestmark = pytest.mark.browser
POLL = "0.1"  # seconds; the wall waits for an answer before it asks again
WARM_UP = 60
HEAP_GROWTH, SERVER_GROWTH = 1.10, 50e6


def measure(cdp: CDPSession) -> dict[str, float]:
    """Heap after garbage collection, nodes and listeners of a page."""
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
        time.sleep(0.2)
    metrics = {row["name"]: row["value"] for row in cdp.send("Performance.getMetrics")["metrics"]}
    return {name: metrics[name] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners")}


def refresh(page: Page, count: int, asked: list[int]) -> None:
    """Wait until the wall has asked so many more times."""
    goal = len(asked) + count
    while len(asked) < goal:
        page.wait_for_timeout(100)


@both_forms("refreshes", quick=(300,), full=(5_000,))
def test_the_wall_is_the_same_after_thousands_of_refreshes(
    sqlite_product: Product, small_district: District, refreshes: int
) -> None:
    sqlite_product.start(TWIN_POLL_SECONDS=POLL)
    assert sqlite_product.process is not None
    server = psutil.Process(sqlite_product.process.pid)
    feed = Feed(sqlite_product, to_bodies(make_log(small_district, 20_000, recent=True)))
    cookie = {
        "name": COOKIE,
        "value": sqlite_product.enter("display").cookies[COOKIE],
        "url": sqlite_product.base,
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        context.add_cookies([cookie])
        page, asked, faults = context.new_page(), [], []
        page.on("response", lambda a: asked.append(a.status) if "/api/wall" in a.url else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(sqlite_product.base + "/screen")
        page.wait_for_selector('#wall[data-ready="1"]', state="attached", timeout=120_000)
        cdp = context.new_cdp_session(page)
        cdp.send("Performance.enable")
        refresh(page, WARM_UP, asked)
        before, memory, began = measure(cdp), server.memory_info().rss, time.monotonic()
        refresh(page, refreshes, asked)
        seconds = time.monotonic() - began
        after, grown = measure(cdp), server.memory_info().rss - memory
        browser.close()
    feed.ended.set()
    feed.join()
    assert feed.sent > 0
    assert faults == []
    assert set(asked) == {200}
    growth = {name: after[name] / before[name] for name in before}
    tell(
        f"soak: {refreshes} refreshes of the wall, {1000 * seconds / refreshes:.0f} ms each, "
        f"{feed.sent} events beside: heap {100 * (growth['JSHeapUsedSize'] - 1):+.1f} %, nodes "
        f"{before['Nodes']:.0f} to {after['Nodes']:.0f}, listeners {before['JSEventListeners']:.0f} to "
        f"{after['JSEventListeners']:.0f}, server {grown / 1e6:+.1f} MB"
    )
    assert growth["JSHeapUsedSize"] < HEAP_GROWTH, json.dumps([before, after])
    assert growth["Nodes"] < 1.05, json.dumps([before, after])
    assert growth["JSEventListeners"] < 1.05, json.dumps([before, after])
    assert grown < SERVER_GROWTH, grown
