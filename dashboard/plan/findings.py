"""A result -> rows, sentences and map values; every difference comes with its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.formats import MINUS, NONE, is_missing, signed
from dashboard.i18n import pick, t
from dashboard.plan.numbers import find_factor, find_gap_digits, find_level_digits, write
from dashboard.plan.sides import Sides, first_sides
from simulation.experiment import ExperimentResult
from simulation.studies.outcome import SCOPE_INDICATORS, UNIT_INDICATORS
from twin.indicators import Indicator
from twin.walkin_figures import WALKIN_INDICATORS

HEADLINE = "on_time_closure"
BY_ID = {indicator.id: indicator for indicator in (*SCOPE_INDICATORS, *UNIT_INDICATORS)}
WALKIN = {indicator.id for indicator in WALKIN_INDICATORS}


@dataclass(frozen=True)
class Row:
    """One indicator of the district: both means, and the paired difference with its 95 % interval."""

    indicator: Indicator
    baseline: float
    scenario: float
    difference: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """`better`, `worse`, `changed` (neither is better), `unclear` (the interval holds zero), `same`."""
        if self.difference == 0 and self.low == 0 == self.high:
            return "same"
        if is_missing(self.low) or self.low <= 0 <= self.high:
            return "unclear"
        direction = self.indicator.better * math.copysign(1, self.difference)
        return "better" if direction > 0 else "worse" if direction < 0 else "changed"


def list_rows(
    result: ExperimentResult, sides: Sides | None = None, indicators: Sequence[Indicator] = SCOPE_INDICATORS
) -> list[Row]:
    """Every indicator of the whole district that both sides have; by default the first scenario's."""
    sides = sides or first_sides(result)
    figures = _select(sides.levels, "district").pivot(index="indicator", columns="scenario", values="mean")
    paired = _select(sides.gaps, "district").set_index("indicator")
    rows = []
    for indicator in indicators:
        if indicator.id not in paired.index or indicator.id not in figures.index:
            continue
        if sides.against not in figures or sides.scenario not in figures:
            continue
        before, after = (float(figures.at[indicator.id, name]) for name in (sides.against, sides.scenario))
        gap = paired.loc[indicator.id]
        rows.append(Row(indicator, before, after, *(float(gap[name]) for name in ("mean", "low", "high"))))
    return rows


def _select(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    return table[table["scope_kind"] == kind]


def tell(row: Row, lang: str) -> str:
    """One finding as a sentence with its interval."""
    name = pick(lang, row.indicator.name, row.indicator.name_en)
    if row.verdict == "same":
        return t("plan.finding_same", lang, name=name)
    if row.verdict == "unclear":
        if is_missing(row.low):
            return t("plan.finding_early", lang, name=name)
        return t("plan.finding_unclear", lang, name=name, interval=tell_interval(row, lang))
    key = "plan.finding_rises" if row.difference > 0 else "plan.finding_falls"
    size = show_difference(row, lang).lstrip(f"+±{MINUS}")
    return t(key, lang, name=name, size=size, interval=tell_interval(row, lang))


def tell_interval(row: Row, lang: str) -> str:
    """`10.7 ~ 13.7`, in the unit of the difference; a dash where there is none or nothing changed."""
    if is_missing(row.low) or row.verdict == "same":
        return NONE
    factor, digits = find_factor(row.indicator), find_digits(row)
    return " ~ ".join(write(value * factor, digits) for value in (row.low, row.high))


def show(value: float, indicator: Indicator, lang: str) -> str:
    """A figure with its unit."""
    if is_missing(value):
        return NONE
    shown = value * find_factor(indicator)
    unit = t(f"plan.unit_{indicator.unit}", lang)
    return f"{write(shown, find_level_digits(indicator, shown))} {unit}".rstrip()


def show_difference(row: Row, lang: str) -> str:
    """A signed difference with its unit; a dash where nothing changed or no interval is known yet."""
    if is_missing(row.low):
        return NONE
    if row.verdict == "same":
        return "—"
    unit = t("plan.points", lang) if row.indicator.unit == "%" else t(f"plan.unit_{row.indicator.unit}", lang)
    return f"{signed(row.difference * find_factor(row.indicator), find_digits(row))} {unit}".rstrip()


def find_digits(row: Row) -> int:
    """Digits of a row's difference and of its interval."""
    factor = find_factor(row.indicator)
    return find_gap_digits(row.indicator, row.difference * factor, (row.low * factor, row.high * factor))


def count_pairs(result: ExperimentResult) -> int:
    """Replications that baseline and scenario both have."""
    played = result.indicators
    other = played.loc[played["scenario"] != "baseline", "replications"]
    return int(other.max()) if len(other) else 0


@dataclass(frozen=True, eq=False)
class PlaceValues:
    """Values of one indicator by place: both means, difference (better is positive), doubt and identity.

    early: too few replications for any interval, so that every difference is in doubt.
    """

    codes: list[str]
    baseline: np.ndarray
    scenario: np.ndarray
    gain: np.ndarray
    unclear: np.ndarray
    identical: np.ndarray
    early: bool = False


def place_values(
    result: ExperimentResult,
    codes: list[str],
    indicator: Indicator,
    kind: str = "village",
    sides: Sides | None = None,
) -> PlaceValues:
    """The indicator's values of every place of a kind, in the order of `codes`; NaN is no figure."""
    sides = sides or first_sides(result)
    figures = _select(sides.levels, kind)
    figures = figures[figures["indicator"] == indicator.id]
    differences = _select(sides.gaps, kind)
    affected = differences.groupby("scope")["affected_cases"].max().reindex(codes).fillna(0).to_numpy()
    paired = differences[differences["indicator"] == indicator.id].set_index("scope").reindex(codes)
    low, high = paired["low"].to_numpy(float), paired["high"].to_numpy(float)
    baseline, scenario = (
        figures[figures["scenario"] == name].set_index("scope")["mean"].reindex(codes).to_numpy(float)
        for name in (sides.against, sides.scenario)
    )
    gain = paired["mean"].to_numpy(float) * (indicator.better or 1)
    identical = affected == 0
    if indicator.id in WALKIN:
        identical = (gain == 0) & (low == 0) & (high == 0)  # walk-ins are no cases
    with np.errstate(invalid="ignore"):
        unclear = ~identical & ~((low > 0) | (high < 0))
    early = not np.isfinite(low).any()
    return PlaceValues(codes, baseline, scenario, gain, unclear, identical, early)


def count_identical(result: ExperimentResult, kind: str, total: int, sides: Sides | None = None) -> int:
    """Places of a kind in which no case differs in any event."""
    rows = _select((sides or first_sides(result)).gaps, kind)
    return total - int((rows.groupby("scope")["affected_cases"].max() > 0).sum())


def count_affected(result: ExperimentResult, sides: Sides | None = None) -> int:
    """Cases of the district any of whose events differ, summed over replications."""
    rows = _select((sides or first_sides(result)).gaps, "district")
    return int(rows["affected_cases"].max()) if len(rows) else 0
