"""The OpenAPI 3.1 document: what other systems send and get, made from the district's own tables."""

from dataclasses import dataclass
from typing import Any

from dashboard.api.schemas import build_schemas, refer
from dashboard.i18n import pick, t
from hub.case_views import LIGHTS, STATUSES
from hub.cases import STAGES
from twin.district import District

VERSION = "1.0.0"
TAGS = ("events", "cases", "figures", "open311", "health")
REFUSALS = (401, 403, 413, 422, 429)
WORDS = ("description", "address_string", "email", "phone", "first_name", "last_name", "media_url")
Document = dict[str, Any]


def build_document(district: District, lang: str) -> Document:
    """The whole document of a district's hub, in a language."""
    writer = Writer(lang)
    name = pick(lang, district.settings.name, district.settings.name_en)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": t("api.title", lang, district=name),
            "version": VERSION,
            "description": t("api.about", lang),
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": t(f"api.tag_{tag}", lang)} for tag in TAGS],
        "security": [{"key": []}],
        "paths": writer.list_v1() | writer.list_open311() | writer.list_health(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": build_schemas(district),
        },
    }


@dataclass(frozen=True)
class Writer:
    """Writes operations in a language; texts stand in the catalogue under the operation's id."""

    lang: str

    def operate(
        self, tag: str, name: str, answers: dict[int, str], parameters: list[Document] | None = None
    ) -> Document:
        """One operation: status -> schema of its answers, and the refusals that all of them share."""
        found = dict.fromkeys(REFUSALS, "Refusal") | answers
        return {
            "tags": [tag],
            "summary": t(f"api.{name}", self.lang),
            "operationId": name,
            "parameters": parameters or [],
            "responses": {
                str(status): self.answer(status, _json(refer(schema))) for status, schema in found.items()
            },
        }

    def answer(self, status: int, content: Document) -> Document:
        """One answer, described by its status."""
        return {"description": t(f"api.answer_{status}", self.lang), "content": content}

    def list_v1(self) -> Document:
        """Events in, cases and figures out."""
        taken = {200: "Results", 201: "Result", 409: "Result", 400: "Refusal", 415: "Refusal"}
        dropped = {200: "Dropped", 400: "Refusal", 415: "Refusal"}
        one = [_text("case_id", "path")]
        take = self.operate("events", "send_events", taken)
        drop = self.operate("events", "drop_file", dropped)
        content = _json({"oneOf": [refer("Event"), refer("Events")]})
        file = {"type": "string", "contentMediaType": "application/octet-stream"}
        form = {"type": "object", "required": ["file"], "properties": {"file": file}}
        return {
            "/api/v1/events": {"post": take | _body(content)},
            "/api/v1/drops": {"post": drop | _body({"multipart/form-data": {"schema": form}})},
            "/api/v1/cases": {"get": self.operate("cases", "list_cases", {200: "Cases"}, _filters())},
            "/api/v1/cases/{case_id}": {
                "get": self.operate("cases", "read_case", {200: "CaseFile", 404: "Refusal"}, one)
            },
            "/api/v1/state": {"get": self.operate("figures", "read_state", {200: "State"})},
            "/api/v1/state/hash": {"get": self.operate("figures", "read_state_hash", {200: "StateHash"})},
            "/api/v1/indicators": {"get": self.operate("figures", "read_indicators", {200: "Indicators"})},
        }

    def list_open311(self) -> Document:
        """GeoReport v2; its own specification says what the bodies hold."""
        form, place = _text("format", "path", enum=["json", "xml"]), _text("jurisdiction_id")
        lists = ("service_request_id", "service_code", "status", "start_date", "end_date")
        known = [form, place]
        wanted = [*known, *(_text(name) for name in lists)]
        return {
            "/open311/v2/discovery.{format}": {"get": self.report("discover", [form])},
            "/open311/v2/services.{format}": {"get": self.report("list_services", known)},
            "/open311/v2/services/{code}.{format}": {
                "get": self.report("read_service", [*known, _text("code", "path")])
            },
            "/open311/v2/requests.{format}": {
                "get": self.report("list_requests", wanted),
                "post": self.report("file_request", [form], 201) | _body(_request_form()),
            },
            "/open311/v2/requests/{request_id}.{format}": {
                "get": self.report("read_request", [*known, _text("request_id", "path")])
            },
            "/open311/v2/tokens/{token}.{format}": {
                "get": self.report("read_token", [*known, _text("token", "path")])
            },
        }

    def report(self, name: str, parameters: list[Document], done: int = 200) -> Document:
        """An operation of Open311, in both of its forms."""
        content: Document = {"application/json": {"schema": {}}, "text/xml": {"schema": {}}}
        statuses = (done, 400, 401, 403, 404, 413, 429)
        answers = {str(status): self.answer(status, content) for status in statuses}
        return self.operate("open311", name, {}, parameters) | {"responses": answers}

    def list_health(self) -> Document:
        """Signs of life."""
        text = {"text/plain": {"schema": {"type": "string"}}}
        alive = self.operate("health", "read_health", {})
        alive |= {"security": [], "responses": {"200": self.answer(200, text)}}
        metrics = self.operate("health", "read_metrics", {})
        metrics["responses"]["200"] = self.answer(200, text)
        ready = self.operate("health", "read_readiness", {200: "Health", 503: "Health"})
        return {"/health": {"get": alive}, "/health/ready": {"get": ready}, "/metrics": {"get": metrics}}


def _json(schema: Document) -> Document:
    return {"application/json": {"schema": schema}}


def _body(content: Document) -> Document:
    return {"requestBody": {"required": True, "content": content}}


def _text(name: str, where: str = "query", **schema: Any) -> Document:
    kind = {"type": "string", **schema}
    return {"name": name, "in": where, "required": where == "path", "schema": kind}


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


def _request_form() -> Document:
    text, number = {"type": "string"}, {"type": "number"}
    properties = {"service_code": text, "lat": number, "long": number, "jurisdiction_id": text}
    schema = {
        "type": "object",
        "required": ["service_code", "lat", "long"],
        "properties": properties | dict.fromkeys(WORDS, text),
    }
    return {"application/x-www-form-urlencoded": {"schema": schema}}
