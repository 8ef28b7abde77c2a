"""Every side against every other over common draws, with intervals that hold together."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from simulation.studies.affected import count_all_affected
from simulation.studies.details import Details
from simulation.studies.intervals import find_interval, share_level
from simulation.studies.outcome import IDS, UNIT_INDICATORS, Outcome
from simulation.studies.rules import read_policy
from twin.district import District

LABELS = ["scope_kind", "scope", "indicator"]
DETAIL_COLUMNS = ["scenario", *LABELS, "mean", "low", "high", "replications"]
CONTRAST_COLUMNS = ["scenario", "against", *LABELS, "mean", "low", "high", "affected_cases"]
Outcomes = Mapping[tuple[int, int], Outcome]


def compare_sides(
    district: District, names: Sequence[str], outcomes: Outcomes
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of details (DETAIL_COLUMNS) and contrasts (CONTRAST_COLUMNS) of sides, the baseline first.

    outcomes: by (number of the side, replication). A contrast is `scenario` less `against`, of the indicators
    at every scope but grids, of units and of details, over the replications that both sides have; the pairs
    share the policy's level, so that all hold together at each place and figure. affected_cases: cases any of
    whose events differ, summed over replications.
    """
    details = Details(district)
    chosen = np.flatnonzero(details.scopes["scope_kind"] != "grid")
    labels = pd.concat([label_indicators(details.scopes.iloc[chosen], district), details.labels])
    known = {key: details.measure(outcome) for key, outcome in outcomes.items()}
    stack = {key: np.r_[flatten(outcomes[key], chosen), more] for key, more in known.items()}
    level = read_policy().level
    levels, gaps = [], []
    for number, name in enumerate(names):
        mine = [known[key] for key in sorted(known) if key[0] == number]
        if mine:
            mean, low, high, count = find_interval(np.array(mine), level)
            side = details.labels.assign(mean=mean, low=low, high=high, replications=count)
            levels.append(_name(side, scenario=name))
    each = share_level(level, len(names) * (len(names) - 1) // 2)
    for one, two in combinations(range(len(names)), 2):
        both = [r for s, r in sorted(outcomes) if s == two and (one, r) in outcomes]
        if both:
            found = find_interval(np.array([stack[two, r] - stack[one, r] for r in both]), each)[:3]
            affected = count_all_affected(
                district, details.scopes, [(outcomes[one, r], outcomes[two, r]) for r in both]
            )
            touched = _spread_affected(affected, details, chosen, district)
            pair = labels.assign(
                **dict(zip(("mean", "low", "high"), found, strict=True)), affected_cases=touched
            )
            gaps.append(_name(pair, scenario=names[two], against=names[one]))
    return _join(levels, DETAIL_COLUMNS), _join(gaps, CONTRAST_COLUMNS)


def flatten(outcome: Outcome, scopes: np.ndarray) -> np.ndarray:
    """Figures of some scopes, scope by scope, then those of units, one indicator after the other."""
    with np.errstate(invalid="ignore", divide="ignore"):
        part, whole = outcome.load[:, 0], outcome.load[:, 1]
        load = np.where(whole > 0, part / whole, np.nan)
    return np.r_[outcome.values[scopes].ravel(), load.ravel()]


def label_indicators(scopes: pd.DataFrame, district: District) -> pd.DataFrame:
    """scope_kind, scope and indicator of each figure that `flatten` gives."""
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


def _spread_affected(
    affected: np.ndarray, details: Details, chosen: np.ndarray, district: District
) -> np.ndarray:
    """The count of each label's scope."""
    scopes = len(details.scopes)
    more = dict(
        zip(zip(details.scopes["scope_kind"], details.scopes["scope"], strict=True), affected, strict=False)
    )
    own = [more[key] for key in zip(details.labels["scope_kind"], details.labels["scope"], strict=True)]
    return np.r_[np.repeat(affected[chosen], len(IDS)), np.tile(affected[scopes:], len(UNIT_INDICATORS)), own]


def _name(table: pd.DataFrame, **names: str) -> pd.DataFrame:
    """The rows that have a figure, with the names of their sides before them."""
    kept = table[np.isfinite(table["mean"].to_numpy())]
    for place, (column, name) in enumerate(names.items()):
        kept.insert(place, column, name)
    return kept


def _join(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
