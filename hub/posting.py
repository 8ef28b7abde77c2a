"""Feeding another hub over HTTP: a replay's events, laid on to this machine's clock, in batches."""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import pandas as pd

from simulation.draws import combine, mix_array, name_key
from store.types import utc_now
from twin.eventlog import TIMES

BATCH = 500
LONGEST_WAIT = 30.0
AGAIN = (408, 425, 429, 500, 502, 503, 504)
SENT = (
    "event_id", "case_id", "origin", "kind", "occurred_at", "state", "phase", "tier", "unit", "role",
    "post_id", "lead_unit", "work_seconds", "channel", "matter", "grid", "x", "y", "priority", "task_id",
    "step_due", "handling_due", "close_due", "merged_into", "verdict", "reason_code",
)  # fmt: skip


class FeedRefused(Exception):
    """The other side will not take events: a key, a scope, or rows that cannot be events there."""


class Answer(Protocol):
    """What is read of an HTTP answer."""

    status_code: int
    headers: Any

    @property
    def text(self) -> str:
        """The body as text."""

    def json(self) -> Any:
        """The body."""


Post = Callable[[str, bytes, dict[str, str]], Answer]


@dataclass(frozen=True)
class Course:
    """How replayed times lie on this machine's clock: one to one up to `opening`, then `speed` times faster.

    opening falls on `begin`. Cases and events have the names of this course, so that two of them never mix
    and the same one sent again is known.
    """

    opening: datetime
    begin: datetime
    speed: float
    origin: str = "live"

    def lay(self, log: pd.DataFrame) -> pd.DataFrame:
        """The rows of a log with the columns SENT, in the log's order."""
        number = combine(int(self.begin.timestamp()), name_key("course"))
        case = _rename(log["case_id"], number)
        columns = {
            **{name: self._lay_times(log[name]) for name in SENT if name in TIMES},
            "case_id": case,
            "event_id": case + "-" + log["seq"].astype(int).astype(str).str.zfill(3),
            "merged_into": _rename(log["merged_into"], number),
            "origin": self.origin,
            "kind": "case",
        }
        return log.assign(**columns)[list(SENT)]

    def _lay_times(self, column: "pd.Series[Any]") -> "pd.Series[Any]":
        passed = column - pd.Timestamp(self.opening)
        after = passed > pd.Timedelta(0)
        passed = passed.where(~after, passed / self.speed)
        return (pd.Timestamp(self.begin).tz_convert("UTC") + passed).dt.as_unit("us")


def _rename(ids: "pd.Series[Any]", number: int) -> "pd.Series[Any]":
    """Sixteen hexadecimal digits of a case in a course; blank stays blank."""
    text = ids.astype(str)
    known = {
        name: f"{int(mix_array(np.array([name_key(name) ^ number], dtype=np.uint64))[0]):016x}"
        for name in text.unique()
        if name
    }
    return pd.Series([known.get(name, "") for name in text], index=ids.index, dtype="str")


class Poster:
    """Posts batches to the events address of a hub; tries again where it may help, until it is told."""

    def __init__(
        self,
        url: str,
        key: str,
        post: Post | None = None,
        sleep: Callable[[float], None] = time.sleep,
        report: Callable[[str], None] = print,
    ) -> None:
        self.address = url.rstrip("/") + "/api/v1/events"
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.post, self.sleep, self.report = post or open_session(), sleep, report
        self.counts = {"stored": 0, "duplicate": 0, "conflict": 0}

    def send(self, rows: pd.DataFrame) -> None:
        """Send rows in their order; returns when all of them are acknowledged. Raises FeedRefused."""
        events = list(_plain(rows))
        for start in range(0, len(events), BATCH):
            body = json.dumps({"events": events[start : start + BATCH]}, ensure_ascii=False).encode()
            for result in self._insist(body)["results"]:
                self.counts[result["status"]] += 1

    def _insist(self, body: bytes) -> Any:
        wait = 0.5
        while True:
            try:
                answer = self.post(self.address, body, self.headers)
            except OSError as error:  # requests' errors are of this kind
                reason, asked = str(error), None
            else:
                if answer.status_code == 200:
                    return answer.json()
                if answer.status_code not in AGAIN:
                    raise FeedRefused(f"{self.address}: {answer.status_code} {answer.text[:500]}")
                reason, asked = f"{answer.status_code}", answer.headers.get("Retry-After")
            pause = float(asked) if asked and asked.isdigit() else wait
            self.report(f"{self.address}: {reason}; again in {pause:g} s")
            self.sleep(pause)
            wait = min(2 * wait, LONGEST_WAIT)


def open_session() -> Post:
    """Posts over one kept connection."""
    import requests

    session = requests.Session()

    def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
        return session.post(url, data=body, headers=headers, timeout=60, allow_redirects=False)

    return post


def _plain(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows as JSON values, blanks left out."""
    texts = rows.assign(**{name: _write_times(rows[name]) for name in SENT if name in TIMES})
    for row in texts.astype(object).to_dict("records"):
        yield {name: value for name, value in row.items() if not _is_blank(value)}


def _write_times(column: "pd.Series[Any]") -> "pd.Series[Any]":
    return column.map(lambda time: "" if pd.isna(time) else time.isoformat())


def _is_blank(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def feed(
    chapters: Iterator[tuple[pd.DataFrame, datetime | None]],
    course: Course,
    poster: Poster,
    stop: Callable[[], bool],
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    tick_seconds: float = 1.0,
) -> None:
    """Post each chapter's events when their time has come, until the last is sent or `stop()`.

    chapters: logs, each with the replayed moment from which the next one is needed (None: it is the last).
    """
    log, until = next(chapters)
    pending = course.lay(log)
    while not stop():
        now = clock()
        if until is not None and now >= course.begin + (until - course.opening) / course.speed:
            log, until = next(chapters)
            pending = pd.concat([pending, course.lay(log)], ignore_index=True)
        due = pending["occurred_at"] <= now
        if due.any():
            poster.send(pending[due].sort_values(["occurred_at", "event_id"]))
            pending = pending[~due]
        if until is None and pending.empty:
            return
        sleep(tick_seconds)
