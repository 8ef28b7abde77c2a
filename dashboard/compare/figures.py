"""Figures of a comparison: hours that move, waits, how even places are."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard import maps
from dashboard.formats import NONE, count, is_missing
from dashboard.i18n import t
from dashboard.plan.sides import Sides
from dashboard.tokens import tokens
from simulation.studies.details import name_hours, name_wait
from simulation.studies.moves import share_moves
from simulation.studies.rules import read_comparison
from twin.hours import TIERS

CONFIG = maps.CONFIG | {"scrollZoom": False}
NAMED = [tier for tier in TIERS if tier]
MATTERS = 3
HOUR, DAY = 60, 1440


def read_hours(sides: Sides, name: str) -> np.ndarray:
    """Hours of staff of a side: matters x NAMED tiers."""
    rows = sides.levels[(sides.levels["scenario"] == name) & (sides.levels["scope_kind"] == "matter")]
    wide = rows.pivot(index="scope", columns="indicator", values="mean").sort_index()
    wanted = [name_hours("staff", tier) for tier in NAMED]
    return wide.reindex(columns=wanted).fillna(0.0).to_numpy(float)


def tell_gap(sides: Sides, indicator: str) -> str:
    """A difference of hours in the district with its interval: −280, −310 ~ −250."""
    rows = sides.gaps[(sides.gaps["scope_kind"] == "district") & (sides.gaps["indicator"] == indicator)]
    if rows.empty or is_missing(float(rows["low"].iloc[0])):
        return NONE
    mean, low, high = (float(rows[name].iloc[0]) for name in ("mean", "low", "high"))
    sign = "+" if round(mean) > 0 else ""
    return f"{sign}{count(mean)}（{count(low)} ~ {count(high)}）"


def draw_flow(sides: Sides, lang: str) -> go.Figure:
    """Hours of staff by tier before, and where they are after; blue moved, green saved, orange on top."""
    before, after = read_hours(sides, sides.against), read_hours(sides, sides.scenario)
    shares = share_moves(before, after)
    names = [t(f"compare.tier_{tier}", lang) for tier in NAMED]
    left = [f"{name} {count(v)}" for name, v in zip(names, before.sum(axis=0), strict=True)]
    right = [
        f"{name} {count(v)}<br>{tell_gap(sides, name_hours('staff', tier))}"
        for name, v, tier in zip(names, after.sum(axis=0), NAMED, strict=True)
    ]
    size, colour = len(NAMED), tokens("light")
    saved, added = shares[:size, size].sum(), shares[size].sum()
    ends = [t("compare.added", lang, hours=count(added)), t("compare.saved", lang, hours=count(saved))]
    links = [
        (i, j, shares[i, j])
        for i in range(size + 1)
        for j in range(size + 1)
        if shares[i, j] > 0.5 and (i, j) != (size, size)
    ]
    shades = [_shade(i, j, size) for i, j, _ in links]
    used = [added > 0.5, saved > 0.5]
    nodes = [*left, ends[0] if used[0] else "", *right, ends[1] if used[1] else ""]
    marks = [colour["tx2"]] * size + [colour["neg"]] + [colour["tx2"]] * size + [colour["g"]]
    return _draw_sankey(nodes, marks, [(i, size + 1 + j, v) for i, j, v in links], shades)


def _shade(one: int, two: int, size: int) -> str:
    if two == size:
        return "rgba(16,112,74,.45)"
    if one == size:
        return "rgba(180,84,10,.45)"
    return "rgba(162,175,190,.38)" if one == two else "rgba(31,100,174,.62)"


def draw_matters(sides: Sides, names: dict[str, str], lang: str) -> go.Figure:
    """Hours of staff of the scenario by matter and tier; the matters that moved most, the others together."""
    before, after = read_hours(sides, sides.against), read_hours(sides, sides.scenario)
    codes = sorted(names)
    order = np.argsort(-np.abs(after - before).sum(axis=1), kind="stable")
    first, rest = order[:MATTERS], order[MATTERS:]
    left = [f"{names[codes[row]]} {count(after[row].sum())}" for row in first]
    left.append(f"{t('compare.other_matters', lang, count=len(rest))} {count(after[rest].sum())}")
    table = np.vstack([after[first], after[rest].sum(axis=0)])
    gaps = np.vstack([(after - before)[first], (after - before)[rest].sum(axis=0)])
    right = [
        f"{t(f'compare.tier_{k}', lang)} {count(v)}" for k, v in zip(NAMED, after.sum(axis=0), strict=True)
    ]
    links = [
        (i, len(left) + j, table[i, j])
        for i in range(len(left))
        for j in range(len(NAMED))
        if table[i, j] > 0.5
    ]
    changed = np.abs(gaps) > 0.02 * np.maximum(table, 1.0)
    shades = [
        ("rgba(31,100,174,.55)" if gaps[i, j - len(left)] > 0 else "rgba(86,101,122,.55)")
        if changed[i, j - len(left)]
        else "rgba(162,175,190,.38)"
        for i, j, _ in links
    ]
    return _draw_sankey([*left, *right], [tokens("light")["tx2"]] * (len(left) + len(right)), links, shades)


def _draw_sankey(
    nodes: list[str], marks: list[str], links: list[tuple[int, int, float]], shades: list[str]
) -> go.Figure:
    used = sorted({n for one, two, _ in links for n in (one, two)})
    place = {number: k for k, number in enumerate(used)}
    flow = go.Sankey(
        arrangement="fixed",
        node={
            "label": [nodes[n] for n in used], "color": [marks[n] for n in used],
            "pad": 22, "thickness": 8, "line": {"width": 0}, "hovertemplate": "%{label}<extra></extra>",
        },
        link={
            "source": [place[one] for one, _, _ in links], "target": [place[two] for _, two, _ in links],
            "value": [round(v, 1) for _, _, v in links], "color": shades,
            "hovertemplate": "%{source.label} → %{target.label}<br>%{value:,.0f} h<extra></extra>",
        },
    )  # fmt: skip
    figure = go.Figure(flow)
    return _finish(figure, {"l": 4, "r": 4, "t": 8, "b": 8})


def draw_waits(sides: Sides, titles: dict[str, str], lang: str) -> go.Figure:
    """The share of cases that waited so long at most, on both sides, each with its band."""
    edges = read_comparison().wait_edges
    x = [tell_edge(edge, lang) for edge in edges]
    colour = tokens("light")
    figure = go.Figure()
    for name, shade, band in (
        (sides.against, colour["k"], "rgba(86,101,122,.18)"),
        (sides.scenario, colour["pos"], "rgba(31,100,174,.18)"),
    ):
        mean, low, high = (100 * column for column in read_waits(sides.levels, name))
        around = {"x": [*x, *x[::-1]], "y": [*high, *low[::-1]], "fill": "toself", "fillcolor": band}
        figure.add_trace(
            go.Scatter(**around, mode="lines", line={"width": 0}, hoverinfo="skip", showlegend=False)
        )
        line = {"color": shade, "width": 2, "shape": "linear"}
        hover = "%{x}<br>%{y:.1f} %<extra>" + titles[name] + "</extra>"
        figure.add_trace(
            go.Scatter(
                x=x,
                y=mean,
                mode="lines+markers",
                line=line,
                marker={"size": 4},
                name=titles[name],
                hovertemplate=hover,
            )
        )
    axis = _axis() | {"fixedrange": True}
    figure.update_layout(
        xaxis=axis | {"type": "category", "showgrid": False, "tickangle": -45},
        yaxis=axis | {"range": [0, 101], "ticksuffix": " %"},
        showlegend=True,
        legend={"orientation": "h", "y": 1.12, "x": 0, "font": _font()},
    )
    return _finish(figure, {"l": 46, "r": 8, "t": 26, "b": 54})


def read_waits(levels: pd.DataFrame, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and interval of the district's share at each edge."""
    rows = levels[(levels["scenario"] == name) & (levels["scope_kind"] == "district")].set_index("indicator")
    wanted = rows.reindex([name_wait(edge) for edge in read_comparison().wait_edges])
    mean, low, high = (wanted[column].to_numpy(float) for column in ("mean", "low", "high"))
    return mean, np.where(np.isfinite(low), low, mean), np.where(np.isfinite(high), high, mean)


def tell_edge(edge: float, lang: str) -> str:
    """Minutes as people say them: 15 分, 2 时, 3 天."""
    if edge >= DAY and edge % DAY == 0:
        return t("compare.edge_days", lang, n=f"{edge / DAY:g}")
    if edge >= HOUR and edge % HOUR == 0:
        return t("compare.edge_hours", lang, n=f"{edge / HOUR:g}")
    return t("compare.edge_minutes", lang, n=f"{edge:g}")


def draw_strip(
    places: Sequence[str], before: np.ndarray, after: np.ndarray, titles: Sequence[str], factor: float
) -> go.Figure:
    """Every place as a dot, one row a side; dots of about the same value stand on each other."""
    colour = tokens("light")
    figure = go.Figure()
    known = np.concatenate([before, after]) * factor
    known = known[np.isfinite(known)]
    step = (known.max() - known.min()) / 42 if len(known) and known.max() > known.min() else 1.0
    for row, (values, shade) in enumerate(((before, colour["k"]), (after, colour["pos"]))):
        shown = values * factor
        heights = _stack(shown, step)
        figure.add_trace(
            go.Scatter(
                x=shown,
                y=1.25 * (1 - row) + 0.13 * heights,
                mode="markers",
                text=list(places),
                name=titles[row],
                marker={"size": 9, "color": shade, "line": {"width": 1, "color": colour["panel"]}},
                hovertemplate="%{text} %{x:.1f}<extra>" + titles[row] + "</extra>",
            )
        )
    axis = _axis() | {"fixedrange": True}
    figure.update_layout(
        xaxis=axis | {"zeroline": False},
        yaxis=axis
        | {
            "range": [-0.2, 2.5],
            "tickvals": [1.25, 0],
            "ticktext": list(titles),
            "showgrid": False,
            "zeroline": False,
        },
    )
    return _finish(figure, {"l": 62, "r": 8, "t": 4, "b": 22})


def _stack(values: np.ndarray, step: float) -> np.ndarray:
    """How many dots of the same step stand below each."""
    bins = np.where(np.isfinite(values), np.round(values / step), np.nan)
    heights = np.zeros(len(values))
    for value in np.unique(bins[np.isfinite(bins)]):
        mine = np.flatnonzero(bins == value)
        heights[mine] = np.arange(len(mine))
    return np.minimum(heights, 8)


def _font() -> dict[str, Any]:
    colour = tokens("light")
    return {"size": 11, "color": colour["tx2"], "family": colour["font"].replace('"', "")}


def _axis() -> dict[str, Any]:
    colour = tokens("light")
    return {"gridcolor": colour["line"], "zerolinecolor": colour["ctrl"], "tickfont": _font()}


def _finish(figure: go.Figure, margin: dict[str, int]) -> go.Figure:
    figure.update_layout(
        margin=margin,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font=_font(),
        uirevision="kept",
        hoverlabel={"font": _font()},
    )
    if "showlegend" not in figure.layout.to_plotly_json():
        figure.update_layout(showlegend=False)
    return figure
