"""Replications until an interval is narrow enough: a sequential rule in rounds of a fixed size."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from simulation.studies.outcome import IDS
from simulation.studies.rules import read_policy
from simulation.studies.summary import ExperimentResult
from twin.district import District
from twin.faults import one_of, refuse
from twin.indicators import INDICATORS, list_scopes


def find_unit(indicator: str) -> float:
    """What one unit that people name is in the tables: 0.01 for shares (points of %), else 1."""
    return 0.01 if any(i.id == indicator and i.unit == "%" for i in INDICATORS) else 1.0


@dataclass(frozen=True)
class Precision:
    """The half-width asked for, of one indicator in one scope, and how replications are added.

    Without scenarios it is that of the baseline's level; with scenarios that of every paired difference, at
    the family's level. `half_width` is in the indicator's unit (shares are 0-1), or, if `relative`, a part of
    the baseline's mean. `scope` blank is the first of its kind.

    Rule: after `least` replications, and after each further round of `step`, stop once the half-width is at
    most `half_width`, or `cap` is reached. A relative one g is met at g / (1 + g), since the mean in the
    divisor is itself estimated. Replications are looked at only when a round is whole, so which are used does
    not depend on who finished first. Sources: Chow & Robbins (1965), Annals of Mathematical Statistics 36,
    457-462; Law, Simulation Modeling and Analysis, 5th ed., 9.4.1.
    """

    indicator: str
    half_width: float
    relative: bool = False
    scope_kind: str = "district"
    scope: str = ""
    least: int = field(default_factory=lambda: read_policy().least)
    step: int = field(default_factory=lambda: read_policy().step)
    cap: int = field(default_factory=lambda: read_policy().cap)

    def check(self, district: District) -> "Precision":
        """The rule with its scope named; DistrictFaults lists everything that it cannot be."""
        scopes = list_scopes(district)
        known = scopes.loc[scopes["scope_kind"] == self.scope_kind, "scope"].tolist()
        scope = not known or not self.scope or self.scope in known
        tests = [
            one_of("indicator", self.indicator, IDS),
            ("half-width", "not above 0", self.half_width > 0, f"{self.half_width} must be above 0"),
            ("scope", "no figures", bool(known), f"{self.scope_kind!r} is no kind of scope that has figures"),
            (self.scope, "unknown", scope, f"no such {self.scope_kind}"),
            ("least", "below 2", self.least >= 2, f"{self.least}: an interval needs two replications"),
            ("step", "below 1", self.step >= 1, f"{self.step}: a round adds one replication at least"),
            (
                "cap",
                "below least",
                self.cap >= self.least,
                f"{self.cap} is below the {self.least} to begin with",
            ),
        ]
        refuse("precision", tests)
        return self if self.scope else replace(self, scope=known[0])

    def to_plain(self) -> dict[str, Any]:
        """Plain values for provenance."""
        return asdict(self)

    def list_counts(self) -> Iterator[int]:
        """How many replications there are after each round, `cap` last."""
        yield from range(self.least, self.cap, self.step)
        yield self.cap

    def measure(self, result: ExperimentResult) -> float:
        """The widest half-width that the rule looks at; infinite where there is none yet.

        Relative ones are divided by the size of the baseline's mean.
        """
        levels = self._find(result.indicators)
        levels = levels[levels["scenario"] == "baseline"]
        scenarios = set(result.provenance["scenarios"]) - {"baseline"}
        rows = self._find(result.differences) if scenarios else levels
        if levels.empty or len(rows) < max(len(scenarios), 1):
            return float("inf")
        half = float(((rows["high"] - rows["low"]) / 2).max(skipna=False))
        size = abs(float(levels["mean"].iloc[0])) if self.relative else 1.0
        return half / size if np.isfinite(half) and size > 0 else float("inf")

    def is_met(self, reached: float) -> bool:
        """Whether a measured half-width is narrow enough."""
        return reached <= (self.half_width / (1 + self.half_width) if self.relative else self.half_width)

    def _find(self, table: pd.DataFrame) -> pd.DataFrame:
        chosen = (table["indicator"] == self.indicator) & (table["scope_kind"] == self.scope_kind)
        return table[chosen & (table["scope"] == self.scope)]
