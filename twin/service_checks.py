"""Rules of the walk-in tables: services, service points, their windows and hours."""

import pandas as pd

from twin.district import District
from twin.faults import Fault


def check_services(district: District) -> list[Fault]:
    """Every fault of services, service_points, windows and service_hours; a district may have none."""
    faults: list[Fault] = []
    for check in (_check_points, _check_windows, _check_staff, _check_finishing, _check_hours):
        faults += check(district)
    return faults


def list_codes(text: str) -> list[str]:
    """The codes of a `;` list; none for a blank one."""
    return [code for code in text.split(";") if code]


def _unknown(table: str, row: str, column: str, codes: list[str], known: set[str]) -> list[Fault]:
    return [
        Fault(table, row, f"{column} unknown", f"{code!r} is not among the {len(known)} known")
        for code in codes
        if code not in known
    ]


def _check_points(district: District) -> list[Fault]:
    units, services = set(district.units["code"]), set(district.services["service"])
    opened = set(district.windows["unit"])
    faults: list[Fault] = []
    for point in district.service_points.itertuples():
        faults += _unknown("service_points", point.unit, "unit", [point.unit], units)
        faults += _unknown("service_points", point.unit, "services", list_codes(point.services), services)
        if point.unit not in opened:
            faults.append(Fault("service_points", point.unit, "no window", "give it a row in windows.csv"))
    return faults


def _check_windows(district: District) -> list[Fault]:
    points, units = set(district.service_points["unit"]), set(district.units["code"])
    shifts = set(district.shifts["shift"])
    rotas = set(district.shifts.loc[district.shifts["days"] == "rota", "shift"])
    faults: list[Fault] = []
    for row in district.windows.itertuples():
        label = f"{row.unit} {row.shift}"
        if row.unit not in points:
            faults.append(Fault("windows", label, "no service point", "add the unit to service_points.csv"))
        faults += _unknown("windows", label, "shift", [row.shift], shifts)
        faults += _unknown("windows", label, "staff", list_codes(row.staff), units)
        if row.shift in rotas:
            faults.append(
                Fault("windows", label, "shift by rota", "a window opens on workdays, daily or always")
            )
    return faults


def _check_staff(district: District) -> list[Fault]:
    posts = count_staff(district)
    return [
        Fault(
            "windows",
            f"{row.unit} {row.shift}",
            "windows without staff",
            f"{row.windows} windows, {staff} posts filled: fewer, or name in `staff` who sends clerks",
        )
        for row, staff in zip(district.windows.itertuples(), posts, strict=True)
        if row.windows > staff
    ]


def count_staff(district: District) -> list[int]:
    """For each row of `windows` the filled posts of the units that staff it (`staff`, or the unit itself)."""
    filled = district.posts.loc[district.posts["filled"] == 1, "unit"].value_counts()
    return [
        sum(int(filled.get(unit, 0)) for unit in list_codes(row.staff) or [row.unit])
        for row in district.windows.itertuples()
    ]


def _check_finishing(district: District) -> list[Fault]:
    """A service with needs and no point that may finish it."""
    lists = [list_codes(text) for text in district.service_points["services"]]
    everything = any(not codes for codes in lists)
    held = {code for codes in lists for code in codes}
    wanted: pd.Series = district.services.loc[district.services["per_day"] > 0, "service"]
    return [
        Fault("services", service, "no point may finish it", "add it to `services` of a service point")
        for service in wanted
        if not everything and service not in held
    ]


def _check_hours(district: District) -> list[Fault]:
    hours = district.service_hours
    if len(hours) and hours["weight"].sum() <= 0:
        return [Fault("service_hours", "", "weights", "at least one hour needs a weight above 0")]
    return []
