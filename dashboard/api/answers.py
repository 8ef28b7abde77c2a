"""Bodies in and answers out: plain JSON, every refusal with its reason."""

import json
from collections.abc import Iterable
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from werkzeug.exceptions import HTTPException

from store.event_rows import RowFault

MOST_FAULTS = 1000


class Refusal(Exception):
    """A request that is not done: its status and what is wrong, with any faults."""

    def __init__(self, status: int, reason: str, faults: Iterable[RowFault] = ()) -> None:
        super().__init__(reason)
        self.status, self.reason, self.faults = status, reason, list(faults)


def make_blueprint(name: str) -> APIBlueprint:
    """A blueprint whose refusals, ours and the framework's, are JSON with a reason."""
    blueprint = APIBlueprint(name, f"dashboard.api.{name}", enable_openapi=False)
    blueprint.register_error_handler(Refusal, answer_refusal)
    blueprint.register_error_handler(HTTPException, _answer_http)
    return blueprint


def answer(body: Any, status: int = 200) -> Response:
    """A JSON answer; halves of letters that somebody sent are shown as question marks."""
    text = json.dumps(body, ensure_ascii=False).encode(errors="replace")
    return Response(text, status, mimetype="application/json")


def answer_refusal(error: Refusal) -> Response:
    """Status, reason and faults."""
    body: dict[str, Any] = {"error": error.reason}
    if error.faults:
        body["fault_count"] = len(error.faults)
        body["faults"] = [vars(fault) for fault in error.faults[:MOST_FAULTS]]
    return answer(body, error.status)


def _answer_http(error: HTTPException) -> Response:
    return answer({"error": error.description or error.name}, error.code or 500)


def read_json() -> Any:
    """The body of this request; Refusal where it is not JSON, is too deep or holds NaN or Infinity."""
    if not request.is_json:
        raise Refusal(415, "send Content-Type: application/json")
    try:
        return json.loads(request.get_data(cache=False), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Refusal(400, f"the body is not JSON: {reason[:200]}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class Query:
    """Reads the parameters of a request and gathers what is wrong with them; `done` refuses all at once."""

    def __init__(self, known: Iterable[str]) -> None:
        self.faults = [
            RowFault(0, "", name[:60], "is not a parameter of this address")
            for name in request.args
            if name not in set(known)
        ]

    def text(self, name: str, choices: Iterable[str] = ()) -> str:
        """A text; one of the choices where there are any; blank where it is not given."""
        value = request.args.get(name, "")
        allowed = list(choices)
        if value and allowed and value not in allowed:
            self.fault(name, f"is one of {', '.join(allowed[:40])}")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number."""
        text = request.args.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            self.fault(name, f"is a whole number from {least} to {most}")
            return default
        return int(text)

    def fault(self, name: str, rule: str) -> None:
        """Note what is wrong with a parameter."""
        self.faults.append(RowFault(0, "", name, rule))

    def done(self) -> None:
        """Refusal with every fault, if there is one."""
        if self.faults:
            raise Refusal(422, "parameters that cannot be read", self.faults)
