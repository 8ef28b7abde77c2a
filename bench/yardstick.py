"""The yardstick's flow: as a small district for the engine, and as plain lists for the naive model.

Thirty places with four pools each (clerk, squad, office, inspector) on three day shifts; a case is accepted,
handled, in three of ten cases handled once more one level up, checked and closed: 3.3 visits a case.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import Point, box

from simulation.demand import Cases, sample_cases
from simulation.flow import Flow, compile_flow
from simulation.playing.lots import UP, Lots
from twin.calendar import DAY
from twin.district import District
from twin.load import complete_table
from twin.schema import blank_table
from twin.settings import DistrictSettings

ORIGIN = date(2026, 5, 11)
PLACES, CASES_A_DAY, DAYS, DRAIN_DAYS = 30, 1_000, 30, 3
CREWS = {"clerk": 2, "squad": 7, "office": 2, "inspector": 2}
STEPS = (
    # step, state, role, mean minutes, share handed up, next
    ("accept", "accepted", "clerk", 20, 0.0, "handle"),
    ("handle", "handled", "squad", 90, 0.3, "check"),
    ("elevate", "handled", "office", 60, 0.0, "check"),
    ("check", "checked", "inspector", 20, 0.0, "close"),
    ("close", "closed", "", 0, 0.0, ""),
)
SHIFTS = {"early": ("07:00", "17:00"), "day": ("08:00", "18:00"), "late": ("10:00", "20:00")}
HOURLY = (0.2,) * 6 + (1.0,) * 2 + (2.0,) * 10 + (1.0,) * 4 + (0.2,) * 2
CRS = "EPSG:32649"


@dataclass(frozen=True)
class Yardstick:
    """One replication: for the engine a flow and its cases, for the naive model the same in lists."""

    flow: Flow
    cases: Cases
    horizon: int
    capacities: list[int]
    windows: list[list[tuple[int, int]]]
    visits: list[tuple[int, int, list[tuple[str, int, int]]]]


def prepare_yardstick(seed: int = 1) -> Yardstick:
    """Draw the cases once; both models play the same arrivals and service times."""
    flow, horizon = prepare_flow(DAYS)
    cases = sample_cases(flow.district, ORIGIN, DAYS, seed)
    windows = [[span for span in zip(*plan.windows[0], strict=True) if span[0] >= 0] for plan in flow.pools]
    return Yardstick(
        flow, cases, horizon, [len(plan.posts) for plan in flow.pools], windows, list_visits(flow, cases)
    )


def prepare_flow(days: int) -> tuple[Flow, int]:
    """The flow for so many days of cases, and its horizon in seconds; more days change nobody's load."""
    return compile_flow(build_district(), ORIGIN, days + DRAIN_DAYS), (days + DRAIN_DAYS) * DAY


def list_visits(flow: Flow, cases: Cases) -> list[tuple[int, int, list[tuple[str, int, int]]]]:
    """(time, priority, visits) of each case; a visit is (state, pool number, seconds)."""
    lots = Lots(flow, cases)
    bodies = [flow.bodies.index(("township", role)) for _, _, role, _, _, _ in STEPS[:-1]]
    branch, touch = lots.branch.tolist(), lots.touch.tolist()
    columns = zip(cases.time.tolist(), cases.grid.tolist(), cases.item.tolist(), strict=True)
    found = []
    for case, (time, grid, item) in enumerate(columns):
        first = case * lots.width
        raised = branch[first + 1] == UP
        visits = [
            (STEPS[column][1], flow.served[body][grid][0], touch[first + column])
            for column, body in enumerate(bodies)
            if raised or column != 2
        ]
        found.append((time, flow.priority[item], visits))
    return found


def build_district() -> District:
    """The flow as a district that needs no special code: 30 townships of one grid each."""
    places = range(PLACES)
    areas = [{"code": "D", "name": "D", "tier": "district", "parent": ""}]
    areas += [{"code": f"T{n:02}", "name": f"T{n:02}", "tier": "township", "parent": "D"} for n in places]
    areas += [
        {"code": f"V{n:02}", "name": f"V{n:02}", "tier": "village", "parent": f"T{n:02}"} for n in places
    ]
    cells = [box(1000 * n, 0, 1000 * n + 1000, 1000) for n in places]
    whole = box(0, 0, 1000 * PLACES, 1000)
    units = [{"code": "U", "name": "U", "tier": "district", "area": "D", "parent": ""}]
    units += [
        {"code": f"U{n:02}", "name": f"U{n:02}", "tier": "township", "area": f"T{n:02}", "parent": "U"}
        for n in places
    ]
    return District(
        settings=_settings(),
        areas=_layer("areas", [{**a, "households": 0, "population": 0} for a in areas], [whole, *cells * 2]),
        grids=_layer(
            "grids", [{"code": f"G{n:02}", "name": f"G{n:02}", "village": f"V{n:02}"} for n in places], cells
        ),
        units=_layer("units", units, [Point(500, 500), *(Point(1000 * n + 500, 500) for n in places)]),
        roads=gpd.GeoDataFrame({"road_id": [], "class": [], "speed_kmh": []}, geometry=[], crs=CRS),
        **_tables(),
    )


def _settings() -> DistrictSettings:
    return DistrictSettings(
        name="yardstick",
        code="990198",
        crs=CRS,
        metric_crs=CRS,
        work_calendar="always",
        demand={"hourly": HOURLY},
        play={"warm_up_days": 0, "drain_days": DRAIN_DAYS, "overtime_minutes": 100_000},
    )


def _tables() -> dict[str, pd.DataFrame]:
    items = [("a", 1, 0.2), ("b", 2, 0.3), ("c", 3, 0.5)]
    shifts = list(SHIFTS)
    return {
        "posts": _table(
            "posts",
            [
                {
                    "post_id": f"{n:02}-{role}-{k}",
                    "unit": f"U{n:02}",
                    "role": role,
                    "shift": shifts[n % len(shifts)],
                }
                for n in range(PLACES)
                for role, count in CREWS.items()
                for k in range(count)
            ],
        ),
        "shifts": _table(
            "shifts", [{"shift": s, "days": "daily", "start": a, "end": b} for s, (a, b) in SHIFTS.items()]
        ),
        "matters": _table(
            "matters",
            [
                {
                    "item": i,
                    "matter": "m",
                    "priority": p,
                    "share": share,
                    "limit_value": 48,
                    "limit_clock": "u",
                }
                for i, p, share in items
            ],
        ),
        "demand": _table(
            "demand",
            [{"area": f"G{n:02}", "matter": "m", "per_day": CASES_A_DAY / PLACES} for n in range(PLACES)],
        ),
        "routes": _table("routes", [_route(k, *step) for k, step in enumerate(STEPS, 1)]),
        "mandates": _table(
            "mandates",
            [
                {"item": i, "tier": "township", "role": role}
                for i, _, _ in items
                for role in ("squad", "office")
            ],
        ),
        **{name: _table(name, []) for name in ("duties", "calendar", "preferences", "sources")},
    }


def _route(
    position: int, step: str, state: str, role: str, minutes: float, up: float, following: str
) -> dict[str, Any]:
    return {
        "item": "*",
        "step": step,
        "position": position,
        "state": state,
        "role": role,
        "tier": "township" if role else "",
        "law": "exponential" if role else "constant",
        "minutes": minutes,
        "up_share": up,
        "up_to": "elevate" if up else "",
        "next": following,
    }


def _table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    if not rows:
        return blank_table(name)
    return complete_table(name, pd.DataFrame(rows))


def _layer(name: str, rows: list[dict[str, Any]], shapes: list[Any]) -> gpd.GeoDataFrame:
    return complete_table(name, gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS))
