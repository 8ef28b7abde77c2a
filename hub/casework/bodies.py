"""Which bodies may take a case of an item in a grid: the way's handling steps, filled by staffed units."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from simulation.way.bodies import resolve_bodies
from simulation.way.routes import expand_rows
from twin.district import District
from twin.organisation import list_served_areas

TIERS = ("village", "township", "district")
HANDLED = "handled"


class Body(NamedTuple):
    """A unit, the role that would take the case there, the tier, and whether it has the mandate."""

    unit: str
    role: str
    tier: str
    holds: bool


class _Staff(NamedTuple):
    unit: int
    role: str


@dataclass(frozen=True, eq=False)
class Bodies:
    """The handling bodies of a district."""

    district: District

    def list_bodies(self, item: str, grid: int) -> list[Body]:
        """The bodies of an item's way in a grid, the lowest tier first; empty for a place in no grid."""
        if grid < 0:
            return []
        found = []
        for tier, role in self._steps.get(item, []):
            for unit in self._resolve(tier, role)[grid]:
                found.append(Body(unit, role, tier, self._holds.get((item, tier, role), True)))
        return list(dict.fromkeys(found))

    def list_others(self, grid: int) -> list[str]:
        """Every unit that a case of a grid could be sent to: its village's, its township's, departments'."""
        units, local = self.district.units, {""}
        if grid >= 0:
            place = self.district.places.iloc[grid]
            local = {place["village"], place["township"]}
        serves = list_served_areas(units)
        whole = units["code"].isin([code for code, areas in serves.items() if local & set(areas)])
        mine = units[whole | (units["kind"] == "department")]
        return [code for code in mine["code"] if code in self.posts]

    @cached_property
    def posts(self) -> dict[str, dict[str, int]]:
        """Filled posts by unit and role."""
        filled = self.district.posts[self.district.posts["filled"] == 1]
        counts: dict[str, dict[str, int]] = {}
        for (unit, role), count in filled.groupby(["unit", "role"]).size().items():
            counts.setdefault(str(unit), {})[str(role)] = int(count)
        return counts

    def find_role(self, unit: str) -> str:
        """The role of a unit that has most posts; blank for a unit without any."""
        roles = self.posts.get(unit, {})
        return max(sorted(roles), key=lambda role: roles[role], default="")

    @cached_property
    def tiers(self) -> dict[str, str]:
        """The tier of each unit."""
        return dict(zip(self.district.units["code"], self.district.units["tier"], strict=True))

    @cached_property
    def hub(self) -> str:
        """The district's command hub: the root of the organisation."""
        units = self.district.units
        return str(units.loc[units["parent"] == "", "code"].iloc[0])

    @cached_property
    def _steps(self) -> dict[str, list[tuple[str, str]]]:
        rows = expand_rows(self.district)
        rows = rows[(rows["state"] == HANDLED) & (rows["lead"] == "") & (rows["role"] != "")]
        steps: dict[str, list[tuple[str, str]]] = {}
        for row in rows.sort_values("position", kind="stable").itertuples():
            for role in str(row.role).split("+"):
                steps.setdefault(str(row.item), []).append((str(row.tier), role))
        return steps

    @cached_property
    def _holds(self) -> dict[tuple[str, str, str], bool]:
        table = self.district.mandates
        keys = zip(table["item"], table["tier"], table["role"], strict=True)
        return {key: bool(holds) for key, holds in zip(keys, table["holds"], strict=True)}

    @cached_property
    def _staff(self) -> list[_Staff]:
        number = {code: n for n, code in enumerate(self.district.units["code"])}
        return sorted(_Staff(number[unit], role) for unit, roles in self.posts.items() for role in roles)

    @cached_property
    def _known(self) -> dict[tuple[str, str], list[list[str]]]:
        return {}

    def _resolve(self, tier: str, role: str) -> list[list[str]]:
        if (tier, role) not in self._known:
            found = resolve_bodies(self.district, self._staff, [(tier, role)], [True] * len(self._staff))[0]
            codes: pd.Series[str] = self.district.units["code"]
            names = [codes.iloc[staff.unit] for staff in self._staff]
            self._known[tier, role] = [[names[n] for n in numbers] for numbers in found]
        return self._known[tier, role]
