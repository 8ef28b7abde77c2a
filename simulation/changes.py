"""What a scenario changes against the district: a diff of tables by row, with the units and places named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from simulation.scenario import Scenario
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
}
UNITS = {"posts": ("unit", "seconded_from", "managed_by"), "units": ("code",)}
PLACES = {"areas": ("code",), "grids": ("village",), "opening": ("grid",), "units": ("area",)}
SHIFTED_DOWN = ("move_posts", "spread_posts")


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


@dataclass(frozen=True)
class PostTotals:
    """Filled posts before and after, and the difference of each tier."""

    before: int
    after: int
    by_tier: Mapping[str, int]


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
            found += _compare_tables(name, old, new, day, villages)
    streams = after.demand_changes[len(before.demand_changes) :]
    return found + [_tell_stream(change, n, day, villages) for n, change in enumerate(streams, 1)]


def count_posts(before: District, after: District) -> PostTotals:
    """Filled posts in all, and how many more each tier has (fewer: negative)."""
    counts = [_count_by_tier(d) for d in (before, after)]
    tiers = {tier: counts[1].get(tier, 0) - counts[0].get(tier, 0) for tier in counts[0] | counts[1]}
    return PostTotals(sum(counts[0].values()), sum(counts[1].values()), tiers)


def find_imbalance(scenario: Scenario, totals: PostTotals) -> int:
    """How many posts a scenario that moves posts down adds (+) or loses (-) in all; 0 where it moves none."""
    moves = any(measure.kind in SHIFTED_DOWN for measure in scenario.measures)
    return totals.after - totals.before if moves else 0


def _count_by_tier(district: District) -> dict[str, int]:
    tiers = district.units.set_index("code")["tier"]
    filled = district.posts.loc[district.posts["filled"] == 1, "unit"]
    return {str(tier): int(count) for tier, count in filled.map(tiers).value_counts().items()}


def _map_grids(district: District) -> dict[str, str]:
    return dict(zip(district.grids["code"], district.grids["village"], strict=True))


def _compare_tables(
    name: str, old: pd.DataFrame, new: pd.DataFrame, day: date | None, villages: Mapping[str, str]
) -> list[RowChange]:
    before, after = _index_rows(name, old), _index_rows(name, new)
    shared = before.index.intersection(after.index, sort=False)
    columns = [column for column in after.columns if column in before.columns]
    left, right = before.loc[shared, columns], after.loc[shared, columns]
    same = (left == right) | (left.isna() & right.isna())
    keys = [("removed", key) for key in before.index.difference(after.index, sort=False)]
    keys += [("changed", key) for key in shared[~same.all(axis=1)]]
    keys += [("added", key) for key in after.index.difference(before.index, sort=False)]
    return [_tell_row(name, verb, key, before, after, day, villages) for verb, key in keys]


def _index_rows(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """The rows under text keys; a geometry becomes its bytes so that it can be compared."""
    plain = pd.DataFrame(table).reset_index(drop=True)
    if isinstance(table, gpd.GeoDataFrame):
        plain[table.geometry.name] = table.geometry.to_wkb().to_numpy()
    keys = [column for column in KEYS[name] if column in plain] or list(plain.columns)
    text = pd.Series(
        ["|".join(map(str, row)) for row in zip(*(plain[c] for c in keys), strict=True)], dtype=object
    )
    turn = text.groupby(text).cumcount()
    rows = [key if n == 0 else f"{key}#{n + 1}" for key, n in zip(text, turn, strict=True)]
    return plain.astype(object).set_index(pd.Index(rows, dtype=object))


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
