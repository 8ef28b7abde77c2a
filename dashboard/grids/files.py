"""What the page of grids says and hands over: its finding, the state of changes by hand, files, a title."""

import json
from typing import Any

import pandas as pd
import shapely

from dashboard import formats
from dashboard.downloads import mark_table, name_file, write_csv
from dashboard.grids import drawn as drawing
from dashboard.grids.drawn import Drawn, list_edits, name_grid
from dashboard.i18n import t
from dashboard.services import Services
from dashboard.wall import Names
from twin.district import District
from twin.gridding.cells import SNAP_M
from twin.gridding.graph import Labels


def name_finding(drawn: Drawn, labels: Labels, lang: str) -> str:
    """The page's title: how far the loads were off, and are."""
    before = drawn.ground.summarise(drawn.ground.before)["max_deviation"]
    after = drawn.ground.summarise(drawn.ground.measure(labels))
    key = "grids.title" if after["max_deviation"] < before else "grids.title_up"
    off = formats.share(after["max_deviation"])
    return t(key, lang, grids=after["grids"], before=formats.share(before), after=off)


def act(drawn: Drawn, kept: Any, trigger: Any, clicked: Any) -> dict[str, Any] | None:
    """What the browser keeps after a click on the map, undo or reset; None where nothing was meant."""
    edits = [list(pair) for pair in list_edits(kept)]
    if trigger == "grids-undo":
        return {"job": drawn.job_id, "edits": edits[:-1]}
    if trigger == "grids-reset":
        return {"job": drawn.job_id, "edits": []}
    points = clicked.get("points") if isinstance(clicked, dict) else None
    place = (
        points[0].get("location")
        if isinstance(points, list) and points and isinstance(points[0], dict)
        else None
    )
    return drawing.click(drawn, kept, int(place)) if isinstance(place, str) and place.isdecimal() else None


def tell_state(drawn: Drawn, labels: Labels, kept: Any, lang: str, names: Names) -> str:
    """What was picked, moved or refused, and how much was changed by hand."""
    picked, why = kept.get("picked"), kept.get("why")
    count = t("grids.edits", lang, count=len(list_edits(kept)))
    if isinstance(why, str) and why in ("same", "village", "apart", "last", "breaks"):
        return f"{t(f'grids.no_{why}', lang)} · {count}"
    for key, cell in (("picked", picked), ("moved", kept.get("moved"))):
        if type(cell) is int and 0 <= cell < len(labels):
            village, number = name_grid(drawn, labels, int(labels[cell]))
            words = {"cell": cell + 1, "grid": f"{names.places.get(village, village)} {number}"}
            words["load"] = f"{drawn.ground.graph.weights[cell]:,.2f}"
            return f"{t(f'grids.{key}', lang, **words)} · {count}"
    return count


def name_scenario(drawn: Drawn, labels: Labels, district: District, lang: str, names: Names) -> str:
    """A title: the township, and how many grids."""
    areas = district.areas.set_index("code")
    town = str(areas.loc[drawn.ground.villages[0], "parent"])
    return t("grids.unnamed", lang, town=names.places.get(town, town), grids=int(labels.max()) + 1)


def write_file(services: Services, drawn: Drawn, labels: Labels, kind: str) -> dict[str, Any]:
    """The grids as CSV (their figures) or as GeoJSON (with their borders), for dcc.Download."""
    table = drawn.ground.measure(labels)
    number = table.groupby("home").cumcount() + 1
    code = table["village"] + number.map("{:03d}".format)
    table, name = table.drop(columns="home").assign(code=code), name_file(services, "grids")
    if kind == "csv":
        content = write_csv(services, table).decode()
        return {"content": content, "filename": f"{name}.csv", "type": "text/csv"}
    content = _write_geojson(drawn, labels, mark_table(services, table))
    return {"content": content, "filename": f"{name}.geojson", "type": "application/geo+json"}


def _write_geojson(drawn: Drawn, labels: Labels, table: pd.DataFrame) -> str:
    shapes = drawn.ground.cells.geometry.to_numpy()
    merged = [shapely.union_all(shapes[labels == n], grid_size=SNAP_M) for n in range(len(table))]
    layer = drawn.ground.cells.iloc[:0].geometry
    plain = type(layer)(merged, crs=layer.crs).to_crs(4326)
    features = [
        {
            "type": "Feature",
            "properties": json.loads(row.to_json()),
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for (_, row), shape in zip(table.iterrows(), plain, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
