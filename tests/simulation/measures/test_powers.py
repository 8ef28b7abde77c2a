"""Powers, joint handling, the whistle: what becomes of mandates and routes, worked out by hand."""

from typing import Any

import pytest

from simulation.measures.cooperation import JointHandling, Whistle
from simulation.measures.powers import DelegatePowers, ReclaimPowers
from simulation.way.routes import expand_rows
from twin.district import District
from twin.faults import DistrictFaults


def find_row(district: District, item: str, step: str) -> Any:
    """One row of the routes."""
    rows = district.routes
    return rows[(rows["item"] == item) & (rows["step"] == step)].iloc[0]


def read_power(district: District, item: str, tier: str) -> list[int]:
    """`holds` of a tier for an item."""
    rows = district.mandates
    return rows.loc[(rows["item"] == item) & (rows["tier"] == tier), "holds"].tolist()


def read_faults(measure: Any, district: District) -> list[tuple[str, str]]:
    """(row, rule) of every fault of a measure."""
    with pytest.raises(DistrictFaults) as caught:
        measure.apply(district)
    return [(f.row, f.rule) for f in caught.value.faults]


def test_a_delegated_power_ends_the_wait_for_authority_and_nothing_else(hamlet: District) -> None:
    after = DelegatePowers().apply(hamlet)
    assert read_power(hamlet, "a-2", "township") == [0] and read_power(after, "a-2", "township") == [1]
    assert after.routes is hamlet.routes
    waits = [expand_rows(d).set_index(["item", "step"])["delay_share"] for d in (hamlet, after)]
    changed = waits[0][waits[0] != waits[1]]
    assert changed.index.tolist() == [("a-2", "handle_township")] and changed.tolist() == [1.0]


def test_hand_ups_stay_unless_the_planner_says_what_stays_of_them(hamlet: District) -> None:
    after = DelegatePowers(items=("a-2",), keep_up=0.25).apply(hamlet)
    assert find_row(after, "a-2", "handle_township")["up_share"] == 0.2 * 0.25
    assert find_row(after, "a-1", "handle_township")["up_share"] == 0.2


def test_an_item_that_the_tier_never_saw_gets_a_step_in_its_name(hamlet: District) -> None:
    after = DelegatePowers(items=("b",), role="squad_urban", new_up=0.1).apply(hamlet)
    row = find_row(after, "b-1", "handle_township")
    assert (row["tier"], row["role"], row["crew"], row["minutes"]) == ("township", "squad_urban", 2, 120)
    assert (row["position"], row["up_share"], row["up_to"]) == (59, 0.1, "handle_district")
    assert row["delay_kind"] == "materials"
    assert read_power(after, "b-1", "township") == [1]
    assert len(after.routes) == len(hamlet.routes) + 1


def test_delegation_tells_all_that_is_wrong(hamlet: District) -> None:
    assert read_faults(DelegatePowers(items=("z", "b-1")), hamlet) == [
        ("z", "item unknown"),
        ("b-1", "no step"),
    ]
    assert read_faults(DelegatePowers(items=("b-1",), role="cook"), hamlet) == [
        ("cook@township", "body unstaffed")
    ]
    assert read_faults(DelegatePowers(items=("a-1",)), hamlet) == [("township", "nothing changes")]
    assert read_faults(DelegatePowers(items=("a-1",), role="squad_land"), hamlet) == [("a-1", "no step")]


def test_a_power_taken_back_brings_the_wait_back(hamlet: District) -> None:
    given = DelegatePowers().apply(hamlet)
    after = ReclaimPowers().apply(given)
    assert after.mandates.equals(hamlet.mandates) and after.routes is hamlet.routes


def test_a_power_taken_back_where_nobody_asked_needs_a_length(hamlet: District) -> None:
    above = hamlet.routes["step"].eq("handle_township") & hamlet.routes["item"].eq("a-1")
    calm = hamlet.with_tables(
        routes=hamlet.routes.assign(delay_share=hamlet.routes["delay_share"].mask(above, 0.0))
    )
    assert read_faults(ReclaimPowers(items=("a-1",)), calm) == [("a-1", "no wait")]
    row = find_row(ReclaimPowers(items=("a-1",), wait_value=3).apply(calm), "a-1", "handle_township")
    assert (row["delay_kind"], row["delay_share"], row["delay_value"]) == ("authority", 1.0, 3.0)
    assert (row["delay_clock"], row["delay_when"]) == ("wd", "before")
    assert read_faults(ReclaimPowers(items=("a-1",), wait_value=3), hamlet) == [("a-1", "other wait")]


def test_a_power_taken_back_may_send_every_case_to_the_tier_above(hamlet: District) -> None:
    after = ReclaimPowers(items=("a-1",), how="hand_up").apply(hamlet)
    steps = after.routes.loc[after.routes["item"] == "a-1", "step"].tolist()
    assert steps == ["handle_village", "handle_district"]
    assert find_row(after, "a-1", "handle_village")["up_to"] == "handle_district"
    assert read_power(after, "a-1", "township") == [0]


def test_a_joint_case_has_the_bodies_above_beside_its_lead_and_waits_for_none(hamlet: District) -> None:
    after = JointHandling(items=("a-1",)).apply(hamlet)
    lead = find_row(after, "a-1", "handle_township")
    assert (lead["parallel"], lead["together"]) == ("dept@district*1", "")
    assert (lead["delay_share"], lead["up_share"]) == (0.0, 0.0)
    for item, step in (("a-1", "handle_village"), ("a-2", "handle_township"), ("a-2", "handle_district")):
        assert find_row(after, item, step).equals(find_row(hamlet, item, step))


def test_a_body_above_works_all_its_minutes_on_a_joint_case_or_a_part_or_what_it_gave_to_those_handed_up(
    hamlet: District,
) -> None:
    whole = expand_rows(JointHandling(items=("a-1",)).apply(hamlet)).set_index(["item", "lead"])
    assert whole.loc[("a-1", "handle_township"), "minutes"] == 90
    # A fifth of the township's cases took 90 minutes of the department: 18 of every one.
    for part, minutes in ((0.0, 18), (0.5, 45), (1.0, 90)):
        after = JointHandling(items=("a-1",), part=part).apply(hamlet)
        helper = expand_rows(after).set_index(["item", "lead"]).loc[("a-1", "handle_township")]
        assert (helper["role"], helper["minutes"]) == ("dept", pytest.approx(minutes))
    # The village leads: .4 came to the township for 60 minutes, .4 * .2 to the department for 90.
    village = expand_rows(JointHandling(items=("a-1",), lead="village", part=0).apply(hamlet))
    helpers = village[(village["item"] == "a-1") & (village["lead"] == "handle_village")]
    assert dict(zip(helpers["role"], helpers["minutes"], strict=True)) == pytest.approx(
        {"service": 24, "dept": 7.2}
    )


def test_cases_that_wait_below_may_go_to_the_lead(hamlet: District) -> None:
    # Of the 60 % that the village finished, half waited for a co-handler: .4 + .6 * .5 go up.
    village = find_row(JointHandling(items=("a-1",), from_below=True).apply(hamlet), "a-1", "handle_village")
    assert (village["up_share"], village["delay_share"]) == (pytest.approx(0.7), 0.0)


def test_a_department_leads_with_the_co_handlers_that_are_named(hamlet: District) -> None:
    measure = JointHandling(
        items=("b-1",), lead="district", co_handlers=("service@township*2",), how="together"
    )
    row = find_row(measure.apply(hamlet), "b-1", "handle_district")
    assert (row["together"], row["parallel"]) == ("service@township*2", "")
    assert (row["delay_kind"], row["delay_share"]) == ("materials", 0.5)
    assert read_faults(JointHandling(items=("b-1",), lead="district"), hamlet) == [("b-1", "no co-handler")]
    wrong = JointHandling(items=("b-1",), lead="village", co_handlers=("cook@township",))
    assert read_faults(wrong, hamlet) == [("cook@township", "body unstaffed"), ("b-1", "no step")]


def test_a_whistle_takes_the_place_of_asking_and_of_handing_up(hamlet: District) -> None:
    row = find_row(Whistle(items=("a-2",)).apply(hamlet), "a-2", "handle_township")
    assert (row["parallel"], row["up_share"]) == ("dept@district*1", 0.0)
    assert (row["whistle_value"], row["whistle_clock"]) == (2.0, "wd")
    assert (row["delay_kind"], row["delay_share"], row["delay_value"]) == ("approval", 1.0, 0.25)
    assert (row["delay_clock"], row["delay_when"]) == ("u", "before")


def test_an_emergency_is_answered_in_half_an_hour_and_may_go_without_approval(hamlet: District) -> None:
    measure = Whistle(items=("a-2",), call="emergency", how="together", approval_value=0)
    row = find_row(measure.apply(hamlet), "a-2", "handle_township")
    assert (row["together"], row["parallel"]) == ("dept@district*1", "")
    assert (row["whistle_value"], row["whistle_clock"], row["delay_share"]) == (0.5, "u", 0.0)
    own = Whistle(items=("a-2",), response_value=45, response_clock="w").apply(hamlet)
    assert find_row(own, "a-2", "handle_township")["whistle_value"] == 45


def test_a_whistle_needs_a_township_step_with_room_for_the_approval(hamlet: District) -> None:
    assert read_faults(Whistle(items=("b-1",)), hamlet) == [("b-1", "no step")]
    given = DelegatePowers(items=("b-1",), role="squad_urban").apply(hamlet)
    assert read_faults(Whistle(items=("b-1",)), given) == [("b-1", "other wait")]
    assert Whistle(items=("b-1",), approval_value=0).apply(given)


def test_a_step_that_all_items_share_becomes_an_items_own_before_it_changes(hamlet: District) -> None:
    routes = hamlet.routes[hamlet.routes["item"].isin(["*", "a-2"])].copy()
    routes.loc[routes["item"] == "a-2", "item"] = "*"
    shared = hamlet.with_tables(routes=routes.reset_index(drop=True))
    after = Whistle(items=("a-2",)).apply(shared)
    assert find_row(after, "a-2", "handle_township")["whistle_value"] == 2.0
    assert find_row(after, "*", "handle_township")["whistle_value"] == 0.0
    assert read_power(DelegatePowers().apply(shared), "a-2", "township") == [1]
