"""How the live state is judged: limits and windows, read from a file that anyone may edit."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

DEFAULTS = Path(__file__).resolve().parent.parent / "data" / "defaults" / "live.toml"


class LivePolicy(BaseModel):
    """The keys of live.toml; each is explained there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    window_days: int = Field(gt=0)
    amber_share: float = Field(gt=0, lt=1)
    scored_due: int = Field(ge=1)
    scored_late: float = Field(ge=0)
    trend_days: int = Field(gt=0)
    risk_steps: tuple[float, float, float, float, float]
    smallest_cell: int = Field(ge=1)
    load_days: int = Field(gt=0)
    listed_cases: int = Field(gt=0)
    listed_moves: int = Field(gt=0)
    backlog_minutes: int = Field(gt=0)


def load_policy(path: Path = DEFAULTS) -> LivePolicy:
    """The policy of a file; pydantic's ValidationError names each wrong key."""
    return LivePolicy(**tomllib.loads(path.read_text(encoding="utf-8")))
