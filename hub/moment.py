"""The cases as they stand at one moment: which are open, in which light, where."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from twin.district import District

DAY = 86_400_000_000


@dataclass(frozen=True, eq=False)
class Places:
    """A district's codes by grid and item number; -1 past the end stands for "none"."""

    townships: list[str]
    matters: list[str]
    township_of: np.ndarray
    matter_of: np.ndarray
    villages: np.ndarray

    @classmethod
    def of(cls, district: District) -> "Places":
        """The places of a district."""
        townships = sorted(set(district.places["township"]))
        matters = list(dict.fromkeys(district.matters["matter"]))
        township_of = [townships.index(code) for code in district.places["township"]]
        matter_of = [matters.index(code) for code in district.matters["matter"]]
        return cls(
            townships, matters, np.array([*township_of, -1]), np.array([*matter_of, -1]),
            np.array([*district.places["village"], ""], dtype=object),
        )  # fmt: skip


class Moment:
    """Cases inside the district's grids at a moment (microseconds); `today` is its local midnight.

    A case is open from its report until it ends; red past close_due, amber from amber_at, else green.
    """

    def __init__(self, cases: pd.DataFrame, places: Places, now: int, today: int) -> None:
        grid = cases["grid"].cat.codes.to_numpy()
        self.all_cases, self.inside = cases, grid >= 0
        self.cases = cases if self.inside.all() else cases[self.inside]
        self.places, self.now, self.today = places, now, today
        self.grid = grid[self.inside]
        self.township = places.township_of[self.grid]
        self.matter = places.matter_of[self.cases["matter"].cat.codes.to_numpy()]
        self.columns = {
            name: self.cases[name].to_numpy() for name in self.cases.columns if name[-3:] in ("_at", "due")
        }
        self.spot = self.cases["spot"].to_numpy()

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def open_at(self, moment: int) -> np.ndarray:
        """Which cases were open at a moment, as the events known now say."""
        reported, ended = self["reported_at"], self["ended_at"]
        return (reported <= moment) & ~((ended >= 0) & (ended <= moment))

    @cached_property
    def open(self) -> np.ndarray:
        """Cases in hand."""
        return self.open_at(self.now)

    @cached_property
    def red(self) -> np.ndarray:
        """Cases in hand past their due time."""
        return self.open & self.late_at(self.now)

    @cached_property
    def amber(self) -> np.ndarray:
        """Cases in hand that come near their due time."""
        return self.open & ~self.red & (self["amber_at"] >= 0) & (self["amber_at"] <= self.now)

    def late_at(self, moment: int) -> np.ndarray:
        """Which cases have a due time before a moment."""
        due = self["close_due"]
        return (due >= 0) & (due < moment)

    def reached(self, name: str, start: int, end: int | None = None) -> np.ndarray:
        """Which cases reached a step (its time column) from `start` to `end`, both included (end: now)."""
        times = self[name]
        return (times >= start) & (times <= (self.now if end is None else end))

    def due_within(self, start: int, end: int, name: str = "close_due") -> np.ndarray:
        """Cases whose due time falls in a window (start <= due < end), self-handled apart."""
        return (self[name] >= start) & (self[name] < end) & ~self.spot

    @cached_property
    def on_time(self) -> np.ndarray:
        """Cases that ended within their due time."""
        return (self["ended_at"] >= 0) & (self["ended_at"] <= self["close_due"])

    @cached_property
    def in_time(self) -> np.ndarray:
        """Cases that were handled within their handling time."""
        return (self["handled_at"] >= 0) & (self["handled_at"] <= self["handling_due"])

    @cached_property
    def outside(self) -> int:
        """Open cases in no grid of the district."""
        away = self.all_cases[~self.inside]
        ended = away["ended_at"].to_numpy()
        open_now = (away["reported_at"].to_numpy() <= self.now) & ~((ended >= 0) & (ended <= self.now))
        return int(open_now.sum())


def count_by(numbers: np.ndarray, mask: np.ndarray, size: int) -> np.ndarray:
    """How many masked cases each of `size` numbers has; -1 is left out."""
    chosen = numbers[mask]
    return np.bincount(chosen[chosen >= 0], minlength=size)
