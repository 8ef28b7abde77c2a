"""The prepared sets in data/contingencies/, fitted to a district, and as scenarios that a planner can run."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulation.scenario import MEASURES, Measure, Scenario
from twin.district import District
from twin.faults import DistrictFaults, Fault

FOLDER = Path(__file__).resolve().parents[2] / "data" / "contingencies"
#: Fields of a measure that name codes of a district, and the table and column that hold them.
CODES = {"roles": ("posts", "role"), "matters": ("matters", "matter"), "duties": ("duties", "duty")}


class UrgentMatter(BaseModel):
    """A matter that comes first: its priority while in force, and the part of its limit that is left."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    matter: str
    priority: int = Field(ge=1, le=5)
    limit_share: float = Field(gt=0, le=1)


class ContingencySet(BaseModel):
    """The keys of a file in data/contingencies/; storm.toml explains each."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(pattern="^[a-z_]+$")
    title: str
    title_en: str
    note: str
    note_en: str
    days: int = Field(ge=1, le=60)
    overdue_days: tuple[int, ...] = ()
    called: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    text: str
    text_en: str
    ended_text: str
    ended_text_en: str
    matters: tuple[UrgentMatter, ...] = ()
    measures: tuple[dict[str, Any], ...] = ()
    sources: dict[str, str] = {}

    def fit(self, district: District) -> "ContingencySet":
        """The set without the roles, kinds of units, matters and measures that a district does not have."""
        roles, kinds = set(district.posts["role"]), set(district.units["kind"])
        known = set(district.matters["matter"])
        measures = [_fit_measure(measure, district) for measure in self.measures]
        return self.model_copy(
            update={
                "called": tuple(role for role in self.called if role in roles),
                "notify": tuple(kind for kind in self.notify if kind in kinds),
                "matters": tuple(row for row in self.matters if row.matter in known),
                "measures": tuple(measure for measure in measures if measure is not None),
            }
        )

    def to_scenario(self, start: date, days: int) -> Scenario:
        """The set's measures from a day on, for the planner; a surge spreads over the days."""
        measures = [_date_measure(measure, start, days) for measure in self.measures]
        return Scenario(name=self.name, title=self.title, note=self.note, measures=tuple(measures))


def load_sets(folder: Path = FOLDER) -> dict[str, ContingencySet]:
    """Every set by its name; DistrictFaults lists what is wrong in any file."""
    sets: dict[str, ContingencySet] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            one = ContingencySet(**tomllib.loads(path.read_text(encoding="utf-8")))
            one.to_scenario(date(2026, 1, 1), one.days)
            sets[one.name] = one
        except ValidationError as error:
            faults += [
                Fault(path.name, ".".join(map(str, item["loc"])), "contingency", item["msg"])
                for item in error.errors()
            ]
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
            faults.append(Fault(path.name, "", "contingency", str(error)))
    if faults:
        raise DistrictFaults(faults)
    return sets


def _fit_measure(measure: Mapping[str, Any], district: District) -> dict[str, Any] | None:
    fitted = dict(measure)
    for name, (table, column) in CODES.items():
        if name in fitted:
            frame = getattr(district, table)
            kept = [code for code in fitted[name] if (frame[column] == code).any()]
            if not kept:
                return None
            fitted[name] = kept
    return fitted


def _date_measure(plain: Mapping[str, Any], start: date, days: int) -> Measure:
    values = {key: value for key, value in plain.items() if key != "measure"}
    kind = str(plain["measure"])
    model = MEASURES[kind]
    if kind == "surge":
        values |= {"start": start, "days": days}
    elif model.dated:
        values |= {"effective_from": start}
    return model(**values)
