"""The wall hangs for weeks: thousands of refreshes, and neither the browser nor the server grows."""

import time

import psutil
import pytest
from playwright.sync_api import Browser

from tests.browser.soak import WARM_UP, soak
from tests.trust.events import make_log, to_bodies
from tests.trust.forms import both_forms, tell
from tests.trust.product import COOKIE, Product
from tests.trust.test_workers import Feed
from twin.district import District

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]
HEAP_GROWTH, FLAT, SERVER_GROWTH = 1.10, 1.05, 50e6


@both_forms("refreshes", quick=(100,), full=(5_000,))
def test_the_wall_is_the_same_after_thousands_of_refreshes(
    sqlite_product: Product, small_district: District, chromium: Browser, refreshes: int
) -> None:
    sqlite_product.start()
    assert sqlite_product.process is not None
    server = psutil.Process(sqlite_product.process.pid)
    feed = Feed(sqlite_product, to_bodies(make_log(small_district, 20_000, recent=True)))
    cookie = {
        "name": COOKIE,
        "value": sqlite_product.enter("display").cookies[COOKIE],
        "url": sqlite_product.base,
    }
    context = chromium.new_context(viewport={"width": 1920, "height": 1080})
    context.add_cookies([cookie])
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(sqlite_product.base + "/screen")
    page.wait_for_selector('#wall[data-ready="1"]', state="attached", timeout=120_000)
    page.set_default_timeout(0)
    memory, began = server.memory_info().rss, time.monotonic()
    before, _, after = soak(page, refreshes)
    seconds = time.monotonic() - began
    grown = server.memory_info().rss - memory
    context.close()
    feed.ended.set()
    feed.join()
    assert feed.sent > 0
    assert faults == []
    tell(
        f"soak: {refreshes} refreshes of the wall, {1000 * seconds / (refreshes + WARM_UP):.0f} ms each, "
        f"{feed.sent} events beside: heap {100 * (after.heap / before.heap - 1):+.1f} %, nodes "
        f"{before.nodes} to {after.nodes}, listeners {before.listeners} to {after.listeners}, "
        f"server {grown / 1e6:+.1f} MB"
    )
    assert after.heap < HEAP_GROWTH * before.heap, [before, after]
    assert after.nodes < FLAT * before.nodes, [before, after]
    assert after.listeners < FLAT * before.listeners, [before, after]
    assert grown < SERVER_GROWTH, grown
