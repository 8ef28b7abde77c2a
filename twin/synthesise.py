"""The fictitious district from a seed: the same seed gives the same bytes.

Everything is drawn from one generator in one order; policy and names come from data/defaults.
"""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.district import District
from twin.fictitious import (
    bodies,
    hierarchy,
    ledger,
    naming,
    network,
    openings,
    people,
    policy,
    staffing,
    walkins,
    worktime,
)
from twin.fictitious.cells import Cells, Projection, draw_cells
from twin.fictitious.templates import Template, read_toml
from twin.fictitious.terrain import Terrain, shape_terrain
from twin.load import complete_table, render_layer, save_district
from twin.settings import Demand, DistrictSettings

DEFAULT_GRIDS = 1240
FEWEST_GRIDS = 60


@dataclass(frozen=True)
class Ground:
    """What lies under the administration: terrain, cells, their hierarchy and names."""

    terrain: Terrain
    cells: Cells
    hierarchy: hierarchy.Hierarchy
    named: naming.Named
    projection: Projection


def synthesise(seed: int, grids: int = DEFAULT_GRIDS) -> District:
    """The fictitious district of a seed with this many grids; other figures keep their proportion to them.

    ValueError for a negative seed or fewer than FEWEST_GRIDS grids.
    """
    check_request(seed, grids)
    rng = np.random.Generator(np.random.PCG64(seed))
    region, staff, template = (read_toml(f"{name}.toml") for name in ("region", "staffing", "settings"))
    share = grids / region["counts"]["grids"]
    ground = lay_ground(seed, grids, region, rng)
    households, population = people.settle_people(ground.named, region, share, rng)
    demand = people.expect_reports(ground.named, ground.hierarchy, population, template["demand"], share, rng)
    units, roads = _organise(ground, region, staff, rng)
    posts = staffing.list_posts(
        units, ground.named, ground.hierarchy, _measure_load(ground, demand), share, staff, rng
    )
    tables = {
        "areas": _list_areas(ground, households, population),
        "grids": _list_grids(ground, households, population),
        "units": units,
        "roads": roads,
        "posts": posts,
        "demand": demand,
        "preferences": policy.list_preferences(posts, ground.named.townships["code"].tolist()),
        **_list_policy(posts),
    }
    tables |= walkins.list_walkins(tables["areas"], posts, tables["shifts"], share)
    settings = _settle(ground, template, region, seed, grids)
    checked = {name: complete_table(name, table) for name, table in tables.items()}
    opening = openings.list_opening(seed, demand, checked["matters"], checked["routes"], settings)
    return District(settings=settings, **checked, opening=complete_table("opening", opening))


def write(path: str | Path, seed: int, grids: int = DEFAULT_GRIDS) -> District:
    """Synthesise a district and write it as a folder, with river and lake beside it in water.geojson."""
    district = synthesise(seed, grids)
    save_district(district, path)
    water = render_layer(draw_water(seed, grids))
    (Path(path) / "water.geojson").write_text(water, encoding="utf-8", newline="\n")
    return district


def draw_water(seed: int, grids: int = DEFAULT_GRIDS) -> gpd.GeoDataFrame:
    """River and lake of the same terrain, for maps only: columns name, name_en, kind."""
    check_request(seed, grids)
    region = read_toml("region.toml")
    rng = np.random.Generator(np.random.PCG64(seed))
    counts = hierarchy.scale_counts(region, grids)
    terrain = shape_terrain(region, grids / region["counts"]["grids"], counts.towns, rng)
    projection = Projection(**region["place"])
    within = shapely.intersection(shapely.LineString(terrain.river), terrain.shape)
    river = shapely.LineString(projection.to_degrees(shapely.get_coordinates(within)))
    lake = shapely.orient_polygons(shapely.Polygon(projection.to_degrees(terrain.lake)))
    rows = [
        {"name": "岫水", "name_en": "Xiu River", "kind": "river", "geometry": river},
        {"name": "云湖水库", "name_en": "Yunhu Reservoir", "kind": "lake", "geometry": lake},
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def check_request(seed: int, grids: int) -> None:
    """ValueError that says what to mend when seed or grids cannot be met."""
    if seed < 0:
        raise ValueError(f"seed {seed}: give a whole number from 0 on")
    if grids < FEWEST_GRIDS:
        raise ValueError(f"grids {grids}: give at least {FEWEST_GRIDS}")


def lay_ground(seed: int, grids: int, region: Template, rng: np.random.Generator) -> Ground:
    """Terrain, cells, areas and names."""
    counts = hierarchy.scale_counts(region, grids)
    terrain = shape_terrain(region, grids / region["counts"]["grids"], counts.towns, rng)
    projection = Projection(**region["place"])
    drawn = draw_cells(terrain, grids, projection, rng)
    areas = hierarchy.gather_areas(drawn, terrain, counts, rng)
    towns_share = region["counts"]["towns_among_townships"] / region["counts"]["townships"]
    named = naming.name_places(drawn, terrain, areas, towns_share, seed, rng)
    return Ground(terrain, drawn, areas, named, projection)


def _organise(
    ground: Ground, region: Template, staff: Template, rng: np.random.Generator
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    seats = bodies.find_seats(ground.cells, ground.terrain, ground.hierarchy)
    roads = network.lay_roads(
        ground.cells, ground.terrain, seats.townships, seats.villages, region["roads"], rng
    )
    zones = bodies.divide_zones(ground.cells, ground.hierarchy, staff["departments"]["zones"], rng)
    units = bodies.list_units(
        ground.named, ground.hierarchy, seats, zones, roads.nodes, staff["squads"], ground.projection
    )
    return units, network.draw_roads(roads, ground.projection, region["roads"])


def _measure_load(ground: Ground, demand: pd.DataFrame) -> pd.DataFrame:
    """Reports a day, townships (codes, in the order of `named`) x matters."""
    codes = ground.named.townships["code"]
    owner = pd.Series(codes.to_numpy()[ground.hierarchy.township], index=ground.named.grids["code"])
    load = demand.groupby([demand["area"].map(owner), "matter"])["per_day"].sum().unstack()
    return load.loc[codes]


def _list_grids(
    ground: Ground, households: NDArray[np.int64], population: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    table = ground.named.grids.drop(columns="place")
    villages = ground.named.villages["code"].to_numpy()[ground.hierarchy.village]
    table = table.assign(village=villages, households=households, population=population)
    layer = gpd.GeoDataFrame(table, geometry=list(ground.cells.shapes), crs="EPSG:4326")
    return layer.sort_values("code", kind="stable").reset_index(drop=True)


def _list_areas(
    ground: Ground, households: NDArray[np.int64], population: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    """District, townships and villages; each shape is the exact union of its grids."""
    shape, named = ground.hierarchy, ground.named
    name, name_en = named.district
    top = {"code": bodies.DISTRICT, "kind": "district", "name": name, "name_en": name_en}
    codes = named.townships["code"].to_numpy()
    tiers = (
        ("district", pd.DataFrame([top]), np.zeros(len(households), dtype=np.int64), [""]),
        ("township", named.townships.drop(columns=["stem", "stem_en"]), shape.township, bodies.DISTRICT),
        ("village", named.villages, shape.village, codes[shape.village_township]),
    )
    frames = []
    for tier, table, member, parent in tiers:
        unions = [shapely.coverage_union_all(ground.cells.shapes[member == k]) for k in range(len(table))]
        full = table.assign(
            tier=tier,
            parent=parent,
            population=np.bincount(member, population).astype(int),
            households=np.bincount(member, households).astype(int),
        )
        frames.append(full.assign(geometry=shapely.orient_polygons(shapely.normalize(unions))))
    layer = gpd.GeoDataFrame(pd.concat(frames), geometry="geometry", crs="EPSG:4326")
    return layer.sort_values("code", kind="stable").reset_index(drop=True)


def _list_policy(posts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "shifts": policy.list_shifts(),
        "matters": policy.list_matters(),
        "routes": policy.list_routes(),
        "mandates": policy.list_mandates(),
        "duties": policy.list_duties(sorted(set(posts["role"]))),
        "calendar": worktime.list_days(),
        "sources": ledger.list_sources(),
    }


def _settle(ground: Ground, template: Template, region: Template, seed: int, grids: int) -> DistrictSettings:
    demand = Demand(
        **{key: template["demand"][key] for key in ("hourly", "weekend", "day_dispersion", "hotspot_share")}
    )
    size = "" if grids == DEFAULT_GRIDS else f" --grids {grids}"
    return DistrictSettings(
        name=ground.named.district[0],
        name_en=ground.named.district[1],
        code=naming.COUNTY,
        metric_crs=region["place"]["crs"],
        origin=f"synthesise --seed {seed}{size}",
        licence="CC0-1.0",
        label="fictitious",
        clock=template["clock"],
        demand=demand,
        channels=template["channels"],
        play=template["play"],
    )
