"""THE event table: one row a move of a case, the same for live, replayed and simulated cases."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

COLUMNS = (
    "origin",
    "run_id",
    "scenario",
    "replication",
    "source",
    "event_id",
    "case_id",
    "seq",
    "task_id",
    "kind",
    "occurred_at",
    "recorded_at",
    "state",
    "phase",
    "tier",
    "unit",
    "role",
    "post_id",
    "lead_unit",
    "work_seconds",
    "channel",
    "matter",
    "grid",
    "x",
    "y",
    "priority",
    "step_due",
    "handling_due",
    "close_due",
    "merged_into",
    "verdict",
    "reason_code",
)
TIMES = ("occurred_at", "recorded_at", "step_due", "handling_due", "close_due")
NUMBERS = ("replication", "seq", "task_id", "work_seconds", "x", "y", "priority")
PHASES = ("delay", "queued", "travel", "work", "paused", "done")
STATES = (
    "reported",
    "self_handled",
    "accepted",
    "verified",
    "dispatched",
    "returned",
    "handling",
    "handled",
    "escalated",
    "checked",
    "rework",
    "closed",
    "merged",
    "refused",
    "voided",
    "transferred_out",
    "suspended",
    "extended",
    "joint",
    "whistled",
    "reopened",
    "evaluated",
)
ENDED = ("self_handled", "closed", "merged", "refused", "voided", "transferred_out")
STAMP = "datetime64[us, UTC]"


def order_log(log: pd.DataFrame) -> pd.DataFrame:
    """The log in its one order (occurred_at, source, event_id), with `seq` derived from it."""
    ordered = log.sort_values(["occurred_at", "source", "event_id"], kind="stable", ignore_index=True)
    return ordered.assign(seq=ordered.groupby("case_id", observed=True).cumcount().to_numpy())


def group_order(codes: np.ndarray) -> np.ndarray:
    """The stable order of rows by whole numbers from 0 up: equal ones together, as they came.

    A radix sort in digits of 16 bits, which numpy does in linear time.
    """
    order = np.argsort((codes & 0xFFFF).astype(np.uint16), kind="stable")
    rest = codes >> 16
    while rest.any():
        order = order[np.argsort((rest[order] & 0xFFFF).astype(np.uint16), kind="stable")]
        rest = rest >> 16
    return order


def find_codes(column: pd.Series, names: "Sequence[str] | pd.Series") -> np.ndarray:
    """The place of each value in a list of names; -1 for any other."""
    known = pd.Index(names)
    if isinstance(column.dtype, pd.CategoricalDtype):
        table = np.r_[known.get_indexer(column.cat.categories), -1]
        return np.asarray(table[column.cat.codes.to_numpy()])
    return np.asarray(known.get_indexer(column.astype(str)))


def categorise(codes: np.ndarray, names: "list[str] | pd.Series") -> pd.Categorical:
    """A column of names from codes (-1 is blank)."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype="str"))


def constant(value: str, rows: int) -> pd.Categorical:
    """A column that says the same in every row; it takes no memory and cannot be written into."""
    return categorise(np.broadcast_to(np.int8(0), rows), [value])


def fixed_strings(letters: np.ndarray) -> pd.Series:
    """Texts of one length from a table of ASCII codes (rows x length), made in one go."""
    rows, width = letters.shape
    offsets = pa.py_buffer(np.arange(0, (rows + 1) * width, width, dtype=np.int64))
    data = pa.py_buffer(np.ascontiguousarray(letters, dtype=np.uint8))
    text = pa.LargeStringArray.from_buffers(rows, offsets, data)
    return pd.Series(pd.array(text, dtype="str"), copy=False)


def hex_strings(keys: np.ndarray) -> pd.Series:
    """uint64 keys as sixteen hexadecimal digits."""
    digits = keys.astype(">u8").tobytes().hex().encode()
    return fixed_strings(np.frombuffer(digits, dtype=np.uint8).reshape(-1, 16))


def digit_table(numbers: np.ndarray, width: int) -> np.ndarray:
    """ASCII codes of whole numbers with leading zeros (rows x width)."""
    digits = np.empty((len(numbers), width), dtype=np.uint8)
    for place in range(width):
        digits[:, place] = numbers // 10 ** (width - 1 - place) % 10 + ord("0")
    return digits


def to_utc(seconds: np.ndarray, midnight: pd.Timestamp, missing: np.ndarray | None = None) -> pd.Series:
    """UTC stamps of seconds counted on the wall clock from a local midnight (with its zone).

    Wall-clock times that a change of the clocks skips are moved forward; doubled ones take the second.
    """
    naive = np.datetime64(midnight.tz_localize(None).to_datetime64(), "us") + (seconds * 1_000_000).astype(
        "timedelta64[us]"
    )
    if missing is not None:
        naive = np.where(missing, np.datetime64("NaT"), naive)
    last = midnight + pd.Timedelta(seconds=float(seconds.max()) if len(seconds) else 0)
    offsets = {(midnight + (last - midnight) * k / 12).utcoffset() for k in range(13)}
    if len(offsets) == 1:
        shifted = naive - np.timedelta64(next(iter(offsets)))
        return pd.Series(shifted).dt.tz_localize("UTC")
    local = pd.Series(naive).dt.tz_localize(
        midnight.tz, ambiguous=np.zeros(len(naive), bool), nonexistent="shift_forward"
    )
    return local.dt.tz_convert("UTC")
