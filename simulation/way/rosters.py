"""Who is rostered for cases in each interval of a pool, and who is on shift but on other duties."""

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from simulation.draws import name_key
from simulation.way.placements import Placement
from twin.calendar import FOREVER

MOST_KEPT = 20_000


@dataclass(frozen=True)
class Roster:
    """Who is rostered when, by place in the pool; shared by runs.

    `edges[k]` to `edges[k + 1]` is interval k; `next_on[k]` and `next_any[k]` are the next intervals with
    somebody rostered, or on shift at all (-1 none).
    """

    edges: list[int]
    on: list[tuple[int, ...]]
    duty: list[tuple[int, ...]]
    next_on: list[int]
    next_any: list[int]

    @cached_property
    def stretches(self) -> tuple[np.ndarray, np.ndarray]:
        """Stretches of members off the roster, and of those on it: rows place in the pool, start, end."""
        edges = np.array(self.edges, dtype=np.int64)
        return _list_stretches(edges, self.duty), _list_stretches(edges, self.on)


_ROSTERS: dict[Any, Roster] = {}


def find_roster(name: str, members: tuple[Placement, ...], crew: int, until: int) -> Roster:
    """The roster from the cache, keyed by everything that it depends on."""
    stays = tuple(
        (m.post_id, m.share, len(m.windows[0]), *m.windows[0][:3], *m.windows[0][-1:], *m.windows[1][-1:])
        for m in members
    )
    windows = hash(tuple(tuple(side) for m in members for side in m.windows))
    key = (name, stays, windows, crew, until)
    if key not in _ROSTERS:
        if len(_ROSTERS) > MOST_KEPT:
            _ROSTERS.clear()
        _ROSTERS[key] = draw_roster(name, members, crew)
    return _ROSTERS[key]


def draw_roster(name: str, members: tuple[Placement, ...], crew: int) -> Roster:
    """A rotating roster: in each interval so many crews are on that the members' shares are met over time.

    The number on is the whole part of what the present members owe (Bresenham), and those who have been on
    least in proportion to their availability come first (deficit round robin); phases are keyed by the names
    of pool and posts, so that nobody's turn hangs on who joins later.
    """
    edges = sorted({edge for m in members for edge in (*m.windows[0], *m.windows[1])})
    edges = [-FOREVER, *[e for e in edges if -FOREVER < e < FOREVER], FOREVER]
    shares = [m.share for m in members]
    credit = [_fraction(m.post_id) for m in members]
    owed, seen = _fraction(name) * crew, set[int]()
    on: list[tuple[int, ...]] = []
    duty: list[tuple[int, ...]] = []
    for present in _list_present(members, np.array(edges[:-1], dtype=np.int64)):
        seen.update(present)
        for i in present:
            owed += shares[i]
            credit[i] += shares[i]
        count = min(int(owed + 1e-9) // crew, len(present) // crew) * crew
        owed = min(owed - count, 2.0 * len(seen))
        chosen = sorted(present, key=lambda i: (-credit[i], i))[:count] if count < len(present) else present
        for i in chosen:
            credit[i] -= 1.0
        taken = set(chosen)
        on.append(tuple(sorted(chosen)))
        duty.append(tuple(i for i in present if i not in taken))
    either = [a + b for a, b in zip(on, duty, strict=True)]
    return Roster(edges, on, duty, _next_filled(on), _next_filled(either))


def _list_stretches(edges: np.ndarray, members: list[tuple[int, ...]]) -> np.ndarray:
    interval = np.repeat(np.arange(len(members)), [len(m) for m in members])
    who = np.fromiter(chain.from_iterable(members), dtype=np.int64, count=len(interval))
    table = np.array([who, edges[interval], edges[interval + 1]])
    return table[:, (table[1] > -FOREVER) & (table[2] < FOREVER)]


def _fraction(name: str) -> float:
    return float((name_key(name) >> 11) * 2.0**-53)


def _list_present(members: tuple[Placement, ...], moments: np.ndarray) -> list[list[int]]:
    """For each moment the members who are on shift."""
    inside = np.zeros((len(moments), len(members)), dtype=bool)
    for number, member in enumerate(members):
        starts, ends = (np.array(side, dtype=np.int64) for side in member.windows)
        begun = np.searchsorted(starts, moments, side="right")
        inside[:, number] = begun > np.searchsorted(ends, moments, side="right")
    rows, columns = np.nonzero(inside)
    cuts = np.searchsorted(rows, np.arange(len(moments) + 1)).tolist()
    flat = columns.tolist()
    return [flat[cuts[k] : cuts[k + 1]] for k in range(len(moments))]


def _next_filled(members: list[tuple[int, ...]]) -> list[int]:
    """For each interval the next later one with somebody in it; -1 where there is none."""
    following = [-1] * len(members)
    upcoming = -1
    for k in range(len(members) - 1, -1, -1):
        following[k] = upcoming
        if members[k]:
            upcoming = k
    return following
