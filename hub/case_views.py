"""Cases as other systems read them: plain values, times on the district's clock, places as codes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from hub.cases import EVENT_COLUMNS, STAGES, derive_cases
from hub.lists import number_cases, to_degrees
from hub.moment import Places
from hub.scopes import Scope
from store.events import EventStore
from store.links import CaseLink
from store.types import from_microseconds
from twin.district import District

TIMES = (
    "reported_at", "accepted_at", "dispatched_at", "started_at", "handled_at", "checked_at", "evaluated_at",
    "ended_at", "handling_due", "close_due", "amber_at",
)  # fmt: skip
HISTORY = (*EVENT_COLUMNS, "reason_code", "merged_into", "recorded_at", "origin")
LIGHTS = ("green", "amber", "red")
STATUSES = ("open", "closed")


@dataclass(frozen=True)
class CaseFilter:
    """Which cases are wanted; blank: any. matter: of a matter or an item; after: the last one seen."""

    status: str = ""
    light: str = ""
    stage: str = ""
    township: str = ""
    village: str = ""
    unit: str = ""
    matter: str = ""
    since: int = -1
    until: int = -1
    after: str = ""


def find_lights(cases: pd.DataFrame, now: int) -> np.ndarray:
    """Each case's light: an open one's now, an ended one's by whether it was in time."""
    ended, due, amber = (cases[name].to_numpy() for name in ("ended_at", "close_due", "amber_at"))
    until = np.where((ended >= 0) & (ended <= now), ended, now)
    late = (due >= 0) & (due < until)
    near = (amber >= 0) & (amber <= until) & ~find_ended(cases, now)
    return np.where(late, "red", np.where(near, "amber", "green"))


def find_ended(cases: pd.DataFrame, now: int) -> np.ndarray:
    """Which cases have ended."""
    ended = cases["ended_at"].to_numpy()
    return np.asarray((ended >= 0) & (ended <= now))


def choose_cases(
    cases: pd.DataFrame, wanted: CaseFilter, now: int, district: District, scope: Scope
) -> pd.DataFrame:
    """The cases that are wanted and lie in a scope, in the order of their ids, after `wanted.after`."""
    places = Places.of(district)
    grid = cases["grid"].cat.codes.to_numpy()
    item = cases["matter"].astype(str).to_numpy(dtype=object)
    chosen = cases["reported_at"].to_numpy() <= now
    tests = {
        "status": np.where(find_ended(cases, now), "closed", "open"),
        "light": find_lights(cases, now),
        "stage": np.array(STAGES)[cases["stage"].to_numpy()],
        "township": np.array([*places.townships, ""], dtype=object)[places.township_of[grid]],
        "village": places.villages[grid],
        "unit": cases["unit"].to_numpy(dtype=object),
    }
    for name, values in tests.items():
        if getattr(wanted, name):
            chosen &= values == getattr(wanted, name)
    if wanted.matter:
        chosen &= np.array(
            [code == wanted.matter or code.split("-")[0] == wanted.matter for code in item], bool
        )
    reported = cases["reported_at"].to_numpy()
    chosen &= (reported >= wanted.since) & ((wanted.until < 0) | (reported <= wanted.until))
    chosen &= cases.index.to_numpy(dtype=object) > wanted.after
    chosen &= find_inside(cases, scope)
    return cases[chosen].sort_index()


def find_inside(cases: pd.DataFrame, scope: Scope) -> np.ndarray:
    """Which cases belong to a scope: by their grid or by the body that has them."""
    if scope.is_whole:
        return np.ones(len(cases), dtype=bool)
    grids = np.r_[scope.grids, False][cases["grid"].cat.codes.to_numpy()]
    held = cases["unit"].isin(scope.units).to_numpy(dtype=bool)
    beside = [bool(scope.units & set(units.split(";"))) for units in cases["helpers"]]
    return np.asarray(grids | held | np.array(beside, dtype=bool))


def describe_cases(
    cases: pd.DataFrame, district: District, now: int, links: Mapping[str, CaseLink]
) -> list[dict[str, Any]]:
    """One object a case; `now` in microseconds, times with the district's zone, None where there is none."""
    zone, places = ZoneInfo(district.settings.time_zone), Places.of(district)
    grid = cases["grid"].cat.codes.to_numpy()
    lon, lat = to_degrees(cases["x"].to_numpy(float), cases["y"].to_numpy(float), district)
    columns: dict[str, Iterable[Any]] = {
        "case_id": cases.index,
        "number": number_cases(cases, district.settings.time_zone),
        "status": np.where(find_ended(cases, now), "closed", "open").tolist(),
        "state": cases["last_state"],
        "stage": [STAGES[number] for number in cases["stage"]],
        "light": find_lights(cases, now).tolist(),
        "item": cases["matter"].astype(str),
        "channel": cases["channel"].fillna(""),
        "grid": cases["grid"].astype(str),
        "village": places.villages[grid],
        "township": [[*places.townships, ""][number] for number in places.township_of[grid]],
        "unit": cases["unit"],
        "helpers": [units.split(";") if units else [] for units in cases["helpers"]],
        "priority": [None if number == 9 else int(number) for number in cases["priority"]],
        "lon": [None if value != value else float(value) for value in lon],  # noqa: PLR0124
        "lat": [None if value != value else float(value) for value in lat],  # noqa: PLR0124
    }
    for name in TIMES:
        columns[name] = [show_time(int(value), zone) for value in cases[name]]
    columns["source_url"] = [links[name].source_url if name in links else "" for name in cases.index]
    blank = {"nan": "", "None": ""}
    rows = zip(*columns.values(), strict=True)
    return [
        {name: blank.get(v, v) if isinstance(v, str) else v for name, v in zip(columns, row, strict=True)}
        for row in rows
    ]


def show_time(moment: int, zone: ZoneInfo) -> str | None:
    """A moment (microseconds, -1 none) on the district's clock, ISO 8601 with its zone."""
    return None if moment < 0 else from_microseconds(moment).astimezone(zone).isoformat(timespec="seconds")


class CaseReader:
    """Reads cases from the events in the store, old ones too."""

    def __init__(self, events: EventStore, district: District, amber_share: float) -> None:
        self.events, self.district, self.amber_share = events, district, amber_share
        self.zone = ZoneInfo(district.settings.time_zone)

    def read(self, case_ids: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The cases of some ids (hub.cases.derive_cases) and their events in the log's order."""
        events = self.events.read_cases(case_ids, HISTORY)
        events = events[events["kind"] == "case"]
        return derive_cases(events, self.district, self.amber_share), events

    def describe_history(self, events: pd.DataFrame) -> list[dict[str, Any]]:
        """One object a move."""
        return [
            {
                "occurred_at": self._show(row.occurred_at),
                "source": row.source,
                "event_id": row.event_id,
                "state": row.state,
                "phase": row.phase,
                "tier": row.tier,
                "unit": row.unit,
                "role": row.role,
                "reason_code": row.reason_code,
                "verdict": row.verdict,
                "step_due": self._show(row.step_due),
            }
            for row in events.itertuples()
        ]

    def _show(self, moment: pd.Timestamp) -> str | None:
        if moment is pd.NaT:
            return None
        plain: datetime = moment.to_pydatetime()
        return plain.astimezone(self.zone).isoformat(timespec="seconds")
