"""Teams, duties, skills, dispatch, clocks, demand, roads: what becomes of the tables, by hand."""

from datetime import date
from typing import Any

import pytest

from simulation.measures.demand import ScaleDemand, Surge
from simulation.measures.dispatching import AssistedDispatch, ClockRules, DispatchPolicy
from simulation.measures.ground import CloseRoads
from simulation.measures.staffing import MovePosts
from simulation.measures.teams import PoolEnforcement, TownshipModule
from simulation.measures.worktime import AddSkill, CutDuties, SetShift
from simulation.scenario import Scenario
from tests.simulation.measures.hamlet import V1
from twin.district import District
from twin.faults import DistrictFaults
from twin.organisation import measure_availability

SQUADS = ("squad_urban", "squad_land")
TEAM = "squad_land+squad_urban"


def read_faults(measure: Any, district: District) -> list[tuple[str, str]]:
    """(row, rule) of every fault of a measure."""
    with pytest.raises(DistrictFaults) as caught:
        measure.apply(district)
    return [(f.row, f.rule) for f in caught.value.faults]


def test_pooled_squads_are_one_unit_and_keep_the_hours_that_they_had_for_cases(hamlet: District) -> None:
    after = PoolEnforcement(townships=("T1",), squads=SQUADS).apply(hamlet)
    team = after.posts[after.posts["role"] == TEAM]
    assert team["unit"].tolist() == ["S1a"] * 3
    # Two urban posts at 1 - .6 and a land post at 1 - .7 are 1.1 posts for cases; so is the team of three.
    assert 3 * measure_availability(after.duties)[TEAM] == pytest.approx(2 * 0.4 + 0.3)
    assert after.routes is hamlet.routes


def test_a_patrol_that_yields_in_one_squad_costs_the_team_only_the_other_squads_time(
    hamlet: District,
) -> None:
    duties = hamlet.duties.copy()
    duties.loc[duties["role"].eq("squad_urban") & duties["duty"].eq("patrol"), "yields"] = "any"
    after = PoolEnforcement(squads=SQUADS).apply(hamlet.with_tables(duties=duties))
    # Urban posts have 1 - .2 for cases, a land post 1 - .7.
    assert 3 * measure_availability(after.duties)[TEAM] == pytest.approx(2 * 0.8 + 0.3)


def test_a_certificate_is_asked_of_every_officer_and_held_by_a_crew(hamlet: District) -> None:
    after = PoolEnforcement(squads=SQUADS, certificate="enforcement").apply(hamlet)
    asked = after.routes[after.routes["skill"] == "enforcement"]
    assert asked[["item", "step", "crew"]].to_numpy().tolist() == [["a-2", "handle_township", 2]]
    found = read_faults(PoolEnforcement(squads=SQUADS, certificate="driving"), hamlet)
    assert found == [("T1", "certificate"), ("T2", "certificate")]
    assert read_faults(PoolEnforcement(townships=("T9",)), hamlet) == [("T9", "township unknown")]
    assert read_faults(PoolEnforcement(squads=("cook",)), hamlet) == [("cook", "no squads")]


def test_posts_moved_to_a_pooled_team_join_it(hamlet: District) -> None:
    pooled = PoolEnforcement(squads=SQUADS).apply(hamlet)
    after = MovePosts(from_unit="DEP", to_unit="S1a", role="squad_land", count=1).apply(pooled)
    assert after.posts.set_index("post_id").loc["DEP-6", "role"] == TEAM


def test_a_module_groups_the_roles_that_its_preset_names(hamlet: District) -> None:
    posts = hamlet.posts.copy()
    posts.loc[posts["post_id"].isin(["O1-2", "O2-2"]), "role"] = "order"
    posts.loc[posts["post_id"].isin(["O1-3", "O2-3"]), "role"] = "command"
    office = hamlet.with_tables(posts=posts)
    after = TownshipModule(preset="two_centres_one_team_one_office", townships=("T1",)).apply(office)
    roles = after.posts.set_index("post_id")["role"]
    assert roles[["O1-1", "O1-2", "O1-3"]].tolist() == ["service", "command+order", "command+order"]
    assert roles["S1a-1"].count("squad") == 5 and roles["S2a-1"] == "squad_urban"
    pooled = PoolEnforcement(squads=("squad_urban", "squad_market")).apply(office)
    found = read_faults(TownshipModule(preset="four_platforms"), pooled)
    assert set(found) == {("squad_market+squad_urban", "already pooled")}


def test_a_duty_cut_by_half_leaves_the_other_half_for_cases(hamlet: District) -> None:
    after = CutDuties(roles=("service",), duties=("forms",), keep=0.5).apply(hamlet)
    assert measure_availability(after.duties)["service"] == pytest.approx(1 - 0.15 - 0.1)
    assert after.duties.set_index(["role", "duty"]).loc[("squad_urban", "forms"), "share"] == 0.2
    yielding = CutDuties(roles=("service",), duties=("forms",), keep=1, yields="any").apply(hamlet)
    rows = yielding.duties.set_index(["role", "duty"])
    assert rows.loc[("service", "forms"), ["share", "yields"]].tolist() == [0.3, "any"]
    assert read_faults(CutDuties(roles=("dept",), keep=0), hamlet) == [("dept", "no duties")]


def test_a_share_of_each_team_is_trained(hamlet: District) -> None:
    after = AddSkill(skill="law", place="T1", roles=("service", "squad_land"), share=0.5).apply(hamlet)
    skills = after.posts.set_index("post_id")["skills"]
    assert skills[skills.str.contains("law")].to_dict() == {
        "O1-1": "law",
        "O1-2": "law",  # half of three posts is two
        "S1b-1": "enforcement;law",
    }
    assert read_faults(AddSkill(skill="enforcement", roles=SQUADS), hamlet) == [
        ("enforcement", "nothing changes")
    ]


def test_a_later_shift_is_one_of_its_own(hamlet: District) -> None:
    after = SetShift(place="T1", roles=("squad_urban",), minutes_later=90).apply(hamlet)
    assert after.shifts["shift"].tolist() == ["office", "office+90min"]
    assert after.shifts.iloc[1][["start", "end"]].tolist() == ["09:30", "17:30"]
    twice = SetShift(place="T2", roles=("squad_urban",), minutes_later=90).apply(after)
    assert len(twice.shifts) == 2


def test_so_many_posts_of_a_shift_are_moved_by_their_ids_and_the_others_stay(hamlet: District) -> None:
    first = SetShift(place="T1", roles=("squad_urban",), minutes_later=90, shift="office", count=1).apply(
        hamlet
    )
    squad = hamlet.posts[first.posts["shift"] != hamlet.posts["shift"]]
    assert len(squad) == 1
    faults = read_faults(SetShift(place="T1", minutes_later=60, shift="night"), hamlet)
    assert faults == [("T1", "no posts")]
    rest = hamlet.posts[(hamlet.posts["role"] == "squad_urban") & hamlet.posts["unit"].str.startswith("S1")]
    too_many = SetShift(place="T1", roles=("squad_urban",), minutes_later=60, count=len(rest) + 1)
    assert read_faults(too_many, hamlet) == [("T1", "no posts")]


def test_assisted_dispatch_shortens_the_desks_wait_not_its_work(hamlet: District) -> None:
    after = AssistedDispatch(keep_returns=0.5).apply(hamlet)
    row = after.routes[after.routes["step"] == "dispatch"].iloc[0]
    assert (row["delay_value"], row["delay_clock"]) == (pytest.approx(5 / 60), "u")
    assert (row["minutes"], row["back_share"]) == (5, 0.03)


def test_a_general_step_is_copied_for_the_items_that_change_and_stays_for_the_others(
    hamlet: District,
) -> None:
    after = AssistedDispatch(items=("a",)).apply(hamlet)
    rows = after.routes[after.routes["step"] == "dispatch"].set_index("item")["delay_value"]
    assert rows.to_dict() == {"*": 0.9, "a-1": pytest.approx(5 / 60), "a-2": pytest.approx(5 / 60)}


def test_a_policy_holds_at_the_chosen_steps(hamlet: District) -> None:
    after = DispatchPolicy(policy="nearest_idle", roles=("dept",), items=("a",), skill="law").apply(hamlet)
    chosen = after.routes[after.routes["policy"] == "nearest_idle"]
    assert sorted(zip(chosen["item"], chosen["step"], chosen["skill"], strict=True)) == [
        ("a-1", "handle_district", "law"),
        ("a-2", "handle_district", "law"),
    ]
    assert read_faults(DispatchPolicy(policy="home", roles=("cook",)), hamlet) == [("cook", "role unknown")]


def test_clock_rules_change_one_rule_of_the_items(hamlet: District) -> None:
    after = ClockRules(items=("a-1",), rule="suspend", share=0.1, value=5, clock="wd").apply(hamlet)
    row = after.matters.set_index("item").loc["a-1"]
    assert row[["suspend_share", "suspend_value", "suspend_clock", "extend_share"]].tolist() == [
        0.1,
        5,
        "wd",
        0,
    ]
    assert after.matters.iloc[1:].equals(hamlet.matters.iloc[1:])
    assert read_faults(ClockRules(rule="suspend", share=0.1, value=5), hamlet) == [("value", "no wait")]


def test_a_dated_change_of_demand_carries_its_first_day(hamlet: District) -> None:
    scale = ScaleDemand(factor=1.5, effective_from=date(2026, 5, 20))
    stages = Scenario(name="s", measures=(scale,)).stages(hamlet)
    assert [len(stage.demand_changes) for _, stage in stages] == [0, 1]
    assert stages[-1][1].demand_changes[0]["start"] == "2026-05-20"
    assert "start" not in ScaleDemand(factor=1.5).apply(hamlet).demand_changes[0]
    late = Surge(start=date(2026, 5, 20), cases=10, effective_from=date(2026, 5, 20))
    assert read_faults(late, hamlet) == [("effective_from", "not dated")]


def test_roads_are_closed_by_name_in_an_area_and_round_a_point(hamlet: District) -> None:
    def list_open(**values: Any) -> list[str]:
        return CloseRoads(**values).apply(hamlet).roads["road_id"].tolist()

    assert list_open(road_ids=("R2",)) == ["R1", "R3"]
    assert list_open(areas=("T2",)) == ["R1", "R3"]
    point = hamlet.units.geometry.to_crs("EPSG:4326").iloc[0]  # (3500, 500) lies on R2
    assert list_open(longitude=point.x, latitude=point.y, radius_m=100) == ["R1", "R3"]
    assert list_open(longitude=point.x, latitude=point.y, radius_m=700) == ["R3"]
    assert read_faults(CloseRoads(road_ids=("R9",), areas=(V1, "X")), hamlet) == [
        ("R9", "road unknown"),
        ("X", "area unknown"),
    ]
    assert read_faults(CloseRoads(), hamlet) == [("", "no roads")]
