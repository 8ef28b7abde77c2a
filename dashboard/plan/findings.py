"""A result -> rows, sentences and map values; every difference comes with its interval."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.formats import MINUS, NONE, count, is_missing, signed
from dashboard.i18n import pick, t
from simulation.experiment import ExperimentResult
from simulation.studies.outcome import SCOPE_INDICATORS, UNIT_INDICATORS
from twin.indicators import Indicator

HEADLINE = "on_time_closure"
BY_ID = {indicator.id: indicator for indicator in (*SCOPE_INDICATORS, *UNIT_INDICATORS)}
NUMBERS = {
    "%": (100.0, 1),
    "h": (1.0, 1),
    "min": (1.0, 0),
    "cases": (1.0, 0),
    "items": (1.0, 0),
    "trips": (1.0, 2),
}


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


def list_rows(result: ExperimentResult) -> list[Row]:
    """Every indicator of the whole district that both sides have."""
    figures = _select(result.indicators, "district")
    differences = _select(result.differences, "district")
    rows = []
    for indicator in SCOPE_INDICATORS:
        means = figures[figures["indicator"] == indicator.id].set_index("scenario")["mean"]
        paired = differences[differences["indicator"] == indicator.id]
        if paired.empty or "baseline" not in means.index:
            continue
        gap = paired.iloc[0]
        scenario = means.get(gap["scenario"], float("nan"))
        rows.append(Row(indicator, means["baseline"], scenario, gap["mean"], gap["low"], gap["high"]))
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
    """`10.7 ~ 13.7`, in the unit of the difference."""
    if is_missing(row.low):
        return NONE
    factor, digits = NUMBERS[row.indicator.unit][0], find_digits(row)
    ends = [f"{value * factor:,.{digits}f}".replace("-", MINUS) for value in (row.low, row.high)]
    return " ~ ".join(ends)


def show(value: float, indicator: Indicator, lang: str) -> str:
    """A figure with its unit."""
    if is_missing(value):
        return NONE
    factor, digits = NUMBERS[indicator.unit]
    unit = t(f"plan.unit_{indicator.unit}", lang)
    number = f"{value * factor:,.{digits}f}".replace("-", MINUS) if digits else count(value)
    return f"{number} {unit}"


def show_difference(row: Row, lang: str) -> str:
    """A signed difference with its unit; a dash where nothing changed."""
    if row.verdict == "same":
        return "—"
    factor = NUMBERS[row.indicator.unit][0]
    unit = t("plan.points", lang) if row.indicator.unit == "%" else t(f"plan.unit_{row.indicator.unit}", lang)
    return f"{signed(row.difference * factor, find_digits(row))} {unit}"


def find_digits(row: Row) -> int:
    """Digits of a difference: one, or as many as its interval needs to be told from zero (at most three)."""
    factor = NUMBERS[row.indicator.unit][0]
    ends = [abs(v) * factor for v in (row.low, row.high) if not is_missing(v) and v != 0]
    least = min(ends, default=1.0)
    return 1 if least >= 0.05 else 2 if least >= 0.005 else 3


def count_pairs(result: ExperimentResult) -> int:
    """Replications that baseline and scenario both have."""
    played = result.indicators
    other = played.loc[played["scenario"] != "baseline", "replications"]
    return int(other.max()) if len(other) else 0


@dataclass(frozen=True, eq=False)
class PlaceValues:
    """Values of one indicator by place: both means, difference (better is positive), doubt and identity."""

    codes: list[str]
    baseline: np.ndarray
    scenario: np.ndarray
    gain: np.ndarray
    unclear: np.ndarray
    identical: np.ndarray


def place_values(
    result: ExperimentResult, codes: list[str], indicator: Indicator, kind: str = "village"
) -> PlaceValues:
    """The indicator's values of every place of a kind, in the order of `codes`; NaN is no figure."""
    figures = _select(result.indicators, kind)
    figures = figures[figures["indicator"] == indicator.id]
    differences = _select(result.differences, kind)
    affected = differences.groupby("scope")["affected_cases"].max().reindex(codes).fillna(0).to_numpy()
    paired = differences[differences["indicator"] == indicator.id].set_index("scope").reindex(codes)
    low, high = paired["low"].to_numpy(float), paired["high"].to_numpy(float)
    side = {
        name: rows.set_index("scope")["mean"] for name, rows in figures.groupby("scenario", observed=True)
    }
    empty = pd.Series(dtype=float)
    other = next((name for name in side if name != "baseline"), "")
    baseline, scenario = (
        side.get(name, empty).reindex(codes).to_numpy(float) for name in ("baseline", other)
    )
    gain = paired["mean"].to_numpy(float) * (indicator.better or 1)
    identical = affected == 0
    with np.errstate(invalid="ignore"):
        unclear = ~identical & ~((low > 0) | (high < 0))
    return PlaceValues(codes, baseline, scenario, gain, unclear, identical)


def count_identical(result: ExperimentResult, kind: str, total: int) -> int:
    """Places of a kind in which no case differs in any event."""
    rows = _select(result.differences, kind)
    return total - int((rows.groupby("scope")["affected_cases"].max() > 0).sum())


def count_affected(result: ExperimentResult) -> int:
    """Cases of the district any of whose events differ, summed over replications."""
    rows = _select(result.differences, "district")
    return int(rows["affected_cases"].max()) if len(rows) else 0
