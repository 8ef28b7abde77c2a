"""The four clocks for moments in UTC: due times, time used, time moved."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from twin.calendar import WALL_CLOCKS, WorkCalendar, build_calendar
from twin.district import District

YEAR_DAYS = 366
SECOND = timedelta(seconds=1)


class WorkTime:
    """A district's clocks: u and d run all the time, w and wd in working hours."""

    def __init__(self, district: District) -> None:
        self.district, self.zone = district, ZoneInfo(district.settings.time_zone)
        self._calendar = lru_cache(maxsize=8)(self._build)

    def find_due(self, moment: datetime, value: float, clock: str) -> datetime:
        """The moment, in whole seconds, when `value` units of a clock (u, w hours; wd, d days) are over."""
        moment = moment.replace(microsecond=0)
        calendar, second = self._place(moment)
        return moment + (calendar.find_due(second, value, clock) - second) * SECOND

    def count_minutes(self, start: datetime, end: datetime, clock: str) -> float:
        """Minutes between two moments on a clock; negative where the end lies before the start."""
        if end < start:
            return -self.count_minutes(end, start, clock)
        if clock in WALL_CLOCKS:
            return (end - start) / timedelta(minutes=1)
        calendar, first = self._place(start)
        last = first + round((end - start) / SECOND)
        return (calendar.count_working(last) - calendar.count_working(first)) / 60

    def add_minutes(self, moment: datetime, minutes: float, clock: str) -> datetime:
        """The moment at which so many minutes of a clock have passed."""
        if clock in WALL_CLOCKS:
            return moment + timedelta(minutes=minutes)
        calendar, second = self._place(moment)
        return moment + (calendar.add_working(second, round(minutes * 60)) - second) * SECOND

    def _place(self, moment: datetime) -> tuple[WorkCalendar, int]:
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        calendar = self._calendar(local.year)
        return calendar, int((local - datetime.combine(calendar.origin, datetime.min.time())) / SECOND)

    def _build(self, year: int) -> WorkCalendar:
        settings, table = self.district.settings, self.district.calendar
        return build_calendar(settings, table, date(year - 1, 1, 1), 4 * YEAR_DAYS)
