"""Grids of the demo district drawn anew: a job, changes by hand, a scenario that makes the same grids."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from hub.gridding import (
    Obstacle,
    find_bare,
    find_obstacles,
    lay_ground,
    list_sources,
    move_cell,
    weigh_grids,
    write_drawing,
)
from hub.results import unpack_tables
from hub.scenarios import check_scenario
from hub.scopes import Scope
from hub.studies.base import Workbench
from hub.studies.grids import GridsStudy
from simulation.executors import open_executor
from tests.simulation.measures.hamlet import V1, V2, build_hamlet
from twin.district import District
from twin.faults import DistrictFaults
from twin.gridding.graph import label_parts

VILLAGES = ["990101001001", "990101001002"]
SPEC = {"villages": VILLAGES, "balance": "households", "count": 9}


def draw(district: District) -> tuple[dict, dict]:
    study = GridsStudy()
    with open_executor(district, 0) as executor:
        bench = Workbench(None, district, executor, None)  # type: ignore[arg-type]
        (step,) = study.play(study.check(SPEC), bench, lambda: False)
    assert step.done == step.total == 1 and step.pack() == step.pack()
    return unpack_tables(step.pack())


def test_a_drawing_told_is_the_drawing_measured_and_its_scenario_makes_the_same_grids(
    demo_district: District,
) -> None:
    head, tables = draw(demo_district)
    ground = lay_ground(
        demo_district, VILLAGES, tables["weights"].set_index("code")["weight"], head["per_grid"]
    )
    labels = ground.read(head["drawing"])
    assert head["after"] == ground.summarise(ground.measure(labels)) and head["after"]["grids"] == 9
    assert head["after"]["broken"] == 0 and head["after"]["max_deviation"] < head["before"]["max_deviation"]
    open_grids = ground.old
    assert ground.graph.weights.sum() == pytest.approx(open_grids["households"].sum())
    scenario = write_drawing(ground, labels, head["per_grid"], "划格")
    after = check_scenario(scenario.to_toml(), Scope(demo_district)).apply(demo_district)
    kept = after.grids["village"].isin(VILLAGES) & (after.grids["kind"] != "dedicated")
    assert kept.sum() == 9
    metres = after.grids[kept].to_crs(demo_district.settings.metric_crs).area
    assert sorted(metres) == pytest.approx(sorted(ground.measure(labels)["area_m2"]), rel=1e-4)
    assert after.demand["per_day"].sum() == pytest.approx(demo_district.demand["per_day"].sum())


def test_a_cell_goes_by_hand_only_where_its_grids_stay_whole_and_in_their_village(
    demo_district: District,
) -> None:
    ground = lay_ground(demo_district, VILLAGES, weigh_grids(demo_district, "reports"), 6)
    labels = np.where(ground.homes == 0, 0, 1)
    first, other = np.flatnonzero(ground.homes == 0), np.flatnonzero(ground.homes == 1)
    assert move_cell(ground, labels, first[0], 0)[1] == "same"
    assert move_cell(ground, labels, first[0], 1)[1] == "village"
    near = ground.graph.neighbours[first[0]]
    labels = labels.copy()
    labels[first[0]] = 2
    assert move_cell(ground, labels, first[0], 0)[1] == "last"
    far = next(c for c in first if c != first[0] and c not in near)
    assert move_cell(ground, labels, far, 2)[1] == "apart"
    moved, why = move_cell(ground, labels, near[near >= 0][0], 2)
    assert why in ("", "breaks")
    for cell in near[near >= 0]:
        moved, why = move_cell(ground, labels, cell, 2)
        parts = len(np.unique(label_parts(ground.graph, np.where(labels == 0, 0, 9))[labels == 0]))
        rest = (labels == 0) & (np.arange(len(labels)) != cell)
        left = label_parts(ground.graph, np.where(rest, 0, 9 + np.arange(len(labels))))[rest]
        assert parts == 1 and (why == "breaks") == (len(np.unique(left)) > 1)
        assert (moved[cell] == 2) == (why == "") and (moved != labels).sum() == (why == "")
    assert (labels[other] == 1).all()


def test_a_spec_with_faults_tells_them_all() -> None:
    with pytest.raises(DistrictFaults) as caught:
        GridsStudy().check({"villages": [], "balance": "sheep", "source": "air", "count": 0, "seed": -1})
    assert [(fault.row, fault.rule) for fault in caught.value.faults] == [
        ("villages", "none named"),
        ("balance", "choice"),
        ("source", "choice"),
        ("count", "bounds"),
        ("seed", "below 0"),
    ]


def with_buildings(district: District) -> District:
    """The hamlet with three buildings in the open grids of V1: 30 and 10 households, and one unknown."""
    points = [shapely.Point(250, 500), shapely.Point(750, 500), shapely.Point(1500, 500)]
    rows = {"building_id": ["b1", "b2", "b3"], "households": [30, 10, 0]}
    layer = gpd.GeoDataFrame(rows, geometry=points, crs=district.settings.crs)
    return replace(district, buildings=layer)


def ask(district: District, **asked: object) -> tuple[dict, dict]:
    study = GridsStudy()
    spec = study.check({"villages": [V1], "balance": "reports", "count": 2} | asked)
    (step,) = study.play(spec, Workbench(None, district, None, None), lambda: False)  # type: ignore[arg-type]
    return unpack_tables(step.pack())


def test_only_what_a_district_has_is_offered_and_drawn_from() -> None:
    hamlet = build_hamlet()
    assert list_sources(hamlet) == ("mesh", "grids")
    assert list_sources(with_buildings(hamlet)) == ("mesh", "buildings", "grids")
    with pytest.raises(DistrictFaults) as caught:
        ask(hamlet, source="buildings")
    assert [(f.row, f.rule) for f in caught.value.faults] == [("source", "source")]


def test_grids_of_buildings_are_those_that_the_scenario_makes_with_demand_where_the_households_are() -> None:
    # Reports: .75, .25 of the first grid, 2 of the second; two grids of 3 in a row are (1, 2) or (.75, 2.25).
    hamlet = with_buildings(build_hamlet())
    head, tables = ask(hamlet, source="buildings")
    assert head["drawing"] == "aab" and tables["after"]["load"].tolist() == [1, 2]
    ground = lay_ground(hamlet, [V1], tables["weights"].set_index("code")["weight"], 24, "buildings")
    assert ground.graph.weights.tolist() == [0.75, 0.25, 2]
    moved, why = move_cell(ground, ground.read("aab"), 1, 1)
    assert why == "" and ground.measure(moved)["load"].tolist() == [0.75, 2.25]
    scenario = write_drawing(ground, moved, head["per_grid"], "划格", "buildings")
    after = check_scenario(scenario.to_toml(), Scope(hamlet)).apply(hamlet)
    new = after.grids[after.grids["village"] == V1].set_index("code").iloc[:2]
    assert new.area.tolist() == pytest.approx([500_000, 1_500_000])
    assert new["households"].tolist() == [75, 225]
    rates = after.demand.set_index("area")["per_day"]
    assert rates[new.index].tolist() == pytest.approx([0.75, 2.25])
    # The post of the second grid goes where that grid's load went, not its ground.
    assert after.posts.set_index("post_id").loc["C1-1", "area"] == new.index[1]


def test_grids_as_they_are_are_put_together_whole() -> None:
    hamlet = build_hamlet()
    head, tables = ask(hamlet, source="grids", count=1)
    assert head["drawing"] == "aa" and tables["after"]["load"].tolist() == [3]
    weights = tables["weights"].set_index("code")["weight"]
    ground = lay_ground(hamlet, [V1], weights, 24, "grids")
    scenario = write_drawing(ground, ground.read("aa"), 24, "并格", "grids")
    after = scenario.apply(hamlet)
    merged = after.grids[after.grids["village"] == V1].iloc[0]
    assert merged["households"] == 300 and merged.geometry.equals(shapely.box(0, 0, 2000, 1000))


def test_everything_that_stands_in_the_way_of_a_drawing_is_told_by_village() -> None:
    hamlet = with_buildings(build_hamlet())
    weights = weigh_grids(hamlet, "households")
    assert find_bare(hamlet, [V1, V2], "buildings") == [Obstacle("buildings", V2, 0)]
    closed = replace(hamlet, grids=hamlet.grids.assign(kind="dedicated"))
    assert find_bare(closed, [V1], "mesh") == [Obstacle("dedicated", V1, 0)]
    ground = lay_ground(hamlet, [V1, V2], weights, 30)
    assert find_obstacles(ground, 1) == [Obstacle("few", "", 2)]
    assert find_obstacles(ground, len(ground.homes) + 1) == [Obstacle("many", "", len(ground.homes))]
    most = Obstacle("most", V1, int((ground.homes == 0).sum()))  # one a cell: V2 with half as many may
    assert find_obstacles(ground, len(ground.homes)) == [most]
    assert find_obstacles(ground, 6) == []
    apart = hamlet.grids.geometry.where(hamlet.grids["code"] != f"{V1}002", shapely.box(1500, 0, 2000, 1000))
    split = replace(hamlet, grids=hamlet.grids.set_geometry(apart))
    torn = lay_ground(split, [V1], weights, 12)
    assert find_obstacles(torn, 1) == [Obstacle("parts", V1, 2), Obstacle("few", "", 2)]
    with pytest.raises(DistrictFaults) as caught:
        ask(split, count=1)
    assert [(f.row, f.rule) for f in caught.value.faults] == [(V1, "parts"), ("count", "few")]
