"""Travel seconds of each mode: from every unit to every grid, and between grids."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from twin import roads

if TYPE_CHECKING:
    from twin.district import District

PLAIN = ""


@dataclass(frozen=True)
class ModeTimes:
    """Seconds from units (rows) to grids (columns), and inside each grid, by one mode."""

    seconds: np.ndarray
    within: np.ndarray

    @cached_property
    def as_lists(self) -> tuple[list[list[int]], list[int]]:
        """The two as plain lists, which the engine reads faster."""
        return self.seconds.tolist(), self.within.tolist()


def measure_mode(district: "District", mode: str) -> ModeTimes:
    """Travel by a mode: along roads at the lower of the road's speed and the mode's; rows of `travel` win.

    The plain mode "" is the district's own travel network. On foot and by e-bike the way to and from the
    road is at the mode's speed, by car at the settings' foot speed.
    """
    network = district.travel_network if mode == PLAIN else _measure(district, mode)
    seconds, within = network.seconds, network.within
    given = district.travel[district.travel["mode"].isin(["", mode])]
    if given.empty:
        return ModeTimes(seconds, within)
    seconds, within = seconds.copy(), within.copy()
    units = {code: row for row, code in enumerate(district.units["code"])}
    grids = {code: row for row, code in enumerate(district.grids["code"])}
    mine = given[given["origin"].isin(units)]
    rows, columns = mine["origin"].map(units).to_numpy(int), mine["grid"].map(grids).to_numpy(int)
    seconds[rows, columns] = np.rint(mine["seconds"].to_numpy()).astype(np.int32)
    inner = given[given["origin"] == given["grid"]]
    within[inner["grid"].map(grids).to_numpy(int)] = np.rint(inner["seconds"].to_numpy()).astype(np.int32)
    return ModeTimes(seconds, within)


def measure_between(district: "District", mode: str) -> np.ndarray:
    """Seconds from every grid to every grid by a mode (int32, grids x grids); rows of `travel` win."""
    grids = district.grids.assign(unit=district.grids["code"])
    if mode == PLAIN:
        found = roads.measure_travel(district.road_graph, grids, grids, district.settings)
    else:
        found = roads.measure_travel(*_by_mode(district, mode, grids))
    seconds = found.seconds.copy()
    given = district.travel[district.travel["mode"].isin(["", mode])]
    places = {code: row for row, code in enumerate(district.grids["code"])}
    mine = given[given["origin"].isin(places)]
    rows, columns = mine["origin"].map(places).to_numpy(int), mine["grid"].map(places).to_numpy(int)
    seconds[rows, columns] = np.rint(mine["seconds"].to_numpy()).astype(np.int32)
    return seconds


def _measure(district: "District", mode: str) -> roads.TravelTimes:
    return roads.measure_travel(*_by_mode(district, mode, district.units))


def _by_mode(district: "District", mode: str, starts):  # type: ignore[no-untyped-def]
    """The arguments of measure_travel for a mode: a graph at its speed, and its pace beside the roads."""
    play = district.settings.play
    speed = play.mode_speed_kmh[mode]  # type: ignore[index]
    graph = nx.Graph()
    graph.add_nodes_from(district.road_graph.nodes)
    for a, b, edge in district.road_graph.edges(data=True):
        seconds = max(edge["seconds"], edge["length_m"] * 3.6 / speed)
        graph.add_edge(a, b, length_m=edge["length_m"], seconds=seconds)
    pace = play.foot_speed_kmh if mode == "car" else speed
    settings = district.settings.model_copy(update={"play": play.model_copy(update={"foot_speed_kmh": pace})})
    return graph, starts, district.grids, settings
