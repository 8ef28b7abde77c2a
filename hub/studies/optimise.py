"""Where posts do most: a question, and the findings of its search as bytes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from hub.results import pack_tables, unpack_tables
from hub.studies.base import Plain, Step, Workbench
from simulation.optimising.findings import Findings
from simulation.optimising.problem import OBJECTIVES, SOURCES, Question
from simulation.optimising.search import optimise_posts

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
        """Every field in one form; ValueError names what cannot be asked of any district."""
        given = dict(plain)
        own = {name: given.pop(name) for name in ("start", "seed", "days", "replications") if name in given}
        unknown = sorted(set(given) - set(ASKED))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: not a part of the question")
        question = Question(**given)
        tests = [
            (
                "posts",
                isinstance(question.posts, int) and 1 <= question.posts <= MOST_POSTS,
                f"between 1 and {MOST_POSTS}",
            ),
            ("objective", question.objective in OBJECTIVES, ", ".join(OBJECTIVES)),
            ("source", question.source in SOURCES, ", ".join(SOURCES)),
            ("days", 1 <= int(own.get("days", 7)) <= LONGEST_DAYS, f"between 1 and {LONGEST_DAYS}"),
            (
                "replications",
                2 <= int(own.get("replications", 6)) <= MOST_REPLICATIONS,
                f"between 2 and {MOST_REPLICATIONS}",
            ),
        ]
        wrong = [f"{name}: {words}" for name, good, words in tests if not good]
        if wrong:
            raise ValueError("; ".join(wrong))
        start = date.fromisoformat(str(own["start"])).isoformat()
        asked = asdict(question) | {"weights": {k: float(v) for k, v in question.weights.items()}}
        numbers = {
            "seed": int(own.get("seed", 1)),
            "days": int(own.get("days", 7)),
            "replications": int(own.get("replications", 6)),
        }
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
