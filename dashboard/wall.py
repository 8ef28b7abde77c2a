"""A snapshot -> what the wall's script draws: plain JSON, names in the chosen language, numbers untouched."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.i18n import catalogue, pick, t
from dashboard.maps import shorten_name
from hub.snapshot import CaseRow, Figure, Force, LiveSnapshot, Move, TownshipRow
from twin.district import District
from twin.eventlog import ENDED

LISTED, MAP_MARKERS, MATTERS, MATTERS_WIDE, MOVES, FORCES = 5, 60, 8, 30, 8, 6
WEEKDAYS = "一二三四五六日"
OVER = (*ENDED, "evaluated")


class Names:
    """Names of places, matters and units of one district in one language."""

    def __init__(self, district: District, lang: str) -> None:
        self.lang = lang
        self.zone = ZoneInfo(district.settings.time_zone)
        self.places = _name_column(district.areas, "code", "name", "name_en", lang)
        self.units = _name_column(district.units, "code", "name", "name_en", lang)
        self.matters = _name_column(district.matters, "matter", "matter_name", "matter_name_en", lang)

    def township(self, code: str) -> str:
        """A township's name."""
        return self.places.get(code, t("wall.outside", self.lang))

    def short(self, code: str) -> str:
        """A township's name as on the map."""
        return shorten_name(self.township(code), self.lang)

    def matter(self, code: str) -> str:
        """A matter's name, from the code of a matter or an item."""
        return self.matters.get(code.partition("-")[0], code)

    def channel(self, code: str) -> str:
        """A channel's name, the code where the catalogue has none."""
        return catalogue(self.lang).get(f"wall.channel_{code}", code)

    def role(self, code: str) -> str:
        """A role's name, the code where the catalogue has none."""
        return catalogue(self.lang).get(f"roles.{code}", code)

    def clock(self, moment: datetime, form: str = "%H:%M") -> str:
        """A moment on the district's clock."""
        return f"{moment.astimezone(self.zone):{form}}"


def _name_column(table: Any, code: str, chinese: str, english: str, lang: str) -> Mapping[str, str]:
    rows = table.drop_duplicates(code)
    return {
        str(key): pick(lang, str(zh), "" if en is None or en != en else str(en))  # noqa: PLR0124
        for key, zh, en in zip(rows[code], rows[chinese], rows[english], strict=True)
    }


def describe(now: LiveSnapshot, names: Names) -> dict[str, Any]:
    """Everything on the wall, as JSON values."""
    listed = now.overdue[:LISTED]
    return {
        "clock": names.clock(now.as_of, "%H:%M"),
        "date": _date(now.as_of, names),
        "as_of": names.clock(now.as_of, "%H:%M:%S"),
        "origin": now.origin,
        "speed": now.speed,
        "preparing": now.preparing,
        "kpis": {name: _figure(figure) for name, figure in now.kpis.items()},
        "channels": [[names.channel(code), count] for code, count in now.channels],
        "stages": [
            [stage.arrived_today, stage.in_hand, stage.green, stage.amber, stage.red] for stage in now.stages
        ],
        "aside": now.aside,
        "outside": now.outside,
        "matters": _matters(now, names),
        "townships": [_township(row, names) for row in now.townships],
        "mean_on_time": now.mean_on_time,
        "overdue": [_overdue(n, row, names) for n, row in enumerate(listed, 1)],
        "markers": _markers(now, len(listed)),
        "marked": _count_markers(now),
        "moves": [_move(row, names) for row in now.moves[:MOVES]],
        "forces": _forces(now.forces, names),
        "backlog": [[names.clock(moment), held] for moment, held in now.backlog],
        "forecast": _forecast(now, names),
        "levels": base64.b64encode(now.grid_levels.tobytes()).decode(),
    }


def _forecast(now: LiveSnapshot, names: Names) -> dict[str, Any] | None:
    """The fan; `ahead` are minutes from the moment of the snapshot, below 0 for hours that have passed."""
    fan = now.forecast
    if fan is None:
        return None
    cover = fan.coverage
    return {
        "made_at": names.clock(fan.made_at),
        "clock": [names.clock(time) for time in fan.times],
        "ahead": [round((time - now.as_of).total_seconds() / 60) for time in fan.times],
        **{name: list(getattr(fan, name)) for name in ("median", "low50", "high50", "low90", "high90")},
        "replications": fan.replications,
        "seed": fan.seed,
        "threshold": fan.threshold,
        "probability": fan.threshold_probability,
        "coverage": None if cover is None else [cover.hours, cover.inside50, cover.inside90],
    }


def _date(moment: datetime, names: Names) -> str:
    local = moment.astimezone(names.zone)
    if names.lang == "zh":
        return f"{local.year}年{local.month}月{local.day}日 星期{WEEKDAYS[local.weekday()]}"
    return f"{local:%a} {local.day} {local:%b %Y}"


def _figure(figure: Figure) -> dict[str, Any]:
    return {"value": _plain(figure.value), "low": figure.low, "high": figure.high, "delta": figure.delta}


def _plain(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124


def _matters(now: LiveSnapshot, names: Names) -> list[dict[str, Any]]:
    rows = sorted(now.matters, key=lambda row: (-row.reported_today, row.matter))
    return [
        {
            "name": names.matter(row.matter),
            "reported": row.reported_today,
            "overdue": row.overdue,
            "on_time": row.on_time,
        }
        for row in rows
    ]


def _township(row: TownshipRow, names: Names) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": names.township(row.code) if names.lang == "zh" else names.short(row.code),
        "band": row.band,
        "on_time": row.on_time,
        "shrunk": row.shrunk,
        "low": row.low,
        "high": row.high,
        "overdue": row.overdue,
        "trend": [round(value, 4) for value in row.trend],
    }


def _overdue(number: int, row: CaseRow, names: Names) -> dict[str, Any]:
    return {
        "number": number,
        "where": f"{names.short(row.township)}·{names.township(row.village)}",
        "matter": names.matter(row.matter),
        "unit": names.units.get(row.unit, ""),
        "minutes": row.overdue_minutes,
        "priority": row.priority,
    }


def _markers(now: LiveSnapshot, listed: int) -> list[dict[str, Any]]:
    """The listed cases numbered, then the most urgent others; what is drawn is what the legend counts."""
    rows = [(row, n + 1 if n < listed else 0) for n, row in enumerate(now.overdue[:MAP_MARKERS])]
    rows += [(row, 0) for row in now.due_soon if row.priority == 1][: MAP_MARKERS // 2]
    return [
        {"kind": row.light, "lon": row.x, "lat": row.y, "number": number}
        for row, number in rows
        if row.x == row.x
    ]


def _count_markers(now: LiveSnapshot) -> dict[str, int]:
    kinds = [marker["kind"] for marker in _markers(now, LISTED)]
    return {"red": kinds.count("red"), "amber": kinds.count("amber")}


def _move(row: Move, names: Names) -> dict[str, Any]:
    state = catalogue(names.lang).get(f"wall.state_{row.state}", row.state)
    return {
        "time": names.clock(row.occurred_at),
        "number": row.number,
        "key": f"{row.case_id}-{row.occurred_at.timestamp()}-{row.state}",
        "matter": names.matter(row.matter),
        "where": f"{names.short(row.township)}·{names.township(row.village)}",
        "state": state,
        "light": row.light,
        "closed": row.state in OVER,
        "minutes": row.remaining_minutes,
    }


def _forces(forces: list[Force], names: Names) -> list[dict[str, Any]]:
    """The busiest roles first among those that work cases; those without a load are left to other views."""
    working = [force for force in forces if force.load is not None and force.load > 0]
    return [
        {
            "name": names.role(force.role),
            "on_duty": force.on_duty,
            "established": force.established,
            "load": force.load,
        }
        for force in working
    ]
