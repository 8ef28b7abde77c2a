"""A moment -> the lists of the wall: open cases by urgency, the newest moves, forces on duty."""

from functools import lru_cache

import numpy as np
import pandas as pd
from pyproj import Transformer

from hub.cases import STAGES
from hub.moment import Moment
from hub.projection import Projection
from hub.snapshot import CaseRow, Light, Move
from hub.views import WhistleRow
from store.types import from_microseconds
from twin.district import District

MINUTE = 60_000_000


def list_overdue(moment: Moment, district: District, limit: int) -> list[CaseRow]:
    """Overdue cases in hand, the most urgent first: priority, then how long past due."""
    return _list_cases(moment, district, moment.red, limit)


def list_due_soon(moment: Moment, district: District, limit: int) -> list[CaseRow]:
    """Cases in hand whose light is amber, the most urgent first: priority, then least time left."""
    return _list_cases(moment, district, moment.amber, limit)


def _list_cases(moment: Moment, district: District, mask: np.ndarray, limit: int) -> list[CaseRow]:
    rows = np.flatnonzero(mask)
    priority = moment.cases["priority"].to_numpy()[rows]
    names = moment.cases.index[rows].to_numpy()
    rows = rows[np.lexsort((names, moment["close_due"][rows], priority))][:limit]
    chosen = moment.cases.iloc[rows]
    x, y = to_degrees(chosen["x"].to_numpy(float), chosen["y"].to_numpy(float), district)
    village = moment.places.villages[moment.grid[rows]]
    townships = np.array([*moment.places.townships, ""], dtype=object)[moment.township[rows]]
    numbers = number_cases(chosen, district.settings.time_zone)
    lights = np.where(moment.red[rows], "red", np.where(moment.amber[rows], "amber", "green"))
    overdue = (moment.now - moment["close_due"][rows]) / MINUTE
    columns = (
        chosen.index, numbers, chosen["grid"], village, townships, chosen["matter"], chosen["unit"],
        [STAGES[n] for n in chosen["stage"]], lights.tolist(), overdue.tolist(), chosen["priority"].tolist(),
        x.tolist(), y.tolist(),
    )  # fmt: skip
    return [CaseRow(*values) for values in zip(*columns, strict=True)]


def list_open_at(moment: Moment, district: District, place: str, limit: int) -> list[CaseRow]:
    """Cases in hand in one township or village, late ones first, then by priority and due time."""
    grids = district.places
    inside = (grids["township"] == place) | (grids["village"] == place)
    here = np.r_[inside.to_numpy(dtype=bool), False][moment.grid]
    late = _list_cases(moment, district, moment.red & here, limit)
    near = _list_cases(moment, district, moment.amber & here, limit - len(late))
    calm = moment.open & ~moment.red & ~moment.amber & here
    return late + near + _list_cases(moment, district, calm, limit - len(late) - len(near))


def list_whistles(moment: Moment, district: District, limit: int) -> tuple[list[WhistleRow], int]:
    """Calls of cases that nobody has handled since, the newest first, then those past; how many go on."""
    called = np.flatnonzero(moment["whistled_at"] >= 0)
    going = moment.open[called] & (moment["handled_at"][called] < moment["whistled_at"][called])
    order = np.lexsort((-moment["whistled_at"][called], ~going))[: max(limit, int(going.sum()))]
    rows, live = called[order], going[order]
    chosen = moment.cases.iloc[rows]
    x, y = to_degrees(chosen["x"].to_numpy(float), chosen["y"].to_numpy(float), district)
    columns = (
        chosen.index, [moment.places.townships[n] for n in moment.township[rows]],
        moment.places.villages[moment.grid[rows]].tolist(), chosen["matter"].astype(str), chosen["unit"],
        [from_microseconds(since) for since in moment["whistled_at"][rows].tolist()],
        chosen["called_bodies"].tolist(), chosen["present_bodies"].tolist(),
        *_time_answers(moment, rows), live.tolist(), x.tolist(), y.tolist(),
    )  # fmt: skip
    return [WhistleRow(*values) for values in zip(*columns, strict=True)], int(going.sum())


def _time_answers(moment: Moment, rows: np.ndarray) -> tuple[list[float | None], list[float | None]]:
    """Minutes that each answer took, and minutes left of its time when it came, or now."""
    since, due, there = (moment[name][rows] for name in ("whistled_at", "whistle_due", "there_at"))
    left = (due - np.where(there >= 0, there, moment.now)) / MINUTE
    return (
        [
            value if answered else None
            for value, answered in zip((there - since) / MINUTE, there >= 0, strict=True)
        ],
        [value if dated else None for value, dated in zip(left, due >= 0, strict=True)],
    )


def list_moves(moment: Moment, projection: Projection) -> list[Move]:
    """The newest steps done, newest first."""
    found = moment.cases.index.get_indexer(projection.moves["case_id"])
    moves = projection.moves[found >= 0].iloc[::-1]
    rows = found[found >= 0][::-1]
    numbers = number_cases(moment.cases.iloc[rows], projection.district.settings.time_zone)
    return [
        _describe_move(moment, row, move, number)
        for row, move, number in zip(rows.tolist(), moves.itertuples(), numbers, strict=True)
    ]


def _describe_move(moment: Moment, row: int, move: object, number: str) -> Move:
    due, township = int(moment["close_due"][row]), int(moment.township[row])
    return Move(
        occurred_at=move.occurred_at.to_pydatetime(),  # type: ignore[attr-defined]
        case_id=str(move.case_id),  # type: ignore[attr-defined]
        number=number,
        matter=str(moment.cases["matter"].iloc[row]),
        township=moment.places.townships[township],
        village=str(moment.places.villages[moment.grid[row]]),
        state=str(move.state),  # type: ignore[attr-defined]
        light=_find_light(moment, row, due),
        remaining_minutes=(due - moment.now) / MINUTE if due >= 0 else None,
    )


def _find_light(moment: Moment, row: int, due: int) -> Light:
    """An open case's light now; a closed one's by whether it was in time."""
    if moment["ended_at"][row] >= 0:
        return "red" if 0 <= due < moment["ended_at"][row] else "green"
    return "red" if moment.red[row] else "amber" if moment.amber[row] else "green"


def number_cases(cases: pd.DataFrame, zone: str) -> list[str]:
    """What people call a case: month and day of its report and six digits; a sender's own number stays."""
    reported = cases["reported_at"].to_numpy()
    stamps = pd.DatetimeIndex(reported.view("datetime64[us]")).tz_localize("UTC").tz_convert(zone)
    return [_number(case_id, day) for case_id, day in zip(cases.index, stamps.strftime("%m%d"), strict=True)]


def _number(case_id: str, day: str) -> str:
    try:
        return f"{day}-{int(case_id, 16) % 1_000_000:06d}" if len(case_id) == 16 else case_id
    except ValueError:
        return case_id


def to_degrees(x: np.ndarray, y: np.ndarray, district: District) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of metres in the district's metric system, to about 0.1 m."""
    if not len(x):
        return x, y
    longitude, latitude = _transformer(district.settings.metric_crs).transform(x, y)
    return np.round(longitude, 6), np.round(latitude, 6)


@lru_cache(maxsize=4)
def _transformer(metric_crs: str) -> Transformer:
    return Transformer.from_crs(metric_crs, "EPSG:4326", always_xy=True)
