"""A film of the demo district's week: how long it takes from the log, and what it weighs."""

from datetime import date
from statistics import median

import pandas as pd

from bench.parts import ROUNDS, Figures, Part, at_most, load_demo, time_call
from hub.films import pack_film
from simulation.playback import build_playback
from simulation.studies.runs import simulate_log
from twin.indicators import Window

START, DAYS = date(2026, 5, 11), 7


def measure() -> Figures:
    """CPU seconds from a log to the packed film, medians of rounds; bytes of one side."""
    district = load_demo()
    log = simulate_log(district, START, DAYS, 1)
    midnight = pd.Timestamp(START).tz_localize(district.settings.time_zone)
    window = Window(midnight, midnight + pd.Timedelta(days=DAYS))
    seconds, body = [], b""
    for _ in range(ROUNDS):
        took, body = time_call(lambda: pack_film({}, [build_playback(log, district, window)]))
        seconds.append(took)
    return {
        "playback_cases": int(log["case_id"].nunique()),
        "playback_seconds": median(seconds),
        "playback_megabytes": len(body) / 1e6,
    }


def tell(f: Figures) -> list[str]:
    """The figures in words."""
    return [
        f"a film of {DAYS} days, 288 frames a day, demo district, {f['playback_cases']:,} cases in the log",
        f"  from the log to packed bytes {f['playback_seconds']:.2f} s (2,000 cases: at most 2)",
        f"  {f['playback_megabytes']:.2f} MB (at most 2)",
    ]


PART = Part("playback", measure, (at_most("playback_megabytes", 2.0),), tell)
