"""Cases, state, indicators, health and measurements, as other systems read them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from store.beats import Beats
from tests.dashboard.conftest import Web

EVENTS, CASES = "/api/v1/events", "/api/v1/cases"


def send_case(web: Web, call: Any, event: Any, hours: float, *states: str, **changes: Any) -> str:
    """A case reported some hours ago, dispatched with an hour to close, then other states, a minute apart."""
    start = datetime.now(UTC) - timedelta(hours=hours)
    first = event(occurred_at=start.isoformat(), **changes)
    bodies = [first]
    for number, state in enumerate(states, 1):
        at = start + timedelta(minutes=number)
        body = {**first, "event_id": f"{first['event_id']}-{number}", "occurred_at": at.isoformat()}
        bodies.append({**body, "state": state})
        if state == "dispatched":
            bodies[-1]["close_due"] = (start + timedelta(hours=1)).isoformat()
    assert call("events").post(EVENTS, json={"events": bodies}).status_code == 200
    web.services.live.keep_seconds = 0
    return str(first["case_id"])


def test_a_case_comes_with_its_state_due_times_and_whole_history(web: Web, call: Any, event: Any) -> None:
    name = send_case(
        web, call, event, 2, "accepted", "dispatched", "handled", source_url="https://a.example/9"
    )
    case = call("read").get(f"{CASES}/{name}").json
    assert (case["status"], case["state"], case["stage"], case["light"]) == (
        "open",
        "handled",
        "feedback",
        "red",
    )
    assert (case["item"], case["source_url"]) == ("01-1", "https://a.example/9")
    assert [move["state"] for move in case["history"]] == ["reported", "accepted", "dispatched", "handled"]
    due = datetime.fromisoformat(case["close_due"])
    assert due.utcoffset() == timedelta(hours=8)
    assert timedelta(minutes=59) < due - datetime.fromisoformat(case["reported_at"]) <= timedelta(hours=1)


def test_a_case_closed_in_time_is_green_for_good(web: Web, call: Any, event: Any) -> None:
    name = send_case(web, call, event, 2, "accepted", "dispatched", "handled", "checked", "closed")
    case = call("read").get(f"{CASES}/{name}").json
    assert (case["status"], case["light"]) == ("closed", "green")


def test_a_key_of_a_unit_sees_its_part_and_nothing_else(web: Web, call: Any, event: Any) -> None:
    district = web.services.district
    inside, outside = (
        send_case(web, call, event, 1, lon=None, lat=None, grid=district.grids["code"].iloc[n])
        for n in (0, -1)
    )
    township = district.places["township"].iloc[0]
    unit = district.units.loc[
        (district.units["area"] == township) & (district.units["tier"] == "township"), "code"
    ].iloc[0]
    while district.units.set_index("code").at[unit, "area"] == township:
        top, unit = unit, district.units.set_index("code").at[unit, "parent"]
    caller = call("read", unit=top)
    assert caller.get(f"{CASES}/{inside}").status_code == 200
    assert caller.get(f"{CASES}/{outside}").status_code == 404
    listed = {case["case_id"] for case in caller.get(f"{CASES}?limit=500").json["cases"]}
    assert inside in listed and outside not in listed
    assert caller.get("/api/v1/state").status_code == caller.get("/api/v1/indicators").status_code == 403


def test_cases_are_listed_by_filter_and_page_without_gap_or_repeat(web: Web, call: Any, event: Any) -> None:
    made = {send_case(web, call, event, 3, "accepted", "dispatched", matter="32-1") for _ in range(5)}
    closed = send_case(web, call, event, 3, "accepted", "closed", matter="32-1")
    caller, seen, after = call("read"), [], ""
    while True:
        page = caller.get(f"{CASES}?matter=32&status=open&light=red&limit=2&after={after}").json
        seen += [case["case_id"] for case in page["cases"]]
        after = page["next"]
        if after is None:
            break
    assert set(seen) == made and len(seen) == 5
    done = caller.get(f"{CASES}?matter=32-1&status=closed").json["cases"]
    assert [case["case_id"] for case in done] == [closed]
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert caller.get(f"{CASES}?matter=32&since={since}").json["cases"] == []


def test_every_wrong_parameter_is_named(call: Any) -> None:
    answer = call("read").get(f"{CASES}?limit=0&status=lost&since=2026-05-11T08:30&colour=red")
    assert answer.status_code == 422
    assert {fault["column"] for fault in answer.json["faults"]} == {"limit", "status", "since", "colour"}


def test_lights_stages_and_townships_add_up_to_the_cases_in_hand(web: Web, call: Any, event: Any) -> None:
    send_case(web, call, event, 2, "accepted", "dispatched")
    state = call("read").get("/api/v1/state").json
    assert state["in_hand"] > 0
    assert sum(state["lights"].values()) == state["in_hand"]
    assert sum(row["in_hand"] for row in state["stages"]) == state["in_hand"]
    assert sum(row["in_hand"] for row in state["townships"]) == state["in_hand"]
    assert (state["origin"], state["demo"]) == ("live", True)


def test_each_indicator_has_formula_window_origin_and_a_share_its_interval(
    web: Web, call: Any, event: Any
) -> None:
    send_case(web, call, event, 2, "accepted", "dispatched")
    rows = {row["id"]: row for row in call("read").get("/api/v1/indicators").json["indicators"]}
    assert {"reported", "backlog", "overdue_in_hand", "on_time_closure"} <= rows.keys()
    for row in rows.values():
        assert row["formula"] and row["formula_en"] and row["window"] and row["origin"] == "live"
    share = rows["on_time_closure"]
    assert share["low"] <= share["value"] <= share["high"] and share["interval"] == "95 %, Wilson"


def test_readiness_is_the_workers_sign_of_life_and_measurements_say_the_same(web: Web, call: Any) -> None:
    caller = call("metrics")
    Beats(web.services.store, lambda: datetime.now(UTC) - timedelta(minutes=5)).beat("worker")
    silent = caller.get("/health/ready")
    assert (silent.status_code, silent.json["worker"]) == (503, False)
    assert "twin_ready 0.0" in caller.get("/metrics").text
    Beats(web.services.store).beat("worker")
    ready = caller.get("/health/ready")
    assert (ready.status_code, ready.json["ready"], ready.json["store"]) == (200, True, True)
    text = caller.get("/metrics").text
    assert "twin_ready 1.0" in text and 'twin_cases_in_hand{light="red"' in text
    assert web.server.test_client().get("/health").text == "ok"
