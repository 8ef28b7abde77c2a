"""What data/defaults/cluster.toml says."""

import tomllib
from functools import cache
from pathlib import Path

from twin.settings import Section

POLICY = Path(__file__).resolve().parents[2] / "data" / "defaults" / "cluster.toml"


class ClusterPolicy(Section):
    """Seconds and days, each told in the file."""

    stall_seconds: float
    connect_seconds: float
    silence_seconds: float
    again_seconds: float
    authority_days: int
    certificate_days: int


@cache
def read_cluster_policy(path: Path = POLICY) -> ClusterPolicy:
    """The policy of clusters, read once."""
    return ClusterPolicy(**tomllib.loads(path.read_text(encoding="utf-8")))
