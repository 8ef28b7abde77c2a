"""Posts on the plan page: who gives, who gets, what the floors leave, and what a drag makes of a draft."""

from typing import Any

import pytest

from dashboard.actors import Words
from dashboard.plan.board import describe_board, move_posts
from dashboard.plan.changes import draw_changes, tell_row
from dashboard.plan.places import read_codes, toggle
from dashboard.plan.played import play
from dashboard.plan.tally import Move, count_tiers, count_units, list_moves, measure_gap
from simulation.scenario import MEASURES
from twin.district import District

TOWN, OTHER, DEPARTMENT = "990101001900", "990101100900", "990101926000"
MOVE = {"measure": "move_posts", "from_unit": DEPARTMENT, "to_unit": TOWN, "role": "order", "count": 4}
DATED = MOVE | {"batches": 2, "batch_days": 3, "effective_from": "2026-05-11", "floor": 8}


def build(*rows: dict[str, Any]) -> list[Any]:
    """Measures of a draft."""
    return [MEASURES[row["measure"]](**{k: v for k, v in row.items() if k != "measure"}) for row in rows]


def test_posts_that_move_down_leave_the_total_and_are_told_by_unit_tier_and_batch(
    demo_district: District,
) -> None:
    played = play(build(DATED), demo_district)
    assert [(m.from_unit, m.to_unit, m.posts, str(m.day)) for m in list_moves(played)] == [
        (DEPARTMENT, TOWN, 2, "2026-05-11"),
        (DEPARTMENT, TOWN, 2, "2026-05-14"),
    ]
    assert count_units(played) == {TOWN: (43, 47), DEPARTMENT: (14, 10)}
    tiers = count_tiers(played)
    assert [after - before for before, after in tiers.values()] == [-4, 4, 0]
    assert measure_gap(played) == 0 and isinstance(list_moves(played)[0], Move)


def test_the_same_measures_are_played_once(demo_district: District) -> None:
    assert play(build(MOVE), demo_district) is play(build(MOVE), demo_district)
    assert play(build(MOVE), demo_district) is not play(build(MOVE | {"count": 3}), demo_district)


def test_a_scenario_whose_giving_and_taking_differ_is_warned_of_with_the_gap(demo_district: District) -> None:
    words = Words(demo_district, "zh")
    even = draw_changes(play(build(MOVE), demo_district), words)
    assert "减增不等" not in str(even) and "区司法局" in str(even) and "−4" in str(even)
    more = draw_changes(play(build(MOVE, {"measure": "fill_vacancies", "count": 5}), demo_district), words)
    assert "减增不等，合计 +5 个岗位" in str(more)


def test_a_changed_row_is_told_with_the_names_of_its_codes(demo_district: District) -> None:
    words = Words(demo_district, "zh")
    rows = play(build(MOVE | {"count": 1}), demo_district).changes
    told = tell_row(rows[0], demo_district, words)
    assert "单位 区司法局 → 北苑街道办事处" in told and "改为" in told


def test_the_board_holds_donors_with_floors_and_townships_with_all_their_units(
    demo_district: District,
) -> None:
    board = describe_board([DATED], demo_district, Words(demo_district, "zh"))
    donor = next(row for row in board["donors"] if row["code"] == DEPARTMENT)
    town = next(row for row in board["towns"] if row["code"] == TOWN)
    assert (donor["name"], donor["have"], donor["out"]) == ("司法局", 14, [0, 2, 2])
    assert (donor["floor"], donor["spare"]) == (8, 2)  # 14 less 4 leaves 10, two above the floor of 8
    assert (town["name"], town["came"], town["pairs"]) == ("北苑", [0, 2, 2], {DEPARTMENT: 4})
    assert town["have"] == 43 + 5 + 4 + 3 + 2 + 2  # the office and its five squads
    names = {row["name"] for row in board["donors"]}
    assert "区委社会工作部" in names and len(board["towns"]) == 18


def test_posts_that_stay_within_a_township_come_from_nowhere_and_a_wrong_measure_is_left_out(
    demo_district: District,
) -> None:
    pooled = [{"measure": "pool_enforcement", "certificate": "enforcement"}, {"measure": "move_posts"}]
    board = describe_board(pooled, demo_district, Words(demo_district, "zh"))
    assert all(row["came"] == [] for row in board["towns"])
    assert board["tiers"]["township"][0] == board["tiers"]["township"][1]


@pytest.mark.parametrize(
    ("draft", "count", "expected"),
    [
        ([], 1, [MOVE | {"count": 1}]),
        ([MOVE], 1, [MOVE | {"count": 5}]),
        ([MOVE], -1, [MOVE | {"count": 3}]),
        ([MOVE | {"count": 1}], -1, []),
        ([MOVE | {"role": "service"}], 1, [MOVE | {"role": "service", "count": 5}]),
        ([MOVE | {"role": "service"}, MOVE], 1, [MOVE | {"role": "service"}, MOVE | {"count": 5}]),
        ([MOVE | {"to_unit": OTHER}], 2, [MOVE | {"to_unit": OTHER}, MOVE | {"count": 2}]),
    ],
)
def test_a_drag_writes_or_changes_the_measure_of_its_two_units(
    draft: list[dict[str, Any]], count: int, expected: list[dict[str, Any]]
) -> None:
    assert move_posts(draft, {"from": DEPARTMENT, "to": TOWN, "count": count}, "order") == expected


def test_what_is_no_drag_changes_nothing() -> None:
    good = {"from": DEPARTMENT, "to": TOWN, "count": 1}
    for odd in (
        None,
        3,
        {},
        good | {"count": 0},
        good | {"count": 100},
        good | {"count": True},
        good | {"to": 1},
    ):
        assert move_posts([MOVE], odd, "order") is None
    assert move_posts([], good | {"count": -1}, "order") is None and move_posts([], good, None) is None


def test_a_click_on_the_map_chooses_a_place_and_another_takes_it_back() -> None:
    assert toggle(["a"], "b", True) == ["a", "b"] and toggle(["a", "b"], "a", True) == ["b"]
    assert toggle(["a"], "b", False) == ["b"] and toggle(["b"], "b", False) == []
    assert read_codes("a") == ["a"] and read_codes(["a", None, 3, ""]) == ["a"] and read_codes(None) == []
