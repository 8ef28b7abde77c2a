"""Small districts with service points, and needs written by hand."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from shapely import Point

from simulation.walkins import Needs
from tests.simulation.test_hand_log import DAY_SHIFT, clock, show
from tests.simulation.textbook import ORIGIN, build_district
from twin.district import District
from twin.load import complete_table

ROUTE = {"item": "a", "step": "handle", "role": "", "tier": "", "state": "closed", "law": "constant"}
NOON = {"shift": "noon", "days": "workdays", "start": "12:00", "end": "14:00"}
ALWAYS = {"shift": "always", "days": "always"}


def build_halls(
    points: Mapping[str, tuple[int, str, float]],
    services: Sequence[Mapping[str, Any]] = ({"service": "a", "name": "a", "per_day": 4, "minutes": 10},),
    windows: Sequence[Mapping[str, Any]] = (),
    grids: int = 1,
    closed: Mapping[str, float] | None = None,
    always: bool = False,
) -> District:
    """A district whose `points` are unit -> (windows, services, x in metres); `closed` units are no points.

    Every unit has nine posts; windows open 08-12 and 14-18 on workdays, or always; grids are 1 km squares in
    a row. More `windows` may be added as rows.
    """
    spots = {code: x for code, (_, _, x) in points.items()} | dict(closed or {})
    district = _lay(tuple(spots), grids, always)
    shift = "always" if always else "day"
    rows = [{"unit": unit, "shift": shift, "windows": n} for unit, (n, _, _) in points.items()]
    lists = [{"unit": unit, "services": items} for unit, (_, items, _) in points.items()]
    return district.with_tables(
        units=district.units.set_geometry([Point(x, 500) for x in spots.values()], crs="EPSG:32649"),
        services=complete_table("services", pd.DataFrame(list(services))),
        service_points=complete_table("service_points", pd.DataFrame(lists)),
        windows=complete_table("windows", pd.DataFrame([*rows, *windows])),
    )


@cache
def _lay(units: tuple[str, ...], grids: int, always: bool) -> District:
    """The district under the halls, kept: building it takes longer than most plays."""
    return build_district(
        dict.fromkeys(units, 9),
        [ROUTE],
        [(0, "a", 1)],
        grids=grids,
        shifts=(ALWAYS,) if always else (*DAY_SHIFT, NOON),
        work_calendar="always" if always else "weekdays",
    )


def moment(text: str) -> float:
    """The quantile at which somebody comes at HH:MM[:SS] to a hall open 08-12 and 14-18, hours alike."""
    hours, minutes, *rest = (int(part) for part in text.split(":"))
    second = hours * 3600 + minutes * 60 + (rest[0] if rest else 0)
    passed = second - 8 * 3600 - (2 * 3600 if hours >= 14 else 0)
    return (passed + 0.5) / (8 * 3600)


def write_needs(
    rows: Sequence[tuple[int, str, float]],
    later: Mapping[int, Sequence[tuple[int, str, float]]] | None = None,
    days: int = 5,
    grid: Sequence[int] = (),
    service: Sequence[int] = (),
) -> Needs:
    """Needs as (day, time, minutes at the window); `later` adds (gap in opening days, time, minutes)."""
    later = later or {}
    plans = [[(0, time, minutes), *later.get(n, ())] for n, (_, time, minutes) in enumerate(rows)]
    visits = np.array([len(plan) for plan in plans])
    flat = [visit for plan in plans for visit in plan]
    zeros = [0] * len(rows)
    return Needs(
        ORIGIN,
        days,
        1,
        np.array([day for day, _, _ in rows]),
        np.array(list(grid) or zeros),
        np.array(list(service) or zeros),
        np.arange(1, len(rows) + 1, dtype=np.uint64),
        np.cumsum(visits) - visits,
        visits,
        np.array([round(60 * minutes) for _, _, minutes in flat]),
        np.array([gap for gap, _, _ in flat]),
        np.array([moment(time) for _, time, _ in flat]),
    )


def list_served(table: pd.DataFrame) -> list[tuple[int, int, int, str, str, str]]:
    """(need, visit, window, arrive, begin, end) of every visit, as clock times."""
    rows = table[["need", "visit", "window", "arrive", "begin", "end"]].itertuples(index=False)
    return [(n, v, w, *(show_second(t) for t in times)) for n, v, w, *times in rows]


def show_second(seconds: int) -> str:
    """`show` with seconds where there are some; blank for not yet."""
    if seconds < 0:
        return ""
    rest = seconds % 60
    return show(int(seconds)) + (f":{rest:02d}" if rest else "")


__all__ = ["ALWAYS", "NOON", "build_halls", "clock", "list_served", "moment", "write_needs"]
