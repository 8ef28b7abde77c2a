"""The lie of the land: outline, river, lake, town seats, and how dense the cells are."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from twin.fictitious.templates import Template

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Terrain:
    """Outline (closed) and river as points in metres around the origin, the lake's shore, core and seats."""

    outline: Points
    river: Points
    lake: Points
    core: Points
    core_radius: float
    seats: Points
    waves: Points
    density: dict[str, float]

    @property
    def shape(self) -> shapely.Polygon:
        """The outline as a polygon."""
        return shapely.Polygon(self.outline)

    def measure_density(self, points: Points) -> NDArray[np.float64]:
        """Cells a square kilometre wanted at each point (n x 2, metres)."""
        rules = self.density
        rural = rules["rural"] * np.exp(rules["rural_spread"] * self._undulate(points))
        reach = self.measure_remoteness(points)
        core = rules["core"] * np.exp(-(reach ** rules["core_steepness"]))
        away = np.hypot(*(points[:, None, :] - self.seats[None]).transpose(2, 0, 1))
        towns = rules["town"] * np.exp(-((away / (1000 * rules["town_radius_km"])) ** 2)).sum(axis=1)
        return np.asarray(rural + core + towns)

    def measure_remoteness(self, points: Points) -> NDArray[np.float64]:
        """Distance from the core in core radii; the built-up area is lobed and longer from west to east."""
        east, north = ((points - self.core) / self.core_radius * [0.84, 1.0]).T
        lobes = np.arange(2, 6)
        angle = np.arctan2(north, east)[:, None] * lobes + self.waves[: lobes.size, 2]
        return np.asarray(np.hypot(east, north) * (1 + np.cos(angle) @ (0.16 / lobes)))

    def measure_spacing(self, points: Points) -> NDArray[np.float64]:
        """Metres between neighbouring cells wanted at each point."""
        return np.asarray(1000 * 1.07 / np.sqrt(self.measure_density(points)))

    def _undulate(self, points: Points) -> NDArray[np.float64]:
        phases = points @ self.waves[:, :2].T + self.waves[:, 2]
        return np.asarray(np.cos(phases).mean(axis=1))


def shape_terrain(rules: Template, scale: float, towns: int, rng: np.random.Generator) -> Terrain:
    """Draw outline, river, lake and town seats; `scale` is the share of the default number of grids."""
    stretch = float(np.sqrt(scale))
    outline = _draw_outline(rules, stretch, rng)
    half_width = 1000 * rules["outline"]["half_width_km"] * stretch
    core = half_width * rng.uniform(-0.08, 0.08, 2)
    river = _draw_river(outline, core, stretch, rng)
    waves = np.c_[rng.normal(0, 1 / 2600, (6, 2)), rng.uniform(0, 2 * np.pi, 6)]
    core_radius = 1000 * rules["density"]["core_radius_km"] * stretch
    seats = _place_seats(shapely.Polygon(outline), core, core_radius, towns, rng)
    lake = _draw_lake(outline, river, core, core_radius, seats, rng)
    return Terrain(outline, river, lake, core, core_radius, seats, waves, dict(rules["density"]))


def walk(line: Points, steps: NDArray[np.float64]) -> tuple[Points, Points]:
    """Points and unit normals of a polyline at given distances (metres) from its start."""
    along = np.r_[0, np.hypot(*np.diff(line, axis=0).T).cumsum()]
    points = np.c_[np.interp(steps, along, line[:, 0]), np.interp(steps, along, line[:, 1])]
    ahead = np.c_[np.interp(steps + 60, along, line[:, 0]), np.interp(steps + 60, along, line[:, 1])]
    behind = np.c_[np.interp(steps - 60, along, line[:, 0]), np.interp(steps - 60, along, line[:, 1])]
    tangent = ahead - behind
    tangent /= np.hypot(*tangent.T)[:, None]
    return points, np.c_[-tangent[:, 1], tangent[:, 0]]


def _draw_outline(rules: Template, stretch: float, rng: np.random.Generator) -> Points:
    angles = np.linspace(0, 2 * np.pi, 721)[:-1]
    form = rules["outline"]
    orders = np.arange(2, 15)
    sizes = form["waviness"] * rng.uniform(0.5, 1.3, orders.size) / (orders - 1) ** 0.7
    waves = np.cos(angles[:, None] * orders + rng.uniform(0, 2 * np.pi, orders.size)) @ sizes
    radius = 1000 * stretch * (1 + waves)
    corner = 2 / 2.5
    x = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** corner * form["half_width_km"]
    y = np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** corner * form["half_height_km"]
    ring = np.c_[x * radius, y * radius]
    return np.vstack([ring, ring[:1]])


def _draw_river(outline: Points, core: Points, stretch: float, rng: np.random.Generator) -> Points:
    """From the west through the core to the south-east, meandering."""
    entry = outline[round((172 + rng.uniform(0, 16)) * 2)] * 1.03
    leave = outline[round((296 + rng.uniform(0, 24)) * 2)] * 1.03
    knots = [entry]
    for start, end, shares in ((entry, core, (0.28, 0.55, 0.8)), (core, leave, (0.3, 0.62))):
        across = np.array([start[1] - end[1], end[0] - start[0]]) / np.hypot(*(end - start))
        side = rng.choice([-1, 1])
        for share in shares:
            swing = side * rng.uniform(500, 1250) * stretch
            knots.append(start + (end - start) * share + across * swing)
            side = -side
        knots.append(end)
    course = np.array(knots)
    along = np.r_[0, np.hypot(*np.diff(course, axis=0).T).cumsum()]
    return np.asarray(CubicSpline(along, course)(np.linspace(0, along[-1], 240)))


def _place_seats(
    district: shapely.Polygon, core: Points, core_radius: float, towns: int, rng: np.random.Generator
) -> Points:
    """Town seats outside the core, far from each other and from the border (best of many candidates)."""
    low, high = np.array(district.bounds[:2]), np.array(district.bounds[2:])
    inner = district.buffer(-0.11 * (high - low).min())
    tries = rng.uniform(low, high, (6000, 2))
    outside = np.hypot(*(tries - core).T) > 1.75 * core_radius
    tries = tries[shapely.contains_xy(inner, tries[:, 0], tries[:, 1]) & outside]
    chosen = [int(np.hypot(*(tries - core).T).argmax())]
    nearest = np.hypot(*(tries - tries[chosen[0]]).T)
    while len(chosen) < towns:
        pick = int((nearest * rng.uniform(0.85, 1.0, len(tries))).argmax())
        chosen.append(pick)
        nearest = np.minimum(nearest, np.hypot(*(tries - tries[pick]).T))
    return _spread(tries[chosen], tries, core, core_radius)


def _spread(seats: Points, tries: Points, core: Points, core_radius: float) -> Points:
    """Move each seat half-way to the middle of the land nearest to it."""
    for _ in range(6):
        near = np.hypot(*(tries[:, None, :] - seats[None]).transpose(2, 0, 1)).argmin(axis=1)
        middle = np.array([tries[near == k].mean(axis=0) for k in range(len(seats))])
        seats = seats + 0.6 * (middle - seats)
    return np.asarray(seats)


def _draw_lake(
    outline: Points, river: Points, core: Points, core_radius: float, seats: Points, rng: np.random.Generator
) -> Points:
    """A reservoir in open country, off the river, the core and the seats."""
    angle = rng.uniform(0, 2 * np.pi, 400)
    share = rng.uniform(0.45, 0.75, 400)
    tries = outline[(angle / np.pi * 360).astype(int) % 720] * share[:, None]
    room = np.min(
        [
            np.hypot(*(tries[:, None, :] - river[None]).transpose(2, 0, 1)).min(axis=1),
            np.hypot(*(tries[:, None, :] - seats[None]).transpose(2, 0, 1)).min(axis=1),
            np.hypot(*(tries - core).T) - core_radius,
        ],
        axis=0,
    )
    middle = tries[room.argmax()]
    around = np.linspace(0, 2 * np.pi, 49)[:-1]
    orders = np.arange(2, 6)
    ripple = np.cos(around[:, None] * orders + rng.uniform(0, 6.28, 4)) @ (rng.uniform(0.1, 0.2, 4) / orders)
    radius = min(1150.0, 0.6 * float(room.max())) * (1 + ripple)
    turn = rng.uniform(0, np.pi)
    shore = np.c_[1.35 * radius * np.cos(around), 0.75 * radius * np.sin(around)]
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray(middle + shore @ spin)
