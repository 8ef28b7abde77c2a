"""POST /api/v1/events: one event, or up to a thousand; each kept once, however often it is sent."""

from typing import Any

from apiflask import APIFlask
from flask import Response

from dashboard.api.access import current_key
from dashboard.api.answers import Refusal, answer, make_blueprint, read_json
from dashboard.guard import Guard
from dashboard.services import Services
from hub.intake import Intake
from store.event_rows import EventFaults
from store.events import Acknowledgement

MOST_EVENTS = 1000


def add(server: APIFlask, guard: Guard, services: Services) -> None:
    """The route and its scope."""
    blueprint = make_blueprint("events")
    intake = Intake(services.ingest, services.district)

    @blueprint.post("/api/v1/events", endpoint="take")
    def take() -> Response:
        events, is_batch = unfold(read_json())
        try:
            results = intake.take(events, current_key())
        except EventFaults as error:
            raise Refusal(422, "nothing was stored; mend these and send again", error.faults) from None
        return answer_batch(results) if is_batch else answer_one(results[0])

    server.register_blueprint(blueprint)
    guard.open_api("events.take", "events", services.settings.largest_api_bytes)


def unfold(body: Any) -> tuple[list[Any], bool]:
    """The events of a body, and whether they came as a batch."""
    if not isinstance(body, dict):
        raise Refusal(422, 'send one event as an object, or {"events": [...]}')
    if "events" not in body:
        return [body], False
    events = body["events"]
    if len(body) > 1 or not isinstance(events, list) or not 1 <= len(events) <= MOST_EVENTS:
        raise Refusal(422, f"events is a list of 1 to {MOST_EVENTS} events, and stands alone")
    return events, True


def answer_batch(results: list[Acknowledgement]) -> Response:
    """What became of each event, in their order."""
    return answer({"results": [{"event_id": row.event_id, "status": row.status} for row in results]})


def answer_one(result: Acknowledgement) -> Response:
    """201 stored, 200 known already, 409 another body under the same id."""
    if result.status == "conflict":
        return answer(
            {"error": "another event has this event_id", "event_id": result.event_id, "status": "conflict"},
            409,
        )
    duplicate = result.status == "duplicate"
    body = {"event_id": result.event_id, "status": result.status, "duplicate": duplicate}
    return answer(body, 200 if duplicate else 201)
