"""Rules that hold between the tables of a district."""

from collections.abc import Iterable

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from twin.district import District
from twin.faults import Fault
from twin.schema import CLOCKS, LAYERS
from twin.service_checks import check_services

OVERLAP_SHARE = 0.001


def check_district(district: District) -> list[Fault]:
    """Every fault between the tables: references, tree, shares, routes, geometry."""
    faults: list[Fault] = []
    for check in (_check_areas, _check_units, _check_posts, _check_matters, _check_routes, _check_geometry):
        faults += check(district)
    return faults + check_services(district)


def _missing(table: str, key: str, frame: pd.DataFrame, column: str, known: Iterable[str]) -> list[Fault]:
    """Faults for values of a column that no row of another table carries; blank is allowed."""
    known = set(known)
    wrong = frame[~frame[column].isin(known) & (frame[column] != "")]
    return [
        Fault(
            table, str(row[key]), f"{column} unknown", f"{row[column]!r} is not among the {len(known)} known"
        )
        for _, row in wrong.iterrows()
    ]


def _check_areas(district: District) -> list[Fault]:
    areas, grids = district.areas, district.grids
    faults = _missing("areas", "code", areas, "parent", areas["code"])
    villages = areas.loc[areas["tier"] == "village", "code"]
    faults += _missing("grids", "code", grids, "village", villages)
    roots = areas[areas["parent"] == ""]
    if len(roots) != 1 or (roots["tier"] != "district").any():
        faults.append(
            Fault(
                "areas", ", ".join(roots["code"]), "one root", "exactly one area, the district, has no parent"
            )
        )
    above = {"township": "district", "village": "township"}
    tiers = areas.set_index("code")["tier"]
    children = areas[areas["parent"].isin(areas["code"])]
    wrong = children[children["parent"].map(tiers) != children["tier"].map(above)]
    faults += [
        Fault("areas", r.code, "tier of parent", f"{r.parent} is not one tier above")
        for r in wrong.itertuples()
    ]
    empty = set(villages) - set(grids["village"])
    faults += [
        Fault("areas", code, "village without grid", "give it at least one grid") for code in sorted(empty)
    ]
    return faults


def _check_units(district: District) -> list[Fault]:
    units = district.units
    faults = _missing("units", "code", units, "parent", units["code"])
    faults += _missing("units", "code", units, "area", district.areas["code"])
    known = set(district.areas["code"])
    for unit in units[units["serves"] != ""].itertuples():
        unknown = [code for code in unit.serves.split(";") if code not in known]
        if unknown:
            faults.append(Fault("units", unit.code, "serves unknown", ", ".join(unknown)))
    graph = nx.DiGraph(
        (u.parent, u.code) for u in units[units["parent"] != ""][["parent", "code"]].itertuples()
    )
    for cycle in nx.simple_cycles(graph):
        faults.append(Fault("units", cycle[0], "cycle in the organisation", " > ".join([*cycle, cycle[0]])))
    roots = units.loc[units["parent"] == "", "code"]
    if len(roots) != 1:
        shown = ", ".join(roots[:5]) or "none"
        faults.append(Fault("units", shown, "one root", f"{len(roots)} units have no parent, expected 1"))
    return faults


def _check_posts(district: District) -> list[Fault]:
    posts = district.posts
    faults = _missing("posts", "post_id", posts, "unit", district.units["code"])
    faults += _missing("posts", "post_id", posts, "shift", district.shifts["shift"])
    faults += _missing("posts", "post_id", posts, "area", [*district.areas["code"], *district.grids["code"]])
    total = district.duties.groupby(["role", "yields"])["share"].sum()
    for (role, yields), share in total[total > 1 + 1e-9].items():
        message = f"the duties that yield to {yields} cases add up to {share:.3f}"
        faults.append(Fault("duties", str(role), "shares over 1", message))
    return faults


def _check_matters(district: District) -> list[Fault]:
    matters = district.matters
    shares = matters.groupby("matter")["share"].sum()
    faults = [
        Fault("matters", str(matter), "shares of items", f"sum to {share:.4f}, must be 1")
        for matter, share in shares.items()
        if abs(share - 1) > 1e-6
    ]
    demand = district.demand
    faults += _missing("demand", "area", demand, "area", district.grids["code"])
    faults += _missing("demand", "area", demand, "matter", matters["matter"])
    doubles = demand[demand.duplicated(["area", "matter"])]
    faults += [
        Fault("demand", f"{r.area} {r.matter}", "duplicate", "one row a grid and matter")
        for r in doubles.itertuples()
    ]
    return faults


def _check_routes(district: District) -> list[Fault]:
    routes, items = district.routes, set(district.matters["item"])
    faults = _missing("routes", "item", routes, "item", [*items, "*"])
    faults += _missing("mandates", "item", district.mandates, "item", items)
    general = set(routes.loc[routes["item"] == "*", "step"])
    held = set(
        zip(district.mandates["item"], district.mandates["tier"], district.mandates["role"], strict=True)
    )
    staffed = {part for role in district.posts["role"].unique() for part in role.split("+")}
    for item, rows in routes[routes["item"] != "*"].groupby("item"):
        faults += _check_item(str(item), rows, general | set(rows["step"]), held)
    for row in routes[routes["role"] != ""].itertuples():
        if row.role not in staffed:
            faults.append(
                Fault("routes", f"{row.item} {row.step}", "role unstaffed", f"no post has role {row.role}")
            )
    if not general:
        bare = items - set(routes["item"])
        faults += [
            Fault("routes", item, "no route", "give the item at least one step") for item in sorted(bare)
        ]
    return faults


def _check_item(
    item: str, rows: pd.DataFrame, steps: set[str], held: set[tuple[str, str, str]]
) -> list[Fault]:
    faults = []
    for row in rows.itertuples():
        where = f"{item} {row.step}"
        for column in ("up_to", "next", "escalate_to"):
            if getattr(row, column) and getattr(row, column) not in steps:
                faults.append(
                    Fault("routes", where, f"{column} unknown", f"no step {getattr(row, column)!r}")
                )
        if row.back_to and row.back_to not in steps | {"handled"}:
            faults.append(Fault("routes", where, "back_to unknown", f"no step {row.back_to!r}"))
        if row.up_share + row.back_share > 1 + 1e-9:
            faults.append(Fault("routes", where, "shares over 1", "up_share + back_share exceeds 1"))
        if row.state == "handled" and row.role and (item, row.tier, row.role) not in held:
            faults.append(
                Fault(
                    "mandates",
                    where,
                    "mandate missing",
                    f"say whether {row.role} at {row.tier} holds {item} (0/1)",
                )
            )
        if row.delay_share > 0 and row.delay_clock not in CLOCKS:
            faults.append(Fault("routes", where, "delay_clock", "a delay needs a clock"))
    return faults


def _check_geometry(district: District) -> list[Fault]:
    faults = []
    for name in LAYERS:
        faults += _check_shapes(name, getattr(district, name))
    if not faults:
        faults += _check_overlaps(district.grids, district.settings.metric_crs)
    return faults


def _check_shapes(name: str, layer: gpd.GeoDataFrame) -> list[Fault]:
    key = layer.columns[0]
    shapes = layer.geometry
    bounds = shapely.bounds(shapes.array)
    wrong = shapes.isna() | shapes.is_empty | ~np.isfinite(bounds).all(axis=1)
    faults = [Fault(name, str(c), "geometry", "null, empty or not finite") for c in layer.loc[wrong, key]]
    invalid = ~wrong & ~shapes.is_valid
    faults += [
        Fault(name, str(c), "geometry invalid", "mend it (make_valid)") for c in layer.loc[invalid, key]
    ]
    geographic = layer.crs is not None and layer.crs.is_geographic
    if geographic and not wrong.all():
        low, high = bounds[~wrong][:, :2].min(axis=0), bounds[~wrong][:, 2:].max(axis=0)
        if low[0] < -180 or high[0] > 180 or low[1] < -90 or high[1] > 90:
            faults.append(
                Fault(name, "", "not degrees", "coordinates leave +-180, +-90: metres, or x and y swapped?")
            )
    return faults


def _check_overlaps(grids: gpd.GeoDataFrame, metric_crs: str) -> list[Fault]:
    shapes = grids.geometry.to_crs(metric_crs)
    codes = grids["code"].to_numpy()
    left, right = shapes.sindex.query(shapes, predicate="overlaps")
    once = left < right
    left, right = left[once], right[once]
    common = shapely.area(shapely.intersection(shapes.array[left], shapes.array[right]))
    smaller = np.minimum(shapes.area.to_numpy()[left], shapes.area.to_numpy()[right])
    return [
        Fault(
            "grids",
            f"{codes[a]} {codes[b]}",
            "overlap",
            f"{100 * c / s:.2f} % of the smaller grid, at most 0.1 %",
        )
        for a, b, c, s in zip(left, right, common, smaller, strict=True)
        if c > OVERLAP_SHARE * s
    ]
