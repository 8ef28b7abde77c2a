"""When a service point is open, and when in its hours people come."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from twin.calendar import DAY, HOUR, merge_windows

Span = tuple[int, int]


@dataclass(frozen=True)
class DayProfile:
    """Arrivals over an opening day: pieces (start, end) in seconds of the day, and their cumulated shares."""

    pieces: tuple[Span, ...]
    upto: tuple[float, ...]

    def pick(self, u: float) -> int:
        """The second of the day at a quantile; always inside a piece."""
        number = min(bisect_right(self.upto, u), len(self.pieces) - 1)
        start, end = self.pieces[number]
        below = self.upto[number - 1] if number else 0.0
        inside = (u - below) / (self.upto[number] - below)
        return start + min(int(inside * (end - start)), end - start - 1)

    def pick_array(self, u: np.ndarray) -> np.ndarray:
        """`pick` of many quantiles."""
        upto, pieces = np.array(self.upto), np.array(self.pieces)
        number = np.minimum(np.searchsorted(upto, u, side="right"), len(upto) - 1)
        below = np.r_[0.0, upto[:-1]][number]
        length = (pieces[:, 1] - pieces[:, 0])[number]
        inside = ((u - below) / (upto[number] - below) * length).astype(np.int64)
        return np.asarray(pieces[number, 0] + np.minimum(inside, length - 1))


@dataclass(frozen=True)
class Timetable:
    """The opening days of a point, in order, and the profile of each."""

    days: tuple[int, ...]
    profiles: tuple[DayProfile, ...]

    def find(self, place: int, moment: float) -> int | None:
        """The second at which someone comes on the opening day of a place in `days`; None after the last."""
        if place >= len(self.days):
            return None
        return self.days[place] * DAY + self.profiles[place].pick(moment)

    def find_array(self, day: np.ndarray, moment: np.ndarray) -> np.ndarray:
        """Seconds at which people come who set out on a day or the next opening day after; -1 for never."""
        place = np.searchsorted(np.array(self.days, dtype=np.int64), day)
        time = np.full(len(day), -1, dtype=np.int64)
        numbers = np.r_[self._numbers, -1][np.minimum(place, len(self.days))]
        for number, profile in enumerate(self._distinct):
            mine = np.flatnonzero(numbers == number)
            time[mine] = np.array(self.days)[place[mine]] * DAY + profile.pick_array(moment[mine])
        return time

    @cached_property
    def _distinct(self) -> list[DayProfile]:
        return list(dict.fromkeys(self.profiles))

    @cached_property
    def _numbers(self) -> np.ndarray:
        number = {profile: k for k, profile in enumerate(self._distinct)}
        return np.array([number[profile] for profile in self.profiles], dtype=np.int64)


def build_timetable(spans: list[Span], days: int, weights: np.ndarray) -> Timetable:
    """The timetable of a point open in some spans (seconds from the origin); `weights` of the 24 hours."""
    by_day: dict[int, list[Span]] = {}
    for begin, finish in merge_windows(spans):
        start, end = max(begin, 0), min(finish, days * DAY)
        for day in range(start // DAY, -(-end // DAY)):
            inside = max(start - day * DAY, 0), min(end - day * DAY, DAY)
            by_day.setdefault(day, []).append(inside)
    kept: dict[tuple[Span, ...], DayProfile] = {}
    for pieces in map(tuple, by_day.values()):
        if pieces not in kept:
            kept[pieces] = shape_profile(pieces, weights)
    order = sorted(by_day)
    return Timetable(tuple(order), tuple(kept[tuple(by_day[day])] for day in order))


def shape_profile(spans: tuple[Span, ...], weights: np.ndarray) -> DayProfile:
    """The hours' weights inside some spans of a day; even over them where every weight there is 0."""
    pieces = []
    for start, end in spans:
        cuts = [start, *range((start // HOUR + 1) * HOUR, end, HOUR), end]
        pieces += list(pairwise(cuts))
    lengths = np.array([end - start for start, end in pieces], dtype=float)
    mass = lengths * weights[[start // HOUR for start, _ in pieces]]
    if mass.sum() <= 0:
        mass = lengths
    used = [k for k in range(len(pieces)) if mass[k] > 0]
    return DayProfile(tuple(pieces[k] for k in used), tuple(np.cumsum(mass[used] / mass.sum()).tolist()))
