"""Cutting ground into compact pieces of equal weight, each in one part: recursive bisection."""

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

ANGLES = 12
HALVINGS = 32
SLIVER = 1e-6


def cut_polygon(shapes: np.ndarray, weights: np.ndarray, count: int) -> list[BaseGeometry]:
    """So many pieces of the union of some polygons, which carry weights spread evenly over each.

    Coordinates in metres. Ground that lies in several parts gets at least a piece a part; where there are
    more parts than pieces, as many pieces as parts come back.
    """
    ground = _Ground(shapes, weights)
    parts = _list_parts(unary_union(list(shapes)))
    if len(parts) >= count:
        return parts
    numbers = [1] * len(parts)
    loads = [ground.weigh(part) for part in parts]
    for _ in range(count - len(parts)):
        numbers[int(np.argmax([load / number for load, number in zip(loads, numbers, strict=True)]))] += 1
    return [piece for part, number in zip(parts, numbers, strict=True) for piece in ground.cut(part, number)]


class _Ground:
    """Polygons with weights; where nothing weighs anything, the area does."""

    def __init__(self, shapes: np.ndarray, weights: np.ndarray) -> None:
        areas = shapely.area(shapes)
        total = float(weights.sum())
        self.shapes = shapes
        self.density = weights / areas if total > 0 else np.ones(len(shapes)) / areas.sum()

    def weigh(self, piece: BaseGeometry) -> float:
        """The weight that lies in a piece."""
        return float(self.density @ shapely.area(shapely.intersection(self.shapes, piece)))

    def cut(self, piece: BaseGeometry, count: int) -> list[BaseGeometry]:
        """A piece in so many: bisected by the shortest of some straight cuts that leave both sides whole."""
        if count == 1:
            return [piece]
        first = count // 2
        halves = [self._bisect(piece, angle, first / count) for angle in np.arange(ANGLES) * 180 / ANGLES]
        left, right = min(halves, key=lambda pair: self._judge(pair, first / count))
        return [*self.cut(left, first), *self.cut(right, count - first)]

    def _judge(self, pair: tuple[BaseGeometry, BaseGeometry], share: float) -> tuple[float, float]:
        """Length of the cut (half the boundary that the halves add), worse by how far the shares are off."""
        left, right = pair
        weight = self.weigh(left)
        off = abs(weight / max(weight + self.weigh(right), 1e-12) - share) / share
        return (round(off, 2), left.length + right.length)

    def _bisect(self, piece: BaseGeometry, angle: float, share: float) -> tuple[BaseGeometry, BaseGeometry]:
        """Both sides of a line at an angle (degrees) with this share of the weight left of it."""
        centre = piece.centroid
        turned = affinity.rotate(piece, -angle, origin=centre)
        low, _, high, _ = turned.bounds
        goal, total = share * self.weigh(piece), None
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            side = affinity.rotate(_left_of(turned, middle), angle, origin=centre)
            total = self.weigh(side)
            low, high = (middle, high) if total < goal else (low, middle)
        window = affinity.rotate(_window_left(turned, (low + high) / 2), angle, origin=centre)
        return _mend(shapely.intersection(piece, window), shapely.difference(piece, window))


def _window_left(turned: BaseGeometry, x: float) -> BaseGeometry:
    low, bottom, _, top = turned.bounds
    return shapely.box(low - 1, bottom - 1, x, top + 1)


def _left_of(turned: BaseGeometry, x: float) -> BaseGeometry:
    return shapely.intersection(turned, _window_left(turned, x))


def _mend(left: BaseGeometry, right: BaseGeometry) -> tuple[BaseGeometry, BaseGeometry]:
    """Both sides in one part each: the stray parts of one go to the other, as long as that helps."""
    for _ in range(4):
        left, stray = _keep_largest(left)
        right = unary_union([right, *stray])
        right, stray = _keep_largest(right)
        if not stray:
            break
        left = unary_union([left, *stray])
    return left, right


def _keep_largest(shape: BaseGeometry) -> tuple[BaseGeometry, list[BaseGeometry]]:
    parts = sorted(_list_polygons(shape), key=lambda part: -part.area)
    return (parts[0], parts[1:]) if parts else (shape, [])


def _list_polygons(shape: BaseGeometry) -> list[BaseGeometry]:
    parts = shapely.get_parts(shape)
    return [part for part in parts if part.geom_type == "Polygon" and part.area > 0]


def _list_parts(shape: BaseGeometry) -> list[BaseGeometry]:
    """The parts of some ground; slivers below a millionth of it do not count."""
    parts = _list_polygons(shape)
    return [part for part in parts if part.area > SLIVER * shape.area]
