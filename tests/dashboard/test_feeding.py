"""A run fed into a hub over its API, from the outside: through keys, door and store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dashboard.factory import create_app
from dashboard.services import build_services
from hub.posting import Course, FeedRefused, Poster, feed
from simulation.studies.runs import simulate_log
from store.database import Store
from store.events import EventStore
from twin.synthesise import synthesise

MINUTE = timedelta(minutes=1)


def test_a_run_is_fed_over_the_api_and_sending_it_again_doubles_nothing(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """Two simulated days in an hour, seen half an hour after the beginning; then the same once more."""
    district = synthesise(3, 60)
    services = build_services(sqlite_store, district, tmp_path)
    server, _ = create_app(services)
    key = services.keys.add("feed", ["events"], 600, "", None, "", "test")
    client = server.test_client()

    def post(url: str, body: bytes, headers: dict[str, str]) -> Any:
        return _Plain(client.post(url.removeprefix("http://hub"), data=body, headers=headers))

    log = simulate_log(district, datetime(2026, 5, 11, tzinfo=UTC).date(), 2, 3)
    opening = pd.Timestamp("2026-05-11", tz="Asia/Shanghai").to_pydatetime()
    begin = datetime.now(UTC).replace(microsecond=0) - 30 * MINUTE
    course = Course(opening, begin, 48.0)
    laid = course.lay(log)
    ahead = int((laid["occurred_at"] > begin + 30 * MINUTE).sum())
    assert 0 < ahead < len(laid)
    now = [begin + 30 * MINUTE]

    def sleep(_: float) -> None:
        now[0] += 600 * MINUTE

    for expected in ("stored", "duplicate"):
        poster = Poster("http://hub", key, post, report=lambda _: None)
        now[0] = begin + 30 * MINUTE
        ticks = iter([False, True])
        feed(iter([(log, None)]), course, poster, lambda: next(ticks), lambda: now[0], sleep)  # noqa: B023
        assert poster.counts == {"stored": 0, "duplicate": 0, "conflict": 0} | {expected: len(laid) - ahead}
    rows = EventStore(sqlite_store).read_frame()
    assert (len(rows), set(rows["source"]), set(rows["origin"])) == (len(laid) - ahead, {"feed"}, {"live"})
    assert services.live.snapshot().kpis["in_hand"].value > 0
    replay = Poster("http://hub", key, post, report=lambda _: None)
    with pytest.raises(FeedRefused, match="no scope replay"):
        replay.send(Course(opening, begin, 48.0, "replay").lay(log.head(3)))


class _Plain:
    """A test client's answer as a session's."""

    def __init__(self, answer: Any) -> None:
        self.status_code, self.headers, self.text = answer.status_code, answer.headers, answer.text
        self.json = answer.get_json
