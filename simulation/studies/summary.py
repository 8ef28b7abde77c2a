"""Outcomes -> the tables of an experiment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from simulation.scenario import Scenario
from simulation.studies.affected import count_affected
from simulation.studies.contrasts import (
    CONTRAST_COLUMNS,
    DETAIL_COLUMNS,
    Outcomes,
    compare_sides,
    flatten,
    label_indicators,
)
from simulation.studies.intervals import find_interval, find_quantile_interval, share_level
from simulation.studies.narrowing import COLUMNS as NARROWING_COLUMNS
from simulation.studies.narrowing import trace_intervals
from simulation.studies.outcome import IDS, UNIT_INDICATORS, Outcome
from simulation.studies.rules import read_policy
from twin.district import District
from twin.indicators import list_scopes

COLUMNS = ["scenario", "scope_kind", "scope", "indicator", "mean", "low", "high"]
QUANTILE_COLUMNS = ["scenario", "scope_kind", "scope", "indicator", "median", "low", "high"]
QUANTILE_COLUMNS += ["low_rank", "high_rank", "coverage", "replications"]
TABLES = {
    "indicators": [*COLUMNS, "replications"],
    "differences": [*COLUMNS, "affected_cases"],
    "quantiles": QUANTILE_COLUMNS,
    "details": DETAIL_COLUMNS,
    "contrasts": CONTRAST_COLUMNS,
    "narrowing": NARROWING_COLUMNS,
}
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class ExperimentResult:
    """What is known so far: the tables of an experiment, and where they come from.

    indicators, differences, quantiles: those of `simulate`'s CSV files; details and contrasts:
    simulation.studies.contrasts.compare_sides; narrowing: trace_intervals. They are worked out when one is
    first asked for: of the partial results of a run few are read. outcomes: by (number of the side, the
    baseline being 0; replication); none where the tables were read back.
    """

    done: int
    total: int
    provenance: dict[str, Any]
    work_out: Callable[[], Tables] = field(repr=False, compare=False)
    outcomes: Outcomes = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def tables(self) -> Tables:
        """Every table by its name; one that is not there is empty."""
        empty = {name: pd.DataFrame(columns=columns) for name, columns in TABLES.items()}
        return empty | dict(self.work_out())

    @property
    def indicators(self) -> pd.DataFrame:
        """Means by scenario, scope and indicator."""
        return self.tables["indicators"]

    @property
    def differences(self) -> pd.DataFrame:
        """Paired differences of each scenario to the baseline."""
        return self.tables["differences"]

    @property
    def quantiles(self) -> pd.DataFrame:
        """Medians of quantiles with their order-statistic intervals."""
        return self.tables["quantiles"]

    @property
    def details(self) -> pd.DataFrame:
        """Hours, waits and fairness by scenario."""
        return self.tables["details"]

    @property
    def contrasts(self) -> pd.DataFrame:
        """Paired differences of every two sides."""
        return self.tables["contrasts"]

    @property
    def narrowing(self) -> pd.DataFrame:
        """Differences of the whole district after each further pair of replications."""
        return self.tables["narrowing"]


def hold_tables(
    tables: Mapping[str, pd.DataFrame], done: int, total: int, provenance: dict[str, Any]
) -> ExperimentResult:
    """A result of tables that are known already."""
    return ExperimentResult(done, total, provenance, lambda: tables)


def summarise(
    district: District,
    scenarios: Sequence[Scenario],
    outcomes: dict[tuple[int, int], Outcome],
    total: int,
    provenance: dict[str, Any],
) -> ExperimentResult:
    """The result of the outcomes at hand; differences only of replications that both have.

    The differences of several scenarios hold together with the policy's level, at each place and indicator.
    """
    known = dict(outcomes)
    work_out = partial(work_out_tables, district, [s.name for s in scenarios], known)
    return ExperimentResult(len(known), total, provenance, work_out, known)


def work_out_tables(district: District, names: Sequence[str], outcomes: Outcomes) -> Tables:
    """The tables of sides by name, the baseline first.

    While some replications are on their way, figures are of those that every side has, so that they differ by
    the differences told beside them; before there is one, of those that a side has.
    """
    scopes, level = list_scopes(district), read_policy().level
    labels = label_indicators(scopes, district)
    each = share_level(level, len(names) - 1)
    indicators, differences, quantiles = [], [], []
    had = [{r for side, r in outcomes if side == number} for number in range(len(names))]
    common = set.intersection(*had)
    for number, name in enumerate(names):
        mine = sorted(common or had[number])
        both = sorted(had[number] & had[0])
        if mine:
            stack = _stack(outcomes, number, mine)
            indicators.append(_table(name, labels, stack, level, ("replications", None)))
            quantiles.append(_quantiles(name, scopes, [outcomes[number, r].values for r in mine]))
        if number and both:
            pairs = zip(_stack(outcomes, number, both), _stack(outcomes, 0, both), strict=True)
            affected = count_affected(district, scopes, [(outcomes[0, r], outcomes[number, r]) for r in both])
            last = np.r_[
                np.repeat(affected, len(IDS)), np.full(len(district.units) * len(UNIT_INDICATORS), -1)
            ]
            gains = [after - before for after, before in pairs]
            differences.append(_table(name, labels, gains, each, ("affected_cases", last)))
    details, contrasts = compare_sides(district, names, outcomes)
    return {
        "indicators": _concat(indicators, TABLES["indicators"]),
        "differences": _concat(differences, TABLES["differences"]),
        "quantiles": _concat(quantiles, TABLES["quantiles"]),
        "details": details,
        "contrasts": contrasts,
        "narrowing": trace_intervals(names, outcomes, scopes, each),
    }


def _concat(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _stack(outcomes: Outcomes, number: int, replications: list[int]) -> list[np.ndarray]:
    """One flat array a replication: figures by scope, then those of units, one indicator after the other."""
    everywhere = np.arange(len(outcomes[number, replications[0]].values))
    return [flatten(outcomes[number, r], everywhere) for r in replications]


def _table(
    name: str,
    labels: pd.DataFrame,
    stack: list[np.ndarray],
    level: float,
    last: tuple[str, np.ndarray | None],
) -> pd.DataFrame:
    """Labels with mean and interval of a stack; the last column is given, or counts the replications."""
    mean, low, high, count = find_interval(np.array(stack), level)
    figures = {"mean": mean, "low": low, "high": high, last[0]: count if last[1] is None else last[1]}
    table = labels.assign(**figures)
    table.insert(0, "scenario", name)
    return table[np.isfinite(mean)].reset_index(drop=True)


def _quantiles(name: str, scopes: pd.DataFrame, values: list[np.ndarray]) -> pd.DataFrame:
    """The median over replications of each indicator that is a quantile, with its order-statistic interval.

    Cases of one replication wait in the same queues: they are not independent, replications are.
    """
    policy, stack = read_policy(), np.array(values)
    rows = []
    for row in np.flatnonzero(scopes["scope_kind"].isin(policy.quantile_scopes)):
        for indicator in policy.quantiles:
            figures = stack[:, row, IDS.index(indicator)]
            found = find_quantile_interval(figures, 0.5, policy.level)
            place = (name, scopes["scope_kind"].iloc[row], scopes["scope"].iloc[row], indicator)
            interval = (found.value, found.low, found.high, *found.ranks, found.coverage)
            rows.append((*place, *interval, int(np.isfinite(figures).sum())))
    table = pd.DataFrame(rows, columns=QUANTILE_COLUMNS)
    return table[np.isfinite(table["median"])].reset_index(drop=True)
