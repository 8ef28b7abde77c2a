"""How late the cases of a subject are in one run, and where they queued."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from simulation.diagnosis.subject import Subject
from simulation.playing.events import NO_DUE
from simulation.playing.visits import Visits
from simulation.studies.period import Period
from simulation.studies.runs import Change, play_scenario, replication_seed
from twin.calendar import DAY
from twin.district import District

STAGES = ("accepted", "verified", "dispatched", "handled", "checked", "closed")


@dataclass(frozen=True)
class LateRun:
    """The cases of a subject in one run, ordered by key: how late each was closed, and whether it was due.

    late: seconds on the wall between close_due and closing, or the run's end where it is open; inside: due
    in the window. queued: (unit code, role) -> seconds that these cases queued there while handled; stages:
    seconds that late ones spent in each of STAGES. Both only of the district as it is.
    """

    keys: np.ndarray
    late: np.ndarray
    on_time: np.ndarray
    inside: np.ndarray
    queued: dict[tuple[str, str], float] = field(default_factory=dict)
    stages: np.ndarray = field(default_factory=lambda: np.zeros(len(STAGES)))


class RunJob(NamedTuple):
    """All replications of one change, as they are handed to an executor: its flow is compiled once."""

    change: Change
    subject: Subject
    period: Period
    replications: int
    seed: int
    is_base: bool


def measure_runs(district: District, job: RunJob) -> list[LateRun]:
    """Every replication of a change (top-level and pure: it runs in any process)."""
    found = []
    for number in range(job.replications):
        seed = replication_seed(job.seed, number)
        visits = play_scenario(district, job.change, job.period, seed)
        found.append(measure_late(visits, job.period, job.subject, job.is_base))
    return found


def measure_late(visits: Visits, period: Period, subject: Subject, is_base: bool = True) -> LateRun:
    """How late a subject's cases are; of a changed run of a unit, all cases, for the base run decides."""
    due = visits.close_due
    mine = due != NO_DUE
    if is_base or not subject.moves:
        mine &= subject.select(visits)
    end = find_end(visits)
    first, last = period.warm_up * DAY, (period.warm_up + period.days) * DAY
    inside = mine & (due >= first) & (due < last)
    order = np.flatnonzero(mine)[np.argsort(visits.cases.key[mine], kind="stable")]
    late = np.maximum(end - due, 0)
    run = (visits.cases.key[order], late[order], (end <= due)[order], inside[order])
    if not is_base:
        return LateRun(*run)
    return LateRun(*run, list_queues(visits, inside), measure_stages(visits, inside & (late > 0)))


def find_end(visits: Visits) -> np.ndarray:
    """The second at which each case was first closed, else ended, else the horizon where it is open."""
    case, done = visits.column("case"), visits.column("done")
    count = len(visits.cases)
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, case, done)
    still = np.zeros(count, dtype=bool)
    still[case[done < 0]] = True
    closed = np.full(count, visits.horizon, dtype=np.int64)
    closes = _read_states(visits) == STAGES.index("closed")
    shut = closes & (done >= 0)
    np.minimum.at(closed, case[shut], done[shut])
    known = np.zeros(count, dtype=bool)
    known[case[shut]] = True
    return np.where(known, closed, np.where(still, visits.horizon, last))


def list_queues(visits: Visits, chosen: np.ndarray) -> dict[tuple[str, str], float]:
    """(unit code, role) -> seconds that chosen cases queued for its posts while they were handled."""
    post, offered, start = (visits.column(name) for name in ("post", "offered", "start"))
    case = visits.column("case")
    mine = (post >= 0) & (start >= offered) & chosen[case] & (_read_states(visits) == STAGES.index("handled"))
    placed, units = visits.flow.placements, visits.flow.district.units["code"].to_numpy()
    found: dict[tuple[str, str], float] = {}
    for number, seconds in zip(post[mine].tolist(), (start - offered)[mine].tolist(), strict=True):
        key = str(units[placed[number].unit]), placed[number].role
        found[key] = found.get(key, 0.0) + seconds
    return found


def measure_stages(visits: Visits, chosen: np.ndarray) -> np.ndarray:
    """Seconds that chosen cases spent in each of STAGES."""
    state = _read_states(visits)
    done, entered, case = (visits.column(name) for name in ("done", "entered", "case"))
    spent = np.where(done < 0, visits.horizon, done) - entered
    mine = (state >= 0) & chosen[case] & (visits.table["lead"] == 1)
    return np.bincount(state[mine], weights=spent[mine], minlength=len(STAGES))


def _read_states(visits: Visits) -> np.ndarray:
    """The place in STAGES of each visit's step; -1 for another."""
    names = [*visits.flow.rows["state"], ""]
    places = np.array([STAGES.index(name) if name in STAGES else -1 for name in names])
    return np.asarray(places[np.minimum(visits.column("row"), len(names) - 1)])
