"""The district as it is, place by place: what the planner's window gives before anything is changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from hub.results import pack_tables, unpack_tables
from hub.studies.base import Plain, Step, Workbench
from hub.studies.experiment import ExperimentStudy
from simulation.experiment import ExperimentResult, run_experiment
from simulation.studies.standing import stand_places
from twin.district import District


@dataclass(frozen=True, eq=False)
class Baseline:
    """places: simulation.studies.standing.stand_places of the replications at hand; where it comes from."""

    places: pd.DataFrame
    done: int
    total: int
    provenance: Mapping[str, Any]


class BaselineStudy:
    """Spec: start, days, replications, seed; outcomes that are kept already are not played again."""

    kind = "baseline"

    def check(self, plain: Plain) -> dict[str, Any]:
        """The spec within the bounds of an experiment."""
        spec = ExperimentStudy().check({**plain, "start": str(plain["start"]), "scenarios": []})
        return {name: value for name, value in spec.items() if name != "scenarios"}

    def count(self, spec: Plain) -> int:
        """One run a replication."""
        return int(spec["replications"])

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """A step after every replication."""
        plan = date.fromisoformat(spec["start"]), spec["days"], spec["replications"], spec["seed"]
        for result in run_experiment(bench.district, [], *plan, bench.executor, stop, bench.cache):
            yield Step(result.done, result.total, partial(pack_baseline, bench.district, result))


def pack_baseline(district: District, result: ExperimentResult) -> bytes:
    """The bytes of a baseline; the same replications give the same bytes."""
    places = stand_places(district, [outcome for _, outcome in sorted(result.outcomes.items())])
    head = {"done": result.done, "total": result.total, "provenance": result.provenance}
    return pack_tables(head, {"places": places})


def unpack_baseline(body: bytes) -> Baseline:
    """The baseline of some bytes."""
    head, tables = unpack_tables(body)
    return Baseline(tables["places"], head["done"], head["total"], head["provenance"])
