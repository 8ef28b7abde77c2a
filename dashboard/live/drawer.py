"""A case file -> what the drawer draws: plain JSON, words in the reader's language, times on their clock."""

from datetime import datetime
from typing import Any

from dashboard.i18n import t
from dashboard.live.book import Book
from dashboard.live.order import find_main
from hub.cases import STAGES
from hub.casework.records import Candidate, CaseClock, CaseFile, Choice, Step

#: Not offered at all: the reader's role or part never does it, so no place is kept for it.
FOREIGN = ("not_your_role", "hub")


def describe_file(case: CaseFile, book: Book, role: str, now: datetime) -> dict[str, Any]:
    """Everything in the drawer, as JSON values."""
    allowed = {choice.action for choice in case.choices if choice.allowed}
    return {
        "case_id": case.case_id,
        "number": case.number,
        "version": case.version,
        "title": book.items.get(case.item, case.item),
        "where": _tell_place(case, book),
        "source": case.source,
        "source_url": case.source_url if case.source_url.startswith(("http://", "https://", "/")) else "",
        "code": case.state,
        "state": book.word("at", case.state),
        "stage": case.stage,
        "ended": case.ended,
        "suspended": case.suspended,
        "asked": [book.word("action", f"ask_{name}") for name in case.asked],
        "unit": book.unit(case.unit),
        "helpers": [[book.unit(unit), unit not in case.missing] for unit in case.helpers],
        "light": case.light,
        "longitude": case.longitude,
        "latitude": case.latitude,
        "grid": case.grid,
        "reported": _tell(case.history[0].occurred_at, now, book) if case.history else "",
        "clocks": [_describe_clock(clock, now, book) for clock in case.clocks],
        "timeline": list_timeline(case, book, now),
        "advice": _advise(case, book) if find_present(case) <= DISPATCH and not case.ended else [],
        "advised": [f"{_tell(entry.at, now, book)} {book.unit(entry.unit)}" for entry in case.advice],
        "main": find_main(role, allowed, case.asked),
        "choices": [
            _describe_choice(choice, book) for choice in case.choices if choice.why_not not in FOREIGN
        ],
        "twins": [
            {
                "case_id": twin.case_id,
                "number": twin.number,
                "metres": round(twin.metres),
                "minutes": round(twin.minutes),
            }
            for twin in case.twins
        ],
        "rules_version": case.rules_version,
    }


def _tell_place(case: CaseFile, book: Book) -> str:
    places = (book.place(case.township, case.village), book.grids.get(case.grid, ""))
    parts = [
        book.matter(case.matter),
        " ".join(place for place in places if place),
        book.channel(case.channel),
    ]
    return " · ".join(part for part in parts if part)


def _tell(moment: datetime, now: datetime, book: Book) -> str:
    """hh:mm today, with month and day on any other."""
    local, today = moment.astimezone(book.zone), now.astimezone(book.zone)
    day = "" if local.date() == today.date() else f"{local.month}-{local.day} "
    return f"{day}{local:%H:%M}"


def _describe_clock(clock: CaseClock, now: datetime, book: Book) -> dict[str, Any]:
    return {
        "name": clock.name,
        "word": book.word("clock", clock.name),
        "due": _tell(clock.due, now, book),
        "kind": book.word("clock", clock.clock),
        "working": clock.clock in ("w", "wd"),
        "used": clock.used_minutes,
        "limit": clock.limit_minutes,
        "remaining": clock.remaining_minutes,
        "light": clock.light,
        "stopped": clock.stopped,
    }


def list_timeline(case: CaseFile, book: Book, now: datetime) -> list[dict[str, Any]]:
    """Every step done in time order, then the stages of the seven that are still to come."""
    rows, seen = [], set()
    for step in case.history:
        again = step.stage >= 0 and step.stage in seen and step.state in ("dispatched", "handling", "handled")
        seen.add(step.stage)
        rows.append(_describe_step(step, again, book, now))
    if not case.ended or case.state == "closed":
        rows.append(_describe_present(case, book))
    ahead = () if case.ended else range(find_present(case) + 1, len(STAGES))
    rows += [{"kind": "ahead", "stage": n, "word": t(f"casework.stage_{n}", book.lang)} for n in ahead]
    return rows


DISPATCH = 2
#: The stage that a case waits in after a state was done; the handling of any other is going on.
NEXT = {"reported": 1, "accepted": 2, "verified": 2, "returned": 2, "handled": 5, "checked": 5, "closed": 6}


def find_present(case: CaseFile) -> int:
    """The stage of the seven that is going on."""
    return NEXT.get(case.state, STAGES.index("handling"))


def _describe_step(step: Step, again: bool, book: Book, now: datetime) -> dict[str, Any]:
    notes = [book.unit(step.unit) if step.unit else ""]
    if step.reason:
        notes.append(book.word("reason", step.reason))
    if step.verdict:
        notes.append(book.word("verdict", step.verdict))
    if again:
        notes.append(t("casework.again", book.lang))
    return {
        "kind": "done" if step.stage >= 0 else "between",
        "stage": step.stage,
        "word": book.word("state", step.state),
        "at": _tell(step.occurred_at, now, book),
        "note": " · ".join(note for note in notes if note),
        "by_hand": step.by_hand,
        "used": step.used_minutes,
        "limit": step.limit_minutes,
        "light": step.light,
        "back": step.state in ("returned", "rework", "reopened"),
    }


def _describe_present(case: CaseFile, book: Book) -> dict[str, Any]:
    step = next((clock for clock in case.clocks if clock.name == "step"), None)
    step = step or next((clock for clock in case.clocks if clock.name == "handling"), None)
    return {
        "kind": "now",
        "stage": find_present(case),
        "word": t(f"casework.stage_{find_present(case)}", book.lang),
        "at": book.word("at", case.state),
        "note": book.unit(case.unit),
        "used": step.used_minutes if step else None,
        "limit": step.limit_minutes if step else None,
        "light": step.light if step else None,
    }


def _advise(case: CaseFile, book: Book) -> list[dict[str, Any]]:
    """The recommended body with its reasons, and the runner-up."""
    return [_describe_candidate(candidate, book) for candidate in case.candidates[:2]]


def _describe_candidate(candidate: Candidate, book: Book) -> dict[str, Any]:
    holds = "holds" if candidate.holds else "lacks"
    return {
        "unit": candidate.unit,
        "name": book.unit(candidate.unit),
        "powers": t(f"casework.{holds}", book.lang, tier=book.word("tier", candidate.tier)),
        "minutes": candidate.minutes,
        "in_hand": candidate.in_hand,
        "posts": candidate.posts,
        "on_time": candidate.on_time,
        "low": candidate.low,
        "high": candidate.high,
        "due": candidate.due,
    }


def _describe_choice(choice: Choice, book: Book) -> dict[str, Any]:
    return {
        "action": choice.action,
        "word": book.word("action", choice.action),
        "allowed": choice.allowed,
        "why_not": choice.why_not,
        "why": "" if choice.allowed else book.why(choice.why_not, choice.values),
        "short": "" if choice.allowed else book.why(choice.why_not, choice.values, "short"),
        "reasons": [[code, book.word("reason", code)] for code in choice.reasons],
        "units": [[code, book.unit(code)] for code in choice.units],
        "verdicts": [[code, book.word("verdict", code)] for code in choice.verdicts],
    }
