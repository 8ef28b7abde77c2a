"""Forecasts of cases in hand, made from the live state while the worker has nothing to do, and scored."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from hub.fans import LEVELS, Fans, ForecastPolicy, PastFan, load_policy
from hub.live import LiveState
from hub.moment import DAY, Moment
from hub.snapshot import Coverage, Forecast
from simulation.executors import Executor
from simulation.forecast import Fan, find_opening, forecast_backlog
from store.database import Store
from store.events import EventStore
from store.types import from_microseconds, to_microseconds
from twin.district import District

HOUR = timedelta(hours=1)
CHECK_SECONDS = 2.0
Count = Callable[[PastFan, datetime], float | None]


class Forecaster:
    """Makes the next forecast when it is due; `timer` is this machine's clock in seconds."""

    def __init__(
        self,
        store: Store,
        district: District,
        policy: ForecastPolicy | None = None,
        live: LiveState | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.district, self.policy, self.timer = district, policy or load_policy(), timer
        self.live = live or LiveState(store, district)
        self.fans = Fans(self.live.notes, self.policy)
        self.events = EventStore(store)
        self._next = float("-inf")

    def is_due(self) -> bool:
        """Whether the next forecast is to be made now."""
        if self.timer() < self._next:
            return False
        now, origin = self.live.read_clock()
        kept = self.fans.newest(origin, now)
        due = kept is None or now - kept.made_at >= timedelta(minutes=self.policy.minutes)
        if not due:
            self._next = self.timer() + CHECK_SECONDS
        return due

    def step(self, executor: Executor, stop: Callable[[], bool]) -> bool:
        """Make a forecast where one is due; whether one was kept. `stop()` ends it, to be begun again."""
        if not self.is_due():
            return False
        self._next = self.timer() + self.policy.least_seconds  # after a failure too
        moment, _, origin = self.live.moment()
        if self.live.projection.newest < 0:
            self._next = self.timer() + CHECK_SECONDS
            return False
        made = self._make(moment, origin, executor, stop)
        if made is None:
            self._next = float("-inf")
            return False
        self.fans.put(origin, made)
        return True

    def _make(
        self, moment: Moment, origin: str, executor: Executor, stop: Callable[[], bool]
    ) -> Forecast | None:
        now, policy = from_microseconds(moment.now), self.policy
        opening = self._open(moment, now)
        beside = int(moment.open.sum()) - len(opening)
        fan = forecast_backlog(
            self.district,
            opening,
            now,
            policy.hours,
            policy.replications,
            policy.seed,
            executor,
            stop,
            beside,
        )
        if fan is None:
            return None
        line = find_warning_line(moment, self.live.projection.oldest, policy)
        rows = score(self.fans.past(), count_open(moment, origin), now - timedelta(days=policy.scored_days))
        return describe_fan(fan, line, sum_coverage(rows))

    def _open(self, moment: Moment, now: datetime) -> pd.DataFrame:
        """The opening of now; a channel that the district does not know counts as its first."""
        events = self.events.read_cases(moment.cases.index[moment.open])
        known = list(self.district.settings.channels)
        channel = events["channel"].where(events["channel"].isin(known), known[0])
        return find_opening(self.district, events.assign(channel=channel), now)


def find_warning_line(moment: Moment, oldest: int, policy: ForecastPolicy) -> float | None:
    """The policy's factor over the median of cases in hand, hourly over its last days; None without a day."""
    first = max(moment.now - policy.warning_days * DAY, oldest)
    if oldest < 0 or moment.now - first < DAY:
        return None
    times = np.arange(moment.now, first, -3_600_000_000)
    held = [int(moment.open_at(time).sum()) for time in times.tolist()]
    return float(np.median(held) * policy.warning_factor)


def describe_fan(fan: Fan, line: float | None, coverage: Coverage | None) -> Forecast:
    """A fan as everybody reads it; the moment itself is no forecast, so the line is held to later hours."""
    above = None if line is None else float((fan.paths[:, 1:] > line).any(axis=1).mean())
    bands = {name: tuple(np.round(getattr(fan, name), 2).tolist()) for name in LEVELS}
    return Forecast(
        times=fan.times,
        **bands,
        replications=fan.replications,
        seed=fan.seed,
        made_at=fan.made_at,
        threshold=line,
        threshold_probability=above,
        coverage=coverage,
    )


def count_open(moment: Moment, origin: str) -> Count:
    """What came: cases in hand at a past time, None for a time that has not come or another origin."""
    known: dict[datetime, float] = {}

    def count(fan: PastFan, time: datetime) -> float | None:
        if fan.origin != origin or to_microseconds(time) > moment.now:
            return None
        if time not in known:
            known[time] = float(moment.open_at(to_microseconds(time)).sum())
        return known[time]

    return count


@dataclass(frozen=True)
class ScoreRow:
    """How forecasts held so many hours ahead: `count` of them have come.

    inside50, inside90: shares in the bands (ends included); pinball: mean over the five quantiles of the
    quantile loss (u - 1[y < q])(y - q) in cases, twice of which approximates the CRPS; error: mean absolute
    error of the median; error_unchanged: that of "it stays as it is".
    """

    hours_ahead: int
    count: int
    inside50: float
    inside90: float
    pinball: float
    error: float
    error_unchanged: float


def score(fans: Sequence[PastFan], count: Count, since: datetime) -> list[ScoreRow]:
    """One row an hour ahead, over the hours from `since` on that have come.

    count: cases in hand that came at a time of a forecast, None where it has not come. Pinball loss after
    Gneiting & Raftery 2007, 3.1.
    """
    rows: dict[int, list[tuple[float, ...]]] = {}
    for fan in fans:
        for hour in range(1, fan.hours + 1):
            time = fan.made_at + hour * HOUR
            came = count(fan, time) if time >= since else None
            if came is not None:
                rows.setdefault(hour, []).append(_score_one(fan, hour, came))
    return [
        ScoreRow(hour, len(found), *np.mean(found, axis=0).tolist()) for hour, found in sorted(rows.items())
    ]


def _score_one(fan: PastFan, hour: int, came: float) -> tuple[float, ...]:
    value = {name: fan.quantiles[name][hour] for name in LEVELS}
    pinball = np.mean(
        [(level - (came < value[name])) * (came - value[name]) for name, level in LEVELS.items()]
    )
    return (
        float(value["low50"] <= came <= value["high50"]),
        float(value["low90"] <= came <= value["high90"]),
        float(pinball),
        abs(came - value["median"]),
        abs(came - fan.quantiles["median"][0]),
    )


def sum_coverage(rows: Sequence[ScoreRow]) -> Coverage | None:
    """The bands' hits over all hours ahead; None where nothing has come."""
    total = sum(row.count for row in rows)
    if not total:
        return None
    return Coverage(
        total,
        sum(row.inside50 * row.count for row in rows) / total,
        sum(row.inside90 * row.count for row in rows) / total,
    )
