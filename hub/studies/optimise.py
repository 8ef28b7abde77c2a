"""Where posts do most: a question, and the findings of its search as bytes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from hub.results import pack_tables, unpack_tables
from hub.studies.base import Plain, Step, Workbench, bound_window, read_start
from simulation.optimising.findings import Findings
from simulation.optimising.problem import OBJECTIVES, SOURCES, Question
from simulation.optimising.search import optimise_posts
from twin.faults import one_of, refuse, within

MOST_REPLICATIONS = 60
MOST_POSTS = 400
LONGEST_DAYS = 31
ASKED = tuple(field.name for field in fields(Question))


@dataclass(frozen=True)
class Advice:
    """What is known of a search: its stage, the plan as TOML, tables, notes, where it comes from."""

    stage: str
    placed: int
    toml: str
    tables: Mapping[str, pd.DataFrame]
    notes: Mapping[str, list[float]]
    provenance: Mapping[str, Any]
    done: int
    total: int


class OptimiseStudy:
    """The best places of so many posts; spec: the fields of a Question, start, seed, days, replications."""

    kind = "optimise"

    def check(self, plain: Plain) -> dict[str, Any]:
        """Every field in one form; DistrictFaults names what cannot be asked of any district."""
        given = dict(plain)
        own: dict[str, Any] = {
            name: given.pop(name) for name in ("start", "seed", "days", "replications") if name in given
        }
        unknown = sorted(set(given) - set(ASKED))
        refuse(self.kind, [(name, "unknown", False, "not a part of the question") for name in unknown])
        question = Question(**given)
        usual = {"seed": 1, "days": 7, "replications": 6}
        numbers = {name: int(own.get(name, number)) for name, number in usual.items()}
        tests = [
            ("posts", "whole", isinstance(question.posts, int), f"{question.posts!r} is no whole number"),
            within("posts", int(question.posts), 1, MOST_POSTS),
            one_of("objective", question.objective, OBJECTIVES),
            one_of("source", question.source, SOURCES),
            *bound_window(numbers, LONGEST_DAYS, MOST_REPLICATIONS, least=2),
        ]
        refuse(self.kind, tests)
        start = read_start(self.kind, own)
        asked = asdict(question) | {"weights": {k: float(v) for k, v in question.weights.items()}}
        return {**asked, "start": start, **numbers}

    def count(self, spec: Plain) -> int:
        """One until the search has counted its jobs."""
        return 1

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """A step after every job, from the first plan on."""
        question = Question(**{name: spec[name] for name in ASKED})
        for found in optimise_posts(
            bench.district,
            question,
            date.fromisoformat(spec["start"]),
            spec["seed"],
            bench.executor,
            days=spec["days"],
            replications=spec["replications"],
            stop=stop,
        ):
            yield Step(found.done, found.total, partial(pack_findings, found))


def pack_findings(found: Findings) -> bytes:
    """The bytes of findings; the same findings give the same bytes."""
    head = {
        "stage": found.stage,
        "placed": found.plan.size,
        "toml": found.scenario.to_toml(),
        "notes": {name: list(figures) for name, figures in found.notes.items()},
        "provenance": dict(found.provenance),
        "done": found.done,
        "total": found.total,
    }
    return pack_tables(head, found.tables)


def unpack_findings(body: bytes) -> Advice:
    """The findings of some bytes."""
    head, tables = unpack_tables(body)
    return Advice(tables=tables, **head)
