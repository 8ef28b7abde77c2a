"""What is compared beside the indicators: hours by tier, how long cases wait, how even it is."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from simulation.studies.fairness import list_spreads, measure_spreads
from simulation.studies.outcome import Outcome
from simulation.studies.rules import read_comparison
from twin.district import District
from twin.hours import KINDS, TIERS
from twin.indicator_list import Indicator
from twin.indicators import list_scopes
from twin.waits import list_wait_scopes

ALL = "all"


def name_hours(kind: str, tier: str) -> str:
    """The id of hours of a kind at a tier; `all`: at every tier together."""
    return f"hours_{kind}_{tier or 'none'}"


def name_wait(edge: float) -> str:
    """The id of the share of cases that waited so many minutes at most."""
    return f"wait_within_{edge:g}"


_KIND_WORDS = {
    "staff": (
        "人员工时",
        "Hours of staff",
        "期内开始的办理工时，含路途",
        "hours of work begun, travel included",
        0,
    ),
    "queued": ("排队等人", "Queued for a post", "等岗位的时间", "time queued for a post", -1),
    "delay": ("无人经手的等待", "Waiting, nobody's work", "无人经手的时间", "time that is nobody's work", -1),
    "travel": ("路途", "Travel", "路上的时间", "time on the way", -1),
    "work": ("办理中", "Being worked on", "办理的时间", "time of work", 0),
    "paused": (
        "搁置（下班等）",
        "Paused (off shift)",
        "办理中断的时间",
        "time for which work is broken off",
        -1,
    ),
}
_TIER_WORDS = {
    "grid": ("网格员", "grid workers"), "village": ("村（社区）", "villages"),
    "township": ("乡镇（街道）", "townships"), "district": ("区直部门", "district"),
}  # fmt: skip


@cache
def list_hours_indicators() -> tuple[Indicator, ...]:
    """Hours of staff in all and by tier, then hours of cases in hand by phase, as indicators."""
    whole, *phases = [_describe_kind(kind) for kind in _KIND_WORDS]
    tiers = [
        replace(
            whole, id=name_hours("staff", tier), name=f"{whole.name}：{zh}", name_en=f"{whole.name_en}: {en}"
        )
        for tier, (zh, en) in _TIER_WORDS.items()
    ]
    return (whole, *tiers, *phases)


def _describe_kind(kind: str) -> Indicator:
    zh, en, formula, formula_en, better = _KIND_WORDS[kind]
    cases = ("", "") if kind == "staff" else ("在办案件合计，窗口内", ", of cases in hand, inside the window")
    words = zh, en, cases[0] + formula, formula_en + cases[1]
    return Indicator(name_hours(kind, ALL), *words, "h", better)


class Details:
    """The details of a district's outcomes: their labels, and their values by replication."""

    def __init__(self, district: District) -> None:
        self.district, self.scopes = district, list_scopes(district)
        kinds, codes = (self.scopes[name].to_numpy(object) for name in ("scope_kind", "scope"))
        whole = np.flatnonzero(kinds == "district")
        self._parts = [
            (np.r_[whole, np.flatnonzero(kinds == "matter")], _list_hours()),
            (list_wait_scopes(self.scopes), [name_wait(edge) for edge in read_comparison().wait_edges]),
            (whole, [spread.id for spread in list_spreads()]),
        ]
        self.labels = pd.concat([_label(kinds[rows], codes[rows], ids) for rows, ids in self._parts])

    def measure(self, outcome: Outcome) -> np.ndarray:
        """One replication's values in the order of `labels`; NaN is no figure."""
        by_matter = np.concatenate([outcome.hours, outcome.hours.sum(axis=1, keepdims=True)], axis=1)
        hours = np.concatenate([by_matter.sum(axis=0, keepdims=True), by_matter])
        with np.errstate(invalid="ignore"):
            within = outcome.waits.cumsum(axis=1)[:, :-1] / outcome.waits.sum(axis=1, keepdims=True)
        spreads = measure_spreads(self.district, self.scopes, outcome)
        return np.r_[hours.ravel(), within.ravel(), spreads]


def _list_hours() -> list[str]:
    """Tier by tier, `all` last, kind by kind: as the array lies."""
    return [name_hours(kind, tier) for tier in (*TIERS, ALL) for kind in KINDS]


def _label(kinds: Any, codes: Any, ids: list[str]) -> pd.DataFrame:
    width = len(ids)
    return pd.DataFrame(
        {
            "scope_kind": np.repeat(kinds, width),
            "scope": np.repeat(codes, width),
            "indicator": np.tile(np.array(ids, dtype=object), len(kinds)),
        }
    )
