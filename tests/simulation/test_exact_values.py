"""The engine against exact values of queueing theory: quick rule here, deep rule in `make verify`."""

import os

import numpy as np
import pytest

from simulation.visits import Visits
from tests.simulation.textbook import build_district, mean_by_batches, play
from twin.district import District

HOUR = 3600
SEEDS = (1, 2, 3, 4, 5)
DEEP_SEEDS = tuple(range(1, 19))
LAW = "exponential"


def waits_of(
    visits: Visits, item: int | None = None, row: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Hours waited at each started visit, and when the visit was offered."""
    started = visits.column("start") >= 0
    if item is not None:
        started &= visits.cases.item[visits.column("case")] == item
    if row is not None:
        started &= visits.column("row") == row
    offered = visits.column("offered")[started]
    return (visits.column("start")[started] - offered) / HOUR, offered


def assert_exact(name: str, exact: float, figures: list[tuple[float, float]], width: float = 0.04) -> None:
    """Pool the seeds: the exact value lies in the 99.9 % interval, no wider than `width` of it."""
    means = np.array([mean for mean, _ in figures])
    half = float(np.sqrt(np.sum(np.square([h for _, h in figures]))) / len(figures))
    print(
        f"FIGURE {name}: exact {exact:.6f}, simulated {means.mean():.6f} +- {half:.6f}; "
        f"by seed {np.round(means, 4)}"
    )
    assert half <= width * exact, f"{name}: half-width {half / exact:.3f}"
    assert abs(means.mean() - exact) <= half, f"{name}: {means.mean():.5f} against {exact:.5f} +- {half:.5f}"


def m_m_3(service: float = 10.0) -> District:
    """Lambda .2 an hour, mu .1, three servers."""
    return build_district(
        {"s": 3},
        [{"item": "a", "step": "handle", "role": "s", "law": LAW, "minutes": service * 60}],
        [(0, "a", 4.8)],
    )


def m_m_3_figures(service: float, days: int, seeds: tuple[int, ...] = SEEDS) -> list[tuple[float, float]]:
    """Mean wait of M/M/3 by seed."""
    runs = (play(m_m_3(service), days, seed) for seed in seeds)
    return [mean_by_batches(v, *waits_of(v), warm_up=0.05) for v in runs]


def test_m_m_3_waits_as_erlang_c_says() -> None:
    assert_exact("M/M/3 Wq", 4.444444, m_m_3_figures(10.0, 40_000))


def test_m_m_3_share_that_waits_is_erlang_c() -> None:
    figures = []
    for seed in SEEDS:
        visits = play(m_m_3(), 12_000, seed)
        waits, offered = waits_of(visits)
        figures.append(mean_by_batches(visits, (waits > 0).astype(float), offered, warm_up=0.05))
    assert_exact("M/M/3 P(wait)", 0.444444, figures)


def two_classes(preempts: int) -> District:
    """M/M/1, lambda (.2, .6) an hour, mu 1, the first class before the second."""
    items = [{"item": "a", "priority": 1, "preempts": preempts}, {"item": "b", "priority": 2}]
    routes = [{"item": i, "step": "handle", "role": "s", "law": LAW, "minutes": 60} for i in "ab"]
    return build_district({"s": 1}, routes, [(0, "a", 4.8), (0, "b", 14.4)], items)


def sojourns(visits: Visits, item: int) -> tuple[np.ndarray, np.ndarray]:
    """Hours from report to the last visit's end, by case of an item, and when it was reported."""
    done = np.full(len(visits.cases), -1, dtype=np.int64)
    done[visits.column("case")] = visits.column("done")
    mine = (visits.cases.item == item) & (done >= 0)
    reported = visits.cases.time[mine]
    return (done[mine] - reported) / HOUR, reported


@pytest.mark.parametrize(("preempts", "first", "second"), [(0, 2.0, 6.0), (1, 1.25, 6.25)])
def test_two_priority_classes_have_their_exact_sojourns(preempts: int, first: float, second: float) -> None:
    runs = [play(two_classes(preempts), 9_000, seed) for seed in SEEDS]
    kind = "preemptive-resume" if preempts else "non-preemptive"
    assert_exact(
        f"M/M/1 {kind}, class 1", first, [mean_by_batches(v, *sojourns(v, 0), warm_up=0.05) for v in runs]
    )
    assert_exact(
        f"M/M/1 {kind}, class 2", second, [mean_by_batches(v, *sojourns(v, 1), warm_up=0.05) for v in runs]
    )


def three_tiers() -> District:
    """Jackson: gamma (4, .5, .2) an hour, p12 .3, p21 .1, p23 .2, p32 .05, c (5, 3, 2), mu (1.2, .9, .5)."""
    steps = [
        ("one", 1.2, 0.3, "two", 0.0, ""),
        ("two", 0.9, 0.2, "three", 0.1, "one"),
        ("three", 0.5, 0.0, "", 0.05, "two"),
    ]
    routes, items = [], []
    for number, entry in enumerate(("a", "b", "c")):
        for rank, (name, rate, up, up_to, back, back_to) in enumerate(steps):
            row = {
                "item": entry,
                "step": name,
                "role": name,
                "law": LAW,
                "minutes": 60 / rate,
                "up_share": up,
                "up_to": up_to,
            }
            row |= {"back_share": back, "back_to": back_to, "position": (rank - number) % 3, "next": "close"}
            routes.append(row)
        routes.append(
            {
                "item": entry,
                "step": "close",
                "role": "",
                "tier": "",
                "state": "closed",
                "position": 9,
                "law": "constant",
            }
        )
        items.append({"item": entry, "priority": 1, "limit_value": 1e6})
    demand = [(0, "a", 96.0), (0, "b", 12.0), (0, "c", 4.8)]
    return build_district({"one": 5, "two": 3, "three": 2}, routes, demand, items)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_tiers_with_escalation_and_return_are_the_jackson_network() -> None:
    district = three_tiers()
    runs = [play(district, 8_500, seed) for seed in SEEDS]
    names = runs[0].flow.rows["step"].to_numpy()
    for step, exact in (("one", 0.204214), ("two", 0.473159), ("three", 0.896091)):
        figures = []
        for visits in runs:
            mine = (names[visits.column("row")] == step) & (visits.column("start") >= 0)
            offered = visits.column("offered")[mine]
            waits = (visits.column("start")[mine] - offered) / HOUR
            figures.append(mean_by_batches(visits, waits, offered, warm_up=0.05))
        assert_exact(f"Jackson Wq {step}", exact, figures)
    totals = []
    for visits in runs:
        parts = [sojourns(visits, item) for item in range(3)]
        totals.append(
            mean_by_batches(visits, *(np.concatenate(p) for p in zip(*parts, strict=True)), warm_up=0.05)
        )
    assert_exact("Jackson total sojourn", 1.865518, totals)


def hypercube() -> District:
    """Larson & Odoni 5.5.3: three units, mu 1, preference lists by area, infinite queue."""
    rates = [0.50, 0.25, 0.35, 0.40]
    orders = ["123", "132", "213", "312"]
    routes = [{"item": "a", "step": "handle", "role": "server", "law": LAW, "minutes": 60}]
    preferences = [(grid, "server", list(order)) for grid, order in enumerate(orders)]
    return build_district(
        {"1": 1, "2": 1, "3": 1},
        routes,
        [(g, "a", 24 * r) for g, r in enumerate(rates)],
        preferences=preferences,
        grids=4,
    )


def test_hypercube_workloads_are_those_of_larson_and_odoni() -> None:
    district = hypercube()
    runs = [play(district, 6_000, seed) for seed in SEEDS]
    for post, exact in enumerate((0.5574, 0.4734, 0.4693)):
        loads = []
        for visits in runs:
            mine = (visits.column("post") == post) & (visits.column("end") >= 0)
            edges = np.linspace(0.05, 0.98, 31) * visits.horizon
            busy = np.histogram(
                visits.column("start")[mine], edges, weights=visits.column("work")[mine].astype(float)
            )[0]
            shares = busy / np.diff(edges)
            loads.append((float(shares.mean()), float(3.66 * shares.std(ddof=1) / np.sqrt(30))))
        assert_exact(f"hypercube workload {post + 1}", exact, loads)


@pytest.mark.deep
@pytest.mark.timeout(3000)
def test_m_m_3_meets_the_deep_rule_and_a_mutant_with_longer_service_fails_it() -> None:
    days = int(os.environ.get("TWIN_DEEP_DAYS", "250000"))
    assert_exact("M/M/3 Wq deep", 4.444444, m_m_3_figures(10.0, days, DEEP_SEEDS), 0.01)
    with pytest.raises(AssertionError, match=r"against 4\.44444"):  # far off, not just wide
        assert_exact("M/M/3 Wq mutant", 4.444444, m_m_3_figures(10.5, days), 0.04)
