"""Cases as Open311 GeoReport v2 tells them: services, requests, open or closed, expected when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from hub.case_views import CaseReader, find_ended, find_inside, show_time
from hub.lists import to_degrees
from hub.moment import Places
from hub.scopes import Scope
from store.types import to_microseconds
from twin.district import District

SPAN = timedelta(days=90)
MOST = 1000


@dataclass(frozen=True)
class Wanted:
    """Which requests are asked for; empty: all. ids override the rest."""

    ids: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None


class Requests:
    """Reads cases as requests; a source sees its own unless its key may read more."""

    def __init__(self, reader: CaseReader, district: District) -> None:
        self.reader, self.district = reader, district
        self.places = Places.of(district)
        self.zone = ZoneInfo(district.settings.time_zone)
        self.items = district.matters.set_index("item")
        self.names = dict(zip(district.areas["code"], district.areas["name"], strict=True))
        self.units = dict(zip(district.units["code"], district.units["name"], strict=True))

    def list_services(self) -> list[dict[str, Any]]:
        """What may be reported: the district's items, grouped by matter."""
        return [
            {
                "service_code": code,
                "service_name": row.item_name,
                "description": f"{row.item_name_en} ({row.matter_name_en})",
                "metadata": False,
                "type": "realtime",
                "keywords": f"{row.matter_name},{row.item_name}",
                "group": row.matter_name,
            }
            for code, row in zip(self.items.index, self.items.itertuples(), strict=True)
        ]

    def find(self, wanted: Wanted, now: datetime, source: str | None, scope: Scope) -> list[dict[str, Any]]:
        """The requests that are wanted, the newest first; of one source where it is named."""
        if wanted.ids:
            ids: Sequence[str] = wanted.ids[:MOST]
        else:
            end = wanted.end or (wanted.start + SPAN if wanted.start else now)
            start = wanted.start or end - SPAN
            ids = self.reader.events.find_reports(start, end, MOST, source)
        cases, events = self.reader.read(ids)
        if source is not None:
            cases = cases[cases.index.isin(_list_reported(events, source))]
        cases = cases[find_inside(cases, scope)]
        cases = cases[self._fits(cases, wanted, to_microseconds(now))]
        updated = events.groupby("case_id", observed=True)["occurred_at"].max()
        return self._describe(cases, updated, to_microseconds(now))

    def _fits(self, cases: pd.DataFrame, wanted: Wanted, now: int) -> np.ndarray:
        if wanted.ids:
            return np.ones(len(cases), dtype=bool)
        statuses = [_say_status(ended) for ended in find_ended(cases, now).tolist()]
        fits = [
            _is_wanted(str(item), wanted.codes) and (not wanted.statuses or status in wanted.statuses)
            for item, status in zip(cases["matter"], statuses, strict=True)
        ]
        return np.array(fits, dtype=bool)

    def _describe(self, cases: pd.DataFrame, updated: Any, now: int) -> list[dict[str, Any]]:
        cases = cases.sort_values("reported_at", ascending=False, kind="stable")
        lon, lat = to_degrees(cases["x"].to_numpy(float), cases["y"].to_numpy(float), self.district)
        ended = find_ended(cases, now).tolist()
        grids = cases["grid"].cat.codes.tolist()
        rows = zip(cases.index, cases.itertuples(), ended, grids, lon.tolist(), lat.tolist(), strict=True)
        return [self._describe_one(updated, *row) for row in rows]

    def _describe_one(
        self, updated: Any, name: Any, case: Any, ended: bool, grid: int, lon: float, lat: float
    ) -> dict[str, Any]:
        item, placed = str(case.matter), lon == lon and lat == lat  # noqa: PLR0124
        township = [*self.places.townships, ""][self.places.township_of[grid]]
        where = [self.names.get(code, "") for code in (township, self.places.villages[grid])]
        return {
            "service_request_id": str(name),
            "status": _say_status(ended),
            "status_notes": case.last_state,
            "service_name": str(self.items.at[item, "item_name"]) if item in self.items.index else "",
            "service_code": item if item in self.items.index else "",
            "description": None,
            "agency_responsible": self.units.get(case.unit, ""),
            "service_notice": None,
            "requested_datetime": show_time(case.reported_at, self.zone),
            "updated_datetime": updated[name].tz_convert(self.zone).isoformat(timespec="seconds"),
            "expected_datetime": show_time(case.close_due, self.zone),
            "address": "".join(where),
            "address_id": self.district.grids["code"].iat[grid] if grid >= 0 else None,
            "zipcode": None,
            "lat": lat if placed else None,
            "long": lon if placed else None,
            "media_url": None,
        }


def _list_reported(events: pd.DataFrame, source: str) -> list[str]:
    own = events[(events["source"] == source) & (events["state"] == "reported") & (events["phase"] == "done")]
    return own["case_id"].tolist()


def _say_status(ended: bool) -> str:
    return "closed" if ended else "open"


def _is_wanted(item: str, codes: Collection[str]) -> bool:
    return not codes or item in codes or item.split("-", maxsplit=1)[0] in codes
