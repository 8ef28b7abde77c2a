"""Studies as jobs: submit, watch, read what is known so far, cancel."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hub.results import unpack_result
from hub.studies import STUDIES
from hub.studies.experiment import ExperimentSpec, ExperimentStudy
from simulation.experiment import ExperimentResult
from simulation.release import find_release
from store.database import Store
from store.jobs import JobLimits, JobRow, JobStore, State
from twin.district import District

PROPOSAL = Path(__file__).resolve().parent.parent / "data" / "defaults" / "plan.toml"
EXPERIMENT = ExperimentStudy.kind

__all__ = ["EXPERIMENT", "ExperimentSpec", "JobStatus", "Jobs", "load_proposal"]


@dataclass(frozen=True)
class JobStatus:
    """How far a job is; `message` says why it failed, or that it starts again."""

    job_id: str
    kind: str
    state: State
    done: int
    total: int
    message: str
    asked_by: str
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def load_proposal(path: Path = PROPOSAL) -> dict[str, Any]:
    """What the plan page proposes: start (date), days, replications, seed."""
    plain = tomllib.loads(path.read_text(encoding="utf-8"))
    return plain | {"start": date.fromisoformat(plain["start"])}


class Jobs:
    """The queue of studies, as the interface sees it.

    With a district, what was worked out before is not worked out again: a job of the same kind, spec,
    district and release is answered at once with the same bytes.
    """

    def __init__(
        self, store: Store, limits: JobLimits | None = None, district: District | None = None
    ) -> None:
        self.rows, self.district = JobStore(store, limits), district

    def submit(self, kind: str, plain: Mapping[str, Any], asked_by: str = "") -> str:
        """Queue a study; its job id.

        DistrictFaults or ValueError where the spec is wrong, QueueFull when as many jobs are open as may be.
        The same study asked again by the same person while it is open is the same job.
        """
        study = STUDIES[kind]
        spec = study.check(plain)
        return self.rows.submit(kind, spec, asked_by, total=study.count(spec), key=self._name(kind, spec))

    def find(self, kind: str, plain: Mapping[str, Any], asked_by: str | None) -> str | None:
        """The newest job of a study that a person (None: anybody) has open or done already.

        ValueError where the spec is wrong.
        """
        return self.rows.find(self._name(kind, STUDIES[kind].check(plain)), asked_by)

    def submit_experiment(self, spec: ExperimentSpec, asked_by: str = "") -> str:
        """Queue an experiment; its job id."""
        return self.submit(EXPERIMENT, spec.to_plain(), asked_by)

    def status(self, job_id: str) -> JobStatus:
        """The state of a job; KeyError where there is none of that id."""
        return _describe(self._row(job_id))

    def plain(self, job_id: str) -> dict[str, Any]:
        """The spec of a job of any kind; KeyError where there is none of that id."""
        return self._row(job_id).spec

    def spec(self, job_id: str) -> ExperimentSpec:
        """What an experiment was asked; KeyError where there is none of that id."""
        return ExperimentSpec.from_plain(self._row(job_id).spec)

    def body(self, job_id: str) -> bytes | None:
        """The bytes known so far, all of them once the job is done; None before the first step."""
        kept = self.rows.result(job_id)
        return None if kept is None else kept[1]

    def result(self, job_id: str) -> ExperimentResult | None:
        """What is known so far of an experiment; None before the first replication."""
        body = self.body(job_id)
        return None if body is None else unpack_result(body)

    def count_ahead(self, job_id: str) -> int:
        """How many jobs wait or run that were asked for before this one."""
        return self.rows.count_ahead(job_id)

    def cancel(self, job_id: str, asked_by: str | None = None) -> bool:
        """End a job: a waiting one now, a running one within seconds; False when it had ended.

        asked_by: end it only where that person asked for it (None: whoever did).
        """
        return self.rows.cancel(job_id, asked_by)

    def recent(
        self, limit: int = 20, kind: str | None = EXPERIMENT, asked_by: str | None = None
    ) -> list[JobStatus]:
        """The newest jobs first: of a kind (None: any), of a person (None: anybody)."""
        return [_describe(row) for row in self.rows.recent(limit, kind, asked_by)]

    def is_current(self, row: JobRow) -> bool:
        """Whether a job's result would be the same if it were asked for now: district and release are."""
        return row.key == self._name(row.kind, row.spec)

    def _row(self, job_id: str) -> JobRow:
        row = self.rows.status(job_id)
        if row is None:
            raise KeyError(job_id)
        return row

    def _name(self, kind: str, spec: Mapping[str, Any]) -> str:
        """What decides the bytes of a result, hashed; blank where no district is known."""
        if self.district is None:
            return ""
        text = json.dumps(
            [kind, spec, self.district.hash, find_release()], sort_keys=True, ensure_ascii=False
        )
        return hashlib.sha256(text.encode()).hexdigest()


def _describe(row: JobRow) -> JobStatus:
    return JobStatus(**{name: getattr(row, name) for name in JobStatus.__dataclass_fields__})
