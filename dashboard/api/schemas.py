"""Schemas of the API's bodies; those of an event are the columns of the event log."""

from typing import Any

from hub.case_views import LIGHTS, STATUSES, TIMES
from hub.ingest import KINDS, LONGEST_TEXT, ORIGINS
from hub.senders import GIVEN
from store.event_rows import AMOUNTS, COUNTS
from twin.district import District
from twin.eventlog import PHASES, STATES
from twin.eventlog import TIMES as EVENT_TIMES

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": ["number", "null"]}
COUNT: Schema = {"type": "integer"}
MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
RESULTS = ("stored", "duplicate", "conflict")


def refer(name: str) -> Schema:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def build_schemas(district: District) -> dict[str, Schema]:
    """Every schema of a district's document, by name."""
    event = _event(district)
    events = {"type": "array", "items": refer("Event"), "minItems": 1, "maxItems": 1000}
    result = _object(event_id=TEXT, status=_one_of(RESULTS))
    case = _case()
    return {
        "Event": event,
        "Events": {**_object(events=events), "additionalProperties": False},
        "Result": result,
        "Results": {"oneOf": [_object(results=_list(refer("Result"))), refer("Result")]},
        "Fault": _object(row=COUNT, event_id=TEXT, column=TEXT, message=TEXT),
        "Refusal": {
            "type": "object",
            "required": ["error"],
            "properties": {"error": TEXT, "fault_count": COUNT, "faults": _list(refer("Fault"))},
        },
        "Dropped": _object(file=TEXT, rows=COUNT, stored=COUNT, duplicate=COUNT, conflict=COUNT,
                           mended=_list(TEXT)),
        "Case": case,
        "Cases": _object(as_of=TEXT, origin=TEXT, demo={"type": "boolean"}, district=TEXT, count=COUNT,
                         cases=_list(refer("Case")), next={"type": ["string", "null"]}),
        "CaseFile": {"allOf": [refer("Case"), _object(history=_list({"type": "object"}))]},
        "StateHash": _object(received_no=COUNT, cases=COUNT, digest=TEXT, worker=COUNT),
        "State": _object(as_of=TEXT, origin=TEXT, demo={"type": "boolean"}, in_hand=COUNT,
                         lights=_object(green=COUNT, amber=COUNT, red=COUNT),
                         stages=_list({"type": "object"}), townships=_list({"type": "object"}),
                         outside_any_grid=COUNT),
        "Indicators": _object(as_of=TEXT, origin=TEXT, indicators=_list(_indicator()),
                              townships={"type": "object"}),
        "Health": _object(ready={"type": "boolean"}, store={"type": "boolean"}, worker={"type": "boolean"},
                          worker_seen_seconds_ago=NUMBER, lag_seconds=NUMBER, events_received=COUNT),
    }  # fmt: skip


def _event(district: District) -> Schema:
    chosen = {"origin": ORIGINS, "kind": KINDS, "phase": PHASES, "state": STATES}
    chosen["matter"] = tuple(district.matters["item"])
    properties: Schema = {}
    for name in GIVEN:
        if name in chosen:
            properties[name] = _one_of(chosen[name])
        elif name in EVENT_TIMES:
            properties[name] = MOMENT
        elif name in COUNTS:
            properties[name] = {"type": ["integer", "null"]}
        else:
            properties[name] = NUMBER if name in AMOUNTS else {"type": "string", "maxLength": LONGEST_TEXT}
    properties["occurred_at"] = {"type": "string", "format": "date-time"}
    properties["lon"] = {"type": "number", "minimum": -180, "maximum": 180}
    properties["lat"] = {"type": "number", "minimum": -90, "maximum": 90}
    properties["source_url"] = {"type": "string", "format": "uri", "maxLength": 500}
    return {
        "type": "object",
        "required": ["event_id", "case_id", "occurred_at", "state", "matter"],
        "additionalProperties": False,
        "properties": properties,
        "examples": [_example(district)],
    }


def _example(district: District) -> Schema:
    place = district.grids.to_crs("EPSG:4326").geometry.iloc[0].representative_point()
    return {
        "event_id": "12345-1",
        "case_id": "12345",
        "occurred_at": "2026-05-11T08:30:00+08:00",
        "state": "reported",
        "matter": str(district.matters["item"].iloc[0]),
        "channel": "hotline",
        "lon": round(place.x, 6),
        "lat": round(place.y, 6),
        "source_url": "https://hotline.example/cases/12345",
    }


def _case() -> Schema:
    texts = ("case_id", "number", "state", "stage", "item", "channel", "grid", "village", "township", "unit")
    return _object(
        **dict.fromkeys(texts, TEXT), status=_one_of(STATUSES), light=_one_of(LIGHTS),
        priority={"type": ["integer", "null"]}, lon=NUMBER, lat=NUMBER, source_url=TEXT,
        **dict.fromkeys(TIMES, MOMENT),
    )  # fmt: skip


def _indicator() -> Schema:
    texts = ("id", "name", "name_en", "formula", "formula_en", "unit", "window", "origin")
    return _object(
        **dict.fromkeys(texts, TEXT), value=NUMBER, low=NUMBER, high=NUMBER, change=NUMBER,
        interval={"type": ["string", "null"]}, change_against=TEXT,
    )  # fmt: skip


def _one_of(values: tuple[str, ...]) -> Schema:
    return {"type": "string", "enum": list(values)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}
