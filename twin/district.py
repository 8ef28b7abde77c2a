"""District: a frozen set of checked tables, with its graphs as cached properties."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd

from twin import organisation, roads, travel
from twin.schema import SERVICE_TABLES, blank_layer, blank_table
from twin.settings import DistrictSettings

TABLE_NAMES = (
    "areas",
    "grids",
    "units",
    "roads",
    "posts",
    "shifts",
    "matters",
    "demand",
    "routes",
    "mandates",
    "duties",
    "calendar",
    "preferences",
    "travel",
    "opening",
    "sources",
    *SERVICE_TABLES,
    "buildings",
)


@dataclass(frozen=True, eq=False)
class District:
    """A district as data; columns of each table stand in docs/reference/tables.md.

    `demand_changes` is empty on disk; scenarios add rows to it
    (kind scale | surge, places, matters, factor, start, hours, cases, stream).
    """

    settings: DistrictSettings
    areas: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    posts: pd.DataFrame
    shifts: pd.DataFrame
    matters: pd.DataFrame
    demand: pd.DataFrame
    routes: pd.DataFrame
    mandates: pd.DataFrame
    duties: pd.DataFrame
    calendar: pd.DataFrame
    preferences: pd.DataFrame
    sources: pd.DataFrame
    travel: pd.DataFrame = field(default_factory=lambda: blank_table("travel"))
    opening: pd.DataFrame = field(default_factory=lambda: blank_table("opening"))
    services: pd.DataFrame = field(default_factory=lambda: blank_table("services"))
    service_points: pd.DataFrame = field(default_factory=lambda: blank_table("service_points"))
    windows: pd.DataFrame = field(default_factory=lambda: blank_table("windows"))
    service_hours: pd.DataFrame = field(default_factory=lambda: blank_table("service_hours"))
    buildings: gpd.GeoDataFrame = field(default_factory=lambda: blank_layer("buildings"))
    demand_changes: tuple[Mapping[str, Any], ...] = ()
    hash: str = field(default="", repr=False)

    @property
    def label(self) -> str:
        """`fictitious` or `real`."""
        return self.settings.label

    def with_tables(self, **tables: Any) -> "District":
        """A new district with some tables replaced; this one stays as it was.

        Cached graphs that do not depend on the replaced tables are carried over; none does on [demand].
        """
        changed = replace(self, **tables)
        demand = changed.settings.model_copy(update={"demand": self.settings.demand})
        if demand == self.settings and not {"units", "grids", "roads", "areas", "travel"} & tables.keys():
            for name in ("places", "spots", "road_graph", "travel_network", "_modes", "_between"):
                if name in self.__dict__:
                    changed.__dict__[name] = self.__dict__[name]
        return changed

    @cached_property
    def places(self) -> pd.DataFrame:
        """One row a grid, in the order of `grids`: grid, village, township, x, y (metres, metric CRS)."""
        areas = self.areas.set_index("code")
        villages = self.grids["village"]
        points = self.grids.geometry.to_crs(self.settings.metric_crs).representative_point()
        return pd.DataFrame(
            {
                "grid": self.grids["code"].to_numpy(),
                "village": villages.to_numpy(),
                "township": villages.map(areas["parent"]).to_numpy(),
                "x": points.x.to_numpy(),
                "y": points.y.to_numpy(),
            }
        )

    @cached_property
    def spots(self) -> np.ndarray:
        """Points inside each grid where cases may happen: grids x choices x (x, y), metres."""
        return roads.scatter_points(self.grids, self.settings.metric_crs)

    @cached_property
    def organisation(self) -> nx.DiGraph:
        """The command graph: nodes are units, edges have kind `command` or `cooperate`."""
        return organisation.build_organisation(self.units)

    @cached_property
    def adjacency(self) -> nx.Graph:
        """Grids that share a border, as a NetworkX graph with `border_m`."""
        return roads.build_adjacency(self.grids, self.settings.metric_crs)

    @cached_property
    def road_graph(self) -> nx.Graph:
        """The road network: nodes are points in metres, edges carry `seconds` and `length_m`."""
        return roads.build_road_graph(self.roads, self.settings.metric_crs)

    @cached_property
    def travel_network(self) -> "roads.TravelTimes":
        """Travel seconds from every unit (rows) to every grid (columns), computed once."""
        return roads.measure_travel(self.road_graph, self.units, self.grids, self.settings)

    def travel_times(self, mode: str) -> "travel.ModeTimes":
        """Seconds from units to grids by a mode (foot, ebike, car; "" the network itself), computed once."""
        if mode not in self._modes:
            self._modes[mode] = travel.measure_mode(self, mode)
        return self._modes[mode]

    def travel_between(self, mode: str) -> np.ndarray:
        """Seconds from every grid to every grid by a mode, computed once."""
        if mode not in self._between:
            self._between[mode] = travel.measure_between(self, mode)
        return self._between[mode]

    @cached_property
    def _modes(self) -> "dict[str, travel.ModeTimes]":
        return {}

    @cached_property
    def _between(self) -> dict[str, np.ndarray]:
        return {}

    def travel_seconds(self) -> np.ndarray:
        """Matrix of int32 seconds, units x grids."""
        return self.travel_network.seconds
