"""What takes a cause away changes what it should, here and nowhere else."""

from dataclasses import replace

import pytest

from simulation.diagnosis.causes import EDITS, Coalition, list_touched
from simulation.diagnosis.levers import Site, propose_levers
from simulation.diagnosis.policy import CAUSES
from simulation.diagnosis.subject import Subject, find_bodies, find_subject
from simulation.scenario import find_faults
from tests.simulation.measures.hamlet import V1, build_hamlet
from twin.district import District
from twin.faults import DistrictFaults

T1 = Subject("township", "T1")


def test_a_code_is_an_area_a_unit_a_matter_or_a_fault() -> None:
    district = build_hamlet()
    kinds = {
        code: find_subject(district, code).kind for code in ("D", "T1", V1, f"{V1}001", "O1", "a", "a-2")
    }
    assert list(kinds.values()) == ["district", "township", "village", "grid", "unit", "matter", "matter"]
    with pytest.raises(DistrictFaults, match="no area, grid, unit, matter or item"):
        find_subject(district, "nowhere")


def test_a_township_s_bodies_are_its_own_its_villages_and_the_district_s() -> None:
    assert find_bodies(build_hamlet(), T1) == {"HUB", "DEP", "FEW", "O1", "S1a", "S1b", "C1"}


def test_hands_are_four_times_the_posts_of_its_bodies_and_no_others() -> None:
    district = build_hamlet()
    posts = EDITS["hands"](district, T1).posts
    assert (posts["unit"] == "O1").sum() == 4 * 3 and (posts["unit"] == "O2").sum() == 3
    assert posts.loc[posts["unit"] == "O1", "filled"].all()
    assert posts["post_id"].is_unique


def test_authority_takes_waits_and_hand_ups_co_handlers_their_waits_returns_the_rest() -> None:
    district = build_hamlet()
    bare = EDITS["authority"](district, T1).routes
    assert bare.loc[bare["delay_kind"] == "authority", "delay_share"].sum() == 0
    assert bare.loc[bare["state"] == "handled", "up_share"].sum() == 0
    assert bare.loc[bare["delay_kind"] == "co_handler", "delay_share"].sum() == 1.5
    alone = EDITS["co_handlers"](district, T1).routes
    assert alone.loc[alone["delay_kind"] == "co_handler", "delay_share"].sum() == 0
    once = EDITS["returns"](district, T1).routes
    assert once["back_share"].sum() == 0 and once.loc[once["delay_kind"] == "desk", "delay_share"].sum() == 0


def test_a_cause_that_is_not_there_leaves_the_district_and_is_not_touched() -> None:
    district = build_hamlet()
    calm = district.with_tables(duties=district.duties.iloc[:0])
    assert "duties" in list_touched(district, T1) and "duties" not in list_touched(calm, T1)
    assert "demand" not in list_touched(district, T1)


def test_coalitions_of_the_same_causes_have_the_same_hash_and_others_another() -> None:
    one = Coalition(T1, frozenset({"hands", "duties"}))
    assert one.hash == Coalition(T1, frozenset({"duties", "hands"})).hash
    assert one.hash != replace(one, subject=Subject("township", "T2")).hash
    assert one.hash != Coalition(T1, frozenset({"hands"})).hash


def test_every_lever_that_is_offered_can_be_put_in_force(demo_district: District) -> None:
    queued = {("990101901000", "dept_urban"): 5.0, ("990101200900", "service"): 9.0}
    subject = Subject("township", "990101200000")
    levers = propose_levers(Site(demo_district, subject, queued))
    assert list(levers) == list(CAUSES)
    assert all(not find_faults(lever.measures, demo_district) for lever in levers.values())
    assert all(lever.measures for lever in levers.values())
