"""The part of the worker that finds notices in what happened and sends them."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from hub.clock import HubClock
from hub.contingency.desk import BOOK as CONTINGENCY
from hub.contingency.desk import ContingencyDesk
from hub.lists import number_cases
from hub.live import LiveState
from hub.notices.desk import Notices
from hub.notices.policy import NoticePolicy, load_policy
from hub.notices.sending import Sender
from hub.notices.triggers import EVENT_COLUMNS, News, find_notices
from hub.notices.webhook import Webhook
from hub.orders.desk import Orders
from hub.orders.fold import BOOK as ORDERS
from hub.snapshot import CaseRow
from store.database import Store
from store.events import EventStore
from store.journal import Entry, Journal
from store.leases import Leases
from store.notes import Notes
from store.types import utc_now
from twin.district import District

CURSOR = "notices_cursor"
BOOKS = (ORDERS, CONTINGENCY)
LEASE_SECONDS = 20.0
PAGE = 100_000
log = logging.getLogger(__name__)


class Notifier:
    """Looks at what is new, puts the notices and its own place in one transaction, then sends what is due.

    A first look tells nobody of what was there before it; after a restart it goes on where it stood.
    """

    def __init__(
        self,
        store: Store,
        district: District,
        notices: Notices,
        list_overdue: Callable[[], list[CaseRow]] | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.district, self.notices, self.clock = district, notices, clock
        self.notes, self.journal, self.events = Notes(store), Journal(store), EventStore(store)
        self.now = HubClock(store, clock).now
        self.contingency = ContingencyDesk(self.journal, district, self.now)
        self.orders = Orders(self.journal, district, self.now, ladder=self.contingency.hurry)
        self.list_overdue = list_overdue or (list)
        units, matters = district.units, district.matters
        self.names = dict(zip(units["code"], units["name"], strict=True))
        self.matters = dict(zip(matters["matter"], matters["matter_name"], strict=True))
        hubs = units.loc[units["kind"] == "hub", "code"].tolist()
        self.hub = hubs[0] if hubs else units.loc[units["parent"] == "", "code"].iat[0]

    def step(self) -> int:
        """One look; how many notices were put."""
        cursor = self.notes.get(CURSOR)
        if cursor is None:
            self.notices.put([], (CURSOR, self._start()))
            return 0
        entries = {book: self.journal.read(book, after=cursor[book]) for book in BOOKS}
        events = self.events.read_after(cursor["received_no"], PAGE, EVENT_COLUMNS)
        now = self.now()
        reached = {book: rows[-1].entry_no if rows else cursor[book] for book, rows in entries.items()}
        received = int(events["received_no"].iloc[-1]) if len(events) else cursor["received_no"]
        place = {**reached, "received_no": received, "moment": now.isoformat()}
        before = datetime.fromisoformat(cursor["moment"])
        news = self._gather([*entries[ORDERS], *entries[CONTINGENCY]], events, before, now)
        return self.notices.put(find_notices(news), (CURSOR, place))

    def _start(self) -> dict[str, object]:
        reached: dict[str, object] = {}
        for book in BOOKS:
            rows = self.journal.read(book)
            reached[book] = rows[-1].entry_no if rows else 0
        moment = self.now().isoformat()
        return {**reached, "received_no": self.events.last_received(), "moment": moment}

    def _gather(self, entries: list[Entry], events: pd.DataFrame, before: datetime, now: datetime) -> News:
        contingencies = self.contingency.book.read()
        whistled = events.loc[events["state"] == "whistled", "case_id"].astype(str)
        return News(
            before=before,
            now=now,
            told_at=self.clock(),
            zone=self.district.settings.time_zone,
            hub=self.hub,
            fresh=timedelta(minutes=self.notices.policy.fresh_minutes),
            entries=entries,
            events=events,
            orders={row.order.order_id: row for row in self.orders.list(ended=True)},
            contingencies=contingencies,
            overdue=self.list_overdue(),
            numbers=self._number(whistled.unique().tolist()),
            names=self.names,
            matters=self.matters,
            told={key: self.contingency.list_told(one.set) for key, one in contingencies.items()},
        )

    def _number(self, case_ids: list[str]) -> dict[str, str]:
        if not case_ids:
            return {}
        rows = self.events.read_cases(case_ids, ("case_id", "occurred_at"))
        first = rows.groupby("case_id")["occurred_at"].min().astype("int64").to_frame("reported_at")
        return dict(zip(first.index, number_cases(first, self.district.settings.time_zone), strict=True))


class Watch:
    """Open cases past due, looked up at most every so many seconds."""

    def __init__(self, live: LiveState, seconds: float) -> None:
        self.live, self.seconds = live, seconds
        self._looked = -seconds

    def __call__(self) -> list[CaseRow]:
        """The newest list, or nothing where it was looked at a moment ago."""
        if time.monotonic() - self._looked < self.seconds:
            return []
        self._looked = time.monotonic()
        return self.live.snapshot().overdue


def run_notifier(
    store: Store,
    district: District,
    webhook: Webhook | None,
    live: LiveState,
    stop: threading.Event,
    policy: NoticePolicy,
) -> None:
    """Find and send notices until told to stop; of several workers one does it at a time."""
    notices = Notices(store, policy, webhook is not None)
    zone = ZoneInfo(district.settings.time_zone)
    lease = Leases(store).hold("notices", LEASE_SECONDS)
    notifier = Notifier(store, district, notices, Watch(live, policy.case_seconds))
    names = notifier.names
    sender = None
    if webhook is not None:
        sender = Sender(notices.outbox, webhook, policy, zone, lambda unit: names.get(unit, unit))
    while not stop.wait(policy.tick_seconds):
        if lease.renew():
            with lease.kept():
                _work(notifier, sender, policy.tick_seconds, stop)


def _work(notifier: Notifier, sender: Sender | None, seconds: float, stop: threading.Event) -> None:
    while not stop.wait(seconds):
        try:
            notifier.step()
            if sender is not None:
                sender.step(stop.is_set)
        except Exception:
            log.exception("notices: a pass failed, the next follows")


@contextmanager
def notifying(
    store: Store,
    district: District,
    webhook: Webhook | None,
    live: LiveState,
    policy: NoticePolicy | None = None,
) -> Iterator[None]:
    """Run the notifier in a thread for as long as the block runs; `live` may be shared with others."""
    stop = threading.Event()
    given = (store, district, webhook, live, stop, policy or load_policy())
    thread = threading.Thread(target=run_notifier, args=given, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(3)  # it ends by itself at the next look; a lease that is left lapses
