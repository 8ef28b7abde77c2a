"""The files of a run."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulation.log.record import build_log
from simulation.scenario import BASELINE, Scenario
from simulation.studies.period import plan_period
from simulation.studies.runs import (
    Opening,
    pick_opening,
    play_scenario,
    play_walkins_of,
    replication_seed,
)
from simulation.studies.summary import ExperimentResult
from simulation.walkins import build_walkin_log
from twin.district import District


def write_run(
    folder: Path,
    district: District,
    scenarios: Sequence[Scenario],
    result: ExperimentResult,
    options: argparse.Namespace,
    seconds: float,
    opening: Opening = None,
    place: int | str = 0,
) -> None:
    """indicators, differences and quantiles as CSV, events.parquet (first replication of each), run.json.

    Events are those of cases, then of walk-ins, scenario by scenario. All but the last are the same bytes for
    the same arguments; run.json also says where it was played (workers or cluster) and how long it took.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("indicators", "differences", "quantiles"):
        write_csv(getattr(result, name), folder / f"{name}.csv")
    period = plan_period(district, options.start, options.days, warm=opening is not None)
    begin, seed = pick_opening(opening, 0), replication_seed(options.seed, 0)
    logs = []
    for scenario in (BASELINE, *scenarios):
        names = scenario.name, 0, result.provenance["run_id"]
        logs.append(build_log(play_scenario(district, scenario, period, seed, begin), *names))
        walkins = play_walkins_of(district, scenario, period, seed)
        logs += [] if walkins is None else [build_walkin_log(walkins, *names)]
    write_events(logs, folder / "events.parquet")
    write_facts(result.provenance, folder / "run.json", seconds, place)


def write_facts(provenance: dict[str, Any], path: Path, seconds: float, place: int | str) -> None:
    """Where a result comes from, how long it took, and where: a number of workers, or a cluster's address."""
    where = {"workers": place} if isinstance(place, int) else {"cluster": place}
    facts = {**provenance, "seconds": round(seconds, 2), **where}
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """A table with ten significant digits, so that bytes repeat."""
    table.to_csv(path, index=False, float_format="%.10g", lineterminator="\n")


def write_events(logs: Sequence[pd.DataFrame], path: Path) -> None:
    """Event logs one after another in one Parquet file, names as dictionaries."""
    tables = [pa.Table.from_pandas(log, preserve_index=False) for log in logs]
    plain = pa.concat_tables(
        [_without_pandas(table) for table in tables], promote_options="permissive"
    ).unify_dictionaries()
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
