"""The live state kept up to date: reads new events by number and derives again only the cases they touch."""

import gc
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
import pandas as pd

from hub.cases import EVENT_COLUMNS, derive_cases
from hub.policy import LivePolicy
from hub.workload import Workload
from store.events import EventStore
from twin.district import District

PAGE = 200_000
HOUR = 3_600_000_000
SPARE_HOURS = 48
LOG_ORDER = ["occurred_at", "source", "event_id"]
MOVE_COLUMNS = [*LOG_ORDER, "case_id", "state"]


class Projection:
    """Cases, newest moves and work done, as a function of the set of events of one origin in the store.

    cases: see hub.cases.derive_cases; moves: the newest steps done, in the log's order;
    work: work seconds by (role, hour since 1970), each event's to 1/1024 s, so that the order in which they
    are added changes nothing; crews: the same by body, for the load window;
    newest, oldest: times of events (microseconds, -1 none).
    """

    def __init__(self, events: EventStore, district: District, policy: LivePolicy, origin: str) -> None:
        self.events, self.district, self.policy, self.origin = events, district, policy, origin
        self.received_no = 0
        self.newest = self.oldest = self._forgotten = -1
        self.work: defaultdict[tuple[str, int], float] = defaultdict(float)
        self.crews = Workload(policy.load_days * 24 + SPARE_HOURS)
        nothing = self.events.read_cases([], EVENT_COLUMNS)
        self.moves = nothing[MOVE_COLUMNS]
        self.cases = derive_cases(nothing, district, policy.amber_share)

    def catch_up(self) -> bool:
        """Take in what was appended since the last call; whether anything was."""
        first = self.received_no == 0
        with _uncollected() if first else nullcontext():
            return self._catch_up(first)

    def _catch_up(self, first: bool) -> bool:
        pages = self._read_pages()
        if not pages:
            return False
        rows = pd.concat(pages, ignore_index=True)
        rows = rows[(rows["kind"] == "case") & (rows["origin"] == self.origin)]
        if len(rows):
            self._take(rows, whole=first)
        return len(rows) > 0

    def forget_before(self, moment: int) -> None:
        """Drop ended cases and work wholly before a moment (microseconds); figures never look there.

        Once an hour is enough: what lies there longer is counted in nothing.
        """
        if moment // HOUR == self._forgotten:
            return
        self._forgotten = moment // HOUR
        times = self.cases[["ended_at", "close_due", "handling_due"]].to_numpy().max(axis=1, initial=-1)
        old = (self.cases["ended_at"].to_numpy() >= 0) & (times < moment)
        if old.any():
            self.cases = self.cases[~old]
        for key in [key for key in self.work if key[1] < moment // HOUR]:
            del self.work[key]

    def _read_pages(self) -> list[pd.DataFrame]:
        pages = []
        while len(page := self.events.read_after(self.received_no, PAGE, (*EVENT_COLUMNS, "origin"))):
            self.received_no = int(page["received_no"].iloc[-1])
            pages.append(page)
            if len(page) < PAGE:
                break
        return pages

    def _take(self, rows: pd.DataFrame, whole: bool) -> None:
        times = _microseconds(rows["occurred_at"])
        self.newest = max(self.newest, int(times.max()))
        self.oldest = int(times.min()) if self.oldest < 0 else min(self.oldest, int(times.min()))
        self._add_work(rows)
        done = rows.loc[rows["phase"] == "done", MOVE_COLUMNS]
        self.moves = pd.concat([self.moves, done]).sort_values(LOG_ORDER).tail(self.policy.listed_moves)
        touched = rows["case_id"].unique()
        histories = rows if whole else self.events.read_cases(touched, EVENT_COLUMNS)
        derived = derive_cases(histories, self.district, self.policy.amber_share)
        kept = self.cases[~self.cases.index.isin(touched)]
        self.cases = pd.concat([kept, derived]) if len(kept) else derived

    def _add_work(self, rows: pd.DataFrame) -> None:
        busy = rows[rows["work_seconds"] > 0]
        hours = _microseconds(busy["occurred_at"]) // HOUR
        roles, exact = busy["role"].to_numpy(), (busy["work_seconds"] * 1024).round() / 1024
        self.crews.add(busy["unit"].to_numpy(), roles, hours, exact.to_numpy())
        sums = exact.groupby([roles, hours]).sum()
        for (role, hour), seconds in sums.items():
            self.work[str(role), int(hour)] += float(seconds)


def _microseconds(column: "pd.Series[pd.Timestamp]") -> np.ndarray:
    return column.dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection: a first read makes millions of objects that stay (a quarter of its time)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
