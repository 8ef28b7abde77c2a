"""Figures of walk-in service, each with its formula text.

期内 is the period asked for; 窗口 is a counter of a hall.
"""

import numpy as np
import pandas as pd

from twin.district import District
from twin.indicators import Indicator, list_scopes

WALKIN_INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "walkin_needs",
        "办件需求",
        "Walk-in needs",
        "期内产生的办件",
        "items that arose in the period",
        "items",
        0,
    ),
    Indicator(
        "walkin_finished_first",
        "首次办结率",
        "Finished at first visit",
        "首次到场即办结 / 期内办完的首次到场",
        "items finished at their first visit / first visits that ended in the period",
        "%",
        1,
    ),
    Indicator(
        "walkin_trips",
        "件均跑动次数",
        "Trips per item",
        "期内办结的办件平均到场次数",
        "mean visits of items finished in the period",
        "trips",
        -1,
    ),
    Indicator(
        "walkin_wait_minutes",
        "平均等候",
        "Mean wait at the hall",
        "期内开始受理的到场从取号到叫号的平均分钟数",
        "mean minutes from arrival to a window, visits begun in the period",
        "min",
        -1,
    ),
    Indicator(
        "walkin_wait_minutes_p90",
        "等候 P90",
        "Wait at the hall, 90th percentile",
        "期内开始受理的到场等候分钟数的 90 分位",
        "90th percentile of minutes from arrival to a window, visits begun in the period",
        "min",
        -1,
    ),
    Indicator(
        "walkin_visit_minutes",
        "单次出门时长",
        "Door to door per visit",
        "期内办完的到场：往返路程 + 等候 + 受理的平均分钟数",
        "mean minutes of travel both ways + wait + window, visits ended in the period",
        "min",
        -1,
    ),
    Indicator(
        "walkin_item_minutes",
        "单件总耗时",
        "Door to door per item",
        "期内办结的办件各次到场往返路程 + 等候 + 受理之和的平均分钟数",
        "mean minutes of travel both ways + wait + window over all visits of an item finished in the period",
        "min",
        -1,
    ),
    Indicator(
        "walkin_village_share",
        "村级办结占比",
        "Finished at village stations",
        "期内在村级服务点办结 / 期内办结",
        "items finished at a village point / items finished in the period",
        "%",
        1,
    ),
    Indicator(
        "walkin_township_share",
        "乡镇办结占比",
        "Finished at township halls",
        "期内在乡镇服务点办结 / 期内办结",
        "items finished at a township point / items finished in the period",
        "%",
        0,
    ),
    Indicator(
        "walkin_district_share",
        "区级办结占比",
        "Finished at district halls",
        "期内在区级服务点办结 / 期内办结",
        "items finished at a district point / items finished in the period",
        "%",
        -1,
    ),
)
WINDOW_UTILISATION = Indicator(
    "walkin_window_utilisation",
    "窗口负荷率",
    "Window utilisation",
    "期内开始的受理时长 / 窗口开放时长",
    "hours of visits begun in the period / hours that windows are open",
    "%",
    -1,
)
SHARE = 0.9
Sums = dict[str, np.ndarray]


def measure_walkin_figures(
    needs: pd.DataFrame, visits: pd.DataFrame, district: District, first: int, last: int
) -> np.ndarray:
    """Figures by scope: rows as `list_scopes`, columns as WALKIN_INDICATORS; NaN is no figure.

    needs: time, grid; visits: need, visit, unit, grid, arrive, begin, end, travel_seconds, finished (columns
    of simulation.walkins). Residents count where they live; grids and matters have no figures. Times are
    seconds from the origin, the period is [first, last). Rates are shares (0-1).
    """
    scopes = list_scopes(district)
    homes = _scope_rows(district, scopes)
    arose = ((needs["time"] >= first) & (needs["time"] < last)).to_numpy()
    sums = _sum_visits(visits, district, first, last)
    rows = homes[:, visits["grid"].to_numpy()]
    total = {name: _add(rows, values, len(scopes)) for name, values in sums.items()}
    total["needs"] = _add(homes[:, needs["grid"].to_numpy()], arose.astype(float), len(scopes))
    total["p90"] = _find_quantiles(rows, _list_waits(visits, first, last), len(scopes))
    figures = _divide(total)
    figures[~np.isin(np.arange(len(scopes)), homes)] = np.nan
    return figures


def _divide(total: Sums) -> np.ndarray:
    """The columns of WALKIN_INDICATORS from sums by scope."""
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = (
            total["needs"],
            total["first_finished"] / total["first_ended"],
            total["trips"] / total["finished"],
            total["wait"] / total["begun"],
            total["p90"],
            total["door"] / total["ended"],
            total["item_door"] / total["finished"],
            *(total[tier] / total["finished"] for tier in ("village", "township", "district")),
        )
    return np.column_stack(columns)


def _sum_visits(visits: pd.DataFrame, district: District, first: int, last: int) -> Sums:
    """What each visit adds to the sums; minutes, or 1 for a count."""
    v = {name: visits[name].to_numpy() for name in visits.columns}
    begun = (v["begin"] >= first) & (v["begin"] < last)
    ended = (v["end"] >= first) & (v["end"] < last)
    finished = ended & v["finished"]
    door = np.where(v["end"] >= 0, (v["end"] - v["arrive"] + 2 * v["travel_seconds"]) / 60, 0.0)
    tier = district.units["tier"].to_numpy()[v["unit"]]
    number = pd.factorize(v["need"])[0]
    item_door = np.bincount(number, weights=door, minlength=0)[number] if len(number) else door
    at_first = ended & (v["visit"] == 1)
    return {
        "begun": begun.astype(float),
        "ended": ended.astype(float),
        "finished": finished.astype(float),
        "first_ended": at_first.astype(float),
        "first_finished": (at_first & v["finished"]).astype(float),
        "trips": np.where(finished, v["visit"], 0).astype(float),
        "wait": np.where(begun, (v["begin"] - v["arrive"]) / 60, 0.0),
        "door": np.where(ended, door, 0.0),
        "item_door": np.where(finished, item_door, 0.0),
        **{name: (finished & (tier == name)).astype(float) for name in ("village", "township", "district")},
    }


def _list_waits(visits: pd.DataFrame, first: int, last: int) -> np.ndarray:
    begin = visits["begin"].to_numpy()
    waits = (begin - visits["arrive"].to_numpy()) / 60
    return np.where((begin >= first) & (begin < last), waits, np.nan)


def _scope_rows(district: District, scopes: pd.DataFrame) -> np.ndarray:
    """For district, township and village (row) and grid (column) the row of `scopes`."""
    number = {key: row for row, key in enumerate(zip(scopes["scope_kind"], scopes["scope"], strict=True))}
    root = scopes.loc[scopes["scope_kind"] == "district", "scope"].iloc[0]
    places = district.places
    return np.array(
        [
            [number["district", root]] * len(places),
            [number["township", code] for code in places["township"]],
            [number["village", code] for code in places["village"]],
        ]
    )


def _add(rows: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    total = np.zeros(count)
    for row in rows:
        total += np.bincount(row, weights=values, minlength=count)
    return total


def _find_quantiles(rows: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Order-statistic quantiles by scope of the values that are figures."""
    result = np.full(count, np.nan)
    used = np.isfinite(values)
    for row in rows:
        mine, value = row[used], values[used]
        order = np.lexsort((value, mine))
        scope, begin, size = np.unique(mine[order], return_index=True, return_counts=True)
        if len(scope):
            result[scope] = value[order][begin + np.ceil(SHARE * size).astype(int) - 1]
    return result
