"""Assumed parameters as pure changes of a district: each a factor on what the district says."""

import hashlib
import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from simulation.studies.rules import DEFAULTS
from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.settings import Section


class Parameter(Section):
    """One assumed parameter: names, what it changes, and the factors low, base, high with their source."""

    id: str
    name: str
    name_en: str
    change: str
    table: str = ""
    column: str = ""
    where: dict[str, str] = Field(default_factory=dict)
    section: str = ""
    key: str = ""
    most: float = float("inf")
    low: float = Field(ge=0)
    base: float = Field(1.0, ge=0)
    high: float
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def check_range(self) -> Self:
        if self.change not in CHANGES:
            raise ValueError(f"change {self.change!r} is not one of {', '.join(CHANGES)}")
        if not self.low <= self.base <= self.high or self.low == self.high:
            raise ValueError("low, base and high must be in order, low below high")
        return self

    def apply(self, district: District, factor: float) -> District:
        """The district with the parameter times a factor."""
        return CHANGES[self.change](district, self, factor)


class Ranges(Section):
    """What data/defaults/sensitivity.toml says: Morris' design and the parameters."""

    method_levels: int = Field(4, ge=2)
    trajectories: int = Field(10, ge=2)
    parameters: tuple[Parameter, ...] = Field(min_length=1)
    sources: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def check_ids(self) -> Self:
        ids = [parameter.id for parameter in self.parameters]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"id twice: {', '.join(twice)}")
        return self


@dataclass(frozen=True)
class Variant:
    """A district with some parameters at other factors; played like a scenario."""

    settings: tuple[tuple[Parameter, float], ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of the parameters and their factors."""
        plain = [(parameter.model_dump_json(), factor) for parameter, factor in self.settings]
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()

    def apply(self, district: District) -> District:
        """The district with every parameter at its factor."""
        for parameter, factor in self.settings:
            if factor != 1:
                district = parameter.apply(district, factor)
        return district

    def stages(self, district: District) -> list[tuple[date | None, District]]:
        """The same district from the start to the end."""
        return [(None, self.apply(district))]


def read_ranges(path: Path = DEFAULTS / "sensitivity.toml") -> Ranges:
    """The parameters of a file and their ranges; DistrictFaults lists everything wrong with it."""
    try:
        return Ranges(**tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise DistrictFaults([Fault(path.name, "", "not TOML", str(error))]) from error
    except ValidationError as error:
        raise DistrictFaults(
            [Fault(path.name, ".".join(map(str, e["loc"])), e["type"], e["msg"]) for e in error.errors()]
        ) from error


def scale_column(district: District, parameter: Parameter, factor: float) -> District:
    """A column of a table times a factor, at most `most`, in the rows that `where` names."""
    rows = getattr(district, parameter.table)
    chosen = rows[parameter.column].notna()
    for column, value in parameter.where.items():
        chosen &= rows[column] == value
    scaled = (rows[parameter.column] * factor).clip(upper=parameter.most)
    return district.with_tables(
        **{parameter.table: rows.assign(**{parameter.column: rows[parameter.column].mask(chosen, scaled)})}
    )


def scale_setting(district: District, parameter: Parameter, factor: float) -> District:
    """A number of district.toml times a factor, at most `most`."""
    section = getattr(district.settings, parameter.section)
    value = min(getattr(section, parameter.key) * factor, parameter.most)
    return _set(district, parameter.section, **{parameter.key: value})


def scale_availability(district: District, _: Parameter, factor: float) -> District:
    """Each role's share of shift time for cases times a factor, at most all of it; its duties make room."""
    duties = district.duties
    away = duties["yields"] == "urgent"
    busy = duties["share"].where(away, 0.0).groupby(duties["role"]).transform("sum").clip(upper=1.0)
    wanted = 1 - ((1 - busy) * factor).clip(upper=1.0)
    share = duties["share"] * (wanted / busy.where(busy > 0, 1.0))
    return district.with_tables(duties=duties.assign(share=share.where(away, duties["share"])))


def scale_speed(district: District, _: Parameter, factor: float) -> District:
    """The speed on every road, and off the roads, times a factor."""
    play = district.settings.play
    modes = {mode: speed * factor for mode, speed in play.mode_speed_kmh.items()}
    changed = _set(district, "play", foot_speed_kmh=play.foot_speed_kmh * factor, mode_speed_kmh=modes)
    return changed.with_tables(roads=district.roads.assign(speed_kmh=district.roads["speed_kmh"] * factor))


def _set(district: District, section: str, **values: Any) -> District:
    old = getattr(district.settings, section)
    new = type(old).model_validate({**old.model_dump(), **values})
    return district.with_tables(settings=district.settings.model_copy(update={section: new}))


CHANGES: dict[str, Callable[[District, Parameter, float], District]] = {
    "scale_column": scale_column,
    "scale_setting": scale_setting,
    "scale_availability": scale_availability,
    "scale_speed": scale_speed,
}
