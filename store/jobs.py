"""The jobs table: submit, claim, beat, cancel, requeue; each one transaction."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, Update, case, func, insert, literal, select, true, update

from store.database import Store
from store.numbers import take_numbers
from store.tables import job_results, jobs
from store.types import UtcTime, utc_now

State = Literal["queued", "running", "done", "failed", "cancelled"]
Order = Literal["go", "cancel", "lost"]
OPEN = ("queued", "running")
AHEAD = 15  # times the silence: more than clocks of two machines differ


@dataclass(frozen=True)
class JobRow:
    """A job as it stands; `key` is what decides the bytes of its result."""

    job_id: str
    kind: str
    spec: dict[str, Any]
    state: State
    done: int
    total: int
    message: str
    attempts: int
    asked_by: str
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    key: str = ""


DIED = "the worker died; the job starts again"
DIED_EACH_TIME = "the worker died each time this job was tried"
NOT_PLAYED = "what computes failed: "  # and how, in the executor's words
UNEXPECTED = "an unexpected fault; the worker's log tells it under this job's id"


class QueueFull(Exception):
    """As many jobs wait or run as may; `whose`: `all` together or the asker's `own`, of at most `most`."""

    def __init__(self, whose: Literal["all", "own"], most: int) -> None:
        advice = "try again in a while" if whose == "all" else "end one of yours"
        super().__init__(f"{most} jobs wait or run already; {advice}")
        self.whose, self.most = whose, most


@dataclass(frozen=True)
class JobLimits:
    """How many jobs may be open at once, in all and of one person, when a silent worker counts as dead,
    how often a job is tried.
    """

    open_jobs: int = 24
    open_each: int = 8
    silence: timedelta = timedelta(seconds=20)
    attempts: int = 3


class JobStore:
    """Jobs that survive a restart of anybody."""

    def __init__(
        self,
        store: Store,
        limits: JobLimits | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.store, self.limits, self.clock = store, limits or JobLimits(), clock

    def submit(
        self, kind: str, spec: Mapping[str, Any], asked_by: str = "", total: int = 0, key: str = ""
    ) -> str:
        """Queue a job; its id. QueueFull when a cap is reached.

        key: what decides the result's bytes. One that is known is answered at once by a job of the asker's
        own with the same bytes; one that the asker has open already is that job.
        """
        job_id, now = uuid.uuid4().hex, self.clock()
        row = {"job_id": job_id, "kind": kind, "spec": dict(spec), "state": "queued", "total": total}
        row |= {"asked_by": asked_by, "submitted_at": now, "key": key}
        with self.store.write() as connection:
            open_one, known = _find_same(connection, key, asked_by)
            if open_one is not None:
                return open_one
            row["submitted_no"] = take_numbers(connection, "jobs")
            if known is not None:
                times = {"started_at": now, "finished_at": now}
                row |= {"state": "done", "done": known.done, "total": known.total, **times}
            else:
                self._refuse_full(connection, asked_by)
            connection.execute(insert(jobs).values(**row))
            if known is not None:
                connection.execute(insert(job_results).values(job_id=job_id, version=1, body=known.body))
        return job_id

    def _refuse_full(self, connection: Connection, asked_by: str) -> None:
        count = select(func.count()).select_from(jobs).where(jobs.c.state.in_(OPEN))
        if (connection.scalar(count) or 0) >= self.limits.open_jobs:
            raise QueueFull("all", self.limits.open_jobs)
        mine = connection.scalar(count.where(jobs.c.asked_by == asked_by)) or 0
        if asked_by and mine >= self.limits.open_each:
            raise QueueFull("own", self.limits.open_each)

    def claim(self, owner: str) -> JobRow | None:
        """Take the oldest waiting job; None when there is none. No two workers get the same."""
        now = self.clock()
        oldest = select(jobs.c.job_id).where(jobs.c.state == "queued").order_by(jobs.c.submitted_no).limit(1)
        with self.store.write() as connection:
            job_id = connection.scalar(oldest.with_for_update(skip_locked=True))
            if job_id is None:
                return None
            values = {"state": "running", "owner": owner, "attempts": jobs.c.attempts + 1, "message": ""}
            times = {"started_at": now, "heartbeat_at": now}
            taken = update(jobs).where(jobs.c.job_id == job_id).values(**values, **times).returning(jobs)
            return _job(connection.execute(taken).one())

    def beat(
        self,
        job_id: str,
        owner: str,
        done: int | None = None,
        total: int | None = None,
        message: str | None = None,
    ) -> Order:
        """Say that the job is alive and how far; `cancel`: end it, `lost`: it is not ours any more."""
        said = {"done": done, "total": total, "message": message}
        values = {key: value for key, value in said.items() if value is not None}
        alive = _held(job_id, owner).values(heartbeat_at=self.clock(), **values)
        with self.store.write() as connection:
            asked = connection.scalar(alive.returning(jobs.c.cancel_asked))
        return "lost" if asked is None else "cancel" if asked else "go"

    def save_result(self, job_id: str, owner: str, body: bytes, done: int, total: int) -> Order:
        """Put a partial or full result in the place of the last one, with its progress."""
        alive = _held(job_id, owner).values(heartbeat_at=self.clock(), done=done, total=total)
        with self.store.write() as connection:
            asked = connection.scalar(alive.returning(jobs.c.cancel_asked))
            if asked is None:
                return "lost"
            newer = update(job_results).where(job_results.c.job_id == job_id)
            changed = connection.execute(newer.values(version=job_results.c.version + 1, body=body))
            if not changed.rowcount:
                connection.execute(insert(job_results).values(job_id=job_id, version=1, body=body))
        return "cancel" if asked else "go"

    def finish(self, job_id: str, owner: str, state: State, message: str = "") -> bool:
        """End a job that is ours; False when it is not."""
        ended = _held(job_id, owner).values(
            state=state, message=message, finished_at=self.clock(), owner=None
        )
        with self.store.write() as connection:
            return bool(connection.execute(ended).rowcount)

    def give_back(self, job_id: str, owner: str) -> bool:
        """Put a job that is ours back into the queue; it counts as not tried."""
        values = {"state": "queued", "owner": None, "attempts": jobs.c.attempts - 1}
        with self.store.write() as connection:
            return bool(connection.execute(_held(job_id, owner).values(**values)).rowcount)

    def has_waiting(self) -> bool:
        """Whether a job waits in the queue."""
        query = select(jobs.c.job_id).where(jobs.c.state == "queued").limit(1)
        with self.store.read() as connection:
            return connection.scalar(query) is not None

    def cancel(self, job_id: str, asked_by: str | None = None) -> bool:
        """End a waiting job now, ask a running one to end; False when it has ended already.

        asked_by: only where that person asked for it (None: whoever did).
        """
        mine = true() if asked_by is None else jobs.c.asked_by == asked_by
        ended = update(jobs).where(jobs.c.job_id == job_id, jobs.c.state == "queued", mine)
        asked = update(jobs).where(jobs.c.job_id == job_id, jobs.c.state == "running", mine)
        with self.store.write() as connection:
            now = connection.execute(ended.values(state="cancelled", finished_at=self.clock())).rowcount
            return bool(now or connection.execute(asked.values(cancel_asked=True)).rowcount)

    def release_stale(self) -> int:
        """Free jobs whose worker went silent: back to the queue, or ended with the reason; how many.

        A heartbeat far ahead of the clock was written before the clock was set back: silent as well.
        """
        now = self.clock()
        ahead = jobs.c.heartbeat_at > now + AHEAD * self.limits.silence
        silent = (jobs.c.heartbeat_at < now - self.limits.silence) | ahead
        spent = jobs.c.attempts >= self.limits.attempts
        asked = jobs.c.cancel_asked
        values = {
            "state": case((asked, "cancelled"), (spent, "failed"), else_="queued"),
            "message": case((asked, ""), (spent, DIED_EACH_TIME), else_=DIED),
            "finished_at": case((asked | spent, literal(self.clock(), UtcTime)), else_=None),
            "owner": None,
        }
        with self.store.write() as connection:
            freed = update(jobs).where(jobs.c.state == "running", silent).values(**values)
            return connection.execute(freed).rowcount

    def count_ahead(self, job_id: str) -> int:
        """How many jobs wait or run that were asked for before this one."""
        mine = select(jobs.c.submitted_no).where(jobs.c.job_id == job_id).scalar_subquery()
        query = select(func.count()).select_from(jobs)
        with self.store.read() as connection:
            return connection.scalar(query.where(jobs.c.state.in_(OPEN), jobs.c.submitted_no < mine)) or 0

    def status(self, job_id: str) -> JobRow | None:
        """The job of an id."""
        rows = self._rows(select(jobs).where(jobs.c.job_id == job_id))
        return rows[0] if rows else None

    def find(self, key: str, asked_by: str | None) -> str | None:
        """The newest job of a key that a person (None: anybody) has open or done; None: there is none."""
        mine = true() if asked_by is None else jobs.c.asked_by == asked_by
        query = select(jobs.c.job_id).where(jobs.c.key == key, mine)
        query = query.where(jobs.c.state.in_((*OPEN, "done"))).order_by(jobs.c.submitted_no.desc()).limit(1)
        with self.store.read() as connection:
            return connection.scalar(query) if key else None

    def recent(self, limit: int = 20, kind: str | None = None, asked_by: str | None = None) -> list[JobRow]:
        """The newest jobs first: of a kind (None: any), of a person (None: anybody)."""
        query = select(jobs).order_by(jobs.c.submitted_no.desc()).limit(limit)
        query = query if kind is None else query.where(jobs.c.kind == kind)
        return self._rows(query if asked_by is None else query.where(jobs.c.asked_by == asked_by))

    def result(self, job_id: str) -> tuple[int, bytes] | None:
        """Version and body of a job's newest result, partial while it runs."""
        query = select(job_results.c.version, job_results.c.body).where(job_results.c.job_id == job_id)
        with self.store.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row.version, bytes(row.body))

    def _rows(self, query: Select[Any]) -> list[JobRow]:
        with self.store.read() as connection:
            return [_job(row) for row in connection.execute(query)]


def _find_same(connection: Connection, key: str, asked_by: str) -> tuple[str | None, Any]:
    """The asker's open job of a key, and the newest done one of anybody with its body."""
    if not key:
        return None, None
    same = jobs.c.key == key
    mine = select(jobs.c.job_id).where(same, jobs.c.asked_by == asked_by, jobs.c.state.in_(OPEN)).limit(1)
    done = select(jobs.c.done, jobs.c.total, job_results.c.body).join_from(jobs, job_results)
    done = done.where(same, jobs.c.state == "done").order_by(jobs.c.submitted_no.desc()).limit(1)
    return connection.scalar(mine), connection.execute(done).one_or_none()


def _held(job_id: str, owner: str) -> Update:
    return update(jobs).where(jobs.c.job_id == job_id, jobs.c.owner == owner, jobs.c.state == "running")


def _job(row: Row[Any]) -> JobRow:
    return JobRow(**{name: getattr(row, name) for name in JobRow.__dataclass_fields__})
