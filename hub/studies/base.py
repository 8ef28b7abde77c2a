"""The contract of a study: plain values in, steps with what is known so far out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from simulation.executors import Executor
from simulation.experiment import Cache
from store.database import Store
from twin.district import District
from twin.faults import DistrictFaults, Fault, Test, within

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Workbench:
    """What a study works with: the store, the district, the executor, and the cache of outcomes."""

    store: Store
    district: District
    executor: Executor
    cache: Cache


@dataclass(frozen=True)
class Step:
    """How far a study is; `pack` gives the bytes of what is known so far, made only when they are kept."""

    done: int
    total: int
    pack: Callable[[], bytes]


class Study(Protocol):
    """One kind of job. The same spec over the same district gives the same bytes."""

    kind: str

    def check(self, plain: Plain) -> dict[str, Any]:
        """The spec whole and in one form; DistrictFaults with every fault, ValueError for no value."""
        ...

    def count(self, spec: Plain) -> int:
        """How many pieces of work a checked spec asks for, as far as is known before."""
        ...

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """Work; the last step alone has `done` equal to `total`. `stop()` ends it early."""
        ...


def read_start(kind: str, plain: Plain) -> str:
    """The first day of a spec as it is kept; DistrictFaults where it is no date."""
    text = str(plain.get("start", ""))
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise DistrictFaults([Fault(kind, "start", "no date", f"{text!r} is no date")]) from None


def bound_window(spec: Plain, most_days: int, most_replications: int, least: int = 1) -> list[Test]:
    """Tests of a spec's days (from 1) and replications (from `least`)."""
    return [
        within("days", spec["days"], 1, most_days),
        within("replications", spec["replications"], least, most_replications),
    ]
