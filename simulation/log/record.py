"""Visits -> the event log, in columns.

Rows are first listed as whole numbers (simulation.log.packing) and sorted; then columns are written a stretch
of rows at a time, so that no more than a log and its visits is held.
"""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from simulation.draws import mix_array, name_key
from simulation.log.packing import Packing, Stretch, count_on, prepare_packing
from simulation.log.remarks import VERDICTS, Remarks, list_reasons, read_ticks
from simulation.log.rows import PHASE_OF, WORK, list_rows
from simulation.playing.visits import Visits
from twin.eventlog import (
    COLUMNS,
    PHASES,
    STAMP,
    STATES,
    TIMES,
    categorise,
    constant,
    digit_table,
    fixed_strings,
    hex_strings,
    to_utc,
)


def build_log(
    visits: Visits, scenario: str = "baseline", replication: int = 0, run_id: str = ""
) -> pd.DataFrame:
    """The event log of a run, ordered, with the columns of twin.eventlog; rows up to the horizon.

    Columns that say the same in every row take no memory and refuse to be written into: make a new table.
    """
    packing = prepare_packing(visits)
    rows = list_rows(visits, packing)
    rows.sort()
    names = _names_of(visits)
    columns = _write_columns(visits, packing, rows, names)
    del packing, rows
    for name, known in names.items():
        columns[name] = pd.Series(categorise(columns[name], known), copy=False)
    return _frame(visits, columns, scenario, replication, run_id)


def fingerprint_cases(visits: Visits) -> np.ndarray:
    """One uint64 a case over everything that happened to it; equal only where nothing differs."""
    total = np.zeros(len(visits.cases), dtype=np.uint64)
    np.add.at(total, visits.table["case"], _print_visits(visits))
    np.add.at(total, visits.moves[0], _print_moves(visits))
    return np.asarray(total ^ mix_array(visits.close_due.astype(np.uint64)))


def fingerprint_units(visits: Visits, chosen: np.ndarray) -> np.ndarray:
    """One uint64 a unit over all that its bodies did for the chosen cases (a mask); equal where all is equal.

    A case's clocks are not a unit's doing: a due time that moved leaves the print as it is.
    """
    total = np.zeros(len(visits.flow.district.units), dtype=np.uint64)
    keys = mix_array(visits.cases.key.astype(np.uint64))
    for case, unit, prints in (
        (visits.table["case"], find_units(visits), _print_visits(visits)),
        (visits.moves[0], _find_units_of_moves(visits), _print_moves(visits)),
    ):
        mine = chosen[case] & (unit >= 0)
        np.add.at(total, unit[mine], mix_array(prints[mine] ^ keys[case[mine]]))
    return total


def find_units(visits: Visits) -> np.ndarray:
    """The unit row of each visit: the post's own, else the one it waits at; -1 where time alone passes."""
    cases = visits.table["case"]
    grid = visits.cases.grid[cases]
    return np.asarray(visits.flow.describe_body(visits.table["row"], grid, visits.table["post"])[0])


def _find_units_of_moves(visits: Visits) -> np.ndarray:
    grid, nobody = visits.cases.grid[visits.moves[0]], np.full(visits.moves.shape[1], -1)
    return np.asarray(visits.flow.describe_body(visits.moves[4], grid, nobody)[0])


def _print_visits(visits: Visits) -> np.ndarray:
    """One uint64 a visit over who did what when."""
    ids, codes = visits.flow.post_ids
    posts = np.array([name_key(code) for code in ids] + [0], dtype=np.uint64)[np.r_[codes, -1]]
    names = [name_key(name) for name in visits.flow.rows["step"]] + [name_key("self_handle")]
    mixed = mix_array(posts[visits.table["post"]])
    mixed ^= mix_array(np.array(names, dtype=np.uint64)[visits.table["row"]])
    for name in ("task", "entered", "offered", "start", "travel", "work", "end", "done", "outcome"):
        mixed = mix_array(mixed ^ visits.column(name).astype(np.uint64))
    return mixed


def _print_moves(visits: Visits) -> np.ndarray:
    return mix_array(np.bitwise_xor.reduce(mix_array(visits.moves[2:6].astype(np.uint64)), axis=0))


def _write_columns(
    visits: Visits, packing: Packing, rows: np.ndarray, names: dict[str, list[str]]
) -> dict[str, Any]:
    """The columns that differ from row to row, codes instead of names."""
    seen = np.zeros(len(visits.cases), dtype=np.int32)
    midnight = pd.Timestamp(visits.cases.origin).tz_localize(visits.flow.district.settings.time_zone)
    kinds = {name: np.min_scalar_type(-len(known) - 1) for name, known in names.items()}
    remarks = Remarks(visits, midnight)
    columns: dict[str, Any] = {}
    for stretch in packing.unpack(rows):
        written = _describe_rows(visits, stretch, kinds, remarks)
        written["seq"] = count_on(stretch.case, seen)
        written["occurred_at"] = read_ticks(to_utc(stretch.time, midnight))
        for name, values in written.items():
            if name not in columns:
                blank = np.empty(len(rows), dtype="datetime64[us]" if name in TIMES else values.dtype)
                columns[name] = pd.array(blank, dtype=STAMP) if name in TIMES else blank
            held = columns[name].view(np.int64) if name in TIMES else columns[name]
            held[stretch.begin : stretch.end] = values
    return columns


def _describe_rows(visits: Visits, rows: Stretch, kinds: dict[str, Any], remarks: Remarks) -> dict[str, Any]:
    """Columns of a stretch of rows; a column has the same type in every stretch."""
    cases = visits.cases
    route, post, task = (
        take(visits.table[name], rows.visit, allow_fill=True, fill_value=-1)
        for name in ("row", "post", "task")
    )
    grid, item = cases.grid[rows.case], cases.item[rows.case]
    unit, tier, role = visits.flow.describe_body(route, grid, post)
    unit, tier = remarks.raise_tier(rows.state, unit, tier)
    place = np.r_[visits.flow.post_ids[1], -1]
    where = remarks.places[rows.case]
    codes = {
        "state": rows.state, "phase": PHASE_OF[rows.order], "tier": tier, "unit": unit, "role": role,
        "post_id": place[post], "channel": cases.channel[rows.case], "matter": item, "grid": grid,
    }  # fmt: skip
    return {
        **{name: values.astype(kinds[name]) for name, values in codes.items()},
        "case_id": rows.case,
        "task_id": task.astype(np.int16),
        "work_seconds": _measure_work(visits, rows),
        "x": where[:, 0],
        "y": where[:, 1],
        **remarks.describe(rows, route),
        "priority": np.array(visits.flow.priority, dtype=np.int16)[item],
    }


def _measure_work(visits: Visits, rows: Stretch) -> np.ndarray:
    """The whole work of a visit, told where it begins; 0 in every other row."""
    seconds = np.zeros(len(rows.time), dtype=np.int32)
    place = np.flatnonzero(rows.order == WORK)
    seconds[place] = visits.occupied[rows.visit[place]]
    return seconds


def _names_of(visits: Visits) -> dict[str, list[str]]:
    """The names that codes stand for, by column."""
    district = visits.flow.district
    return {
        "state": list(STATES),
        "phase": list(PHASES),
        "tier": ["district", "township", "village", "grid"],
        "unit": district.units["code"].tolist(),
        "role": visits.flow.roles,
        "post_id": visits.flow.post_ids[0],
        "channel": list(district.settings.channels),
        "matter": district.matters["item"].tolist(),
        "grid": district.grids["code"].tolist(),
        "verdict": list(VERDICTS),
        "reason_code": list_reasons(visits.flow),
    }


def _frame(
    visits: Visits, columns: dict[str, Any], scenario: str, replication: int, run_id: str
) -> pd.DataFrame:
    """The table, its columns in the order of twin.eventlog."""
    count = len(columns["seq"])
    occurred = pd.Series(columns["occurred_at"], copy=False)
    same = {
        "origin": "sim", "run_id": run_id, "scenario": scenario, "source": "simulation", "kind": "case",
        "merged_into": "",
    }  # fmt: skip
    if "merged_into" in columns:
        keys = pd.Series(["", *hex_strings(visits.cases.key).tolist()])
        columns["merged_into"] = categorise(columns["merged_into"], keys)
    found = {
        **{name: constant(value, count) for name, value in same.items()},
        **columns,
        "replication": np.broadcast_to(np.int32(replication), count),
        "event_id": fixed_strings(_event_letters(len(visits.cases), columns["case_id"], columns["seq"])),
        "case_id": categorise(columns["case_id"], hex_strings(visits.cases.key)),
        "occurred_at": occurred,
        "recorded_at": occurred,
        "lead_unit": columns["unit"],
    }
    return pd.DataFrame({name: found[name] for name in COLUMNS}, copy=False)


def _event_letters(cases: int, case: np.ndarray, seq: np.ndarray) -> np.ndarray:
    """The ids of events as ASCII codes: 10**9 + case, then seq; their order is (case, seq)."""
    most = int(seq.max(initial=0))
    width = max(3, len(str(most)))
    letters = np.empty((len(case), 10 + width), dtype=np.uint8)
    owners, numbers = digit_table(10**9 + np.arange(cases), 10), digit_table(np.arange(most + 1), width)
    for begin in range(0, len(case), 1 << 17):
        part = slice(begin, begin + (1 << 17))
        letters[part, :10] = np.take(owners, case[part], axis=0)
        letters[part, 10:] = np.take(numbers, seq[part], axis=0)
    return letters
