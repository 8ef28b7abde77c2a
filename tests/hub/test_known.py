"""What kept results say of scenarios: found by what a scenario does, never played for."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from hub.jobs import ExperimentSpec, Jobs
from hub.known import KnownRuns
from hub.results import pack_result
from simulation.scenario import Scenario
from simulation.studies.summary import TABLES, hold_tables
from store.database import Store
from twin.district import District

MORE = 'name = "{name}"\n[[measures]]\nmeasure = "scale_demand"\nfactor = {factor}\n'
OFF = '[[measures]]\nmeasure = "pool_enforcement"\nenabled = false\n'
INDICATOR = "on_time_closure"


def write(name: str = "s", factor: float = 1.2) -> str:
    """A scenario's text."""
    return MORE.format(name=name, factor=factor)


def read_hash(text: str) -> str:
    """The hash of what a scenario does."""
    return Scenario.from_toml(text).hash


@pytest.fixture
def jobs(store: Store, small_district: District) -> Jobs:
    """The queue over an empty store."""
    return Jobs(store, district=small_district)


def ask(jobs: Jobs, owner: str, *texts: str, days: int = 3) -> str:
    """A job that waits."""
    return jobs.submit_experiment(ExperimentSpec(texts, date(2026, 5, 11), days, 2, 7), owner)


def finish(jobs: Jobs, *gaps: tuple[str, float]) -> None:
    """The oldest waiting job done, with (scenario, mean) and an interval of a point on each side."""
    rows = [
        [name, kind, "", INDICATOR, mean + (kind == "township"), mean - 0.01, mean + 0.01, 3]
        for name, mean in gaps
        for kind in ("township", "district")
    ]
    table = pd.DataFrame(rows, columns=TABLES["differences"])
    empty = {name: pd.DataFrame(columns=columns) for name, columns in TABLES.items()}
    body = pack_result(hold_tables(empty | {"differences": table}, 4, 4, {}))
    row = jobs.rows.claim("worker")
    assert row is not None
    jobs.rows.save_result(row.job_id, "worker", body, 4, 4)
    assert jobs.rows.finish(row.job_id, "worker", "done")


def test_a_done_run_tells_the_districts_difference_with_its_interval_to_whoever_may_see_the_scenario(
    jobs: Jobs,
) -> None:
    job = ask(jobs, "wang", write(), write("other", 1.5))
    finish(jobs, ("s", 0.04), ("other", -0.02))
    both = {read_hash(write()), read_hash(write("other", 1.5)), read_hash(write("x", 1.9))}
    found = KnownRuns(jobs).find(both, INDICATOR, "li")
    gaps = {one.gap for one in found.values()}
    assert gaps == {(0.04, 0.03, 0.05), (-0.02, -0.03, -0.01)}
    assert {one.job_id for one in found.values()} == {job}


def test_the_newest_run_counts_and_an_open_one_is_told_to_its_owner_alone(jobs: Jobs) -> None:
    ask(jobs, "wang", write())
    finish(jobs, ("s", 0.04))
    ask(jobs, "wang", write("renamed"), days=4)
    finish(jobs, ("renamed", 0.06))
    known, mine = KnownRuns(jobs), read_hash(write())
    newest = known.find({mine}, INDICATOR, "wang")[mine]
    assert newest.gap == pytest.approx((0.06, 0.05, 0.07)) and newest.spec["days"] == 4
    ask(jobs, "wang", write(), days=5)
    assert known.find({mine}, INDICATOR, "wang")[mine].state == "queued"
    assert known.find({mine}, INDICATOR, "li")[mine].gap == newest.gap


def test_a_scenario_with_a_measure_off_knows_the_run_of_the_one_without_it(jobs: Jobs) -> None:
    ask(jobs, "wang", write())
    finish(jobs, ("s", 0.04))
    assert read_hash(write() + OFF) in KnownRuns(jobs).find({read_hash(write() + OFF)}, INDICATOR, "wang")


def test_runs_of_another_district_and_runs_that_ended_without_a_result_say_nothing(
    jobs: Jobs, store: Store, small_district: District
) -> None:
    ask(jobs, "wang", write())
    finish(jobs, ("s", 0.04))
    other = Jobs(store, district=replace(small_district, hash="another"))
    assert KnownRuns(other).find({read_hash(write())}, INDICATOR, "wang") == {}
    jobs.cancel(ask(jobs, "wang", write("s", 1.7)))
    assert KnownRuns(jobs).find({read_hash(write("s", 1.7))}, INDICATOR, "wang") == {}


def test_a_run_of_a_scenario_alone_comes_before_a_newer_one_of_several(jobs: Jobs) -> None:
    alone, other = write("a"), write("b", 1.4)
    first = ask(jobs, "wang", alone)
    finish(jobs, ("a", 0.05))
    second = ask(jobs, "wang", other, alone, days=4)
    finish(jobs, ("a", 0.06), ("b", 0.07))
    found = KnownRuns(jobs).find([read_hash(alone), read_hash(other)], INDICATOR, "wang")
    assert [found[read_hash(text)].job_id for text in (alone, other)] == [first, second]
