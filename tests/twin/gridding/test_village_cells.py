"""Cells of villages from a mesh, from buildings, from grids as they are: worked out by hand on squares."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.gridding.examples import METRIC
from twin.gridding.graph import build_graph
from twin.gridding.village_cells import SOURCES, VillageCells, cut_villages

SIDE = 1000.0


def make_grids(*shapes: shapely.Geometry, villages: str = "") -> gpd.GeoDataFrame:
    """Grids 1, 2, ... of village V, or of the villages named by letters."""
    names = list(villages or "V" * len(shapes))
    codes = [f"{village}{n}" for n, village in enumerate(names, 1)]
    return gpd.GeoDataFrame({"code": codes, "village": names}, geometry=list(shapes), crs=METRIC)


def square(column: float, row: float = 0) -> shapely.Geometry:
    """A square kilometre of a board."""
    return shapely.box(column * SIDE, row * SIDE, (column + 1) * SIDE, (row + 1) * SIDE)


def build(*spots: tuple[float, float, int]) -> gpd.GeoDataFrame:
    """Buildings at (x, y) with so many households."""
    points = [shapely.Point(x, y) for x, y, _ in spots]
    return gpd.GeoDataFrame({"households": [n for *_, n in spots]}, geometry=points, crs=METRIC)


def cut(grids: gpd.GeoDataFrame, source: str, buildings: gpd.GeoDataFrame | None = None) -> VillageCells:
    return cut_villages(grids, METRIC, 6, source, buildings)


def test_a_building_holds_the_ground_nearest_to_it_and_its_part_of_the_grid_by_households() -> None:
    # Borders halfway: x = 500 and x = 1125. The first grid's load goes 30 : 10, the second's to its only one.
    grids = make_grids(square(0), square(1))
    found = cut(grids, "buildings", build((250, 500, 30), (750, 500, 10), (1500, 500, 0)))
    assert found.cells.area.tolist() == pytest.approx([500_000, 625_000, 875_000])
    assert found.shares.toarray().tolist() == [[0.75, 0], [0.25, 0], [0, 1]]
    assert found.spread(np.array([8.0, 3.0])).tolist() == [6, 2, 3]
    assert build_graph(found.cells.geometry, np.ones(3)).neighbours[:, 0].tolist() == [1, 0, 1]


def test_buildings_without_households_count_alike_and_a_grid_without_buildings_is_even_ground() -> None:
    # The cells are cut at x = 500: of the second grid all lies east of it.
    found = cut(make_grids(square(0), square(1)), "buildings", build((250, 500, 0), (750, 500, 0)))
    assert found.shares.toarray().tolist() == [[0.5, 0], [0.5, 1]]


def test_buildings_on_one_spot_are_one_cell_with_the_load_of_both() -> None:
    spots = build((250, 500, 10), (250.2, 500.1, 20), (750, 500, 30), (5000, 500, 99))
    found = cut(make_grids(square(0)), "buildings", spots)
    assert found.cells.area.tolist() == pytest.approx([500_000] * 2)
    assert found.shares.toarray().ravel().tolist() == [0.5, 0.5]  # the one outside counts nowhere


def test_ground_apart_without_a_building_is_a_cell_of_its_own_without_load() -> None:
    grid = shapely.MultiPolygon([square(0), square(5)])
    found = cut(make_grids(grid), "buildings", build((500, 500, 7)))
    assert sorted(found.cells.area) == pytest.approx([SIDE**2] * 2)
    assert found.shares.toarray().ravel().tolist() == [1, 0]


def test_buildings_of_polygons_stand_inside_them() -> None:
    shapes = [shapely.box(100, 100, 140, 120), shapely.box(700, 100, 740, 120)]
    buildings = gpd.GeoDataFrame({"households": [1, 3]}, geometry=shapes, crs=METRIC)
    found = cut(make_grids(square(0)), "buildings", buildings)
    assert found.cells.bounds["maxx"].tolist() == pytest.approx([420, 1000])
    assert found.shares.toarray().ravel().tolist() == [0.25, 0.75]


def test_grids_as_they_are_become_cells_and_one_in_two_parts_two_of_them() -> None:
    apart = shapely.MultiPolygon([shapely.box(1000, 0, 2000, 1000), shapely.box(9000, 0, 9500, 500)])
    found = cut(make_grids(square(0), apart), "grids")
    assert found.cells.area.tolist() == pytest.approx([1_000_000, 1_000_000, 250_000])
    assert found.shares.toarray().tolist() == [[1, 0], [0, pytest.approx(0.8)], [0, pytest.approx(0.2)]]
    assert build_graph(found.cells.geometry, np.ones(3)).parts.tolist() == [0, 0, 1]


def test_a_hair_between_two_grids_does_not_part_them() -> None:
    near = shapely.box(1000.2, 0, 2000, 1000)
    for second, parts in ((near, [0, 0]), (shapely.box(1005, 0, 2000, 1000), [0, 1])):
        found = cut(make_grids(square(0), second), "grids")
        assert build_graph(found.cells.geometry, np.ones(2)).parts.tolist() == parts


def test_villages_stand_apart_and_the_order_of_the_rows_is_nothing() -> None:
    grids = make_grids(square(0), square(1), square(2), villages="BAB")
    spots = build((500, 500, 1), (1500, 500, 1), (2500, 500, 1))
    for source in SOURCES:
        found, turned = cut(grids, source, spots), cut(grids.iloc[::-1], source, spots)
        assert found.cells["village"].is_monotonic_increasing
        assert found.cells.geometry.geom_equals(turned.cells.geometry).all()
        assert np.array_equal(found.shares.toarray()[:, ::-1], turned.shares.toarray())
        assert found.spread(np.array([0.0, 1.0, 0.0]))[found.cells["village"] == "B"].sum() == 0


@settings(max_examples=25, deadline=None)
@given(
    spots=st.lists(
        st.tuples(st.integers(-200, 3200), st.integers(-200, 1200), st.integers(0, 40)), max_size=25
    ),
    loads=st.tuples(*[st.floats(0, 1e6)] * 3),
    source=st.sampled_from(SOURCES),
)
def test_cells_cover_the_ground_and_hold_every_load_whole(
    spots: list[tuple[float, float, int]], loads: tuple[float, float, float], source: str
) -> None:
    grids = make_grids(square(0), square(1), square(2), villages="AAB")
    found = cut(grids, source, build(*spots))
    assert (found.cells.geometry.geom_type == "Polygon").all()
    assert found.cells.area.sum() == pytest.approx(3 * SIDE**2)
    assert found.cells.union_all().area == pytest.approx(3 * SIDE**2)
    weights = found.spread(np.array(loads))
    assert weights[found.cells["village"] == "A"].sum() == pytest.approx(loads[0] + loads[1])
    assert weights.sum() == pytest.approx(sum(loads)) and (weights >= 0).all()
