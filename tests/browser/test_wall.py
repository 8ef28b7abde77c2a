"""The wall in a real browser: readable, Chinese, alive, and nothing leaves the machine."""

import pytest

from tests.browser.conftest import PATIENCE, Product, Visit
from tests.browser.soak import soak

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


def wait_until_fed(visit: Visit) -> None:
    """Until the demo's history is in the store and cases flow."""
    visit.page.wait_for_function(
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
        assert visit.page.locator("#wall .zoomed").count() == (2 if width > 3 * height else 0)
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
        held, late = (news["kpis"][name]["value"] for name in ("in_hand", "overdue"))
        for rows, open_, red in (
            (news["loop"]["tiers"], 1, 4),
            (news["strength"]["places"], "in_hand", "overdue"),
            (news["matters"], "in_hand", "overdue"),
        ):
            assert (sum(row[open_] for row in rows), sum(row[red] for row in rows)) == (held, late)
        strength = news["strength"]
        for name in ("on_duty", "filled", "vacant"):
            assert sum(row[name] for row in strength["roles"]) == strength[name]
            assert sum(row[name] for row in strength["places"]) == strength[name]
        kinds = [marker["kind"] for marker in news["markers"]]
        legend = visit.page.inner_text("#wall-marked").split()
        assert kinds.count("whistle") == news["whistles"]["going"]
        assert legend.count("哨") == 1


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


def test_views_turn_by_keys_and_wait_for_a_hand(product: Product) -> None:
    with product.visit("display", 1920, 1080) as visit:
        visit.open("/screen", READY)
        page = visit.page
        assert page.locator("#wall .view.on").get_attribute("data-view") == "overview"
        for expected in ("loop", "forces", "overview"):
            page.keyboard.press("ArrowRight")
            page.wait_for_selector(f'#wall .view.on[data-view="{expected}"]')
        assert "暂停" in page.inner_text("#wall-turning")
        page.keyboard.press("Space")
        page.wait_for_selector("#wall-turning:has-text('已停')")
        page.click('[data-tab="loop"]')
        page.wait_for_selector("#wall-title:has-text('案件闭环')")
        visit.assert_clean()


def test_views_turn_by_themselves_when_nobody_touches_them(product: Product) -> None:
    with product.visit("display", 1920, 1080) as visit:
        visit.page.clock.install()
        visit.open("/screen", "#wall")
        visit.page.clock.run_for(2_000)
        visit.page.wait_for_selector('#wall[data-ready="1"] .view.on[data-view="overview"]')
        shown = []
        while len(shown) < 5 and "loop" not in shown:  # the dwell is 40 s, from when the view was shown
            visit.page.clock.run_for(10_000)
            shown.append(visit.page.locator("#wall .view.on").get_attribute("data-view"))
        assert shown[-1] == "loop"
        assert set(shown[:-1]) == {"overview"}


def test_a_touch_goes_from_district_to_village_and_back(product: Product) -> None:
    with product.visit("display", 1920, 1080) as visit:
        visit.open("/screen", READY)
        wait_until_fed(visit)
        page = visit.page
        page.click("#wall-townships tr[data-place] >> nth=0")
        page.wait_for_selector("#wall-lens .zoomed .cell", state="attached", timeout=30_000)
        township = page.inner_text("#wall-lens h2")
        page.click("#wall-lens tr[data-place] >> nth=0")
        page.wait_for_function(
            "name => document.querySelector('#wall-lens h2').innerText !== name", arg=township
        )
        assert "网格" in page.inner_text("#wall-lens table >> nth=0")
        page.click("#wall-lens button")
        page.wait_for_selector(f"#wall-lens h2:has-text('{township}')")
        page.keyboard.press("Escape")
        page.wait_for_selector("#wall-lens", state="hidden")
        visit.assert_clean()


def test_without_webgl_the_wall_says_so_and_draws_townships(product: Product) -> None:
    with product.visit("display", 1920, 1080) as visit:
        visit.page.add_init_script(
            "const get = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext ="
            " function (kind, ...more) { return /webgl/.test(kind) ? null : get.call(this, kind, ...more); };"
        )
        visit.open("/screen", '#wall[data-ready="1"] #wall-map-holder[data-ready="flat"] svg.flat path')
        wait_until_fed(visit)
        assert "WebGL" in visit.page.inner_text(".no-webgl")
        assert visit.page.locator("svg.flat path[data-place]").count() == 18


def test_hundreds_of_refreshes_leave_nothing_behind(product: Product) -> None:
    with product.visit("display", 1920, 1080) as visit:
        visit.open("/screen", READY)
        wait_until_fed(visit)
        first, middle, last = soak(visit.page, 150)
        print(f"FIGURE wall, 150 refreshes: heap {first.heap} {middle.heap} {last.heap} bytes,")
        print(f"FIGURE wall, 150 refreshes: nodes {first.nodes} {last.nodes}, listeners {last.listeners}")
        assert last.heap < 1.1 * first.heap
        assert last.nodes < 1.1 * first.nodes
        assert last.listeners <= first.listeners
