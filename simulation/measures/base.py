"""What every measure is: fields that make its form, a District -> District, and the days on which it acts."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.fictitious.templates import read_toml

DEFAULTS = read_toml("levers.toml")


@dataclass(frozen=True)
class Action:
    """What a measure does on a day (None: from the beginning) to a district, given also the one without any
    measure; and what follows from it later.
    """

    day: date | None
    enact: Callable[[District, District], tuple[District, "list[Action]"]]


def fault(kind: str, row: str, rule: str, message: str) -> Fault:
    """A fault of a measure."""
    return Fault(f"scenario {kind}", row, rule, message)


def labels(
    zh: str, en: str, of: str = "", options: dict[str, tuple[str, str]] | None = None
) -> dict[str, Any]:
    """Names of a field; `of`: what its codes are (unit, role, area, township, village, place, matter, item,
    duty, body, road, certificate); `options`: Chinese and English name of each word that may stand there.
    """
    return {"title": zh, "json_schema_extra": {"title_en": en, "of": of, "options": options or {}}}


class Measure(BaseModel):
    """One measure; its fields make the form, its titles the labels.

    `touches` names the tables that it may change; `dated` says whether it may begin on a day within a run.
    One that is not `enabled` is kept in its scenario and has no effect.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    title_zh: ClassVar[str]
    title_en: ClassVar[str]
    touches: ClassVar[tuple[str, ...]] = ()
    dated: ClassVar[bool] = True

    enabled: bool = Field(True, **labels("启用", "On"))
    effective_from: date | None = Field(
        None, **labels("生效日期（空为自始）", "In force from (blank: the beginning)")
    )

    @field_validator("effective_from", mode="before")
    @classmethod
    def read_blank(cls, value: Any) -> Any:
        """A blank date means none."""
        return None if value == "" else value

    def apply(self, district: District) -> District:
        """The district with this measure wholly in force; DistrictFaults where it cannot be."""
        raise DistrictFaults([fault(self.kind, "", "measure", "has no effect")])

    def schedule(self) -> list[Action]:
        """What the measure does on which day; DistrictFaults where its days cannot be."""
        faults = self.check_days()
        if faults:
            raise DistrictFaults(faults)
        return [Action(self.effective_from, lambda district, _: (self.apply(district), []))]

    def check_days(self) -> list[Fault]:
        """What is wrong with the days of the measure."""
        if self.effective_from is None or self.dated:
            return []
        return [
            fault(self.kind, "effective_from", "not dated", "holds for a whole run: leave the date blank")
        ]


def list_fields(model: type[Measure]) -> list[str]:
    """The names of what a measure is told, its own first, the day on which it begins last."""
    named = [name for base in model.__mro__ for name in vars(base).get("__annotations__", {})]
    return [name for name in dict.fromkeys(named) if name in model.model_fields and name != "enabled"]


def play_actions(
    numbered: Iterable[tuple[int, Action]],
    district: District,
    faults: list[tuple[int, Fault]],
) -> Iterator[tuple[date | None, District]]:
    """(day, district) after the actions of each day, undated ones first, then by day, measure and turn.

    `numbered`: (number of the measure, action); what fails is left out and added to `faults` once.
    """
    origin = district
    queue = [(action.day or date.min, number, turn, action) for turn, (number, action) in enumerate(numbered)]
    heapq.heapify(queue)
    turn, today = len(queue), date.min
    while queue:
        day, number, _, action = heapq.heappop(queue)
        if day != today:
            yield (None if today == date.min else today), district
            today = day
        try:
            district, following = action.enact(district, origin)
        except DistrictFaults as error:
            faults += [(number, f) for f in error.faults if (number, f) not in faults]
            continue
        for later in following:
            heapq.heappush(queue, (later.day or date.min, number, turn, later))
            turn += 1
    yield (None if today == date.min else today), district


def split_evenly(count: int, parts: int) -> list[int]:
    """A count in so many whole parts, the larger ones first."""
    return [count // parts + (number < count % parts) for number in range(parts)]


def share_out(count: int, weights: list[float]) -> list[int]:
    """A count in proportion to weights, by largest remainders; ties go to the first."""
    total = sum(weights)
    quotas = [count * weight / total for weight in weights] if total > 0 else [0.0] * len(weights)
    parts = [int(quota + 1e-9) for quota in quotas]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - quotas[i], i))
    for i in order[: count - sum(parts)] if total > 0 else []:
        parts[i] += 1
    return parts
