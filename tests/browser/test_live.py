"""The operations page in a real browser: filters agree, three tiers walk a case, the wall follows."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from hub.ingest import Ingest
from store.database import Store, open_store
from store.events import EventStore
from store.sessions import Sessions
from tests.browser.conftest import PATIENCE, Visit, enter
from twin.district import District
from twin.load import load_district

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
READY = '#live[data-ready="1"]'
LINE = re.compile(r"(http://[\d.]+:\d+)/enter")
OFFICE, VILLAGE = "990101001900", "990101001401"
GRID = 2  # of the village's own
SIZES = {"display": {"width": 1280, "height": 720}, "village": {"width": 390, "height": 844}}
USERS = {"dispatcher": "", "township": OFFICE, "village": VILLAGE}


FACETS = """() => Object.fromEntries(['light', 'tier', 'matter'].map(kind =>
  [kind, [...document.querySelectorAll(`#live-rail input[data-kind=${kind}]`)].filter(box => box.checked)
    .map(box => Number(box.closest('label').querySelector('b').textContent.replace(/,/g, '')))
    .reduce((sum, n) => sum + n, 0)]))"""
SETTLED = """() => { const desk = window.liveDesk, set = desk.set, root = document.querySelector('#live');
  const placed = set.rows.filter(i => set.cols.longitude[i] !== null).length;
  return root.dataset.shown === String(set.rows.length)
    && document.querySelector('#live-map-holder').dataset.drawn === String(placed); }"""
AGREE = """() => { const read = text => Number(text.replace(/,/g, '')), desk = window.liveDesk;
  return { shown: read(document.querySelector('#live-count').textContent), rows: desk.set.rows.length,
    aria: Number(document.querySelector('#live-rows .scroller').getAttribute('aria-rowcount')) - 1,
    placed: desk.set.rows.filter(i => desk.set.cols.longitude[i] !== null).length,
    drawn: Number(document.querySelector('#live-map-holder').dataset.drawn) }; }"""


def assert_agreement(page: Page) -> int:
    """The count in hand, every facet, the list and the map say the same number."""
    page.wait_for_function(SETTLED)
    told = page.evaluate(AGREE)
    assert set(page.evaluate(FACETS).values()) == {told["shown"]}
    assert told["shown"] == told["rows"] == told["aria"]
    assert told["drawn"] == told["placed"]
    return int(told["shown"])


@dataclass
class Hub:
    """A hub without a demo, and the windows of three tiers and of the wall."""

    base: str
    store: Store
    district: District
    pages: dict[str, Page]
    visits: list[Visit]
    version: int = 0

    def file(self, case_id: str, **more: Any) -> None:
        """A report, as another process writes it."""
        place = self.district.places.iloc[GRID]
        row = {
            "source": "hotline", "event_id": f"{case_id}-1", "origin": "live", "case_id": case_id,
            "kind": "case", "occurred_at": datetime.now(UTC), "state": "reported", "phase": "done",
            "matter": "25-1", "grid": place["grid"], "x": place["x"], "y": place["y"],
            "channel": "hotline", "priority": 4,
        }  # fmt: skip
        Ingest(EventStore(self.store), self.district).accept([row | more])

    def choose(self, case_id: str) -> None:
        """Everybody opens the case from the list."""
        for user in USERS:
            if self.pages[user].is_visible("#live-case [data-close]"):
                self.pages[user].click("#live-case [data-close]")
            line = self.pages[user].locator(f"#live-rows .line[data-case='{case_id}']")
            line.click(timeout=PATIENCE)
            self.pages[user].wait_for_selector(f"#live-case[data-case='{case_id}']")
        self.version = 1

    def do(self, user: str, action: str, state: str, **wish: str) -> None:
        """One action by its button, once the user's own window offers it; then the case is in a state."""
        page = self.pages[user]
        page.wait_for_selector(f"#live-case[data-version='{self.version}']", timeout=60_000)
        page.locator(f"#live-case [data-action='{action}']:not([aria-disabled])").first.click(timeout=60_000)
        for name in ("unit", "reason", "verdict"):
            field = page.locator(f"#live-case .act-form select[name={name}]")
            if field.count():
                field.select_option(wish[name]) if name in wish else field.select_option(index=1)
        if page.locator("#live-case .act-form").count():
            page.click("#live-case .act-form button[type=submit]")
        told = page.locator("#live-case .said.g, #live-case .said.r")
        told.wait_for(timeout=60_000)
        found = page.get_attribute("#live-case", "data-state"), told.inner_text()
        assert found[0] == state and "✓" in found[1], (user, action, found)
        self.version = int(page.get_attribute("#live-case", "data-version") or 0)


@pytest.fixture(scope="module")
def hub(root: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """`app.py serve --no-demo`, windows for a dispatcher, a township, a village and the wall."""
    folder = tmp_path_factory.mktemp("hub")
    url = f"sqlite:///{folder / 'twin.sqlite'}"
    command = [
        sys.executable,
        "app.py",
        "serve",
        "--port",
        "0",
        "--no-demo",
        "--no-with-worker",
        "--store",
        url,
    ]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        found = next(match for line in process.stdout if (match := LINE.search(line)))
        store = open_store(url)
        yield open_hub(chromium, found[1], store, load_district(root / "data" / "demo"), folder)
        store.close()
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def open_hub(browser: Browser, base: str, store: Store, district: District, folder: Path) -> Hub:
    """Each user enters by a link of their own."""
    hub = Hub(base, store, district, {}, [])
    for role, scope in (*USERS.items(), ("display", "")):
        token = Sessions(store).issue_link(role, 30, scope)
        state = enter(browser, base, f"/enter?token={token}", folder / f"{role}.json")
        size = SIZES.get(role, {"width": 1280, "height": 800})
        context = browser.new_context(storage_state=state, viewport=size)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        visit = Visit(context.new_page(), base).watch()
        hub.visits.append(visit)
        hub.pages[role] = visit.page
        visit.open(
            "/screen" if role == "display" else "/live", "#wall[data-ready]" if role == "display" else READY
        )
    return hub


def follow_on_the_wall(hub: Hub, number: str, word: str) -> float:
    """Seconds until the wall's list of moves tells a move of a case."""
    began = time.monotonic()
    hub.pages["display"].wait_for_function(
        "([number, word]) => [...document.querySelectorAll('#wall-moves tr')]"
        ".some(row => row.innerText.includes(number) && row.innerText.includes(word))",
        arg=[number, word],
        timeout=60_000,
    )
    return time.monotonic() - began


def test_three_tiers_walk_a_case_through_every_state_and_the_wall_follows(hub: Hub) -> None:
    hub.file("W-1")
    hub.choose("W-1")
    hub.pages["display"].keyboard.press("Space")  # the overview stays, its moves are what is watched
    waits = []

    def step(user: str, action: str, state: str, word: str = "", **wish: str) -> None:
        hub.do(user, action, state, **wish)
        if word:
            waits.append(follow_on_the_wall(hub, "W-1", word))

    step("dispatcher", "accept", "accepted", "受理")
    step("village", "verify", "verified")
    step("dispatcher", "dispatch", "dispatched", "派遣", unit=VILLAGE)
    step("village", "return", "returned", "退回", reason="wrong_body")
    step("dispatcher", "dispatch", "dispatched", unit=VILLAGE)
    step("village", "start", "handling")
    step("township", "whistle", "handling", "吹哨", unit=OFFICE)
    step("township", "arrive", "handling")
    step("village", "joint", "handling")
    step("village", "ask_suspend", "handling")
    step("township", "suspend", "handling")
    step("village", "resume", "handling")
    step("village", "ask_extend", "handling")
    step("township", "extend", "handling")
    step("village", "hand_up", "escalated", "上交", unit=OFFICE)
    step("township", "start", "handling")
    step("township", "feedback", "handled")
    step("village", "check", "checked")
    step("dispatcher", "rework", "rework")
    step("township", "start", "handling")
    step("township", "feedback", "handled")
    step("village", "check", "checked")
    step("dispatcher", "close", "closed", "结案")
    step("dispatcher", "evaluate", "evaluated", verdict="unsolved")
    step("dispatcher", "reopen", "reopened", "重新办理")
    waits.sort()
    print(f"FIGURE wall behind an act: median {waits[len(waits) // 2]:.1f} s, longest {waits[-1]:.1f} s")
    for visit in hub.visits:
        visit.assert_clean()


def test_cases_leave_by_refusal_transfer_voiding_and_merging(hub: Hub) -> None:
    ways = (("X-1", "refuse", "refused"), ("X-2", "transfer", "transferred_out"), ("X-3", "void", "voided"))
    earlier = datetime.now(UTC) - timedelta(minutes=20)
    for case_id, _, _ in ways:
        hub.file(case_id, matter="26-1", occurred_at=earlier)
    page = hub.pages["dispatcher"]
    for case_id, action, state in ways:
        hub.choose(case_id)
        if action == "void":
            hub.do("dispatcher", "accept", "accepted")
        hub.do("dispatcher", action, state)
    hub.file("Y-1", matter="27-1", occurred_at=earlier)
    hub.file("Y-2", matter="27-1")
    hub.choose("Y-2")
    page.locator("#live-case [data-action=merge]").click()
    page.wait_for_selector("#live-case .compare")
    assert page.locator("#live-case .compare tbody tr").count() == 6
    page.click("#live-case [data-action=merge-now]")
    page.wait_for_selector("#live-case[data-state=merged] .said.g")


def test_of_two_who_act_at_once_one_is_told_and_keeps_the_form(hub: Hub) -> None:
    """The village fills in a return while the township's own start moves the case on."""
    hub.file("Z-1")
    hub.choose("Z-1")
    hub.do("dispatcher", "accept", "accepted")
    hub.do("dispatcher", "dispatch", "dispatched", unit=VILLAGE)
    village = hub.pages["village"]
    village.locator("#live-case [data-action=return]:not([aria-disabled])").click(timeout=60_000)
    village.select_option("#live-case .act-form select[name=reason]", "wrong_place")
    hub.do("township", "start", "handling")
    village.click("#live-case .act-form button[type=submit]")
    village.wait_for_selector("#live-case .said.r")
    assert "别人已办了一步" in village.inner_text("#live-case .said")
    assert village.input_value("#live-case .act-form select[name=reason]") == "wrong_place"
    village.click("#live-case .act-form button[type=submit]")
    village.wait_for_selector("#live-case[data-state=returned] .said.g")


DAY = timedelta(days=1)


def fill_district(hub: Hub) -> None:
    """Ninety open cases all over the district: thirty late, thirty due soon, thirty not dispatched yet."""
    now, places, rows = datetime.now(UTC), hub.district.places, []
    items = list(hub.district.matters["item"])
    for n in range(90):
        place, unit = places.iloc[n * 13], VILLAGE if n % 2 else OFFICE
        like = {
            "source": "hotline", "origin": "live", "case_id": f"D-{n:03d}", "kind": "case",
            "matter": items[n % len(items)], "grid": place["grid"], "x": place["x"], "y": place["y"],
            "channel": "hotline", "priority": 3, "phase": "done", "occurred_at": now - 2 * DAY,
        }  # fmt: skip
        due = {"close_due": now - DAY if n % 3 == 0 else now + timedelta(hours=4)}
        states: list[dict[str, Any]] = [{"state": "reported"}, {"state": "accepted"}]
        if n % 3 < 2:
            states += [{"state": "dispatched", **due}, {"state": "handling", "phase": "queued", **due}]
        for step, more in enumerate(states):
            held = {"unit": unit, "lead_unit": unit} if more["state"] == "handling" else {}
            later = {"event_id": f"D-{n:03d}-{step}", "occurred_at": now - 2 * DAY + timedelta(minutes=step)}
            rows.append(like | more | held | later)
    Ingest(EventStore(hub.store), hub.district).accept(rows)


def test_filters_counts_list_and_map_agree(hub: Hub) -> None:
    fill_district(hub)
    page = hub.pages["dispatcher"]
    page.wait_for_function(
        "() => Number(document.querySelector('#live').dataset.shown) >= 90", timeout=PATIENCE
    )
    page.wait_for_selector("#live-map-holder[data-drawn]", timeout=PATIENCE)
    whole = assert_agreement(page)
    page.click("#live-rail input[data-kind=light][data-key=green]")
    urgent = assert_agreement(page)
    assert urgent < whole
    page.click("#live-rail input[data-kind=tier][data-key=village]")
    assert assert_agreement(page) < urgent
    page.click("#live-clear")
    assert assert_agreement(page) == whole
    page.click("#live-rail input[data-key=mine]")
    assert 30 <= assert_agreement(page) < whole
    page.click("#live-clear")


def test_a_case_opens_by_keyboard_and_shows_its_seven_stages(hub: Hub) -> None:
    page = hub.pages["dispatcher"]
    page.keyboard.press("Escape")
    page.focus("#live-rows .scroller")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#live-case .timeline")
    stages = page.locator("#live-case .timeline b").all_inner_texts()
    assert [text[0] for text in stages if text[0].isdigit()][-1] == "7"
    assert page.locator("#live-case .clock").count() >= 1
    assert page.locator("#live-rows .line.chosen").count() == 1
    page.keyboard.press("Escape")
    page.wait_for_selector("#live-case .nothing")


def test_on_a_phone_the_list_comes_first_and_targets_are_large(hub: Hub) -> None:
    page = hub.pages["village"]
    if page.is_visible("#live-case [data-close]"):
        page.click("#live-case [data-close]")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    assert not page.is_visible("#live-map-holder")
    page.locator("#live-rows .line[data-row='0']").click()
    page.wait_for_selector("#live-case .timeline")
    small = page.evaluate(
        "() => [...document.querySelectorAll('#live-case button, #live-case select')]"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 43).map(e => e.textContent)"
    )
    assert small == []


def test_each_tier_sees_its_own_part_alone(hub: Hub) -> None:
    """The village's window holds none of the district's ninety but those that its own committee has."""
    seen = hub.pages["village"].evaluate("() => window.liveDesk.set.cols.case_id")
    held = hub.pages["village"].evaluate("() => window.liveDesk.set.cols.unit")
    places = hub.pages["village"].evaluate("() => window.liveDesk.set.cols.village")
    mine = "990101001001"
    assert len(seen) < 90
    assert all(unit == VILLAGE or place == mine for unit, place in zip(held, places, strict=True))
    assert hub.pages["village"].request.get(hub.base + "/api/live/cases/D-088").status == 404
