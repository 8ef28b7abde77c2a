"""The library in a real browser: save, share, a place from the map, a post moved by drag and by key."""

import pytest

from tests.browser.conftest import Product, Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
BOARD = "#plan-board[data-ready]"
DEPARTMENT, TOWN = "[data-donor='990101926000']", "[data-town='990101001900']"


def test_a_planner_moves_posts_chooses_places_and_keeps_a_draft_that_another_does_not_see(
    product: Product,
) -> None:
    product.open_door("li", "planner")
    with product.visit("admin", 1920, 1080) as wang:
        wang.open("/plan", BOARD)
        choose_on_map(wang)
        drag_a_post(wang)
        wang.page.fill("#plan-name", "只给北苑的草稿")
        wang.page.press("#plan-name", "Tab")
        wang.page.click("#plan-kept button:has-text('保存')")
        wang.page.wait_for_selector("#plan-told:has-text('已存入方案库：只给北苑的草稿')")
        wang.page.wait_for_function("() => location.search.includes('scenario=')")
        with product.visit("li", 1440, 900) as li:
            li.open("/plan", BOARD)
            li.page.wait_for_selector("#plan-shelf li")
            assert "只给北苑的草稿" not in li.page.inner_text("#plan-shelf")
            li.assert_clean()
        wang.page.reload()
        wang.page.wait_for_selector("#plan-shelf .selected:has-text('只给北苑的草稿')")
        wang.page.wait_for_selector("#plan-board-sum:has-text('−2')")
        wang.assert_clean()


def choose_on_map(visit: Visit) -> None:
    """A township of a measure's field, by a click on the map."""
    card = visit.page.locator(".measure").first
    card.locator(".asked > summary").click()
    card.locator("details details summary").first.click()
    card.locator(".placed .link").click()
    visit.page.locator("#plan-places-map path[aria-label='沙湾镇']").click()
    visit.page.wait_for_selector("#plan-places-told:has-text('已选 1 个：沙湾镇')")
    visit.page.click("#plan-places-take")
    visit.page.wait_for_selector(".measure:first-child .placed:has-text('沙湾镇')")


def point_at(visit: Visit, selector: str) -> None:
    """Bring the pointer over a tile, where it is now."""
    box = visit.page.locator(selector).bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + 20, box["y"] + 12, steps=5)


def lift(visit: Visit) -> None:
    """Press on a tile and draw away; again, as a hand would, where the page had moved it meanwhile."""
    tile, mouse = visit.page.locator(DEPARTMENT), visit.page.mouse
    for _ in range(10):
        tile.hover(position={"x": 20, "y": 12})
        mouse.down()
        point_at(visit, TOWN)
        if visit.page.locator("#plan-board.dragging").count():
            return
        mouse.up()
    raise AssertionError("no post can be lifted")


def drag_a_post(visit: Visit) -> None:
    """One post with the pointer, another with the keyboard."""
    page = visit.page
    page.locator(TOWN).scroll_into_view_if_needed()
    lift(visit)
    for _ in range(20):  # as a hand does: follows the tile while the page still settles around it
        point_at(visit, TOWN)
        if page.locator(f"{TOWN}.over").count():
            break
        page.wait_for_timeout(250)
    page.wait_for_selector(".drag-note.floating:has-text('可以放下：剩 13，下限 7')")
    page.mouse.up()
    page.wait_for_selector("#plan-board-sum:has-text('−1')")
    page.locator(DEPARTMENT).focus()
    for key in ("Enter", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#plan-board-sum:has-text('−2')")
