"""Who is on shift now, how busy bodies have been, and how much work waits for them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from hub.moment import Moment, count_by
from hub.policy import ForcesPolicy
from hub.snapshot import Force
from hub.views import Crew, PlaceForce
from hub.workload import Workload
from store.types import from_microseconds
from twin.calendar import build_calendar, list_shift_windows
from twin.district import District
from twin.organisation import measure_availability

MINUTE, HOUR = 60_000_000, 3_600_000_000
DAY_SECONDS = 86_400
BEFORE_FEEDBACK = 4  # stages before this one still ask for work
Pair = tuple[str, str]


class Rosters:
    """The filled posts of a district by body, role, shift and rota, with what their calendars give."""

    def __init__(self, district: District, load_days: int) -> None:
        self.district, self.load_days = district, load_days
        posts, is_filled = district.posts, district.posts["filled"] == 1
        filled = posts[is_filled]
        self.groups: Counter[tuple[str, str, str, int]] = Counter(
            zip(filled["unit"], filled["role"], filled["shift"], filled["rota"].astype(int), strict=True)
        )
        self.vacant: Counter[Pair] = Counter(
            zip(posts["unit"][~is_filled], posts["role"][~is_filled], strict=True)
        )
        self.available = measure_availability(district.duties)
        self.place_of = find_places(district)
        self.touch = expect_touch(district)
        self._hour, self._rostered, self._busy = -1, dict[Pair, float](), dict[Pair, float]()
        self._counted: tuple[int, Counter[Pair], Counter[Pair]] = (-1, Counter(), Counter())
        self._day, self._windows = date.min, dict[tuple[str, int], list[tuple[int, int]]]()

    def list_forces(self, now: int, work: Workload) -> list[Force]:
        """One row a role, the largest first; load over whole hours up to the last one."""
        on_duty, filled = (_by_role(counts) for counts in self._count_posts(now))
        rostered, busy = (_by_role(sums) for sums in self._measure(now, work))
        vacant = _by_role(self.vacant)
        roles = sorted(filled, key=lambda role: (-filled[role], role))
        return [
            Force(
                role, int(on_duty[role]), int(filled[role]), _divide(busy[role], rostered[role]),
                int(vacant[role]), self.available.get(role, 1.0),
            )
            for role in roles
        ]  # fmt: skip

    def list_places(self, moment: Moment, work: Workload) -> list[PlaceForce]:
        """One row a township by code, then the district's own bodies."""
        places = [*moment.places.townships, ""]
        on_duty, filled = (self._by_place(counts) for counts in self._count_posts(moment.now))
        rostered, busy = (self._by_place(sums) for sums in self._measure(moment.now, work))
        vacant = self._by_place(self.vacant)
        held = [*count_by(moment.township, moment.open, len(places) - 1).tolist(), 0]
        late = [*count_by(moment.township, moment.red, len(places) - 1).tolist(), 0]
        return [
            PlaceForce(
                place, int(on_duty[place]), int(filled[place]), int(vacant[place]),
                _divide(busy[place], rostered[place]), held[n], late[n],
            )
            for n, place in enumerate(places)
        ]  # fmt: skip

    def list_crews(self, moment: Moment, work: Workload, policy: ForcesPolicy) -> list[Crew]:
        """Bodies by role with enough case hours to be judged, the busiest first."""
        rostered, busy = self._measure(moment.now, work)
        _, filled = self._count_posts(moment.now)
        waiting, held = self._count_waiting(moment)
        crews = [
            Crew(
                *pair, int(filled[pair]), seconds / 3600, rostered[pair] / 3600, seconds / rostered[pair],
                held[pair], waiting[pair] * 60 / (rostered[pair] / self.load_days),
            )
            for pair, seconds in busy.items()
            if rostered.get(pair, 0) > 0 and seconds >= policy.least_hours * 3600
        ]  # fmt: skip
        return sorted(crews, key=lambda crew: (-crew.load, crew.unit, crew.role))

    def _count_waiting(self, moment: Moment) -> tuple[defaultdict[Pair, float], Counter[Pair]]:
        """Expected touch minutes and number of the open cases that still ask for work, by body and role."""
        rows = np.flatnonzero(moment.open & (moment.cases["stage"].to_numpy() < BEFORE_FEEDBACK))
        minutes, held = defaultdict[Pair, float](float), Counter[Pair]()
        items = moment.cases["matter"].iloc[rows].astype(str)
        for unit, item in zip(moment.cases["unit"].to_numpy()[rows], items, strict=True):
            for role, expected in self.touch.get((self.tier_of.get(unit, ""), item), ()):
                if (unit, role) in self._rostered:
                    minutes[unit, role] += expected
                    held[unit, role] += 1
        return minutes, held

    @property
    def tier_of(self) -> Mapping[str, str]:
        """The tier of each unit."""
        return self.place_of[1]

    def _by_place(self, values: Mapping[Pair, float]) -> Counter[str]:
        sums = Counter[str]()
        for (unit, _), value in values.items():
            sums[self.place_of[0].get(unit, "")] += value  # type: ignore[assignment]
        return sums

    def _count_posts(self, now: int) -> tuple[Counter[Pair], Counter[Pair]]:
        """Posts on shift at a moment, and all that are filled."""
        if self._counted[0] == now // MINUTE:
            return self._counted[1:]
        second = self._prepare(now)
        on_duty, filled = Counter[Pair](), Counter[Pair]()
        on_shift = {
            key: any(start <= second < end for start, end in spans) for key, spans in self._windows.items()
        }
        for (unit, role, shift, rota), count in self.groups.items():
            filled[unit, role] += count
            on_duty[unit, role] += count if on_shift[shift, rota] else 0
        self._counted = (now // MINUTE, on_duty, filled)
        return on_duty, filled

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
                for shift, rota in {(shift, rota) for _, _, shift, rota in self.groups}
            }
        naive = local.tz_localize(None)
        return int((naive - pd.Timestamp(self._day)).total_seconds()) + (self.load_days + 1) * DAY_SECONDS

    def _measure(self, now: int, work: Workload) -> tuple[dict[Pair, float], dict[Pair, float]]:
        """Seconds rostered for cases and seconds worked over the load window, which ends at the last hour."""
        last = now // HOUR
        if last != self._hour:
            self._hour, self._rostered = last, self._measure_rostered(last)
        return self._rostered, work.total(last - self.load_days * 24, last)

    def _measure_rostered(self, hour: int) -> dict[Pair, float]:
        end = self._prepare(hour * HOUR)
        start = end - self.load_days * DAY_SECONDS
        given = {
            key: sum(max(0, min(e, end) - max(s, start)) for s, e in spans)
            for key, spans in self._windows.items()
        }
        rostered = defaultdict[Pair, float](float)
        for (unit, role, shift, rota), count in self.groups.items():
            rostered[unit, role] += given[shift, rota] * count * self.available.get(role, 1.0)
        return dict(rostered)


def find_places(district: District) -> tuple[dict[str, str], dict[str, str]]:
    """The township of each unit ("" the district's own) and its tier."""
    parents = dict(zip(district.areas["code"], district.areas["parent"], strict=True))
    units = district.units
    tiers = dict(zip(units["code"], units["tier"], strict=True))
    places = {
        code: {"village": str(parents.get(area, "")), "township": str(area)}.get(tier, "")
        for code, area, tier in zip(units["code"], units["area"], units["tier"], strict=True)
    }
    return places, tiers


def expect_touch(district: District) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """Expected person-minutes of handling by (tier, item): (role, minutes x crew) of each step."""
    found = defaultdict[tuple[str, str], list[tuple[str, float]]](list)
    for step in district.routes[district.routes["state"] == "handled"].itertuples():
        found[str(step.tier), str(step.item)].append((str(step.role), float(step.minutes) * float(step.crew)))
    return dict(found)


def _by_role(values: Mapping[Pair, float]) -> Counter[str]:
    sums = Counter[str]()
    for (_, role), value in values.items():
        sums[role] += value  # type: ignore[assignment]
    return sums


def _divide(busy: float, rostered: float) -> float | None:
    return busy / rostered if rostered else None
