"""The demo feeder: a simulated district flows in on a replay clock, by the way that real events take."""

import logging
import time
import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from hub.ingest import Ingest
from hub.replay import PREPARING, ReplayClock, read_clock, write_clock
from simulation.experiment import simulate_log
from store.database import Store
from store.events import EventStore
from store.leases import Leases
from store.notes import Notes
from store.trouble import StoreTrouble
from store.types import utc_now
from twin.district import District
from twin.eventlog import ENDED

DEFAULTS = Path(__file__).resolve().parent.parent / "data" / "defaults" / "replay.toml"
SOURCE = "demo"
LONGEST_STEP = timedelta(minutes=10)
LEASE_SECONDS = 10.0
TROUBLE_SECONDS = 5.0
T = TypeVar("T")
log = logging.getLogger(__name__)
Simulate = Callable[[District, date, int, int], pd.DataFrame]


class ReplayPlan(BaseModel):
    """The keys of replay.toml; each is explained there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    opening: datetime
    speed: float = Field(gt=0, le=3600)
    seed: int
    history_days: int = Field(ge=0)
    first_days: int = Field(gt=0)
    chapter_days: int = Field(gt=0)
    settle_days: int = Field(ge=0)
    keep_days: int = Field(ge=45)
    tick_seconds: float = Field(gt=0)

    def days_of(self, chapter: int) -> tuple[date, date]:
        """First day of a chapter and the day after its last."""
        opening = self.opening.date()
        end = opening + timedelta(days=self.first_days + chapter * self.chapter_days)
        start = end - timedelta(days=self.chapter_days)
        return (start if chapter else opening - timedelta(days=self.history_days)), end


def load_plan(path: Path = DEFAULTS) -> ReplayPlan:
    """The plan of a file; pydantic's ValidationError names each wrong key."""
    return ReplayPlan(**tomllib.loads(path.read_text(encoding="utf-8")))


class Feeder:
    """Feeds one store; the same plan gives the same event ids, so a restart doubles nothing.

    Chapter n holds the cases reported on its own days, each from its report to its end. Chapters overlap
    only in the tails of cases, so two of them are held at a time.
    """

    def __init__(
        self,
        store: Store,
        district: District,
        plan: ReplayPlan,
        simulate: Simulate = simulate_log,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.district, self.plan, self.simulate, self.timer = district, plan, simulate, timer
        self.notes, self.events = Notes(store), EventStore(store)
        self.ingest = Ingest(self.events, district)
        self.zone = ZoneInfo(district.settings.time_zone)
        self.pending = pd.DataFrame()
        self.clock: ReplayClock | None = None
        self._last = 0.0

    def start(self) -> ReplayClock:
        """Bring the store to where the replay stands; at first start that is the whole history."""
        kept = read_clock(self.notes)
        opening = self.plan.opening.replace(tzinfo=self.zone)
        clock = kept or ReplayClock(opening, self.plan.speed, 1)
        if kept is None:
            self.notes.set(PREPARING, {"since": utc_now().isoformat()})
        chapters = [self.make_chapter(n) for n in range(max(0, clock.chapters - 2), clock.chapters)]
        rows = pd.concat(chapters, ignore_index=True)
        since = kept.position - LONGEST_STEP if kept else None
        self.pending = rows if since is None else rows[rows["occurred_at"] > since]
        self.clock = ReplayClock(clock.position, self.plan.speed, clock.chapters)
        self._last = self.timer()
        self._append_due()
        write_clock(self.notes, self.clock)
        return self.clock

    def tick(self) -> ReplayClock:
        """Move the clock on by the time that has passed and append what falls due."""
        assert self.clock is not None, "start() comes first"
        now = self.timer()
        step = min(timedelta(seconds=(now - self._last) * self.clock.speed), LONGEST_STEP)
        self._last = now
        position, chapters = self.clock.position + step, self.clock.chapters
        _, end = self.plan.days_of(chapters - 1)
        if position.astimezone(self.zone).date() >= end:
            self.pending = pd.concat([self.pending, self.make_chapter(chapters)], ignore_index=True)
            chapters += 1
            self._last = self.timer()
        if position.astimezone(self.zone).date() > self.clock.position.astimezone(self.zone).date():
            self._forget(position)
        self.clock = ReplayClock(position, self.clock.speed, chapters)
        self._append_due()
        write_clock(self.notes, self.clock)
        return self.clock

    def make_chapter(self, chapter: int) -> pd.DataFrame:
        """Every event of the cases reported on a chapter's days that come to an end within its run."""
        start, end = self.plan.days_of(chapter)
        log = self.simulate(self.district, start, (end - start).days + self.plan.settle_days, self.plan.seed)
        whole = _find_whole_cases(log)
        reported = log.loc[(log["state"] == "reported") & (log["phase"] == "done")]
        limits = [pd.Timestamp(day, tz=self.zone) for day in (start, end)]
        inside = reported["occurred_at"] < limits[1]
        if chapter:
            inside &= reported["occurred_at"] >= limits[0]
        chosen = whole & set(reported.loc[inside, "case_id"].astype(str))
        return _as_replay(log[log["case_id"].astype(str).isin(chosen)])

    def _append_due(self) -> None:
        assert self.clock is not None
        due = self.pending["occurred_at"] <= self.clock.position
        if due.any():
            self.ingest.accept(self.pending[due])
            self.pending = self.pending[~due]

    def _forget(self, position: datetime) -> None:
        before = position - timedelta(days=self.plan.keep_days)
        old = self.events.read_frame(until=before, origin="replay", columns=("case_id", "state", "phase"))
        ended = old[old["state"].isin(ENDED) & (old["phase"] == "done")]
        self.events.forget(SOURCE, ended["case_id"])


def run_feeder(
    store: Store,
    district: District,
    plan: ReplayPlan,
    stop: Callable[[], bool],
    simulate: Simulate = simulate_log,
) -> None:
    """Feed a store until told to stop; where another feeder is at work already, wait for its end."""
    lease = Leases(store).hold("feeder", LEASE_SECONDS)
    while not stop() and not retry(lease.renew, stop):
        time.sleep(plan.tick_seconds)
    if stop():
        return
    with lease.kept():
        feeder = Feeder(store, district, plan, simulate)
        retry(feeder.start, stop)
        while not stop():
            retry(feeder.tick, stop)
            time.sleep(plan.tick_seconds)


def retry(call: Callable[[], T], stop: Callable[[], bool]) -> T | None:
    """What a call answers, made again while the store is in trouble; None where it was told to stop."""
    while not stop():
        try:
            return call()
        except StoreTrouble as trouble:
            log.warning("%s; the feeder tries again in %.0f s", trouble, TROUBLE_SECONDS)
            time.sleep(TROUBLE_SECONDS)
    return None


def _find_whole_cases(log: pd.DataFrame) -> set[str]:
    done = log[(log["phase"] == "done") & log["state"].isin(ENDED)]
    return set(done["case_id"].astype(str))


def _as_replay(log: pd.DataFrame) -> pd.DataFrame:
    ids = log["case_id"].astype(str) + "-" + log["seq"].astype(str).str.zfill(3)
    count = len(log)
    return log.assign(
        origin=np.full(count, "replay", dtype=object),
        source=np.full(count, SOURCE, dtype=object),
        event_id=ids,
    )
