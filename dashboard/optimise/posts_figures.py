"""The plan on a map, and the curve of benefit against posts."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from dash import html

from dashboard import maps
from dashboard.formats import signed
from dashboard.i18n import t
from dashboard.plan.figures import dress_axis
from dashboard.tokens import scale, tokens
from dashboard.wall_names import Names
from twin.district import District

CUTS = (1, 3, 6)


def sum_townships(district: District, teams: pd.DataFrame) -> dict[str, int]:
    """Posts that each township gains or loses by its units and those of its villages."""
    areas = district.areas.set_index("code")
    place = dict(zip(district.units["code"], district.units["area"], strict=True))
    found: dict[str, int] = {}
    for unit, change in zip(teams["unit"], teams["change"], strict=True):
        area = str(place[unit])
        if areas.at[area, "tier"] == "village":
            area = str(areas.at[area, "parent"])
        if areas.at[area, "tier"] == "township":
            found[area] = found.get(area, 0) + int(change)
    return {area: change for area, change in found.items() if change}


def draw_map(district: District, teams: pd.DataFrame, lang: str) -> html.Div:
    """Townships by the posts that they gain or lose, each figure beside the name."""
    changes, names = sum_townships(district, teams), Names(district, lang)
    areas = district.areas
    codes = areas.loc[areas["tier"] == "township", "code"].astype(str).tolist()
    steps = np.array([_find_step(changes.get(code, 0)) for code in codes], dtype=np.uint8)
    hover = [f"{names.township(code)} {signed(changes.get(code, 0))}" for code in codes]
    figure = maps.draw_places("light", "townships", codes, steps, scale("light", "difference"), hover)
    holder = maps.hold_map(figure, "optimise-map", district, lang)
    labels = maps.list_labels(district, lang)
    for label in labels:
        change = changes.get(label["code"], 0)
        label["name"] += f" {signed(change)}" if change else ""
    setattr(holder, "data-labels", json.dumps(labels, ensure_ascii=False))
    return holder


def _find_step(change: int) -> int:
    """A place in the difference scale; blank where nothing changes."""
    if not change:
        return maps.UNKNOWN
    size = int(np.digitize(abs(change), CUTS))
    return 3 + int(math.copysign(size, change))


def draw_curve(curve: pd.DataFrame, lang: str) -> go.Figure:
    """What is expected of every number of posts, and what fresh draws gave, with 95 % intervals."""
    colour = tokens("light")
    figure = go.Figure()
    figure.add_trace(_line(curve, "predicted", colour["tx3"], "dot", t("optimise.line_predicted", lang)))
    figure.add_trace(_line(curve, "expected", colour["tx2"], "dash", t("optimise.line_expected", lang)))
    known = curve[curve["mean"].notna()]
    if len(known):
        figure.add_trace(
            go.Scatter(
                x=known["posts"],
                y=known["mean"],
                mode="lines+markers",
                name=t("optimise.line_simulated", lang),
                line={"color": colour["pos"], "width": 2},
                marker={"size": 8},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": (known["high"] - known["mean"]).tolist(),
                    "arrayminus": (known["mean"] - known["low"]).tolist(),
                    "color": colour["pos"],
                    "thickness": 1.5,
                },
                hovertemplate="%{x}: %{y:+.2f}<extra></extra>",
            )
        )
    figure.update_layout(**_dress(colour, int(curve["posts"].max()), lang))
    return figure


def _line(curve: pd.DataFrame, column: str, shade: str, dash: str, name: str) -> go.Scatter:
    return go.Scatter(
        x=[0, *curve["posts"]],
        y=[0.0, *curve[column]],
        mode="lines",
        name=name,
        line={"color": shade, "width": 1.5, "dash": dash},
        hovertemplate="%{x}: %{y:+.2f}<extra></extra>",
    )


def _dress(colour: Any, most: int, lang: str) -> dict[str, Any]:
    axis = dress_axis(colour, 12, "tx2")
    font = axis["tickfont"]
    return {
        "xaxis": axis
        | {"range": [0, most * 1.02 + 0.2], "title": {"text": t("optimise.axis_posts", lang), "font": font}},
        "yaxis": axis | {"title": {"text": t("optimise.axis_points", lang), "font": font}, "nticks": 6},
        "margin": {"l": 52, "r": 10, "t": 8, "b": 42},
        "legend": {"orientation": "h", "y": 1.12, "x": 0, "font": font},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "uirevision": "kept",
    }
