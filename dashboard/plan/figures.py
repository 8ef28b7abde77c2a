"""Three maps of one indicator: baseline, scenario, difference in its three states (hue, hatch, blank)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import plotly.graph_objects as go
from shapely import MultiLineString, union_all

from dashboard import maps
from dashboard.plan.findings import PlaceValues
from dashboard.plan.numbers import find_factor, find_gap_digits, find_level_digits, write
from dashboard.tokens import scale, tokens
from twin.indicators import Indicator

ON_TIME_CUTS = (0.70, 0.78, 0.86, 0.93)
POINT_CUTS = (0.03, 0.10, 0.20)
HATCHES = 110


def find_cuts(values: PlaceValues, indicator: Indicator) -> list[float]:
    """Four cuts of a level: the stated ones for shares on time, else fifths of the baseline's places."""
    if indicator.id in ("on_time_closure", "handled_in_time", "closure_rate"):
        return list(ON_TIME_CUTS)
    known = values.baseline[np.isfinite(values.baseline)]
    if not len(known):
        return [0.0, 1.0, 2.0, 3.0]
    return [float(v) for v in np.quantile(known, (0.2, 0.4, 0.6, 0.8))]


def find_gain_cuts(values: PlaceValues, indicator: Indicator) -> list[float]:
    """Three cuts of a difference on each side: 3, 10, 20 points for shares, else parts of the largest.

    Shares that move by less than the first cut nearly everywhere have parts of the largest too.
    """
    known = np.abs(values.gain[np.isfinite(values.gain)])
    largest = float(np.quantile(known, 0.95)) if len(known) else 1.0
    if indicator.unit == "%" and not 0 < largest < POINT_CUTS[0]:
        return list(POINT_CUTS)
    unit = 10 ** np.floor(np.log10(max(largest, 1e-6)))
    top = float(np.ceil(largest / unit) * unit)
    return [top * 0.15, top * 0.5, top]


def level_steps(values: np.ndarray, cuts: Sequence[float], better: int) -> np.ndarray:
    """Index into the level scale: pale is good, dark needs attention; UNKNOWN where there is no figure."""
    step = np.digitize(values, cuts)
    step = len(cuts) - step if better > 0 else step
    return np.where(np.isfinite(values), step, maps.UNKNOWN).astype(np.uint8)


def gain_steps(values: PlaceValues, cuts: Sequence[float]) -> np.ndarray:
    """Index into the difference scale (0 much worse ... 6 much better); identical places stay blank."""
    edges = [-cuts[2], -cuts[1], -cuts[0], cuts[0], cuts[1], cuts[2]]
    with np.errstate(invalid="ignore"):
        step = np.digitize(values.gain, edges)
    known = np.isfinite(values.gain) & ~values.identical
    return np.where(known, step, maps.UNKNOWN).astype(np.uint8)


def draw_level(
    values: PlaceValues, which: np.ndarray, cuts: Sequence[float], indicator: Indicator, names: list[str]
) -> go.Figure:
    """A map of one side."""
    steps = level_steps(which, cuts, indicator.better or 1)
    hover = [f"{name} {_text(value, indicator)}" for name, value in zip(names, which, strict=True)]
    return _finish(maps.draw_places("light", "villages", values.codes, steps, scale("light", "level"), hover))


def draw_difference(
    values: PlaceValues,
    cuts: Sequence[float],
    indicator: Indicator,
    names: list[str],
    places: gpd.GeoDataFrame,
) -> go.Figure:
    """A map of the paired difference: hue where it is clear, hatch where the interval holds zero."""
    hover = [
        f"{name} {_text(value, indicator, True)}" for name, value in zip(names, values.gain, strict=True)
    ]
    steps = gain_steps(values, cuts)
    figure = maps.draw_places("light", "villages", values.codes, steps, scale("light", "difference"), hover)
    doubtful = values.unclear & np.isfinite(values.gain)
    lon, lat = hatch(places, doubtful)
    line = {"color": tokens("light")["map-hatch"], "width": 1.3}
    figure.add_trace(go.Scattermap(lon=lon, lat=lat, mode="lines", line=line, opacity=0.6, hoverinfo="skip"))
    return _finish(figure)


def _finish(figure: go.Figure) -> go.Figure:
    figure.data[0].marker.line.color = "#C4CEDA"
    return figure


def _text(value: float, indicator: Indicator, is_gain: bool = False) -> str:
    if not np.isfinite(value):
        return "–"
    shown = value * find_factor(indicator) * ((indicator.better or 1) if is_gain else 1)
    digits = find_gap_digits(indicator, shown, (shown,)) if is_gain else find_level_digits(indicator, shown)
    return ("+" if is_gain and shown > 0 else "") + write(shown, digits)


def hatch(places: gpd.GeoDataFrame, chosen: np.ndarray) -> tuple[list[float | None], list[float | None]]:
    """45-degree lines clipped to the union of the chosen places: longitudes, latitudes, None between."""
    if not chosen.any():
        return [], []
    flat = places.to_crs(3857)
    west, south, east, north = flat.total_bounds
    gap, reach = (east - west + north - south) / HATCHES, north - south
    lines = MultiLineString([[(x, south), (x + reach, north)] for x in np.arange(west - reach, east, gap)])
    clipped = gpd.GeoSeries(
        [lines.intersection(union_all(flat.geometry[chosen].to_numpy()))], crs=3857
    ).to_crs(4326)
    lon: list[float | None] = []
    lat: list[float | None] = []
    for part in clipped.explode(index_parts=False):
        if part.geom_type != "LineString":
            continue
        xs, ys = part.xy
        lon += [*(round(x, 5) for x in xs), None]
        lat += [*(round(y, 5) for y in ys), None]
    return lon, lat


def draw_narrowing(history: Sequence[Sequence[float]], total: int, factor: float) -> go.Figure:
    """Mean and 95 % band against replications, on an axis fixed from the start."""
    colour = tokens("light")
    known = [row for row in history if np.isfinite(row[2]) and np.isfinite(row[3])]
    number = [row[0] for row in known]
    mean, low, high = ([row[k] * factor for row in known] for k in (1, 2, 3))
    figure = go.Figure()
    band = {"fill": "toself", "fillcolor": "rgba(31,100,174,.16)", "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_trace(go.Scatter(x=[*number, *number[::-1]], y=[*high, *low[::-1]], mode="lines", **band))
    figure.add_trace(
        go.Scatter(
            x=number, y=mean, mode="lines", line={"color": colour["pos"], "width": 2}, hoverinfo="skip"
        )
    )
    figure.add_trace(
        go.Scatter(
            x=number[-1:],
            y=mean[-1:],
            mode="markers",
            marker={"color": colour["pos"], "size": 9},
            hoverinfo="skip",
        )
    )
    for end in _foresee(number, low, mean, total), _foresee(number, high, mean, total):
        line = {"color": colour["pos"], "width": 1, "dash": "dot"}
        figure.add_trace(go.Scatter(x=end[0], y=end[1], mode="lines", line=line, hoverinfo="skip"))
    axis = dress_axis(colour, 11, "tx3") | {"showticklabels": bool(known)}
    whole = {"tick0": 0, "dtick": max(1, total // 5)}
    figure.update_layout(
        xaxis=axis | whole | {"range": [1, max(total, 2)], "showgrid": False, "zeroline": False},
        yaxis=axis | {"nticks": 5, "showgrid": bool(known), "zeroline": False},
        margin={"l": 40, "r": 8, "t": 6, "b": 22},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        uirevision="kept",
    )
    return figure


def foresee_half(history: Sequence[Sequence[float]], total: int) -> float:
    """The half-width at the last replication if the spread stays; NaN where it is unknown or reached."""
    known = [row for row in history if np.isfinite(row[2]) and np.isfinite(row[3])]
    if not known or known[-1][0] >= total:
        return float("nan")
    number, _, low, high = known[-1]
    return (high - low) / 2 * math.sqrt(number / total)


def _foresee(
    number: Sequence[float], bound: Sequence[float], mean: Sequence[float], total: int
) -> tuple[list[float], list[float]]:
    """A bound up to the last replication if the spread stays: half widths go with 1 / root of pairs."""
    if not number or number[-1] >= total:
        return [], []
    steps = np.linspace(number[-1], total, 9)
    half = (bound[-1] - mean[-1]) * np.sqrt(number[-1] / steps)
    return [float(x) for x in steps], [float(y) for y in mean[-1] + half]


def dress_axis(colour: Mapping[str, str], size: int, text: str) -> dict[str, Any]:
    """An axis with a line at zero, its words of a size and in a colour of the tokens; it is not dragged."""
    return {
        "gridcolor": colour["line"],
        "zeroline": True,
        "zerolinecolor": colour["ctrl"],
        "tickfont": {"size": size, "color": colour[text], "family": colour["font"].replace('"', "")},
        "fixedrange": True,
    }
