"""Minutes of work measured in a log: they sum to the log's, and a log that says too little is told."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from hub.chapters import load_plan
from hub.feeder import Feeder
from hub.gridding import lay_ground, weigh_grids
from hub.measured import LEAST_DAYS, find_log_faults, measure_minutes
from hub.results import unpack_tables
from hub.studies.base import Workbench
from hub.studies.grids import GridsStudy
from store.database import Store
from store.events import EventStore
from tests.simulation.measures.hamlet import V1, V2, build_hamlet
from twin.district import District
from twin.eventlog import COLUMNS
from twin.faults import DistrictFaults

START = datetime(2026, 5, 4, tzinfo=UTC)


def write_log(store: Store, *rows: tuple[float, str, str, float]) -> int:
    """Events of (day, kind, grid, seconds of work); the last one's number."""
    plain = [
        dict.fromkeys(COLUMNS)
        | {"origin": "live", "source": "s", "event_id": f"e{n}", "case_id": f"c{n}", "kind": kind,
           "occurred_at": START + timedelta(days=day), "recorded_at": START, "state": "handling",
           "phase": "work", "grid": grid, "work_seconds": seconds, "tier": "village", "unit": "C1",
           "matter": "a-1", "channel": "grid"}
        for n, (day, kind, grid, seconds) in enumerate(rows)
    ]  # fmt: skip
    EventStore(store).append(plain)
    return EventStore(store).last_received()


def test_work_on_cases_is_summed_by_grid_and_what_lies_in_no_grid_is_told(store: Store) -> None:
    rows = [(0, "case", f"{V1}001", 600), (8, "case", f"{V1}001", 1200), (1, "case", f"{V1}002", 60)]
    rows += [(2, "duty", f"{V1}002", 9000), (3, "case", "", 180), (4, "case", "gone", 120)]
    rows += [(9, "case", f"{V1}001", 0)]
    until = write_log(store, *rows)
    found = measure_minutes(store, until)
    assert found.minutes.to_dict() == {"": 3, "gone": 2, f"{V1}001": 30, f"{V1}002": 1}
    assert found.describe(build_hamlet().grids["code"]) == {
        "since": "2026-05-04T00:00:00+00:00", "until": "2026-05-12T00:00:00+00:00", "origins": ["live"],
        "minutes": 36, "outside": 5,
    }  # fmt: skip
    assert measure_minutes(store, until - 6).minutes.to_dict() == {f"{V1}001": 10}
    assert EventStore(store).span_work() == (found.since, found.until)


@pytest.mark.parametrize("source", ["mesh", "grids"])
def test_the_minutes_of_the_cells_are_the_minutes_of_the_log(sqlite_store: Store, source: str) -> None:
    rows = [(0, "case", f"{V1}001", 600), (8, "case", f"{V1}002", 1200), (1, "case", f"{V1}003", 60)]
    until, hamlet = write_log(sqlite_store, *rows), build_hamlet()
    minutes = measure_minutes(sqlite_store, until).minutes
    ground = lay_ground(hamlet, [V1], weigh_grids(hamlet, "minutes", minutes), 12, source)
    assert ground.graph.weights.sum() == pytest.approx(30)  # the third grid is dedicated and stays out
    study, bench = GridsStudy(), Workbench(sqlite_store, hamlet, None, None)  # type: ignore[arg-type]
    asked = {"villages": [V1], "balance": "minutes", "count": 2, "until": until, "source": source}
    (step,) = study.play(study.check(asked), bench, lambda: False)
    assert step.done == step.total


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ((), "log none"),
        (((0, "case", f"{V1}001", 0), (9, "case", f"{V1}001", 0)), "log none"),
        (((0, "duty", f"{V1}001", 60), (9, "duty", f"{V1}001", 60)), "log none"),
        (((0, "case", f"{V1}001", 60), (LEAST_DAYS - 0.1, "case", f"{V1}001", 60)), "log short"),
        (((0, "case", f"{V2}001", 60), (9, "case", "", 60)), "log silent"),
    ],
)
def test_an_empty_or_short_log_is_refused_with_its_reason(
    sqlite_store: Store, rows: tuple[tuple[float, str, str, float], ...], rule: str
) -> None:
    until = write_log(sqlite_store, *rows)
    told = [fault.rule for fault in find_log_faults(measure_minutes(sqlite_store, until))]
    assert told == ([] if rule == "log silent" else [rule])
    study, bench = GridsStudy(), Workbench(sqlite_store, build_hamlet(), None, None)  # type: ignore[arg-type]
    asked = {"villages": [V1], "balance": "minutes", "count": 2, "until": until}
    with pytest.raises(DistrictFaults) as caught:
        list(study.play(study.check(asked), bench, lambda: False))
    assert [fault.rule for fault in caught.value.faults] == [rule]


def test_a_drawing_by_the_minutes_of_the_demo_feeder_holds_every_minute_of_its_cases(
    sqlite_store: Store, small_district: District
) -> None:
    Feeder(sqlite_store, small_district, load_plan(history_days=8, first_days=1, settle_days=1)).start()
    log = EventStore(sqlite_store).read_frame(columns=("kind", "grid", "work_seconds", "origin"))
    log = log[log["kind"] == "case"]
    worked = pd.to_numeric(log["work_seconds"]).groupby(log["grid"].astype(str)).sum() / 60
    grids = small_district.grids
    rows = grids[grids["kind"] != "dedicated"]
    asked = {"villages": sorted(set(rows["village"])), "balance": "minutes", "count": len(rows)}
    asked["until"] = EventStore(sqlite_store).last_received()
    study, bench = GridsStudy(), Workbench(sqlite_store, small_district, None, None)  # type: ignore[arg-type]
    (step,) = study.play(study.check(asked), bench, lambda: False)
    head, tables = unpack_tables(step.pack())
    assert head["log"]["origins"] == ["replay"] and head["log"]["outside"] == 0
    assert head["log"]["minutes"] == pytest.approx(worked.sum(), abs=0.01) and worked.sum() > 1_000
    assert tables["after"]["load"].sum() == pytest.approx(worked.reindex(rows["code"]).sum())
    assert head["after"]["max_deviation"] < head["before"]["max_deviation"]
