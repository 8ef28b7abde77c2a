"""LiveState: the newest snapshot of the district, from the event store."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

import pandas as pd

from hub.clock import ClockWatch
from hub.fans import Fans
from hub.fans import load_policy as load_forecast_policy
from hub.figures import (
    count_aside,
    count_channels,
    count_kpis,
    count_matters,
    count_stages,
    count_townships,
    grade_grids,
    trace_backlog,
)
from hub.forces import Rosters
from hub.lists import list_due_soon, list_moves, list_open_at, list_overdue, list_whistles
from hub.loop import count_rates, describe_loop, measure_share
from hub.moment import DAY, Moment, Places
from hub.policy import LivePolicy, WallPolicy, load_policy, load_wall_policy
from hub.projection import Projection
from hub.replay import is_preparing, read_clock
from hub.snapshot import CaseRow, LiveSnapshot
from hub.statehash import StateHash, hash_projection
from hub.views import Loop, Rate, Share
from store.database import Store
from store.events import EventStore
from store.notes import Notes
from store.types import from_microseconds, to_microseconds, utc_now
from twin.district import District

MARGIN_DAYS = 8
OLDEST_SECONDS = 6.0
LONGEST_REST = 3.0
SLOW = 15  # figures of whole days are as old as this many snapshots at most


class LiveState:
    """What is happening now: replayed where the store holds a replay clock, live otherwise.

    Safe to call from several threads; a snapshot is kept for `keep_seconds`.
    """

    def __init__(
        self,
        store: Store,
        district: District,
        policy: LivePolicy | None = None,
        clock: Callable[[], datetime] = utc_now,
        keep_seconds: float = 1.0,
        screen: WallPolicy | None = None,
    ) -> None:
        self.store, self.district, self.clock = store, district, clock
        self.policy, self.screen = policy or load_policy(), screen or load_wall_policy()
        self.keep_seconds = keep_seconds
        self.notes, self.events = Notes(store), EventStore(store)
        self.fans = Fans(self.notes, load_forecast_policy())
        self.places = Places.of(district)
        self.rosters = Rosters(district, self.policy.load_days)
        self.projection = Projection(self.events, district, self.policy, "live")
        self._watch = ClockWatch(clock)
        self._lock = threading.Lock()
        self._kept: LiveSnapshot | None = None
        self._moment: Moment | None = None
        self._back: tuple[Loop, list[Rate], str] | None = None
        self._looked = 0.0
        self._made = self._took = 0.0

    def snapshot(self) -> LiveSnapshot:
        """The figures and lists of this moment; the last ones where younger than `keep_seconds`.

        One caller makes a new one while the others get the last, unless that is older than OLDEST_SECONDS.
        """
        kept = self._kept
        if kept is not None and self._age() < self._rest():
            return kept
        if not self._lock.acquire(blocking=kept is None or self._age() > OLDEST_SECONDS):
            assert kept is not None
            return kept
        try:
            if self._kept is None or self._age() >= self._rest():
                began = time.monotonic()
                self._kept = self._make()
                self._made = time.monotonic()
                self._took = self._made - began
            return self._kept
        finally:
            self._lock.release()

    def _age(self) -> float:
        return time.monotonic() - self._made

    def _rest(self) -> float:
        """Under a flood of events a snapshot costs much; at most a third of the time goes into them."""
        return max(self.keep_seconds, min(2 * self._took, LONGEST_REST)) if self.keep_seconds else 0.0

    def list_open_at(self, place: str) -> list[CaseRow]:
        """Cases in hand in a township or village as of the last snapshot, the most urgent first."""
        self.snapshot()
        moment = self._moment
        return list_open_at(moment, self.district, place, self.policy.listed_cases) if moment else []

    def read_clock(self) -> tuple[datetime, str]:
        """The moment that a snapshot would be of, as far as the clock tells, and its origin."""
        replayed = read_clock(self.notes)
        return (replayed.position, "replay") if replayed else (self.clock(), "live")

    def moment(self) -> tuple[Moment, int, str]:
        """The cases as they stand, the number of the last event taken in, and their origin."""
        with self._lock:
            moment, origin, _ = self._catch_up()
            return moment, self.projection.received_no, origin

    def state_hash(self) -> StateHash:
        """The hash of the state with every event that the store holds now."""
        with self._lock:
            self._catch_up()
            return hash_projection(self.projection)

    def read_cases(self) -> tuple[pd.DataFrame, LiveSnapshot]:
        """The cases that the newest snapshot counts (hub.cases.derive_cases), and the snapshot."""
        snapshot = self.snapshot()
        return self.projection.cases, snapshot

    def _make(self) -> LiveSnapshot:
        moment, origin, speed = self._catch_up()
        return self._describe(moment, origin, speed)

    def _catch_up(self) -> tuple[Moment, str, float]:
        self._watch.check()
        replayed = read_clock(self.notes)
        origin = "replay" if replayed else "live"
        if self.projection.origin != origin:
            self.projection = Projection(self.events, self.district, self.policy, origin)
        self.projection.catch_up()
        now = max(to_microseconds(replayed.position), self.projection.newest) if replayed else self._now()
        self.projection.forget_before(now - policy_reach(self.policy))
        moment = Moment(self.projection.cases, self.places, now, self._midnight(now))
        self._moment = moment
        return moment, origin, replayed.speed if replayed else 1.0

    def _look_back(self, moment: Moment) -> tuple[Loop, list[Rate]]:
        """Times and shares of the last days, made anew every so many snapshots: an hour moves them little."""
        young = time.monotonic() - self._looked < SLOW * self.keep_seconds
        last = self._back if young and self._back and self._back[2] == self.projection.origin else None
        loop = describe_loop(moment, self.district, self.screen.loop, last[0] if last else None)
        if last is None:
            reach = self.projection.oldest
            rates = count_rates(moment, self.district, self.screen.rates, self.screen.loop, reach)
            self._back, self._looked = (loop, rates, self.projection.origin), time.monotonic()
            return loop, rates
        return loop, last[1]

    def _now(self) -> int:
        return to_microseconds(self.clock())

    def _midnight(self, now: int) -> int:
        local = pd.Timestamp(from_microseconds(now)).tz_convert(self.district.settings.time_zone)
        return to_microseconds(local.normalize().to_pydatetime())

    def _describe(self, moment: Moment, origin: str, speed: float) -> LiveSnapshot:
        policy, district = self.policy, self.district
        screen, projection = self.screen, self.projection
        townships, mean = count_townships(moment, policy)
        whistles, whistling = list_whistles(moment, district, policy.listed_moves)
        loop, rates = self._look_back(moment)
        return LiveSnapshot(
            as_of=from_microseconds(moment.now),
            origin=origin,
            speed=speed,
            kpis=count_kpis(moment, policy, self.projection.oldest),
            channels=count_channels(moment),
            stages=count_stages(moment),
            matters=count_matters(moment, policy),
            townships=townships,
            mean_on_time=mean,
            overdue=list_overdue(moment, district, policy.listed_cases),
            due_soon=list_due_soon(moment, district, policy.listed_cases),
            moves=list_moves(moment, self.projection),
            forces=self.rosters.list_forces(moment.now, projection.crews),
            backlog=trace_backlog(moment, policy.backlog_minutes),
            grid_levels=grade_grids(moment, policy),
            aside=count_aside(moment),
            outside=moment.outside,
            preparing=is_preparing(self.notes),
            rates=rates,
            whistles=whistles,
            whistling=whistling,
            answered=count_answered(moment, policy.window_days),
            loop=loop,
            places=self.rosters.list_places(moment, projection.crews),
            crews=self.rosters.list_crews(moment, projection.crews, screen.forces),
            forecast=self.fans.newest(origin, from_microseconds(moment.now)),
        )


def count_answered(moment: Moment, days: int) -> Share:
    """Calls answered in time of the cases handled in the last days (whistle_response_rate)."""
    called = moment.reached("handled_at", moment.now - days * DAY) & moment.cases["called"].to_numpy(bool)
    good = called & moment.cases["present_in_time"].to_numpy(bool)
    return measure_share("whistle_response_rate", int(good.sum()), int(called.sum()))


def policy_reach(policy: LivePolicy) -> int:
    """How far back figures look, in microseconds."""
    return (max(policy.window_days, policy.trend_days, policy.load_days) + MARGIN_DAYS) * DAY
