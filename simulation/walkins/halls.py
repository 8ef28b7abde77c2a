"""Residents at the windows: first come, first served, on SimPy's heap with light events.

Same-instant order: windows open, visits end, residents arrive. Who came before a window closes is still
served by it; a window that has no such person left goes home until it opens again.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import numpy as np
import pandas as pd
import simpy

from simulation.playing.collector import paused_collector
from simulation.playing.events import ARRIVAL, RELEASE, SHIFT, Mark
from simulation.walkins.needs import Needs
from simulation.walkins.points import NONE, ServicePoints, compile_points, find_first_arrivals
from twin.calendar import DAY
from twin.district import District


@dataclass(frozen=True)
class WalkinVisits:
    """What was played: the needs, the points, and one row a visit that took place, need by need.

    table: need, visit (1 the first), unit, grid, service (rows of their tables), window (number in its unit),
    arrive, begin, end (seconds from the origin, -1 not yet), travel_seconds (one way), work_seconds,
    finished (the item is done, by the horizon).
    """

    district: District
    needs: Needs
    points: ServicePoints
    table: pd.DataFrame
    horizon: int


class Window:
    """A staffed counter; also the event of its visit's end."""

    __slots__ = ("busy", "callbacks", "close", "hall", "idle", "number", "rank", "visit")
    callbacks: Any
    hall: "Hall"
    _ok = True

    def __init__(self, hall: "Hall", number: int, rank: int) -> None:
        self.hall, self.number, self.rank = hall, number, rank
        self.close = self.visit = -1
        self.busy = self.idle = False


class Hall:
    """A service point in play: who waits, and which windows are idle (by number)."""

    __slots__ = ("days", "idle", "queue", "timetable", "windows")

    def __init__(self, timetable: Any) -> None:
        self.timetable, self.days = timetable, timetable.days
        self.queue: deque[int] = deque()
        self.idle: list[tuple[int, Window]] = []
        self.windows: list[Window] = []


class WalkinPlay:
    """One run: halls, the visits' records, and what happens at each kind of event."""

    def __init__(self, needs: Needs, points: ServicePoints) -> None:
        self.env: Any = simpy.Environment()  # our light events are not its Event class
        self.schedule: Any = self.env.schedule
        self.halls = [Hall(timetable) for timetable in points.timetables]
        self.work, self.gap = needs.work.tolist(), needs.gap.tolist()
        self.moment = needs.moment.tolist()
        count = len(self.work)
        self.follows = _list_following(needs)
        self.arrived, self.begun = [NONE] * count, [NONE] * count
        self.ended, self.window = [NONE] * count, [NONE] * count
        self.on_open, self.on_finish = (self.open,), (self.finish,)
        self.on_arrive, self.on_return = (self.arrive,), (self.come_again,)
        self._open_halls(points)
        self._set_out(needs, points)

    def _open_halls(self, points: ServicePoints) -> None:
        self.groups: list[tuple[list[Window], tuple[tuple[int, int], ...]]] = []
        rank = 0
        for number, group in enumerate(points.groups):
            hall = self.halls[group.point]
            windows = [Window(hall, len(hall.windows) + k, rank + k) for k in range(group.count)]
            rank += group.count
            hall.windows += windows
            spans = tuple(span for span in group.spans if span[1] > 0)
            self.groups.append((windows, spans))
            if spans:
                self._mark(self.on_open, (number, 0), SHIFT + number, max(0, spans[0][0]))

    def _set_out(self, needs: Needs, points: ServicePoints) -> None:
        """First visits in order of arrival; the point of a need is that of all its visits."""
        self.point = points.nearest[needs.service, needs.grid] if len(needs) else needs.grid
        time = find_first_arrivals(points, self.point, needs.day, needs.moment[needs.first])
        order = np.argsort(time, kind="stable")
        order = order[time[order] >= 0]
        self.times = time[order].tolist()
        self.firsts = needs.first[order].tolist()
        halls = np.repeat(self.point, needs.visits)
        self.hall_of = [self.halls[number] if number >= 0 else None for number in halls.tolist()]
        if self.times:
            self._mark(self.on_arrive, 0, ARRIVAL + self.firsts[0], self.times[0])

    def _mark(self, callbacks: Any, target: Any, order: int, delay: int) -> None:
        mark = Mark()
        mark.callbacks, mark.target = callbacks, target
        self.schedule(mark, order, delay)

    def open(self, mark: Mark) -> None:
        """Windows of a group open; each that is free takes the first who waits."""
        number, place = mark.target
        windows, spans = self.groups[number]
        now = self.env.now
        for window in windows:
            window.close = spans[place][1]
            if not window.busy and not window.idle:
                self.offer(window, now)
        if place + 1 < len(spans):
            self._mark(self.on_open, (number, place + 1), SHIFT + number, spans[place + 1][0] - now)

    def offer(self, window: Window, now: int) -> None:
        """A free window: the next in the queue, idle while open, or home."""
        hall, close = window.hall, window.close
        if hall.queue and (now < close or self.arrived[hall.queue[0]] < close):
            self.begin(window, hall.queue.popleft(), now)
        elif now < close:
            window.idle = True
            heappush(hall.idle, (window.number, window))

    def arrive(self, mark: Mark) -> None:
        """A need's first visit; the next one in time is scheduled."""
        place = mark.target
        if place + 1 < len(self.times):
            mark.callbacks, mark.target = self.on_arrive, place + 1
            self.schedule(mark, ARRIVAL + self.firsts[place + 1], self.times[place + 1] - self.times[place])
        self.enter(self.firsts[place])

    def come_again(self, mark: Mark) -> None:
        """A later visit."""
        self.enter(mark.target)

    def enter(self, visit: int) -> None:
        """A resident comes in: served by the idle window of the lowest number, or waits."""
        now = self.env.now
        self.arrived[visit] = now
        hall: Any = self.hall_of[visit]
        while hall.idle:
            window = heappop(hall.idle)[1]
            window.idle = False
            if now < window.close:
                self.begin(window, visit, now)
                return
        hall.queue.append(visit)

    def begin(self, window: Window, visit: int, now: int) -> None:
        """A visit begins at a window."""
        work = self.work[visit]
        window.busy, window.visit = True, visit
        self.begun[visit], self.ended[visit], self.window[visit] = now, now + work, window.number
        window.callbacks = self.on_finish
        self.schedule(window, RELEASE + window.rank, work)

    def finish(self, window: Window) -> None:
        """A visit ends: the item is done, or is brought again on another opening day."""
        now, visit = self.env.now, window.visit
        window.busy = False
        if self.follows[visit]:
            hall = window.hall
            place = bisect_right(hall.days, now // DAY) + self.gap[visit + 1] - 1
            time = hall.timetable.find(place, self.moment[visit + 1])
            if time is not None:
                self._mark(self.on_return, visit + 1, ARRIVAL + visit + 1, time - now)
        self.offer(window, now)


def _list_following(needs: Needs) -> list[bool]:
    """Whether each visit is followed by another of the same need."""
    follows = np.ones(len(needs.work), dtype=bool)
    follows[needs.first + needs.visits - 1] = False
    return follows.tolist()


def play_walkins(district: District, needs: Needs) -> WalkinVisits:
    """Every visit of some needs until the end of their days; those not yet begun stay open."""
    points = compile_points(district, needs.origin, needs.days)
    play = WalkinPlay(needs, points)
    horizon = needs.days * DAY
    with paused_collector():
        play.env.run(until=horizon)
    return WalkinVisits(district, needs, points, _tabulate(needs, points, play, horizon), horizon)


def _tabulate(needs: Needs, points: ServicePoints, play: WalkinPlay, horizon: int) -> pd.DataFrame:
    need = np.repeat(np.arange(len(needs)), needs.visits)
    arrive, end = np.array(play.arrived, dtype=np.int64), np.array(play.ended, dtype=np.int64)
    came = np.flatnonzero(arrive >= 0)
    need, end = need[came], end[came]
    point, grid = play.point[need], needs.grid[need]
    last = ~np.array(play.follows, dtype=bool)[came]
    return pd.DataFrame(
        {
            "need": need,
            "visit": came - needs.first[need] + 1,
            "unit": points.units[point],
            "grid": grid,
            "service": needs.service[need],
            "window": np.array(play.window, dtype=np.int64)[came],
            "arrive": arrive[came],
            "begin": np.array(play.begun, dtype=np.int64)[came],
            "end": end,
            "travel_seconds": points.seconds[point, grid],
            "work_seconds": needs.work[came],
            "finished": last & (end >= 0) & (end <= horizon),
        }
    )
