"""How orders are numbered, dated and raised, read from a file that anyone may edit."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DEFAULTS = Path(__file__).resolve().parents[2] / "data" / "defaults" / "orders.toml"


class DueChoice(BaseModel):
    """A proposed limit in working days."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Literal["urgent", "usual", "hard"]
    working_days: int = Field(ge=0)


class Rung(BaseModel):
    """A step above the order: proposed so many working days past due, or sent back so often."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    step: Literal["reminder", "talk", "circular", "accountability"]
    overdue_days: int = Field(ge=0)
    sent_back: int = Field(ge=1)


class OrderPolicy(BaseModel):
    """The keys of orders.toml; each is explained there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: str
    amber_share: float = Field(gt=0, lt=1)
    due: tuple[DueChoice, ...]
    ladder: tuple[Rung, ...] = Field(min_length=1)
    sources: dict[str, str]


def load_policy(path: Path = DEFAULTS) -> OrderPolicy:
    """The policy of a file; pydantic's ValidationError names each wrong key."""
    return OrderPolicy(**tomllib.loads(path.read_text(encoding="utf-8")))
