"""What data/defaults/diagnosis.toml says."""

from functools import cache
from typing import Any

from pydantic import field_validator

from twin.fictitious.templates import read_toml, split_sources
from twin.settings import Section

CAUSES = ("hands", "authority", "returns", "co_handlers", "off_hours", "duties", "demand")


class RunPolicy(Section):
    """The window of a diagnosis and how often it is played."""

    days: int
    replications: int
    seed: int
    warm_up_days: int
    drain_days: int


class CoalitionPolicy(Section):
    """Up to how many causes all coalitions are played, and the ring whose arcs are played above that."""

    exact: int
    ring: tuple[str, ...]

    @field_validator("ring")
    @classmethod
    def holds_every_cause_once(cls, ring: tuple[str, ...]) -> tuple[str, ...]:
        """A cause left out would have no share, and the shares would not sum to the total."""
        if sorted(ring) != sorted(CAUSES):
            raise ValueError(f"name each of {', '.join(CAUSES)} once")
        return ring


class CausePolicy(Section):
    """Names of the causes, and what takes each away."""

    names: dict[str, str]
    names_en: dict[str, str]
    hands_factor: int
    keep_up: float


class LeverPolicy(Section):
    """How many levers are tried, and how far each is pulled."""

    most: int
    posts: int
    keep_up: float
    keep_returns: float
    minutes_later: int
    keep_duties: float
    demand_factor: float


class FactorialPolicy(Section):
    """The causes whose levers are tried in every combination."""

    factors: tuple[str, ...]


class ProofPolicy(Section):
    """How many controls and weeks a comparison needs."""

    least_controls: int
    least_weeks: int
    most_weeks: int


class DiagnosisPolicy(Section):
    """The whole file."""

    run: RunPolicy
    coalitions: CoalitionPolicy
    causes: CausePolicy
    levers: LeverPolicy
    factorial: FactorialPolicy
    proof: ProofPolicy


@cache
def read_diagnosis_policy() -> DiagnosisPolicy:
    """The policy of diagnoses, read once."""
    values: dict[str, Any] = split_sources(read_toml("diagnosis.toml"))[0]
    return DiagnosisPolicy(**values)
