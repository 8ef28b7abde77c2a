"""The wall in a real browser: readable, Chinese, alive, and nothing leaves the machine."""

import pytest

from tests.browser.conftest import PATIENCE, Product

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
READY = '#wall[data-ready="1"] #wall-map-holder[data-ready="1"]'
SMALLEST = """() => Math.min(...[...document.querySelectorAll('#wall *')]
  .filter(e => e.children.length === 0 && e.textContent.trim() && e.getClientRects().length)
  .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
OUTSIDE = """() => [...document.querySelectorAll('#wall .panel')].filter(p => {
  const r = p.getBoundingClientRect();
  return r.left < 0 || r.top < 0 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1; }).length"""
CUT = """() => [...document.querySelectorAll('#wall .panel .body')]
  .filter(b => b.scrollHeight > b.clientHeight + 2 || [...b.querySelectorAll('table')]
    .some(t => t.getBoundingClientRect().right > b.getBoundingClientRect().right + 1))
  .map(b => b.id)"""


def wait_until_fed(visit: object) -> None:
    """Until the demo's history is in the store and cases flow."""
    visit.page.wait_for_function(  # type: ignore[attr-defined]
        "() => { const v = document.querySelector('#wall-kpis .first .value');"
        " return v && document.querySelectorAll('#wall-moves tr').length > 3; }",
        timeout=PATIENCE,
    )


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160), (3840, 1080)])
def test_the_wall_is_readable_and_keeps_to_itself(product: Product, width: int, height: int) -> None:
    with product.visit("display", width, height) as visit:
        visit.open("/screen", READY)
        wait_until_fed(visit)
        root = float(visit.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)"))
        assert root == pytest.approx(16 * min(width / 1920, height / 1080), rel=0.02)
        assert float(visit.page.evaluate(SMALLEST)) >= 0.8 * root
        assert visit.page.evaluate(OUTSIDE) == 0
        assert visit.page.evaluate(CUT) == []
        assert visit.page.evaluate("document.documentElement.lang") == "zh-CN"
        text = visit.page.inner_text("#wall")
        assert "超期在办" in text and "DEMO" in text and "云岫区" in text
        visit.assert_clean()


def test_figures_on_the_wall_agree_with_each_other(product: Product) -> None:
    with product.visit("display", 1920, 1080) as visit:
        visit.open("/screen", READY)
        wait_until_fed(visit)
        news = visit.page.evaluate("fetch('/api/wall').then(a => a.json())")
        stages = news["stages"]
        assert sum(row[4] for row in stages) == news["kpis"]["overdue"]["value"]
        assert sum(row[1] for row in stages) == news["kpis"]["in_hand"]["value"]
        assert all(row[1] == row[2] + row[3] + row[4] for row in stages)
        assert sum(count for _, count in news["channels"]) == news["kpis"]["reported_today"]["value"]
        assert sum(row["reported"] for row in news["matters"]) == news["kpis"]["reported_today"]["value"]
        assert sum(row["overdue"] for row in news["matters"]) == news["kpis"]["overdue"]["value"]
        assert sum(row["overdue"] for row in news["townships"]) == news["kpis"]["overdue"]["value"]


def test_cases_flow_the_clock_moves_and_a_lost_server_is_owned_up_to(product: Product) -> None:
    with product.visit("display", 1920, 1080) as visit:
        visit.open("/screen", READY)
        wait_until_fed(visit)
        before = visit.page.inner_text("#wall-state")
        visit.page.wait_for_function(
            "before => document.querySelector('#wall-state').innerText !== before", arg=before, timeout=30_000
        )
        visit.page.route("**/api/wall", lambda route: route.abort())
        visit.page.wait_for_selector("#wall.stale", timeout=40_000)
        assert "数据停在" in visit.page.inner_text("#wall-state")
        visit.page.unroute("**/api/wall")
        visit.page.wait_for_selector("#wall:not(.stale)", timeout=15_000)


def test_english_by_a_switch(product: Product) -> None:
    with product.visit("display", 1920, 1080) as visit:
        visit.page.goto(product.base + "/lang/en?back=/screen")
        visit.page.wait_for_selector(READY, state="attached", timeout=PATIENCE)
        wait_until_fed(visit)
        assert "Overdue in hand" in visit.page.inner_text("#wall")
        assert visit.page.evaluate(CUT) == []
        visit.assert_clean()
