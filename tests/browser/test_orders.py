"""One order through the hands of three people, and a watch handed over, in a real browser."""

import pytest

from tests.browser.conftest import PATIENCE, Product, Visit
from tests.browser.test_plan import NAMELESS
from twin.district import District

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
FED = "fetch('/api/wall').then(a => a.json()).then(n => n.preparing === false && n.kpis !== undefined)"
LIST, DRAWER = "#orders-list table, #orders-list .blank", "#orders-drawer"


def field(name: str, page: str = "orders") -> str:
    """The selector of a control of the form."""
    return f"""[id='{{"name":"{name}","type":"{page}-field"}}']"""


def choose(visit: Visit, name: str, text: str) -> None:
    """Pick an option of a list by its text."""
    visit.page.click(field(name))
    visit.page.get_by_role("option", name=text, exact=False).first.click()


def press(visit: Visit, text: str) -> None:
    """Press a button of the drawer or the page by its words."""
    visit.page.get_by_role("button", name=text, exact=True).first.click()


def wait_for_text(visit: Visit, selector: str, text: str) -> None:
    """Until an element says something."""
    visit.page.wait_for_function(
        "([s, t]) => [...document.querySelectorAll(s)].some(e => e.innerText.includes(t))",
        arg=[selector, text],
        timeout=60_000,
    )


def force_storm(visit: Visit) -> None:
    """Put the flood contingency in force, on the open page of the watch."""
    visit.page.click("#duty-set")
    visit.page.get_by_role("option", name="防汛应急").click()
    wait_for_text(visit, "#duty-preview", "50 个单位收到通知")
    visit.page.fill(field("reason", "duty"), "暴雨橙色预警")
    assert visit.page.evaluate(NAMELESS) == []
    press(visit, "启用")
    wait_for_text(visit, "#duty-active", "暴雨橙色预警")


@pytest.fixture(scope="module")
def offices(product: Product, demo_district: District) -> list[str]:
    """Names of two township offices; their people, a leader and a dispatcher have sessions; cases flow."""
    units = demo_district.units
    two = units[units["kind"] == "office"].head(2)
    for name, code in zip(("township", "neighbour"), two["code"], strict=True):
        product.open_door(name, "township", code)
    product.open_door("leader", "leader")
    product.open_door("dispatcher", "dispatcher")
    with product.visit("admin", 1440, 900) as visit:
        visit.open("/", "#page")
        visit.page.wait_for_function(FED, timeout=PATIENCE, polling=2000)
    return two["name"].tolist()


def test_an_order_is_given_by_a_leader_answered_by_the_township_and_accepted(
    product: Product, offices: list[str]
) -> None:
    with product.visit("leader", 1440, 900) as visit:
        visit.open("/orders", LIST)
        press(visit, "新督办单")
        visit.page.wait_for_selector(field("unit"))
        press(visit, "下达")
        wait_for_text(visit, "#orders-told", "请选您范围内的承办单位")
        choose(visit, "unit", offices[0])
        choose(visit, "about", "安全隐患")
        visit.page.fill(field("title"), "沿河隐患逐点排查")
        visit.page.fill(field("asked"), "列出清单、责任岗位和整改时限。")
        choose(visit, "proposed", "5 个工作日")
        assert visit.page.evaluate(NAMELESS) == []
        press(visit, "下达")
        wait_for_text(visit, DRAWER, "沿河隐患逐点排查")
        number = visit.page.inner_text(f"{DRAWER} h2")
        assert number.startswith("云岫督〔2026〕")
        wait_for_text(visit, "#orders-list", number)
        assert "尚未答复" in visit.page.inner_text(DRAWER)
        visit.assert_clean()
    with product.visit("neighbour", 1440, 900) as visit:
        visit.open("/orders", LIST)
        wait_for_text(visit, "#orders-title", "没有在办的督办")
        assert number not in visit.page.inner_text("#page")
    with product.visit("township", 390, 844) as visit:
        visit.open("/duty", "#duty-notices li")
        assert f"督办 {number}" in visit.page.inner_text("#duty-notices")
        visit.open("/orders", LIST)
        press(visit, number)
        wait_for_text(visit, DRAWER, "列出清单")
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        visit.page.fill(field("text"), "已排查 12 处，清单已报。")
        press(visit, "答复")
        wait_for_text(visit, "#orders-told", "已答复")
        visit.assert_clean()
    with product.visit("leader", 1440, 900) as visit:
        visit.open("/orders", LIST)
        press(visit, number)
        wait_for_text(visit, DRAWER, "已排查 12 处")
        press(visit, "通过办结")
        wait_for_text(visit, "#orders-told", "已通过办结")
        wait_for_text(visit, DRAWER, "已办结")
        wait_for_text(visit, "#orders-title", "没有在办的督办")
        visit.assert_clean()


def test_a_watch_is_handed_over_and_a_contingency_is_seen_before_and_while_it_is_in_force(
    product: Product, offices: list[str]
) -> None:
    with product.visit("dispatcher", 1440, 900) as visit:
        visit.open("/duty", "#duty-home .post-box")
        wait_for_text(visit, "#duty-home", "值班长")
        visit.page.fill(field("note", "duty"), "广告牌加固未完")
        press(visit, "记下")
        wait_for_text(visit, "#duty-points", "广告牌加固未完")
        press(visit, "交班")
        wait_for_text(visit, "#duty-handover", "待接班")
        visit.assert_clean()
    with product.visit("leader", 1440, 900) as visit:
        visit.open("/duty", "#duty-home .post-box")
        press(visit, "接班确认")
        wait_for_text(visit, "#duty-told", "已接班")
        wait_for_text(visit, "#duty-points", "广告牌加固未完")
        assert "没有启用中的应急模式" in visit.page.inner_text("#duty-active")
        force_storm(visit)
        visit.assert_clean()
    with product.visit("township", 390, 844) as visit:
        visit.open("/duty", "#duty-home .post-box")
        wait_for_text(visit, "#duty-flags", "防汛应急")
        wait_for_text(visit, "#duty-home", "召回")
        visit.page.wait_for_timeout(11_000)  # one tick of the page after the worker's look
        wait_for_text(visit, "#duty-notices", "防汛应急启动")
        visit.assert_clean()
