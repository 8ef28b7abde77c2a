"""The district as map sources: GeoJSON by URL (cacheable, behind the guard) and local map styles."""

import gzip
import hashlib
import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd
from flask import Flask, Response

from dashboard.guard import Guard
from dashboard.packed import send_packed
from dashboard.services import Services
from dashboard.tokens import tokens
from hub.roles import READERS
from twin.district import District

DIGITS = 5
EMPTY = {"type": "FeatureCollection", "features": []}


class MapSources:
    """GeoJSON texts of one district, each made once."""

    def __init__(self, district: District, folder: Any) -> None:
        self.district, self.folder = district, folder

    @cached_property
    def grids(self) -> bytes:
        """Every grid; `id` is its code, `up` its village."""
        return _collect(self.district.grids, "village")

    @cached_property
    def villages(self) -> bytes:
        """Every village and community; `up` is its township."""
        return _collect(self._tier("village"), "parent")

    @cached_property
    def townships(self) -> bytes:
        """Every township and street."""
        return _collect(self._tier("township"))

    @cached_property
    def units(self) -> bytes:
        """Where every unit sits, as points."""
        return _collect(self.district.units)

    @cached_property
    def outline(self) -> bytes:
        """The district's border."""
        return _collect(self._tier("district"))

    @cached_property
    def roads(self) -> bytes:
        """Roads, all classes."""
        roads = self.district.roads
        return _collect(roads.assign(code=roads["road_id"], name=roads["class"]))

    @cached_property
    def water(self) -> bytes:
        """Rivers, where the folder has water.geojson."""
        return self._water("LineString", "MultiLineString")

    @cached_property
    def lakes(self) -> bytes:
        """Lakes of the same file, as areas."""
        return self._water("Polygon", "MultiPolygon")

    def _water(self, *kinds: str) -> bytes:
        path = self.folder / "water.geojson"
        if not path.is_file():
            return json.dumps(EMPTY).encode()
        water = gpd.read_file(path)
        water = water[water.geom_type.isin(kinds)]
        return _collect(water.assign(code=water.index.astype(str), name=""))

    def _tier(self, tier: str) -> gpd.GeoDataFrame:
        areas = self.district.areas
        return areas[areas["tier"] == tier]


def _collect(layer: gpd.GeoDataFrame, parent: str = "") -> bytes:
    plain = layer.to_crs(4326) if layer.crs is not None else layer
    above = plain[parent] if parent else [""] * len(plain)
    features = []
    for code, name, up, shape in zip(plain["code"], plain["name"], above, plain.geometry, strict=True):
        geometry = _shorten(shape.__geo_interface__)
        props = {"code": str(code), "name": "" if pd.isna(name) else str(name)}
        props |= {"up": str(up)} if parent else {}
        features.append({"type": "Feature", "id": str(code), "properties": props, "geometry": geometry})
    text = json.dumps(EMPTY | {"features": features}, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def _shorten(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, list | tuple):
        return [_shorten(item) for item in value]
    if isinstance(value, dict):
        return {key: _shorten(item) for key, item in value.items()}
    return value


def build_style(theme: str) -> bytes:
    """A map style with a ground and nothing else: no tiles, no glyphs, no request."""
    ground = tokens(theme)["map-ground"]
    layer = {"id": "ground", "type": "background", "paint": {"background-color": ground}}
    return json.dumps({"version": 8, "name": theme, "sources": {}, "layers": [layer]}).encode()


def add_geo(server: Flask, guard: Guard, services: Services) -> None:
    """Routes /geo/<layer>.json and /geo/style-<theme>.json."""
    sources = MapSources(services.district, services.folder)
    makers: dict[str, Callable[[], bytes]] = {
        name: lambda name=name: getattr(sources, name)  # type: ignore[misc]
        for name in ("grids", "villages", "townships", "units", "outline", "roads", "water", "lakes")
    }
    makers |= {f"style-{theme}": lambda theme=theme: build_style(theme) for theme in ("dark", "light")}  # type: ignore[misc]
    kept: dict[str, tuple[bytes, str]] = {}

    @server.get("/geo/<name>.json", endpoint="geo")
    def geo(name: str) -> Response:
        if name not in makers:
            return Response(json.dumps({"error": "no such layer"}), 404, mimetype="application/json")
        if name not in kept:
            body = makers[name]()
            kept[name] = gzip.compress(body, 6, mtime=0), hashlib.sha256(body).hexdigest()[:24]
        return send_packed(*kept[name], "private, no-cache")

    guard.open_route("geo", READERS)
