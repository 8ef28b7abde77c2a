"""Who is on shift now, and how busy each role has been."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from hub.snapshot import Force
from store.types import from_microseconds
from twin.calendar import build_calendar, list_shift_windows
from twin.district import District
from twin.organisation import measure_availability

HOUR = 3_600_000_000
DAY_SECONDS = 86_400


class Rosters:
    """The filled posts of a district by role, shift and rota, with what their calendars give at a moment."""

    def __init__(self, district: District, load_days: int) -> None:
        self.district, self.load_days = district, load_days
        filled = district.posts[district.posts["filled"] == 1]
        self.groups: Counter[tuple[str, str, int]] = Counter(
            zip(filled["role"], filled["shift"], filled["rota"].astype(int), strict=True)
        )
        self.available = measure_availability(district.duties)
        self._hour, self._rostered = -1, Counter[str]()
        self._day, self._windows = date.min, dict[tuple[str, int], list[tuple[int, int]]]()

    def list_forces(self, now: int, work: Mapping[tuple[str, int], float]) -> list[Force]:
        """One row a role, the largest first; load over whole hours up to the last one."""
        second = self._prepare(now)
        on_duty, established = Counter[str](), Counter[str]()
        for (role, shift, rota), count in self.groups.items():
            established[role] += count
            if any(start <= second < end for start, end in self._windows[shift, rota]):
                on_duty[role] += count
        rostered, busy = self._measure_rostered(now), self._measure_work(now, work)
        roles = sorted(established, key=lambda role: (-established[role], role))
        return [
            Force(role, on_duty[role], established[role], _divide(busy[role], rostered[role]))
            for role in roles
        ]

    def _prepare(self, now: int) -> int:
        """Windows of every shift and rota around a moment; the moment in seconds of their count."""
        local = pd.Timestamp(from_microseconds(now)).tz_convert(self.district.settings.time_zone)
        if local.date() != self._day:
            self._day = local.date()
            origin = self._day - timedelta(days=self.load_days + 1)
            calendar = build_calendar(
                self.district.settings, self.district.calendar, origin, self.load_days + 3
            )
            self._windows = {
                (shift, rota): list_shift_windows(self.district.shifts, shift, rota, calendar)
                for _, shift, rota in self.groups
            }
        naive = local.tz_localize(None)
        return int((naive - pd.Timestamp(self._day)).total_seconds()) + (self.load_days + 1) * DAY_SECONDS

    def _measure_rostered(self, now: int) -> Counter[str]:
        """Seconds rostered for cases by role over the load window, which ends at the last whole hour."""
        if now // HOUR != self._hour:
            self._hour = now // HOUR
            end = self._prepare(self._hour * HOUR)
            start = end - self.load_days * DAY_SECONDS
            self._rostered = Counter()
            for (role, shift, rota), count in self.groups.items():
                spans = self._windows[shift, rota]
                seconds = sum(max(0, min(e, end) - max(s, start)) for s, e in spans)
                self._rostered[role] += round(seconds * count * self.available.get(role, 1.0))
        return self._rostered

    def _measure_work(self, now: int, work: Mapping[tuple[str, int], float]) -> dict[str, float]:
        last = now // HOUR
        first = last - self.load_days * 24
        busy: defaultdict[str, float] = defaultdict(float)
        for (role, hour), seconds in work.items():
            if first <= hour < last:
                busy[role] += seconds
        return busy


def _divide(busy: float, rostered: int) -> float | None:
    return busy / rostered if rostered else None
