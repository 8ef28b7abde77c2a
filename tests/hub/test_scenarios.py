"""What a scenario changes, who may change it, and the planners' library."""

import pytest

from hub.changes import find_outside
from hub.scenarios import Library, Planner
from hub.scopes import Scope
from simulation.changes import list_changes
from simulation.scenario import Scenario
from store.database import Store
from store.scenarios import Conflict, ScenarioStore
from twin.district import District
from twin.faults import DistrictFaults

TOWN, OTHER, DEPARTMENT = "990101001900", "990101100900", "990101926000"
MOVE = f"""
name = "down"
title = "下沉"
[[measures]]
measure = "move_posts"
from_unit = "{DEPARTMENT}"
to_unit = "{TOWN}"
role = "order"
count = 2
"""
WHOLE = """
name = "more"
[[measures]]
measure = "scale_demand"
factor = 1.1
"""


def planner(district: District, owner: str, unit: str = "") -> Planner:
    """Somebody who asks."""
    return Planner(owner, owner, Scope(district, unit))


def test_moved_posts_are_rows_with_both_units_and_the_total_stays(demo_district: District) -> None:
    scenario = Scenario.from_toml(MOVE)
    stages = scenario.stages(demo_district)
    changes = list_changes(demo_district, stages)
    assert [(c.table, c.verb, c.day) for c in changes] == [("posts", "changed", None)] * 2
    assert all(c.units >= {DEPARTMENT, TOWN} and c.values["unit"] == (DEPARTMENT, TOWN) for c in changes)


def test_what_is_taken_and_given_back_later_is_told_twice(demo_district: District) -> None:
    stages = Scenario.from_toml(MOVE).stages(demo_district)
    there_and_back = [*stages, (None, demo_district)]
    assert len(list_changes(demo_district, there_and_back)) == 4


def test_a_township_planner_changes_rows_of_the_township_alone(demo_district: District) -> None:
    scope = Scope(demo_district, TOWN)
    changes = list_changes(demo_district, Scenario.from_toml(MOVE).stages(demo_district))
    assert find_outside(changes, scope) == changes
    assert find_outside(changes, Scope(demo_district)) == []
    whole = list_changes(demo_district, Scenario.from_toml(WHOLE).stages(demo_district))
    assert len(whole) == 1 and find_outside(whole, scope) == whole  # it names no place: it holds everywhere
    village = next(iter(scope.areas))
    local = WHOLE + f'places = ["{village}"]\n'
    near = list_changes(demo_district, Scenario.from_toml(local).stages(demo_district))
    assert len(near) == 1 and find_outside(near, scope) == []
    assert find_outside(near, Scope(demo_district, OTHER)) == near


def test_the_library_refuses_rows_outside_the_part_and_names_them(
    sqlite_store: Store, demo_district: District
) -> None:
    library = Library(ScenarioStore(sqlite_store))
    with pytest.raises(DistrictFaults) as caught:
        library.create(planner(demo_district, "town", TOWN), MOVE)
    assert [f.table for f in caught.value.faults] == ["posts"] * 2
    assert all(f.row.startswith(DEPARTMENT) and DEPARTMENT in f.message for f in caught.value.faults)
    assert library.list_for(planner(demo_district, "town", TOWN)) == []


def test_versions_titles_and_two_planners(sqlite_store: Store, demo_district: District) -> None:
    library = Library(ScenarioStore(sqlite_store))
    wang, li = planner(demo_district, "wang"), planner(demo_district, "li")
    row = library.create(wang, MOVE)
    assert (row.title, row.hash) == ("下沉", Scenario.from_toml(MOVE).hash)
    renamed = library.save(wang, row.scenario_id, MOVE.replace("下沉", "下沉二"), 1)
    assert (renamed.title, renamed.version) == ("下沉二", 1)  # the same measures: only another title
    three = MOVE.replace("count = 2", "count = 3")
    assert library.save(wang, row.scenario_id, three, 1).version == 2
    with pytest.raises(Conflict):
        library.save(wang, row.scenario_id, MOVE, 1)
    assert library.open(wang, row.scenario_id, 1)[1].hash == row.hash
    assert library.list_for(li) == []
    with pytest.raises(KeyError):
        library.open(li, row.scenario_id)
    library.share(wang, row.scenario_id, True)
    assert library.open(li, row.scenario_id)[0].version == 2
    assert library.duplicate(li, row.scenario_id, "我的").owner == "li"
    with pytest.raises(DistrictFaults):
        library.create(li, "name = 3")


def test_a_township_planner_moves_the_hours_of_the_township_s_posts_alone(demo_district: District) -> None:
    text = 'name = "late"\n[[measures]]\nmeasure = "set_shift"\nplace = "{}"\nroles = ["order"]\n'
    own = Scenario.from_toml(text.format(TOWN) + "minutes_later = 60\n")
    scope = Scope(demo_district, TOWN)
    assert find_outside(list_changes(demo_district, own.stages(demo_district)), scope) == []
    other = Scenario.from_toml(text.format(OTHER) + "minutes_later = 60\n")
    changes = list_changes(demo_district, other.stages(demo_district))
    assert find_outside(changes, scope) == changes
