"""What data/defaults says of levels and replications (experiment.toml), and of comparing (compare.toml)."""

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


class Comparison(Section):
    """How runs are compared: bins of waits (minutes), and what is set side by side between places."""

    wait_edges: tuple[float, ...]
    fair_indicators: tuple[str, ...]
    fair_places: tuple[str, ...]
    least_due: int
    sources: dict[str, str]


@cache
def read_comparison(path: Path = DEFAULTS / "compare.toml") -> Comparison:
    """The policy of comparisons, read once."""
    return Comparison(**tomllib.loads(path.read_text(encoding="utf-8")))
