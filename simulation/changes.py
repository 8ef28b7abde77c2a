"""What a scenario changes against the district: a diff of tables by row, with the units and places named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from twin.district import TABLE_NAMES, District

Stages = Sequence[tuple[date | None, District]]
#: Columns that tell one row of a table from another; rows that share them are numbered in their order.
KEYS: dict[str, tuple[str, ...]] = {
    "areas": ("code",),
    "grids": ("code",),
    "units": ("code",),
    "roads": ("road_id",),
    "posts": ("post_id",),
    "shifts": ("shift",),
    "matters": ("item",),
    "demand": ("area", "matter"),
    "routes": ("item", "step"),
    "mandates": ("item", "tier", "role"),
    "duties": ("role", "duty"),
    "calendar": ("date",),
    "preferences": ("area", "role", "rank"),
    "travel": ("mode",),
    "opening": ("case_id",),
    "services": ("service",),
    "service_points": ("unit",),
    "windows": ("unit", "shift"),
    "service_hours": ("hour",),
    "buildings": ("building_id",),
}
UNITS = {"posts": ("unit", "seconded_from", "managed_by"), "units": ("code",)}
PLACES = {"areas": ("code",), "grids": ("village",), "opening": ("grid",), "units": ("area",)}


@dataclass(frozen=True)
class RowChange:
    """One row of a table on a day (None: from the beginning): added, removed or changed.

    `values`: column -> (before, after) of what differs. `units` and `places` are those that the row names
    before and after; a grid is named by its village. Both are blank where a row holds everywhere.
    """

    day: date | None
    table: str
    key: str
    verb: str
    units: frozenset[str]
    places: frozenset[str]
    values: Mapping[str, tuple[Any, Any]]


def list_changes(district: District, stages: Stages) -> list[RowChange]:
    """Every row that differs from one stage to the next: by day, table and row.

    Stages are compared in turn, so what one day takes and a later day gives back is told twice.
    """
    found: list[RowChange] = []
    before = district
    for day, after in stages:
        found += compare_districts(before, after, day)
        before = after
    return found


def compare_districts(before: District, after: District, day: date | None = None) -> list[RowChange]:
    """Every row of every table that differs between two districts."""
    villages = _map_grids(before) | _map_grids(after)
    found: list[RowChange] = []
    for name in TABLE_NAMES:
        old, new = getattr(before, name), getattr(after, name)
        if name != "sources" and old is not new:
            changes = _compare_tables(name, old, new, day, villages)
            found += _name_holders(changes, before, after) if name == "shifts" else changes
    streams = after.demand_changes[len(before.demand_changes) :]
    return found + [_tell_stream(change, n, day, villages) for n, change in enumerate(streams, 1)]


def _name_holders(changes: list[RowChange], before: District, after: District) -> list[RowChange]:
    """Rows of shifts with the units whose posts are on them, before or after."""
    posts = pd.concat([before.posts, after.posts], ignore_index=True)
    units = posts.groupby("shift")["unit"].unique()
    return [replace(c, units=frozenset(map(str, units.get(c.key.split("#")[0], ())))) for c in changes]


def _map_grids(district: District) -> dict[str, str]:
    code, village = (district.grids[name].to_numpy(dtype=object) for name in ("code", "village"))
    return dict(zip(code, village, strict=True))


def _compare_tables(
    name: str, old: pd.DataFrame, new: pd.DataFrame, day: date | None, villages: Mapping[str, str]
) -> list[RowChange]:
    keys = [column for column in KEYS[name] if column in new and column in old] or list(new.columns)
    rows = _find_changed(old, new) if _has_same_rows(old, new, keys) else None
    before, after = (_index_rows(table, keys, rows) for table in (old, new))
    shared = before.index.intersection(after.index, sort=False)
    columns = [column for column in after.columns if column in before.columns]
    left, right = before.loc[shared, columns], after.loc[shared, columns]
    same = (left == right) | (left.isna() & right.isna())
    told = [("removed", key) for key in before.index.difference(after.index, sort=False)]
    told += [("changed", key) for key in shared[~same.all(axis=1)]]
    told += [("added", key) for key in after.index.difference(before.index, sort=False)]
    return [_tell_row(name, verb, key, before, after, day, villages) for verb, key in told]


def _has_same_rows(old: pd.DataFrame, new: pd.DataFrame, keys: Sequence[str]) -> bool:
    """Whether the rows of two tables stand under the same keys in the same order."""
    same = len(old) == len(new) and list(old.columns) == list(new.columns)
    return same and not any(_differ(old[column], new[column]).any() for column in keys)


def _find_changed(old: pd.DataFrame, new: pd.DataFrame) -> np.ndarray:
    """Positions of rows that differ in some column, of tables whose rows stand under the same keys."""
    changed = np.zeros(len(new), dtype=bool)
    for column in new.columns:
        changed |= _differ(old[column], new[column])
    return np.flatnonzero(changed)


def _differ(left: "pd.Series[Any]", right: "pd.Series[Any]") -> np.ndarray:
    """Where two columns differ; two missing values are the same, a geometry is compared by its bytes."""
    if not isinstance(left, gpd.GeoSeries) and left.array.equals(right.array):
        return np.zeros(len(left), dtype=bool)
    one, other = (_strip_geometry(column).to_numpy(dtype=object) for column in (left, right))
    return np.asarray(one != other, dtype=bool) & ~(pd.isna(one) & pd.isna(other))


def _strip_geometry(column: "pd.Series[Any]") -> "pd.Series[Any]":
    return column.to_wkb() if isinstance(column, gpd.GeoSeries) else column


def _index_rows(table: pd.DataFrame, keys: Sequence[str], rows: np.ndarray | None) -> pd.DataFrame:
    """The rows at some positions (None: all) under text keys; a geometry becomes its bytes."""
    whole = pd.DataFrame(table).reset_index(drop=True)
    turn = whole.groupby(list(keys), sort=False, dropna=False).cumcount()
    chosen = np.arange(len(whole)) if rows is None else rows
    plain = whole.iloc[chosen].copy()
    if isinstance(table, gpd.GeoDataFrame):
        plain[table.geometry.name] = table.geometry.iloc[chosen].to_wkb().to_numpy()
    texts = [
        "|".join(map(str, row)) for row in zip(*(plain[c].to_numpy(dtype=object) for c in keys), strict=True)
    ]
    named = [text if n == 0 else f"{text}#{n + 1}" for text, n in zip(texts, turn.iloc[chosen], strict=True)]
    return plain.astype(object).set_index(pd.Index(named, dtype=object))


def _tell_row(
    name: str,
    verb: str,
    key: str,
    before: pd.DataFrame,
    after: pd.DataFrame,
    day: date | None,
    villages: Mapping[str, str],
) -> RowChange:
    rows = [frame.loc[key] for frame in (before, after) if key in frame.index]
    values = {}
    if verb == "changed":
        pairs = {c: (rows[0][c], rows[1][c]) for c in after.columns if c in before.columns}
        values = {c: pair for c, pair in pairs.items() if pair[0] != pair[1] and c != "geometry"}
    units = _gather(rows, UNITS.get(name, ("unit",)))
    places = _gather(rows, PLACES.get(name, ("area", "grid", "village")))
    return RowChange(day, name, key, verb, units, frozenset(villages.get(p, p) for p in places), values)


def _gather(rows: Iterable["pd.Series[Any]"], columns: Iterable[str]) -> frozenset[str]:
    return frozenset(str(row[c]) for row in rows for c in columns if c in row.index and row[c])


def _tell_stream(
    change: Mapping[str, Any], number: int, day: date | None, villages: Mapping[str, str]
) -> RowChange:
    places = frozenset(villages.get(place, place) for place in change.get("places", ()))
    values = {key: (None, value) for key, value in change.items()}
    key = f"{change['kind']} {number}"
    return RowChange(day, "demand_changes", key, "added", frozenset(), places, values)
