"""Event rows on their way in and out: plain values in, tables out, one canonical body hash."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from store.types import NaiveTimeError, to_microseconds
from twin.eventlog import COLUMNS, NUMBERS, TIMES

COUNTS = ("replication", "seq", "task_id", "priority")
AMOUNTS = tuple(name for name in NUMBERS if name not in COUNTS)
TEXTS = tuple(name for name in COLUMNS if name not in (*TIMES, *NUMBERS))
REQUIRED = ("source", "event_id", "origin", "case_id", "kind", "occurred_at", "phase")
# Not part of what a sender says: when we wrote it down, and an order that late events change.
OUTSIDE_BODY = ("recorded_at", "seq")


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row: its number from 0, its event, the column, what to mend."""

    row: int
    event_id: str
    column: str
    message: str


class EventFaults(ValueError):
    """Rows that cannot be events; nothing of the batch was stored."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        first = faults[0]
        super().__init__(
            f"{len(faults)} faults; row {first.row} {first.event_id}: {first.column}: {first.message}"
        )
        self.faults = list(faults)


def normalise_rows(rows: pd.DataFrame | Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Plain values by column: text, whole numbers, floats, microseconds in UTC; None where blank.

    Raises EventFaults that lists every row with a naive time or a required value missing.
    """
    table = rows if isinstance(rows, pd.DataFrame) else _from_mappings(rows)
    faults: list[RowFault] = []
    columns = {name: _plain_column(table, name, faults) for name in COLUMNS}
    named = {(fault.row, fault.column) for fault in faults}
    for name in REQUIRED:
        missing = [row for row in _blanks(columns[name]) if (row, name) not in named]
        faults += [_fault(table, row, name, "is missing") for row in missing]
    if faults:
        raise EventFaults(sorted(faults, key=lambda fault: fault.row))
    return columns


def hash_bodies(columns: Mapping[str, Sequence[Any]]) -> list[bytes]:
    """SHA-256 of each row's body, the same for the same values on every machine."""
    names = [name for name in COLUMNS if name not in OUTSIDE_BODY]
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode
    bodies = zip(*(columns[name] for name in names), strict=True)
    return [hashlib.sha256(encode(body).encode()).digest() for body in bodies]


def build_frame(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """A table of stored rows: times datetime64[us, UTC], counts and numbers float64, text str."""
    values = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pd.DataFrame(
        {name: _table_column(name, column) for name, column in zip(names, values, strict=True)}
    )


def _table_column(name: str, values: Sequence[Any]) -> Any:
    if name in TIMES:
        whole = np.array([np.iinfo("int64").min if v is None else v for v in values], dtype="int64")
        return pd.DatetimeIndex(whole.view("datetime64[us]")).tz_localize("UTC")
    if name in NUMBERS:
        return np.array([np.nan if v is None else v for v in values], dtype="float64")
    if name in TEXTS:
        return pd.array(["" if v is None else v for v in values], dtype="str")
    return np.array(values)


def _from_mappings(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    listed = list(rows)
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in listed], dtype=object) for name in COLUMNS}
    )


def _plain_column(table: pd.DataFrame, name: str, faults: list[RowFault]) -> list[Any]:
    if name not in table:
        return [None] * len(table)
    column = table[name]
    if name in TIMES:
        return _plain_times(table, column, faults)
    convert = float if name in AMOUNTS else int if name in COUNTS else str
    blank = (column.isna() | (column.astype(object) == "")).to_numpy(dtype=bool)
    if convert is str and pd.api.types.is_string_dtype(column.dtype) and column.dtype != object:
        values = column.to_numpy(dtype=object, copy=True)
        values[blank] = None
        return list(values)
    try:
        return [None if b else convert(v) for v, b in zip(column.tolist(), blank, strict=True)]
    except (TypeError, ValueError):
        return _convert_each(table, name, convert, faults)


def _convert_each(table: pd.DataFrame, name: str, convert: Any, faults: list[RowFault]) -> list[Any]:
    values: list[Any] = []
    for row, value in enumerate(table[name].tolist()):
        try:
            values.append(None if _is_blank(value) else convert(value))
        except (TypeError, ValueError):
            faults.append(_fault(table, row, name, f"{value!r} is not a number"))
            values.append(None)
    return values


def _plain_times(table: pd.DataFrame, column: "pd.Series[Any]", faults: list[RowFault]) -> list[int | None]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        utc = column.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
        missing = utc.isna().to_numpy()
        whole = utc.to_numpy().view("int64").tolist()
        return [None if m else v for v, m in zip(whole, missing, strict=True)] if missing.any() else whole
    values: list[int | None] = []
    for row, value in enumerate(column.tolist()):
        try:
            values.append(_parse_time(value))
        except (NaiveTimeError, ValueError, TypeError) as error:
            faults.append(_fault(table, row, str(column.name), str(error)))
            values.append(None)
    return values


def _parse_time(value: Any) -> int | None:
    if _is_blank(value):
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is not a time")
    return to_microseconds(value)


def _is_blank(value: Any) -> bool:
    return value is None or value == "" or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _blanks(values: Sequence[Any]) -> list[int]:
    return [row for row, value in enumerate(values) if value is None] if None in values else []


def _fault(table: pd.DataFrame, row: int, column: str, message: str) -> RowFault:
    event_id = str(table["event_id"].iloc[row]) if "event_id" in table else ""
    return RowFault(row, event_id, column, message)
