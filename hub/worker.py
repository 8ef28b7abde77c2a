"""The worker: one process that owns the pool, takes jobs from the store and streams results back."""

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from hub.chapters import ReplayPlan
from hub.clusters import Workplace
from hub.feeder import run_feeder
from hub.forecasts import Forecaster
from hub.health import WORKER
from hub.jobs import EXPERIMENT, ExperimentSpec, Jobs
from hub.live import LiveState
from hub.notices.notifier import notifying
from hub.notices.webhook import load_webhook
from hub.outcomes import OutcomeCache
from hub.studies import STUDIES, Step, Workbench
from hub.studies.baseline import BaselineStudy
from simulation.executors import Executor, ExecutorFault, exit_with_parent
from store.beats import Beats
from store.case_records import CaseRecords
from store.database import Store, open_store
from store.jobs import NOT_PLAYED, UNEXPECTED, JobLimits, JobRow, JobStore, Order, QueueFull
from store.trouble import StoreTrouble
from twin.district import District
from twin.faults import DistrictFaults

BEAT_SECONDS = 2.0
POLL_SECONDS = 0.2
SAVE_SECONDS = 0.7
RELEASE_SECONDS = 5.0
PURGE_SECONDS = 3600.0
TROUBLE_SECONDS = 5.0
log = logging.getLogger(__name__)


class Worker:
    """Takes one job at a time; each ends done, failed with a reason or cancelled, or goes back to the queue.

    While nothing else is to do, the next forecast is made when it is due, and the baselines of the
    experiments `warm` are worked out.
    """

    def __init__(
        self,
        store: Store,
        district: District,
        executor: Executor,
        warm: Sequence[ExperimentSpec] = (),
        limits: JobLimits | None = None,
        forecaster: Forecaster | None = None,
    ) -> None:
        self.executor, self.forecaster = executor, forecaster
        self.jobs = JobStore(store, limits)
        self.bench = Workbench(store, district, executor, OutcomeCache(store))
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.cold = list(warm)
        self.records = CaseRecords(store)
        self._released = self._purged = 0.0

    def run(self, stop: Callable[[], bool]) -> None:
        """Work until `stop()`; a job under way then goes back to the queue."""
        while not stop():
            try:
                rests = 0.0 if self.step(stop) else POLL_SECONDS
            except (StoreTrouble, ExecutorFault) as trouble:
                log.warning("%s; the worker tries again in %.0f s", trouble, TROUBLE_SECONDS)
                rests = TROUBLE_SECONDS
            time.sleep(rests)

    def step(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Free the jobs of dead workers, delete records past their time, then do a job, a forecast or a
        baseline; whether any was done.
        """
        if not self._purged or time.monotonic() - self._purged >= PURGE_SECONDS:
            self._purged = time.monotonic()
            self.records.purge(self.records.clock())
        if time.monotonic() - self._released >= RELEASE_SECONDS:
            self._released = time.monotonic()
            self.jobs.release_stale()
        job = self.jobs.claim(self.owner)
        if job is not None:
            self._do(job, stop)
            return True
        return self._forecast(stop) or self._warm_one(stop)

    def _do(self, job: JobRow, stop: Callable[[], bool]) -> None:
        with Heartbeat(self.jobs, job.job_id, self.owner) as beat:
            try:
                last = self._play(job, beat, lambda: beat.order != "go" or stop())
            except (DistrictFaults, ExecutorFault) as error:
                log.warning("job %s failed: %s", job.job_id, error)
                prefix = NOT_PLAYED if isinstance(error, ExecutorFault) else ""
                self.jobs.finish(job.job_id, self.owner, "failed", f"{prefix}{error}")
            except StoreTrouble:
                raise  # nobody can be told; the job is freed when its silence is noticed
            except Exception:
                log.exception("job %s failed", job.job_id)
                self.jobs.finish(job.job_id, self.owner, "failed", UNEXPECTED)
            else:
                self._end(job, last, beat.order)

    def _end(self, job: JobRow, last: Step | None, order: Order) -> None:
        if last is not None and last.done >= last.total:
            self.jobs.finish(job.job_id, self.owner, "done")
        elif order == "cancel":
            self.jobs.finish(job.job_id, self.owner, "cancelled")
        elif order == "go":
            self.jobs.give_back(job.job_id, self.owner)

    def _play(self, job: JobRow, beat: "Heartbeat", stop: Callable[[], bool]) -> Step | None:
        """The last step of a job; what is known so far is kept on the way."""
        saved, last = 0.0, None
        for step in STUDIES[job.kind].play(job.spec, self.bench, stop):
            last = step
            beat.progress = (step.done, step.total)
            if step.done == step.total or time.monotonic() - saved >= SAVE_SECONDS:
                beat.order = self.jobs.save_result(job.job_id, self.owner, step.pack(), *beat.progress)
                saved = time.monotonic()
        return last

    def _is_wanted(self) -> bool:
        """Whether something waits that comes before a baseline."""
        return self.jobs.has_waiting() or (self.forecaster is not None and self.forecaster.is_due())

    def _forecast(self, stop: Callable[[], bool]) -> bool:
        """Jobs come first: one that waits ends a forecast under way, which is made again after it."""
        if self.forecaster is None:
            return False
        try:
            return self.forecaster.step(self.executor, lambda: stop() or self.jobs.has_waiting())
        except (StoreTrouble, ExecutorFault):
            raise
        except Exception:
            log.exception("forecast failed; the next is tried when it is due")
            return False

    def _warm_one(self, stop: Callable[[], bool]) -> bool:
        if not self.cold:
            return False
        spec, last = self.cold[0], None
        study, wanted = STUDIES[EXPERIMENT], lambda: stop() or self._is_wanted()
        for step in study.play(spec.to_plain(), self.bench, wanted):
            last = step
        if last is not None and last.done >= last.total:
            self.cold.pop(0)
            self._tell_baseline(spec)
        return True

    def _tell_baseline(self, spec: ExperimentSpec) -> None:
        """Queue the places of a baseline that has been worked out, once: every page may read them."""
        plain, kind = spec.to_plain(), BaselineStudy.kind
        studies = Jobs(self.bench.store, self.jobs.limits, self.bench.district)
        if studies.find(kind, plain, None) is None:
            with suppress(QueueFull):
                studies.submit(kind, plain)


class Heartbeat:
    """Says from a thread that a job is alive and how far; holds the order that came back."""

    def __init__(self, jobs: JobStore, job_id: str, owner: str) -> None:
        self.jobs, self.job_id, self.owner = jobs, job_id, owner
        self.order: Order = "go"
        self.progress: tuple[int | None, int | None] = (None, None)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            try:
                self.order = self.jobs.beat(self.job_id, self.owner, *self.progress)
            except StoreTrouble as trouble:
                log.warning("job %s: heartbeat missed: %s", self.job_id, trouble)
            except Exception:
                log.exception("job %s: heartbeat missed", self.job_id)


def run_worker(
    address: str,
    district: District,
    place: Workplace | None = None,
    replay: ReplayPlan | None = None,
    warm: Sequence[ExperimentSpec] = (),
) -> None:
    """The whole worker process: pool or cluster, feeder and job loop, until SIGTERM or SIGINT.

    A cluster that is lost fails the job under way in words, and is asked again by the next.
    address: of the store; place: where studies are played; replay: feed the demo too, in a process apart.
    """
    store, webhook = open_store(address), load_webhook()
    live = LiveState(store, district)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with (
        (place or Workplace()).open(district) as executor,
        _feeding(address, district, replay),
        notifying(store, district, webhook, live),
        Beats(store).kept(WORKER),
    ):
        Worker(store, district, executor, warm, forecaster=Forecaster(store, district, live=live)).run(
            ended.is_set
        )
        store.close()


@contextmanager
def _feeding(address: str, district: District, replay: ReplayPlan | None) -> Iterator[None]:
    if replay is None:
        yield
        return
    process = multiprocessing.get_context("fork").Process(
        target=_feed, args=(address, district, replay, os.getpid()), daemon=True
    )
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(10)


def _feed(address: str, district: District, replay: ReplayPlan, parent: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    exit_with_parent(parent)
    run_feeder(open_store(address), district, replay, lambda: False)
