"""Outcomes -> the tables of an experiment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simulation.affected import count_affected
from simulation.intervals import find_interval
from simulation.outcome import IDS, Outcome
from simulation.scenario import Scenario
from twin.district import District
from twin.indicators import UTILISATION, list_scopes


@dataclass(frozen=True)
class ExperimentResult:
    """What is known so far: the tables of indicators.csv and differences.csv, and where they come from."""

    indicators: pd.DataFrame
    differences: pd.DataFrame
    done: int
    total: int
    provenance: dict[str, Any]


def summarise(
    district: District,
    scenarios: Sequence[Scenario],
    outcomes: dict[tuple[int, int], Outcome],
    total: int,
    provenance: dict[str, Any],
) -> ExperimentResult:
    """The two tables from the outcomes at hand; differences only of replications that both have."""
    scopes = list_scopes(district)
    indicators, differences = [], []
    for number, scenario in enumerate(scenarios):
        mine = [r for s, r in sorted(outcomes) if s == number]
        if mine:
            indicators.append(
                _table(scenario.name, scopes, district, _stack(outcomes, number, mine), "replications")
            )
        both = [r for r in mine if (0, r) in outcomes]
        if number and both:
            paired = [
                a - b for a, b in zip(_stack(outcomes, number, both), _stack(outcomes, 0, both), strict=True)
            ]
            affected = count_affected(district, scopes, [(outcomes[0, r], outcomes[number, r]) for r in both])
            differences.append(_table(scenario.name, scopes, district, paired, "affected_cases", affected))
    empty = pd.DataFrame(
        columns=["scenario", "scope_kind", "scope", "indicator", "mean", "low", "high", "affected_cases"]
    )
    return ExperimentResult(
        pd.concat(indicators, ignore_index=True)
        if indicators
        else empty.rename(columns={"affected_cases": "replications"}),
        pd.concat(differences, ignore_index=True) if differences else empty,
        len(outcomes),
        total,
        provenance,
    )


def _stack(
    outcomes: dict[tuple[int, int], Outcome], number: int, replications: list[int]
) -> list[np.ndarray]:
    """One flat array a replication: figures by scope, then utilisation by unit."""
    arrays = []
    for r in replications:
        outcome = outcomes[number, r]
        with np.errstate(invalid="ignore", divide="ignore"):
            load = np.where(outcome.load[1] > 0, outcome.load[0] / outcome.load[1], np.nan)
        arrays.append(np.r_[outcome.values.ravel(), load])
    return arrays


def _table(
    name: str,
    scopes: pd.DataFrame,
    district: District,
    arrays: list[np.ndarray],
    last: str,
    affected: np.ndarray | None = None,
) -> pd.DataFrame:
    mean, low, high, count = find_interval(np.array(arrays))
    width, units = len(IDS), district.units["code"].to_numpy()
    table = pd.DataFrame(
        {
            "scenario": name,
            "scope_kind": np.r_[
                np.repeat(scopes["scope_kind"].to_numpy(object), width), np.repeat("unit", len(units))
            ],
            "scope": np.r_[np.repeat(scopes["scope"].to_numpy(object), width), units],
            "indicator": np.r_[np.tile(IDS, len(scopes)), np.repeat(UTILISATION.id, len(units))],
            "mean": mean,
            "low": low,
            "high": high,
            last: count,
        }
    )
    if affected is not None:
        table[last] = np.r_[np.repeat(affected, width), np.full(len(units), -1)]
    return table[np.isfinite(mean)].reset_index(drop=True)
