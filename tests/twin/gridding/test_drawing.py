"""Grids drawn: figures by hand on squares, laws on boards of any size."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.gridding.examples import make_board
from twin.faults import DistrictFaults
from twin.gridding import apportion, build_graph, draw_grids, measure_grids, summarise_grids
from twin.gridding.exchange import Aim, Exchange
from twin.gridding.graph import measure_compactness


def test_the_graph_of_four_squares_has_the_metres_of_their_borders() -> None:
    graph = build_graph(make_board(2, 2).geometry, np.ones(4))
    assert graph.lists == [
        [(1, 100.0), (2, 100.0)],
        [(0, 100.0), (3, 100.0)],
        [(0, 100.0), (3, 100.0)],
        [(1, 100.0), (2, 100.0)],
    ]  # squares across the corner touch at a point only


def test_the_figures_of_a_division_by_hand() -> None:
    # A row of four squares with loads 1, 2, 3, 4 cut after the first: loads 1 and 9 around a mean of 5.
    graph = build_graph(make_board(4, 1, [1, 2, 3, 4]).geometry, np.array([1.0, 2, 3, 4]))
    table = measure_grids(graph, np.array([0, 1, 1, 1]), np.zeros(4, dtype=int))
    assert table["load"].tolist() == [1, 9] and table["deviation"].tolist() == pytest.approx([-0.8, 0.8])
    assert table["perimeter_m"].tolist() == pytest.approx([400, 800])
    # A square: pi / 4; three in a row: 4 pi 3 / 64.
    assert table["polsby_popper"].tolist() == pytest.approx([np.pi / 4, 3 * np.pi / 16])
    apart = measure_grids(graph, np.array([0, 1, 0, 1]), np.zeros(4, dtype=int))
    assert apart["parts"].tolist() == [2, 2] and summarise_grids(apart)["broken"] == 2


def test_polsby_popper_of_a_circle_is_one() -> None:
    assert measure_compactness(np.array([np.pi]), np.array([2 * np.pi]))[0] == pytest.approx(1)


def test_a_board_of_even_work_is_cut_into_its_four_quarters() -> None:
    drawing = draw_grids(make_board(6, 6), 4, "work")
    assert drawing.table["load"].tolist() == [9, 9, 9, 9]
    assert drawing.table["polsby_popper"].tolist() == pytest.approx([np.pi / 4] * 4)
    assert drawing.codes.iloc[0] == "001" and drawing.codes.nunique() == 4


def test_a_swap_of_two_cells_evens_out_what_no_single_move_can() -> None:
    # Two rows of three: above 5, 1, 4, below 4, 2, 2 (10 and 8): only 2 for 1 gives 9 and 9.
    work = [4, 2, 2, 5, 1, 4]
    board = make_board(3, 2, work)
    graph = build_graph(board.geometry, np.array(work, dtype=float))
    exchange = Exchange(graph, np.array([0, 0, 0, 1, 1, 1]), 2)
    exchange.pursue(Aim(5, even=1_000))
    loads = np.bincount(exchange.labels, work)
    assert loads.tolist() == [9, 9]
    assert measure_grids(graph, exchange.labels, np.zeros(6, dtype=int))["parts"].tolist() == [1, 1]


def test_villages_get_grids_by_weight_and_the_largest_mean_is_least() -> None:
    # 10, 20 and 70 over ten: 1, 2 and 7; over four: the third village holds all that is left.
    assert apportion([10, 20, 70], 10, [9, 9, 9]) == [1, 2, 7]
    assert apportion([10, 20, 70], 4, [9, 9, 9]) == [1, 1, 2]
    assert apportion([10, 21, 70], 6, [9, 9, 2]) == [1, 3, 2]


def test_grids_stay_inside_their_villages() -> None:
    board = make_board(8, 4)
    board["village"] = np.where(np.arange(32) % 8 < 3, "A", "B")  # 12 and 20 squares
    drawing = draw_grids(board, 8, "work", "village")
    assert drawing.table["village"].value_counts().to_dict() == {"B": 5, "A": 3}
    assert (drawing.codes.str[0] == board["village"]).all()
    assert drawing.figures["max_deviation"] == pytest.approx(0) and drawing.figures["broken"] == 0
    grids = drawing.to_grids()
    assert grids["code"].iloc[0] == "A001" and grids.area.sum() == pytest.approx(board.area.sum())


def test_ground_in_two_parts_gets_a_grid_each_or_is_refused_by_name() -> None:
    board = make_board(7, 1)
    board = board.drop(index=3).reset_index(drop=True)
    drawing = draw_grids(board, 3, "work", "village")
    assert drawing.figures["broken"] == 0 and sorted(drawing.table["load"]) == [1, 2, 3]
    with pytest.raises(DistrictFaults) as caught:
        draw_grids(board, 1, "work", "village")
    assert [(f.row, f.rule) for f in caught.value.faults] == [("A", "in parts"), ("1", "count")]


def test_where_nothing_weighs_anything_the_ground_does() -> None:
    drawing = draw_grids(make_board(4, 4, [0.0] * 16), 4, "work")
    assert drawing.table["area_m2"].tolist() == [40_000] * 4 and drawing.figures["max_deviation"] == 0


def test_all_faults_of_the_cells_are_told_at_once() -> None:
    board = make_board(3, 1, [1, -1, float("nan")])
    board["village"] = ["A", "", "A"]
    board.loc[2, "geometry"] = shapely.Point(1, 1)
    board = board.set_crs(None, allow_override=True)
    with pytest.raises(DistrictFaults) as caught:
        draw_grids(board, 0, "work", "village")
    assert [(f.row, f.rule) for f in caught.value.faults] == [
        ("row 2", "work"),
        ("row 3", "work"),
        ("row 2", "village"),
        ("row 3", "geometry"),
        ("", "CRS"),
        ("count", "count"),
    ]
    with pytest.raises(DistrictFaults) as caught:
        draw_grids(make_board(2, 1), 2, "load", "hamlet")
    assert [(f.row, f.rule) for f in caught.value.faults] == [("load", "column"), ("hamlet", "column")]


def test_overlapping_cells_and_more_grids_than_cells_are_refused() -> None:
    board = make_board(2, 1)
    board.loc[1, "geometry"] = board.loc[0, "geometry"]
    for cells, count, row in ((board, 1, "rows 1 and 2"), (make_board(2, 1), 3, "count")):
        with pytest.raises(DistrictFaults) as caught:
            draw_grids(cells, count, "work")
        assert [f.row for f in caught.value.faults] == [row]


@settings(max_examples=25, deadline=None)
@given(
    columns=st.integers(2, 9),
    rows=st.integers(1, 7),
    split=st.integers(1, 8),
    grids=st.integers(2, 14),
    seed=st.integers(0, 99),
    data=st.data(),
)
def test_every_cell_is_in_one_whole_grid_of_its_village_and_the_balance_told_is_the_balance(
    columns: int, rows: int, split: int, grids: int, seed: int, data: st.DataObject
) -> None:
    work = data.draw(st.lists(st.floats(0, 100), min_size=columns * rows, max_size=columns * rows))
    board = make_board(columns, rows, work)
    board["village"] = np.where(np.arange(columns * rows) % columns < split, "A", "B")
    count = min(max(grids, board["village"].nunique()), len(board))
    drawing = draw_grids(board, count, "work", "village", seed)
    assert drawing.codes.notna().all() and drawing.codes.nunique() == count
    assert (drawing.codes.str[0] == board["village"]).all()
    merged = board.assign(grid=drawing.codes).dissolve("grid", aggfunc={"work": "sum", "village": "first"})
    assert (merged.geometry.geom_type == "Polygon").all()
    table = drawing.table.set_index("code").loc[merged.index]
    mean = merged.groupby("village")["work"].transform("mean")
    off = (merged["work"] / mean.where(mean > 0, 1) - mean.gt(0)).abs()
    assert drawing.figures["max_deviation"] == pytest.approx(off.max(), abs=1e-9)
    shape = 4 * np.pi * merged.area / merged.length**2
    assert table["polsby_popper"].to_numpy() == pytest.approx(shape.to_numpy())
    assert drawing.figures["polsby_popper"] == pytest.approx(shape.mean())
    again = draw_grids(board, count, "work", "village", seed)
    assert again.codes.tolist() == drawing.codes.tolist()
