"""Every figure, from an event log; each with its formula text."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twin.case_table import VERDICTS, summarise_cases
from twin.district import District
from twin.eventlog import find_codes
from twin.indicator_list import DUTY_DONE, INDICATORS, UTILISATION, Indicator

__all__ = [
    "DUTY_DONE",
    "INDICATORS",
    "SCOPE_KINDS",
    "UTILISATION",
    "Indicator",
    "Window",
    "list_scopes",
    "measure_cases",
    "measure_indicators",
    "summarise_cases",
]
SCOPE_KINDS = ("district", "township", "village", "grid", "matter")


@dataclass(frozen=True)
class Window:
    """The time that figures speak of: UTC start and end."""

    start: pd.Timestamp
    end: pd.Timestamp


def list_scopes(district: District) -> pd.DataFrame:
    """Every scope that figures are made for: scope_kind and scope, in a fixed order."""
    areas, root = district.areas, district.areas.loc[district.areas["tier"] == "district", "code"]
    codes = {
        "district": list(root),
        "township": list(areas.loc[areas["tier"] == "township", "code"]),
        "village": list(areas.loc[areas["tier"] == "village", "code"]),
        "grid": list(district.grids["code"]),
        "matter": list(district.matters["matter"].unique()),
    }
    return pd.DataFrame(
        [(kind, code) for kind in SCOPE_KINDS for code in codes[kind]], columns=["scope_kind", "scope"]
    )


def measure_indicators(log: pd.DataFrame, district: District, window: Window) -> pd.DataFrame:
    """All indicators of a log: rows as `list_scopes`, columns as INDICATORS; NaN is no figure.

    Rates are shares (0-1). Weighted by cases at every level.
    """
    return measure_cases(summarise_cases(log), district, window)


def measure_cases(cases: pd.DataFrame, district: District, window: Window) -> pd.DataFrame:
    """The same from a table of cases (summarise_cases)."""
    start, end = (int(t.tz_convert("UTC").timestamp() * 1e6) for t in (window.start, window.end))
    sums, hours, wait = _count(cases, start, end)
    scopes = list_scopes(district)
    rows = find_scope_rows(cases, district, scopes)
    totals = {name: _add(rows, value, len(scopes)) for name, value in sums.items()}
    with np.errstate(invalid="ignore", divide="ignore"):
        values = {
            "reported": totals["reported"],
            "due": totals["due"],
            "on_time_closure": totals["on_time"] / totals["due"],
            "handled_in_time": totals["in_time"] / totals["due_handling"],
            "closure_rate": totals["closed_due"] / totals["due"],
            "return_rate": totals["returned"] / totals["dispatched"],
            "rework_rate": totals["rework"] / totals["handled"],
            "self_handled_rate": totals["spot"] / totals["reported"],
            "village_closed_rate": totals["village"] / totals["ended"],
            "sojourn_hours": _add(rows, hours, len(scopes)) / totals["closed"],
            "wait_minutes_p90": _quantiles(rows, wait, scopes, 0.9),
            "backlog": totals["open"],
            "overdue_in_hand": totals["overdue"],
            "township_closed_rate": totals["township"] / totals["ended"],
            "district_closed_rate": totals["district"] / totals["ended"],
            "refused_rate": totals["refused"] / totals["reported"],
            "merged_rate": totals["merged"] / totals["reported"],
            "suspended_rate": totals["suspended"] / totals["due"],
            "extended_rate": totals["extended"] / totals["due"],
            "on_time_without_stops": totals["plain_on_time"] / totals["plain_due"],
            "reopened_rate": totals["reopened"] / totals["closed"],
            "solved_rate": totals["solved"] / totals["asked"],
            "satisfied_rate": totals["satisfied"] / totals["asked"],
            "whistle_response_rate": totals["present"] / totals["called"],
        }
    return pd.concat([scopes, pd.DataFrame({i.id: values[i.id] for i in INDICATORS})], axis=1)


def _count(cases: pd.DataFrame, start: int, end: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    c = {name: cases[name].to_numpy() for name in cases.columns if name not in ("grid", "matter")}

    def inside(name: str) -> np.ndarray:
        return (c[name] >= start) & (c[name] < end)

    spot = c["spot"]
    reopened = (c["reopened_at"] >= 0) & (c["reopened_at"] < end)  # what comes later does not count yet
    finish = np.where(reopened, c["ended_at"], c["first_ended_at"])
    finish = np.where(finish < 0, np.iinfo(np.int64).max, finish)
    due, due_handling = inside("close_due") & ~spot, inside("handling_due") & ~spot
    closed = inside("first_closed_at") & ~spot
    ended = inside("first_ended_at")
    asked = closed & (c["verdict"] >= 0)
    plain = (c["suspended"] == 0) & (c["extended"] == 0)
    on_time = due & (finish <= c["close_due"])
    open_at_end = (c["reported_at"] < end) & (finish >= end)
    sums = {
        "reported": inside("reported_at"),
        "due": due,
        "due_handling": due_handling,
        "on_time": on_time,
        "plain_on_time": on_time & plain,
        "plain_due": due & plain,
        "in_time": due_handling & (c["first_handled_at"] >= 0) & (c["first_handled_at"] <= c["handling_due"]),
        "closed_due": due & (finish < end),
        "dispatched": inside("dispatched_at"),
        "returned": inside("dispatched_at") & (c["returned"] > 0),
        "handled": inside("handled_at"),
        "rework": inside("handled_at") & (c["rework"] > 0),
        "spot": inside("reported_at") & spot,
        "ended": ended,
        "closed": closed,
        "village": ended & (spot | ((c["tier"] >= 0) & (c["tier"] <= 1))),
        "township": ended & ~spot & (c["tier"] == 2),
        "district": ended & ~spot & (c["tier"] == 3),
        "refused": inside("reported_at") & (c["refused"] > 0),
        "merged": inside("reported_at") & (c["merged"] > 0),
        "suspended": due & (c["suspended"] > 0),
        "extended": due & (c["extended"] > 0),
        "reopened": closed & (c["reopened_at"] >= 0),
        "asked": asked,
        "solved": asked & (c["verdict"] != VERDICTS.index("unsolved")),
        "satisfied": asked & (c["verdict"] == VERDICTS.index("satisfied")),
        "called": inside("handled_at") & c["called"],
        "present": inside("handled_at") & c["present_in_time"],
        "open": open_at_end,
        "overdue": open_at_end & (c["close_due"] >= 0) & (c["close_due"] < end),
    }
    hours = np.where(closed, (c["first_closed_at"] - c["reported_at"]) / 3.6e9, 0.0)
    wait = np.where(inside("handled_at"), c["wait_seconds"] / 60, np.nan)
    return sums, hours, wait


def find_scope_rows(cases: pd.DataFrame, district: District, scopes: pd.DataFrame) -> np.ndarray:
    """For each scope kind (row) and case (column) the row of `scopes`; -1 outside any grid."""
    number = {key: row for row, key in enumerate(zip(scopes["scope_kind"], scopes["scope"], strict=True))}
    places = district.places.set_index("grid")
    grid = find_codes(cases["grid"], district.grids["code"])
    items = find_codes(cases["matter"], district.matters["item"])
    root = scopes.loc[scopes["scope_kind"] == "district", "scope"].iloc[0]
    by_grid = {
        "district": [root] * len(places),
        "township": places["township"],
        "village": places["village"],
        "grid": places.index,
    }
    rows = []
    for kind in SCOPE_KINDS[:4]:
        table = np.array([*[number[kind, code] for code in by_grid[kind]], -1])
        rows.append(table[grid])
    matters = np.array([*[number["matter", code] for code in district.matters["matter"]], -1])
    rows.append(matters[items])
    return np.array(rows)


def _add(rows: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    chosen = np.flatnonzero(values)
    scopes = rows[:, chosen]
    weights = np.broadcast_to(values[chosen].astype(float), scopes.shape)
    return np.bincount(scopes.ravel() + 1, weights=weights.ravel(), minlength=count + 1)[1:]


def _quantiles(rows: np.ndarray, values: np.ndarray, scopes: pd.DataFrame, share: float) -> np.ndarray:
    """Order-statistic quantiles by scope of the values that are figures; grids have too few for one."""
    result = np.full(len(scopes), np.nan)
    used = np.isfinite(values)
    for number, kind in enumerate(SCOPE_KINDS):
        if kind == "grid":
            continue
        mine = used & (rows[number] >= 0)
        row, value = rows[number][mine], values[mine]
        order = np.lexsort((value, row))
        row, value = row[order], value[order]
        scope, begin, size = np.unique(row, return_index=True, return_counts=True)
        result[scope] = value[begin + np.ceil(share * size).astype(int) - 1] if len(scope) else []
    return result
