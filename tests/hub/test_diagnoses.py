"""A diagnosis as a job: made by the worker, known by key, refused outside one's part."""

from datetime import date

import pytest

from hub.jobs import Jobs
from hub.scopes import Scope
from hub.studies.diagnosis import DiagnosisStudy, check_subject, pack_diagnosis, unpack_diagnosis
from hub.worker import Worker
from simulation.diagnosis.diagnose import Inquiry, diagnose
from simulation.diagnosis.result import Diagnosis
from simulation.executors import InProcess
from store.database import Store
from tests.simulation.diagnosis.one_cause import build_one_cause
from twin.district import District
from twin.faults import DistrictFaults

SPEC = {"code": "T", "start": "2026-05-11", "days": 2, "replications": 2, "seed": 3}


def test_a_job_is_done_with_the_tables_of_a_direct_diagnosis_and_asked_again_is_answered_at_once(
    sqlite_store: Store,
) -> None:
    district = build_one_cause()
    jobs = Jobs(sqlite_store, district=district)
    job = jobs.submit("diagnosis", SPEC, "planner")
    assert Worker(sqlite_store, district, InProcess(district)).step()
    status = jobs.status(job)
    assert status.state == "done" and status.done == status.total
    found = unpack_diagnosis(jobs.body(job) or b"")
    *_, direct = diagnose(district, Inquiry("T", date(2026, 5, 11), 2, 2, 3), InProcess(district))
    assert isinstance(direct, Diagnosis) and found is not None
    assert found.causes.to_dict() == direct.causes.to_dict()
    assert found.scenarios == direct.scenarios
    again = jobs.submit("diagnosis", SPEC, "somebody else")
    assert jobs.status(again).state == "done" and jobs.body(again) == pack_diagnosis(direct)


def test_a_spec_out_of_bounds_is_refused_and_the_usual_window_is_filled_in() -> None:
    study = DiagnosisStudy()
    assert study.check({"code": "T", "start": "2026-05-11"})["days"] == 7
    for wrong in ({"days": 99}, {"replications": 1}, {"start": "tomorrow"}):
        with pytest.raises(DistrictFaults, match=next(iter(wrong))):
            study.check(SPEC | wrong)


def test_a_planner_of_a_part_asks_of_places_and_bodies_in_it_and_of_nothing_else(
    small_district: District,
) -> None:
    units, areas = small_district.units, small_district.areas
    office = str(units.loc[units["kind"] == "office", "code"].iloc[0])
    part, whole = Scope(small_district, office), Scope(small_district)
    towns = areas.loc[areas["tier"] == "township", "code"].tolist()
    mine = [code for code in towns if code in part.areas]
    for code in (*mine, office):
        check_subject(small_district, code, part)
    root = str(areas.loc[areas["tier"] == "district", "code"].iloc[0])
    others = [code for code in towns if code not in part.areas]
    for code in (*others, root, "01", "nowhere"):
        with pytest.raises(DistrictFaults):
            check_subject(small_district, code, part)
    for code in (*others, root, "01"):
        check_subject(small_district, code, whole)
