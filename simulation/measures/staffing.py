"""Measures on posts: moved down, seconded, filled."""

from datetime import date
from typing import Literal

import pandas as pd
from pydantic import Field

from simulation.measures.base import fault, labels, share_out, split_evenly
from simulation.measures.batches import KINDS, POSTS, BatchMeasure
from simulation.measures.lookup import check_codes, find_units, has_role
from simulation.measures.moving import (
    check_donor,
    choose_posts,
    find_lowest,
    find_pattern,
    give_posts,
    list_present,
    measure_spare,
)
from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.organisation import list_served_areas

PostKind = Literal["", "administrative", "institution", "contract"]


class _GivePosts(BatchMeasure):
    """What moving and seconding share: a receiver's role, a count, a kind, and the donor's floor."""

    role: str = Field(**labels("调入后岗位角色", "Role at the receiver", "role"))
    count: int = Field(gt=0, **labels("岗位数", "Posts"))
    from_role: str = Field("", **labels("调出岗位角色（空为不限）", "Role at the donor (blank: any)", "role"))
    post_kind: PostKind = Field("", **labels("编制类别", "Kind of post", options=KINDS))
    floor: int = Field(0, ge=0, **labels("调出下限（个）", "Floor of a donor, posts"))
    floor_share: float = Field(
        POSTS["floor_share"], ge=0, le=1, **labels("调出下限（占核定）", "Floor, share of authorised")
    )

    def find_lowest(self, origin: District, unit: str) -> int:
        """How many posts a donor keeps: its floor, or a share of those authorised before any measure."""
        return find_lowest(origin.posts, unit, self.floor, self.floor_share)

    def check_role(self, district: District) -> list[Fault]:
        """A fault where no post of the district has the role that is asked for."""
        if len(find_pattern(district.posts, "", self.role)):
            return []
        return [fault(self.kind, self.role, "role unknown", "no post in the district has this role")]


class _PairMeasure(_GivePosts):
    from_unit: str = Field(**labels("调出单位", "From unit", "unit"))
    to_unit: str = Field(**labels("调入单位", "To unit", "unit"))

    def enact(
        self, district: District, origin: District, batch: int, day: date | None
    ) -> tuple[District, list[str]]:
        """Takes the donor's last posts by id, of the role it has most of."""
        count, units = split_evenly(self.count, self.batches)[batch], set(district.units["code"])
        named = (("from_unit", self.from_unit), ("to_unit", self.to_unit))
        faults = [
            fault(self.kind, code, f"{name} unknown", f"no unit {code!r} in this district")
            for name, code in named
            if code not in units
        ]
        if not faults:
            lowest = self.find_lowest(origin, self.from_unit)
            faults = check_donor(
                self.kind,
                district.posts,
                self.from_unit,
                day,
                count,
                (lowest, self.from_role, self.post_kind),
            )
        faults += self.check_role(district)
        if faults:
            raise DistrictFaults(faults)
        able = choose_posts(list_present(district.posts, day), self.from_unit, self.from_role, self.post_kind)
        chosen = able.index[len(able) - count :]
        ids = district.posts.loc[chosen, "post_id"].tolist()
        return district.with_tables(posts=self.give(district.posts, chosen)), ids

    def give(self, posts: pd.DataFrame, chosen: pd.Index) -> pd.DataFrame:
        """The posts at the receiver."""
        return give_posts(posts, chosen, self.to_unit, self.role)


class MovePosts(_PairMeasure):
    """Move posts from one unit to another: ids, kinds, skills stay, role and hours become the receiver's."""

    kind = "move_posts"
    title_zh, title_en = "减区增乡", "Shift posts down"
    touches = ("posts",)


class SecondStaff(_PairMeasure):
    """Send staff of a department to a township body that manages them; they stay on the sender's books."""

    kind = "second_staff"
    title_zh, title_en = "派驻干部", "Second staff"
    touches = ("posts",)
    availability: float = Field(1.0, gt=0, le=1, **labels("在派驻处工作的时间比例", "Share of time there"))

    def give(self, posts: pd.DataFrame, chosen: pd.Index) -> pd.DataFrame:
        """The posts say who sent and who manages them, and work there for their share of time."""
        columns = {"seconded_from": self.from_unit, "managed_by": self.to_unit}
        moved = give_posts(posts, chosen, self.to_unit, self.role, **columns)
        moved.loc[chosen, "availability"] = posts.loc[chosen, "availability"] * self.availability
        return moved


class SpreadPosts(_GivePosts):
    """Move posts from several units to several others: donors in proportion to what they can spare,
    receivers equally, by their posts or by the reports of the places that they serve.
    """

    kind = "spread_posts"
    title_zh, title_en = "减区增乡（成批）", "Shift posts down, many to many"
    touches = ("posts",)
    from_units: tuple[str, ...] = Field(
        (), **labels("调出单位（空为区直部门）", "From units (blank: district departments)", "unit")
    )
    to_units: tuple[str, ...] = Field(
        (), **labels("调入单位（空为各乡镇）", "To units (blank: township units with the role)", "unit")
    )
    by: Literal["equal", "posts", "demand"] = Field(
        "demand",
        **labels(
            "分配依据",
            "Receivers share",
            options={
                "equal": ("平均", "equally"),
                "posts": ("按现有岗位", "by their posts"),
                "demand": ("按诉求量", "by reports"),
            },
        ),
    )

    def enact(
        self, district: District, origin: District, batch: int, day: date | None
    ) -> tuple[District, list[str]]:
        """Counts are by largest remainders, in the order of codes."""
        count, posts = split_evenly(self.count, self.batches)[batch], district.posts
        donors, receivers = self._name_units(district)
        faults = check_codes(self.kind, "unit", (*donors, *receivers), set(district.units["code"]))
        faults += self.check_role(district)
        spare = [self._measure_spare(posts, origin, unit, day) for unit in donors]
        if not faults and sum(spare) < count:
            words = f"the donors can spare {sum(spare)} posts above their floors, {count} asked for"
            faults.append(fault(self.kind, ", ".join(donors[:3]), "floor", words))
        weights = self._weigh(district, receivers)
        if not faults and sum(weights) <= 0:
            faults.append(fault(self.kind, self.role, "no posts", "no receiver: name the units"))
        if faults:
            raise DistrictFaults(faults)
        parts = zip(donors, share_out(count, [float(n) for n in spare]), strict=True)
        rows = [row for unit, number in parts for row in self._take(posts, unit, number, day)]
        ids = posts.loc[rows, "post_id"].tolist()
        for unit, number in zip(receivers, share_out(count, weights), strict=True):
            posts = give_posts(posts, pd.Index(rows[:number]), unit, self.role)
            rows = rows[number:]
        return district.with_tables(posts=posts), ids

    def _name_units(self, district: District) -> tuple[list[str], list[str]]:
        units, posts = district.units, district.posts
        departments = units.loc[
            units["kind"].isin(("department", "field_team")) & units["tier"].eq("district"), "code"
        ]
        staffed = posts.loc[has_role(posts["role"], (self.role,)), "unit"]
        town = units.loc[units["tier"].eq("township") & units["code"].isin(staffed), "code"]
        return sorted(set(self.from_units) or set(departments)), sorted(set(self.to_units) or set(town))

    def _measure_spare(self, posts: pd.DataFrame, origin: District, unit: str, day: date | None) -> int:
        present = list_present(posts, day)
        able = len(choose_posts(present, unit, self.from_role, self.post_kind))
        return max(0, min(able, measure_spare(present, unit, self.find_lowest(origin, unit))))

    def _take(self, posts: pd.DataFrame, unit: str, count: int, day: date | None) -> list[int]:
        able = choose_posts(list_present(posts, day), unit, self.from_role, self.post_kind)
        return list(able.index[len(able) - count :])

    def _weigh(self, district: District, receivers: list[str]) -> list[float]:
        if self.by == "equal":
            return [1.0] * len(receivers)
        if self.by == "posts":
            present = list_present(district.posts, None)["unit"].value_counts()
            return [float(present.get(unit, 0)) for unit in receivers]
        reports = district.demand.groupby("area")["per_day"].sum()
        places = district.places.assign(
            district=district.areas.loc[district.areas["tier"] == "district", "code"].iloc[0],
            reports=district.places["grid"].map(reports).fillna(0.0),
        )
        served = list_served_areas(district.units)
        columns = places[["grid", "village", "township", "district"]]
        return [
            float(places.loc[columns.isin(served.get(unit, [])).any(axis=1), "reports"].sum())
            for unit in receivers
        ]


class FillVacancies(BatchMeasure):
    """Fill posts that are authorised but vacant, or left by retirement, at a place."""

    kind = "fill_vacancies"
    title_zh, title_en = "补空编", "Fill vacancies"
    touches = ("posts",)
    place: str = Field("", **labels("单位或区划（空为全区）", "Unit or area (blank: all)", "place"))
    roles: tuple[str, ...] = Field((), **labels("岗位角色（空为全部）", "Roles (blank: all)", "role"))
    post_kind: PostKind = Field("", **labels("编制类别", "Kind of post", options=KINDS))
    count: int = Field(0, ge=0, **labels("岗位数（0 为全部）", "Posts (0: all)"))

    def enact(
        self, district: District, origin: District, batch: int, day: date | None
    ) -> tuple[District, list[str]]:
        """The first vacant posts by id become filled; a retirement that made one vacant is wiped out."""
        posts = district.posts
        vacant = posts[~posts.index.isin(list_present(posts, day).index)]
        if self.place:
            vacant = vacant[vacant["unit"].isin(find_units(district, self.place))]
        if self.roles:
            vacant = vacant[has_role(vacant["role"], self.roles)]
        if self.post_kind:
            vacant = vacant[vacant["kind"] == self.post_kind]
        rest = self.batches - batch
        count = split_evenly(self.count, self.batches)[batch] if self.count else -(-len(vacant) // rest)
        if len(vacant) < max(count, 1 if batch == 0 else 0):
            words = f"{len(vacant)} vacant posts there, {max(count, 1)} asked for"
            raise DistrictFaults([fault(self.kind, self.place, "no vacancies", words)])
        chosen = vacant.sort_values("post_id").index[:count]
        filled = posts.copy()
        filled.loc[chosen, "filled"] = 1
        filled.loc[chosen, "retires"] = ""
        return district.with_tables(posts=filled), posts.loc[chosen, "post_id"].tolist()
