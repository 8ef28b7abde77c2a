"""A queue of the textbook, written as a small district."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import Point, box

from simulation.demand import sample_cases
from simulation.engine import run
from simulation.experiment import replication_seed
from simulation.flow import compile_flow
from simulation.playing.visits import Visits
from twin.calendar import DAY
from twin.district import District
from twin.load import complete_table
from twin.schema import blank_table
from twin.settings import DistrictSettings

ORIGIN = date(2026, 5, 11)


def build_district(
    units: Mapping[str, int],
    routes: Sequence[Mapping[str, Any]],
    demand: Sequence[tuple[int, str, float]],
    items: Sequence[Mapping[str, Any]] = ({"item": "a"},),
    preferences: Sequence[tuple[int, str, Sequence[str]]] = (),
    grids: int = 1,
    hourly: Sequence[float] = (1.0,) * 24,
    shifts: Sequence[Mapping[str, Any]] = ({"shift": "always", "days": "always"},),
    work_calendar: str = "always",
    post_columns: Mapping[str, Mapping[str, Any]] | None = None,
    travel: Sequence[tuple[str, str, float]] = (),
    **play: Any,
) -> District:
    """A district of `grids` squares in one village; `units` gives the posts of a unit, its code their role.

    Routes name a unit as their role; demand rows are (grid number, matter, cases a day); `post_columns` are
    other columns of posts by id, `travel` rows of the table of that name.
    """
    settings = DistrictSettings(
        name="教科书区",
        code="990199",
        crs="EPSG:32649",
        metric_crs="EPSG:32649",
        work_calendar=work_calendar,
        demand={"hourly": tuple(hourly)},
        play={"warm_up_days": 0, "drain_days": 0, "overtime_minutes": 0, **play},
    )
    village = {"households": 0, "population": 0}
    areas = [
        {"code": "D", "name": "区", "tier": "district", "parent": "", **village},
        {"code": "T", "name": "乡", "tier": "township", "parent": "D", **village},
        {"code": "V", "name": "村", "tier": "village", "parent": "T", **village},
    ]
    whole = box(0, 0, 1000 * grids, 1000)
    cells = [{"code": f"G{n}", "name": f"第{n}网格", "village": "V"} for n in range(grids)]
    homes = [
        {"code": u, "name": u, "tier": "district", "area": "D", "parent": "" if n == 0 else next(iter(units))}
        for n, u in enumerate(units)
    ]
    roles = {role for _, role, _ in preferences} or set()
    posts = [
        {
            "post_id": f"{unit}-{n}",
            "unit": unit,
            "role": "server" if roles else unit,
            "shift": shifts[0]["shift"],
        }
        for unit, count in units.items()
        for n in range(count)
    ]
    posts = [{**p, **(post_columns or {}).get(p["post_id"], {})} for p in posts]
    matters = [{"matter": i["item"], **i} for i in items]
    steps = [{"state": "handled", "tier": "district", "cv": 1.0, **r} for r in routes]
    mandates = {
        (r["item"], r["tier"], r["role"])
        for r in steps
        if r["item"] != "*" and r["role"] and r["state"] == "handled"
    }
    return District(
        settings=settings,
        areas=_layer("areas", areas, [whole] * 3),
        grids=_layer("grids", cells, [box(1000 * n, 0, 1000 * n + 1000, 1000) for n in range(grids)]),
        units=_layer("units", homes, [Point(500, 500)] * len(units)),
        roads=gpd.GeoDataFrame({"road_id": [], "class": [], "speed_kmh": []}, geometry=[], crs="EPSG:32649"),
        posts=_table("posts", posts),
        shifts=_table("shifts", shifts),
        matters=_table("matters", matters),
        demand=_table("demand", [{"area": f"G{g}", "matter": m, "per_day": rate} for g, m, rate in demand]),
        routes=_table("routes", [{"position": 10 * (n + 1), **r} for n, r in enumerate(steps)]),
        mandates=_table("mandates", [{"item": i, "tier": t, "role": r} for i, t, r in sorted(mandates)]),
        duties=_table("duties", []),
        calendar=_table("calendar", []),
        preferences=_table(
            "preferences",
            [
                {"area": f"G{g}", "role": r, "rank": k, "unit": u}
                for g, r, order in preferences
                for k, u in enumerate(order, 1)
            ],
        ),
        sources=_table("sources", []),
        travel=_table("travel", [{"origin": o, "grid": g, "seconds": s} for o, g, s in travel]),
    )


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    if not rows:
        return blank_table(name)
    return complete_table(name, pd.DataFrame(list(rows)))


def _layer(name: str, rows: Sequence[Mapping[str, Any]], shapes: Sequence[Any]) -> gpd.GeoDataFrame:
    return complete_table(name, gpd.GeoDataFrame(list(rows), geometry=list(shapes), crs="EPSG:32649"))


def play(district: District, days: int, seed: int) -> Visits:
    """One run from empty."""
    flow = compile_flow(district, ORIGIN, days)
    return run(flow, sample_cases(district, ORIGIN, days, replication_seed(seed, 0)), days * DAY)
