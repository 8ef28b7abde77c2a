"""Load and cover by hour of the week as step lines; what waits as two strips of a week."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.i18n import t
from dashboard.tokens import scale, tokens

ALL = "all"
DAYS = 7
SERIES = ("load_wall", "load_work", "cover_before", "cover_after", "waiting_before", "waiting_after")


def sum_hours(hours: pd.DataFrame, unit: Any) -> pd.DataFrame:
    """The week of one unit, or of all of them together."""
    one = isinstance(unit, str) and unit != ALL
    mine = hours[hours["unit"] == unit] if one else hours
    return mine.groupby("hour", as_index=False)[list(SERIES)].sum()


def draw_week(hours: pd.DataFrame, lang: str) -> go.Figure:
    """Post-hours that come up, and that posts give before and after."""
    colour, figure = tokens("light"), go.Figure()
    load = hours["load_wall"] + hours["load_work"]
    lines = (
        ("load", load, colour["level-3"], "solid", "tozeroy"),
        ("cover_before", hours["cover_before"], colour["tx2"], "dot", None),
        ("cover_after", hours["cover_after"], colour["acc"], "solid", None),
    )
    for name, values, shade, dash, fill in lines:
        figure.add_trace(
            go.Scatter(
                x=hours["hour"], y=values, mode="lines", name=t(f"shifts.line_{name}", lang), fill=fill,
                fillcolor=colour["level-1"], line={"color": shade, "width": 1.8, "dash": dash, "shape": "hv"},
                hovertemplate="%{y:.2f}<extra>%{fullData.name}</extra>",
            )
        )  # fmt: skip
    figure.update_layout(**_dress(lang), hovermode="x unified")
    figure.update_yaxes(title={"text": t("shifts.axis", lang)}, rangemode="tozero", nticks=5)
    return figure


def draw_strip(hours: pd.DataFrame, lang: str) -> go.Figure:
    """What waits at each hour's end, before over after, in one scale."""
    rows = np.array([hours["waiting_after"], hours["waiting_before"]])
    shades = scale("light", "level")
    steps = [[n / (len(shades) - 1), shade] for n, shade in enumerate(shades)]
    names = [t("shifts.after", lang), t("shifts.before", lang)]
    bar = {"thickness": 10, "outlinewidth": 0, "tickfont": {"color": tokens("light")["tx2"], "size": 12}}
    figure = go.Figure(
        go.Heatmap(
            z=rows, x=hours["hour"], y=names, colorscale=steps, zmin=0, zmax=max(float(rows.max()), 1e-9),
            xgap=0.4, ygap=4, hovertemplate="%{y}: %{z:.2f}<extra></extra>",
            colorbar=bar,
        )
    )  # fmt: skip
    figure.update_layout(**_dress(lang))
    figure.update_yaxes(showgrid=False)
    return figure


def _dress(lang: str) -> dict[str, Any]:
    colour = tokens("light")
    font = {"size": 12, "color": colour["tx2"], "family": colour["font"].replace('"', "")}
    axis = {"gridcolor": colour["line"], "tickfont": font, "fixedrange": True, "zeroline": False}
    days = {
        "tickvals": [24 * day for day in range(DAYS)],
        "ticktext": [t(f"shifts.day_{day}", lang) for day in range(DAYS)],
        "ticklabelposition": "outside right",
        "range": [0, 24 * DAYS],
    }
    return {
        "xaxis": axis | days,
        "yaxis": axis,
        "font": font,
        "margin": {"l": 56, "r": 10, "t": 8, "b": 26},
        "legend": {"orientation": "h", "y": 1.14, "x": 0, "font": font},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
