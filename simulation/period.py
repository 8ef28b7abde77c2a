"""The days of an experiment: warm-up, window, drain."""

from dataclasses import dataclass
from datetime import date, timedelta

from twin.district import District


@dataclass(frozen=True)
class Period:
    """The days that are asked for, with the warm-up before and the drain after."""

    start: date
    days: int
    warm_up: int
    drain: int

    @property
    def origin(self) -> date:
        """First simulated day."""
        return self.start - timedelta(days=self.warm_up)

    @property
    def simulated_days(self) -> int:
        """Warm-up, window and drain together."""
        return self.warm_up + self.days + self.drain


def plan_period(district: District, start: date, days: int) -> Period:
    """The period of a district's own warm-up and drain."""
    play = district.settings.play
    return Period(start, days, play.warm_up_days, play.drain_days)
