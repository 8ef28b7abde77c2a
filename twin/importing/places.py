"""Layers -> areas, grids and roads: parents are unions of their children, chosen by largest overlap."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from twin.faults import DistrictFaults, Fault
from twin.importing.buildings import build_buildings
from twin.importing.mapping import Layer, Layers, Mapping, Roads
from twin.importing.report import Report

SECTION = "图层 Layers"
SMALLEST_SLIVER = 1.0
SNAP_METRES = 1.0
DEGREE_STEP = 1e-6


@dataclass(frozen=True)
class Places:
    """areas, grids, roads and buildings of a district, in degrees; `metric` are the grids in metres."""

    areas: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    metric: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame


def build_places(mapping: Mapping, root: Path, report: Report) -> Places:
    """Read the layers and nest them; DistrictFaults when a layer or a column is missing."""
    layers, metric = mapping.layers, mapping.district.metric_crs
    check_layers(layers, root)
    grids = clean(read_layer(layers.grids, root, metric), "grids", report)
    villages = clean(read_layer(layers.villages, root, metric), "villages", report)
    townships = clean(read_layer(layers.townships, root, metric), "townships", report)
    grids = cut_overlaps(grids, report)
    grids["above"] = find_parents(grids, villages, "grid", report)
    village_shapes = join(grids, villages, "village", report)
    village_shapes["above"] = find_parents(village_shapes, townships, "village", report)
    township_shapes = join(village_shapes, townships, "township", report)
    areas, coded = code_places(mapping, grids, village_shapes, township_shapes)
    roads = build_roads(layers.roads, root, metric, report) if layers.roads else empty_roads(metric)
    tiers = areas["tier"].value_counts()
    counts = f"{tiers['township']} / {tiers['village']} / {len(coded)}"
    report.add(SECTION, "乡镇 / 村 / 网格 townships / villages / grids", counts)
    buildings = build_buildings(layers.buildings, root, coded, report)
    return Places(*to_degrees(areas, coded), roads.to_crs(4326), coded, buildings)


def check_layers(layers: Layers, root: Path) -> None:
    """Every layer and every column that the mapping names is there, or all that are not are listed."""
    faults = []
    wanted = {"grids": layers.grids, "villages": layers.villages, "townships": layers.townships}
    for name, layer in wanted.items():
        faults += _check_layer(f"layers.{name}", root / layer.file, layer.layer, layer.name)
    if layers.roads:
        roads = layers.roads
        faults += _check_layer("layers.roads", root / roads.file, roads.layer, roads.class_column)
    if layers.buildings:
        built = layers.buildings
        path = root / built.file
        faults += _check_layer("layers.buildings", path, built.layer, built.households_column)
    if faults:
        raise DistrictFaults(faults)


def _check_layer(where: str, path: Path, layer: str, column: str) -> list[Fault]:
    try:
        known = [str(name) for name, _ in pyogrio.list_layers(path)]
        if layer and layer not in known:
            return [Fault(path.name, where, "layer missing", f"no {layer!r}; there are {', '.join(known)}")]
        fields = pyogrio.read_info(path, layer=layer or None)["fields"].tolist()
    except pyogrio.errors.DataSourceError as error:
        return [Fault(path.name, where, "not readable", str(error).splitlines()[0])]
    if column and column not in fields:
        return [Fault(path.name, where, "column missing", f"no {column!r}; there are {', '.join(fields)}")]
    return []


def read_layer(layer: Layer, root: Path, metric: str) -> gpd.GeoDataFrame:
    """Names and shapes of a layer in metres, ordered by name; a declared CRS wins over a missing one."""
    frame = pyogrio.read_dataframe(root / layer.file, layer=layer.layer or None)
    if frame.crs is None:
        if not layer.crs:
            fault = Fault(
                layer.file, layer.layer, "CRS missing", "say crs = ... (EPSG:4490, EPSG:4326, a local one)"
            )
            raise DistrictFaults([fault])
        frame = frame.set_crs(layer.crs)
    names = frame[layer.name].fillna("").astype(str).str.strip()
    shapes = gpd.GeoDataFrame(
        {"name": names, "kind": layer.kind}, geometry=frame.geometry.to_numpy(), crs=frame.crs
    )
    return shapes.to_crs(metric).sort_values("name", kind="stable", ignore_index=True)


def clean(frame: gpd.GeoDataFrame, name: str, report: Report) -> gpd.GeoDataFrame:
    """Mend invalid shapes, leave out empty ones, tell names that stand twice."""
    wrong = ~frame.is_valid
    if wrong.any():
        frame.loc[wrong, "geometry"] = frame.geometry[wrong].make_valid()
        report.add(SECTION, f"{name}: 自相交 invalid shapes", int(wrong.sum()), "修复 mended")
    empty = frame.is_empty | frame.geometry.isna() | (frame["name"] == "")
    if empty.any():
        report.add(SECTION, f"{name}: 空图形或无名 empty or nameless", int(empty.sum()), "略去 left out")
        frame = frame[~empty].reset_index(drop=True)
    twice = frame["name"].duplicated(keep=False)
    if twice.any():
        report.add(SECTION, f"{name}: 重名 names that stand twice", int(twice.sum()), "加序号 numbered")
        number = frame.groupby("name").cumcount() + 1
        frame["name"] = frame["name"].where(~twice, frame["name"] + " " + number.astype(str))
    return frame


def cut_overlaps(grids: gpd.GeoDataFrame, report: Report) -> gpd.GeoDataFrame:
    """Where two grids cover the same ground, the first by name keeps it."""
    left, right = grids.sindex.query(grids.geometry, predicate="intersects")
    shapes, cut, area = grids.geometry.to_numpy().copy(), 0, 0.0
    for a, b in sorted(zip(left.tolist(), right.tolist(), strict=True)):
        if a < b:
            shared = shapely.intersection(shapes[a], shapes[b]).area
            if shared > SMALLEST_SLIVER:
                shapes[b] = shapely.difference(shapes[b], shapes[a])
                cut, area = cut + 1, area + shared
    if cut:
        report.add(SECTION, "网格重叠 grids that overlap", cut, f"{area:,.0f} m²，归先者 kept by the first")
    return grids.set_geometry(gpd.GeoSeries(shapes, crs=grids.crs))


def find_parents(
    children: gpd.GeoDataFrame, parents: gpd.GeoDataFrame, name: str, report: Report
) -> np.ndarray:
    """For each child the row of the parent with which it shares most ground, else the nearest."""
    parts = gpd.overlay(
        children[["geometry"]].assign(child=children.index),
        parents[["geometry"]].assign(parent=parents.index),
        how="intersection",
        keep_geom_type=True,
    )
    parts["area"] = parts.area
    best = parts.sort_values(["child", "area", "parent"], ascending=[True, False, True]).drop_duplicates(
        "child"
    )
    found = best.set_index("child")["parent"].reindex(children.index)
    share = (best.set_index("child")["area"] / children.area).reindex(children.index).fillna(0)
    lost = found.isna()
    if lost.any():
        nearest = parents.sindex.nearest(children.geometry[lost].centroid, return_all=False)[1]
        found[lost] = nearest
        report.add(
            SECTION,
            f"{name}: 不在任何上级内 outside every parent",
            int(lost.sum()),
            "归最近 given to the nearest",
        )
    split = int((share < 0.99).sum())
    report.add(
        SECTION, f"{name}: 跨上级边界 across a border of parents", split, "按最大重叠 by largest overlap"
    )
    return found.to_numpy(dtype=np.int64)


def join(
    children: gpd.GeoDataFrame, parents: gpd.GeoDataFrame, name: str, report: Report
) -> gpd.GeoDataFrame:
    """Parents as unions of their children; how far that is from the source's own shapes is told."""
    shapes = {
        parent: shapely.union_all(rows.geometry.to_numpy()) for parent, rows in children.groupby("above")
    }
    kept = parents.loc[sorted(shapes)].copy()
    moved = [
        shapely.symmetric_difference(shapes[row], shape).area
        for row, shape in zip(kept.index, kept.geometry, strict=True)
    ]
    share = 100 * sum(moved) / max(float(kept.area.sum()), 1.0)
    report.add(
        SECTION,
        f"{name}: 由下级合并 made of its children",
        len(kept),
        f"与原界相差 {share:.1f} % of the ground differs",
    )
    if len(kept) < len(parents):
        names = "、".join(parents.loc[~parents.index.isin(kept.index), "name"])
        report.add(
            SECTION, f"{name}: 无下级 without children", len(parents) - len(kept), f"略去 left out: {names}"
        )
    kept["geometry"] = [shapes[row] for row in kept.index]
    children["above"] = kept.index.get_indexer(children["above"])
    return kept.reset_index(drop=True)


def code_places(
    mapping: Mapping, grids: gpd.GeoDataFrame, villages: gpd.GeoDataFrame, townships: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Areas and grids with codes like the statistical division's: 6 + 3 + 3 digits, and 3 for the grid."""
    root = mapping.district.code
    townships = townships.assign(code=[f"{root}{n + 1:03d}000" for n in range(len(townships))])
    stems = townships["code"].str[:-3].to_numpy()
    villages = villages.assign(parent=townships["code"].to_numpy()[villages["above"]])
    order = villages.groupby("parent").cumcount() + 1
    villages["code"] = [f"{stems[a]}{n:03d}" for a, n in zip(villages["above"], order, strict=True)]
    grids = grids.assign(village=villages["code"].to_numpy()[grids["above"]])
    order = grids.groupby("village").cumcount() + 1
    grids["code"] = [f"{v}{n:03d}" for v, n in zip(grids["village"], order, strict=True)]
    whole = gpd.GeoDataFrame(
        {"code": [f"{root}000000"], "name": [mapping.district.name], "name_en": [mapping.district.name_en]},
        geometry=[shapely.union_all(townships.geometry.to_numpy())],
        crs=grids.crs,
    )
    layers = [
        whole.assign(tier="district", kind="district", parent=""),
        townships.assign(tier="township", parent=f"{root}000000", name_en=townships["name"]),
        villages.assign(tier="village", name_en=villages["name"]),
    ]
    columns = ["code", "name", "name_en", "tier", "kind", "parent", "geometry"]
    areas = pd.concat([layer[columns] for layer in layers], ignore_index=True)
    coded = grids.assign(name_en=grids["name"])[["code", "name", "name_en", "village", "kind", "geometry"]]
    numbers = {"households": 0, "population": 0}
    return (
        gpd.GeoDataFrame(areas.assign(**numbers), crs=grids.crs),
        gpd.GeoDataFrame(coded.assign(**numbers), crs=grids.crs).sort_values("code", ignore_index=True),
    )


def to_degrees(areas: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Both layers in degrees of six digits, parents again as unions: valid when read back."""
    flat = grids.to_crs(4326)
    flat["geometry"] = shapely.set_precision(flat.geometry.to_numpy(), DEGREE_STEP)
    shapes = dict(zip(flat["code"], flat.geometry, strict=True))
    children = [(grid, village) for grid, village in zip(flat["code"], flat["village"], strict=True)]
    children += list(zip(areas["code"], areas["parent"], strict=True))
    for tier in ("village", "township", "district"):
        for code in areas.loc[areas["tier"] == tier, "code"]:
            parts = [shapes[child] for child, parent in children if parent == code]
            shapes[code] = shapely.union_all(parts, grid_size=DEGREE_STEP)
    places = areas.set_geometry(gpd.GeoSeries([shapes[code] for code in areas["code"]], crs=4326))
    return places, flat


def empty_roads(metric: str) -> gpd.GeoDataFrame:
    """No roads at all."""
    return gpd.GeoDataFrame({"road_id": [], "class": [], "speed_kmh": []}, geometry=[], crs=metric)


def build_roads(roads: Roads, root: Path, metric: str, report: Report) -> gpd.GeoDataFrame:
    """Lines cut wherever they cross, each with the class and speed of the line it came from."""
    frame = pyogrio.read_dataframe(root / roads.file, layer=roads.layer or None)
    frame = frame.set_crs(roads.crs) if frame.crs is None and roads.crs else frame
    lines = frame.to_crs(metric).explode(index_parts=False, ignore_index=True)
    lines = lines[lines.length > 0].reset_index(drop=True)
    values = (
        lines[roads.class_column].fillna("").astype(str)
        if roads.class_column
        else pd.Series("", index=lines.index)
    )
    known = values.isin(roads.classes)
    classes = [roads.classes.get(value, roads.default) for value in values]
    snapped = shapely.set_precision(lines.geometry.to_numpy(), SNAP_METRES)
    pieces = shapely.get_parts(shapely.union_all(snapped, grid_size=SNAP_METRES))
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    origin = shapely.STRtree(snapped).nearest(middles)
    report.add(SECTION, "道路 road lines", len(lines), f"在交叉处断开 cut at crossings: {len(pieces):,}")
    if roads.class_column and not known.all():
        report.add(
            SECTION, "道路无等级 roads without a class", int((~known).sum()), f"按 as {roads.default[0]}"
        )
    return gpd.GeoDataFrame(
        {
            "road_id": [f"R{n + 1:06d}" for n in range(len(pieces))],
            "class": [classes[n][0] for n in origin],
            "speed_kmh": [float(classes[n][1]) for n in origin],
        },
        geometry=pieces,
        crs=metric,
    )
