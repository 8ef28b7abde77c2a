"""The four files of a run."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.experiment import ExperimentResult, plan_period, play_scenario, replication_seed
from simulation.record import build_log
from simulation.scenario import BASELINE, Scenario
from twin.district import District


def write_run(
    folder: Path,
    district: District,
    scenarios: Sequence[Scenario],
    result: ExperimentResult,
    options: argparse.Namespace,
    seconds: float,
) -> None:
    """indicators.csv, differences.csv, events.parquet (first replication of each scenario), run.json.

    The first three are the same bytes for the same arguments; run.json also says how long it took.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(result.indicators, folder / "indicators.csv")
    write_csv(result.differences, folder / "differences.csv")
    period = plan_period(district, options.start, options.days)
    run_id = result.provenance["run_id"]
    logs = []
    for scenario in (BASELINE, *scenarios):
        visits = play_scenario(district, scenario, period, replication_seed(options.seed, 0))
        logs.append(build_log(visits, scenario.name, 0, run_id))
    write_events(logs, folder / "events.parquet")
    facts = {**result.provenance, "seconds": round(seconds, 2), "workers": options.workers}
    (folder / "run.json").write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """A table with ten significant digits, so that bytes repeat."""
    table.to_csv(path, index=False, float_format="%.10g", lineterminator="\n")


def write_events(logs: Sequence[pd.DataFrame], path: Path) -> None:
    """Event logs one after another in one Parquet file, names as dictionaries."""
    tables = [pa.Table.from_pandas(log, preserve_index=False) for log in logs]
    plain = pa.concat_tables([_without_pandas(table) for table in tables]).unify_dictionaries()
    pq.write_table(plain, path, compression="zstd")


def _without_pandas(table: pa.Table) -> pa.Table:
    columns = []
    for field in table.schema:
        column = table.column(field.name)
        columns.append(
            column.cast(pa.dictionary(pa.int32(), pa.string()))
            if pa.types.is_dictionary(field.type)
            else column
        )
    return pa.table(dict(zip(table.column_names, columns, strict=True)))
