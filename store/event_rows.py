"""Event rows on their way in and out: plain values in, tables out, one canonical body hash."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from store.types import NaiveTimeError, to_microseconds
from twin.eventlog import COLUMNS, NUMBERS, TIMES

NO_TIME = np.iinfo("int64").min
COUNTS = ("replication", "seq", "task_id", "priority")
AMOUNTS = tuple(name for name in NUMBERS if name not in COUNTS)
TEXTS = tuple(name for name in COLUMNS if name not in (*TIMES, *NUMBERS))
REQUIRED = ("source", "event_id", "origin", "case_id", "kind", "occurred_at", "phase")
# Not part of what a sender says: when we wrote it down, and an order that late events change.
OUTSIDE_BODY = ("recorded_at", "seq")
LARGEST_COUNT = 2**31 - 1

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row: its number from 0, its event, the column, what to mend."""

    row: int
    event_id: str
    column: str
    message: str


class EventFaults(ValueError):
    """Rows that cannot be events; nothing of the batch was stored."""

    def __init__(self, faults: Iterable[RowFault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.row)
        first = self.faults[0]
        super().__init__(
            f"{len(self.faults)} faults; row {first.row} {first.event_id}: {first.column}: {first.message}"
        )


def normalise_rows(rows: pd.DataFrame | Iterable[Mapping[str, Any]]) -> tuple[Columns, list[RowFault]]:
    """Plain values by column: text, whole numbers, floats, microseconds in UTC; None where blank or wrong.

    With them the faults: every naive time, value of another kind and required value that is missing.
    """
    table = rows if isinstance(rows, pd.DataFrame) else None
    listed = [] if isinstance(rows, pd.DataFrame) else list(rows)
    wrong: list[tuple[int, str, str]] = []
    columns: Columns = {}
    for name in COLUMNS:
        columns[name], bad = (
            _plain_values(name, [row.get(name) for row in listed])
            if table is None
            else _plain_column(name, table)
        )
        wrong += [(row, name, message) for row, message in bad]
    named = {(row, name) for row, name, _ in wrong}
    for name in REQUIRED:
        missing = [row for row in _blanks(columns[name]) if (row, name) not in named]
        wrong += [(row, name, "is missing") for row in missing]
    return columns, [describe(columns, *fault) for fault in wrong]


def describe(columns: Columns, row: int, name: str, message: str) -> RowFault:
    """A fault of one row, with the event that it stands in."""
    return RowFault(row, columns["event_id"][row] or "", name, message)


def hash_bodies(columns: Mapping[str, Sequence[Any]]) -> list[bytes]:
    """SHA-256 of each row's body, the same for the same values on every machine."""
    names = [name for name in COLUMNS if name not in OUTSIDE_BODY]
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode
    bodies = list(zip(*(columns[name] for name in names), strict=True))
    together = encode(bodies)[2:-2].split("],[")  # one call for all, unless a text holds the seam itself
    if len(together) != len(bodies):
        return [hashlib.sha256(encode(body).encode()).digest() for body in bodies]
    return [hashlib.sha256(f"[{body}]".encode()).digest() for body in together]


def build_frame(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """A table of stored rows: times datetime64[us, UTC], counts and numbers float64, text str."""
    values = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pd.DataFrame(
        {name: _table_column(name, column) for name, column in zip(names, values, strict=True)}
    )


def _table_column(name: str, values: Sequence[Any]) -> Any:
    if name in TIMES:
        whole = np.array([NO_TIME if v is None else v for v in values], dtype="int64")
        return pd.DatetimeIndex(whole.view("datetime64[us]")).tz_localize("UTC")
    if name in NUMBERS:
        return np.array(values, dtype="float64")  # None becomes NaN
    if name in TEXTS:
        text = pc.fill_null(pa.array(values, type=pa.large_string()), "")
        return pd.array(text, dtype="str")
    return np.array(values)


Bad = list[tuple[int, str]]


def _plain_column(name: str, table: pd.DataFrame) -> tuple[list[Any], Bad]:
    """A table's column; what pandas keeps by kind is converted in one go."""
    if name not in table:
        return [None] * len(table), []
    column = table[name]
    if isinstance(column.dtype, pd.DatetimeTZDtype) and name in TIMES:
        utc = column.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
        whole = utc.to_numpy().view("int64").tolist()
        missing = utc.isna().to_numpy()
        return (
            [None if m else v for v, m in zip(whole, missing, strict=True)] if missing.any() else whole
        ), []
    if name in TEXTS and column.dtype != object and pd.api.types.is_string_dtype(column.dtype):
        values = column.to_numpy(dtype=object, copy=True)
        values[(column.isna() | (column == "")).to_numpy(dtype=bool)] = None
        return list(values), []
    return _plain_values(name, column.tolist())


def _plain_values(name: str, values: list[Any]) -> tuple[list[Any], Bad]:
    convert = CONVERTERS[name]
    try:
        return [None if v is None or v == "" else convert(v) for v in values], []
    except (TypeError, ValueError, OverflowError):
        return _convert_each(convert, values)


def _convert_each(convert: Callable[[Any], Any], values: list[Any]) -> tuple[list[Any], Bad]:
    kept: list[Any] = []
    bad: Bad = []
    for row, value in enumerate(values):
        try:
            kept.append(None if _is_blank(value) else convert(value))
        except (TypeError, ValueError, OverflowError) as error:
            bad.append((row, str(error)))
            kept.append(None)
    return kept, bad


def _to_text(value: Any) -> str | None:
    if type(value) is str:
        return value
    if _is_blank(value):
        return None
    if isinstance(value, str) or (isinstance(value, int | np.integer) and not isinstance(value, bool)):
        return str(value)
    raise TypeError(f"{_show(value)} is not text")


def _to_count(value: Any) -> int | None:
    if _is_blank(value):
        return None
    number = value if type(value) is int else _to_whole(value)
    if not -LARGEST_COUNT <= number <= LARGEST_COUNT:
        raise ValueError(f"{_show(value)} is out of range")
    return number


def _to_whole(value: Any) -> int:
    try:
        number = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = None
    if number is None or not number.is_integer():
        raise ValueError(f"{_show(value)} is not a whole number")
    return int(number)


def _to_amount(value: Any) -> float | None:
    if _is_blank(value):
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{_show(value)} is not a number")
    return number + 0.0  # -0.0 becomes 0.0, which SQLite makes of it anyway


def _to_time(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{_show(value)} is not a time such as 2026-05-11T08:30:00+08:00") from None
    elif _is_blank(value):
        return None
    if not isinstance(value, datetime):
        raise TypeError(f"{_show(value)} is not a time")
    try:
        return to_microseconds(value)
    except NaiveTimeError as error:
        raise ValueError(str(error)) from None


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _is_blank(value: Any) -> bool:
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return bool(value == "") if isinstance(value, str) else isinstance(value, float) and math.isnan(value)


def _blanks(values: Sequence[Any]) -> list[int]:
    return [row for row, value in enumerate(values) if value is None] if None in values else []


CONVERTERS: dict[str, Callable[[Any], Any]] = (
    dict.fromkeys(TEXTS, _to_text)
    | dict.fromkeys(TIMES, _to_time)
    | dict.fromkeys(COUNTS, _to_count)
    | dict.fromkeys(AMOUNTS, _to_amount)
)
