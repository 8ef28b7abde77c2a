"""Experiments as jobs: submit, watch, read what is known so far, cancel."""

import tomllib
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hub.results import unpack_result
from simulation.experiment import ExperimentResult
from simulation.scenario import Scenario
from store.database import Store
from store.jobs import JobLimits, JobRow, JobStore, State

PROPOSAL = Path(__file__).resolve().parent.parent / "data" / "defaults" / "plan.toml"
EXPERIMENT = "experiment"
LONGEST_DAYS = 366
MOST_REPLICATIONS = 500


@dataclass(frozen=True)
class ExperimentSpec:
    """What a what-if asks: a scenario as TOML, first day, days, replications, seed."""

    scenario_toml: str
    start: date
    days: int
    replications: int
    seed: int

    def to_plain(self) -> dict[str, Any]:
        """Plain values for the store."""
        return asdict(self) | {"start": self.start.isoformat()}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "ExperimentSpec":
        """The spec of plain values."""
        return cls(**(plain | {"start": date.fromisoformat(plain["start"])}))


@dataclass(frozen=True)
class JobStatus:
    """How far a job is; `message` says why it failed, or that it starts again."""

    job_id: str
    state: State
    done: int
    total: int
    message: str
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def load_proposal(path: Path = PROPOSAL) -> dict[str, Any]:
    """What the plan page proposes: start (date), days, replications, seed."""
    plain = tomllib.loads(path.read_text(encoding="utf-8"))
    return plain | {"start": date.fromisoformat(plain["start"])}


class Jobs:
    """The queue of experiments, as the interface sees it."""

    def __init__(self, store: Store, limits: JobLimits | None = None) -> None:
        self.rows = JobStore(store, limits)

    def submit_experiment(self, spec: ExperimentSpec, asked_by: str = "") -> str:
        """Queue an experiment; its job id.

        DistrictFaults where the scenario cannot be read, ValueError for days or replications out of bounds,
        QueueFull when as many jobs are open as may be.
        """
        Scenario.from_toml(spec.scenario_toml)
        if not 1 <= spec.days <= LONGEST_DAYS:
            raise ValueError(f"days: {spec.days} is not between 1 and {LONGEST_DAYS}")
        if not 1 <= spec.replications <= MOST_REPLICATIONS:
            raise ValueError(f"replications: {spec.replications} is not between 1 and {MOST_REPLICATIONS}")
        return self.rows.submit(EXPERIMENT, spec.to_plain(), asked_by, total=2 * spec.replications)

    def status(self, job_id: str) -> JobStatus:
        """The state of a job; KeyError where there is none of that id."""
        row = self.rows.status(job_id)
        if row is None:
            raise KeyError(job_id)
        return _describe(row)

    def spec(self, job_id: str) -> ExperimentSpec:
        """What a job was asked; KeyError where there is none of that id."""
        row = self.rows.status(job_id)
        if row is None:
            raise KeyError(job_id)
        return ExperimentSpec.from_plain(row.spec)

    def result(self, job_id: str) -> ExperimentResult | None:
        """What is known so far, all of it once the job is done; None before the first replication."""
        kept = self.rows.result(job_id)
        return None if kept is None else unpack_result(kept[1])

    def cancel(self, job_id: str) -> bool:
        """End a job: a waiting one now, a running one within seconds; False when it had ended."""
        return self.rows.cancel(job_id)

    def recent(self, limit: int = 20) -> list[JobStatus]:
        """The newest jobs first."""
        return [_describe(row) for row in self.rows.recent(limit, EXPERIMENT)]


def _describe(row: JobRow) -> JobStatus:
    return JobStatus(**{name: getattr(row, name) for name in JobStatus.__dataclass_fields__})
