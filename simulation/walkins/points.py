"""Service points: which one a resident goes to, how far it is, its windows and their hours."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulation.walkins.timetable import Span, Timetable, build_timetable
from twin.calendar import WorkCalendar, build_calendar, list_shift_windows
from twin.district import District
from twin.service_checks import count_staff, list_codes

NONE = -1


@dataclass(frozen=True)
class WindowGroup:
    """Windows of a point that open and close together: how many, and their spans in seconds."""

    point: int
    count: int
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class ServicePoints:
    """The points of a district over so many days, in the order of `service_points`.

    units: row of `units`; seconds: points x grids; nearest: services x grids, NONE where no staffed point
    may finish the service; timetables: one a point.
    """

    units: np.ndarray
    seconds: np.ndarray
    nearest: np.ndarray
    groups: tuple[WindowGroup, ...]
    timetables: tuple[Timetable, ...]


def compile_points(district: District, origin: date, days: int) -> ServicePoints:
    """The points of a district from an origin on.

    No more windows open than their staff has filled posts; a point without an open window is passed over.
    """
    calendar = build_calendar(district.settings, district.calendar, origin, days)
    rows = {code: row for row, code in enumerate(district.units["code"])}
    units = np.array([rows[code] for code in district.service_points["unit"]], dtype=np.int64)
    groups = _list_groups(district, calendar)
    seconds = district.travel_seconds()[units].astype(np.int64)
    return ServicePoints(
        units,
        seconds,
        _find_nearest(list_able(district), seconds),
        groups,
        _list_timetables(district, groups, len(units), days),
    )


def _list_groups(district: District, calendar: WorkCalendar) -> tuple[WindowGroup, ...]:
    point = {code: number for number, code in enumerate(district.service_points["unit"])}
    spans = {
        shift: tuple(list_shift_windows(district.shifts, str(shift), 0, calendar))
        for shift in district.windows["shift"].unique()
    }
    groups = [
        WindowGroup(point[row.unit], min(int(row.windows), staff), spans[row.shift])
        for row, staff in zip(district.windows.itertuples(), count_staff(district), strict=True)
    ]
    return tuple(group for group in groups if group.count > 0)


def list_able(district: District) -> np.ndarray:
    """Whether each point may finish each service and has somebody at a window (services x points)."""
    lists = [set(list_codes(text)) for text in district.service_points["services"]]
    open_units = {
        row.unit
        for row, staff in zip(district.windows.itertuples(), count_staff(district), strict=True)
        if min(int(row.windows), staff) > 0
    }
    staffed = district.service_points["unit"].isin(open_units).to_numpy(bool)
    able = [[not codes or service in codes for codes in lists] for service in district.services["service"]]
    return np.array(able, dtype=bool).reshape(-1, len(lists)) & staffed


def _find_nearest(able: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """The nearest point for each service and grid; ties by the order of the points."""
    nearest = np.full((len(able), seconds.shape[1]), NONE)
    for row, may in enumerate(able):
        points = np.flatnonzero(may)
        if len(points):
            nearest[row] = points[seconds[points].argmin(axis=0)]
    return nearest


def _list_timetables(
    district: District, groups: tuple[WindowGroup, ...], points: int, days: int
) -> tuple[Timetable, ...]:
    weights = np.ones(24)
    if len(district.service_hours):
        weights = np.zeros(24)
        weights[district.service_hours["hour"].to_numpy()] = district.service_hours["weight"].to_numpy()
    spans: list[list[Span]] = [[] for _ in range(points)]
    for group in groups:
        spans[group.point] += group.spans
    kept: dict[tuple[Span, ...], Timetable] = {}
    for own in map(tuple, spans):
        if own not in kept:
            kept[own] = build_timetable(list(own), days, weights)
    return tuple(kept[tuple(own)] for own in spans)


def measure_open_seconds(points: ServicePoints, first: int, last: int, units: int) -> np.ndarray:
    """Seconds that windows are open between two moments, by unit row."""
    total = np.zeros(units)
    for group in points.groups:
        inside = sum(max(0, min(end, last) - max(start, first)) for start, end in group.spans)
        total[points.units[group.point]] += inside * group.count
    return total


def find_first_arrivals(
    points: ServicePoints, point: np.ndarray, day: np.ndarray, moment: np.ndarray
) -> np.ndarray:
    """When each need is first brought to its point, in seconds; NONE for never."""
    time = np.full(len(point), NONE, dtype=np.int64)
    distinct = list(dict.fromkeys(id(table) for table in points.timetables))
    numbers = np.array([*(distinct.index(id(table)) for table in points.timetables), NONE])[point]
    tables = {id(table): table for table in points.timetables}
    for number, key in enumerate(distinct):
        mine = np.flatnonzero(numbers == number)
        time[mine] = tables[key].find_array(day[mine], moment[mine])
    return time
