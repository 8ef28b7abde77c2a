"""The district's townships by on-time closure, and the one that is chosen."""

import json
import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
import shapely

from dashboard import maps
from dashboard.cause.standing import Standing
from dashboard.formats import share
from dashboard.plan.figures import ON_TIME_CUTS, level_steps
from dashboard.tokens import scale, tokens
from dashboard.wall_names import Names
from twin.district import District

MAP = "cause-map"


def list_towns(district: District) -> list[str]:
    """Codes of the townships."""
    areas = district.areas
    return [str(code) for code in areas.loc[areas["tier"] == "township", "code"]]


def find_cuts(stand: Standing | None) -> list[float]:
    """Four cuts in whole points that share out the townships' range evenly: they lie close to each other."""
    known = [] if stand is None else [100 * rate for rate in stand.townships["rate"]]
    if not known:
        return list(ON_TIME_CUTS)
    low, high = math.floor(min(known)), math.ceil(max(known))
    step = max(math.ceil((high - low) / 5), 1)
    return [(low + step * number) / 100 for number in range(1, 5)]


def grade(district: District, stand: Standing | None) -> np.ndarray:
    """Each township's step on the level scale, dark is low; blank where nothing is known."""
    rates = {} if stand is None else dict(zip(stand.townships["scope"], stand.townships["rate"], strict=True))
    known = np.array([rates.get(code, np.nan) for code in list_towns(district)])
    return level_steps(known, find_cuts(stand), 1)


def draw_map(district: District, stand: Standing | None, code: Any, lang: str) -> go.Figure:
    """Townships in their shade, the chosen one outlined; a click tells its code."""
    codes, steps, names = list_towns(district), grade(district, stand), Names(district, lang)
    hover = [f"{names.places.get(code, code)} {_tell(stand, code)}".strip() for code in codes]
    figure = maps.draw_places("light", "townships", codes, steps, scale("light", "level"), hover)
    if code in codes:
        colour = tokens("light")
        figure.add_traces(
            [_ring(district, code, w, s) for w, s in ((6, colour["panel"]), (3, colour["acc"]))]
        )
    figure.update_layout(clickmode="event")
    return figure


def list_labels(district: District, stand: Standing | None, code: Any, lang: str) -> str:
    """Names on the map as JSON, the chosen one first (it is never left out), then those of the list."""
    rows = {row["code"]: row for row in maps.list_labels(district, lang)}
    first = [code, *([] if stand is None else stand.pick_shown(code)["scope"])]
    named = [rows[name] for name in dict.fromkeys(first) if name in rows]
    return json.dumps(named, ensure_ascii=False)


def list_steps(district: District, stand: Standing | None) -> str:
    """Code -> step as JSON, for the plain map of machines without WebGL."""
    steps = zip(list_towns(district), grade(district, stand), strict=True)
    return json.dumps({code: int(step) for code, step in steps if step != maps.UNKNOWN})


def _tell(stand: Standing | None, code: str) -> str:
    row = None if stand is None else stand.find(code)
    return "" if row is None else f"{share(row['rate'])} %"


def _ring(district: District, code: Any, width: float, colour: str) -> go.Scattermap:
    shape = district.areas[district.areas["code"] == code].to_crs(4326).geometry.iloc[0]
    lon: list[float | None] = []
    lat: list[float | None] = []
    for line in shapely.get_parts(shapely.boundary(shape)):
        points = shapely.get_coordinates(line).round(5)
        lon, lat = [*lon, *points[:, 0].tolist(), None], [*lat, *points[:, 1].tolist(), None]
    return go.Scattermap(
        lon=lon, lat=lat, mode="lines", hoverinfo="skip", line={"width": width, "color": colour}
    )
