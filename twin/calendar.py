"""The four clocks, due times and shift windows, in whole seconds from an origin day."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from twin.settings import DistrictSettings, parse_clock, parse_window

DAY = 86_400
HOUR = 3_600
FOREVER = 1 << 40
WALL_CLOCKS = ("u", "d")


@dataclass(frozen=True)
class WorkCalendar:
    """Working windows from an origin day on: u round the clock, w working hours, wd working days, d days.

    `opens` and `closes` are the working windows in seconds; `worked` counts working seconds up to each close.
    """

    origin: date
    working: tuple[bool, ...]
    opens: tuple[int, ...]
    closes: tuple[int, ...]
    worked: tuple[int, ...]
    day_seconds: int

    def find_due(self, moment: int, value: float, clock: str) -> int:
        """The second at which `value` units of a clock (u and w hours, wd and d days) have passed."""
        seconds = round(value * self.unit_seconds(clock))
        return moment + seconds if clock in WALL_CLOCKS else self.add_working(moment, seconds)

    def unit_seconds(self, clock: str) -> int:
        """Seconds of one unit of a clock."""
        return {"u": HOUR, "w": HOUR, "d": DAY}.get(clock, self.day_seconds)

    def add_working(self, moment: int, seconds: int) -> int:
        """The second at which so many working seconds after a moment have passed; never before it."""
        target = self.count_working(moment) + seconds
        window = bisect_left(self.worked, target)
        if window >= len(self.worked):
            return self.closes[-1] + target - self.worked[-1]
        return max(moment, self.closes[window] - (self.worked[window] - target))

    def add_working_array(self, moments: np.ndarray, seconds: int | np.ndarray) -> np.ndarray:
        """`add_working` for many moments, by the same seconds or each by its own."""
        opens, closes, worked = np.array(self.opens), np.array(self.closes), np.array(self.worked)
        open_now = np.searchsorted(opens, moments, side="right") - 1
        counted = worked[open_now] - np.maximum(0, closes[open_now] - moments)
        target = np.where(open_now < 0, 0, counted) + seconds
        window = np.searchsorted(worked, target, side="left")
        last = np.minimum(window, len(worked) - 1)
        due = np.maximum(moments, closes[last] - (worked[last] - target))
        return np.where(window < len(worked), due, closes[-1] + target - worked[-1])

    def count_working(self, moment: int) -> int:
        """Working seconds between the origin and a moment."""
        window = bisect_right(self.opens, moment) - 1
        if window < 0:
            return 0
        return self.worked[window] - max(0, self.closes[window] - moment)


def build_calendar(
    settings: DistrictSettings, calendar: pd.DataFrame, origin: date, days: int
) -> WorkCalendar:
    """The work calendar of so many days from an origin; dates not in the table follow the weekday."""
    if settings.work_calendar == "always":
        return WorkCalendar(origin, (True,) * days, (0,), (FOREVER,), (FOREVER,), DAY)
    working = list_working_days(settings, calendar, origin, days)
    windows = [parse_window(text) for text in settings.clock.work_hours]
    opens = [day * DAY + start for day in range(days) if working[day] for start, _ in windows]
    closes = [day * DAY + end for day in range(days) if working[day] for _, end in windows]
    worked = np.cumsum(np.subtract(closes, opens)).tolist()
    length = sum(end - start for start, end in windows)
    return WorkCalendar(origin, tuple(working), tuple(opens), tuple(closes), tuple(worked), length)


def list_working_days(
    settings: DistrictSettings, calendar: pd.DataFrame, origin: date, days: int
) -> list[bool]:
    """Whether each day is a working day (made-up working days count, holidays do not)."""
    known = {}
    if settings.work_calendar == "china":
        known = dict(zip(calendar["date"], calendar["day"].isin(["workday", "made_up_workday"]), strict=True))
    dates = [origin + timedelta(days=day) for day in range(days)]
    return [bool(known.get(day.isoformat(), day.weekday() < 5)) for day in dates]


def list_unknown_years(
    settings: DistrictSettings, calendar: pd.DataFrame, origin: date, days: int
) -> list[int]:
    """The years of a period of which the work calendar has no day; their holidays are not known."""
    if settings.work_calendar != "china":
        return []
    known = set(calendar["date"].str[:4])
    last = origin + timedelta(days=days - 1)
    return [year for year in range(origin.year, last.year + 1) if str(year) not in known]


def list_shift_windows(
    shifts: pd.DataFrame, shift: str, rota: int, calendar: WorkCalendar
) -> list[tuple[int, int]]:
    """The windows (start, end in seconds) of a shift with its rota phase; touching windows are one.

    A rota works five days in seven, counted from a fixed day, so that it does not depend on the origin.
    """
    rows = shifts[shifts["shift"] == shift]
    if (rows["days"] == "always").any():
        return [(-FOREVER, FOREVER)]
    spans: list[tuple[int, int]] = []
    first = calendar.origin.toordinal()
    for row in rows.itertuples():
        start, end = parse_clock(row.start), parse_clock(row.end)
        length = end - start if end > start else end + DAY - start
        for day in range(-1, len(calendar.working)):
            if _works(row.days, calendar, day, first, rota):
                spans.append((day * DAY + start, day * DAY + start + length))
    return merge_windows(spans)


def _works(days: str, calendar: WorkCalendar, day: int, first: int, rota: int) -> bool:
    if days == "workdays":
        return day >= 0 and calendar.working[day]
    return days == "daily" or (first + day + rota) % 7 < 5


def merge_windows(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted windows with those that touch or overlap made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
