"""Feeding another hub: where times fall, what is sent again, what ends it; worked out by hand."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from hub.posting import Course, FeedRefused, Poster, feed
from twin.eventlog import COLUMNS

OPENING = datetime(2026, 5, 11, 0, 30, tzinfo=UTC)
BEGIN = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Reply:
    """An HTTP answer made by hand."""

    def __init__(self, status: int, body: Any = None, **headers: str) -> None:
        self.status_code, self.body, self.headers, self.text = status, body, headers, str(body)

    def json(self) -> Any:
        """The body."""
        return self.body


class Other:
    """The other hub: answers from a list, then stores everything; the same id again is a duplicate."""

    def __init__(self, *replies: Reply | OSError) -> None:
        self.replies, self.events, self.calls = list(replies), {}, 0

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        self.calls += 1
        assert (url, headers["Authorization"]) == ("http://hub/api/v1/events", "Bearer k")
        if self.replies:
            reply = self.replies.pop(0)
            if isinstance(reply, OSError):
                raise reply
            return reply
        results = []
        for event in json.loads(body)["events"]:
            known = self.events.setdefault(event["event_id"], event)
            assert known == event
            results.append({"event_id": event["event_id"], "status": "stored"})
        return Reply(200, {"results": results})


def write_log(*rows: tuple[str, int, float, str]) -> pd.DataFrame:
    """A log of (case, seq, hours from the opening, state), due six hours later."""
    frame = pd.DataFrame(
        [
            {"case_id": case, "seq": seq, "state": state, "phase": "done", "matter": "01-1",
             "occurred_at": OPENING + hours * HOUR, "close_due": OPENING + (hours + 6) * HOUR}
            for case, seq, hours, state in rows
        ],
        columns=COLUMNS,
    )  # fmt: skip
    for name in ("occurred_at", "close_due", "step_due", "handling_due"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame.assign(merged_into="", unit="")


LOG = write_log(("a", 0, -2, "reported"), ("a", 1, 3, "closed"), ("b", 0, 6, "reported"))


def test_history_lies_as_it_was_and_what_follows_runs_at_the_chosen_speed() -> None:
    """Twelve times: two hours before the opening stay two, three hours after it are 15 minutes."""
    laid = Course(OPENING, BEGIN, 12.0).lay(LOG)
    assert laid["occurred_at"].tolist() == [BEGIN - 2 * HOUR, BEGIN + HOUR / 4, BEGIN + HOUR / 2]
    assert laid["close_due"].tolist() == [BEGIN + HOUR / 3, BEGIN + 3 * HOUR / 4, BEGIN + HOUR]
    assert laid["event_id"].is_unique
    assert laid["case_id"].str.fullmatch("[0-9a-f]{16}").all() and laid["case_id"].nunique() == 2


def test_the_same_course_gives_the_same_ids_and_another_one_shares_none() -> None:
    first, again = (Course(OPENING, BEGIN, 12.0).lay(LOG) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    other = Course(OPENING, BEGIN + HOUR, 12.0).lay(LOG)
    assert not set(first["case_id"]) & set(other["case_id"])


def test_a_batch_is_sent_again_until_it_is_acknowledged_and_waits_as_long_as_it_is_told() -> None:
    other, waits = Other(OSError("refused"), Reply(503), Reply(429, **{"Retry-After": "7"})), []
    poster = Poster("http://hub/", "k", other, waits.append, lambda _: None)
    poster.send(Course(OPENING, BEGIN, 12.0).lay(LOG))
    assert (waits, other.calls) == ([0.5, 1.0, 7.0], 4)
    assert poster.counts == {"stored": 3, "duplicate": 0, "conflict": 0}
    event = next(iter(other.events.values()))
    assert event["occurred_at"] == "2026-11-25T00:00:00+00:00"
    assert "unit" not in event and "handling_due" not in event  # blanks are left out


def test_a_refusal_that_no_repetition_mends_ends_the_feed_with_its_reason() -> None:
    poster = Poster("http://hub", "k", Other(Reply(403, "no scope events")), report=lambda _: None)
    with pytest.raises(FeedRefused, match="403 no scope events"):
        poster.send(Course(OPENING, BEGIN, 12.0).lay(LOG))


def test_each_event_is_posted_when_its_time_has_come_and_the_next_chapter_when_it_is_needed() -> None:
    """The second chapter is needed 12 hours after the opening, an hour after the beginning."""
    other, now = Other(), [BEGIN]
    later = write_log(("c", 0, 18, "reported"))
    chapters = iter([(LOG, OPENING + 12 * HOUR), (later, None)])
    seen = {}

    def sleep(_: float) -> None:
        seen[(now[0] - BEGIN) // timedelta(minutes=1)] = len(other.events)
        now[0] += timedelta(minutes=15)

    poster = Poster("http://hub", "k", other, report=lambda _: None)
    feed(chapters, Course(OPENING, BEGIN, 12.0), poster, lambda: False, lambda: now[0], sleep)
    assert seen == {0: 1, 15: 2, 30: 3, 45: 3, 60: 3, 75: 3}
    assert len(other.events) == 4
