"""A planner's afternoon in one sitting: build, run, read, play, optimise, compare the three, take it away.

TWIN_FILM names a folder for pictures of the steps; those of docs/tutorial were taken so.
"""

import csv
import io
import os
from pathlib import Path

import pytest

from tests.browser.conftest import PATIENCE, Product, Visit
from tests.browser.test_plan import READY, choose, set_number

pytestmark = [pytest.mark.browser, pytest.mark.trust, pytest.mark.timeout(1200)]
FILM = os.environ.get("TWIN_FILM", "")
SIZE = (1920, 1080) if FILM else (1440, 900)
DAYS, REPLICATIONS = 7, 3
LONG = 4 * PATIENCE
COMPARE = "#plan-downloads a[href^='/compare/']"
PLAYING = "() => Number(document.querySelector('.film').dataset.frame) > 100"


def keep_picture(visit: Visit, name: str, shown: str = "h1") -> None:
    """A picture of this step with an element in sight, where a folder for them is named."""
    if FILM:
        visit.page.evaluate("s => document.querySelector(s).scrollIntoView({ block: 'center' })", shown)
        visit.page.wait_for_timeout(2500)
        visit.page.screenshot(path=Path(FILM) / f"{name}.png")


def run_here(visit: Visit, form: str, difference: str) -> str:
    """Run the scenario of the form and wait for its last replication; the address of its comparison."""
    page = visit.page
    page.wait_for_selector("#plan-check .badge.g", timeout=PATIENCE)
    set_number(visit, "#plan-days", DAYS)
    set_number(visit, "#plan-replications", REPLICATIONS)
    page.wait_for_selector("#plan-run:not([disabled])", timeout=PATIENCE)
    keep_picture(visit, form)
    before = page.locator(COMPARE).get_attribute("href") if page.locator(COMPARE).count() else ""
    page.click("#plan-run")
    page.wait_for_selector(f"{COMPARE}:not([href='{before}'])", timeout=LONG)
    page.wait_for_selector(f"#plan-badge.g:has-text('{REPLICATIONS}')", timeout=LONG)
    page.wait_for_selector("#plan-difference-legend:has-text('逐位相同')")
    keep_picture(visit, difference)
    return str(page.get_attribute(COMPARE, "href"))


def play_week(visit: Visit, address: str) -> None:
    """The run's film beside its figures: asked for, built, played."""
    page = visit.page
    visit.open(address, '#compare-map-difference-holder[data-ready="1"]')
    page.click("#playback-build")
    page.wait_for_selector('.film[data-ready="1"]', timeout=LONG)
    page.focus(".film input[type=range]")
    for _ in range(8):
        page.keyboard.press("PageDown")
    page.keyboard.press("Space")
    page.wait_for_function(PLAYING, timeout=PATIENCE)
    keep_picture(visit, "3-play", ".film input[type=range]")
    page.focus(".film input[type=range]")
    page.keyboard.press("Space")
    page.wait_for_selector('.film[data-playing=""]')


def place_posts(visit: Visit) -> str:
    """Forty posts placed by the optimiser, its scenario written; the address that opens it."""
    page = visit.page
    visit.open("/optimise", "#optimise-run")
    set_number(visit, "#optimise-posts", 40)
    page.click("#optimise-run")
    page.wait_for_selector("#optimise-state .badge.g", timeout=LONG)
    page.wait_for_selector("#optimise-keep", timeout=PATIENCE)
    assert "40" in page.inner_text("#optimise-title")
    keep_picture(visit, "4-optimise")
    page.click("#optimise-keep")
    page.wait_for_selector("#optimise-open")
    return str(page.get_attribute("#optimise-open", "href"))


def compare_three(visit: Visit, addresses: list[str]) -> None:
    """The district as it is, the reforms and the forty posts side by side; the ranking taken away."""
    page = visit.page
    visit.open("/compare", "#compare-go")
    for address in addresses:
        page.check(f"tr:has(a[href='{address}']) input")
    page.click("#compare-go")
    page.wait_for_url("**/compare/*")
    page.wait_for_selector("#compare-ranks table tbody tr:nth-child(3)", timeout=PATIENCE)
    page.wait_for_selector('#compare-map-difference-holder[data-ready="1"]', timeout=PATIENCE)
    keep_picture(visit, "7-compare")
    with page.expect_download() as waiting:
        page.click("section:has(#compare-ranks) a:has-text('CSV')")
    text = Path(waiting.value.path()).read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len({row["scenario"] for row in rows}) == len(addresses) + 1
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.click("section.card:has(#compare-difference-legend) button.picture")
    assert waiting.value.suggested_filename.endswith(".png")


def test_a_planner_s_afternoon_from_the_three_reforms_to_three_compared(product: Product) -> None:
    with product.visit("admin", *SIZE) as visit:
        visit.open("/plan", READY)
        choose(visit, "#plan-library", "三项改革")
        visit.page.wait_for_selector(".measure:nth-child(3)")
        reforms = run_here(visit, "1-form", "2-difference")
        play_week(visit, reforms)
        visit.open(place_posts(visit), READY)
        visit.page.wait_for_selector("#plan-check .badge.g", timeout=PATIENCE)
        assert "未保存" not in visit.page.inner_text("#plan-dirty"), "the form holds what the optimiser wrote"
        posts = run_here(visit, "5-scenario", "6-its-difference")
        compare_three(visit, [reforms, posts])
        visit.assert_clean()
