"""What a planner does with finished runs, in a real browser: choose, read, turn round, take away, reload.

Of `make trust`, for its two minutes; over HTTP the page is tested in tests/dashboard/test_compare_page.py.
"""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from hub.jobs import ExperimentSpec, Jobs
from store.database import open_store
from store.sessions import Sessions
from tests.browser.conftest import PATIENCE, Product, Visit

pytestmark = [pytest.mark.browser, pytest.mark.trust, pytest.mark.timeout(900)]
READY = '#compare-map-difference-holder[data-ready="1"]'
SCENARIOS = Path(__file__).resolve().parents[2] / "data" / "scenarios"
PNG = b"\x89PNG"


def submit(product: Product, visit: Visit) -> str:
    """A run of two scenarios, asked for by this visit's session."""
    cookie = next(c for c in visit.page.context.cookies() if c["name"] == "session")
    store = open_store(product.store)
    session = Sessions(store).get(cookie["value"])
    assert session is not None
    texts = tuple((SCENARIOS / f"{name}.toml").read_text("utf-8") for name in ("pool_enforcement", "growth"))
    job = Jobs(store).submit_experiment(ExperimentSpec(texts, date(2026, 9, 1), 1, 2, 7), session.owner)
    store.close()
    return job


def test_a_planner_sets_runs_side_by_side_and_takes_every_figure_away(product: Product) -> None:
    with product.visit("admin", 1440, 900) as visit:
        visit.open("/compare", "h1")
        page, job = visit.page, submit(product, visit)
        visit.open(f"/compare/{job}", READY)
        page.wait_for_selector("#compare-state .badge.g", timeout=PATIENCE)
        page.wait_for_selector("#compare-ranks table tbody tr:nth-child(3)", timeout=PATIENCE)
        title = page.inner_text("#compare-title")
        assert "按期结案率" in title
        assert "个单位不受影响" in page.inner_text("#compare-caption")
        assert "逐位相同" in page.inner_text("#compare-units")
        page.wait_for_selector("#compare-flow .sankey-link", state="attached")
        check_table(visit)
        for card in ("#compare-difference-legend", "#compare-flow", "#compare-table"):
            check_picture(visit, card)
        page.reload()
        page.wait_for_selector("#compare-table table", timeout=PATIENCE)
        assert page.inner_text("#compare-title") == title
        visit.open("/compare", "#compare-go")
        page.click("#compare-go")
        page.wait_for_selector("#compare-refusal:has-text('勾选')")
        page.check(f"tr:has(a[href='/compare/{job}']) input")
        page.click("#compare-go")
        page.wait_for_url(f"**/compare/{job}")
        visit.assert_clean()


def check_table(visit: Visit) -> None:
    """The units' table as CSV."""
    with visit.page.expect_download() as waiting:
        visit.page.click("section:has(#compare-units) a:has-text('CSV')")
    text = Path(waiting.value.path()).read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows and {"scope", "difference", "low", "high", "affected_cases"} <= set(rows[0])
    assert waiting.value.suggested_filename.startswith("DEMO-units")


def check_picture(visit: Visit, inside: str) -> None:
    """A card as PNG, made in the browser."""
    with visit.page.expect_download(timeout=PATIENCE) as waiting:
        visit.page.click(f"section.card:has({inside}) button.picture")
    path = Path(waiting.value.path())
    assert waiting.value.suggested_filename.endswith(".png")
    assert path.read_bytes()[:4] == PNG and path.stat().st_size > 10_000
