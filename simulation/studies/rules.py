"""What data/defaults/experiment.toml says of levels and replications."""

import tomllib
from functools import cache
from pathlib import Path

from twin.settings import Section

DEFAULTS = Path(__file__).resolve().parents[2] / "data" / "defaults"


class Policy(Section):
    """Level of intervals, how a family shares it, and how replications are added."""

    level: float
    family: str
    least: int
    step: int
    cap: int
    quantiles: tuple[str, ...]
    quantile_scopes: tuple[str, ...]
    sources: dict[str, str]


@cache
def read_policy(path: Path = DEFAULTS / "experiment.toml") -> Policy:
    """The policy of experiments, read once."""
    return Policy(**tomllib.loads(path.read_text(encoding="utf-8")))
