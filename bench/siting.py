"""Service points: random places against HiGHS, and how near the bound three hundred come, and how fast."""

import numpy as np

from bench.parts import Figures, Part, at_most, time_call
from simulation.siting import SitingProblem, build_median, solve_siting
from simulation.siting.exact import solve_programme

COUNTS, SEEDS = (5, 10, 20, 40), (1, 2, 3)
NODES = 100_000


def scatter(number: int, count: int, seed: int) -> SitingProblem:
    """Weighted places in a square of 30 km, straight ways at 8 m/s in whole seconds."""
    draws = np.random.default_rng(seed)
    spots = draws.uniform(0, 30_000, (number, 2))
    weights = np.round(draws.lognormal(5, 1, number))
    ways = np.round(np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)) / 8)
    return build_median(weights, ways, count)


def measure() -> Figures:
    """Of 100 places: optima of HiGHS, proven by its bound, that are not met; of 300: worst gap and CPU."""
    missed, proven, gaps, seconds = 0, 0, [], []
    for count in COUNTS:
        for seed in SEEDS:
            small = scatter(100, count, seed)
            exact = solve_programme(small, NODES)
            value = small.measure(exact.sites)
            proven += exact.bound >= value * (1 - 1e-6)
            missed += abs(solve_siting(small).value - value) > 1e-6 * value
            large = scatter(300, count, seed)
            took, found = time_call(lambda large=large: solve_siting(large))
            gaps.append(found.gap)
            seconds.append(took)
    return {
        "siting_instances": len(gaps),
        "siting_proven": proven,
        "siting_missed": missed,
        "siting_gap": max(gaps),
        "siting_seconds": max(seconds),
    }


def tell(f: Figures) -> list[str]:
    """The figures in words."""
    return [
        f"service points (p-median), {f['siting_instances']} random instances a size, p = 5 to 40",
        f"  100 places: {f['siting_proven']} proven by HiGHS, {f['siting_missed']} of them not met (0)",
        f"  300 places: largest gap {100 * f['siting_gap']:.4f} % (at most 0.5 %)",
        f"  300 places: slowest {f['siting_seconds']:.2f} s (at most 8)",
    ]


PART = Part(
    "siting",
    measure,
    (at_most("siting_missed", 0), at_most("siting_gap", 0.005), at_most("siting_seconds", 8.0)),
    tell,
)
