"""POST /api/v1/drops: a file of events, CSV or XLSX, from platforms without an interface."""

from apiflask import APIFlask
from flask import Response, request

from dashboard.api.access import current_key
from dashboard.api.answers import Refusal, answer, make_blueprint
from dashboard.guard import Guard
from dashboard.services import Services
from hub.drops import Dropped, Drops
from hub.sheets import SheetFault
from store.event_rows import EventFaults


def add(server: APIFlask, guard: Guard, services: Services) -> None:
    """The route and its scope."""
    blueprint = make_blueprint("drops")
    drops = Drops(services.ingest, services.district)

    @blueprint.post("/api/v1/drops", endpoint="take")
    def take() -> Response:
        return answer(take_file(drops).model_dump())

    server.register_blueprint(blueprint)
    guard.open_api("drops.take", "drop", services.settings.largest_drop_bytes)


def take_file(drops: Drops) -> Dropped:
    """Store the file of this request; Refusal with every fault by row, and nothing stored."""
    if request.mimetype != "multipart/form-data":
        raise Refusal(415, "send the file as multipart/form-data, in the field `file`")
    given = request.files.get("file")
    if given is None:
        raise Refusal(400, "send the file in the field `file`")
    try:
        return drops.take(given.stream, given.filename or "", current_key())
    except SheetFault as error:
        raise Refusal(422, f"nothing was stored: {error}") from None
    except EventFaults as error:
        raise Refusal(422, "nothing was stored; mend these and send again", error.faults) from None
