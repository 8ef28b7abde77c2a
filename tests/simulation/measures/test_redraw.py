"""Grids drawn anew: equal demand, one part each, nothing lost."""

from datetime import date

import numpy as np
import pytest
import shapely

from simulation.measures.cutting import cut_polygon
from simulation.measures.demand import ScaleDemand
from simulation.measures.ground import RedrawGrids
from simulation.scenario import Scenario
from tests.simulation.measures.hamlet import V1, V2
from twin.checks import check_district
from twin.district import District
from twin.faults import DistrictFaults
from twin.gridding.village_cells import cut_villages, list_open_grids
from twin.gridding.writing import write_labels


def test_a_row_of_two_grids_is_cut_where_half_of_the_demand_lies(hamlet: District) -> None:
    # Demand 1 on the first kilometre and 2 on the second: half of 3 lies at 1,250 m.
    after = RedrawGrids(villages=(V1,), count=2).apply(hamlet)
    new = after.grids[after.grids["village"] == V1].set_index("code")
    assert new.index.tolist() == [f"{V1}001", f"{V1}002", f"{V1}003"]
    widths = new.geometry.bounds.eval("maxx - minx")
    assert sorted(round(width) for width in widths.iloc[:2]) == [750, 1250]
    wide = widths.iloc[:2].idxmax()
    demand = after.demand.set_index("area")["per_day"]
    assert demand[f"{V1}001"] == pytest.approx(1.5) and demand[f"{V1}002"] == pytest.approx(1.5)
    assert demand[f"{V1}003"] == 4.0 and demand[f"{V2}001"] == 3.0
    # 100 households on the first kilometre and a quarter of the 200 on the second.
    assert new.loc[wide, "households"] == 150 and new["households"].sum() == 300
    assert after.posts.set_index("post_id").loc["C1-1", "area"] != wide
    assert check_district(after) == []


def test_dedicated_grids_go_in_when_asked(hamlet: District) -> None:
    after = RedrawGrids(villages=(V1,), count=7, keep_dedicated=False).apply(hamlet)
    new = after.grids[after.grids["village"] == V1]
    assert len(new) == 7 and new["code"].str.len().unique().tolist() == [15]
    rates = after.demand[after.demand["area"].isin(new["code"])].groupby("area")["per_day"].sum()
    assert rates.to_numpy() == pytest.approx(np.ones(7), rel=1e-6)


def test_ground_in_two_parts_gets_a_grid_a_part() -> None:
    shapes = np.array([shapely.box(0, 0, 1, 1), shapely.box(5, 0, 7, 1)])
    assert len(cut_polygon(shapes, np.array([1.0, 1.0]), 1)) == 2
    areas = sorted(piece.area for piece in cut_polygon(shapes, np.array([1.0, 2.0]), 3))
    assert areas == pytest.approx([1, 1, 1])


def test_a_hollow_ground_is_cut_into_pieces_of_one_part() -> None:
    ring = shapely.box(0, 0, 10, 10).difference(shapely.box(2, 2, 8, 9))
    pieces = cut_polygon(np.array([ring]), np.array([1.0]), 5)
    assert [piece.geom_type for piece in pieces] == ["Polygon"] * 5
    assert sum(piece.area for piece in pieces) == pytest.approx(ring.area)
    assert shapely.union_all(pieces).symmetric_difference(ring).area < 1e-6


def test_what_names_an_old_grid_or_a_day_is_refused(hamlet: District) -> None:
    named = ScaleDemand(factor=2, places=(f"{V1}002",)).apply(hamlet)
    with pytest.raises(DistrictFaults) as caught:
        RedrawGrids(villages=(V1, "X"), count=2, effective_from=date(2026, 5, 11)).apply(named)
    assert [(f.row, f.rule) for f in caught.value.faults] == [
        ("effective_from", "not dated"),
        ("X", "village unknown"),
        (f"{V1}002", "grid named"),
    ]


def test_a_drawing_makes_the_drawn_grids_and_staff_and_demand_follow(hamlet: District) -> None:
    old = list_open_grids(hamlet.grids, [V1], keep_dedicated=True)
    cells = cut_villages(old, hamlet.settings.metric_crs, 12).cells
    west = cells.geometry.centroid.x.to_numpy() < 500
    word = write_labels(np.where(west, 0, 1), np.zeros(len(cells), dtype=int))
    measure = RedrawGrids(villages=(V1,), count=2, cells=12, drawing=word)
    after = measure.apply(hamlet)
    new = after.grids[after.grids["village"] == V1].set_index("code")
    assert new.index.tolist() == [f"{V1}001", f"{V1}002", f"{V1}003"]
    drawn = [cells[west].area.sum(), cells[~west].area.sum()]
    assert new.area.iloc[:2].tolist() == pytest.approx(drawn)
    # The first kilometre carries 1 report a day and 100 households, the second 2 and 200, spread evenly.
    share = drawn[0] / 1_000_000
    demand = after.demand.set_index("area")["per_day"]
    assert demand[f"{V1}001"] == pytest.approx(share) and demand[f"{V1}002"] == pytest.approx(3 - share)
    assert new["households"].sum() == 300 and new["households"].iloc[0] == round(100 * share)
    assert set(after.posts["area"]) <= {"", *after.areas["code"], *after.grids["code"]}
    assert check_district(after) == []
    again = Scenario.from_toml(Scenario(name="s", measures=(measure,)).to_toml())
    assert again.measures == (measure,)


def test_a_drawing_of_other_ground_is_refused_by_village(hamlet: District) -> None:
    for word, row in (("ab", V1), ("ab ab", "drawing"), ("", "drawing")):
        with pytest.raises(DistrictFaults) as caught:
            RedrawGrids(villages=(V1,), count=2, cells=0 if not word else 12, drawing=word or "a").apply(
                hamlet
            )
        assert [(f.row, f.rule) for f in caught.value.faults] == [(row, "drawing unknown")]
