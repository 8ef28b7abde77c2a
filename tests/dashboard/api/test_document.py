"""The document of the API: all of its routes and no others; what it says is what is answered."""

import re
from typing import Any

from tests.dashboard.api.fuzz import fuzz_api
from tests.dashboard.conftest import Web


def list_documented(web: Web) -> set[tuple[str, str]]:
    document = web.enter("viewer").get("/api/openapi.json").json
    return {(path, method.upper()) for path, entry in document["paths"].items() for method in entry}


def list_routes(web: Web) -> set[tuple[str, str]]:
    found = set()
    endpoints = {rule.endpoint for rule in web.server.url_map.iter_rules() if "." in rule.endpoint}
    api = {
        name for name in endpoints if name.split(".")[0] in ("events", "drops", "reads", "open311", "health")
    }
    for rule in web.server.url_map.iter_rules():
        if rule.endpoint in api | {"health"}:
            path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule.rule).replace(".{form}", ".{format}")
            found |= {(path, method) for method in rule.methods - {"HEAD", "OPTIONS"}}
    return found


def test_the_document_holds_every_route_of_the_api_and_no_other(web: Web) -> None:
    documented, routes = list_documented(web), list_routes(web)
    assert documented == routes
    assert len(routes) == 17


def test_the_document_is_31_and_the_page_comes_from_this_machine_alone(web: Web) -> None:
    client = web.enter("viewer")
    document = client.get("/api/openapi.json").json
    assert document["openapi"] == "3.1.0"
    page = client.get("/api/docs")
    assert "http" not in re.sub(r"http-equiv", "", page.text) and "<script>" not in page.text
    for address in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert client.get(address).status_code == 200, address
    assert web.server.test_client().get("/api/docs").status_code == 401
    assert client.get("/api/docs/../api/docs.py").status_code in (401, 404)
    assert client.get("/api/docs/docs.py").status_code == 404


def test_the_example_of_an_event_is_accepted(web: Web, call: Any) -> None:
    example = (
        web.enter("viewer").get("/api/openapi.json").json["components"]["schemas"]["Event"]["examples"][0]
    )
    assert call("events").post("/api/v1/events", json=example).status_code == 201


def test_no_case_that_schemathesis_makes_gets_a_5xx(web: Web) -> None:
    key = web.services.keys.add("fuzz", ["events", "drop", "open311", "read", "metrics"], 1_000_000)
    document = web.enter("viewer").get("/api/openapi.json").json

    def send(case: Any) -> Any:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {key}"}
        return case.call(base_url="http://localhost", app=web.server)

    counted, broken = fuzz_api(document, send, 12)
    print(f"FIGURE API: {counted.total()} cases by schemathesis, {len(broken)} answers 5xx: {dict(counted)}")
    assert broken == []
    assert counted.total() > 200
