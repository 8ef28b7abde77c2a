"""A whole search on a small district: the same each time, limits kept, its scenario is its plan."""

from datetime import date

import pandas as pd
import pytest

from simulation.executors import InProcess, open_executor
from simulation.optimising.findings import Findings
from simulation.optimising.plans import enact
from simulation.optimising.problem import Question
from simulation.optimising.search import optimise_posts
from simulation.scenario import Scenario
from twin.district import District
from twin.faults import DistrictFaults

START = date(2026, 5, 11)


def search(district: District, question: Question, stop_after: int = 10_000) -> list[Findings]:
    """The findings of a search in this process, stopped after so many of them."""
    found: list[Findings] = []
    executor = InProcess(district)
    steps = optimise_posts(
        district, question, START, 3, executor, days=2, replications=2, stop=lambda: len(found) >= stop_after
    )
    for one in steps:
        found.append(one)
    return found


@pytest.mark.usefixtures("short_search")
def test_a_search_ends_proved_within_its_limits_and_its_scenario_is_its_plan(
    small_district: District,
) -> None:
    found = search(small_district, Question(4))
    assert [one.done for one in found] == sorted(one.done for one in found)
    assert all(one.done < one.total for one in found[:-1])
    last = found[-1]
    assert (last.stage, last.done, last.plan.size) == ("proved", last.total, 4)
    scenario = Scenario.from_toml(last.scenario.to_toml())
    played = scenario.apply(small_district).posts
    made = enact(small_district.posts, last.plan)
    columns = ["post_id", "unit", "role", "area", "shift", "skills", "filled", "kind"]
    pd.testing.assert_frame_equal(
        played[columns].reset_index(drop=True), made[columns].reset_index(drop=True), check_dtype=False
    )
    assert len(played) == len(small_district.posts)
    before = small_district.posts[small_district.posts["filled"] == 1].groupby("unit").size()
    after = played[played["filled"] == 1].groupby("unit").size()
    authorised = small_district.posts.groupby("unit").size()
    for unit in {move.giver.unit for move in last.plan.moves if move.giver is not None}:
        assert after[unit] >= 0.5 * authorised[unit] and after[unit] < before[unit]
    for move in last.plan.moves:
        assert move.giver is not None and move.giver.kind in move.taker.kinds
    curve = last.tables["curve"]
    assert curve["posts"].tolist() == [1, 2, 3, 4]
    assert curve.loc[curve["mean"].notna(), "posts"].tolist() == [2, 4]
    effects = last.tables["effects"].set_index("indicator")
    assert effects.loc["on_time_closure", "mean"] == pytest.approx(curve["mean"].iloc[-1])
    assert last.tables["teams"]["change"].sum() == 0


@pytest.mark.usefixtures("short_search")
def test_the_same_question_gives_the_same_findings_whoever_plays(small_district: District) -> None:
    question = Question(2)
    first = search(small_district, question)[-1]
    with open_executor(small_district, 2) as executor:
        *_, second = optimise_posts(small_district, question, START, 3, executor, days=2, replications=2)
    assert first.scenario == second.scenario and first.provenance == second.provenance
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, second.tables[name])


@pytest.mark.usefixtures("short_search")
def test_a_search_that_is_stopped_tells_the_plan_it_had_and_that_it_was_stopped(
    small_district: District,
) -> None:
    found = search(small_district, Question(2), stop_after=1)
    last = found[-1]
    assert "stopped" in last.notes and last.plan.size == 2 and last.done < last.total


@pytest.mark.usefixtures("short_search")
def test_where_no_plan_of_so_many_posts_exists_the_largest_is_given_with_a_note(
    small_district: District,
) -> None:
    found = search(small_district, Question(400), stop_after=1)
    asked, placed = found[-1].notes["fewer"]
    assert asked == 400 and 0 < placed < 400 and found[-1].plan.size == placed
    with pytest.raises(DistrictFaults, match="no unit can spare"):
        search(small_district, Question(3, floor_share=1.0))


def test_a_wrong_question_is_told_with_all_its_faults(small_district: District) -> None:
    question = Question(0, objective="luck", source="within", floor=-1, floor_share=2.0)
    with pytest.raises(DistrictFaults) as told:
        question.check(small_district)
    assert [fault.row for fault in told.value.faults] == [
        "posts",
        "objective",
        "within",
        "floor",
        "floor_share",
    ]
