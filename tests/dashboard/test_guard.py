"""Deny by default: every route and callback, for every role and for nobody, equals the table here."""

import contextlib
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from dashboard.factory import PAGES
from dashboard.guard import PUBLIC, SAFE_METHODS, SUITES, UPDATE
from dashboard.i18n import t
from hub.roles import ROLES
from tests.dashboard.conftest import Web

EVERYONE = set(ROLES)
SCREENS = EVERYONE - {"auditor"}
DESK, PLANNERS = SCREENS - {"display"}, {"planner", "admin"}
#: How a path begins -> what it may answer instead of 200: none of that id; no password behind a link.
TOLD = {
    "/api/runs": 404,
    "/api/compare": 404,
    "/api/films": 404,
    "/api/cause": 404,
    "/api/optimise": 404,
    "/api/places": 404,
    "/api/shifts": 404,
    "/api/grids": 404,
    "/api/records": 404,
    "/api/live/cases": 404,
    "/password": 403,
}
#: Path -> roles that get an answer; all the others are refused.
PATHS: dict[str, set[str]] = {
    "/": DESK,
    "/screen": SCREENS,
    "/plan": PLANNERS,
    "/optimise/places": PLANNERS,
    "/optimise/shifts": PLANNERS,
    "/api/places/none/points.csv": PLANNERS,
    "/api/shifts/none/moves.csv": PLANNERS,
    "/cause": PLANNERS,
    "/api/causes/none/causes.csv": PLANNERS,
    "/optimise": PLANNERS,
    "/optimise/posts": PLANNERS,
    "/api/optimise/none/curve.csv": PLANNERS,
    "/playback": PLANNERS,
    "/grids": PLANNERS,
    "/api/grids/none/cells.json": PLANNERS,
    "/compare": PLANNERS,
    "/compare/none": PLANNERS,
    "/api/compare/none/figures.csv": PLANNERS,
    "/playback/none": PLANNERS,
    "/api/films/none": PLANNERS,
    "/orders": DESK,
    "/duty": DESK,
    "/api/contingencies/storm.toml": DESK,
    "/admin": {"admin"},
    "/audit": {"auditor", "admin"},
    "/_dash-layout": EVERYONE,
    "/_dash-dependencies": EVERYONE,
    "/live": DESK,
    "/api/live": DESK,
    "/api/live/book": DESK,
    "/api/live/filing": {"dispatcher", "township", "village", "admin"},
    "/api/live/cases/none": DESK,
    "/api/wall": SCREENS,
    "/api/wall/whatif": SCREENS,
    "/api/wall/place/990101103000": SCREENS,
    "/api/runs/none/indicators.csv": PLANNERS,
    "/geo/grids.json": SCREENS,
    "/geo/villages.json": SCREENS,
    "/geo/townships.json": SCREENS,
    "/geo/units.json": SCREENS,
    "/geo/outline.json": SCREENS,
    "/geo/roads.json": SCREENS,
    "/geo/water.json": SCREENS,
    "/geo/lakes.json": SCREENS,
    "/geo/style-dark.json": SCREENS,
    "/geo/style-light.json": SCREENS,
    "/api/records/none": {"dispatcher", "department", "township", "village", "inspector"},
    "/api/records/none/none": {"dispatcher", "department", "township", "village", "inspector"},
    "/lang/en": EVERYONE,
    "/api/docs": EVERYONE,
    "/api/docs/start.js": EVERYONE,
    "/api/openapi.json": EVERYONE,
    "/api/v1/cases": set(),
    "/api/v1/cases/x": set(),
    "/api/v1/state": set(),
    "/api/v1/state/hash": set(),
    "/api/v1/indicators": set(),
    "/health/ready": set(),
    "/metrics": set(),
    "/password": EVERYONE - {"display"},
    "/open311/v2/services.json": set(),
    "/open311/v2/requests.xml": set(),
    "/nowhere": set(),
    "/static/app.py": set(),
    "/_reload-hash": set(),
}
#: Endpoint of an unsafe route -> roles that it answers; callbacks have a table of their own below.
POSTS: dict[str, set[str]] = {
    "leave": EVERYONE,
    "set_password": EVERYONE - {"display"},
    "live_file": {"dispatcher", "township", "village", "admin"},
    "live_act": {"dispatcher", "department", "township", "village", "leader", "inspector", "admin"},
    "add_record": {"dispatcher", "department", "township", "village"},
}
#: Routes of Dash: pages by their address (PATHS), and what the guard shuts or serves to every session.
INTERNAL = {"/", "/<path:path>", "/_reload-hash", UPDATE, SUITES}
#: Opened by keys of sources, never by a session.
BY_KEY = ("/api/v1/", "/open311/", "/health/ready", "/metrics")
OPEN = {
    "/enter": 401,
    "/login": 200,
    "/display/x": 401,
    "/lang/en": 303,
    "/health": 200,
    "/_favicon.ico": 200,
    "/assets/desk.css": 200,
}
REFUSED = (401, 403, 404)


def fill(rule: Any) -> str:
    """An address of a rule, with something for each of its parts."""
    values = {
        "filename": "x",
        "path": "x",
        "package_name": "dash",
        "fingerprinted_path": "x.js",
        "code": "en",
    }
    values |= {
        "name": "grids",
        "job_id": "none",
        "which": "cells",
        "case_id": "x",
        "token": "x",
        "record_id": "none",
        "form": "json",
    }
    return str(rule.rule if not rule.arguments else _build(rule, values))


def _build(rule: Any, values: dict[str, str]) -> str:
    text = rule.rule
    for part in rule.arguments:
        text = re.sub(rf"<(?:[^<>]*:)?{part}>", values.get(part, "x"), text)
    return str(text)


def test_nobody_gets_an_answer_from_any_route_but_the_public_ones(web: Web) -> None:
    client = web.enter("anonymous")
    walked = 0
    for rule in web.server.url_map.iter_rules():
        for method in sorted(rule.methods or ()):
            answer = client.open(fill(rule), method=method)
            walked += 1
            if rule.endpoint not in PUBLIC:
                assert answer.status_code == 401, (rule.rule, method, answer.status_code)
    assert walked > 30


def test_the_public_list_is_the_door_its_style_and_a_sign_of_life(web: Web) -> None:
    assert {
        "enter", "redeem", "login", "log_in", "display", "oidc_start", "oidc_back", "language", "health",
        "_dash_assets.static", "/_favicon.ico",
    } == PUBLIC  # fmt: skip
    client = web.enter("anonymous")
    for path, status in OPEN.items():
        assert client.get(path).status_code == status, path


def find_told(path: str) -> list[int]:
    """The other statuses that a path may answer with."""
    return [status for start, status in TOLD.items() if path.startswith(start)]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_is_declared_and_nothing_else(web: Web, role: str) -> None:
    client = web.enter(role)
    for path, allowed in PATHS.items():
        status = client.get(path).status_code
        if role in allowed:
            told = find_told(path)
            assert status in (200, 303, *told), (path, status)
        else:
            assert status in REFUSED, (path, status)


def list_unsafe(web: Web) -> list[tuple[Any, str]]:
    """Every rule with each method that may change something."""
    rules = list(web.server.url_map.iter_rules())
    return [(rule, method) for rule in rules for method in sorted((rule.methods or set()) - SAFE_METHODS)]


def test_every_route_stands_in_a_table_or_is_opened_by_keys_alone(web: Web) -> None:
    adapter = web.server.url_map.bind("localhost")
    named = set(POSTS) | INTERNAL | PUBLIC
    for path in PATHS:
        with contextlib.suppress(HTTPException):
            named.add(adapter.match(path)[0])
    rules = [rule for rule in web.server.url_map.iter_rules() if rule.endpoint not in named]
    assert [rule.rule for rule in rules if not rule.rule.startswith(BY_KEY)] == []
    for rule in rules:
        for method in sorted(rule.methods or ()):
            assert web.enter("admin").open(fill(rule), method=method).status_code in REFUSED, rule.rule


def test_unsafe_routes_answer_the_roles_of_their_table_and_refuse_the_others(web: Web) -> None:
    walked = 0
    for rule, method in list_unsafe(web):
        if rule.endpoint in PUBLIC or rule.endpoint == UPDATE:
            continue
        for role in ROLES:
            answer = web.enter(role).open(fill(rule), method=method)
            body = answer.get_json(silent=True)
            why = body.get("error") if isinstance(body, dict) else None
            if role in POSTS.get(rule.endpoint, ()):
                assert why != "role", (rule.rule, role)
            else:
                assert why == "role" or answer.status_code in (401, 404), (rule.rule, role, answer.text)
            walked += 1
    assert walked >= len(ROLES) * len(POSTS)


def test_no_unsafe_route_acts_for_another_site_the_door_included(web: Web) -> None:
    before, walked = web.services.audit.count(), set()
    sites = [{"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "none")]
    sites += [{"Origin": origin} for origin in ("http://evil.example", "null", "https://localhost.evil")]
    for rule, method in list_unsafe(web):
        refused = {401} if rule.rule.startswith(BY_KEY) else {403}
        for headers in sites:
            for role in ("anonymous", "admin"):
                answer = web.enter(role).open(fill(rule), method=method, headers=headers)
                assert answer.status_code in refused, (rule.rule, method, headers, role, answer.text)
        walked.add(rule.endpoint)
    assert {"redeem", "log_in", UPDATE, *POSTS} <= walked
    assert web.services.audit.count() == before


def call_body(web: Web, key: str) -> dict[str, Any]:
    """The body that the renderer would send for a callback, every value null."""
    entry = web.app.callback_map[key]

    def refer(item: dict[str, str]) -> Any:
        name = json.loads(item["id"]) if item["id"].startswith("{") else item["id"]
        return [] if isinstance(name, dict) else {"id": name, "property": item["property"], "value": None}

    parts = key[2:-2].split("...") if key.startswith("..") else [key]
    plain = [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in parts]
    outputs: list[Any] = [[] if item["id"].startswith("{") else item for item in plain]
    return {
        "output": key,
        "outputs": outputs if key.startswith("..") else outputs[0],
        "inputs": [refer(item) for item in entry["inputs"]],
        "state": [refer(item) for item in entry["state"]],
        "changedPropIds": [],
    }


#: First word of a callback's first output -> roles that get an answer.
GUARD_OF = {
    "overview": DESK,
    "page": EVERYONE,
    "plan": PLANNERS,
    "cause": PLANNERS,
    "playback": PLANNERS,
    "places": PLANNERS,
    "shifts": PLANNERS,
    "grids": PLANNERS,
    "wall": PLANNERS,
    "compare": PLANNERS,
    "optimise": PLANNERS,
    "orders": DESK,
    "duty": DESK,
}
GUARD_OF |= {"admin": {"admin"}, "audit": {"auditor", "admin"}}


def find_prefix(key: str) -> str:
    """The first word of a callback's first output."""
    first = key.strip(".").split(".")[0]
    return str(json.loads(first)["type"] if first.startswith("{") else first).split("-", maxsplit=1)[0]


def test_every_callback_refuses_nobody_and_every_role_it_does_not_name(web: Web) -> None:
    assert web.app.callback_map
    for key in web.app.callback_map:
        for role in ("anonymous", *ROLES):
            answer = web.enter(role).post(UPDATE, json=call_body(web, key))
            if role in GUARD_OF[find_prefix(key)]:
                assert answer.status_code in (200, 204), (key, role, answer.status_code, answer.text[:200])
            else:
                assert answer.status_code in (401, 403), (key, role, answer.status_code)


def test_each_page_is_drawn_for_the_roles_that_may_open_it_and_named_to_no_other(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    body = call_body(web, "page.children")
    for role in ROLES:
        client = web.enter(role)
        for page in PAGES:
            body["inputs"][0]["value"] = page.PATH
            drawn = client.post(UPDATE, json=body).text
            refused = t("frame.no_page", "zh") in json.dumps(json.loads(drawn), ensure_ascii=False)
            assert refused is not (role in page.ROLES), (role, page.PATH)
            for other in PAGES:
                link = f'"href": "{other.PATH}"' in drawn.replace('"href":"', '"href": "')
                assert role in other.ROLES or not link, (role, page.PATH, other.PATH)
            assert not caplog.records, (role, page.PATH, caplog.text[-1500:])


def test_a_callback_of_another_site_acts_on_nothing(web: Web) -> None:
    key = next(iter(web.app.callback_map))
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
    ):
        assert web.enter("admin").post(UPDATE, json=call_body(web, key), headers=headers).status_code == 403


def malform(body: dict[str, Any]) -> list[Any]:
    """Bodies that no renderer sends."""
    deep: Any = "x"
    for _ in range(60):
        deep = [deep]
    return [
        {}, [], None, 1, "x", True, [body],
        {**body, "output": None}, {**body, "output": "x.y"}, {**body, "output": ["a"]},
        {**body, "outputs": None}, {**body, "outputs": []}, {**body, "outputs": {"id": 1}},
        {**body, "inputs": None}, {**body, "inputs": {}}, {**body, "inputs": [None]}, {**body, "inputs": []},
        {**body, "inputs": body["inputs"] * 2}, {**body, "state": [{}]}, {**body, "state": "x"},
        {**body, "changedPropIds": 3},
        {**body, "changedPropIds": [1]}, {**body, "more": 1}, {**body, "inputs": deep},
        {k: v for k, v in body.items() if k != "output"}, {k: v for k, v in body.items() if k != "inputs"},
    ]  # fmt: skip


def post_raw(client: FlaskClient, text: bytes) -> int:
    return client.post(UPDATE, data=text, content_type="application/json").status_code


def test_malformed_callback_bodies_get_a_4xx_never_a_5xx(web: Web) -> None:
    client = web.enter("admin")
    for key in web.app.callback_map:
        for body in malform(call_body(web, key)):
            answer = client.post(UPDATE, json=body)
            assert 400 <= answer.status_code < 500, (key, body, answer.status_code)
    for text in (b"", b"{", b"\xff", b"[" * 100_000, b'{"output": ' + b'"x"' * 9, b"null", b" " * 400_000):
        assert 400 <= post_raw(client, text) < 500, text[:20]


ODD_VALUES: list[Any] = [
    None,
    -1,
    1e308,
    "",
    "x" * 5000,
    [],
    {},
    [None],
    {"a": 1},
    True,
    "2026-13-41",
    ["x"] * 50,
]


def test_odd_values_in_well_formed_bodies_get_an_answer_and_no_callback_fails(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    client = web.enter("admin")
    for key in web.app.callback_map:
        for value in ODD_VALUES:
            body = call_body(web, key)
            for item in (*body["inputs"], *body["state"]):
                if isinstance(item, dict):
                    item["value"] = value
            status = client.post(UPDATE, json=body).status_code
            assert status < 500, (key, value, status)
            assert not caplog.records, (key, value, caplog.text[-2000:])


def test_a_one_time_link_opens_one_session_and_looking_does_not_use_it_up(web: Web) -> None:
    token = web.services.sessions.issue_link("viewer", 5)
    first, second = web.enter("anonymous"), web.enter("anonymous")
    for _ in range(3):
        assert first.get(f"/enter?token={token}").status_code == 200
    assert first.post("/enter", data={"token": token}).status_code == 303
    assert first.get("/api/wall").status_code == 200
    assert second.post("/enter", data={"token": token}).status_code == 401
    assert second.get("/api/wall").status_code == 401


def test_after_leaving_the_old_cookie_is_worth_nothing(web: Web) -> None:
    session = web.services.sessions.open("admin")
    client = web.enter("anonymous")
    client.set_cookie("session", session)
    assert client.get("/").status_code == 200
    client.post("/leave")
    client.set_cookie("session", session)
    assert client.get("/").status_code == 401


def test_every_answer_carries_the_headers_that_keep_it_on_this_machine(web: Web) -> None:
    client = web.enter("admin")
    for path in ("/", "/api/wall", "/geo/grids.json", "/assets/wall.js", "/nowhere"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe-eval" not in policy and "http" not in policy
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Demo"] == "true"  # a fictitious district says so everywhere
    assert client.get("/api/wall").headers["Cache-Control"] == "no-store"


def test_the_language_switch_leads_to_our_own_pages_only(web: Web) -> None:
    client = web.enter("viewer")
    assert client.get("/lang/en?back=/plan").headers["Location"] == "/plan"
    for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert client.get("/lang/en", query_string={"back": back}).headers["Location"] == "/"
