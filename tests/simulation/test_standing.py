"""How places stand in the baseline, worked out by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simulation.studies.outcome import IDS
from simulation.studies.standing import COLUMNS, stand_places
from twin.district import District
from twin.indicators import list_scopes

DISTRICT, TOWN, EMPTY = "990101000000", "990101200000", "990101201000"
STUDENT = 12.706204736  # 97.5 % point of Student's t with one degree of freedom


def outcome(district: District, figures: dict[str, tuple[float, float]]) -> Any:
    """A replication of which only cases due and on-time closure by scope are known."""
    scopes = list_scopes(district)["scope"].tolist()
    values = np.full((len(scopes), len(IDS)), np.nan)
    for code, (due, rate) in figures.items():
        values[scopes.index(code), [IDS.index("due"), IDS.index("on_time_closure")]] = due, rate
    return SimpleNamespace(values=values)


def test_rate_and_gap_are_means_over_replications_and_the_gap_is_paired(demo_district: District) -> None:
    runs = [
        outcome(demo_district, {DISTRICT: (100, 0.90), TOWN: (10, 0.80), EMPTY: (0, float("nan"))}),
        outcome(demo_district, {DISTRICT: (140, 0.80), TOWN: (20, 0.60), EMPTY: (0, float("nan"))}),
    ]
    table = stand_places(demo_district, runs)
    assert tuple(table.columns) == COLUMNS
    assert table["scope"].tolist() == [DISTRICT, TOWN]
    town = table.iloc[1]
    assert (town["due"], town["on_time"], town["replications"]) == (15, 10, 2)
    assert town["rate"] == pytest.approx(0.70)
    assert town["gap"] == pytest.approx(-0.15)  # of -0.10 and -0.20
    # two values v, w: standard error |v - w| / 2
    assert town["rate_high"] - town["rate"] == pytest.approx(STUDENT * 0.10)
    assert town["gap_high"] - town["gap"] == pytest.approx(STUDENT * 0.05)
    assert table.iloc[0]["gap"] == table.iloc[0]["gap_low"] == table.iloc[0]["gap_high"] == 0


def test_one_replication_has_figures_and_no_interval(demo_district: District) -> None:
    table = stand_places(demo_district, [outcome(demo_district, {DISTRICT: (9, 0.5), TOWN: (4, 0.25)})])
    assert table.loc[1, ["rate", "gap", "on_time"]].tolist() == [0.25, -0.25, 1.0]
    assert table[["rate_low", "rate_high", "gap_low", "gap_high"]].isna().all(axis=None)
