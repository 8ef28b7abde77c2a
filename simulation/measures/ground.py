"""Measures on the ground: roads closed, grids drawn anew."""

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field
from shapely.geometry.base import BaseGeometry

from simulation.measures.base import Measure, fault, labels, share_out
from simulation.measures.cutting import cut_polygon
from simulation.measures.lookup import check_codes
from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.fictitious.naming import spell_number
from twin.gridding.village_cells import VillageCells, cut_villages, join_patches, list_open_grids
from twin.gridding.writing import LETTERS, read_labels

NO_DATE = "effective_from"
MOST_GRIDS, LONGEST_DRAWING = 40, 60_000
SOURCES = {
    "mesh": ("等分小块", "a mesh of patches"),
    "buildings": ("楼栋", "buildings"),
    "grids": ("现有网格", "grids as they are"),
}


class CloseRoads(Measure):
    """Roads are closed: those named, and all that touch some areas or a circle."""

    kind = "close_roads"
    title_zh, title_en = "道路封闭", "Close roads"
    touches = ("roads",)
    dated = False
    road_ids: tuple[str, ...] = Field((), **labels("道路", "Roads", "road"))
    areas: tuple[str, ...] = Field((), **labels("区划内全部道路", "All roads of areas", "area"))
    longitude: float = Field(0.0, ge=-180, le=180, **labels("圆心经度", "Longitude of a circle"))
    latitude: float = Field(0.0, ge=-90, le=90, **labels("圆心纬度", "Latitude of a circle"))
    radius_m: float = Field(0.0, ge=0, **labels("半径（米，0 为无）", "Radius, metres (0: no circle)"))

    def apply(self, district: District) -> District:
        """Every way goes round; where no road leads, it is on foot."""
        roads, areas = district.roads, district.areas
        faults = [*self.check_days(), *check_codes(self.kind, "road", self.road_ids, set(roads["road_id"]))]
        faults += check_codes(self.kind, "area", self.areas, set(areas["code"]))
        closed = roads["road_id"].isin(self.road_ids)
        metric = district.settings.metric_crs
        lines = roads.geometry.to_crs(metric)
        if self.areas and not faults:
            shapes = areas.loc[areas["code"].isin(self.areas)].geometry.to_crs(metric)
            closed |= lines.intersects(shapes.union_all())
        if self.radius_m:
            centre = gpd.GeoSeries.from_xy([self.longitude], [self.latitude], crs="EPSG:4326").to_crs(metric)
            closed |= lines.distance(centre.iloc[0]) <= self.radius_m
        if not faults and not closed.any():
            faults.append(fault(self.kind, "", "no roads", "no road is named, none touches these places"))
        if faults:
            raise DistrictFaults(faults)
        return district.with_tables(roads=roads[~closed].reset_index(drop=True))


class RedrawGrids(Measure):
    """Draw the grids of villages anew: so many compact pieces of equal demand, each in one part."""

    kind = "redraw_grids"
    title_zh, title_en = "重划网格", "Redraw grids"
    touches = ("grids", "demand", "posts", "opening")
    dated = False
    villages: tuple[str, ...] = Field(min_length=1, **labels("村（社区）", "Villages", "village"))
    count: int = Field(gt=0, le=MOST_GRIDS, **labels("每村网格数", "Grids a village"))
    keep_dedicated: bool = Field(True, **labels("保留专属网格", "Keep dedicated grids"))
    cells: int = Field(0, ge=0, le=200, **labels("每格分块数（已画时用）", "Cells a grid (of a drawing)"))
    source: Literal["mesh", "buildings", "grids"] = Field(
        "mesh", **labels("分块来自（已画时用）", "Cells from (of a drawing)", options=SOURCES)
    )
    drawing: str = Field(
        "",
        max_length=LONGEST_DRAWING,
        **labels("已画的网格（由划格页写入）", "A drawing (written by the page of grids)"),
    )

    def apply(self, district: District) -> District:
        """New grids under the village's code; households, population and demand follow the area.

        With a drawing the pieces are the drawn ones: the ground of each village, in the order of their codes,
        is cut into the cells of `source` (a mesh: `cells` patches a present grid), and each letter of the
        village's word says to which new grid a cell goes; `count` is then the most grids that a village gets.

        Inside an old grid demand is taken as even over its ground; in a drawing of buildings it lies where
        their households do. Posts and open cases of an old grid go to the new one that gets most of it.
        """
        faults = [*self.check_days(), *self._check(district)]
        old = self._list_old(district)
        shapes = old.geometry.to_crs(district.settings.metric_crs)
        reports = district.demand.groupby("area")["per_day"].sum()
        weights = old["code"].map(reports).fillna(0.0)
        pieces: dict[str, list[BaseGeometry]] = {}
        cells = None
        if not faults and self.drawing:
            cells = self._cut_cells(old, district)
            pieces, wrong = self._read_drawing(cells.cells)
            faults += wrong
        for village, rows in old.groupby("village") if not faults and not self.drawing else ():
            cut = cut_polygon(shapes[rows.index].to_numpy(), weights[rows.index].to_numpy(), self.count)
            pieces[str(village)] = cut
            if len(cut) != self.count:
                words = f"its ground lies in {len(cut)} parts: ask for at least so many grids"
                faults.append(fault(self.kind, str(village), "in several parts", words))
        if faults:
            raise DistrictFaults(faults)
        new = _name_pieces(district, pieces, set(district.grids["code"]) - set(old["code"]))
        if cells is not None:
            return _replace_grids(district, old, new, self._sum_shares(cells))
        overlap = np.array(
            [shapely.area(shapely.intersection(new.geometry.to_numpy(), shape)) for shape in shapes]
        )
        same = old["village"].to_numpy()[:, None] == new["village"].to_numpy()[None, :]
        return _replace_grids(district, old, new, np.where(same, overlap, 0.0))

    def _list_old(self, district: District) -> gpd.GeoDataFrame:
        return list_open_grids(district.grids, list(self.villages), self.keep_dedicated)

    def _cut_cells(self, old: gpd.GeoDataFrame, district: District) -> VillageCells:
        rows, metric = old[["code", "village", "geometry"]], district.settings.metric_crs
        return cut_villages(rows, metric, max(self.cells, 1), self.source, district.buildings)

    def _sum_shares(self, cells: VillageCells) -> np.ndarray:
        """Old grids x new ones: the part of each old grid that each new one gets, by the cells' loads."""
        letters = "".join(self.drawing.split())
        _, home = np.unique(cells.cells["village"].to_numpy(dtype=object), return_inverse=True)
        _, number = np.unique(home * len(LETTERS) + np.array(read_labels(letters)), return_inverse=True)
        return np.asarray(cells.shares.toarray().T @ np.eye(number.max() + 1)[number])

    def _read_drawing(self, cells: gpd.GeoDataFrame) -> tuple[dict[str, list[BaseGeometry]], list[Fault]]:
        """The drawn pieces of each village, or what is wrong with the drawing."""
        words, villages = self.drawing.split(), sorted(set(self.villages))
        if len(words) != len(villages) or (self.source == "mesh" and self.cells < 1):
            told = f"{len(words)} words for {len(villages)} villages, {self.cells} cells a grid"
            return {}, [fault(self.kind, "drawing", "drawing unknown", f"{told}: draw the grids again")]
        pieces, faults = {}, []
        for village, word in zip(villages, words, strict=True):
            patches = cells.loc[cells["village"] == village].geometry.to_numpy()
            try:
                pieces[village] = join_patches(patches, word)
            except ValueError as error:
                faults.append(fault(self.kind, village, "drawing unknown", f"{error}: draw the grids again"))
        return pieces, faults

    def _check(self, district: District) -> list[Fault]:
        areas = district.areas
        known = set(areas.loc[areas["tier"] == "village", "code"])
        faults = check_codes(self.kind, "village", self.villages, known)
        old = self._list_old(district)
        faults += [
            fault(self.kind, v, "no grids", "every grid of it is a dedicated one")
            for v in self.villages
            if v in known and v not in set(old["village"])
        ]
        named = {*district.travel["grid"], *district.preferences["area"], *district.units["area"]}
        named |= {place for change in district.demand_changes for place in change["places"]}
        return faults + [
            fault(self.kind, code, "grid named", "travel, preferences or an earlier measure name this grid")
            for code in old["code"]
            if code in named
        ]


def _name_pieces(
    district: District, pieces: dict[str, list[BaseGeometry]], taken: set[str]
) -> gpd.GeoDataFrame:
    """The new grids in the metric CRS: code = village + three digits, the first ones that are free."""
    rows, shapes = [], []
    for village, cut in pieces.items():
        free = (n for n in range(1, 1000) if f"{village}{n:03d}" not in taken)
        for number, (code, shape) in enumerate(zip(free, cut, strict=False), 1):
            names = {"name": f"第{spell_number(number)}网格", "name_en": f"Grid {number}"}
            rows.append({"code": f"{village}{code:03d}", "village": village, **names})
            shapes.append(shape)
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=district.settings.metric_crs)


def _replace_grids(
    district: District, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, overlap: np.ndarray
) -> District:
    """The district with old grids (rows of `overlap`: ground or load shared) replaced by new (columns)."""
    parts = overlap / overlap.sum(axis=1, keepdims=True)
    home = new["code"].to_numpy()[overlap.argmax(axis=1)]
    moved = dict(zip(old["code"], home, strict=True))
    whole = {
        column: np.array([share_out(int(n), list(row)) for n, row in zip(old[column], parts, strict=True)])
        for column in ("households", "population")
    }
    new = new.assign(
        kind=old["kind"].to_numpy()[overlap.argmax(axis=0)],
        **{column: counts.sum(axis=0) for column, counts in whole.items()},
    ).to_crs(district.grids.crs)
    kept = district.grids[~district.grids["code"].isin(moved)]
    grids = pd.concat([kept, new[list(kept.columns)]], ignore_index=True)
    posts, opening = district.posts, district.opening
    return district.with_tables(
        grids=grids.sort_values("code", ignore_index=True),
        demand=_split_demand(district.demand, old, new, parts),
        posts=posts.assign(area=posts["area"].map(moved).fillna(posts["area"])),
        opening=opening.assign(grid=opening["grid"].map(moved).fillna(opening["grid"])),
    )


def _split_demand(
    demand: pd.DataFrame, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, parts: np.ndarray
) -> pd.DataFrame:
    """Demand rows of old grids split over new ones by their parts; the total of each matter stays."""
    row, column = np.nonzero(parts)
    pairs = pd.DataFrame(
        {
            "area": old["code"].to_numpy()[row],
            "code": new["code"].to_numpy()[column],
            "part": parts[row, column],
        }
    )
    split = demand.merge(pairs, on="area")
    split = split.assign(area=split["code"], per_day=split["per_day"] * split["part"])
    split = split.groupby(["area", "matter"], as_index=False)["per_day"].sum()
    kept = demand[~demand["area"].isin(old["code"])]
    return pd.concat([kept, split[list(kept.columns)]], ignore_index=True)
