"""A scenario is a list of measures; each is District -> District, from a day or from the beginning."""

import hashlib
import json
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulation.measures import MEASURES, Measure
from simulation.measures.base import Action, play_actions
from simulation.measures.demand import ScaleDemand, Surge
from simulation.measures.staffing import MovePosts
from simulation.measures.teams import PoolEnforcement
from simulation.measures.worktime import SetShift
from twin.district import District
from twin.faults import DistrictFaults, Fault

__all__ = [
    "BASELINE",
    "MEASURES",
    "Measure",
    "MovePosts",
    "PoolEnforcement",
    "ScaleDemand",
    "Scenario",
    "SetShift",
    "Stages",
    "Surge",
    "find_faults",
    "play_measures",
]


Stages = list[tuple[date | None, District]]


class Scenario(BaseModel):
    """A named list of measures, versioned by the hash of what it does; `note` is a word for the planner.

    A measure may be off: it is kept, and changes neither the district nor the hash.
    """

    model_config = ConfigDict(frozen=True)
    name: str = Field(min_length=1)
    title: str = ""
    note: str = ""
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
        faults += [
            Fault("scenario", key, "text", "write it as a text in quotes")
            for key in ("title", "note")
            if not isinstance(plain.get(key, ""), str)
        ]
        if faults:
            raise DistrictFaults(faults)
        words = {key: plain.get(key, "") for key in ("name", "title", "note")}
        return cls(**words, measures=tuple(m for m in measures if m))

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
        lines = [f"{key} = {_toml_value(value)}" for key, value in plain.items() if key != "measures"]
        for row in plain["measures"]:
            lines += ["", "[[measures]]", *[f"{key} = {_toml_value(value)}" for key, value in row.items()]]
        return "\n".join(lines) + "\n"

    def to_plain(self) -> dict[str, Any]:
        """Plain values, ready for TOML or JSON; a blank date is left out, `enabled` where a measure is on."""
        rows = [_write_measure(measure) for measure in self.measures]
        note = {"note": self.note} if self.note else {}
        return {"name": self.name, "title": self.title, **note, "measures": rows}

    @property
    def hash(self) -> str:
        """SHA-256 of what the scenario does: its measures that are on, not its name."""
        rows = [_write_measure(measure) for measure in self.in_force]
        text = json.dumps(rows, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def in_force(self) -> tuple[Measure, ...]:
        """The measures that are on."""
        return tuple(measure for measure in self.measures if measure.enabled)

    def stages(self, district: District) -> Stages:
        """First (None, the district with every undated measure), then (day, with everything up to then).

        Undated measures act in the order of the file; dated ones by day, then in that order. DistrictFaults
        with the faults of every measure that cannot be.
        """
        stages, faults = play_measures(self.measures, district)
        if faults:
            raise DistrictFaults([fault for _, fault in faults])
        return stages

    def apply(self, district: District) -> District:
        """The district of the last stage: everything in force, every ramp over."""
        return self.stages(district)[-1][1]


BASELINE = Scenario(name="baseline", title="现状")


def find_faults(measures: Sequence[Measure], district: District) -> list[tuple[int, Fault]]:
    """(number of the measure from 1, fault) of everything that cannot be put in force."""
    return play_measures(measures, district)[1]


def play_measures(measures: Sequence[Measure], district: District) -> tuple[Stages, list[tuple[int, Fault]]]:
    """Stages as `Scenario.stages` has them, without what cannot be, and (number from 1, fault) of that.

    Measures that are off keep their numbers and are passed over.
    """
    faults: list[tuple[int, Fault]] = []
    actions: list[tuple[int, Action]] = []
    for number, measure in enumerate(measures, 1):
        if not measure.enabled:
            continue
        try:
            actions += [(number, action) for action in measure.schedule()]
        except DistrictFaults as error:
            faults += [(number, fault) for fault in error.faults]
    return list(play_actions(actions, district, faults)), sorted(faults, key=lambda found: found[0])


def _write_measure(measure: Measure) -> dict[str, Any]:
    off = {} if measure.enabled else {"enabled": False}
    values = measure.model_dump(mode="json", exclude_none=True, exclude={"enabled"})
    return {"measure": measure.kind, **off, **values}


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
