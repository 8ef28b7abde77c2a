"""The interval of the whole district after each further pair of replications."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulation.studies.narrowing import INDICATORS, trace_intervals
from simulation.studies.outcome import IDS

SCOPES = pd.DataFrame({"scope_kind": ["village", "district"], "scope": ["V", "D"]})


def outcome(figure: float) -> Any:
    """An outcome whose district has one figure for every indicator; its village has another."""
    return SimpleNamespace(values=np.vstack([np.full(len(IDS), 99.0), np.full(len(IDS), figure)]))


def test_each_row_is_the_interval_of_the_first_pairs_in_their_order() -> None:
    outcomes = {(0, r): outcome(10.0) for r in range(3)} | {
        (1, r): outcome(10.0 + g) for r, g in enumerate((1, 3, 5))
    }
    table = trace_intervals(["baseline", "plan"], outcomes, SCOPES, 0.95)
    assert len(table) == 3 * len(INDICATORS)
    mine = table[table["indicator"] == "on_time_closure"].set_index("replications")
    assert mine["mean"].tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(mine.loc[1, "low"])
    # 1, 3: s = root 2, half = t(.975; 1) * s / root 2; 1, 3, 5: s = 2, half = t(.975; 2) * s / root of 3
    assert mine.loc[2, "high"] - 2.0 == pytest.approx(12.7062, abs=1e-4)
    assert 3.0 - mine.loc[3, "low"] == pytest.approx(4.30265 * 2 / 3**0.5, abs=1e-4)


def test_a_replication_counts_once_both_sides_have_it() -> None:
    outcomes = {(0, 0): outcome(1.0), (0, 1): outcome(1.0), (1, 1): outcome(4.0), (1, 2): outcome(9.0)}
    table = trace_intervals(["baseline", "plan"], outcomes, SCOPES, 0.95)
    assert table["replications"].tolist() == [1] * len(INDICATORS) and set(table["mean"]) == {3.0}
    assert trace_intervals(["baseline"], outcomes, SCOPES, 0.95).empty
