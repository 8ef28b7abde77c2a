"""A scenario is a list of measures; each measure is District -> District."""

import hashlib
import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.settings import parse_clock


class Measure(BaseModel):
    """One measure; its fields make the form, its titles the labels."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    title_zh: ClassVar[str]
    title_en: ClassVar[str]

    def apply(self, district: District) -> District:
        """The district with this measure in force; DistrictFaults where it cannot be."""
        raise DistrictFaults([_fault(self.kind, "", "measure", "has no effect")])


def _fault(kind: str, row: str, rule: str, message: str) -> Fault:
    return Fault(f"scenario {kind}", row, rule, message)


def _labels(zh: str, en: str, of: str = "") -> dict[str, Any]:
    """Names of a field; `of`: what its codes are (unit, role, area, township, place, matter)."""
    return {"title": zh, "json_schema_extra": {"title_en": en, "of": of}}


class MovePosts(Measure):
    """Move posts from one unit to another; ids and skills stay, role and hours become the receiver's."""

    kind = "move_posts"
    title_zh, title_en = "减区增乡", "Shift posts down"
    from_unit: str = Field(**_labels("调出单位", "From unit", "unit"))
    to_unit: str = Field(**_labels("调入单位", "To unit", "unit"))
    role: str = Field(**_labels("调入后岗位角色", "Role at the receiver", "role"))
    count: int = Field(gt=0, **_labels("岗位数", "Posts"))
    floor: int = Field(0, ge=0, **_labels("调出下限", "Floor of the donor"))

    def apply(self, district: District) -> District:
        """Moves the donor's last posts by id, from the role it has most of."""
        posts, units = district.posts, set(district.units["code"])
        faults = [
            _fault(self.kind, code, f"{name} unknown", f"no unit {code!r} in this district")
            for name, code in (("from_unit", self.from_unit), ("to_unit", self.to_unit))
            if code not in units
        ]
        donor = posts[(posts["unit"] == self.from_unit) & (posts["filled"] == 1)]
        left = len(donor) - self.count
        if not faults and left < self.floor:
            faults.append(
                _fault(
                    self.kind, self.from_unit, "floor", f"{left} posts would be left, at least {self.floor}"
                )
            )
        pattern = posts[(posts["unit"] == self.to_unit) & (posts["role"] == self.role)]
        pattern = pattern if len(pattern) else posts[posts["role"] == self.role]
        if not faults and pattern.empty:
            faults.append(
                _fault(self.kind, self.role, "role unknown", "no post in the district has this role")
            )
        if faults:
            raise DistrictFaults(faults)
        largest = donor["role"].value_counts().sort_index(kind="stable").idxmax()
        chosen = (
            donor.assign(first=donor["role"] == largest)
            .sort_values(["first", "post_id"])
            .index[-self.count :]
        )
        moved = posts.copy()
        hours = pattern.sort_values("post_id").iloc[0]
        columns = {"unit": self.to_unit, "role": self.role, "area": "", "shift": hours["shift"]}
        for column, value in columns.items():
            moved.loc[chosen, column] = value
        return district.with_tables(posts=moved)


class PoolEnforcement(Measure):
    """The enforcement squads of a township act as one team in the township's name (一支队伍管执法)."""

    kind = "pool_enforcement"
    title_zh, title_en = "一支队伍管执法", "One enforcement team"
    townships: tuple[str, ...] = Field(
        (), **_labels("乡镇（空为全部）", "Townships (blank: all)", "township")
    )
    squads: tuple[str, ...] = Field(
        ("squad_urban", "squad_building", "squad_ecology", "squad_market", "squad_land"),
        **_labels("合并的队伍", "Squads", "role"),
    )

    def apply(self, district: District) -> District:
        """The posts of a township's squads sit in one unit and hold all squads' roles (`a+b+c`): one pool."""
        units, posts = district.units, district.posts
        areas = set(self.townships) or set(district.areas.loc[district.areas["tier"] == "township", "code"])
        faults = [
            _fault(self.kind, code, "township unknown", f"no township {code!r}")
            for code in sorted(areas - set(district.areas.loc[district.areas["tier"] == "township", "code"]))
        ]
        here = posts["role"].isin(self.squads) & posts["unit"].isin(
            units.loc[units["area"].isin(areas), "code"]
        )
        if not faults and not here.any():
            faults.append(
                _fault(
                    self.kind,
                    ", ".join(self.squads),
                    "no squads",
                    "no post in these townships has such a role",
                )
            )
        if faults:
            raise DistrictFaults(faults)
        return _merge_squads(district, here, self.squads)


def _merge_squads(district: District, here: pd.Series, squads: tuple[str, ...]) -> District:
    posts, team = district.posts.copy(), "+".join(sorted(squads))
    area_of = posts["unit"].map(dict(zip(district.units["code"], district.units["area"], strict=True)))
    first = posts[here].groupby(area_of[here])["unit"].min()
    posts.loc[here, "unit"] = area_of[here].map(first)
    posts.loc[here, "role"] = team
    duties = district.duties
    mine = duties[duties["role"].isin(squads)]
    number = max(mine["role"].nunique(), 1)
    pooled = mine.groupby("duty", as_index=False).agg({"name": "first", "name_en": "first", "share": "sum"})
    pooled = pooled.assign(role=team, share=pooled["share"] / number)[list(duties.columns)]
    return district.with_tables(
        posts=posts, duties=pd.concat([duties[duties["role"] != team], pooled], ignore_index=True)
    )


class ScaleDemand(Measure):
    """Reports times a factor, for places and matters: more adds a second stream, fewer thins by case."""

    kind = "scale_demand"
    title_zh, title_en = "诉求量变化", "Scale demand"
    factor: float = Field(gt=0, le=5, **_labels("倍数", "Factor"))
    places: tuple[str, ...] = Field((), **_labels("地方（空为全区）", "Places (blank: all)", "area"))
    matters: tuple[str, ...] = Field((), **_labels("事项（空为全部）", "Matters (blank: all)", "matter"))

    def apply(self, district: District) -> District:
        """Adds a change of demand."""
        faults = _check_places(self.kind, district, self.places, self.matters)
        if faults:
            raise DistrictFaults(faults)
        change = {"kind": "scale", "factor": self.factor, "places": self.places, "matters": self.matters}
        return district.with_tables(demand_changes=(*district.demand_changes, change))


class Surge(Measure):
    """So many more cases of some matters at some places over some days; it moves no other case."""

    kind = "surge"
    title_zh, title_en = "突发激增", "Surge"
    places: tuple[str, ...] = Field((), **_labels("地方（空为全区）", "Places (blank: all)", "area"))
    matters: tuple[str, ...] = Field((), **_labels("事项（空为全部）", "Matters (blank: all)", "matter"))
    start: date = Field(**_labels("开始日期", "First day"))
    days: int = Field(1, gt=0, **_labels("天数", "Days"))
    cases: float = Field(gt=0, **_labels("增加案件（件）", "Cases added"))

    def apply(self, district: District) -> District:
        """Adds a change of demand."""
        faults = _check_places(self.kind, district, self.places, self.matters)
        if faults:
            raise DistrictFaults(faults)
        change = {
            "kind": "surge",
            "places": self.places,
            "matters": self.matters,
            "start": self.start.isoformat(),
            "days": self.days,
            "cases": self.cases,
        }
        return district.with_tables(demand_changes=(*district.demand_changes, change))


class SetShift(Measure):
    """Move the hours of some posts by whole minutes: the posts of a role in an area or unit."""

    kind = "set_shift"
    title_zh, title_en = "调整班次", "Change shifts"
    place: str = Field(**_labels("单位或区划代码", "Unit or area code", "place"))
    roles: tuple[str, ...] = Field((), **_labels("岗位角色（空为全部）", "Roles (blank: all)", "role"))
    minutes_later: int = Field(
        ge=-720, le=720, **_labels("推后分钟（负为提前）", "Minutes later (minus: earlier)")
    )

    def apply(self, district: District) -> District:
        """The posts get shifts of their own, whose windows lie later."""
        units = district.units
        inside = units.loc[(units["code"] == self.place) | (units["area"] == self.place), "code"]
        posts = district.posts
        chosen = posts["unit"].isin(inside)
        if self.roles:
            chosen &= posts["role"].isin(self.roles)
        if not chosen.any():
            raise DistrictFaults(
                [_fault(self.kind, self.place, "no posts", "no post of these roles at this place")]
            )
        return _shift_later(district, chosen, self.minutes_later)


def _shift_later(district: District, chosen: pd.Series, minutes: int) -> District:
    shifts, posts = district.shifts, district.posts.copy()
    suffix = f"{minutes:+d}min"
    rows = shifts[shifts["shift"].isin(posts.loc[chosen, "shift"]) & (shifts["days"] != "always")]

    def later(text: str) -> str:
        total = (parse_clock(text) // 60 + minutes) % 1440
        return f"{total // 60:02d}:{total % 60:02d}"

    moved = rows.assign(
        shift=rows["shift"] + suffix, start=rows["start"].map(later), end=rows["end"].map(later)
    )
    posts.loc[chosen, "shift"] = posts.loc[chosen, "shift"] + suffix
    return district.with_tables(posts=posts, shifts=pd.concat([shifts, moved], ignore_index=True))


def _check_places(
    kind: str, district: District, places: tuple[str, ...], matters: tuple[str, ...]
) -> list[Fault]:
    known = {*district.areas["code"], *district.grids["code"]}
    faults = [
        _fault(kind, code, "place unknown", f"no area or grid {code!r}")
        for code in places
        if code not in known
    ]
    names = set(district.matters["matter"])
    return faults + [
        _fault(kind, code, "matter unknown", f"no matter {code!r}") for code in matters if code not in names
    ]


MEASURES: dict[str, type[Measure]] = {
    measure.kind: measure for measure in (MovePosts, PoolEnforcement, ScaleDemand, Surge, SetShift)
}


class Scenario(BaseModel):
    """A named list of measures, versioned by the hash of its content."""

    model_config = ConfigDict(frozen=True)
    name: str = Field(min_length=1)
    title: str = ""
    measures: tuple[Measure, ...] = ()

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read a scenario; DistrictFaults lists every wrong key of every measure."""
        try:
            plain = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise DistrictFaults([Fault("scenario", "", "not TOML", str(error))]) from error
        faults: list[Fault] = []
        measures = [
            _read_measure(number, entry, faults) for number, entry in enumerate(plain.get("measures", []), 1)
        ]
        if not isinstance(plain.get("name"), str) or not plain["name"] or plain["name"] == "baseline":
            faults.append(Fault("scenario", "name", "needed", "give it a name other than 'baseline'"))
        if faults:
            raise DistrictFaults(faults)
        return cls(name=plain["name"], title=plain.get("title", ""), measures=tuple(m for m in measures if m))

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a scenario file; DistrictFaults also where it is not UTF-8."""
        try:
            return cls.from_toml(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise DistrictFaults([Fault(path.name, "", "not UTF-8", "save the file as UTF-8")]) from error

    def to_toml(self) -> str:
        """The scenario as a TOML file."""
        plain = self.to_plain()
        lines = [f"{key} = {_toml_value(plain[key])}" for key in ("name", "title")]
        for row in plain["measures"]:
            lines += ["", "[[measures]]", *[f"{key} = {_toml_value(value)}" for key, value in row.items()]]
        return "\n".join(lines) + "\n"

    def to_plain(self) -> dict[str, Any]:
        """Plain values, ready for TOML or JSON."""
        rows = [{"measure": m.kind, **m.model_dump(mode="json")} for m in self.measures]
        return {"name": self.name, "title": self.title, "measures": rows}

    @property
    def hash(self) -> str:
        """SHA-256 of what the scenario does (its measures, not its name)."""
        text = json.dumps(self.to_plain()["measures"], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def apply(self, district: District) -> District:
        """The district with every measure in force, in order; all faults of the first that fails."""
        for measure in self.measures:
            district = measure.apply(district)
        return district


BASELINE = Scenario(name="baseline", title="现状")


def _toml_value(value: Any) -> str:
    """A value as TOML: text, numbers and lists are written as JSON writes them."""
    return json.dumps(value, ensure_ascii=False)


def _read_measure(number: int, entry: Any, faults: list[Fault]) -> Measure | None:
    values = dict(entry) if isinstance(entry, dict) else {}
    kind = values.pop("measure", None)
    model = MEASURES.get(str(kind))
    if model is None:
        known = ", ".join(MEASURES)
        faults.append(
            Fault("scenario", f"measure {number}", "kind unknown", f"{kind!r} is not one of {known}")
        )
        return None
    try:
        return model(**values)
    except ValidationError as error:
        for item in error.errors():
            where = ".".join(str(part) for part in item["loc"])
            faults.append(Fault("scenario", f"measure {number} {kind}", where, item["msg"]))
    return None
