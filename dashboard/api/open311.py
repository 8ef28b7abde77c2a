"""Open311 GeoReport v2 at /open311/v2: existing clients list services, file requests and follow them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import Response, request
from werkzeug.exceptions import HTTPException

from dashboard.api.access import FORMS, current_key
from dashboard.api.answers import Refusal
from dashboard.api.georeport import Wrong, answer, answer_one, refuse
from dashboard.api.reads import find_scope
from dashboard.guard import Guard
from dashboard.i18n import catalogue
from dashboard.services import Services
from hub.case_views import CaseReader
from hub.policy import load_policy
from hub.reports import Report, UnknownService
from hub.requests311 import SPAN, Requests, Wanted
from hub.vault import RecordRefused
from store.event_rows import EventFaults
from store.events import EventStore
from store.types import NaiveTimeError, to_microseconds

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
WORDS = (
    "description", "address_string", "address_id", "email", "device_id", "account_id", "first_name",
    "last_name", "phone", "media_url",
)  # fmt: skip
LONGEST_WORDS = 4000
FORM = "<any(json, xml):form>"


class Desk311:
    """What the routes stand on."""

    def __init__(self, services: Services) -> None:
        self.services, self.district = services, services.district
        self.reports = services.reports
        reader = CaseReader(EventStore(services.store), services.district, load_policy().amber_share)
        self.requests = Requests(reader, services.district)

    def find(self, wanted: Wanted) -> list[dict[str, Any]]:
        """The requests that this key sees, their notes in words."""
        key = current_key()
        scope = find_scope(self.services, key)
        source = None if "read" in key.scopes else key.source
        states = catalogue("zh")
        rows = self.requests.find(wanted, self.services.clock.now(), source, scope)
        return [
            {**row, "status_notes": states.get(f"wall.state_{row['status_notes']}", row["status_notes"])}
            for row in rows
        ]

    def file(self) -> dict[str, Any]:
        """File the request of this form."""
        report = read_report(read_form())
        key = current_key()
        try:
            filed = self.reports.file_report(report, key.source, f"source:{key.source}")
        except UnknownService:
            raise Wrong(404, f"service_code {report.code[:40]!r} was not found") from None
        except EventFaults as error:
            raise Wrong(400, str(error)) from None
        except RecordRefused as error:
            raise Wrong(400, f"what was written cannot be kept: {error}") from None
        return {
            "service_request_id": filed.case_id,
            "token": filed.token,
            "service_notice": "",
            "account_id": "",
        }


def add(server: APIFlask, guard: Guard, services: Services) -> None:
    """The routes and their scope."""
    blueprint = APIBlueprint("open311", __name__, url_prefix="/open311/v2", enable_openapi=False)
    blueprint.register_error_handler(Wrong, lambda error: refuse(error.status, error.words))
    blueprint.register_error_handler(Refusal, lambda error: refuse(error.status, error.reason))
    blueprint.register_error_handler(
        HTTPException, lambda error: refuse(error.code or 500, error.description or error.name)
    )
    desk = Desk311(services)
    _add_services(blueprint, desk)
    _add_requests(blueprint, desk)
    before = set(server.view_functions)
    server.register_blueprint(blueprint)
    for endpoint in set(server.view_functions) - before:
        guard.open_api(endpoint, "open311", services.settings.largest_body_bytes, refuse)


def _add_services(blueprint: APIBlueprint, desk: Desk311) -> None:
    @blueprint.get(f"/discovery.{FORM}", endpoint="discovery")
    def discovery(form: str) -> Response:
        return answer_one(form, "discovery", describe_service(request.url_root))

    @blueprint.get(f"/services.{FORM}", endpoint="services")
    def services(form: str) -> Response:
        check_jurisdiction(desk.district.settings.code, request.args)
        return answer(form, "services", "service", desk.requests.list_services())

    @blueprint.get(f"/services/<code>.{FORM}", endpoint="service")
    def service(code: str, form: str) -> Response:
        check_jurisdiction(desk.district.settings.code, request.args)
        try:
            desk.reports.choose_item(code)
        except UnknownService:
            raise Wrong(404, f"service_code {code[:40]!r} was not found") from None
        return answer_one(form, "service_definition", {"service_code": code, "attributes": []})


def _add_requests(blueprint: APIBlueprint, desk: Desk311) -> None:
    @blueprint.get(f"/requests.{FORM}", endpoint="requests")
    def requests(form: str) -> Response:
        check_jurisdiction(desk.district.settings.code, request.args)
        return answer(form, "service_requests", "request", desk.find(read_wanted(request.args)))

    @blueprint.post(f"/requests.{FORM}", endpoint="file")
    def file(form: str) -> Response:
        check_jurisdiction(desk.district.settings.code, request.form)
        return answer(form, "service_requests", "request", [desk.file()], 201)

    @blueprint.get(f"/requests/<request_id>.{FORM}", endpoint="request")
    def one(request_id: str, form: str) -> Response:
        check_jurisdiction(desk.district.settings.code, request.args)
        found = desk.find(Wanted(ids=(request_id,))) if request_id.isprintable() else []
        if not found:
            raise Wrong(404, "service_request_id was not found")
        return answer(form, "service_requests", "request", found)

    @blueprint.get(f"/tokens/<token>.{FORM}", endpoint="token")
    def token(token: str, form: str) -> Response:
        check_jurisdiction(desk.district.settings.code, request.args)
        known = token.isprintable()
        case_id = desk.services.links.find_case(token, current_key().source) if known else None
        if case_id is None:
            raise Wrong(404, "token was not found")
        row = {"token": token, "service_request_id": case_id}
        return answer(form, "service_requests", "request", [row])


def describe_service(root: str) -> dict[str, Any]:
    """Where the service is and which forms it speaks."""
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{root}open311/v2",
        "changeset": "",
        "type": "production",
        "formats": ["application/json", "text/xml"],
    }
    return {"changeset": "", "contact": "", "key_service": "", "endpoints": [endpoint]}


def check_jurisdiction(code: str, given: Mapping[str, str]) -> None:
    """404 for another place than this district; blank is this one."""
    if given.get("jurisdiction_id", "") not in ("", code):
        raise Wrong(404, f"jurisdiction_id was not found; this is {code}")


def read_form() -> Mapping[str, str]:
    """The fields of this form."""
    if request.mimetype not in FORMS:
        raise Wrong(400, "send a form: application/x-www-form-urlencoded")
    return request.form


def read_report(form: Mapping[str, str]) -> Report:
    """What a form reports; Wrong names everything that is missing."""
    faults, numbers = [], {}
    for name, most in (("lat", 90), ("long", 180)):
        try:
            numbers[name] = float(form.get(name, ""))
        except ValueError:
            numbers[name] = float("nan")
        if not abs(numbers[name]) <= most:
            faults.append(f"{name} is missing or no number of degrees")
    if not form.get("service_code"):
        faults.append("service_code was not provided")
    words = {name: form[name] for name in WORDS if form.get(name)}
    faults += [
        f"{n} is longer than {LONGEST_WORDS}" for n, text in words.items() if len(text) > LONGEST_WORDS
    ]
    if faults:
        raise Wrong(400, "; ".join(faults))
    return Report(form["service_code"], numbers["long"], numbers["lat"], "open311", words)


def read_wanted(given: Mapping[str, str]) -> Wanted:
    """The filter of a list of requests; Wrong says what cannot be read."""
    ids, codes, statuses = (
        _split(given.get(n, "")) for n in ("service_request_id", "service_code", "status")
    )
    if not set(statuses) <= {"open", "closed"}:
        raise Wrong(400, "status is open or closed")
    start, end = (_read_date(given.get(name, ""), name) for name in ("start_date", "end_date"))
    if start and end and not start <= end <= start + SPAN:
        raise Wrong(400, f"start_date to end_date is a span of at most {SPAN.days} days")
    return Wanted(ids, codes, statuses, start, end)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip().isprintable() and part.strip())


def _read_date(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        to_microseconds(moment)
    except (ValueError, NaiveTimeError, OverflowError):
        raise Wrong(400, f"{name} is a time with its zone, such as 2026-05-11T00:00:00Z") from None
    if not 2000 <= moment.year <= 2100:
        raise Wrong(400, f"{name} lies outside 2000 to 2100")
    return moment
