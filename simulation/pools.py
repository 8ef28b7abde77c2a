"""Posts and pools with their calendars and rosters."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulation.way.placements import Placement, Windows
from simulation.way.rosters import Roster, find_roster
from twin.calendar import FOREVER


class Post:
    """A server: its number, its shift windows, what it is doing.

    `closing` ends the window last asked for; `leaves` ends the last one before the post goes elsewhere;
    `rostered` says that it is on its pool's present roster; `way` and `within` are travel seconds from its
    base to each grid and inside each; `place` is the grid of its last case and `left` when it was done there.
    """

    __slots__ = (
        "area", "closing", "ends", "leaves", "left", "mode", "number", "place", "pool", "rostered", "skills",
        "starts", "task", "way", "within",
    )  # fmt: skip

    def __init__(self, number: int, placement: Placement) -> None:
        self.number = number
        self.area = placement.area
        self.starts, self.ends = placement.windows
        self.leaves = placement.leaves
        self.skills = placement.skills
        self.mode = placement.mode
        self.closing = -FOREVER
        self.rostered = False
        self.task: Any = None
        self.pool: Any = None
        self.way: list[int] = []
        self.within: list[int] = []
        self.place, self.left = -1, -FOREVER

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
    and `duty` those on shift but off the roster. `idle` counts those of `on` without a task; `local` says
    that some post is tied to a place.
    """

    __slots__ = (
        "duty", "edges", "idle", "k", "local", "next_any", "next_on", "number", "on", "posts", "queue",
        "roster", "unit", "until", "urgent", "wake",
    )  # fmt: skip

    def __init__(self, number: int, unit: int, posts: list[Post], roster: Roster) -> None:
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


def release(posts: Iterable[Post]) -> None:
    """The posts are free again."""
    for post in posts:
        post.release()


@dataclass(frozen=True)
class PoolPlan:
    """One pool before a run: unit row, role, its posts (numbers of placements), their windows, roster."""

    unit: int
    role: str
    posts: tuple[int, ...]
    members: tuple[Placement, ...]
    roster: Roster

    @property
    def windows(self) -> tuple[Windows, ...]:
        """The shift windows of each member."""
        return tuple(member.windows for member in self.members)

    def stands(self, start: int, end: int) -> bool:
        """Whether anybody belongs to it between two moments."""
        return any(m.windows[1] and m.windows[1][-1] > start and m.windows[0][0] < end for m in self.members)


def plan_pools(
    codes: list[str], placements: list[Placement], crews: dict[str, int], until: int
) -> list[PoolPlan]:
    """The pools of placements, by unit and role; `codes` names the units, `crews` the team size by role."""
    members: dict[tuple[int, str], list[int]] = {}
    for number in sorted(range(len(placements)), key=lambda n: (placements[n].post_id, n)):
        placed = placements[number]
        if placed.windows[0] and placed.share > 0:
            members.setdefault((placed.unit, placed.role), []).append(number)
    plans = []
    for (unit, role), numbers in sorted(members.items()):
        found = tuple(placements[n] for n in numbers)
        crew = max(crews.get(part, 1) for part in role.split("+"))
        roster = find_roster(f"{codes[unit]} {role}", found, crew, until)
        plans.append(PoolPlan(unit, role, tuple(numbers), found, roster))
    return plans


def build_pools(plans: list[PoolPlan]) -> list[Pool]:
    """Fresh pools for one run."""
    return [
        Pool(
            number,
            plan.unit,
            [Post(n, placed) for n, placed in zip(plan.posts, plan.members, strict=True)],
            plan.roster,
        )
        for number, plan in enumerate(plans)
    ]


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


def count_worked(starts: list[int], ends: list[int], begin: int, now: int) -> int:
    """Seconds on shift between the beginning of a visit and a moment that is on shift or ends one."""
    window = bisect_right(starts, begin) - 1
    total, moment = 0, begin
    while True:
        total += max(min(ends[window], now) - moment, 0)
        window += 1
        if window >= len(starts) or starts[window] >= now:
            return total
        moment = starts[window]
