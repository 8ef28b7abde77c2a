"""The demo feeder: a simulated district flows in on a replay clock, by the way that real events take."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import pandas as pd

from hub.chapters import SOURCE, Chapters, ReplayPlan, Simulate
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

PEOPLE = "hub"  # the source of what people do here
LONGEST_STEP = timedelta(minutes=10)
LEASE_SECONDS = 10.0
TROUBLE_SECONDS = 5.0
T = TypeVar("T")
log = logging.getLogger(__name__)


class Feeder:
    """Feeds one store; the same plan gives the same event ids, so a restart doubles nothing.

    Two chapters are held at a time. A case on which a person has acted is theirs: what the replay would have
    done with it is dropped.
    """

    def __init__(
        self,
        store: Store,
        district: District,
        plan: ReplayPlan,
        simulate: Simulate = simulate_log,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan, self.timer = plan, timer
        self.chapters = Chapters(district, plan, simulate)
        self.notes, self.events = Notes(store), EventStore(store)
        self.ingest = Ingest(self.events, district)
        self.zone = ZoneInfo(district.settings.time_zone)
        self.longest = max(LONGEST_STEP, timedelta(seconds=2 * plan.tick_seconds * plan.speed))
        self.pending = pd.DataFrame()
        self.clock: ReplayClock | None = None
        self._last = 0.0
        self._seen_no = 0

    def start(self) -> ReplayClock:
        """Bring the store to where the replay stands; at first start that is the whole history."""
        kept = read_clock(self.notes)
        opening = self.plan.opening.replace(tzinfo=self.zone)
        clock = kept or ReplayClock(opening, self.plan.speed, 1)
        if kept is None:
            self.notes.set(PREPARING, {"since": utc_now().isoformat()})
        chapters = [self.chapters.make(n) for n in range(max(0, clock.chapters - 2), clock.chapters)]
        rows = pd.concat(chapters, ignore_index=True)
        since = kept.position - self.longest if kept else None
        self.pending = rows if since is None else rows[rows["occurred_at"] > since]
        self.clock = ReplayClock(clock.position, self.plan.speed, clock.chapters)
        self._last, self._seen_no = self.timer(), 0
        self._append_due()
        write_clock(self.notes, self.clock)
        return self.clock

    def tick(self) -> ReplayClock:
        """Move the clock on by the time that has passed and append what falls due."""
        assert self.clock is not None, "start() comes first"
        now = self.timer()
        step = min(timedelta(seconds=(now - self._last) * self.clock.speed), self.longest)
        self._last = now
        position, chapters = self.clock.position + step, self.clock.chapters
        _, end = self.plan.days_of(chapters - 1)
        if position.astimezone(self.zone).date() >= end:
            self._add_chapter(chapters)
            chapters += 1
            self.clock = ReplayClock(self.clock.position, self.clock.speed, chapters)
            self._last = self.timer()
        if position.astimezone(self.zone).date() > self.clock.position.astimezone(self.zone).date():
            self._forget(position)
        self.clock = ReplayClock(position, self.clock.speed, chapters)
        self._append_due()
        write_clock(self.notes, self.clock)
        return self.clock

    def _add_chapter(self, chapter: int) -> None:
        """A chapter's events join what is pending; people may have acted on its cases before a restart."""
        self.pending = pd.concat([self.pending, self.chapters.make(chapter)], ignore_index=True)
        self._seen_no = 0

    def _append_due(self) -> None:
        assert self.clock is not None
        self._leave_to_people()
        due = self.pending["occurred_at"] <= self.clock.position
        if due.any():
            self.ingest.accept(self.pending[due])
            self.pending = self.pending[~due]

    def _leave_to_people(self) -> None:
        """Drop what is pending of cases on which somebody has acted since the last look."""
        taken, self._seen_no = self.events.list_cases(PEOPLE, self._seen_no)
        if taken:
            self.pending = self.pending[~self.pending["case_id"].isin(taken)]

    def _forget(self, position: datetime) -> None:
        before = position - timedelta(days=self.plan.keep_days)
        old = self.events.read_frame(until=before, origin="replay", columns=("case_id", "state", "phase"))
        ended = old[old["state"].isin(ENDED) & (old["phase"] == "done")]
        for source in (SOURCE, PEOPLE):
            self.events.forget(source, ended["case_id"])


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
