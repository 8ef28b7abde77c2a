"""The search for posts as a job: played by the worker, packed, known by its key, wrong questions refused."""

import pandas as pd
import pytest

from hub.jobs import Jobs
from hub.studies.optimise import unpack_findings
from hub.worker import Worker
from simulation.executors import InProcess
from simulation.optimising.problem import POLICY
from simulation.scenario import Scenario
from store.database import Store
from twin.district import District
from twin.faults import DistrictFaults

SPEC = {"posts": 2, "start": "2026-05-11", "days": 1, "replications": 2, "seed": 3}
FEW = {"model_replications": 2, "levels": [1], "first_stage": 3, "most_stage": 3, "curve": [1.0]}


def test_a_search_is_played_by_the_worker_and_asked_again_it_is_answered_with_the_same_bytes(
    store: Store, small_district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in FEW.items():
        monkeypatch.setitem(POLICY, name, value)
    jobs = Jobs(store, district=small_district)
    job = jobs.submit("optimise", SPEC, "planner")
    Worker(store, small_district, InProcess(small_district)).step()
    assert jobs.status(job).state == "done"
    advice = unpack_findings(jobs.body(job) or b"")
    assert (advice.stage, advice.placed, advice.done) == ("proved", 2, advice.total)
    posts = Scenario.from_toml(advice.toml).apply(small_district).posts
    moved = pd.Series(posts["unit"].to_numpy() != small_district.posts["unit"].to_numpy())
    assert moved.sum() == 2 == advice.tables["moves"]["posts"].sum()
    again = jobs.submit("optimise", SPEC, "another planner")
    assert again != job and jobs.status(again).state == "done" and jobs.body(again) == jobs.body(job)


def test_a_question_that_no_district_could_answer_is_refused_with_every_reason(
    store: Store, small_district: District
) -> None:
    jobs = Jobs(store, district=small_district)
    with pytest.raises(DistrictFaults) as caught:
        jobs.submit("optimise", {**SPEC, "posts": 0, "objective": "luck"})
    assert [(fault.row, fault.rule) for fault in caught.value.faults] == [
        ("posts", "bounds"),
        ("objective", "choice"),
    ]
    with pytest.raises(DistrictFaults, match=r"3\.7 is no whole number"):
        jobs.submit("optimise", {**SPEC, "posts": 3.7})
    with pytest.raises(DistrictFaults, match=r"colour.*not a part of the question"):
        jobs.submit("optimise", {**SPEC, "colour": "red"})
