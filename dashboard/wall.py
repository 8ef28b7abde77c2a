"""A snapshot -> what the wall's script draws: plain JSON, names in the chosen language, numbers untouched."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.i18n import catalogue
from dashboard.wall_names import Names
from dashboard.wall_views import (
    describe_forces,
    describe_loop,
    describe_rates,
    describe_whistles,
)
from hub.policy import WallPolicy
from hub.snapshot import CaseRow, Figure, Force, LiveSnapshot, Move, TownshipRow
from twin.eventlog import ENDED

#: Cases in the list, of which the first few are numbered on the map; markers of each kind at most; moves.
LISTED, NUMBERED, MARKERS, MOVES, URGENT = 24, 5, 60, 16, 2
WEEKDAYS = "一二三四五六日"
OVER = (*ENDED, "evaluated")


@dataclass(frozen=True)
class Board:
    """What stands over every view: the contingency in force ("" none), supervision orders that are open."""

    contingency: str = ""
    open_orders: int | None = None


def describe(now: LiveSnapshot, names: Names, policy: WallPolicy, board: Board) -> dict[str, Any]:
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
        "markers": _markers(now),
        "moves": [_move(row, names) for row in now.moves[:MOVES]],
        "forces": _forces(now.forces, names),
        "backlog": [[names.clock(moment), held] for moment, held in now.backlog],
        "forecast": _forecast(now, names),
        "rates": describe_rates(now, policy),
        "whistles": describe_whistles(now, names),
        "loop": describe_loop(now),
        "strength": describe_forces(now, names, policy),
        "board": {"contingency": board.contingency, "orders": board.open_orders},
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
            "in_hand": row.in_hand,
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
        "place": row.township,
        "where": names.where(row.township, row.village),
        "matter": names.matter(row.matter),
        "unit": names.units.get(row.unit, ""),
        "case": row.number,
        "state": row.state,
        "minutes": row.overdue_minutes,
        "priority": row.priority,
    }


def _markers(now: LiveSnapshot) -> list[dict[str, Any]]:
    """Urgent cases and whistles; the first of the list carry its numbers; the legend counts what is here."""
    late = [(row, n if n <= NUMBERED else 0) for n, row in enumerate(now.overdue, 1)]
    rows = [(row, n) for row, n in late if n or row.priority <= URGENT][:MARKERS]
    rows += [(row, 0) for row in now.due_soon if row.priority <= URGENT][:MARKERS]
    cases = [
        {"kind": row.light, "lon": row.x, "lat": row.y, "number": number, "place": row.township}
        for row, number in rows
        if row.x == row.x
    ]
    calls = [
        {"kind": "whistle", "lon": row.x, "lat": row.y, "number": 0, "place": row.township}
        for row in now.whistles
        if row.going and row.x == row.x
    ]
    return cases + calls


def _move(row: Move, names: Names) -> dict[str, Any]:
    state = catalogue(names.lang).get(f"wall.state_{row.state}", row.state)
    return {
        "time": names.clock(row.occurred_at),
        "number": row.number,
        "key": f"{row.case_id}-{row.occurred_at.timestamp()}-{row.state}",
        "matter": names.matter(row.matter),
        "where": names.where(row.township, row.village),
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
