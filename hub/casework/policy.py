"""How cases are worked by hand: timers, approvals and reasons, read from a file that anyone may edit."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

DEFAULTS = Path(__file__).resolve().parents[2] / "data" / "defaults" / "casework.toml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Timers(_Part):
    """Hours until each step; evaluation in days."""

    accepted: float = Field(gt=0)
    verified: float = Field(gt=0)
    dispatched: float = Field(gt=0)
    checked: float = Field(gt=0)
    closed: float = Field(gt=0)
    evaluated_days: float = Field(gt=0)


class Span(_Part):
    """A value on one of the four clocks."""

    value: float = Field(gt=0)
    clock: str = Field(pattern="^(u|w|wd|d)$")


class Approvals(_Part):
    """What is granted where the item has no figure of its own."""

    extend_share: float = Field(gt=0)
    suspend_days: float = Field(gt=0)


class Recommendation(_Part):
    """By which like cases a body's record is judged."""

    window_days: int = Field(gt=0)
    like_due: int = Field(gt=0)


class CaseworkPolicy(_Part):
    """The keys of casework.toml; each is explained there."""

    rules_version: str
    timers: Timers
    whistle: dict[str, Span]
    approvals: Approvals
    recommendation: Recommendation
    reasons: dict[str, tuple[str, ...]]


def load_casework_policy(path: Path = DEFAULTS) -> CaseworkPolicy:
    """The policy of a file; pydantic's ValidationError names each wrong key."""
    return CaseworkPolicy(**tomllib.loads(path.read_text(encoding="utf-8")))
