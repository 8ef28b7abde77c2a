"""A district small enough to count by hand: two townships with a village each, three bodies a tier."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import LineString, Point, box

from twin.district import District
from twin.load import complete_table
from twin.schema import blank_table
from twin.settings import DistrictSettings

CRS = "EPSG:32649"
V1, V2 = "990199100200", "990199101200"


def build_hamlet() -> District:
    """Two townships T1 and T2; grids of 1 km in V1 (three in a row) and V2 (one); 28 posts; three items."""
    return District(
        settings=DistrictSettings(name="小区", code="990199", crs=CRS, metric_crs=CRS),
        areas=_list_areas(),
        grids=_list_grids(),
        units=_list_units(),
        roads=_list_roads(),
        posts=_list_posts(),
        shifts=_table("shifts", [{"shift": "office", "days": "workdays", "start": "08:00", "end": "16:00"}]),
        matters=_table("matters", _list_matters()),
        demand=_table("demand", _list_demand()),
        routes=_table("routes", _list_routes()),
        mandates=_table("mandates", _list_mandates()),
        duties=_table("duties", _list_duties()),
        calendar=blank_table("calendar"),
        preferences=blank_table("preferences"),
        sources=blank_table("sources"),
    )


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    return complete_table(name, pd.DataFrame(list(rows)))


def _layer(name: str, rows: Sequence[Mapping[str, Any]], shapes: Sequence[Any]) -> gpd.GeoDataFrame:
    return complete_table(name, gpd.GeoDataFrame(list(rows), geometry=list(shapes), crs=CRS))


def _list_areas() -> gpd.GeoDataFrame:
    rows = [("D", "district", ""), ("T1", "township", "D"), ("T2", "township", "D")]
    rows += [(V1, "village", "T1"), (V2, "village", "T2")]
    west, east = box(0, 0, 3000, 1000), box(3000, 0, 4000, 1000)
    shapes = [box(0, 0, 4000, 1000), west, east, west, east]
    return _layer("areas", [{"code": c, "name": c, "tier": t, "parent": p} for c, t, p in rows], shapes)


def _list_grids() -> gpd.GeoDataFrame:
    rows = [(f"{V1}001", V1, "rural", 100), (f"{V1}002", V1, "rural", 200), (f"{V1}003", V1, "dedicated", 0)]
    rows += [(f"{V2}001", V2, "rural", 300)]
    plain = [
        {"code": c, "name": c, "village": v, "kind": k, "households": h, "population": 3 * h}
        for c, v, k, h in rows
    ]
    return _layer("grids", plain, [box(1000 * n, 0, 1000 * n + 1000, 1000) for n in range(4)])


def _list_units() -> gpd.GeoDataFrame:
    rows = [("HUB", "hub", "district", "D"), ("DEP", "department", "district", "D")]
    rows += [("FEW", "department", "district", "D")]
    for n in ("1", "2"):
        rows += [(f"O{n}", "office", "township", f"T{n}"), (f"S{n}a", "squad", "township", f"T{n}")]
        rows += [(f"S{n}b", "squad", "township", f"T{n}")]
        rows += [(f"C{n}", "committee", "village", V1 if n == "1" else V2)]
    plain = [
        {"code": c, "name": c, "kind": k, "tier": t, "area": a, "parent": "" if c == "HUB" else "HUB"}
        for c, k, t, a in rows
    ]
    return _layer("units", plain, [Point(500 if "1" in c else 3500, 500) for c, *_ in rows])


def _list_roads() -> gpd.GeoDataFrame:
    rows = [{"road_id": f"R{n}", "speed_kmh": 30} for n in (1, 2, 3)]
    ways = [[(0, 500), (2900, 500)], [(2900, 500), (4000, 500)], [(0, 100), (1000, 100)]]
    return _layer("roads", rows, [LineString(way) for way in ways])


def _list_posts() -> pd.DataFrame:
    """DEP: 4 institution, 2 administrative; FEW: 4 institution; offices 3, one vacant; squads 2 and 1."""
    rows = [("HUB", "dispatcher", "institution", 1)] * 2
    rows += [("DEP", "dept", "institution", 1)] * 4 + [("DEP", "dept", "administrative", 1)] * 2
    rows += [("FEW", "dept", "institution", 1)] * 4
    for n in ("1", "2"):
        rows += [(f"O{n}", "service", "institution", 1)] * 2 + [(f"O{n}", "service", "institution", 0)]
        rows += [(f"S{n}a", "squad_urban", "institution", 1)] * 2
        rows += [(f"S{n}b", "squad_land", "institution", 1)]
        rows += [(f"C{n}", "committee", "contract", 1)] * 2
    counts: dict[str, int] = {}
    plain = []
    for unit, role, kind, filled in rows:
        counts[unit] = counts.get(unit, 0) + 1
        plain.append(
            {
                "post_id": f"{unit}-{counts[unit]}",
                "unit": unit,
                "role": role,
                "kind": kind,
                "filled": filled,
                "shift": "office",
                "area": f"{V1}002" if unit == "C1" and counts[unit] == 1 else "",
                "skills": "enforcement" if role.startswith("squad") else "",
            }
        )
    return _table("posts", plain)


def _list_matters() -> list[dict[str, Any]]:
    return [
        {"item": "a-1", "matter": "a", "share": 0.5},
        {"item": "a-2", "matter": "a", "share": 0.5},
        {"item": "b-1", "matter": "b", "share": 1.0},
    ]


def _list_demand() -> list[dict[str, Any]]:
    rates = {f"{V1}001": 1.0, f"{V1}002": 2.0, f"{V1}003": 4.0, f"{V2}001": 3.0}
    return [{"area": g, "matter": "a", "per_day": rate} for g, rate in rates.items()]


def _list_routes() -> list[dict[str, Any]]:
    desk = {"delay_kind": "desk", "delay_share": 1.0, "delay_law": "exponential", "delay_clock": "u"}
    asks = {
        "delay_kind": "authority",
        "delay_share": 1.0,
        "delay_law": "exponential",
        "delay_value": 2.0,
        "delay_clock": "wd",
        "delay_when": "before",
    }
    waits = asks | {"delay_kind": "co_handler", "delay_share": 0.5}
    dispatch = {"item": "*", "step": "dispatch", "position": 30, "state": "dispatched", "tier": "district"}
    village = {"step": "handle_village", "position": 40, "state": "handled", "tier": "village"}
    town = {"step": "handle_township", "position": 50, "state": "handled", "tier": "township"}
    above = {"step": "handle_district", "position": 60, "state": "handled", "tier": "district"}
    service = {"role": "service", "minutes": 60, "up_share": 0.2, "up_to": "handle_district"}
    return [
        dispatch | desk | {"role": "dispatcher", "minutes": 5, "delay_value": 0.9, "delay_when": "before",
                           "back_share": 0.06, "back_to": "dispatch"},
        {"item": "a-1", "role": "committee", "minutes": 30, "up_share": 0.4, "up_to": "handle_township",
         **village, **waits},
        {"item": "a-1", **town, **service, **waits},
        {"item": "a-1", "role": "dept", "minutes": 90, **above, **waits},
        {"item": "a-2", **town, **service, **asks, "role": "squad_urban", "crew": 2},
        {"item": "a-2", "role": "dept", "minutes": 90, **above},
        {"item": "b-1", "role": "dept", "minutes": 120, "delay_kind": "materials", "delay_share": 0.5,
         "delay_law": "exponential", "delay_value": 1.0, "delay_clock": "wd", "delay_when": "before",
         **above},
    ]  # fmt: skip


def _list_mandates() -> list[dict[str, Any]]:
    rows = [
        ("a-1", "village", "committee", 1),
        ("a-1", "township", "service", 1),
        ("a-1", "district", "dept", 1),
    ]
    rows += [
        ("a-2", "township", "squad_urban", 0),
        ("a-2", "district", "dept", 1),
        ("b-1", "district", "dept", 1),
    ]
    return [{"item": i, "tier": t, "role": r, "holds": h} for i, t, r, h in rows]


def _list_duties() -> list[dict[str, Any]]:
    shares = {("squad_urban", "patrol"): 0.4, ("squad_urban", "forms"): 0.2, ("squad_land", "patrol"): 0.7}
    shares |= {("service", "forms"): 0.3, ("service", "meetings"): 0.1}
    return [{"role": r, "duty": d, "name": d, "share": s} for (r, d), s in shares.items()]
