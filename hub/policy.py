"""How the live state is judged: limits and windows, read from files that anyone may edit."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).resolve().parent.parent / "data" / "defaults"
DEFAULTS = FOLDER / "live.toml"
WALL = FOLDER / "wall.toml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LivePolicy(_Part):
    """The keys of live.toml; each is explained there."""

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


class Rotation(_Part):
    """Section [rotation] of wall.toml."""

    views: tuple[str, ...] = Field(min_length=1)
    dwell_seconds: float = Field(gt=0)
    pause_seconds: float = Field(gt=0)
    lens_seconds: float = Field(gt=0)
    quiet_hour: int = Field(ge=0, le=23)


class LoopPolicy(_Part):
    """Section [loop] of wall.toml: windows, the small-number floor, timers of the stages in minutes."""

    window_days: int = Field(gt=0)
    least: int = Field(ge=1)
    filing_minutes: float = Field(gt=0)
    dispatch_minutes: float = Field(gt=0)
    feedback_minutes: float = Field(gt=0)
    closing_minutes: float = Field(gt=0)
    evaluation_minutes: float = Field(gt=0)


class RatesPolicy(_Part):
    """Section [rates] of wall.toml: the citizens' three rates."""

    channels: tuple[str, ...] = Field(min_length=1)
    weights: dict[str, float]
    targets: dict[str, float]
    axis_from: float = Field(ge=0, lt=1)


class ForcesPolicy(_Part):
    """Section [forces] of wall.toml."""

    crowded: float = Field(gt=0)
    least_hours: float = Field(ge=0)


class WhatIfPolicy(_Part):
    """Section [whatif] of wall.toml: the view of the run that a planner put on the wall."""

    indicator: str
    cuts: tuple[float, float, float, float, float]
    strong: float = Field(gt=0)
    rows: tuple[str, ...] = Field(min_length=1)


class WallPolicy(_Part):
    """wall.toml; each key is explained there."""

    rotation: Rotation
    loop: LoopPolicy
    rates: RatesPolicy
    forces: ForcesPolicy
    whatif: WhatIfPolicy
    sources: dict[str, Any] = Field(default_factory=dict)


def load_policy(path: Path = DEFAULTS) -> LivePolicy:
    """The policy of a file; pydantic's ValidationError names each wrong key."""
    return LivePolicy(**tomllib.loads(path.read_text(encoding="utf-8")))


def load_wall_policy(path: Path = WALL) -> WallPolicy:
    """The policy of the wall; pydantic's ValidationError names each wrong key."""
    return WallPolicy(**tomllib.loads(path.read_text(encoding="utf-8")))
