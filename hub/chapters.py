"""The chapters of a replay: stretches of days of a simulated district, each case whole."""

import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from simulation.experiment import simulate_log
from twin.district import District
from twin.eventlog import ENDED

DEFAULTS = Path(__file__).resolve().parent.parent / "data" / "defaults" / "replay.toml"
SOURCE = "demo"
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


def load_plan(path: Path = DEFAULTS, **changes: Any) -> ReplayPlan:
    """The plan of a file, with other values for some keys; None leaves a key as it is.

    pydantic's ValidationError names each wrong key.
    """
    plain = tomllib.loads(path.read_text(encoding="utf-8"))
    return ReplayPlan(**(plain | {key: value for key, value in changes.items() if value is not None}))


class Chapters:
    """Makes the chapters of a plan; the same plan gives the same event ids.

    Chapter n holds the cases reported on its own days. Chapters overlap only in the tails of cases.
    """

    def __init__(self, district: District, plan: ReplayPlan, simulate: Simulate = simulate_log) -> None:
        self.district, self.plan, self.simulate = district, plan, simulate
        self.zone = ZoneInfo(district.settings.time_zone)

    def make(self, chapter: int) -> pd.DataFrame:
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
        return mark_replay(log[log["case_id"].astype(str).isin(chosen)])


def mark_replay(log: pd.DataFrame) -> pd.DataFrame:
    """A run's log as events of the replay, with ids of their own."""
    ids = log["case_id"].astype(str) + "-" + log["seq"].astype(str).str.zfill(3)
    count = len(log)
    return log.assign(
        origin=np.full(count, "replay", dtype=object),
        source=np.full(count, SOURCE, dtype=object),
        event_id=ids,
    )


def _find_whole_cases(log: pd.DataFrame) -> set[str]:
    done = log[(log["phase"] == "done") & log["state"].isin(ENDED)]
    return set(done["case_id"].astype(str))
