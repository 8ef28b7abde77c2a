"""Grids of villages drawn anew: their ground as cells, what it weighs, the division before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from simulation.measures.ground import LONGEST_DRAWING, MOST_GRIDS, RedrawGrids
from simulation.scenario import Scenario
from twin.district import District
from twin.fictitious.templates import read_toml
from twin.gridding.balance import measure_grids, summarise_grids
from twin.gridding.drawing import apportion, split_ground
from twin.gridding.graph import CellGraph, Labels, build_graph, label_parts
from twin.gridding.village_cells import SOURCES, cut_villages, list_open_grids
from twin.gridding.writing import read_labels, write_labels

#: What loads can be evened out by: numbers of the grids' table, the day's reports, minutes worked in the log.
BALANCES = ("households", "population", "reports", "minutes")
PER_GRID = int(read_toml("gridding.toml")["cells_per_grid"])


class Obstacle(NamedTuple):
    """Why so many grids cannot be drawn: a rule, the village that it is about ("" all), a number.

    Rules: `dedicated` (no grid of it is open), `buildings` (it has none), `parts` (its ground lies in so many
    parts), `few` (so many grids at least), `many` (so many cells), `most` (so many grids in a village),
    `large` (so many cells in all).
    """

    rule: str
    village: str
    number: int


@dataclass(frozen=True, eq=False)
class Ground:
    """Villages as cells. homes: number of each cell's village, in `villages`; old: grids as they are."""

    villages: tuple[str, ...]
    cells: gpd.GeoDataFrame
    graph: CellGraph
    homes: Labels
    old: gpd.GeoDataFrame

    @cached_property
    def before(self) -> pd.DataFrame:
        """The grids as they are, with the columns of measure_grids and `code`, `village`."""
        graph = build_graph(self.old.geometry, self.old["weight"].to_numpy(dtype=float))
        homes = np.searchsorted(
            np.array(self.villages, dtype=object), self.old["village"].to_numpy(dtype=object)
        )
        table = measure_grids(graph, np.arange(len(self.old)), homes)
        return table.assign(code=self.old["code"].to_numpy(), village=self.old["village"].to_numpy())

    def measure(self, labels: Labels) -> pd.DataFrame:
        """The grids of a division, with the columns of measure_grids and `village`."""
        table = measure_grids(self.graph, labels, self.homes)
        return table.assign(village=np.array(self.villages, dtype=object)[table["home"]])

    def summarise(self, table: pd.DataFrame) -> dict[str, Any]:
        """Of summarise_grids, with the worst village as its code."""
        figures = summarise_grids(table)
        return figures | {"worst": self.villages[figures["worst"]]}

    def read(self, words: str) -> Labels:
        """The labels that a drawing stands for, over all villages; ValueError where it does not fit."""
        labels, used = np.empty(len(self.homes), dtype=np.int64), 0
        given = words.split()
        if len(given) != len(self.villages):
            raise ValueError(f"{len(given)} words for {len(self.villages)} villages")
        for home, word in enumerate(given):
            own = np.array(read_labels(word))
            here = self.homes == home
            if len(own) != here.sum() or set(own) != set(range(own.max() + 1)):
                raise ValueError(f"{self.villages[home]}: the drawing does not fit the ground")
            labels[here] = own + used
            used += int(own.max()) + 1
        return labels


def weigh_grids(
    district: District, balance: str, minutes: "pd.Series[float] | None" = None
) -> "pd.Series[float]":
    """What each grid weighs, by code; minutes: work by grid, where that is asked for."""
    grids = district.grids.set_index("code")
    if balance in ("households", "population"):
        return grids[balance].astype(float)
    if balance == "reports":
        return district.demand.groupby("area")["per_day"].sum().reindex(grids.index).fillna(0.0)
    if balance == "minutes" and minutes is not None:
        return minutes.reindex(grids.index).fillna(0.0)
    raise ValueError(f"balance: {balance} is none of {', '.join(BALANCES)}")


def list_sources(district: District) -> tuple[str, ...]:
    """What cells may be made from in a district: buildings only where it has some."""
    return tuple(name for name in SOURCES if name != "buildings" or len(district.buildings))


def lay_ground(
    district: District,
    villages: Sequence[str],
    weights: "pd.Series[float]",
    per_grid: int,
    source: str = "mesh",
) -> Ground:
    """The ground of villages as cells of a source, with its grids' weight; dedicated ones stay out."""
    old = list_open_grids(district.grids, list(villages), keep_dedicated=True)
    old = old.to_crs(district.settings.metric_crs).sort_values("code", ignore_index=True)
    old = old.assign(weight=weights.reindex(old["code"]).to_numpy())
    rows, metric = old[["code", "village", "geometry"]], district.settings.metric_crs
    cut = cut_villages(rows, metric, per_grid, source, district.buildings)
    cells = cut.cells.assign(weight=cut.spread(old["weight"].to_numpy(dtype=float)))
    names, homes = np.unique(cells["village"].to_numpy(dtype=object), return_inverse=True)
    graph = build_graph(cells.geometry, cells["weight"].to_numpy(dtype=float))
    return Ground(tuple(names), cells, graph, homes, old)


def find_bare(district: District, villages: Sequence[str], source: str) -> list[Obstacle]:
    """Villages with nothing to draw: all grids dedicated, or no building where those are asked for."""
    old = list_open_grids(district.grids, list(villages), keep_dedicated=True)
    closed = [Obstacle("dedicated", code, 0) for code in villages if code not in set(old["village"])]
    if source != "buildings":
        return closed
    crs = district.settings.metric_crs
    spots = district.buildings.geometry.to_crs(crs).representative_point()
    ground = old.to_crs(crs)
    hit = np.unique(ground.sindex.query(spots, predicate="intersects")[1])
    built = set(ground["village"].to_numpy()[hit])
    open_villages = sorted(set(old["village"]))
    return closed + [Obstacle("buildings", code, 0) for code in open_villages if code not in built]


def find_split(ground: Ground) -> list[Obstacle]:
    """Villages whose ground lies in several parts, and in how many."""
    parts = np.bincount([ground.homes[some[0]] for some in split_ground(ground.graph, ground.homes)])
    return [Obstacle("parts", ground.villages[home], int(parts[home])) for home in np.flatnonzero(parts > 1)]


def find_obstacles(ground: Ground, count: int) -> list[Obstacle]:
    """Everything that keeps so many grids from being drawn."""
    pieces, cells = split_ground(ground.graph, ground.homes), len(ground.homes)
    if cells + len(ground.villages) > LONGEST_DRAWING:
        return [Obstacle("large", "", cells)]
    if count > cells:
        return [Obstacle("many", "", cells)]
    if count < len(pieces):
        return [*find_split(ground), Obstacle("few", "", len(pieces))]
    weights = [float(ground.graph.weights[some].sum()) for some in pieces]
    numbers = apportion(weights, count, [len(some) for some in pieces])
    homes = np.bincount([ground.homes[some[0]] for some in pieces], numbers).astype(int)
    return [
        Obstacle("most", ground.villages[home], int(homes[home]))
        for home in np.flatnonzero(homes > MOST_GRIDS)
    ]


def move_cell(ground: Ground, labels: Labels, cell: int, grid: int) -> tuple[Labels, str]:
    """Labels with a cell in another grid and no word; or the same labels and why not.

    Reasons: `same`, `village` (over a border), `apart` (no touch), `last`, `breaks` (parts its grid).
    """
    giver = labels[cell]
    if giver == grid:
        return labels, "same"
    if ground.homes[labels == grid][0] != ground.homes[cell]:
        return labels, "village"
    near = ground.graph.neighbours[cell]
    if grid not in labels[near[near >= 0]]:
        return labels, "apart"
    if (labels == giver).sum() == 1:
        return labels, "last"
    moved = labels.copy()
    moved[cell] = grid
    if len(np.unique(label_parts(ground.graph, moved)[moved == giver])) > 1:
        return labels, "breaks"
    return moved, ""


def write_drawing(
    ground: Ground, labels: Labels, per_grid: int, title: str, source: str = "mesh"
) -> Scenario:
    """The scenario in which the villages have these grids."""
    grids = int(np.bincount(ground.measure(labels)["home"]).max())
    drawing = write_labels(labels, ground.homes)
    cells = per_grid if source == "mesh" else 0
    measure = RedrawGrids(villages=ground.villages, count=grids, cells=cells, source=source, drawing=drawing)
    return Scenario(name="grids", title=title[:80], measures=(measure,))
