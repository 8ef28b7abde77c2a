"""The days of an experiment: warm-up, window, drain."""

from dataclasses import dataclass
from datetime import date, timedelta

from twin.district import District


@dataclass(frozen=True)
class Period:
    """The days that are asked for, with the warm-up before and the drain after.

    A warm period begins from an opening state: it has no warm-up; ValueError where it is given one.
    """

    start: date
    days: int
    warm_up: int
    drain: int
    warm: bool = False

    def __post_init__(self) -> None:
        if self.warm and self.warm_up:
            raise ValueError(f"a warm period begins on its first day, not {self.warm_up} days before")

    @property
    def origin(self) -> date:
        """First simulated day."""
        return self.start - timedelta(days=self.warm_up)

    @property
    def simulated_days(self) -> int:
        """Warm-up, window and drain together."""
        return self.warm_up + self.days + self.drain


def plan_period(district: District, start: date, days: int, warm: bool = False) -> Period:
    """The period of a district's own warm-up and drain; a warm one has no warm-up.

    A warm one is drained too: the self-handled rate counts what was reported in the window and is dealt with
    after it. No other indicator looks past the window's end.
    """
    play = district.settings.play
    return Period(start, days, 0 if warm else play.warm_up_days, play.drain_days, warm)
