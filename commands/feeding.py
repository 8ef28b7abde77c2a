"""Feeding another hub with demo cases over its API."""

import argparse
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from commands.numbers import not_negative, positive

if TYPE_CHECKING:
    import pandas as pd

    from hub.chapters import ReplayPlan
    from hub.posting import Course
    from twin.district import District

DEMO = Path(__file__).resolve().parent.parent / "data" / "demo"
Parts = Iterator[tuple["pd.DataFrame", datetime | None]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Feed."""
    feeding = commands.add_parser("feed", help="post simulated cases, or a run's, to a hub over its API")
    feeding.add_argument(
        "--to", required=True, metavar="URL", help="of the hub, such as http://127.0.0.1:8050"
    )
    feeding.add_argument("--key", required=True, help="of a source with the scope events (app.py source add)")
    feeding.add_argument("--speed", type=positive, help="simulated seconds a second; default: replay.toml's")
    feeding.add_argument(
        "--district", type=Path, default=DEMO, help="what is simulated; the hub's own district"
    )
    feeding.add_argument("--log", type=Path, help="events.parquet of a run, instead of simulating")
    feeding.add_argument("--history-days", type=not_negative, help="days of cases before the beginning")
    feeding.add_argument(
        "--begin", type=_moment, help="when the feed began: go on with one that was stopped, nothing doubled"
    )
    feeding.add_argument(
        "--origin", choices=("live", "replay"), default="live", help="replay: the key needs the scope replay"
    )
    feeding.set_defaults(run=feed_hub)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("give the zone too, such as 2026-05-11T08:30:00+08:00")
    return moment


def feed_hub(options: argparse.Namespace) -> int:
    """Post until stopped, or until the log's end."""
    from hub.chapters import load_plan
    from hub.posting import FeedRefused, Poster, feed
    from twin.load import load_district

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    plan = load_plan(speed=options.speed, history_days=options.history_days)
    begin = options.begin or datetime.now(UTC).replace(microsecond=0)
    parts, course = _plan_feed(options, load_district(options.district), plan, begin)
    print(f"feeding {options.to} at {plan.speed:g} times the clock; to go on after a stop: "
          f"--begin {begin.isoformat()}", flush=True)  # fmt: skip
    poster = Poster(options.to, options.key, sleep=lambda seconds: _rest(stopped, seconds))
    try:
        feed(parts, course, poster, stopped.is_set, sleep=lambda seconds: _rest(stopped, seconds))
    except KeyboardInterrupt:
        return 0
    except FeedRefused as error:
        print(error, flush=True)
        return 1
    finally:
        print(", ".join(f"{count} {status}" for status, count in poster.counts.items()), flush=True)
    return 0


def _rest(stopped: threading.Event, seconds: float) -> None:
    if stopped.wait(seconds):
        raise KeyboardInterrupt


def _plan_feed(
    options: argparse.Namespace, district: "District", plan: "ReplayPlan", begin: datetime
) -> "tuple[Parts, Course]":
    from zoneinfo import ZoneInfo

    from hub.posting import Course

    opening = plan.opening.replace(tzinfo=ZoneInfo(district.settings.time_zone))
    if options.log is None:
        return _list_chapters(district, plan), Course(opening, begin, plan.speed, options.origin)
    import pandas as pd

    log = pd.read_parquet(options.log)
    log = log[(log["kind"] == "case") & (log["scenario"] == log["scenario"].iloc[0])]
    log = log[log["replication"] == log["replication"].min()]
    first = log["occurred_at"].min().to_pydatetime()
    return iter([(log, None)]), Course(first, begin, plan.speed, options.origin)


def _list_chapters(district: "District", plan: "ReplayPlan") -> Parts:
    from itertools import count
    from zoneinfo import ZoneInfo

    from hub.chapters import Chapters

    chapters, zone = Chapters(district, plan), ZoneInfo(district.settings.time_zone)
    for number in count():
        end = plan.days_of(number)[1]
        yield chapters.make(number), datetime(end.year, end.month, end.day, tzinfo=zone)
