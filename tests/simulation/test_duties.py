"""Duties that cases interrupt, counted by hand and by law."""

from typing import Any

import numpy as np
import pandas as pd

from simulation.demand import sample_cases
from simulation.duties import build_duty_rows, list_blocks, measure_duties, measure_taken
from simulation.engine import run
from simulation.flow import compile_flow
from tests.simulation.test_hand_log import DAY_SHIFT, play_by_hand
from tests.simulation.textbook import ORIGIN, build_district
from twin.calendar import DAY
from twin.district import District
from twin.load import complete_table

HANDLE: dict[str, Any] = {"item": "a", "step": "handle", "role": "s", "law": "constant", "minutes": 60}


def one_on_duty(**item: int) -> District:
    """Two posts in turn: one on the roster, patrolling when there is no case, the other at meetings."""
    district = build_district(
        {"s": 2},
        [HANDLE],
        [(0, "a", 1.0)],
        [{"item": "a", **item}],
        shifts=DAY_SHIFT,
        work_calendar="weekdays",
    )
    rows = [
        {"role": "s", "duty": "meetings", "share": 0.5, "yields": "urgent"},
        {"role": "s", "duty": "patrol", "share": 1.0, "yields": "any"},
    ]
    return district.with_tables(duties=complete_table("duties", pd.DataFrame(rows)))


def test_a_patrol_yields_to_any_case_and_meetings_only_to_urgent_ones() -> None:
    for interrupts, posts in ((0, 1), (1, 2)):
        visits = play_by_hand(one_on_duty(interrupts_duty=interrupts), [("09:00", 0), ("09:00", 0)], days=1)
        table = measure_duties(visits, list_blocks(visits.flow), 0, DAY).set_index("duty")
        assert len(set(visits.column("post").tolist())) == posts
        assert table["planned"].to_dict() == {"meetings": 8.0, "patrol": 8.0}
        assert table["done"].to_dict() == (
            {"meetings": 8.0, "patrol": 6.0} if posts == 1 else {"meetings": 7.0, "patrol": 7.0}
        )
        assert table.loc["meetings", "interrupted"] == posts - 1


def test_the_moves_of_an_interrupted_duty_are_work_pause_work_done() -> None:
    visits = play_by_hand(one_on_duty(interrupts_duty=0), [("09:00", 0)], days=1)
    rows = build_duty_rows(visits, list_blocks(visits.flow), DAY)
    morning = rows[(rows["duty"] == "patrol") & (rows["second"] <= 12 * 3600)]
    assert list(zip(morning["second"] // 3600, morning["phase"], strict=True)) == [
        (8, "work"), (9, "paused"), (10, "work"), (12, "done"),
    ]  # fmt: skip
    assert morning["work_seconds"].tolist() == [3 * 3600, 0, 0, 0]


def test_what_cases_take_of_blocks_is_all_that_they_work_inside_them(demo_district: District) -> None:
    days = 5
    flow = compile_flow(demo_district, ORIGIN, days)
    visits = run(flow, sample_cases(demo_district, ORIGIN, days, 1), days * DAY)
    blocks = list_blocks(flow)
    taken = measure_taken(visits, blocks)
    length = blocks.end - blocks.start
    assert (taken >= 0).all() and (taken <= length).all()
    post, start, end = (visits.column(name) for name in ("post", "start", "end"))
    some = np.flatnonzero((post >= 0) & (end > start))[:400]
    for visit in some.tolist():
        mine = blocks.placement == post[visit]
        inside = np.minimum(blocks.end[mine], end[visit]) - np.maximum(blocks.start[mine], start[visit])
        assert taken[mine].sum() >= np.maximum(inside, 0).sum()
    same = blocks.placement[1:] == blocks.placement[:-1]
    assert (blocks.start[1:][same] >= blocks.end[:-1][same]).all()
