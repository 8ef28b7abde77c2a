"""The border of one grid, in degrees, for the map to draw around a case."""

from functools import lru_cache

from twin.district import District

DIGITS = 5
Ring = list[list[float]]


class _Same:
    """A district as a key of a cache."""

    def __init__(self, district: District) -> None:
        self.district = district

    def __hash__(self) -> int:
        return id(self.district)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.district is other.district


def outline_grid(district: District, code: str) -> list[Ring]:
    """The outer rings of a grid as lists of (longitude, latitude); empty where there is no such grid."""
    return _draw(_Same(district)).get(code, [])


@lru_cache(maxsize=2)
def _draw(same: _Same) -> dict[str, list[Ring]]:
    plain = same.district.grids[["code", "geometry"]].to_crs(4326)
    return {str(code): _list_rings(shape) for code, shape in zip(plain["code"], plain.geometry, strict=True)}


def _list_rings(shape: object) -> list[Ring]:
    parts = getattr(shape, "geoms", [shape])
    return [[[round(x, DIGITS), round(y, DIGITS)] for x, y in part.exterior.coords] for part in parts]
