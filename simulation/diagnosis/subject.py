"""What is asked about: a place, a body or a matter, and which cases are its own."""

from dataclasses import dataclass

import numpy as np

from simulation.playing.visits import Visits
from twin.district import District
from twin.faults import DistrictFaults, Fault

KINDS = ("district", "township", "village", "grid", "unit", "matter")


@dataclass(frozen=True)
class Subject:
    """A code with its kind (KINDS)."""

    kind: str
    code: str

    def select(self, visits: Visits) -> np.ndarray:
        """Which cases of a run are its own, by case: reported there, of the matter, or worked on by it."""
        cases, district = visits.cases, visits.flow.district
        if self.kind == "unit":
            return _worked_on(visits, self.code)
        if self.kind == "matter":
            mine = (district.matters[["matter", "item"]] == self.code).any(axis=1).to_numpy()
            return np.asarray(mine[cases.item])
        if self.kind == "district":
            return np.ones(len(cases), dtype=bool)
        inside = (district.places[self.kind] == self.code).to_numpy()
        return np.asarray(inside[cases.grid])

    @property
    def moves(self) -> bool:
        """Whether which cases are its own hangs on the run; then the run of the district as it is decides."""
        return self.kind == "unit"


def find_subject(district: District, code: str) -> Subject:
    """What a code stands for: an area, grid, unit, matter or item; DistrictFaults for none of them."""
    tiers = dict(zip(district.areas["code"], district.areas["tier"], strict=True))
    if code in tiers:
        return Subject(str(tiers[code]), code)
    tests = {"grid": district.grids["code"], "unit": district.units["code"]}
    matters = (*district.matters["matter"], *district.matters["item"])
    for kind, known in {**tests, "matter": matters}.items():
        if code in set(known):
            return Subject(kind, code)
    words = "no area, grid, unit, matter or item has this code"
    raise DistrictFaults([Fault("diagnosis", code, "subject unknown", words)])


def find_bodies(district: District, subject: Subject) -> set[str]:
    """Codes of the units that may work for a subject: those in, above or below a place, else all."""
    units, areas = district.units, district.areas
    if subject.kind not in ("township", "village", "grid"):
        return set(units["code"])
    parents = dict(zip(areas["code"], areas["parent"], strict=True))
    parents |= dict(zip(district.grids["code"], district.grids["village"], strict=True))
    above, place = {subject.code}, parents.get(subject.code, "")
    while place:
        above.add(place)
        place = parents.get(place, "")
    below = {subject.code}
    while more := {code for code, parent in parents.items() if parent in below} - below:
        below |= more
    chosen = units["area"].isin(above | below)
    served = units["serves"].map(lambda text: bool(set(text.split(";")) & (above | below)))
    return set(units.loc[chosen | served, "code"])


def _worked_on(visits: Visits, code: str) -> np.ndarray:
    found = np.zeros(len(visits.cases), dtype=bool)
    row = int(np.flatnonzero(visits.flow.district.units["code"].to_numpy() == code)[0])
    units = np.array([placed.unit for placed in visits.flow.placements])
    post = visits.column("post")
    mine = (post >= 0) & (units[np.maximum(post, 0)] == row)
    found[visits.column("case")[mine]] = True
    return found
