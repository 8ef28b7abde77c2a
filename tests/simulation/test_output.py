"""The files of a run."""

from argparse import Namespace
from datetime import date
from pathlib import Path

import pandas as pd

from simulation.executors import InProcess
from simulation.experiment import run_experiment
from simulation.scenario import Scenario
from simulation.studies.output import write_run
from twin.district import District
from twin.eventlog import COLUMNS
from twin.indicators import summarise_cases
from twin.load import read_table


def test_events_hold_cases_and_walk_ins_of_every_scenario_and_only_cases_are_counted_as_such(
    small_district: District, tmp_path: Path
) -> None:
    text = 'name = "more"\n[[measures]]\nmeasure = "scale_demand"\nfactor = 1.5\n'
    scenario = Scenario.from_toml(text)
    options = Namespace(start=date(2026, 5, 11), days=2, seed=1)
    plan = (options.start, options.days, 1, options.seed, InProcess(small_district))
    result = list(run_experiment(small_district, [scenario], *plan))[-1]
    write_run(tmp_path, small_district, [scenario], result, options, 0.0)
    events = pd.read_parquet(tmp_path / "events.parquet")
    assert list(events.columns) == list(COLUMNS)
    kinds = set(events[["scenario", "kind"]].astype(str).itertuples(index=False, name=None))
    assert kinds == {(s, k) for s in ("baseline", "more") for k in ("case", "walk_in")}
    assert not events.duplicated(["scenario", "source", "event_id"]).any()
    base = events[events["scenario"] == "baseline"]
    cases = base[base["kind"] == "case"]["case_id"].nunique()
    assert len(summarise_cases(base)) == cases


def test_an_opening_is_read_from_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    head = "case_id,grid,item,channel,age_hours,step,phase,phase_hours,post_id,due_hours\n"
    path.write_text(head + "x,G,a,grid,3,handle,delay,1,,\n", "utf-8")
    table = read_table("opening", path)
    assert table["age_hours"].tolist() == [3.0] and table["due_hours"].isna().all()
