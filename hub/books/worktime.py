"""Working days and working time around a day, for due dates of orders."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from twin.calendar import DAY, WorkCalendar, build_calendar
from twin.district import District
from twin.settings import parse_window


class WorkDays:
    """The district's work calendar by dates and moments: holidays are off, made-up working days are on."""

    def __init__(self, district: District) -> None:
        self.settings, self.table = district.settings, district.calendar
        self.zone = ZoneInfo(district.settings.time_zone)
        self.calendar = lru_cache(maxsize=8)(self._build)

    def to_day(self, moment: datetime) -> date:
        """The local date of a moment."""
        return moment.astimezone(self.zone).date()

    def is_working(self, day: date) -> bool:
        """Whether a date is a working day."""
        calendar = self.calendar(day.year)
        return calendar.working[(day - calendar.origin).days]

    def find_working(self, day: date, step: int) -> date:
        """The nearest working day before (step -1) or after (step 1) a date."""
        day += timedelta(days=step)
        while not self.is_working(day):
            day += timedelta(days=step)
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The date so many working days after a date."""
        for _ in range(count):
            day = self.find_working(day, 1)
        return day

    def count_working_days(self, first: date, last: date) -> int:
        """Working days after `first`, up to and with `last`."""
        span = range(1, max(0, (last - first).days) + 1)
        return sum(self.is_working(first + timedelta(days=n)) for n in span)

    def end_of(self, day: date) -> datetime:
        """The end of a date's working hours, in UTC."""
        _, end = parse_window(self.settings.clock.work_hours[-1])
        local = datetime.combine(day, time(), self.zone) + timedelta(seconds=end)
        return local.astimezone(UTC)

    def measure(self, start: datetime, end: datetime) -> float:
        """Working seconds between two moments."""
        calendar = self.calendar(self.to_day(start).year)
        return calendar.count_working(self._second(end, calendar)) - calendar.count_working(
            self._second(start, calendar)
        )

    def _second(self, moment: datetime, calendar: WorkCalendar) -> int:
        local = moment.astimezone(self.zone)
        midnight = datetime.combine(local.date(), time(), self.zone)
        return (local.date() - calendar.origin).days * DAY + round((local - midnight).total_seconds())

    def _build(self, year: int) -> WorkCalendar:
        return build_calendar(self.settings, self.table, date(year - 1, 12, 1), 2 * 366 + 62)
