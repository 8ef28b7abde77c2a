"""The overview at its sizes, and the door."""

import pytest

from tests.browser.conftest import PATIENCE, Product

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_overview_is_whole_and_keeps_to_itself(product: Product, width: int, height: int) -> None:
    with product.visit("admin", width, height) as visit:
        visit.open("/", '#overview-map-holder[data-ready="1"]')
        visit.page.wait_for_selector(".kpi", timeout=PATIENCE)
        assert visit.page.locator(".kpi").count() == 5
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        text = visit.page.inner_text("#page")
        assert "三级力量" in text and "演示" in text
        visit.assert_clean()


def test_a_stranger_sees_the_door_and_nothing_behind_it(product: Product) -> None:
    context = product.browser.new_context()
    page = context.new_page()
    for path in ("/", "/screen", "/plan", "/api/wall"):
        answer = page.goto(product.base + path)
        assert answer is not None and answer.status == 401
    assert "一次性链接" in page.inner_text("body")
    context.close()
