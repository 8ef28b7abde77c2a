"""Cases, state and indicators for other systems, inside the scope of their key."""

import os
from datetime import datetime
from typing import Any

from apiflask import APIFlask
from flask import Response

from dashboard.api import figures
from dashboard.api.access import current_key
from dashboard.api.answers import Query, Refusal, answer, make_blueprint
from dashboard.guard import Guard
from dashboard.services import Services
from hub.case_views import LIGHTS, STATUSES, CaseFilter, CaseReader, choose_cases, describe_cases, find_inside
from hub.cases import STAGES
from hub.policy import load_policy
from hub.scopes import Scope, UnknownScope
from store.events import EventStore
from store.source_keys import SourceKey
from store.types import NaiveTimeError, to_microseconds

CASE_PARAMETERS = (
    "status", "light", "stage", "township", "village", "unit", "matter", "since", "until", "after", "limit",
)  # fmt: skip
MOST_CASES = 500


def add(server: APIFlask, guard: Guard, services: Services) -> None:
    """The routes and their scope."""
    blueprint = make_blueprint("reads")
    reader = CaseReader(EventStore(services.store), services.district, load_policy().amber_share)

    @blueprint.get("/api/v1/cases/<path:case_id>", endpoint="case")
    def case(case_id: str) -> Response:
        return answer(read_case(services, reader, case_id, find_scope(services, current_key())))

    @blueprint.get("/api/v1/cases", endpoint="cases")
    def cases() -> Response:
        wanted, limit = read_filter()
        return answer(list_cases(services, wanted, limit, find_scope(services, current_key())))

    @blueprint.get("/api/v1/state", endpoint="state")
    def state() -> Response:
        require_whole(find_scope(services, current_key()))
        return answer(figures.describe_state(services.live.snapshot(), services.district))

    @blueprint.get("/api/v1/state/hash", endpoint="state_hash")
    def state_hash() -> Response:
        state = services.live.state_hash()
        return answer({**vars(state), "worker": os.getpid()})

    @blueprint.get("/api/v1/indicators", endpoint="indicators")
    def indicators() -> Response:
        require_whole(find_scope(services, current_key()))
        return answer(figures.describe_indicators(services.live.snapshot(), services.district))

    server.register_blueprint(blueprint)
    for endpoint in ("case", "cases", "state", "state_hash", "indicators"):
        guard.open_api(f"reads.{endpoint}", "read")


def find_scope(services: Services, key: SourceKey) -> Scope:
    """The part of the district that a key sees; Refusal where its body is gone."""
    try:
        return services.scope(key.unit)
    except UnknownScope as error:
        raise Refusal(403, str(error)) from None


def require_whole(scope: Scope) -> None:
    """Refusal where a key sees a part only: these figures are the whole district's."""
    if not scope.is_whole:
        raise Refusal(403, f"these are figures of the whole district; this key sees {scope.unit} only")


def read_filter() -> tuple[CaseFilter, int]:
    """The filter and page size of this request; Refusal with every parameter that cannot be read."""
    query = Query(CASE_PARAMETERS)
    wanted = CaseFilter(
        status=query.text("status", STATUSES),
        light=query.text("light", LIGHTS),
        stage=query.text("stage", STAGES),
        **{name: query.text(name) for name in ("township", "village", "unit", "matter", "after")},
        since=read_moment(query, "since"),
        until=read_moment(query, "until"),
    )
    limit = query.number("limit", 100, 1, MOST_CASES)
    query.done()
    return wanted, limit


def read_moment(query: Query, name: str) -> int:
    """A time with its zone, in microseconds; -1 where it is not given. A space stands for a lost plus."""
    text = query.text(name)
    if not text:
        return -1
    try:
        return max(0, to_microseconds(datetime.fromisoformat(text.replace(" ", "+"))))
    except (NaiveTimeError, ValueError, OverflowError):
        query.fault(name, "is a time with its zone, such as 2026-05-11T08:30:00+08:00")
        return -1


def read_case(services: Services, reader: CaseReader, case_id: str, scope: Scope) -> dict[str, Any]:
    """A case with its whole history; Refusal 404 where there is none in this scope."""
    now, _ = services.clock.read()
    cases, events = reader.read([case_id] if case_id.isprintable() else [])
    if not len(cases) or not find_inside(cases, scope).all():
        raise Refusal(404, "no such case in the part of the district that this key sees")
    links = services.links.read([case_id])
    described = describe_cases(cases, services.district, to_microseconds(now), links)[0]
    origin = str(events["origin"].iloc[0])
    return {**described, "origin": origin, "history": reader.describe_history(events)}


def list_cases(services: Services, wanted: CaseFilter, limit: int, scope: Scope) -> dict[str, Any]:
    """A page of cases and the id after which the next begins."""
    cases, snapshot = services.live.read_cases()
    now = to_microseconds(snapshot.as_of)
    chosen = choose_cases(cases, wanted, now, services.district, scope)
    page = chosen.iloc[:limit]
    links = services.links.read(page.index)
    return {
        **figures.describe_origin(snapshot, services.district),
        "count": len(chosen),
        "cases": describe_cases(page, services.district, now, links),
        "next": str(page.index[-1]) if len(chosen) > limit else None,
    }
