"""Service points and shifts as jobs: the same bytes each time, a scenario that can be played."""

import pytest

from hub.jobs import Jobs
from hub.results import unpack_tables
from hub.worker import Worker
from simulation.executors import InProcess
from simulation.scenario import Scenario
from store.database import Store
from twin.district import District
from twin.faults import DistrictFaults

SITES = {"services": ["S21", "S22"], "count": 2, "start": "2026-05-11", "days": 2, "replications": 2}
SHIFTS = {"role": "squad_urban", "start": "2026-05-11", "days": 7, "replications": 2}


def work(store: Store, district: District, kind: str, plain: dict) -> tuple[dict, dict, bytes]:
    """Head, tables and bytes of a job that the worker has done."""
    jobs = Jobs(store, district=district)
    job = jobs.submit(kind, plain, "planner")
    Worker(store, district, InProcess(district)).step()
    status = jobs.status(job)
    assert status.state == "done" and status.done == status.total, status.message
    body = jobs.body(job)
    return *unpack_tables(body), body


def test_points_are_placed_and_the_halls_played_and_asked_again_the_bytes_are_the_same(
    store: Store, small_district: District
) -> None:
    head, tables, body = work(store, small_district, "siting", SITES)
    assert head["proven"] and head["gap"] <= 1e-6 and head["runs"] == 4
    assert len(tables["points"]) == 2 and (tables["points"]["busy"] > 0).all()
    access = tables["access"].set_index("figure")
    assert (access["after"] <= access["before"])[["mean_minutes", "p90_minutes"]].all()
    scenario = Scenario.from_toml(head["scenario"])
    assert [m.unit for m in scenario.measures] == tables["points"]["unit"].tolist()
    scenario.stages(small_district)
    jobs = Jobs(store, district=small_district)
    assert jobs.body(jobs.submit("siting", SITES, "somebody else")) == body


def test_hours_are_moved_for_the_load_and_tried_on_other_runs(store: Store, small_district: District) -> None:
    head, tables, _ = work(store, small_district, "shifts", SHIFTS)
    assert head["proven"] and head["pools"] >= 1
    moved = tables["moves"]["posts"].sum()
    assert 0 <= moved <= head["posts"]
    assert len(tables["hours"]) == 168 * head["pools"]
    if head["scenario"]:
        assert (tables["trial"]["replications"] == 2).all()
        after = Scenario.from_toml(head["scenario"]).apply(small_district)
        assert (after.posts["shift"] != small_district.posts["shift"]).sum() == moved


def test_what_cannot_be_asked_is_refused_or_ends_the_job_with_every_reason(
    store: Store, small_district: District
) -> None:
    jobs = Jobs(store, district=small_district)
    with pytest.raises(DistrictFaults, match=r"replications.*0 is not between 1 and 60"):
        jobs.submit("siting", SITES | {"replications": 0})
    with pytest.raises(DistrictFaults, match="name the role"):
        jobs.submit("shifts", SHIFTS | {"role": ""})
    job = jobs.submit("siting", SITES | {"services": ["nothing"], "where": "nowhere"})
    try:
        Worker(store, small_district, InProcess(small_district)).step()
    except DistrictFaults:
        pytest.fail("the worker must live on")
    status = jobs.status(job)
    assert status.state == "failed" and "nothing" in status.message and "nowhere" in status.message
