"""Jobs survive anybody's death, run once at a time, and can be cancelled."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from store.database import Store
from store.jobs import DIED_EACH_TIME, JobLimits, JobStore, QueueFull

START = datetime(2026, 5, 11, tzinfo=UTC)


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def test_jobs_are_claimed_in_the_order_in_which_they_came(store: Store) -> None:
    jobs = JobStore(store)
    ids = [jobs.submit("experiment", {"n": n}) for n in range(3)]
    claimed = [jobs.claim("w") for _ in range(4)]
    assert [job.job_id for job in claimed if job] == ids
    assert claimed[3] is None


def test_two_workers_never_get_the_same_job(store: Store) -> None:
    jobs = JobStore(store)
    ids = [jobs.submit("experiment", {}) for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        claimed = list(pool.map(lambda n: jobs.claim(f"w{n % 4}"), range(12)))
    assert sorted(job.job_id for job in claimed if job) == sorted(ids)


def test_the_queue_refuses_more_than_its_cap_and_takes_again_when_one_has_ended(store: Store) -> None:
    jobs = JobStore(store, JobLimits(open_jobs=2))
    first = jobs.submit("experiment", {})
    jobs.submit("experiment", {})
    with pytest.raises(QueueFull):
        jobs.submit("experiment", {})
    assert jobs.cancel(first)
    assert jobs.submit("experiment", {})


def test_a_waiting_job_is_cancelled_at_once_a_running_one_is_asked_to_end(store: Store) -> None:
    jobs = JobStore(store)
    first, second = jobs.submit("experiment", {}), jobs.submit("experiment", {})
    assert jobs.claim("w").job_id == first
    assert jobs.cancel(first)
    assert jobs.cancel(second)
    assert jobs.status(second).state == "cancelled"
    assert jobs.status(first).state == "running"
    assert jobs.beat(first, "w") == "cancel"
    assert jobs.finish(first, "w", "cancelled")
    assert not jobs.cancel(first)


def test_a_silent_worker_s_job_goes_back_and_its_late_beat_is_told_so(store: Store) -> None:
    clock = Clock()
    jobs = JobStore(store, JobLimits(silence=timedelta(seconds=20), attempts=2), clock)
    job = jobs.submit("experiment", {})
    jobs.claim("dead")
    clock.now += timedelta(seconds=19)
    assert jobs.release_stale() == 0
    clock.now += timedelta(seconds=2)
    assert jobs.release_stale() == 1
    assert jobs.status(job).state == "queued"
    assert jobs.beat(job, "dead") == "lost"
    assert jobs.save_result(job, "dead", b"x", 1, 2) == "lost"
    assert not jobs.finish(job, "dead", "done")
    jobs.claim("dead again")
    clock.now += timedelta(seconds=21)
    jobs.release_stale()
    assert jobs.status(job).state == "failed"
    assert jobs.status(job).message == DIED_EACH_TIME


def test_a_job_given_back_counts_as_not_tried(store: Store) -> None:
    jobs = JobStore(store, JobLimits(attempts=1))
    job = jobs.submit("experiment", {})
    jobs.claim("w")
    assert jobs.give_back(job, "w")
    again = jobs.claim("w")
    assert (again.job_id, again.attempts) == (job, 1)


def test_a_newer_result_takes_the_place_of_the_last(store: Store) -> None:
    jobs = JobStore(store)
    job = jobs.submit("experiment", {"days": 30})
    jobs.claim("w")
    assert jobs.result(job) is None
    jobs.save_result(job, "w", b"half", 1, 2)
    jobs.save_result(job, "w", b"whole", 2, 2)
    assert jobs.result(job) == (2, b"whole")
    status = jobs.status(job)
    assert (status.done, status.total, status.spec) == (2, 2, {"days": 30})


def test_the_place_in_the_queue_counts_what_was_asked_for_before_and_has_not_ended(store: Store) -> None:
    jobs = JobStore(store)
    first, second, third = (jobs.submit("experiment", {"n": n}, asked_by="wang") for n in range(3))
    assert [jobs.count_ahead(job) for job in (first, second, third, "none")] == [0, 1, 2, 0]
    jobs.claim("worker")
    assert jobs.count_ahead(third) == 2
    jobs.cancel(second)
    assert jobs.count_ahead(third) == 1
