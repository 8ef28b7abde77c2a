"""The OpenAPI 3.1 document: what other systems may send and what they get, made from the district's tables."""

from typing import Any

from dashboard.api.schemas import build_schemas, refer
from hub.case_views import LIGHTS, STATUSES
from hub.cases import STAGES
from twin.district import District

VERSION = "1.0.0"
ABOUT = """Events of cases in, cases and figures out, for the systems that a district has already.

Send `Authorization: Bearer KEY`; `python app.py source add NAME --scopes events read` gives out a key.
Times carry a zone. An event is kept once by (source, event_id): send it again whenever in doubt.
Every refusal is a 4xx with its reason; 429 says in Retry-After when to come again."""
Document = dict[str, Any]


def build_document(district: District) -> Document:
    """The whole document of a district's hub."""
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{district.settings.name} 联动指挥中枢", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in ("events", "cases", "figures", "open311", "health")],
        "security": [{"key": []}],
        "paths": _v1_paths() | _open311_paths() | _health_paths(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": build_schemas(district),
        },
    }


def operation(
    tag: str, summary: str, answers: dict[str, Any], name: str, parameters: list[Document] | None = None
) -> Document:
    """One operation with its answers and the refusals that all of them share."""
    shared = {
        "401": _refusal("no key that works"),
        "403": _refusal("the key lacks the scope"),
        "413": _refusal("too large"),
        "422": _refusal("faults, all of them"),
        "429": _refusal("too many calls; Retry-After says when to come again"),
    }
    found: Document = {"tags": [tag], "summary": summary, "operationId": name, "responses": answers | shared}
    return found | ({"parameters": parameters} if parameters else {})


def _refusal(words: str) -> Document:
    return {"description": words, "content": _json(refer("Refusal"))}


def _json(schema: Document) -> Document:
    return {"application/json": {"schema": schema}}


def _found(words: str, schema: str) -> Document:
    return {"description": words, "content": _json(refer(schema))}


def _text(name: str, where: str = "query", **schema: Any) -> Document:
    kind = {"type": "string", **schema}
    return {"name": name, "in": where, "required": where == "path", "schema": kind}


def _v1_paths() -> Document:
    take = operation(
        "events",
        "Send one event, or up to 1,000",
        {
            "200": _found("known already, or what became of each of a batch", "Results"),
            "201": _found("stored", "Result"),
            "400": _refusal("not JSON"),
            "409": _found("another event has this id", "Result"),
            "415": _refusal("not application/json"),
        },
        "send_events",
    )
    body = {"oneOf": [refer("Event"), refer("Events")]}
    take["requestBody"] = {"required": True, "content": _json(body)}
    return {
        "/api/v1/events": {"post": take},
        "/api/v1/drops": {"post": _drop()},
        "/api/v1/cases": {"get": operation(
            "cases", "Cases, a page at a time", {"200": _found("a page", "Cases")}, "list_cases", _filters()
        )},
        "/api/v1/cases/{case_id}": {"get": operation(
            "cases", "One case with its whole history",
            {"200": _found("the case", "CaseFile"), "404": _refusal("no such case for this key")},
            "read_case", [_text("case_id", "path")],
        )},
        "/api/v1/state": {"get": operation(
            "figures", "Open cases by light, stage, township", {"200": _found("now", "State")}, "read_state"
        )},
        "/api/v1/state/hash": {"get": operation(
            "figures", "Hash of the state, equal in every process that has the same events",
            {"200": _found("now", "StateHash")}, "read_state_hash",
        )},
        "/api/v1/indicators": {"get": operation(
            "figures", "Key figures with formula, window, origin and interval",
            {"200": _found("now", "Indicators")}, "read_indicators",
        )},
    }  # fmt: skip


def _drop() -> Document:
    dropped = operation(
        "events",
        "Send a file of events, CSV or XLSX: all of it or nothing",
        {
            "200": _found("what became of its rows", "Dropped"),
            "400": _refusal("no file"),
            "415": _refusal("no CSV or XLSX"),
        },
        "drop_file",
    )
    schema = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
    }
    dropped["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    return dropped


def _filters() -> list[Document]:
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500}}
    return [
        _text("status", enum=list(STATUSES)),
        _text("light", enum=list(LIGHTS)),
        _text("stage", enum=list(STAGES)),
        *(_text(name) for name in ("township", "village", "unit", "matter", "after")),
        *(_text(name, format="date-time") for name in ("since", "until")),
        limit,
    ]


def _open311_paths() -> Document:
    form = _text("format", "path", enum=["json", "xml"])
    place = _text("jurisdiction_id")
    return {
        "/open311/v2/discovery.{format}": {"get": _report("Where the service is", "discover", [form])},
        "/open311/v2/services.{format}": {
            "get": _report("What may be reported", "list_services", [form, place])
        },
        "/open311/v2/services/{code}.{format}": {
            "get": _report("One service", "read_service", [form, place, _text("code", "path")])
        },
        "/open311/v2/requests.{format}": {
            "get": _report("Requests that this key sees", "list_requests", [
                form, place, *(_text(name) for name in (
                    "service_request_id", "service_code", "status", "start_date", "end_date"))]),
            "post": _file_request(form),
        },
        "/open311/v2/requests/{request_id}.{format}": {
            "get": _report("One request", "read_request", [form, place, _text("request_id", "path")])
        },
        "/open311/v2/tokens/{token}.{format}": {
            "get": _report("The request of a token", "read_token", [form, place, _text("token", "path")])
        },
    }  # fmt: skip


def _report(summary: str, name: str, parameters: list[Document]) -> Document:
    content: Document = {"application/json": {"schema": {}}, "text/xml": {"schema": {}}}
    statuses = {"200": "found", "400": "what is wrong", "404": "no such thing", "429": "too many calls"}
    statuses |= {"401": "no key that works", "403": "the key lacks the scope", "413": "too large"}
    answers = {status: {"description": words, "content": content} for status, words in statuses.items()}
    return {
        "tags": ["open311"], "summary": summary, "operationId": name, "parameters": parameters,
        "responses": answers,
    }  # fmt: skip


def _file_request(form: Document) -> Document:
    filing = _report("File a request", "file_request", [form])
    filing["responses"]["201"] = filing["responses"]["200"]
    kept = ("description", "address_string", "email", "phone", "first_name", "last_name", "media_url")
    text = {"type": "string"}
    schema = {
        "type": "object",
        "required": ["service_code", "lat", "long"],
        "properties": {
            "service_code": text, "lat": {"type": "number"}, "long": {"type": "number"},
            "jurisdiction_id": text, **dict.fromkeys(kept, text),
        },
    }  # fmt: skip
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    return filing | {"requestBody": {"required": True, "content": content}}


def _health_paths() -> Document:
    text = {"description": "ok", "content": {"text/plain": {"schema": {"type": "string"}}}}
    ready = operation(
        "health",
        "Store, worker and lag",
        {"200": _found("ready", "Health"), "503": _found("not ready", "Health")},
        "read_readiness",
    )
    metrics = operation("health", "Measurements for Prometheus", {"200": text}, "read_metrics")
    alive: Document = {
        "tags": ["health"],
        "summary": "Alive",
        "operationId": "read_health",
        "security": [],
        "responses": {"200": text},
    }
    return {"/health": {"get": alive}, "/health/ready": {"get": ready}, "/metrics": {"get": metrics}}
