"""What a part of the bench is: what it measures, what is asked of its figures, how it is told."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.district import District
from twin.load import load_district

ROUNDS = 7
DEMO = Path(__file__).resolve().parent.parent / "data" / "demo"
Figures = dict[str, Any]


@dataclass(frozen=True)
class Limit:
    """What is asked of one figure: at least or at most a bound; a missing figure is not judged."""

    figure: str
    bound: float
    least: bool

    def judge(self, figures: Figures) -> str | None:
        """The miss in words, or nothing."""
        value = figures.get(self.figure)
        if value is None or (value >= self.bound if self.least else value <= self.bound):
            return None
        return f"{self.figure} {value:.4g}, at {'least' if self.least else 'most'} {self.bound:.4g}"


@dataclass(frozen=True)
class Part:
    """One part of the bench."""

    name: str
    measure: Callable[[], Figures]
    limits: tuple[Limit, ...]
    tell: Callable[[Figures], list[str]]


def at_least(figure: str, bound: float) -> Limit:
    """More is better."""
    return Limit(figure, bound, True)


def at_most(figure: str, bound: float) -> Limit:
    """Less is better."""
    return Limit(figure, bound, False)


def time_call(part: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a call, begun with the garbage of the one before swept away, and its result."""
    gc.collect()
    began = time.process_time()
    result = part()
    return time.process_time() - began, result


def load_demo() -> District:
    """The demo district."""
    return load_district(DEMO)
