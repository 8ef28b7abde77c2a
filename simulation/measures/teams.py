"""Measures on who works as one team in a township: pooled enforcement, the modules of an office."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd
from pydantic import Field

from simulation.measures.base import DEFAULTS, Measure, fault, labels
from simulation.measures.lookup import find_townships, has_role, lies_within
from twin.district import District
from twin.faults import DistrictFaults, Fault

MODULES = DEFAULTS["modules"]
TOWNSHIPS = labels("乡镇（空为全部）", "Townships (blank: all)", "township")


class PoolEnforcement(Measure):
    """The enforcement squads of a township act as one team in the township's name (一支队伍管执法)."""

    kind = "pool_enforcement"
    title_zh, title_en = "一支队伍管执法", "One enforcement team"
    touches = ("posts", "duties", "routes")
    townships: tuple[str, ...] = Field((), **TOWNSHIPS)
    squads: tuple[str, ...] = Field(
        tuple(DEFAULTS["enforcement"]["squads"]), **labels("合并的队伍", "Squads", "role")
    )
    certificate: str = Field(
        "", **labels("现场执法须持的资格（空为不限）", "Certificate (blank: none)", "certificate")
    )

    def apply(self, district: District) -> District:
        """The posts of a township's squads sit in one unit and hold all squads' roles (`a+b+c`): one pool.

        With a certificate, every step of these squads asks for it (in the whole district: routes know no
        places), and a team must have as many holders as a step's crew.
        """
        areas, faults = find_townships(self.kind, district, self.townships)
        here = _list_here(district, areas) & lies_within(district.posts["role"], self.squads)
        if not faults and not here.any():
            row = ", ".join(self.squads)
            faults = [fault(self.kind, row, "no squads", "no post in these townships has such a role")]
        if not faults and self.certificate:
            faults = self._check_holders(district)
        if faults:
            raise DistrictFaults(faults)
        merged = merge_roles(district, here, self.squads)
        if not self.certificate:
            return merged
        routes = district.routes
        asked = routes["role"].isin(self.squads) & (routes["state"] == "handled")
        return merged.with_tables(routes=routes.assign(skill=routes["skill"].mask(asked, self.certificate)))

    def _check_holders(self, district: District) -> list[Fault]:
        """A fault for each township whose squads have too few holders for a crew."""
        posts, routes = district.posts, district.routes
        crew = int(routes.loc[routes["role"].isin(self.squads), "crew"].max())
        squad = posts[has_role(posts["role"], self.squads) & (posts["filled"] == 1)]
        holds = squad["skills"].map(lambda text: self.certificate in text.split(";"))
        number = holds.groupby(_area_of(district, squad)).sum()
        return [
            fault(self.kind, str(area), "certificate", f"{n} holders, a crew needs {crew}: train them first")
            for area, n in number[number < crew].items()
        ]


class TownshipModule(Measure):
    """Group the roles of a township's office into the teams of a preset; each team is one pool."""

    kind = "township_module"
    title_zh, title_en = "乡镇治理模块", "Township modules"
    touches = ("posts", "duties")
    preset: Literal["two_centres_one_team_one_office", "one_centre_four_platforms", "four_platforms"] = Field(
        **labels(
            "模式",
            "Preset",
            options={key: (module["name"], module["name_en"]) for key, module in MODULES.items()},
        )
    )
    townships: tuple[str, ...] = Field((), **TOWNSHIPS)

    def apply(self, district: District) -> District:
        """Which roles make a team stands in data/defaults/levers.toml; a team sits in its first unit."""
        areas, faults = find_townships(self.kind, district, self.townships)
        here = _list_here(district, areas)
        teams = [tuple(team["roles"]) for team in MODULES[self.preset]["teams"]]
        for roles in teams:
            members = here & has_role(district.posts["role"], roles)
            wide = district.posts.loc[members & ~lies_within(district.posts["role"], roles), "role"].unique()
            words = "a team of this preset holds only a part of it"
            faults += [fault(self.kind, role, "already pooled", words) for role in sorted(wide)]
        if not faults and not any((here & has_role(district.posts["role"], roles)).any() for roles in teams):
            faults.append(
                fault(self.kind, self.preset, "no posts", "no post there has a role of this preset")
            )
        if faults:
            raise DistrictFaults(faults)
        for roles in teams:
            members = here & has_role(district.posts["role"], roles)
            if district.posts.loc[members, "role"].nunique() > 1:
                district = merge_roles(district, members, roles)
        return district


def _area_of(district: District, posts: pd.DataFrame) -> pd.Series:
    return posts["unit"].map(dict(zip(district.units["code"], district.units["area"], strict=True)))


def _list_here(district: District, areas: set[str]) -> pd.Series:
    return _area_of(district, district.posts).isin(areas)


def merge_roles(district: District, here: pd.Series, roles: Sequence[str]) -> District:
    """Some posts (mask) hold all of some roles and sit in the first of their township's units.

    The team's duties are the mean of its posts' duties, so that no hour is won or lost by merging alone.
    """
    posts, team = district.posts.copy(), "+".join(sorted(roles))
    area_of = _area_of(district, posts)
    before = posts.loc[here | posts["role"].eq(team), "role"]
    first = posts[here].groupby(area_of[here])["unit"].min()
    posts.loc[here, "unit"] = area_of[here].map(first)
    posts.loc[here, "role"] = team
    duties = district.duties
    pooled = _mean_duties(duties, before.value_counts()).assign(role=team)[list(duties.columns)]
    rest = duties[duties["role"] != team]
    return district.with_tables(posts=posts, duties=pd.concat([rest, pooled], ignore_index=True))


def _mean_duties(duties: pd.DataFrame, posts: pd.Series) -> pd.DataFrame:
    """Duties of a team of so many posts a role: shares weighted by posts.

    A duty that yields to any case in some roles only takes no time from cases there, and counts nothing.
    """
    mine = duties[duties["role"].isin(posts.index)]
    weights = mine["role"].map(posts.to_dict()).astype(float)
    urgent = mine["yields"] == "urgent"
    mixed = mine["duty"].isin(mine.loc[urgent, "duty"]) & ~urgent
    mine = mine.assign(share=(mine["share"] * weights).mask(mixed, 0.0))
    pooled = mine.groupby("duty", as_index=False).agg(
        {"name": "first", "name_en": "first", "share": "sum", "yields": "max"}
    )
    return pooled.assign(share=(pooled["share"] / max(int(posts.sum()), 1)).clip(upper=1.0))
