"""Measures on people's time and skills: shifts, duties, training."""

import math
from typing import Literal

import pandas as pd
from pydantic import Field

from simulation.measures.base import Measure, fault, labels
from simulation.measures.lookup import check_codes, find_units, has_role
from twin.district import District
from twin.faults import DistrictFaults
from twin.settings import parse_clock


class SetShift(Measure):
    """Move the hours of posts by whole minutes: all or so many of a role in an area or unit."""

    kind = "set_shift"
    title_zh, title_en = "调整班次", "Change shifts"
    touches = ("posts", "shifts")
    place: str = Field(**labels("单位或区划代码", "Unit or area code", "place"))
    roles: tuple[str, ...] = Field((), **labels("岗位角色（空为全部）", "Roles (blank: all)", "role"))
    minutes_later: int = Field(
        ge=-720, le=720, **labels("推后分钟（负为提前）", "Minutes later (minus: earlier)")
    )
    shift: str = Field("", **labels("现上班次（空为不限）", "Posts now on shift (blank: any)", "shift"))
    count: int = Field(0, ge=0, **labels("岗位数（0 为全部）", "How many posts (0: all)"))

    def apply(self, district: District) -> District:
        """The posts get shifts of their own, whose windows lie later."""
        units = district.units
        inside = units.loc[(units["code"] == self.place) | (units["area"] == self.place), "code"]
        chosen = district.posts["unit"].isin(inside)
        if self.roles:
            chosen &= has_role(district.posts["role"], self.roles)
        if self.shift:
            chosen &= district.posts["shift"] == self.shift
        if chosen.sum() < max(self.count, 1):
            text = f"{chosen.sum()} posts of these roles and this shift at this place"
            raise DistrictFaults([fault(self.kind, self.place, "no posts", text)])
        return _shift_later(district, self._pick(district.posts, chosen), self.minutes_later)

    def _pick(self, posts: pd.DataFrame, chosen: pd.Series) -> pd.Series:
        """All the chosen, or the first so many by id, filled posts before vacant ones."""
        if not self.count:
            return chosen
        order = posts[chosen].sort_values(["filled", "post_id"], ascending=[False, True], kind="stable").index
        return pd.Series(posts.index.isin(order[: self.count]), index=posts.index)


def _shift_later(district: District, chosen: pd.Series, minutes: int) -> District:
    shifts, posts = district.shifts, district.posts.copy()
    suffix = f"{minutes:+d}min"
    rows = shifts[shifts["shift"].isin(posts.loc[chosen, "shift"]) & (shifts["days"] != "always")]
    rows = rows[~(rows["shift"] + suffix).isin(shifts["shift"])]
    chosen = chosen & posts["shift"].isin(shifts.loc[shifts["days"] != "always", "shift"])

    def later(text: str) -> str:
        total = (parse_clock(text) // 60 + minutes) % 1440
        return f"{total // 60:02d}:{total % 60:02d}"

    moved = rows.assign(
        shift=rows["shift"] + suffix, start=rows["start"].map(later), end=rows["end"].map(later)
    )
    posts.loc[chosen, "shift"] = posts.loc[chosen, "shift"] + suffix
    return district.with_tables(posts=posts, shifts=pd.concat([shifts, moved], ignore_index=True))


class CutDuties(Measure):
    """Duties of some roles take a smaller part of their shifts, which leaves more time for cases."""

    kind = "cut_duties"
    title_zh, title_en = "减负", "Cut duties"
    touches = ("duties",)
    roles: tuple[str, ...] = Field((), **labels("岗位角色（空为全部）", "Roles (blank: all)", "role"))
    duties: tuple[str, ...] = Field((), **labels("日常工作（空为全部）", "Duties (blank: all)", "duty"))
    keep: float = Field(ge=0, le=1, **labels("保留比例", "Part that stays"))
    yields: Literal["", "any", "urgent"] = Field(
        "",
        **labels(
            "何时让位于案件",
            "Yields to",
            options={
                "": ("不变", "as it is"),
                "any": ("任何案件", "any case"),
                "urgent": ("急件", "urgent cases"),
            },
        ),
    )

    def apply(self, district: District) -> District:
        """Each chosen duty keeps this part of its share; the rest is for cases."""
        duties = district.duties.copy()
        roles = {part for role in [*duties["role"], *district.posts["role"]] for part in role.split("+")}
        faults = check_codes(self.kind, "role", self.roles, roles)
        faults += check_codes(self.kind, "duty", self.duties, set(duties["duty"]))
        chosen = pd.Series(True, index=duties.index)
        if self.roles:
            chosen &= has_role(duties["role"], self.roles)
        if self.duties:
            chosen &= duties["duty"].isin(self.duties)
        if not faults and not chosen.any():
            faults = [fault(self.kind, ", ".join(self.roles), "no duties", "these roles have no such duty")]
        if faults:
            raise DistrictFaults(faults)
        duties.loc[chosen, "share"] = duties.loc[chosen, "share"] * self.keep
        if self.yields:
            duties.loc[chosen, "yields"] = self.yields
        return district.with_tables(duties=duties)


class AddSkill(Measure):
    """Training: so large a share of the posts of some roles in each unit of a place holds a skill."""

    kind = "add_skill"
    title_zh, title_en = "培训持证", "Train for a skill"
    touches = ("posts",)
    skill: str = Field(min_length=1, pattern="^[^;]+$", **labels("技能或资格", "Skill or certificate"))
    place: str = Field("", **labels("单位或区划（空为全区）", "Unit or area (blank: all)", "place"))
    roles: tuple[str, ...] = Field((), **labels("岗位角色（空为全部）", "Roles (blank: all)", "role"))
    share: float = Field(1.0, gt=0, le=1, **labels("持证比例", "Share that holds it afterwards"))

    def apply(self, district: District) -> District:
        """In each unit and role the first posts by id get it, until the share (rounded up) holds it."""
        posts = district.posts.copy()
        chosen = pd.Series(True, index=posts.index)
        if self.place:
            chosen &= posts["unit"].isin(find_units(district, self.place))
        if self.roles:
            chosen &= has_role(posts["role"], self.roles)
        if not chosen.any():
            raise DistrictFaults([fault(self.kind, self.place, "no posts", "no post of these roles there")])
        holds = posts["skills"].map({s: self.skill in s.split(";") for s in posts["skills"].unique()})
        teams = posts[chosen].assign(holds=holds[chosen]).groupby(["unit", "role"])
        taught = [label for _, team in teams for label in self._choose(team)]
        if not taught:
            raise DistrictFaults([fault(self.kind, self.skill, "nothing changes", "so many hold it already")])
        posts.loc[taught, "skills"] = [
            ";".join(filter(None, (old, self.skill))) for old in posts.loc[taught, "skills"]
        ]
        return district.with_tables(posts=posts)

    def _choose(self, team: pd.DataFrame) -> list[int]:
        wanted = math.ceil(self.share * len(team) - 1e-9) - int(team["holds"].sum())
        return list(team[~team["holds"]].sort_values("post_id").index[: max(wanted, 0)])
