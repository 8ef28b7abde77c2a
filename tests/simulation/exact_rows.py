"""Every exact value that the engine must meet, each row declared once: see `ROWS`."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from simulation import queueing
from simulation.executors import open_executor
from simulation.playing.visits import Visits
from tests.simulation import exact_districts as districts
from tests.simulation.estimates import Estimate, cut_batches, cut_spans, pool_batches
from tests.simulation.textbook import play
from twin.calendar import HOUR
from twin.district import District

Reader = Callable[[Visits], np.ndarray]
TEAM_LOADS = tuple(3 + 0.45 * (7 * n % 20) for n in range(20))
TEAM_SERVICES = tuple((0.25, 0.5, 1.0, 4.0)[n % 4] for n in range(20))
TEAM_ARRIVALS = tuple(load / service for load, service in zip(TEAM_LOADS, TEAM_SERVICES, strict=True))
TEAM_WEIGHTS = tuple((8, 4, 2, 1)[n % 4] for n in range(20))
TEAMS_STAFF = 189


@dataclass(frozen=True)
class Figure:
    """One figure of a row: its exact value, and how its batches (sum, count) are read from a run."""

    name: str
    exact: float
    read: Reader


@dataclass(frozen=True)
class Size:
    """How much is played: days a run, and runs."""

    days: int
    runs: int


@dataclass(frozen=True)
class Row:
    """A row of the table: its words, the district it is played on, its figures, sizes and deep rule."""

    name: str
    parameters: str
    source: str
    build: Callable[..., District]
    figures: tuple[Figure, ...]
    quick: Size
    deep: Size
    width: float = 0.02


def read_waits(visits: Visits, item: int | None = None, within: float | None = None) -> np.ndarray:
    """Hours waited by visits as they were offered, or the share that began within so many hours."""
    chosen = visits.column("start") >= 0
    if item is not None:
        chosen &= visits.cases.item[visits.column("case")] == item
    return _cut_waits(visits, chosen, within)


def read_waits_at(visits: Visits, step: str) -> np.ndarray:
    """Hours waited at one step."""
    names = visits.flow.rows["step"].to_numpy()
    return _cut_waits(visits, (names[visits.column("row")] == step) & (visits.column("start") >= 0), None)


def _cut_waits(visits: Visits, chosen: np.ndarray, within: float | None) -> np.ndarray:
    offered = visits.column("offered")[chosen]
    hours = (visits.column("start")[chosen] - offered) / HOUR
    return cut_batches(visits.horizon, hours if within is None else (hours <= within).astype(float), offered)


def read_share_waiting(visits: Visits) -> np.ndarray:
    """Share of visits that had to wait."""
    batches = read_waits(visits, within=0.0)
    return np.c_[batches[:, 1] - batches[:, 0], batches[:, 1]]


def read_sojourns(visits: Visits, item: int | None = None) -> np.ndarray:
    """Hours from report to the last visit's end, by case."""
    done = np.full(len(visits.cases), -1, dtype=np.int64)
    done[visits.column("case")] = visits.column("done")
    chosen = done >= 0 if item is None else (done >= 0) & (visits.cases.item == item)
    reported = visits.cases.time[chosen]
    return cut_batches(visits.horizon, (done[chosen] - reported) / HOUR, reported)


def read_workload(visits: Visits, post: int) -> np.ndarray:
    """Share of time that a post is at work."""
    mine = (visits.column("post") == post) & (visits.column("end") >= 0)
    return cut_spans(visits.horizon, visits.column("work")[mine].astype(float), visits.column("start")[mine])


def read_present(visits: Visits, hour: int) -> np.ndarray:
    """Cases in the system at an hour, one batch a grid."""
    done = np.full(len(visits.cases), visits.horizon + 1, dtype=np.int64)
    ended = visits.column("done") >= 0
    done[visits.column("case")[ended]] = visits.column("done")[ended]
    inside = (visits.cases.time <= hour * HOUR) & (done > hour * HOUR)
    present = np.bincount(visits.cases.grid[inside], minlength=len(visits.flow.district.grids))
    return np.c_[present, np.ones(len(present))]


def _tiers() -> tuple[Figure, ...]:
    waits, sojourn = queueing.solve_jackson(
        districts.ENTRIES, districts.MOVES, districts.RATES, districts.SERVERS
    )
    return (
        *(
            Figure(f"Wq tier {n}", wait, partial(read_waits_at, step=step))
            for n, (wait, step) in enumerate(zip(waits, districts.STATIONS, strict=True), 1)
        ),
        Figure("total sojourn", sojourn, read_sojourns),
    )


def _classes(name: str, values: Iterable[float], read: Callable[..., np.ndarray]) -> tuple[Figure, ...]:
    return tuple(
        Figure(f"{name} class {n + 1}", value, partial(read, item=n)) for n, value in enumerate(values)
    )


CALLS = (100 / 30, 3.0, 14)
COBHAM = "Cobham 1954"
ROWS = (
    Row(
        "M/M/3",
        "λ 0.2, μ 0.1",
        "Erlang 1917; Cooper 1981, 3.4",
        partial(districts.build_queue, 3, 10.0, (0.2,)),
        (
            Figure("Wq", queueing.mean_wait(0.2, 10, 3), read_waits),
            Figure("P(wait)", queueing.erlang_c(3, 2.0), read_share_waiting),
        ),
        Size(40_000, 5),
        Size(60_000, 45),
        width=0.01,
    ),
    Row(
        "M/M/1, two classes, non-preemptive",
        "λ (0.2, 0.6), μ 1",
        COBHAM,
        partial(districts.build_queue, 1, 1.0, (0.2, 0.6)),
        _classes(
            "sojourn", (1 + w for w in queueing.mean_waits_by_priority((0.2, 0.6), 1, 1)), read_sojourns
        ),
        Size(9_000, 6),
        Size(9_000, 25),
    ),
    Row(
        "M/M/1, two classes, preemptive-resume",
        "λ (0.2, 0.6), μ 1",
        "Jaiswal 1968",
        partial(districts.build_queue, 1, 1.0, (0.2, 0.6), preempts=True),
        _classes("sojourn", queueing.mean_sojourns_preemptive((0.2, 0.6), 1), read_sojourns),
        Size(9_000, 6),
        Size(9_000, 24),
    ),
    Row(
        "M/M/3, three priorities",
        "λ (0.5, 0.7, 1.0), μ 1",
        COBHAM,
        partial(districts.build_queue, 3, 1.0, (0.5, 0.7, 1.0)),
        _classes("Wq", queueing.mean_waits_by_priority((0.5, 0.7, 1.0), 1, 3), read_waits),
        Size(5_000, 6),
        Size(5_000, 25),
    ),
    Row(
        "M/D/1",
        "ρ 0.8, μ 1",
        "Pollaczek 1930, Khinchine 1932",
        partial(districts.build_queue, 1, 1.0, (0.8,), law="constant"),
        (Figure("Wq", queueing.mean_wait_one_server(0.8, 1, 0), read_waits),),
        Size(9_000, 3),
        Size(9_000, 10),
    ),
    Row(
        "M/E2/1",
        "ρ 0.8, μ 1",
        "Pollaczek 1930, Khinchine 1932",
        partial(districts.build_queue, 1, 1.0, (0.8,), law="erlang2"),
        (Figure("Wq", queueing.mean_wait_one_server(0.8, 1, math.sqrt(0.5)), read_waits),),
        Size(9_000, 5),
        Size(9_000, 19),
    ),
    Row(
        "Three tiers with escalation and return (Jackson)",
        "γ (4, 0.5, 0.2); p12 0.3, p21 0.1, p23 0.2, p32 0.05; c (5, 3, 2); μ (1.2, 0.9, 0.5)",
        "Jackson 1957",
        districts.build_tiers,
        _tiers(),
        Size(4_000, 9),
        Size(4_000, 36),
    ),
    Row(
        "M(t)/M/12 from empty, hourly rates",
        "the hour's mean of 8 + 4 sin(2πt/24), μ 1",
        "Kolmogorov's forward equations",
        districts.build_day_wave,
        tuple(
            Figure(f"L({hour})", value, partial(read_present, hour=hour))
            for hour, value in zip(
                (30, 36, 42, 48),
                queueing.mean_present(districts.HOURLY, 1, 12, (30, 36, 42, 48)),
                strict=True,
            )
        ),
        Size(2, 26),
        Size(2, 102),
    ),
    Row(
        "Hypercube, three servers",
        "μ 1; rates 0.50 (1>2>3), 0.25 (1>3>2), 0.35 (2>1>3), 0.40 (3>1>2); infinite queue",
        "Larson & Odoni 1981, 5.5.3",
        districts.build_hypercube,
        tuple(
            Figure(f"workload {post + 1}", value, partial(read_workload, post=post))
            for post, value in enumerate(
                queueing.solve_hypercube(districts.HYPERCUBE_RATES, districts.HYPERCUBE_ORDERS, 1)
            )
        ),
        Size(1_000, 2),
        Size(1_000, 6),
    ),
    Row(
        "Erlang C, 14 agents",
        "100 calls / 30 min, 3 min each, answered within 0.33 min; a minute is played as an hour",
        "Cooper 1981, 3.4",
        partial(districts.build_queue, 14, 3.0, (100 / 30,)),
        (
            Figure("level", queueing.measure_service_level(*CALLS, 0.33), partial(read_waits, within=0.33)),
            Figure("P(wait)", queueing.erlang_c(14, 10.0), read_share_waiting),
        ),
        Size(2_000, 8),
        Size(2_000, 30),
    ),
)
BY_NAME = {row.name: row for row in ROWS}


def play_row(row: Row, size: Size, stretch: float = 1.0, workers: int = 0) -> dict[str, Estimate]:
    """Each figure of a row, over so many runs; `workers` processes, or this one."""
    jobs = [(row.name, size.days, seed, stretch) for seed in range(1, size.runs + 1)]
    found: dict[int, list[np.ndarray]] = {}
    with open_executor(None, workers) as executor:
        found.update(executor.run(_play_once, jobs))
    runs = [found[index] for index in range(len(jobs))]
    return {
        figure.name: pool_batches(np.concatenate(batches))
        for figure, batches in zip(row.figures, zip(*runs, strict=True), strict=True)
    }


def _play_once(_: None, job: tuple[str, int, int, float]) -> list[np.ndarray]:
    name, days, seed, stretch = job
    row = BY_NAME[name]
    visits = play(row.build(stretch=stretch), days, seed)
    return [figure.read(visits) for figure in row.figures]
