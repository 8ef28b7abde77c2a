"""Outcomes -> the tables of an experiment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from simulation.scenario import Scenario
from simulation.studies.affected import count_affected
from simulation.studies.intervals import find_interval, find_quantile_interval, share_level
from simulation.studies.outcome import IDS, UNIT_INDICATORS, Outcome
from simulation.studies.rules import read_policy
from twin.district import District
from twin.indicators import list_scopes

COLUMNS = ["scenario", "scope_kind", "scope", "indicator", "mean", "low", "high"]
QUANTILE_COLUMNS = ["scenario", "scope_kind", "scope", "indicator", "median", "low", "high"]
QUANTILE_COLUMNS += ["low_rank", "high_rank", "coverage", "replications"]


@dataclass(frozen=True)
class ExperimentResult:
    """What is known so far: the tables of indicators, differences and quantiles, and where they come from."""

    indicators: pd.DataFrame
    differences: pd.DataFrame
    done: int
    total: int
    provenance: dict[str, Any]
    quantiles: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=QUANTILE_COLUMNS))


def summarise(
    district: District,
    scenarios: Sequence[Scenario],
    outcomes: dict[tuple[int, int], Outcome],
    total: int,
    provenance: dict[str, Any],
) -> ExperimentResult:
    """The tables from the outcomes at hand; differences only of replications that both have.

    The differences of several scenarios hold together with the policy's level, at each place and indicator.
    """
    scopes, level = list_scopes(district), read_policy().level
    labels = _label(scopes, district)
    each = share_level(level, len(scenarios) - 1)
    indicators, differences, quantiles = [], [], []
    for number, scenario in enumerate(scenarios):
        mine = [r for s, r in sorted(outcomes) if s == number]
        both = [r for r in mine if (0, r) in outcomes]
        if mine:
            stack = _stack(outcomes, number, mine)
            indicators.append(_table(scenario.name, labels, stack, level, ("replications", None)))
            quantiles.append(_quantiles(scenario.name, scopes, [outcomes[number, r].values for r in mine]))
        if number and both:
            pairs = zip(_stack(outcomes, number, both), _stack(outcomes, 0, both), strict=True)
            affected = count_affected(district, scopes, [(outcomes[0, r], outcomes[number, r]) for r in both])
            last = np.r_[
                np.repeat(affected, len(IDS)), np.full(len(district.units) * len(UNIT_INDICATORS), -1)
            ]
            gains = [after - before for after, before in pairs]
            differences.append(_table(scenario.name, labels, gains, each, ("affected_cases", last)))
    return ExperimentResult(
        _concat(indicators, [*COLUMNS, "replications"]),
        _concat(differences, [*COLUMNS, "affected_cases"]),
        len(outcomes),
        total,
        provenance,
        _concat(quantiles, QUANTILE_COLUMNS),
    )


def _concat(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _stack(
    outcomes: dict[tuple[int, int], Outcome], number: int, replications: list[int]
) -> list[np.ndarray]:
    """One flat array a replication: figures by scope, then those of units, one indicator after the other."""
    arrays = []
    for r in replications:
        outcome = outcomes[number, r]
        with np.errstate(invalid="ignore", divide="ignore"):
            part, whole = outcome.load[:, 0], outcome.load[:, 1]
            load = np.where(whole > 0, part / whole, np.nan)
        arrays.append(np.r_[outcome.values.ravel(), load.ravel()])
    return arrays


def _label(scopes: pd.DataFrame, district: District) -> pd.DataFrame:
    """scope_kind, scope and indicator of each figure of a stack."""
    width, units = len(IDS), district.units["code"].to_numpy()
    own = [indicator.id for indicator in UNIT_INDICATORS]
    kinds, codes = (scopes[name].to_numpy(object) for name in ("scope_kind", "scope"))
    return pd.DataFrame(
        {
            "scope_kind": np.r_[np.repeat(kinds, width), np.repeat("unit", len(units) * len(own))],
            "scope": np.r_[np.repeat(codes, width), np.tile(units, len(own))],
            "indicator": np.r_[np.tile(IDS, len(scopes)), np.repeat(own, len(units))],
        }
    )


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
