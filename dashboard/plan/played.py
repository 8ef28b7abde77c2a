"""What a draft does, played once: stages, faults, changed rows; kept while a form asks for it again."""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

from dashboard.services import Same
from simulation.changes import RowChange, list_changes
from simulation.scenario import Measure, Stages, play_measures
from twin.district import District

KEPT = 24


class Played:
    """The stages of some measures over a district, what is wrong with them, and the rows that they change."""

    def __init__(self, measures: Sequence[Measure], district: District) -> None:
        self.district = district
        self.stages: Stages
        self.stages, self.faults = play_measures(measures, district)

    @property
    def last(self) -> District:
        """The district with everything in force."""
        return self.stages[-1][1]

    @cached_property
    def changes(self) -> list[RowChange]:
        """Every changed row; the slow part, worked out when it is asked for."""
        return list_changes(self.district, self.stages)


def play(measures: Sequence[Measure], district: District) -> Played:
    """The same measures over the same district are played once."""
    return _play(_Measures(measures), Same(district))


class _Measures:
    """Measures as a key of a cache: by their content."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self.measures = tuple(measures)
        plain: list[Any] = [[m.kind, m.model_dump(mode="json")] for m in self.measures]
        self.hash = hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Measures) and self.hash == other.hash


@lru_cache(maxsize=KEPT)
def _play(measures: _Measures, same: Same) -> Played:
    return Played(measures.measures, same.district)
