"""The planner's further questions on their own pages: grids, service points, hours of posts, causes."""

import pytest

from simulation.diagnosis.diagnose import count_runs
from tests.browser.conftest import PATIENCE, Product, Visit
from tests.browser.test_orders import force_storm
from tests.browser.test_plan import choose as pick
from tests.browser.test_plan import set_number

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
PAGES = {
    "/grids": "#grids-draw",
    "/optimise": "#optimise-run",
    "/optimise/places": "#places-run",
    "/optimise/shifts": "#shifts-run",
    "/cause": "#cause-run",
    "/compare": "#compare-go",
    "/plan": "#plan-run",
}
WIDE = """() => document.documentElement.scrollWidth <= innerWidth + 1 ? [] :
  ["page", ...[...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((e) => `${e.tagName}#${e.id}.${e.className}`)]"""


def settle(visit: Visit) -> list[str]:
    """What is wider than the window once the page rests, which on a busy machine takes seconds."""
    wide: list[str] = visit.page.evaluate(WIDE)
    for _ in range(10):
        if not wide:
            break
        visit.page.wait_for_timeout(500)
        wide = visit.page.evaluate(WIDE)
    return wide


@pytest.fixture(scope="module")
def storm(product: Product) -> None:
    """The flood contingency is in force: its flag stands in the top bar of every page."""
    product.open_door("leader", "leader")
    with product.visit("leader", 1440, 900) as visit:
        visit.open("/duty", "#duty-home .post-box")
        if visit.page.locator(".topbar .badge.r").count() == 0:
            force_storm(visit)


REACH = "() => Math.max(...[...document.querySelectorAll('.card')].map(c => c.getBoundingClientRect().right))"


@pytest.mark.parametrize(("width", "height"), [pytest.param(1440, 900, marks=pytest.mark.trust), (390, 844)])
@pytest.mark.usefixtures("storm")
def test_every_page_of_the_studio_fits_its_window_in_both_languages_while_a_contingency_is_flagged(
    product: Product, width: int, height: int
) -> None:
    with product.visit("admin", width, height) as visit:
        for lang in ("zh", "en"):
            visit.page.context.add_cookies([{"name": "lang", "value": lang, "url": product.base}])
            for path, ready in PAGES.items():
                visit.open(path, ready)
                visit.page.wait_for_timeout(700)
                wide = settle(visit)
                assert not wide, f"{path} in {lang} is wider than {width} px: {wide}"
                assert visit.page.evaluate(REACH) > width - 40, f"{path} in {lang} leaves room at the right"
                assert visit.page.locator(".topbar .badge.r").count() == 1
        visit.assert_clean()


def wait_for_count(visit: Visit, villages: int) -> None:
    """Until so many villages are marked on the map and stand in the list."""
    visit.page.wait_for_function(
        """n => document.querySelectorAll("#grids-places path[aria-checked=true]").length === n
        && document.querySelectorAll(".grids-ask .mantine-Pill-root").length === n""",
        arg=villages,
    )


@pytest.mark.trust
def test_grids_are_drawn_changed_by_hand_and_kept(product: Product) -> None:
    with product.visit("admin", 1440, 900) as visit:
        page = visit.page
        visit.open("/grids", "#grids-places path")
        villages = page.locator("#grids-places path")
        for n in (0, 3, 5):
            villages.nth(n).click()
            wait_for_count(visit, 1 + (0, 3, 5).index(n))
        villages.nth(5).press("Enter")
        wait_for_count(visit, 2)
        page.locator(".grids-ask .mantine-Pill-remove").first.click()
        wait_for_count(visit, 1)
        present = int(page.input_value("#grids-count"))
        assert 0 < present < 12 and "1" in page.inner_text("#grids-chosen")
        page.click("#grids-source")
        offered = page.locator("[role=option]:visible").all_inner_texts()
        assert offered == ["等分小块", "现有网格"]  # the demo district has no buildings, and says so
        assert "没有楼栋" in page.inner_text(".grids-ask")
        page.keyboard.press("Escape")
        set_number(visit, "#grids-count", 999)
        page.click("#grids-draw")
        page.wait_for_selector("#grids-refusal:has-text('格数太多')")
        set_number(visit, "#grids-count", present + 1)
        page.wait_for_selector("#grids-size:has-text('平均每格')")
        before = page.inner_text("#grids-title")
        page.click("#grids-draw")
        page.wait_for_selector("#grids-result .js-plotly-plot", timeout=PATIENCE)
        page.wait_for_function("t => document.querySelector('#grids-title').innerText !== t", arg=before)
        assert "%" in page.inner_text("#grids-figures") and page.inner_text("#grids-refusal") == ""
        page.click("#grids-write")
        page.wait_for_selector("#grids-kept-told a[href^='/plan?scenario=']", timeout=PATIENCE)
        page.reload()  # the form says what the drawing beside it was asked
        page.wait_for_selector("#grids-result .js-plotly-plot")
        count = "n => document.querySelector('#grids-count').value === n"
        page.wait_for_function(count, arg=str(present + 1))
        wait_for_count(visit, 1)
        visit.assert_clean()


@pytest.mark.trust
@pytest.mark.parametrize("name", ["places", "shifts"])
def test_a_study_answers_with_its_gap_and_tries_its_answer(product: Product, name: str) -> None:
    with product.visit("admin", 1440, 900) as visit:
        page = visit.page
        visit.open(f"/optimise/{name}", f"#{name}-run")
        before = page.inner_text(f"#{name}-title")
        page.click(".limits summary")
        set_number(visit, f"#{name}-days", 7)
        set_number(visit, f"#{name}-replications", 2)
        page.click(f"#{name}-run")
        page.wait_for_selector(f"#{name}-state .badge.g", timeout=PATIENCE)
        page.wait_for_selector(f"#{name}-view .table-card table", timeout=PATIENCE)
        assert page.inner_text(f"#{name}-title") != before
        assert page.locator(f"#{name}-badge .badge").count() == 1
        assert "95" in page.inner_text(f"#{name}-view")
        visit.assert_clean()


@pytest.mark.trust
def test_a_township_s_causes_are_found_another_is_chosen_and_a_lever_is_tried(product: Product) -> None:
    with product.visit("admin", 1440, 900) as visit:
        page = visit.page
        visit.open("/cause", "#cause-run")
        page.wait_for_selector("#cause-map-holder[data-ready]")
        pick(visit, "#cause-code", "云顶乡")
        page.click(".limits summary")
        set_number(visit, "#cause-days", 7)
        set_number(visit, "#cause-replications", 2)
        page.click("#cause-run")
        page.wait_for_selector(f"#cause-state:has-text('/{count_runs(2)}')")
        page.wait_for_selector(".cause-row .cause-name", timeout=3 * PATIENCE)
        page.wait_for_selector("#cause-state .badge.g", timeout=PATIENCE)
        page.wait_for_selector("#cause-title:has-text('云顶乡')")
        assert page.locator(".cause-total .button").count() == 1
        page.click("#cause-base-run")
        page.wait_for_selector(".town:not(.selected)", timeout=PATIENCE)
        name = page.inner_text(".town:not(.selected) .name")
        page.click(".town:not(.selected)")
        page.wait_for_function("n => document.querySelector('#cause-place h2').innerText === n", arg=name)
        assert "云顶乡" in page.inner_text("#cause-place p.caption")
        assert page.input_value("#cause-code") == name
        page.click("#cause-base-cancel")
        page.click(".cause-row .button:not(.filled)")
        page.wait_for_url("**/plan?scenario=*")
        page.wait_for_selector("#plan-run")
        visit.assert_clean()
