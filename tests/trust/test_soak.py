"""The wall hangs for weeks: thousands of refreshes, and neither the browser nor the server grows."""

import time
from typing import Any

import psutil
import pytest
import requests
from playwright.sync_api import Browser

from tests.browser.soak import WARM_UP, soak
from tests.trust.events import make_log, to_bodies
from tests.trust.forms import FULL_TIMEOUT, tell
from tests.trust.product import COOKIE, Product
from tests.trust.test_workers import Feed
from twin.district import District

pytestmark = [pytest.mark.browser]
HEAP_GROWTH, FLAT, SERVER_GROWTH = 1.10, 1.05, 50e6
ROWS = 1.15  # nodes come and go with the rows of lists; a leak of one a refresh would double them


def fill(product: Product, bodies: list[dict[str, Any]]) -> None:
    """Send what the wall's lists and panels need to be full, so that only a leak can grow."""
    url, header = product.base + "/api/v1/events", product.make_key()
    for start in range(0, len(bodies), 500):
        batch = {"events": bodies[start : start + 500]}
        assert requests.post(url, json=batch, headers=header, timeout=60).status_code == 200


@pytest.mark.trust  # its quick form: test_hundreds_of_refreshes_leave_nothing_behind
@pytest.mark.timeout(FULL_TIMEOUT)
@pytest.mark.parametrize("refreshes", [5_000])
def test_the_wall_is_the_same_after_thousands_of_refreshes(
    sqlite_product: Product, small_district: District, chromium: Browser, refreshes: int
) -> None:
    sqlite_product.start()
    assert sqlite_product.process is not None
    server = psutil.Process(sqlite_product.process.pid)
    bodies = to_bodies(make_log(small_district, 20_000, recent=True))
    fill(sqlite_product, bodies[:-3_000])
    feed = Feed(sqlite_product, bodies[-3_000:])
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
    assert after.nodes < ROWS * before.nodes, [before, after]
    assert after.listeners < FLAT * before.listeners, [before, after]
    assert grown < SERVER_GROWTH, grown
