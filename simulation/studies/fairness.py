"""How evenly a figure is spread over places, and load over bodies: one number each a replication."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from simulation.studies.outcome import IDS, SCOPE_INDICATORS, Outcome
from simulation.studies.rules import read_comparison
from twin.district import District
from twin.indicator_list import Indicator

PLACES = {"village": ("村（社区）", "villages"), "township": ("乡镇（街道）", "townships")}
BODIES = {
    "village": ("村（社区）人员", "village staff"),
    "township": ("乡镇（街道）人员", "township staff"),
    "district": ("区直部门人员", "district staff"),
}
MEASURES = ("worst", "range", "gini", "p90_p10")
_WORDS = {
    "worst": ("最差", "worst of", "各{place}中最差者", "the worst of the {place}"),
    "range": ("极差", "range over", "最大与最小之差", "largest less smallest of the {place}"),
    "gini": ("基尼系数", "Gini over", "各{place}的基尼系数", "Gini coefficient over the {place}"),
    "p90_p10": ("P90/P10", "P90/P10 over", "第 90 与第 10 百分位之比", "90th over 10th percentile"),
}  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """One number of fairness: of an indicator (or `load`), a measure, over places or bodies of a kind."""

    of: str
    measure: str
    over: str

    @property
    def id(self) -> str:
        """The id of its indicator."""
        return f"{self.of}_{self.measure}_{self.over}" if self.measure else f"{self.of}_{self.over}"


@cache
def list_spreads() -> tuple[Spread, ...]:
    """Everything that fairness is measured by, in a fixed order."""
    policy = read_comparison()
    between = [
        Spread(name, measure, place)
        for place in policy.fair_places
        for name in policy.fair_indicators
        for measure in MEASURES
    ]
    loads = [Spread("load", measure, tier) for tier in BODIES for measure in ("", "gini")]
    return (*between, *loads)


@cache
def list_fair_indicators() -> tuple[Indicator, ...]:
    """The same as indicators, with names, formula, unit and direction."""
    return tuple(_describe(spread) for spread in list_spreads())


def _describe(spread: Spread) -> Indicator:
    if spread.of == "load":
        return _describe_load(spread)
    base = next(i for i in SCOPE_INDICATORS if i.id == spread.of)
    zh, en = PLACES[spread.over]
    word, word_en, formula, formula_en = _WORDS[spread.measure]
    least = read_comparison().least_due
    names = f"{base.name}{word}（{zh}）", f"{base.name_en}: {word_en} {en}"
    if spread.measure == "worst":
        names = f"最差{zh}{base.name}", f"{base.name_en}, worst of {en}"
    rule = f"每次重复分别求：{base.name}，{formula.format(place=zh)}；应结不足 {least} 件的不计"
    rule_en = f"of each replication: {base.name_en}, {formula_en.format(place=en)}; from {least} due on"
    same = spread.measure in ("worst", "range")
    better = base.better if spread.measure == "worst" else -1
    return Indicator(spread.id, *names, rule, rule_en, base.unit if same else "ratio", better)


def _describe_load(spread: Spread) -> Indicator:
    zh, en = BODIES[spread.over]
    if not spread.measure:
        rule, rule_en = (
            "案件工时 / 在岗工时，各单位合计",
            "hours of cases / rostered hours, all units together",
        )
        return Indicator(spread.id, f"{zh}负荷", f"Load of {en}", rule, rule_en, "%", 0)
    rule, rule_en = "各单位负荷的基尼系数", "Gini coefficient over the units' load"
    return Indicator(spread.id, f"{zh}负荷基尼系数", f"Gini of load, {en}", rule, rule_en, "ratio", -1)


def measure_spreads(district: District, scopes: pd.DataFrame, outcome: Outcome) -> np.ndarray:
    """The number of each of `list_spreads` in one replication; NaN is no figure.

    scopes: of list_scopes. Places with fewer cases due than the policy's least do not count.
    """
    kinds, due = scopes["scope_kind"].to_numpy(), outcome.values[:, IDS.index("due")]
    counted = due >= read_comparison().least_due
    tiers = district.units["tier"].to_numpy()
    found = []
    for spread in list_spreads():
        if spread.of == "load":
            found.append(_measure_load(outcome.load[0][:, tiers == spread.over], spread.measure))
        else:
            chosen = (kinds == spread.over) & counted
            better = next(i.better for i in SCOPE_INDICATORS if i.id == spread.of)
            found.append(measure_spread(outcome.values[chosen, IDS.index(spread.of)], spread.measure, better))
    return np.array(found)


def _measure_load(load: np.ndarray, measure: str) -> float:
    """load: hours of cases and rostered hours, by unit."""
    rostered = load[1] > 0
    if measure:
        return find_gini(load[0, rostered] / load[1, rostered])
    return float(load[0].sum() / load[1].sum()) if load[1].sum() > 0 else float("nan")


def measure_spread(values: np.ndarray, measure: str, better: int) -> float:
    """One of MEASURES of some places' values; `worst` is the least where more is better, else the largest."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan")
    if measure == "worst":
        return float(known.min() if better > 0 else known.max())
    if measure == "range":
        return float(known.max() - known.min())
    if measure == "gini":
        return find_gini(known)
    low, high = np.quantile(known, (0.1, 0.9))
    return float(high / low) if low > 0 else float("nan")


def find_gini(values: np.ndarray) -> float:
    """Gini coefficient of values of 0 and more: 0 all alike, (n - 1) / n where one has everything.

    Half the mean absolute difference of two values drawn at random, over the mean (Gini 1912); NaN where the
    sum is 0 or there is no value.
    """
    known, count = np.sort(values), len(values)
    total = known.sum()
    if not total > 0:
        return float("nan")
    return float((2 * np.arange(1, count + 1) - count - 1) @ known / (count * total))
