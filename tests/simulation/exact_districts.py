"""The textbook's queues as districts; `stretch` lengthens every service: 1.05 makes the mutant."""

import math

from tests.simulation.textbook import build_district
from twin.district import District

LAW = "exponential"
CYCLE = 2 * math.pi / 24
HOURLY = tuple(8 + 4 / CYCLE * (math.cos(CYCLE * hour) - math.cos(CYCLE * (hour + 1))) for hour in range(24))
HYPERCUBE_RATES = (0.50, 0.25, 0.35, 0.40)
HYPERCUBE_ORDERS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 0, 1))
STATIONS = ("one", "two", "three")
ENTRIES = (4.0, 0.5, 0.2)
RATES = (1.2, 0.9, 0.5)
SERVERS = (5, 3, 2)
MOVES = ((0.0, 0.3, 0.0), (0.1, 0.0, 0.2), (0.0, 0.05, 0.0))
COPIES = 100


def build_queue(
    servers: int,
    hours: float,
    arrivals: tuple[float, ...],
    law: str = LAW,
    preempts: bool = False,
    stretch: float = 1.0,
) -> District:
    """One queue: classes by falling priority, arrivals an hour, one law of service, its mean in hours."""
    names = [f"class{n}" for n in range(1, len(arrivals) + 1)]
    items = [
        {"item": name, "priority": rank, "preempts": int(preempts and rank < len(names))}
        for rank, name in enumerate(names, 1)
    ]
    routes = [
        {"item": name, "step": "handle", "role": "s", "law": law, "minutes": 60 * hours * stretch}
        for name in names
    ]
    demand = [(0, name, 24 * rate) for name, rate in zip(names, arrivals, strict=True)]
    return build_district({"s": servers}, routes, demand, items)


def build_tiers(stretch: float = 1.0) -> District:
    """Three tiers with escalation and return: the case of an item enters at the item's own tier."""
    routes = []
    for entry in range(3):
        for place, name in enumerate(STATIONS):
            up, back = MOVES[place][place + 1 :][:1], MOVES[place][:place][-1:]
            routes.append(
                {
                    "item": f"enters{entry}",
                    "step": name,
                    "role": name,
                    "law": LAW,
                    "minutes": 60 / RATES[place] * stretch,
                    "up_share": up[0] if up else 0.0,
                    "up_to": STATIONS[place + 1] if up else "",
                    "back_share": back[0] if back else 0.0,
                    "back_to": STATIONS[place - 1] if back else "",
                    "position": (place - entry) % 3,
                    "next": "close",
                }
            )
        close = {"item": f"enters{entry}", "step": "close", "role": "", "tier": "", "state": "closed"}
        routes.append({**close, "position": 9, "law": "constant"})
    items = [{"item": f"enters{entry}", "priority": 1, "limit_value": 1e6} for entry in range(3)]
    demand = [(0, f"enters{entry}", 24 * rate) for entry, rate in enumerate(ENTRIES)]
    return build_district(dict(zip(STATIONS, SERVERS, strict=True)), routes, demand, items)


def build_hypercube(stretch: float = 1.0) -> District:
    """Three units of one post, and four areas that each ask them in an order of their own."""
    routes = [{"item": "a", "step": "handle", "role": "server", "law": LAW, "minutes": 60 * stretch}]
    orders = [(grid, "server", [f"u{n}" for n in order]) for grid, order in enumerate(HYPERCUBE_ORDERS)]
    demand = [(grid, "a", 24 * rate) for grid, rate in enumerate(HYPERCUBE_RATES)]
    return build_district({f"u{n}": 1 for n in range(3)}, routes, demand, preferences=orders, grids=4)


def build_day_wave(stretch: float = 1.0) -> District:
    """M(t)/M/12 in many copies, one a grid: each asks a unit that no other asks."""
    routes = [{"item": "a", "step": "handle", "role": "server", "law": LAW, "minutes": 60 * stretch}]
    orders = [(grid, "server", [f"u{grid}"]) for grid in range(COPIES)]
    demand = [(grid, "a", sum(HOURLY)) for grid in range(COPIES)]
    units = {f"u{grid}": 12 for grid in range(COPIES)}
    return build_district(units, routes, demand, preferences=orders, grids=COPIES, hourly=HOURLY)
