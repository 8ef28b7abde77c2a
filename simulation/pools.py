"""Posts and pools with their calendars and rosters."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulation.draws import name_key
from twin.calendar import FOREVER, WorkCalendar, list_shift_windows
from twin.district import District
from twin.organisation import measure_availability

Windows = tuple[list[int], list[int]]


class Post:
    """A server: its number, its shift windows, what it is doing.

    `closing` ends the window last asked for; `rostered` says that it is on its pool's present roster.
    """

    __slots__ = ("area", "closing", "ends", "number", "pool", "rostered", "starts", "task")

    def __init__(self, number: int, area: int, windows: Windows) -> None:
        self.number = number
        self.area = area
        self.starts, self.ends = windows
        self.closing = -FOREVER
        self.rostered = False
        self.task: Any = None
        self.pool: Any = None

    def find_closing(self, now: int) -> int:
        """The end of the shift window that a moment lies in; kept in `closing`."""
        self.closing = self.ends[bisect_right(self.starts, now) - 1]
        return self.closing

    def release(self) -> None:
        """The post is free again."""
        self.task = None
        if self.rostered:
            self.pool.idle += 1


class Pool:
    """The posts of a role in a unit, who is on the roster in each interval, and what waits.

    `edges[k]` to `edges[k + 1]` is interval k; in the present interval `on` are the posts rostered for cases
    and `duty` those on shift but off the roster; `next_on[k]` and `next_any[k]` are the next intervals with
    somebody. `idle` counts those of `on` without a task; `local` says that some post is tied to a place.
    """

    __slots__ = (
        "duty", "edges", "idle", "k", "local", "next_any", "next_on", "number", "on", "posts", "queue",
        "roster", "unit", "until", "urgent", "wake",
    )  # fmt: skip

    def __init__(self, number: int, unit: int, posts: list[Post], roster: "Roster") -> None:
        self.number = number
        self.unit = unit
        self.posts = posts
        self.roster = roster
        self.edges = roster.edges
        self.on: tuple[Post, ...] = ()
        self.duty: tuple[Post, ...] = ()
        self.idle = 0
        self.local = any(post.area >= 0 for post in posts)
        self.until = -FOREVER
        self.next_on = roster.next_on
        self.next_any = roster.next_any
        self.k = 0
        self.queue: list[Any] = []
        self.urgent: list[Any] = []
        self.wake: Any = None
        for post in posts:
            post.pool = self

    def advance(self, now: int) -> None:
        """Bring `on` and `duty` to the interval of a moment (never back); call when now >= until."""
        k, edges = self.k, self.edges
        while edges[k + 1] <= now:
            k += 1
        self.k = k
        self.until = edges[k + 1]
        posts = self.posts
        for post in self.on:
            post.rostered = False
        self.on = tuple([posts[i] for i in self.roster.on[k]])
        self.duty = tuple([posts[i] for i in self.roster.duty[k]])
        self.idle = 0
        for post in self.on:
            post.rostered = True
            self.idle += post.task is None

    def pick(self, posts: tuple[Post, ...], grid: int) -> Post | None:
        """The idle one of some posts to take a case: the place's own one, else the first."""
        first = None
        for post in posts:
            if post.task is None:
                if post.area == grid or not self.local:
                    return post
                if first is None:
                    first = post
        return first


@dataclass(frozen=True)
class Roster:
    """Who is rostered when, by place in the pool; shared by runs."""

    edges: list[int]
    on: list[tuple[int, ...]]
    duty: list[tuple[int, ...]]
    next_on: list[int]
    next_any: list[int]


@dataclass(frozen=True)
class PoolPlan:
    """One pool before a run: unit row, role, its posts (rows of `posts`), areas, windows, roster."""

    unit: int
    role: str
    posts: tuple[int, ...]
    areas: tuple[int, ...]
    windows: tuple[Windows, ...]
    roster: Roster


_ROSTERS: dict[Any, Roster] = {}


def plan_pools(district: District, calendar: WorkCalendar, crews: dict[str, int]) -> list[PoolPlan]:
    """The pools of a district over a calendar; `crews` is the team size each role works in."""
    codes = district.units["code"].tolist()
    units = {code: row for row, code in enumerate(codes)}
    grids = {code: row for row, code in enumerate(district.grids["code"])}
    availability = measure_availability(district.duties)
    table = district.posts
    windows: dict[tuple[str, int], Windows] = {}
    members: dict[tuple[int, str], list[tuple[int, int, Windows]]] = {}
    columns = zip(
        table["post_id"],
        table["unit"],
        table["role"],
        table["area"],
        table["shift"],
        table["rota"],
        table["filled"],
        range(len(table)),
        strict=True,
    )
    for _, unit, role, area, shift, rota, filled, row in sorted(columns):
        if not filled or availability.get(role, 1.0) <= 0:
            continue
        key = (shift, int(rota))
        if key not in windows:
            spans = list_shift_windows(district.shifts, shift, int(rota), calendar)
            windows[key] = ([s for s, _ in spans], [e for _, e in spans])
        members.setdefault((units[unit], role), []).append((row, grids.get(area, -1), windows[key]))
    plans = []
    for (unit_row, role), posts in sorted(members.items()):
        spans_of = tuple(w for _, _, w in posts)
        name = f"{codes[unit_row]} {role}"
        roster = _find_roster(
            name,
            spans_of,
            availability.get(role, 1.0),
            max(crews.get(part, 1) for part in role.split("+")),
            calendar,
        )
        plans.append(
            PoolPlan(
                unit_row, role, tuple(r for r, _, _ in posts), tuple(a for _, a, _ in posts), spans_of, roster
            )
        )
    return plans


def _find_roster(
    name: str, windows: tuple[Windows, ...], share: float, crew: int, calendar: WorkCalendar
) -> Roster:
    """The roster from the cache, keyed by everything that it depends on."""
    key = (
        name,
        tuple((*tuple(w[0][:40]), len(w[0]), w[1][0]) for w in windows),
        share,
        crew,
        calendar.origin,
        len(calendar.working),
    )
    if key not in _ROSTERS:
        if len(_ROSTERS) > 20_000:
            _ROSTERS.clear()
        _ROSTERS[key] = draw_roster(name, windows, share, crew)
    return _ROSTERS[key]


def draw_roster(name: str, windows: tuple[Windows, ...], share: float, crew: int) -> Roster:
    """A rotating roster: in each interval so many crews are on that the share is met over time.

    The number on is the whole part of an accumulated share (Bresenham), the turn passes round; the phase is
    keyed by the pool's name.
    """
    edges = sorted({edge for starts, ends in windows for edge in (*starts, *ends)})
    edges = [-FOREVER, *[e for e in edges if -FOREVER < e < FOREVER], FOREVER]
    phase = (name_key(name) >> 11) * 2.0**-53
    turn, owed = int(phase * len(windows)), phase * crew
    on: list[tuple[int, ...]] = []
    duty: list[tuple[int, ...]] = []
    for left in edges[:-1]:
        present = [i for i, (starts, ends) in enumerate(windows) if _covers(starts, ends, left)]
        owed += len(present) * share
        count = min(int(owed + 1e-9) // crew, len(present) // crew) * crew
        owed = min(owed - count, 2.0 * len(windows))
        chosen = _take_turns(present, turn, count, len(windows))
        turn = (chosen[-1] + 1) % len(windows) if chosen else turn
        on.append(tuple(sorted(chosen)))
        duty.append(tuple(i for i in present if i not in set(chosen)))
    return Roster(
        edges, on, duty, _next_filled(on), _next_filled([a + b for a, b in zip(on, duty, strict=True)])
    )


def _covers(starts: list[int], ends: list[int], moment: int) -> bool:
    window = bisect_right(starts, moment) - 1
    return window >= 0 and moment < ends[window]


def _take_turns(present: list[int], turn: int, count: int, size: int) -> list[int]:
    return sorted(present, key=lambda i: (i - turn) % size)[:count]


def _next_filled(members: list[tuple[int, ...]]) -> list[int]:
    """For each interval the next later one with somebody in it; -1 where there is none."""
    following = [-1] * len(members)
    upcoming = -1
    for k in range(len(members) - 1, -1, -1):
        following[k] = upcoming
        if members[k]:
            upcoming = k
    return following


def build_pools(plans: list[PoolPlan]) -> list[Pool]:
    """Fresh pools for one run."""
    pools = []
    for number, plan in enumerate(plans):
        posts = [
            Post(row, area, spans)
            for row, area, spans in zip(plan.posts, plan.areas, plan.windows, strict=True)
        ]
        pools.append(Pool(number, plan.unit, posts, plan.roster))
    return pools


def measure_rostered(plans: list[PoolPlan], start: int, end: int) -> np.ndarray:
    """Rostered post-seconds of each pool between two moments."""
    totals = np.zeros(len(plans))
    for number, plan in enumerate(plans):
        edges = np.clip(np.array(plan.roster.edges, dtype=float), start, end)
        totals[number] = float(np.dot(np.diff(edges), [len(members) for members in plan.roster.on]))
    return totals


def finish_work(starts: list[int], ends: list[int], moment: int, work: int, overtime: int) -> int:
    """When work begun at a moment ends, paused outside the shift's windows; little left is overtime."""
    window = bisect_right(starts, moment) - 1
    room = ends[window] - moment
    while work > room + overtime:
        work -= max(room, 0)
        window += 1
        if window >= len(starts):
            return FOREVER
        moment = starts[window]
        room = ends[window] - moment
    return moment + work


def list_stints(starts: list[int], ends: list[int], moment: int, finish: int) -> list[tuple[int, int]]:
    """The stretches of work between a start and a finish, without the pauses; the last may be overtime."""
    stints = []
    window = bisect_right(starts, moment) - 1
    while True:
        last = window + 1 >= len(starts) or starts[window + 1] >= finish
        if last or finish <= ends[window]:
            stints.append((moment, finish))
            return stints
        stints.append((moment, ends[window]))
        window += 1
        moment = starts[window]
