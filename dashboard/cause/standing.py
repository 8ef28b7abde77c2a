"""Where places stand in the baseline: the one chosen, the six lowest, what may be said of their order."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from dash import html

from dashboard.cause.words import name_subject, span
from dashboard.formats import count, is_missing, share, signed
from dashboard.i18n import t
from dashboard.maps import shorten_name
from hub.studies.baseline import Baseline
from simulation.studies.rules import read_comparison
from twin.district import District

SHOWN = 6
BADGES = {"below": ("◆", "r"), "above": ("●", "g"), "unclear": ("○", "")}


@dataclass(frozen=True, eq=False)
class Standing:
    """A baseline over its district, in a language."""

    district: District
    baseline: Baseline
    lang: str

    @cached_property
    def whole(self) -> str:
        """The code of the district."""
        areas = self.district.areas
        return str(areas.loc[areas["tier"] == "district", "code"].iloc[0])

    @cached_property
    def mean(self) -> float:
        """The whole district's on-time closure (0-1); NaN where nothing is due."""
        row = self.find(self.whole)
        return float("nan") if row is None else float(row["rate"])

    @cached_property
    def townships(self) -> pd.DataFrame:
        """Townships with as many cases due as a comparison asks for, the lowest first."""
        places = self.baseline.places
        mine = places[(places["scope_kind"] == "township") & (places["due"] >= read_comparison().least_due)]
        return mine.sort_values("rate", kind="stable").reset_index(drop=True)

    def pick_shown(self, code: Any) -> pd.DataFrame:
        """The lowest townships, and the chosen one where it is not among them."""
        towns = self.townships
        return towns[(towns.index < SHOWN) | (towns["scope"] == code)]

    def find(self, code: Any) -> Any:
        """The row of a place or matter; None where it has no figure."""
        rows = self.baseline.places[self.baseline.places["scope"] == code]
        return rows.iloc[0] if len(rows) else None

    def name(self, code: str) -> str:
        """The name of a place."""
        return name_subject(self.district, code, self.lang)

    def shorten(self, code: str) -> str:
        """The name as it fits a list: in Chinese it is short already."""
        return self.name(code) if self.lang == "zh" else shorten_name(self.name(code), self.lang)


def judge(row: Any) -> str:
    """`below` or `above` the district's mean; `unclear` where the interval of the gap holds zero."""
    if is_missing(row["gap_low"]) or row["gap_low"] <= 0 <= row["gap_high"]:
        return "unclear"
    return "below" if row["gap"] < 0 else "above"


def count_tied(towns: pd.DataFrame) -> int:
    """How many places have an interval that meets that of the lowest, itself included; 0: no intervals."""
    if not len(towns) or is_missing(towns["rate_high"].iloc[0]):
        return 0
    return int((towns["rate_low"] <= towns["rate_high"].iloc[0]).sum())


def say_standing(stand: Standing, code: Any) -> str:
    """The page's title before causes are known: the place chosen, else what the list of the lowest says."""
    lang, row, towns = stand.lang, stand.find(code), stand.townships
    if row is not None and row["scope"] != stand.whole:
        told = {"place": stand.name(str(code)), "rate": share(row["rate"]), "gap": tell_gap(stand, row)}
        return t("cause.title_place", lang, **told)
    if towns.empty:
        return t("cause.name", lang)
    tied, first = count_tied(towns), stand.name(str(towns["scope"].iloc[0]))
    word = "apart" if tied == 1 else "tied"
    told = {"place": first, "rate": share(towns["rate"].iloc[0]), "count": count(tied or len(towns))}
    return t(f"cause.title_{word}", lang, **told)


def draw_place(stand: Standing, code: Any) -> list[Any]:
    """The card of a place: rate with interval, cases due, on time and late, the gap to the mean in words."""
    lang, row = stand.lang, stand.find(code)
    if row is None:
        return [_head(stand, stand.name(str(code)), ""), html.P(t("cause.no_place_figure", lang))]
    verdict = judge(row)
    mark, colour = BADGES[verdict]
    badge = html.Span(f"{mark} {t(f'cause.is_{verdict}', lang)}", className=f"badge {colour}".strip())
    whole = row["scope_kind"] == "district"
    lead = [
        html.B(f"{share(row['rate'])} %", className="red" if verdict == "below" else ""),
        html.Span(t("cause.closure", lang), className="caption"),
        html.Span(_percent(row["rate_low"], row["rate_high"]), className="caption"),
    ]
    return [
        _head(stand, stand.name(str(code)), "" if whole else badge),
        html.Div(lead, className="cause-lead"),
        html.P(t("cause.counts", lang, **_count(row))),
        *([] if whole else [html.P(tell_gap(stand, row))]),
    ]


def tell_gap(stand: Standing, row: Any) -> str:
    """The district's mean and the gap to it with its interval, or that it may be chance."""
    lang, verdict = stand.lang, judge(row)
    if is_missing(row["gap_low"]):
        return t("cause.gap_once", lang, mean=share(stand.mean))
    ends = " ~ ".join(signed(100 * row[name], 1) for name in ("gap_low", "gap_high"))
    told = {"mean": share(stand.mean), "gap": signed(100 * row["gap"], 1), "span": ends}
    return t(f"cause.gap_{verdict}", lang, **told)


def tell_window(baseline: Baseline, lang: str) -> str:
    """Window, replications so far, seed and run of the figures."""
    facts = baseline.provenance
    told = {name: facts[name] for name in ("start", "days", "seed")} | {"hash": facts["run_id"][:8]}
    return t("cause.base_source", lang, done=baseline.done, total=baseline.total, **told)


def draw_lowest(stand: Standing, code: Any) -> list[Any]:
    """The lowest townships on one scale with their intervals and the mean; the chosen one is always there."""
    lang, towns = stand.lang, stand.townships
    if towns.empty:
        return [html.P(t("cause.no_place_figure", lang), className="empty")]
    shown = stand.pick_shown(code)
    ends = np.append(shown[["rate_low", "rate_high", "rate"]].to_numpy(float), stand.mean)
    scale = Scale(float(np.nanmin(ends)), float(np.nanmax(ends)))
    rows = [
        _draw_town(stand, row, scale, row["scope"] == code, place >= SHOWN)
        for place, row in zip(shown.index, shown.to_dict("records"), strict=True)
    ]
    return [html.Div(rows, className="lowest"), html.P(tell_order(stand), className="caption")]


def tell_order(stand: Standing) -> str:
    """Whether the lowest may be ranked, and what the line stands for."""
    tied, lang = count_tied(stand.townships), stand.lang
    word = "once" if not tied else "tied" if tied > 1 else "apart"
    return t(f"cause.order_{word}", lang, count=tied, mean=share(stand.mean))


@dataclass(frozen=True)
class Scale:
    """Rates onto a track, in per cent of its width."""

    low: float
    high: float

    def place(self, rate: float) -> float:
        """From 2 to 98."""
        return 2 + 96 * (rate - self.low) / max(self.high - self.low, 1e-9)


def _draw_town(stand: Standing, row: dict[str, Any], scale: Scale, chosen: bool, apart: bool) -> html.Button:
    known = not is_missing(row["rate_low"])
    left, right = (scale.place(row[end if known else "rate"]) for end in ("rate_low", "rate_high"))
    track = [
        html.I(className="mean", style={"left": f"{scale.place(stand.mean):.1f}%"}),
        html.I(className="range", style={"left": f"{left:.1f}%", "width": f"{right - left:.1f}%"}),
        html.I(className="point", style={"left": f"{scale.place(row['rate']):.1f}%"}),
    ]
    cells = [
        html.Span(stand.shorten(row["scope"]), className="name"),
        html.Span(track, className="track", **{"aria-hidden": "true"}),
        html.Span(share(row["rate"]), className="num"),
        html.Span(_percent(row["rate_low"], row["rate_high"]), className="unseen"),
    ]
    return html.Button(
        cells,
        id={"type": "cause-town", "code": row["scope"]},
        className=" ".join(["town", *(["selected"] if chosen else []), *(["apart"] if apart else [])]),
        type="button",
        title=_percent(row["rate_low"], row["rate_high"]),
        **{"aria-pressed": str(bool(chosen)).lower()},
    )


def _head(stand: Standing, name: str, badge: Any) -> html.Div:
    facts = {"days": stand.baseline.provenance["days"], "done": stand.baseline.done}
    days = t("cause.base_days", stand.lang, **facts)
    right = html.Span(days, className="right", title=tell_window(stand.baseline, stand.lang))
    return html.Div([html.H2(name), badge, right], className="card-head")


def _percent(low: float, high: float) -> str:
    ends = span(100 * low, 100 * high, 1)
    return f"{ends} %" if ends else ""


def _count(row: Any) -> dict[str, str]:
    """Due, on time and late as whole cases that add up."""
    due, on_time = round(row["due"]), round(row["on_time"])
    return {"due": count(due), "on_time": count(on_time), "late": count(due - on_time)}
