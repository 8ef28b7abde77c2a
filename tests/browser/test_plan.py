"""What a planner does, in a real browser: pick measures, run, watch, read, download, cancel, come back."""

import contextlib
import csv
import io

import pytest
from playwright.sync_api import TimeoutError

from tests.browser.conftest import PATIENCE, Product, Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
MAPS = ("baseline", "scenario", "difference")
READY = '#plan-map-difference-holder[data-ready="1"]'
CAMERA = """name => {
  const holder = document.querySelector(`#plan-map-${name}-holder`);
  const map = holder.querySelector('.js-plotly-plot')._fullLayout.map._subplot.map;
  return [map.getCenter().lng, map.getCenter().lat, map.getZoom()];
}"""
LOSE = """() => {
  const canvases = [...document.querySelectorAll('.maplibregl-canvas')];
  window.lost = canvases.map(c => c.getContext('webgl2').getExtension('WEBGL_lose_context'));
  window.lost.forEach(l => l.loseContext());
}"""
PAINT = """() => {
  const gd = document.querySelector('#plan-map-baseline .js-plotly-plot');
  const z = gd.data[0].locations.map(() => 1);
  Plotly.restyle(gd, { z: [z] }, [0]);  // ends when the device is back
  return z.length;
}"""
HASTY = """
  let kept;
  const paint = gd => kept.restyle(gd, { z: [gd.data[0].locations.map(() => 1)] }, [0]);
  Object.defineProperty(window, 'Plotly', { configurable: true, get: () => kept, set(plotly) {
    kept = plotly;
    const react = plotly.react;
    plotly.react = (gd, ...given) => {
      const done = react(gd, ...given);
      if (window.hasty || !gd.closest('#plan-map-baseline')) return done;
      window.hasty = true;
      setTimeout(MOMENT, 0, gd);
      return done;
    };
  } });"""
MOMENTS = {  # a second figure before the map has a style: alone, and with the first drawn after it
    "is drawn all the same": "paint",
    "is not drawn over by the first": """gd => {
      const map = window.twinMaps.fullMap(gd), fire = map.fire;
      map.fire = (event, ...given) => {
        if (event.type !== 'load') return fire.call(map, event, ...given);
        setTimeout(() => fire.call(map, event, ...given), 2000);
        return map;
      };
      return paint(gd);
    }""",
}
PAINTED = """() => {
  const map = window.twinMaps.fullMap(document.querySelector('#plan-map-baseline .js-plotly-plot'));
  const sources = Object.values(map.getStyle().sources).map(s => s.data).filter(d => d && d.features);
  return Math.max(...sources.map(d => d.features.filter(f => f.properties && f.properties.fc).length));
}"""
COLOURED = """name => document.querySelector(`#plan-map-${name} .js-plotly-plot`)
  .data[0].z.filter(v => v !== null).length"""

NAMELESS = """() => [...document.querySelectorAll('#page button, #page input, #page textarea')]
  .filter(e => e.getClientRects().length && e.tabIndex >= 0 && !e.getAttribute('aria-label')
    && !document.getElementById(e.getAttribute('aria-labelledby'))
    && !document.querySelector(`label[for="${CSS.escape(e.id || '-')}"]`) && !e.innerText.trim())
  .map(e => e.outerHTML.slice(0, 120))"""


def set_number(visit: Visit, selector: str, value: int) -> None:
    """Type a number as a person does."""
    visit.page.fill(selector, str(value))
    visit.page.press(selector, "Tab")


def choose(visit: Visit, selector: str, text: str) -> None:
    """Pick an option of a list by its text."""
    visit.page.click(selector)
    visit.page.get_by_role("option", name=text, exact=False).first.click()


def test_a_planner_builds_runs_and_reads_a_scenario(product: Product) -> None:
    with product.visit("admin", 1440, 900) as visit:
        visit.open("/plan", READY)
        page = visit.page
        check_switch(visit)
        check_two_quick_clicks(visit)
        while page.locator(".measure").count():
            count = page.locator(".measure").count()
            page.locator(".measure .plain").first.click()
            page.wait_for_function("n => document.querySelectorAll('.measure').length < n", arg=count)
        page.wait_for_selector("#plan-run[disabled]")
        choose(visit, "#plan-kind", "一支队伍管执法")
        page.click("#plan-add")
        page.wait_for_selector(".measure")
        page.wait_for_selector("#plan-check .badge.g")
        assert "编制合计" in page.inner_text("#plan-check")
        set_number(visit, "#plan-days", 7)
        set_number(visit, "#plan-replications", 3)
        page.click("#plan-run")
        page.wait_for_selector("#plan-table table", timeout=PATIENCE)
        page.wait_for_selector("#plan-badge.g", timeout=PATIENCE)
        assert "完成 3 次" in page.inner_text("#plan-badge")
        title = page.inner_text("#plan-title")
        assert "按期结案率" in title
        rows = page.locator(".table-card tbody tr")
        assert rows.count() >= 30
        assert "~" in rows.nth(2).inner_text()
        for name in MAPS[:2]:
            page.wait_for_function(f"() => ({COLOURED})('{name}') > 200", timeout=30_000)
        assert "逐位相同" in page.inner_text("#plan-difference-legend")
        check_sync(visit)
        check_download(visit)
        page.reload()
        page.wait_for_selector("#plan-table table", timeout=PATIENCE)
        assert page.inner_text("#plan-title") == title
        visit.assert_clean()


def check_two_quick_clicks(visit: Visit) -> None:
    """Of two changes asked one right after the other neither is lost: the form takes them one by one."""
    page, count = visit.page, visit.page.locator(".measure").count()
    for _ in range(2):
        page.locator(".measure .plain").first.click()
    page.wait_for_function("n => document.querySelectorAll('.measure').length === n", arg=count - 2)


def check_switch(visit: Visit) -> None:
    """A measure that is switched off is struck from what is told, and comes back as it was."""
    page, pooled = visit.page, visit.page.locator(".measure").first
    page.wait_for_selector("#plan-check:has-text('个岗位，涉及')")
    pooled.locator(".switch input").click()
    page.wait_for_selector("#plan-count:has-text('4 项已启用，1 项停用')")
    page.wait_for_selector("#plan-check:not(:has-text('个岗位，涉及'))")
    assert pooled.locator(".off").is_visible()
    pooled.locator(".switch input").click()
    page.wait_for_selector("#plan-count:has-text('5 项已启用')")
    page.wait_for_selector("#plan-check:has-text('个岗位，涉及')")
    assert not pooled.locator(".off").is_visible()


def check_sync(visit: Visit) -> None:
    """Moving one map moves the others, at once, to the same place and nearer by as much."""
    before = {name: visit.page.evaluate(CAMERA, name)[2] for name in MAPS}
    for _ in range(6):  # a wheel that turns while a page is laid out anew turns no map at all
        turn_wheel(visit)
        with contextlib.suppress(TimeoutError):
            visit.page.wait_for_function(
                f"z => ({CAMERA})('baseline')[2] > z", arg=before["baseline"], timeout=10_000
            )
            break
    visit.page.wait_for_function(
        f"z => ({CAMERA})('difference')[2] > z + 0.2", arg=before["difference"], timeout=30_000
    )
    visit.page.wait_for_timeout(1500)
    cameras = [visit.page.evaluate(CAMERA, name) for name in MAPS]
    cameras = [[lng, lat, zoom - before[name]] for name, (lng, lat, zoom) in zip(MAPS, cameras, strict=True)]
    for camera in cameras[1:]:
        assert camera == pytest.approx(cameras[0], abs=1e-6)


def turn_wheel(visit: Visit) -> None:
    """Zoom in over the middle of the baseline's map."""
    holder = visit.page.locator("#plan-map-baseline-holder")
    holder.scroll_into_view_if_needed()
    box = holder.bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visit.page.mouse.wheel(0, -400)


def check_download(visit: Visit) -> None:
    """The table behind the page can be taken away as CSV."""
    with visit.page.expect_download() as download:
        visit.page.click("#plan-downloads a >> nth=1")
    text = download.value.path().read_text("utf-8")
    header = next(csv.reader(io.StringIO(text)))
    columns = ["scenario", "scope_kind", "scope", "indicator", "mean", "low", "high", "affected_cases"]
    assert header == ["data", *columns]  # each line of a fictitious district says DEMO first


def test_a_wrong_measure_is_told_at_its_field_and_cannot_be_run(product: Product) -> None:
    with product.visit("admin", 1440, 900) as visit:
        visit.open("/plan", READY)
        choose(visit, "#plan-kind", "减区增乡")
        visit.page.click("#plan-add")
        visit.page.wait_for_selector("#plan-check .badge.r")
        told = visit.page.inner_text("#plan-check")
        assert "减区增乡 · 调出单位：请填写" in told and "岗位数：请填写" in told
        card = visit.page.locator(".measure").last
        assert card.locator(".mantine-InputWrapper-error").all_inner_texts() == ["请填写"] * 4
        assert visit.page.is_disabled("#plan-run")
        visit.assert_clean()


@pytest.mark.trust
def test_a_planner_dates_one_of_the_three_reforms_and_reads_a_walk_in_figure(product: Product) -> None:
    with product.visit("admin", 1920, 1080) as visit:
        visit.open("/plan", READY)
        page = visit.page
        count = "n => document.querySelectorAll('.measure').length === n"
        page.locator(".measure .plain").first.click()  # the page begins with the same one
        page.wait_for_function(count, arg=4)
        choose(visit, "#plan-library", "一支队伍管执法、政务服务就近办")
        page.wait_for_function(count, arg=5)
        page.wait_for_selector("#plan-note:has-text('乡镇吹哨')")
        assert page.locator(".measure").count() == 5
        nearby = page.locator(".measure").nth(4)
        assert "事项下放就近办" in nearby.inner_text()
        nearby.locator(".asked > summary").click()
        nearby.locator(".mantine-DateInput-input").fill("2026-05-13")
        nearby.locator(".mantine-DateInput-input").press("Tab")
        page.wait_for_selector("#plan-check:has-text('分日生效：2026-05-13')")
        set_number(visit, "#plan-days", 7)
        set_number(visit, "#plan-replications", 3)
        page.click("#plan-run")
        page.wait_for_selector("#plan-badge.g", timeout=PATIENCE)
        check_walk_ins(visit)
        assert page.evaluate(NAMELESS) == []
        visit.assert_clean()


def check_walk_ins(visit: Visit) -> None:
    """Walk-in figures stand in a group of their own, each with unit, interval and formula; maps show them."""
    group = visit.page.locator(".group").last
    group.locator("> summary").click()
    row = group.locator("tbody tr", has_text="平均等候")
    assert row.is_visible() and "分钟" in row.inner_text() and "~" in row.inner_text()
    row.locator("summary").click()
    assert "从取号到叫号" in row.inner_text()
    assert "趟" in group.locator("tbody tr", has_text="件均跑动次数").inner_text()
    choose(visit, "#plan-indicator", "单件总耗时")
    visit.page.wait_for_selector("#plan-baseline-caption:has-text('单件总耗时')")
    assert "分钟" in visit.page.inner_text("#plan-baseline-legend")
    assert group.get_attribute("open") is not None


def test_a_run_can_be_cancelled(product: Product) -> None:
    with product.visit("admin", 1440, 900) as visit:
        visit.open("/plan", READY)
        set_number(visit, "#plan-replications", 200)
        visit.page.click("#plan-run")
        visit.page.wait_for_selector("#plan-badge.b", timeout=PATIENCE)
        visit.page.wait_for_selector("#plan-cancel:not([disabled])", timeout=30_000)
        visit.page.click("#plan-cancel")
        visit.page.wait_for_selector("#plan-badge.a", timeout=60_000)
        assert "取消" in visit.page.inner_text("#plan-badge")
        visit.assert_clean()


def test_what_came_while_the_drawing_device_was_lost_is_drawn_when_it_is_back(product: Product) -> None:
    with product.visit("admin", 1440, 900) as visit:
        visit.open("/plan", READY)
        page = visit.page
        page.evaluate(LOSE)
        page.wait_for_selector(
            '#plan-map-baseline-holder[data-ready="lost"] .no-webgl:has-text("图形设备中断")'
        )
        page.wait_for_selector("#plan-map-baseline-holder svg.flat path[data-place]")
        villages = page.evaluate(PAINT)
        page.evaluate("() => window.lost.forEach(l => l.restoreContext())")
        page.wait_for_selector('#plan-map-baseline-holder[data-ready="1"]')
        assert page.locator("#plan-map-baseline-holder .no-webgl").count() == 0
        page.wait_for_function(f"n => ({PAINTED})() === n", arg=villages)
        visit.assert_clean()


@pytest.mark.parametrize("outcome", MOMENTS)
def test_a_figure_that_comes_before_its_map_can_be_drawn_on(product: Product, outcome: str) -> None:
    with product.visit("admin", 1440, 900) as visit:
        visit.page.add_init_script(HASTY.replace("MOMENT", MOMENTS[outcome]))
        visit.open("/plan", '#plan-map-baseline-holder[data-ready="1"]')
        assert visit.page.evaluate("window.hasty")
        visit.page.wait_for_timeout(3000)
        visit.page.wait_for_function(f"() => ({PAINTED})() === 240")
        visit.assert_clean()
