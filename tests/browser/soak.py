"""The wall for a long time in a short one: many refreshes, and what they leave behind in the browser."""

from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page

STEP = 25  # refreshes between two turns of the views
WARM_UP = 3 * STEP
SETTLE = 2_000  # milliseconds until the colours of changed figures have eased back: they hold their nodes


@dataclass(frozen=True)
class Footprint:
    """What a page holds after a collection: bytes of JavaScript heap, DOM nodes, event listeners."""

    heap: int
    nodes: int
    listeners: int


def soak(page: Page, refreshes: int) -> list[Footprint]:
    """Refresh an open wall so many times, every panel drawn anew, its views turned on the way.

    The footprints after the warm-up, half way and at the end.
    """
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.keyboard.press("Space")  # the rotation waits; the views are turned here
    found = []
    for part in (WARM_UP, refreshes // 2, refreshes - refreshes // 2):
        refresh(page, part)
        page.wait_for_timeout(SETTLE)
        found.append(measure(session))
    session.detach()
    return found


def refresh(page: Page, count: int) -> None:
    """So many refreshes; all views have had their turn at the end of each three steps."""
    views = page.evaluate("[...document.querySelectorAll('#wall .view')].map(v => v.dataset.view)")
    for turn, start in enumerate(range(0, count, STEP)):
        page.evaluate("name => twinWall.show(name)", views[turn % len(views)])
        page.evaluate("n => twinWall.refresh(n)", min(STEP, count - start))
    page.evaluate("name => twinWall.show(name)", views[0])


def measure(session: CDPSession) -> Footprint:
    """The footprint after two collections: the first one frees what holds the rest."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    metrics = {row["name"]: int(row["value"]) for row in session.send("Performance.getMetrics")["metrics"]}
    return Footprint(metrics["JSHeapUsedSize"], metrics["Nodes"], metrics["JSEventListeners"])
