"""Work on cases as the log of this hub measured it: minutes by grid, over which time, of which origin."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from store.database import Store
from store.events import EventStore
from twin.faults import Fault
from twin.fictitious.templates import read_toml

LEAST_DAYS = float(read_toml("gridding.toml")["measured"]["days"])
COLUMNS = ("kind", "grid", "work_seconds", "occurred_at", "origin")
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Measured:
    """minutes: by grid, every grid that the log names (blank: none); since, until: first and last work."""

    minutes: "pd.Series[float]"
    since: datetime | None = None
    until: datetime | None = None
    origins: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """All minutes of the log."""
        return float(self.minutes.sum())

    def outside(self, grids: "pd.Series[str]") -> float:
        """Minutes of the log that lie in none of some grids."""
        return float(self.minutes[~self.minutes.index.isin(grids)].sum())

    def describe(self, grids: "pd.Series[str]") -> dict[str, Any]:
        """What a drawing tells of its log: since, until (ISO), origins, minutes, outside."""
        ends = {"since": self.since, "until": self.until}
        plain = {name: moment.isoformat() if moment else "" for name, moment in ends.items()}
        whole = {"minutes": round(self.total, 3), "outside": round(self.outside(grids), 3)}
        return plain | {"origins": list(self.origins)} | whole


def measure_minutes(store: Store, until: int) -> Measured:
    """Staff minutes on cases (all tiers, travel included, no duties), up to an event's number."""
    events, after = EventStore(store), 0
    found: list[pd.Series[float]] = []
    times: list[datetime] = []
    origins: set[str] = set()
    while after < until:
        rows = events.read_after(after, columns=COLUMNS)
        if rows.empty:
            break
        after = int(rows["received_no"].iloc[-1])
        rows = rows[(rows["received_no"] <= until) & rows["kind"].eq("case")]
        rows = rows.assign(seconds=pd.to_numeric(rows["work_seconds"], errors="coerce").fillna(0.0))
        rows = rows[rows["seconds"] > 0]
        if len(rows):
            grid = rows["grid"].astype("string").fillna("").astype(str)
            found.append(rows["seconds"].groupby(grid).sum() / 60)
            times += [rows["occurred_at"].min(), rows["occurred_at"].max()]
            origins |= set(rows["origin"].astype(str))
    if not found:
        return Measured(pd.Series(dtype=float))
    minutes = pd.concat(found).groupby(level=0).sum()
    return Measured(minutes, min(times), max(times), tuple(sorted(origins)))


def judge_span(since: datetime | None, until: datetime | None) -> tuple[str, float]:
    """`none`: a log holds no work; `short`: less than LEAST_DAYS of it; else ""; and its days."""
    if since is None or until is None:
        return "none", 0.0
    days = (until - since).total_seconds() / DAY_SECONDS
    return ("short" if days < LEAST_DAYS else ""), days


def find_log_faults(measured: Measured) -> list[Fault]:
    """Why a log says too little of the work; empty where it says enough."""
    verdict, days = judge_span(measured.since, measured.until)
    words = {
        "none": "no event of a case carries minutes of work: even out households or reports",
        "short": f"work of {days:.1f} days: at least {LEAST_DAYS:g} are needed",
    }
    return [Fault("log", "work_seconds", f"log {verdict}", words[verdict])] if verdict else []
