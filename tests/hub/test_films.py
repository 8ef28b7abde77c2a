"""A film as a job: both sides over common draws, the same bytes each time, small."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from hub.films import pack_film, unpack_film
from hub.jobs import ExperimentSpec, Jobs
from hub.worker import Worker
from simulation.executors import InProcess
from simulation.playback import play_film
from simulation.scenario import BASELINE
from simulation.studies.outcome import Job
from simulation.studies.period import plan_period
from store.database import Store
from twin.district import District
from twin.faults import DistrictFaults

TOML = """
name = "more"
[[measures]]
measure = "scale_demand"
factor = 3.0
places = []
matters = []
"""
SPEC = ExperimentSpec((TOML,), date(2026, 5, 11), 2, 1, 7)


def test_a_film_is_made_by_the_worker_and_both_sides_meet_the_same_draws(
    store: Store, small_district: District
) -> None:
    jobs = Jobs(store, district=small_district)
    job = jobs.submit("playback", SPEC.to_plain(), "planner")
    Worker(store, small_district, InProcess(small_district)).step()
    assert jobs.status(job).state == "done"
    head, (before, after) = unpack_film(jobs.body(job))
    assert head["sides"] == ["baseline", "more"]
    assert head["grid_codes"] == small_district.grids["code"].tolist()
    alone = play_film(small_district, Job(BASELINE, plan_period(small_district, SPEC.start, 2), 7, 0))
    assert np.array_equal(before.frames, alone.frames)
    assert np.array_equal(before.moves, alone.moves)
    assert after.backlog[-1] > before.backlog[-1]  # three times the cases
    assert jobs.body(job) == pack_film(head, [before, after])


def test_a_film_of_too_many_days_or_sides_is_refused_with_the_bound(
    store: Store, small_district: District
) -> None:
    jobs = Jobs(store, district=small_district)
    with pytest.raises(DistrictFaults, match="40 is not between 1 and 31"):
        jobs.submit("playback", replace(SPEC, days=40).to_plain())
    three = tuple(TOML.replace('"more"', f'"more {n}"') for n in range(3))
    with pytest.raises(DistrictFaults, match="3 are more than 2"):
        jobs.submit("playback", replace(SPEC, scenarios=three).to_plain())
