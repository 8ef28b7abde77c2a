"""Experiments as jobs, through the store and a worker, as the interface asks for them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from hub.jobs import ExperimentSpec, Jobs
from hub.results import pack_result, unpack_result
from hub.studies.baseline import unpack_baseline
from hub.worker import Worker
from simulation.executors import InProcess
from simulation.experiment import run_experiment
from simulation.scenario import Scenario
from store.database import Store
from store.jobs import UNEXPECTED, JobLimits, QueueFull
from twin.district import District
from twin.faults import DistrictFaults

TOML = """
name = "more"
[[measures]]
measure = "scale_demand"
factor = 1.2
places = []
matters = []
"""
SPEC = ExperimentSpec((TOML,), date(2026, 5, 11), 3, 2, 7)


class Counting(InProcess):
    """Runs here, and counts what was asked of it."""

    def __init__(self, shared: Any) -> None:
        super().__init__(shared)
        self.asked: list[int] = []

    def run(
        self, fn: Any, jobs: Sequence[Any], stop: Callable[[], bool] | None = None
    ) -> Iterator[tuple[int, Any]]:
        """Count the jobs of this call, then run them."""
        self.asked.append(len(jobs))
        return super().run(fn, jobs, stop)


def test_a_job_is_done_with_the_figures_of_a_direct_run(store: Store, small_district: District) -> None:
    jobs = Jobs(store)
    job = jobs.submit_experiment(SPEC, "planner")
    worker = Worker(store, small_district, InProcess(small_district))
    assert worker.step()
    status = jobs.status(job)
    assert (status.state, status.done, status.total) == ("done", 4, 4)
    *_, direct = run_experiment(
        small_district,
        [Scenario.from_toml(TOML)],
        SPEC.start,
        SPEC.days,
        SPEC.replications,
        SPEC.seed,
        InProcess(small_district),
    )
    kept = jobs.result(job)
    assert kept.provenance == direct.provenance
    pd.testing.assert_frame_equal(kept.indicators, direct.indicators, check_dtype=False)
    pd.testing.assert_frame_equal(kept.differences, direct.differences, check_dtype=False)


def test_the_second_what_if_finds_the_baseline_worked_out_even_in_another_worker(
    store: Store, small_district: District
) -> None:
    jobs = Jobs(store)
    executors = [Counting(small_district), Counting(small_district)]
    for executor, factor in zip(executors, ("1.2", "1.3"), strict=True):
        jobs.submit_experiment(replace(SPEC, scenarios=(TOML.replace("1.2", factor),)))
        Worker(store, small_district, executor).step()
    assert [executor.asked for executor in executors] == [[4], [2]]


def test_what_was_worked_out_once_is_answered_at_once_with_the_same_bytes_to_another_person(
    store: Store, small_district: District
) -> None:
    jobs = Jobs(store, district=small_district)
    first = jobs.submit_experiment(SPEC, "one")
    assert jobs.submit_experiment(SPEC, "one") == first  # open already: the same job
    Worker(store, small_district, InProcess(small_district)).step()
    second = jobs.submit_experiment(SPEC, "two")
    assert second != first
    assert jobs.status(second).state == "done"
    assert jobs.body(second) == jobs.body(first)
    assert [status.job_id for status in jobs.recent(asked_by="two")] == [second]
    other = jobs.submit_experiment(replace(SPEC, seed=8), "two")
    assert jobs.status(other).state == "queued"


def test_a_person_ends_no_run_of_another(store: Store, small_district: District) -> None:
    jobs = Jobs(store, district=small_district)
    job = jobs.submit_experiment(SPEC, "one")
    assert not jobs.cancel(job, asked_by="two")
    assert jobs.status(job).state == "queued"
    assert jobs.cancel(job, asked_by="one")
    assert jobs.status(job).state == "cancelled"


def test_one_person_cannot_fill_the_queue_of_all(store: Store, small_district: District) -> None:
    jobs = Jobs(store, JobLimits(open_jobs=10, open_each=2), small_district)
    for seed in (1, 2):
        jobs.submit_experiment(replace(SPEC, seed=seed), "one")
    with pytest.raises(QueueFull, match="of yours"):
        jobs.submit_experiment(replace(SPEC, seed=3), "one")
    assert jobs.submit_experiment(replace(SPEC, seed=3), "two")


def test_an_idle_worker_warms_the_baseline_that_it_was_told_of(
    store: Store, small_district: District
) -> None:
    executor = Counting(small_district)
    worker = Worker(store, small_district, executor, warm=[replace(SPEC, scenarios=())])
    assert worker.step()
    assert worker.step()
    assert not worker.step()
    Jobs(store).submit_experiment(SPEC)
    worker.step()
    assert [count for count in executor.asked if count] == [2, 2]


def test_a_warmed_baseline_is_told_by_place_once_without_a_run_and_agrees_with_the_experiment_s(
    store: Store, small_district: District
) -> None:
    executor, plain = Counting(small_district), replace(SPEC, scenarios=()).to_plain()
    for _ in range(2):  # the worker is started again
        worker = Worker(store, small_district, executor, warm=[replace(SPEC, scenarios=())])
        while worker.step():
            pass
    assert sum(executor.asked) == 2
    jobs = Jobs(store, district=small_district)
    rows = jobs.recent(kind="baseline")
    assert [row.job_id for row in rows] == [jobs.find("baseline", plain, None)]
    assert (rows[0].state, rows[0].done, rows[0].total) == ("done", 2, 2)
    body = jobs.body(rows[0].job_id)
    assert body is not None
    told = unpack_baseline(body).places.set_index("scope")
    *_, direct = run_experiment(small_district, [], SPEC.start, 3, 2, 7, InProcess(small_district))
    known = direct.indicators[direct.indicators["indicator"] == "on_time_closure"].set_index("scope")
    towns = told[told["scope_kind"] == "township"]
    assert len(towns) == 3
    for ours, theirs in (("rate", "mean"), ("rate_low", "low"), ("rate_high", "high")):
        pd.testing.assert_series_equal(towns[ours], known.loc[towns.index, theirs], check_names=False)


def test_a_measure_that_cannot_be_ends_the_job_with_its_reason(
    store: Store, small_district: District
) -> None:
    wrong = TOML.replace("places = []", 'places = ["nowhere"]')
    jobs = Jobs(store)
    job = jobs.submit_experiment(ExperimentSpec((wrong,), SPEC.start, 3, 2, 7))
    Worker(store, small_district, InProcess(small_district)).step()
    status = jobs.status(job)
    assert status.state == "failed"
    assert "nowhere" in status.message


def test_a_fault_that_nobody_foresaw_ends_the_job_without_its_words(
    store: Store, small_district: District
) -> None:
    class Broken(InProcess):
        def run(self, fn: Any, jobs: Any, stop: Any = None) -> Iterator[tuple[int, Any]]:
            raise RuntimeError("/somewhere/inside.py")

    jobs = Jobs(store)
    job = jobs.submit_experiment(SPEC)
    Worker(store, small_district, Broken(small_district)).step()
    status = jobs.status(job)
    assert (status.state, status.message) == ("failed", UNEXPECTED)


def test_a_scenario_that_cannot_be_read_is_refused_at_the_door(store: Store) -> None:
    with pytest.raises(DistrictFaults):
        Jobs(store).submit_experiment(ExperimentSpec(("name = ",), SPEC.start, 3, 2, 7))
    with pytest.raises(DistrictFaults, match="days"):
        Jobs(store).submit_experiment(ExperimentSpec((TOML,), SPEC.start, 0, 2, 7))
    with pytest.raises(DistrictFaults, match="replications"):
        Jobs(store).submit_experiment(ExperimentSpec((TOML,), SPEC.start, 3, 10_000, 7))


def test_a_worker_told_to_stop_gives_its_job_back_and_the_next_finishes_it(
    store: Store, small_district: District
) -> None:
    jobs = Jobs(store)
    job = jobs.submit_experiment(SPEC)
    calls = iter([False, True, True, True, True, True])
    Worker(store, small_district, InProcess(small_district)).step(lambda: next(calls, True))
    assert jobs.status(job).state == "queued"
    Worker(store, small_district, InProcess(small_district)).step()
    assert jobs.status(job).state == "done"


def test_a_result_goes_through_the_store_unchanged_and_the_same_gives_the_same_bytes(
    small_district: District,
) -> None:
    plan = ([Scenario.from_toml(TOML)], SPEC.start, 2, 1, 7, InProcess(small_district))
    *_, result = run_experiment(small_district, *plan)
    body = pack_result(result)
    assert body == pack_result(unpack_result(body))
