"""POST /api/v1/events: each event once, every fault listed, every refusal a 4xx with its reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.events import EventStore
from tests.dashboard.conftest import Web

EVENTS = "/api/v1/events"


def test_one_event_is_stored_then_known_then_in_conflict_with_an_audit_row(
    web: Web, call: Any, event: Any
) -> None:
    caller, body = call("events", source="once"), event()
    first = caller.post(EVENTS, json=body)
    assert (first.status_code, first.json["status"]) == (201, "stored")
    again = caller.post(EVENTS, json=body)
    assert (again.status_code, again.json["duplicate"]) == (200, True)
    other = caller.post(EVENTS, json={**body, "matter": "01-2"})
    assert (other.status_code, other.json["status"]) == (409, "conflict")
    newest = web.services.audit.recent(2)
    assert newest[0].action == "event refused: same id, other body"
    assert (newest[1].action, newest[1].actor) == ("events received", "source:once")


def test_a_batch_answers_in_order_and_has_one_audit_row(web: Web, call: Any, event: Any) -> None:
    caller, bodies = call("events", source="batch"), [event() for _ in range(3)]
    caller.post(EVENTS, json=bodies[1])
    before = web.services.audit.recent(1)[0].audit_no
    answer = caller.post(EVENTS, json={"events": [*bodies, {**bodies[0], "matter": "22-1"}]})
    assert answer.status_code == 200
    assert [row["status"] for row in answer.json["results"]] == ["stored", "duplicate", "stored", "conflict"]
    assert [row["event_id"] for row in answer.json["results"][:3]] == [body["event_id"] for body in bodies]
    rows = [row for row in web.services.audit.recent(5) if row.audit_no > before]
    assert sorted(row.action for row in rows) == ["event refused: same id, other body", "events received"]


def test_all_faults_of_a_batch_are_listed_and_nothing_is_stored(web: Web, call: Any, event: Any) -> None:
    caller, last = call("events"), EventStore(web.services.store).last_received()
    bodies = [
        event(),
        event(occurred_at="2026-05-11T08:30:00", nonsense=1, recorded_at="2026-05-11T08:30:00Z"),
        "no event",
        event(lat=91, source="another", origin="replay", source_url="javascript:alert(1)"),
        event(lon=None, lat=None, x=1.0),
        event(x=1.0, y=2.0),
        event(case_id="13812345678"),
    ]
    answer = caller.post(EVENTS, json={"events": bodies})
    assert answer.status_code == 422
    assert [(fault["row"], fault["column"]) for fault in answer.json["faults"]] == [
        (1, "nonsense"), (1, "recorded_at"), (1, "occurred_at"), (2, ""), (3, "source"), (3, "origin"),
        (3, "source_url"), (3, "lat"), (4, "x"), (5, "x"), (6, "case_id"),
    ]  # fmt: skip
    assert "13812345678" not in answer.text.replace(bodies[6]["event_id"], "")
    assert EventStore(web.services.store).last_received() == last


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime.now(UTC) + timedelta(hours=25), "more than 24 hours ahead"),
        (datetime(1999, 12, 31, 23, 59, tzinfo=UTC), "before the year 2000"),
    ],
)
def test_a_time_too_far_off_is_refused(call: Any, event: Any, moment: datetime, words: str) -> None:
    answer = call("events").post(EVENTS, json=event(occurred_at=moment.isoformat()))
    assert answer.status_code == 422 and words in answer.json["faults"][0]["message"]


def test_the_grid_is_found_from_the_place_and_outside_any_grid_it_stays_blank(
    web: Web, call: Any, event: Any
) -> None:
    caller = call("events", source="places")
    inside, outside, named = event(), event(lon=0.0, lat=0.0), event(lon=None, lat=None)
    named["grid"] = web.services.district.grids["code"].iloc[7]
    assert caller.post(EVENTS, json={"events": [inside, outside, named]}).status_code == 200
    stored = EventStore(web.services.store).read_cases([body["case_id"] for body in (inside, outside, named)])
    grids = dict(zip(stored["case_id"], stored["grid"], strict=True))
    codes = web.services.district.grids["code"]
    assert [grids[body["case_id"]] for body in (inside, outside, named)] == [codes.iloc[0], "", codes.iloc[7]]
    first = stored[stored["case_id"] == inside["case_id"]].iloc[0]
    assert (first["origin"], first["source"], first["priority"]) == ("live", "places", 3)  # matter 01: 3


def test_the_address_of_a_case_in_its_own_platform_is_kept(web: Web, call: Any, event: Any) -> None:
    body = event(source_url="https://hotline.example/1")
    assert call("events", source="hotline").post(EVENTS, json=body).status_code == 201
    assert web.services.links.find(body["case_id"]) == ("hotline", "https://hotline.example/1")


def test_a_replay_needs_its_scope(call: Any, event: Any) -> None:
    body = event(origin="replay")
    assert call("events").post(EVENTS, json=body).status_code == 422
    assert call("events", "replay").post(EVENTS, json=body).status_code == 201


def test_keys_are_asked_for_scope_and_limit(web: Web, call: Any, event: Any) -> None:
    client = web.server.test_client()
    refusal = client.post(EVENTS, json=event())
    assert refusal.status_code == 401 and "Bearer" in refusal.headers["WWW-Authenticate"]
    unknown = {"Authorization": "Bearer dt_unknown"}
    assert client.post(EVENTS, json=event(), headers=unknown).status_code == 401
    assert call("read").post(EVENTS, json=event()).status_code == 403
    slow = call("events", per_minute=2)
    statuses = [slow.post(EVENTS, json=event()).status_code for _ in range(3)]
    assert statuses in ([201, 201, 429], [201, 201, 201])  # a new minute may begin between two calls
    if statuses[-1] == 429:
        assert 1 <= int(slow.post(EVENTS, json=event()).headers["Retry-After"]) <= 61


def test_a_session_opens_nothing_of_the_api_and_a_key_nothing_of_the_desk(
    web: Web, call: Any, event: Any
) -> None:
    assert web.enter("admin").post(EVENTS, json=event()).status_code == 401
    assert call("events", "read").get("/plan").status_code == 401
    assert call("read").get("/api/wall").status_code == 401


def test_a_key_comes_from_anywhere_a_cookie_does_not(call: Any, event: Any) -> None:
    headers = {"Origin": "https://platform.example", "Sec-Fetch-Site": "cross-site"}
    assert call("events").post(EVENTS, json=event(), headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"a":' * 50_000, "application/json", 400),
        (b'{"x": NaN}', "application/json", 400),
        (b'{"x": 1' + b"0" * 5000 + b"}", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'{"events": []}', "application/json", 422),
        (b'{"events": [{}], "more": 1}', "application/json", 422),
        (b'{"x": 1e999}', "application/json", 422),
        (b'{"event_id": "\\ud800", "case_id": "\\u0000"}', "application/json", 422),
        (b"{}", "text/plain", 415),
        (b" " * 4_200_000 + b"{}", "application/json", 413),
    ],
)
def test_a_body_that_is_no_event_gets_a_4xx_with_its_reason(
    call: Any, body: bytes, kind: str, status: int
) -> None:
    answer = call("events").post(EVENTS, data=body, content_type=kind)
    assert answer.status_code == status and answer.json["error"]


def test_more_than_a_thousand_events_are_refused(call: Any) -> None:
    assert call("events").post(EVENTS, json={"events": [{}] * 1001}).status_code == 422


def test_an_unknown_address_or_method_says_so_to_a_key(call: Any) -> None:
    caller = call("read")
    assert caller.get("/api/v1/nothing").status_code == 404
    assert caller.client.put(EVENTS, headers={"Authorization": f"Bearer {caller.key}"}).status_code == 405
