"""Every figure, from an event log; each with its formula text."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twin.district import District
from twin.eventlog import ENDED, find_codes, group_order


@dataclass(frozen=True)
class Indicator:
    """One figure: id, names, formula, unit, and whether more is better (1), worse (-1) or neither (0)."""

    id: str
    name: str
    name_en: str
    formula: str
    formula_en: str
    unit: str
    better: int


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "reported", "上报数", "Reported", "窗口内上报的案件数", "cases reported in the window", "cases", 0
    ),
    Indicator(
        "due",
        "应结数",
        "Due",
        "结案时限落在窗口内的案件数，不含自处置",
        "cases whose close_due falls in the window, self-handled apart",
        "cases",
        0,
    ),
    Indicator(
        "on_time_closure",
        "按期结案率",
        "On-time closure",
        "时限内结案 / 应结",
        "closed within close_due / due",
        "%",
        1,
    ),
    Indicator(
        "handled_in_time",
        "按期处置率",
        "Handled in time",
        "时限内处置 / 应处置（处置时限落在窗口内）",
        "handled within handling_due / cases whose handling_due falls in the window",
        "%",
        1,
    ),
    Indicator(
        "closure_rate",
        "结案率",
        "Closure rate",
        "窗口末已结案 / 应结",
        "closed by the window's end / due",
        "%",
        1,
    ),
    Indicator(
        "return_rate",
        "回退率",
        "Return rate",
        "被退回的案件 / 窗口内派遣的案件",
        "cases returned / cases dispatched in the window",
        "%",
        -1,
    ),
    Indicator(
        "rework_rate",
        "返工率",
        "Rework rate",
        "返工的案件 / 窗口内处置完成的案件",
        "cases reworked / cases handled in the window",
        "%",
        -1,
    ),
    Indicator(
        "self_handled_rate",
        "自处置率",
        "Self-handled rate",
        "自处置 / 上报",
        "self-handled / reported",
        "%",
        1,
    ),
    Indicator(
        "village_closed_rate",
        "村级办结率",
        "Closed at village",
        "在网格和村级办结 / 窗口内办结",
        "closed at grid or village / closed in the window",
        "%",
        1,
    ),
    Indicator(
        "sojourn_hours",
        "平均办结时长",
        "Mean hours to close",
        "窗口内结案案件从上报到结案的平均小时数",
        "mean hours from report to close of cases closed in the window",
        "h",
        -1,
    ),
    Indicator(
        "wait_minutes_p90",
        "等待时长 P90",
        "Wait, 90th percentile",
        "窗口内处置完成案件排队等人分钟数的 90 分位",
        "90th percentile of minutes queued for a post, cases handled in the window",
        "min",
        -1,
    ),
    Indicator(
        "backlog",
        "窗口末在办",
        "Backlog",
        "窗口末已上报未结案的案件数",
        "cases reported and not ended at the window's end",
        "cases",
        -1,
    ),
    Indicator(
        "overdue_in_hand",
        "超期在办",
        "Overdue in hand",
        "窗口末未结案且已过结案时限",
        "open at the window's end and past close_due",
        "cases",
        -1,
    ),
)
UTILISATION = Indicator(
    "utilisation",
    "负荷率",
    "Utilisation",
    "办案工时 / 排班可办案工时",
    "case hours / hours rostered for cases",
    "%",
    -1,
)
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


def summarise_cases(log: pd.DataFrame) -> pd.DataFrame:
    """One row a case, in order of first appearance in the log.

    grid, matter, reported_at, dispatched_at, handled_at, ended_at, ended (state), tier (last handling),
    returned, rework (counts), wait_seconds (queued while handling), handling_due, close_due.
    Times are int64 microseconds, -1 where missing.
    """
    case, first = _number_cases(log)
    count = len(first)
    done = (log["phase"] == "done").to_numpy()
    state = log["state"].astype(str).to_numpy() if log["state"].dtype != "category" else None
    is_state = _state_tests(log, state)
    time = _microseconds(log["occurred_at"])
    ended = np.zeros(len(log), dtype=bool)
    for name in ENDED:
        ended |= is_state(name)
    columns: dict[str, np.ndarray] = {}
    for name, mask in {
        "reported_at": is_state("reported"),
        "dispatched_at": is_state("dispatched"),
        "handled_at": is_state("handled"),
        "ended_at": ended,
    }.items():
        columns[name] = _last(case, time, mask & done, count)
    columns["spot"] = _last(case, time, is_state("self_handled") & done, count) >= 0
    columns["returned"] = np.bincount(case[is_state("returned") & done], minlength=count)
    columns["rework"] = np.bincount(case[is_state("rework") & done], minlength=count)
    for name in ("handling_due", "close_due"):
        due = _microseconds(log[name])
        columns[name] = _last(case, due, due >= 0, count)
    tier = find_codes(log["tier"], ["grid", "village", "township", "district"])
    columns["tier"] = _last(case, tier.astype(np.int64), is_state("handled") & done, count)
    queued = (log["phase"] == "queued").to_numpy() & is_state("handling")
    columns["wait_seconds"] = _measure_waits(case, time, queued, count)
    table = pd.DataFrame(columns)
    table.insert(0, "grid", log["grid"].iloc[first].to_numpy())
    table.insert(1, "matter", log["matter"].iloc[first].to_numpy())
    table.index = pd.Index(log["case_id"].iloc[first].astype(str), name="case_id")
    return table


def _number_cases(log: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    column = log["case_id"]
    codes = column.cat.codes.to_numpy() if column.dtype == "category" else pd.factorize(column)[0]
    used, first, number = np.unique(codes, return_index=True, return_inverse=True)
    del used
    return number, first


def _state_tests(log: pd.DataFrame, state: np.ndarray | None):  # type: ignore[no-untyped-def]
    if state is not None:
        return lambda name: state == name
    names = {name: code for code, name in enumerate(log["state"].cat.categories)}
    codes = log["state"].cat.codes.to_numpy()
    return lambda name: codes == names.get(name, -2)


def _microseconds(column: pd.Series) -> np.ndarray:
    values = (
        column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    )
    return np.where(values < 0, -1, values)


def _last(case: np.ndarray, values: np.ndarray, mask: np.ndarray, count: int) -> np.ndarray:
    """The last value of each case among masked rows (the log is in order); -1 where there is none."""
    result = np.full(count, -1, dtype=np.int64)
    result[case[mask]] = values[mask]
    return result


def _measure_waits(case: np.ndarray, time: np.ndarray, queued: np.ndarray, count: int) -> np.ndarray:
    """Seconds each case queued for a post while handling: from each queued row to the case's next row."""
    order = group_order(case)
    place = np.flatnonzero(queued[order][:-1])
    place = place[case[order[place]] == case[order[place + 1]]]
    gap = (time[order[place + 1]] - time[order[place]]) / 1e6
    return np.bincount(case[order[place]], weights=gap, minlength=count)


def measure_indicators(log: pd.DataFrame, district: District, window: Window) -> pd.DataFrame:
    """All indicators of a log: rows as `list_scopes`, columns as INDICATORS; NaN is no figure.

    Rates are shares (0-1). Weighted by cases at every level.
    """
    return measure_cases(summarise_cases(log), district, window)


def measure_cases(cases: pd.DataFrame, district: District, window: Window) -> pd.DataFrame:
    """The same from a table of cases (summarise_cases)."""
    start, end = (int(t.tz_convert("UTC").timestamp() * 1e6) for t in (window.start, window.end))
    weights, sums, hours, wait = _count(cases, start, end)
    scopes = list_scopes(district)
    rows = _scope_rows(cases, district, scopes)
    totals = {name: _add(rows, value, len(scopes)) for name, value in sums.items()}
    del weights
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
        }
    return pd.concat([scopes, pd.DataFrame({i.id: values[i.id] for i in INDICATORS})], axis=1)


def _count(
    cases: pd.DataFrame, start: int, end: int
) -> tuple[None, dict[str, np.ndarray], np.ndarray, np.ndarray]:
    c = {name: cases[name].to_numpy() for name in cases.columns if name not in ("grid", "matter")}

    def inside(name: str) -> np.ndarray:
        return (c[name] >= start) & (c[name] < end)

    spot, ended = c["spot"], c["ended_at"] >= 0
    due, due_handling = inside("close_due") & ~spot, inside("handling_due") & ~spot
    closed = inside("ended_at") & ~spot
    open_at_end = (c["reported_at"] < end) & ~(ended & (c["ended_at"] < end))
    sums = {
        "reported": inside("reported_at"),
        "due": due,
        "due_handling": due_handling,
        "on_time": due & ended & (c["ended_at"] <= c["close_due"]),
        "in_time": due_handling & (c["handled_at"] >= 0) & (c["handled_at"] <= c["handling_due"]),
        "closed_due": due & ended & (c["ended_at"] < end),
        "dispatched": inside("dispatched_at"),
        "returned": inside("dispatched_at") & (c["returned"] > 0),
        "handled": inside("handled_at"),
        "rework": inside("handled_at") & (c["rework"] > 0),
        "spot": inside("reported_at") & spot,
        "ended": inside("ended_at"),
        "closed": closed,
        "village": inside("ended_at") & (spot | (c["tier"] <= 1)),
        "open": open_at_end,
        "overdue": open_at_end & (c["close_due"] >= 0) & (c["close_due"] < end),
    }
    hours = np.where(closed, (c["ended_at"] - c["reported_at"]) / 3.6e9, 0.0)
    wait = np.where(inside("handled_at"), c["wait_seconds"] / 60, np.nan)
    return None, sums, hours, wait


def _scope_rows(cases: pd.DataFrame, district: District, scopes: pd.DataFrame) -> np.ndarray:
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
