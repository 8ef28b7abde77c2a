"""Rows of the log as whole numbers, and visits in narrow columns."""

import numpy as np
import pandas as pd

from simulation.log.packing import count_on, prepare_packing
from simulation.log.record import build_log
from simulation.log.rows import DONE, WORK
from simulation.playing.widths import narrow
from tests.simulation.test_hand_log import one_desk, play_by_hand
from twin.eventlog import group_order


def test_a_whole_number_holds_a_row_and_gives_it_back() -> None:
    visits = play_by_hand(one_desk(), [("09:00", 1), ("09:00", 1)])
    packing = prepare_packing(visits)
    assert packing.reports.tolist() == [0, 2]
    rows = np.r_[
        packing.pack_visits(np.array([7, 5]), np.array([1, 0]), WORK, np.array([21, 6])),
        packing.pack(np.array([5]), packing.reports[:1], DONE, 0, 0),
    ]
    rows.sort()
    (back,) = packing.unpack(rows)
    assert back.time.tolist() == [5, 5, 7]
    assert back.case.tolist() == [0, 0, 1]
    assert back.visit.tolist() == [-1, 0, 1]
    assert back.order.tolist() == [DONE, WORK, WORK]
    assert back.state.tolist() == [0, 6, 21]


def test_numbers_of_a_case_go_on_from_stretch_to_stretch() -> None:
    seen = np.zeros(3, dtype=np.int32)
    assert count_on(np.array([2, 0, 2, 2]), seen).tolist() == [0, 0, 1, 2]
    assert count_on(np.array([0, 1, 2]), seen).tolist() == [1, 0, 3]


def test_equal_codes_come_together_as_they_came_beyond_sixteen_bits_too() -> None:
    codes = np.array([70_000, 1, 70_000, 0, 1 << 33, 4_464, 1])
    assert group_order(codes).tolist() == [3, 1, 6, 5, 0, 2, 4]


def test_whole_numbers_take_the_first_type_that_holds_them() -> None:
    assert narrow(np.array([-1, 127]), np.int8, np.int32).dtype == np.int8
    assert narrow(np.array([-1, 128]), np.int8, np.int32).dtype == np.int32
    assert narrow(np.array([1 << 40]), np.int8, np.int32).tolist() == [1 << 40]


def test_a_log_that_is_copied_may_be_written_into() -> None:
    copy = build_log(play_by_hand(one_desk(), [("09:00", 1)])).copy()
    copy.loc[0, "replication"] = 5
    assert copy["replication"].iloc[0] == 5
    assert copy["step_due"].isna().all() and isinstance(copy["step_due"].dtype, pd.DatetimeTZDtype)
