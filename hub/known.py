"""What is known of scenarios from runs made before: by the hash of what they do; nothing is played for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hub.jobs import EXPERIMENT, Jobs
from hub.results import unpack_table
from simulation.scenario import Scenario
from store.jobs import OPEN, JobRow, State

LOOKED_AT, KEPT = 200, 1024
Gap = tuple[float, float, float]


@dataclass(frozen=True)
class Known:
    """The newest run of a scenario: what was asked, how far it is, and once it is done what came of it.

    gap: the district's paired difference to the baseline, mean, low and high of its interval.
    """

    job_id: str
    state: State
    spec: Mapping[str, Any]
    gap: Gap | None


class KnownRuns:
    """The newest runs, by scenario. Done ones are anybody's, as their results are; open ones one's own."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self._read = lru_cache(maxsize=KEPT)(self._read_gap)

    def find(self, hashes: Iterable[str], indicator: str, owner: str) -> dict[str, Known]:
        """Scenario hash -> its newest run on this district and release; one that was not run is left out.

        A run of it alone comes before one of several, whose intervals are wider: all of them hold at once.
        """
        wanted, found = set(hashes), dict[str, Known]()
        rows = [row for row in self.jobs.rows.recent(LOOKED_AT, EXPERIMENT) if self._counts(row, owner)]
        for row in sorted(rows, key=lambda one: len(one.spec["scenarios"]) > 1):
            for text in row.spec["scenarios"]:
                name, content = _read_names(text)
                if content in wanted and content not in found:
                    gap = self._read(row.job_id, name, indicator) if row.state == "done" else None
                    found[content] = Known(row.job_id, row.state, row.spec, gap)
        return found

    def _counts(self, row: JobRow, owner: str) -> bool:
        if row.state in OPEN:
            return row.asked_by == owner
        return row.state == "done" and self.jobs.is_current(row)

    def _read_gap(self, job_id: str, name: str, indicator: str) -> Gap | None:
        body = self.jobs.body(job_id)
        if body is None:
            return None
        table = unpack_table(body, "differences")
        labels = {"scenario": name, "scope_kind": "district", "indicator": indicator}
        rows = table[(table[list(labels)] == list(labels.values())).all(axis=1)]
        if rows.empty:
            return None
        mean, low, high = (float(rows[column].iloc[0]) for column in ("mean", "low", "high"))
        return mean, low, high


@lru_cache(maxsize=KEPT)
def _read_names(text: str) -> tuple[str, str]:
    scenario = Scenario.from_toml(text)
    return scenario.name, scenario.hash
