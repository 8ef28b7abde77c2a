"""Measures of walk-in service (政务服务就近办): where items may be finished, and at how many windows."""

from collections.abc import Iterable, Sequence
from typing import Literal

import pandas as pd
from pydantic import Field

from simulation.measures.base import Measure, fault, labels
from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.service_checks import check_services, list_codes

_TIERS = {"township": ("乡镇", "Townships"), "village": ("村（社区）", "Villages")}


class OpenServicePoint(Measure):
    """Open a hall or station at a unit; a unit that has one already gets more items and windows."""

    kind = "open_service_point"
    title_zh, title_en = "开设服务点", "Open a service point"
    touches = ("service_points", "windows")
    unit: str = Field(**labels("设在单位", "At unit", "unit"))
    services: tuple[str, ...] = Field(
        (), **labels("可办事项（空为同级服务点所办）", "Items (blank: those of its tier)", "service")
    )
    windows: int = Field(1, gt=0, **labels("窗口数", "Windows"))
    shift: str = Field("office", **labels("开放班次", "Opening shift", "shift"))
    staff: tuple[str, ...] = Field((), **labels("派员单位（空为本单位）", "Staff (blank: the unit)", "unit"))

    def apply(self, district: District) -> District:
        """Adds the point, its items and windows; those at the windows are filled posts of `staff`."""
        faults = [
            *_unknown(self.kind, "unit", [self.unit, *self.staff], district.units["code"]),
            *_unknown(self.kind, "service", self.services, district.services["service"]),
            *_unknown(self.kind, "shift", [self.shift], district.shifts["shift"]),
        ]
        held = None if faults else self.services or _list_of_tier(district, self.unit)
        if held is not None and not held:
            faults.append(fault(self.kind, self.unit, "no items", "no point of this tier: name the items"))
        if faults or held is None:
            raise DistrictFaults(faults)
        opened = district.with_tables(
            service_points=_add_services(district, self.unit, held),
            windows=_add_windows(district, self.unit, self.shift, self.windows, self.staff),
        )
        found = [f for f in check_services(opened) if f.row.split(" ")[0] == self.unit]
        if found:
            raise DistrictFaults([fault(self.kind, f.row, f.rule, f.message) for f in found])
        return opened


class DelegateMatters(Measure):
    """Service items may be finished at every point of a tier (政务服务就近办)."""

    kind = "delegate_matters"
    title_zh, title_en = "事项下放就近办", "Finish items nearby"
    touches = ("service_points",)
    services: tuple[str, ...] = Field(min_length=1, **labels("下放事项", "Items", "service"))
    tier: Literal["township", "village"] = Field(
        "township",
        **labels(
            "下放到",
            "To tier",
            options={"township": ("乡镇", "Townships"), "village": ("村（社区）", "Villages")},
        ),
    )
    places: tuple[str, ...] = Field((), **labels("地方（空为全区）", "Places (blank: all)", "area"))

    def apply(self, district: District) -> District:
        """Adds the items to the points of the tier that stand in the places, or in their villages."""
        faults = [
            *_unknown(self.kind, "service", self.services, district.services["service"]),
            *_unknown(self.kind, "place", self.places, district.areas["code"]),
        ]
        chosen = district.service_points["unit"].isin(_list_units(district, self.tier, self.places))
        if not faults and not chosen.any():
            faults.append(
                fault(self.kind, self.tier, "no service point", "no point of this tier in these places")
            )
        if faults:
            raise DistrictFaults(faults)
        points = district.service_points.copy()
        points.loc[chosen, "services"] = [
            _join(text, self.services) for text in points.loc[chosen, "services"]
        ]
        return district.with_tables(service_points=points)


def _unknown(kind: str, name: str, codes: Sequence[str], known: Iterable[str]) -> list[Fault]:
    known = set(known)
    return [
        fault(kind, code, f"{name} unknown", f"no {name} {code!r} in this district")
        for code in codes
        if code not in known
    ]


def _list_units(district: District, tier: str, places: Sequence[str]) -> list[str]:
    """Units of a tier that stand in some places or below them; everywhere where none is named."""
    parents = dict(zip(district.areas["code"], district.areas["parent"], strict=True))
    units = district.units[district.units["tier"] == tier]
    return [
        row.code
        for row in units.itertuples()
        if not places or {row.area, *_list_above(row.area, parents)} & set(places)
    ]


def _list_above(area: str, parents: dict[str, str]) -> list[str]:
    above = []
    while area := parents.get(area, ""):
        above.append(area)
    return above


def _join(text: str, more: Sequence[str]) -> str:
    """A `;` list with more codes at its end; a blank list holds everything and stays blank."""
    return ";".join(dict.fromkeys([*list_codes(text), *more])) if text else ""


def _list_of_tier(district: District, unit: str) -> tuple[str, ...]:
    """Every item that some point of the unit's tier may finish."""
    tiers = dict(zip(district.units["code"], district.units["tier"], strict=True))
    lists = [
        list_codes(row.services) or list(district.services["service"])
        for row in district.service_points.itertuples()
        if tiers[row.unit] == tiers[unit]
    ]
    held = {code for codes in lists for code in codes}
    return tuple(code for code in district.services["service"] if code in held)


def _add_services(district: District, unit: str, services: Sequence[str]) -> pd.DataFrame:
    points = district.service_points
    here = points["unit"] == unit
    if not here.any():
        row = pd.DataFrame({"unit": [unit], "services": [";".join(services)]})
        return pd.concat([points, row], ignore_index=True)
    return points.assign(
        services=[
            _join(text, services) if mine else text
            for text, mine in zip(points["services"], here, strict=True)
        ]
    )


def _add_windows(
    district: District, unit: str, shift: str, windows: int, staff: Sequence[str]
) -> pd.DataFrame:
    table = district.windows
    here = (table["unit"] == unit) & (table["shift"] == shift)
    if not here.any():
        row = {"unit": [unit], "shift": [shift], "windows": [windows], "staff": [";".join(staff)]}
        return pd.concat([table, pd.DataFrame(row)], ignore_index=True)
    table = table.assign(windows=table["windows"] + windows * here)
    if staff:
        senders = [";".join(dict.fromkeys([*(list_codes(t) or [unit]), *staff])) for t in table["staff"]]
        table["staff"] = table["staff"].where(~here, pd.Series(senders, index=table.index))
    return table
