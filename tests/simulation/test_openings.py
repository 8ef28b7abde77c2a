"""Warm starts: an opening reaches the engine, the period has no warm-up; what a drain moves."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

import simulation.studies.runs
from simulation.executors import InProcess
from simulation.experiment import run_experiment
from simulation.scenario import BASELINE
from simulation.studies.outcome import IDS, Job, run_replication
from simulation.studies.period import Period, plan_period
from simulation.studies.precision import Precision
from simulation.studies.runs import hash_opening
from twin.district import District
from twin.schema import blank_table

MONDAY = date(2026, 5, 11)


def make_opening(age: float) -> pd.DataFrame:
    """One open case of an age."""
    row = {"case_id": "c", "age_hours": age, "step": "accept", "phase": "queued", "due_hours": 3.0}
    return pd.concat([blank_table("opening"), pd.DataFrame([row])], ignore_index=True)


@pytest.fixture
def openings_met(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the engine is handed as openings, call by call (it plays as if they were empty)."""
    met: list[Any] = []
    engine = simulation.studies.runs.run

    def listen(flow: Any, cases: Any, horizon: int, **options: Any) -> Any:
        met.append((options.get("opening"), cases.origin, horizon))
        return engine(flow, cases, horizon)

    monkeypatch.setattr(simulation.studies.runs, "run", listen)
    return met


def play(district: District, replications: int | Precision, opening: Any) -> Any:
    """The last result of two days."""
    plan = (MONDAY, 2, replications, 1, InProcess(district))
    return list(run_experiment(district, [], *plan, opening=opening))[-1]


def test_a_warm_period_begins_on_its_first_day_and_is_drained_as_a_cold_one(
    demo_district: District,
) -> None:
    warm, cold = (plan_period(demo_district, MONDAY, 30, warm) for warm in (True, False))
    assert (warm.origin, warm.simulated_days) == (MONDAY, 30 + 7)
    assert (cold.origin, cold.simulated_days) == (date(2026, 4, 27), 14 + 30 + 7)
    with pytest.raises(ValueError, match="14 days before"):
        Period(MONDAY, 30, 14, 7, warm=True)


def test_one_opening_is_handed_to_every_replication_and_hashed(
    small_district: District, openings_met: list[Any]
) -> None:
    opening = make_opening(5.0)
    last = play(small_district, 2, opening)
    assert all(met is opening for met, *_ in openings_met)
    assert {(origin, horizon) for _, origin, horizon in openings_met} == {(MONDAY, 2 * 86400)}
    assert last.provenance["openings"] == [hash_opening(opening)]
    assert (last.provenance["warm_up_days"], last.provenance["drain_days"]) == (0, 0)
    assert hash_opening(opening) != hash_opening(make_opening(6.0))


def test_each_replication_may_have_its_own_opening(small_district: District, openings_met: list[Any]) -> None:
    tables = [make_opening(age) for age in (1.0, 2.0, 3.0)]
    play(small_district, 3, tables)
    assert [met["age_hours"].iloc[0] for met, *_ in openings_met] == [1, 2, 3]
    with pytest.raises(ValueError, match="3 openings for 8 replications"):
        play(small_district, Precision("backlog", 1, least=2, cap=8), tables)


def test_without_an_opening_a_run_begins_with_the_district_s_own_or_empty(
    small_district: District, openings_met: list[Any]
) -> None:
    own = make_opening(5.0).assign(grid="G", item="a", channel="grid")
    assert play(small_district, 1, None).provenance["openings"] == []
    play(small_district.with_tables(opening=own), 1, None)
    assert openings_met[0][0] is None and openings_met[1][0] is own


def test_a_drain_moves_no_figure_but_those_that_are_known_only_later(small_district: District) -> None:
    short, long = (
        run_replication(small_district, Job(BASELINE, Period(MONDAY, 3, 3, drain), 1, 0)).values
        for drain in (0, 7)
    )
    names = ("self_handled_rate", "refused_rate", "merged_rate", "rework_rate", "reopened_rate")
    late = [IDS.index(name) for name in (*names, "solved_rate", "satisfied_rate")]
    assert short[0, late[0]] < long[0, late[0]]
    assert np.array_equal(np.delete(short, late, 1), np.delete(long, late, 1), equal_nan=True)
