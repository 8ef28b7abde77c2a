"""A scope: the unit whose subtree, and the places it serves, a person may see and touch."""

from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np

from twin.district import District
from twin.organisation import list_served_areas


class UnknownScope(ValueError):
    """A scope names a unit that the district does not have."""


@dataclass(frozen=True, eq=False)
class Scope:
    """The part of a district under one unit; a blank unit is the whole district."""

    district: District
    unit: str = ""

    def __post_init__(self) -> None:
        if self.unit and self.unit not in set(self.district.units["code"]):
            raise UnknownScope(f"{self.unit}: no such unit in this district")

    @property
    def is_whole(self) -> bool:
        """Whether everything lies inside."""
        return not self.unit

    @cached_property
    def units(self) -> frozenset[str]:
        """The unit and every unit under its command."""
        if self.is_whole:
            return frozenset(self.district.units["code"])
        return frozenset({self.unit} | nx.descendants(self._command, self.unit))

    @cached_property
    def grids(self) -> np.ndarray:
        """Which grids lie in a place that units of a township or a village serve; bool, as district.grids.

        A department serves the whole district: its part is the cases that it holds, and no grid is its own.
        """
        places = self.district.places
        if self.is_whole:
            return np.ones(len(places), dtype=bool)
        areas = self._areas
        inside = places["village"].isin(areas) | places["township"].isin(areas)
        return np.asarray(inside.to_numpy(dtype=bool))

    @cached_property
    def areas(self) -> frozenset[str]:
        """Townships and villages that its units serve, and the villages of the grids inside."""
        if self.is_whole:
            return frozenset(self.district.areas["code"])
        return self._areas | frozenset(self.district.places.loc[self.grids, "village"])

    @cached_property
    def _areas(self) -> frozenset[str]:
        units = self.district.units
        local = units[units["code"].isin(self.units) & (units["tier"] != "district")]
        return frozenset(area for areas in list_served_areas(local).values() for area in areas)

    @cached_property
    def _command(self) -> nx.DiGraph:
        graph = self.district.organisation
        edges = [(a, b) for a, b, kind in graph.edges(data="kind") if kind == "command"]
        command = nx.DiGraph(edges)
        command.add_nodes_from(graph.nodes)
        return command

    def holds(self, grid: int, units: frozenset[str] | set[str]) -> bool:
        """Whether a case belongs here: its grid (number, -1 none) lies inside, or one of its units does."""
        return self.is_whole or (grid >= 0 and bool(self.grids[grid])) or bool(self.units & units)
