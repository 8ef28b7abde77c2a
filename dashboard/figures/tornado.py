"""The tornado: which assumption moves the headline most, with whiskers; doubtful bars are hatched."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.formats import signed
from dashboard.plan.numbers import DIGITS, find_factor
from dashboard.tokens import tokens
from simulation.studies.outcome import SCOPE_INDICATORS
from twin.indicators import Indicator

SIDES = (("low", "ctrl", "取低值 low"), ("high", "pos", "取高值 high"))  # hue tells the side, not good or bad
ROW, TOP, BOTTOM = 46, 96, 118


def draw_tornado(table: pd.DataFrame, provenance: dict[str, Any]) -> go.Figure:
    """Bars of a table of sensitivity.csv, the largest on top.

    One at a time: a bar each for low and high, the paired interval as whisker. Morris: mean size of the
    elementary effects over the whole range with its bootstrap interval. Hatched: the interval holds zero.
    """
    indicator = next(i for i in SCOPE_INDICATORS if i.id == provenance["indicator"])
    factor = find_factor(indicator)
    rows = table.iloc[::-1]
    figure = go.Figure()
    bars = _one_at_a_time(rows, factor) if provenance["method"] == "oat" else _morris(rows, factor)
    figure.add_traces(bars)
    figure.add_traces([_key(bar) for bar in bars])
    figure.add_vline(x=0, line={"color": tokens("light")["tx2"], "width": 1})
    return _finish(figure, rows, provenance, indicator)


def find_doubtful(table: pd.DataFrame, side: str) -> np.ndarray:
    """Whether the interval of a side's effect holds zero (or is unknown)."""
    low, high = (table[f"effect_{side}_{end}"].to_numpy(float) for end in ("from", "to"))
    return ~((low > 0) | (high < 0))


def _one_at_a_time(rows: pd.DataFrame, factor: float) -> list[go.Bar]:
    bars = []
    for side, colour, name in SIDES:
        effect, low, high = (
            rows[f"effect_{side}{end}"].to_numpy(float) * factor for end in ("", "_from", "_to")
        )
        settings = [f"×{value:g}" for value in rows[side]]
        bars.append(
            _bar(
                rows, effect, (high - effect, effect - low), find_doubtful(rows, side), colour, name, settings
            )
        )
    return bars


def _morris(rows: pd.DataFrame, factor: float) -> list[go.Bar]:
    size, half = (rows[name].to_numpy(float) * factor for name in ("mu_star", "mu_star_conf"))
    ranges = [f"×{low:g}–{high:g}" for low, high in zip(rows["low"], rows["high"], strict=True)]
    return [_bar(rows, size, (half, half), ~(size > half), "pos", "基本效应均值 μ*", ranges)]


def _bar(
    rows: pd.DataFrame,
    size: np.ndarray,
    whisker: tuple[np.ndarray, np.ndarray],
    doubtful: np.ndarray,
    colour: str,
    name: str,
    settings: list[str],
) -> go.Bar:
    hue, dark = tokens("light")[colour], tokens("light")["tx"]
    return go.Bar(
        y=_names(rows),
        x=size,
        orientation="h",
        name=name,
        marker={
            "color": hue,
            "line": {"color": hue, "width": 1},
            "pattern": {"shape": np.where(doubtful, "/", "").tolist(), "fillmode": "replace", "size": 6},
        },
        error_x={"array": whisker[0], "arrayminus": whisker[1], "color": dark, "thickness": 1.2, "width": 4},
        customdata=settings,
        showlegend=False,
        hovertemplate="%{y}<br>%{customdata}: %{x:+.2f}<extra></extra>",
    )


def _key(bar: go.Bar) -> go.Bar:
    """A bar's entry in the legend, never hatched."""
    return go.Bar(x=[None], y=[None], orientation="h", name=bar.name, marker={"color": bar.marker.color})


def _names(rows: pd.DataFrame) -> list[str]:
    plain = zip(rows["name"], rows["name_en"], rows["low"], rows["high"], strict=True)
    return [f"{name}  ×{low:g}–{high:g}<br><sup>{english}</sup>" for name, english, low, high in plain]


def find_title(first: pd.Series, provenance: dict[str, Any], indicator: Indicator) -> tuple[str, str]:
    """What the figure finds, in Chinese and English: the parameter that moves the indicator most, how far."""
    factor, digits = find_factor(indicator), DIGITS[indicator.unit]
    unit = {
        "%": ("个百分点", " points"),
        "h": ("小时", " h"),
        "min": ("分钟", " min"),
        "cases": ("件", " cases"),
        "items": ("件", " items"),
        "trips": ("趟", " trips"),
    }
    zh, en = unit[indicator.unit]
    name, what = first["name"], indicator.name_en.lower()
    if provenance["method"] == "morris":
        size, half = (f"{first[key] * factor:,.{digits}f}" for key in ("mu_star", "mu_star_conf"))
        return (
            f"“{name}”对{indicator.name}影响最大：全范围平均 {size} ± {half} {zh}",
            f"{first['name_en']} moves {what} most: {size} ± {half}{en} over its whole range",
        )
    side = "low" if abs(first["effect_low"]) > abs(first["effect_high"]) else "high"
    ends = [signed(first[f"effect_{side}{end}"] * factor, digits) for end in ("", "_from", "_to")]
    effect, interval = ends[0], " ~ ".join(ends[1:])
    return (
        f"“{name}”对{indicator.name}影响最大：×{first[side]:g} 时 {effect} {zh}（{interval}）",
        f"{first['name_en']} moves {what} most: {effect}{en} at ×{first[side]:g} ({interval})",
    )


def _finish(
    figure: go.Figure, rows: pd.DataFrame, provenance: dict[str, Any], indicator: Indicator
) -> go.Figure:
    colour = tokens("light")
    unit = {"%": "百分点 points", "h": "小时 h", "min": "分钟 min", "cases": "件 cases"}[indicator.unit]
    chinese, english = find_title(rows.iloc[-1], provenance, indicator)
    title = f"{chinese}<br><sup>{english}</sup>"
    axis = {"gridcolor": colour["line"], "linecolor": colour["line2"], "fixedrange": True}
    figure.update_layout(
        title={"text": title, "x": 0, "xref": "container", "xanchor": "left", "pad": {"l": 24, "t": 4}},
        xaxis=axis | {"title": {"text": f"{indicator.name}的变化 change, {unit}"}, "zeroline": False},
        yaxis=axis | {"showgrid": False, "automargin": True},
        font={"family": colour["font"].replace('"', ""), "size": 13, "color": colour["tx"]},
        barmode="overlay" if provenance["method"] == "oat" else "group",
        bargap=0.35,
        height=TOP + BOTTOM + ROW * len(rows),
        margin={"l": 24, "r": 24, "t": TOP, "b": BOTTOM},
        paper_bgcolor=colour["panel"],
        plot_bgcolor=colour["panel"],
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
    )
    foot = {"xref": "paper", "yref": "paper", "x": 1, "y": 0, "xanchor": "right", "yanchor": "top"}
    small = {"size": 11, "color": colour["tx3"]}
    text = "<br>".join(write_foot(provenance))
    figure.add_annotation(**foot, text=text, showarrow=False, font=small, align="right", yshift=-52)
    return figure


def write_foot(provenance: dict[str, Any]) -> list[str]:
    """What a reader must know beside the bars: window, seed, replications, origin, intervals."""
    facts = provenance
    label = "虚构 fictitious" if facts["label"] == "fictitious" else "真实 real"
    window = f"{facts['start']} + {facts['days']} 天 days（预热 warm-up {facts['warm_up_days']}）"
    runs = f"每组重复 replications {facts['replications']} · 种子 seed {facts['seed']}"
    origin = f"{facts['district']}（{label}，{facts['origin'] or '–'}，{facts['district_hash'][:8]}）"
    level = f"{100 * facts['level']:g} %"
    if facts["method"] == "oat":
        size = facts["family"]["size"]
        interval = (
            f"须线：成对差值，{size} 个区间合计 {level} · whiskers: paired, {level} for all {size} together"
        )
    else:
        design = f"{facts['trajectories']} 条轨迹 trajectories"
        interval = f"须线：{design}，自助法 bootstrap {level}"
    hatch = "斜纹：区间含零，可能是巧合 · hatched: the interval holds zero"
    return [f"{window} · {runs} · {origin}", interval, hatch]
