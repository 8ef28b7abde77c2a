"""What a browser asks to be done with a case -> the desk, and its answer in words."""

from dataclasses import dataclass
from typing import Any

from dashboard.live.book import Book
from dashboard.live.columns import Desk
from hub.casework.records import ACTIONS, Refused
from hub.casework.rules import Actor

TEXTS = ("reason", "unit", "verdict", "twin")
LONGEST = 100


class BadAct(ValueError):
    """A body that no page of ours sends; says what is wrong with it."""


@dataclass(frozen=True)
class Asked:
    """An action, the version that it was decided on, and what goes with it."""

    action: str
    version: int
    reason: str = ""
    unit: str = ""
    verdict: str = ""
    twin: str = ""


def read_act(body: Any) -> Asked:
    """The act of a JSON body; BadAct where it is not one."""
    if not isinstance(body, dict) or not body.keys() <= {"action", "version", *TEXTS}:
        raise BadAct("an object with action, version, reason, unit, verdict, twin")
    version = body.get("version")
    if body.get("action") not in ACTIONS:
        raise BadAct("unknown action")
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise BadAct("version is a count of events")
    texts = {name: body.get(name, "") for name in TEXTS}
    for name, text in texts.items():
        if not isinstance(text, str) or len(text) > LONGEST:
            raise BadAct(f"{name} is a code")
    return Asked(body["action"], version, **texts)


def do_act(desk: Desk, case_id: str, asked: Asked, actor: Actor, book: Book) -> tuple[int, dict[str, Any]]:
    """Status and answer: 200 with the new version; 409 (404: no such case in
    the actor's part) with the reason against it in words.
    """
    try:
        version = desk.act(
            case_id,
            asked.action,
            actor,
            asked.version,
            reason=asked.reason,
            unit=asked.unit,
            verdict=asked.verdict,
            twin=asked.twin,
        )
    except Refused as refused:
        status = 404 if refused.why == "no_such_case" else 409
        return status, {"why": refused.why, "text": book.why(refused.why, refused.values)}
    return 200, {"version": version}
