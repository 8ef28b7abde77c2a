"""An ambulance service is a district too: bases, vehicles, a travel matrix, nearest idle vehicle first.

A vehicle is held for travel, scene and drop-off and sets out from its base. Scene (mean 25 min, cv 0.6) and
drop-off (35 min, cv 0.5) are one visit: a lognormal with the mean and the variance of their sum (Fenton
1960).
"""

from collections import deque
from heapq import heappop, heappush
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulation.demand import sample_cases
from simulation.engine import run
from simulation.experiment import replication_seed
from simulation.flow import compile_flow
from simulation.log.record import build_log
from simulation.playing.visits import Visits
from tests.simulation.textbook import ORIGIN, build_district
from twin.calendar import DAY
from twin.district import District
from twin.load import complete_table, load_district, save_district

PLACES, DAYS = 200, 10
FLEET = (3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1)
SCENE, DROP_OFF = (25.0, 0.6), (35.0, 0.5)
CALLS_A_DAY = 260


def measure_matrix() -> np.ndarray:
    """Seconds from each of 200 places to each, at 40 km/h over a plane of 30 km; there and back differ."""
    generator = np.random.default_rng(7)
    spots = generator.uniform(0, 30, (PLACES, 2))
    way = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1)) / 40 * 3600
    return np.rint(60 + way * generator.uniform(1.1, 1.5, way.shape)).astype(int)


MATRIX = measure_matrix()
BASES = [int(place) for place in np.linspace(3, 190, len(FLEET))]


def build_service() -> District:
    """Twelve bases, twenty vehicles of one class, two hundred places; the vehicles are listed backwards."""
    mean = SCENE[0] + DROP_OFF[0]
    cv = sqrt((SCENE[0] * SCENE[1]) ** 2 + (DROP_OFF[0] * DROP_OFF[1]) ** 2) / mean
    route = {
        "item": "call",
        "step": "handle",
        "role": "vehicle",
        "law": "lognormal",
        "minutes": mean,
        "cv": cv,
    }
    route |= {"travel": 1, "policy": "nearest_idle"}
    names = [f"base{number:02d}" for number in range(len(FLEET))]
    district = build_district(
        dict(zip(names, FLEET, strict=True)),
        [route],
        [(place, "call", CALLS_A_DAY / PLACES) for place in range(PLACES)],
        [{"item": "call", "priority": 1}],
        grids=PLACES,
    )
    posts = district.posts.assign(role="vehicle").iloc[::-1].reset_index(drop=True)
    return district.with_tables(posts=posts, travel=list_travel(names))


def list_travel(names: list[str]) -> pd.DataFrame:
    """The matrix as the table `travel`: from every place, and from every base as from its place."""
    origins = [*((f"G{place}", place) for place in range(PLACES)), *zip(names, BASES, strict=True)]
    rows = [
        {"origin": origin, "grid": f"G{grid}", "seconds": MATRIX[place, grid]}
        for origin, place in origins
        for grid in range(PLACES)
    ]
    return complete_table("travel", pd.DataFrame(rows))


def dispatch_by_hand(calls: list[tuple[int, int, int]]) -> list[tuple[str, int, int]]:
    """(vehicle, second it set out, second it arrived) of each call (reported, place, work): plain Python."""
    idle = {f"base{base:02d}-{n}": place for base, place in enumerate(BASES) for n in range(FLEET[base])}
    home = dict(idle)
    busy: list[tuple[int, int, str]] = []
    waiting: deque[int] = deque()
    found: list[tuple[str, int, int]] = [("", -1, -1)] * len(calls)

    def send(call: int, vehicle: str, now: int) -> None:
        _, place, work = calls[call]
        there = now + int(MATRIX[home[vehicle], place])
        del idle[vehicle]
        heappush(busy, (there + work, call, vehicle))
        found[call] = vehicle, now, there

    def come_back(until: int) -> None:
        while busy and busy[0][0] <= until:
            now, _, vehicle = heappop(busy)
            idle[vehicle] = home[vehicle]
            if waiting:
                send(waiting.popleft(), vehicle, now)

    for call, (reported, place, _) in enumerate(calls):
        come_back(reported)
        if idle:
            send(call, min(idle, key=lambda v: (MATRIX[idle[v], place], v)), reported)
        else:
            waiting.append(call)
    come_back(DAYS * DAY - 1)
    return found


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Visits:
    """Ten days of the service, read from its folder through the door."""
    folder: Path = tmp_path_factory.mktemp("service")
    save_district(build_service(), folder)
    district = load_district(folder)
    cases = sample_cases(district, ORIGIN, DAYS, replication_seed(1, 0))
    return run(compile_flow(district, ORIGIN, DAYS), cases, DAYS * DAY)


def test_the_vehicle_of_every_call_is_the_nearest_idle_one_to_the_second(visits: Visits) -> None:
    work = np.zeros(len(visits.cases), dtype=int)
    work[visits.column("case")] = visits.column("work")
    calls = list(zip(visits.cases.time.tolist(), visits.cases.grid.tolist(), work.tolist(), strict=True))
    names = visits.flow.district.posts["post_id"].to_numpy()
    columns = [visits.column(name).tolist() for name in ("case", "post", "start", "travel")]
    played = {
        case: (names[post], start, start + travel) if start >= 0 else ("", -1, -1)
        for case, post, start, travel in zip(*columns, strict=True)
    }
    expected = dispatch_by_hand(calls)
    assert len(calls) > 2_000
    assert [played[case] for case in range(len(calls))] == expected


def test_the_response_time_of_a_call_is_read_from_the_phases_of_its_log(visits: Visits) -> None:
    log = build_log(visits)
    at = log["occurred_at"]
    reported = at[log["state"] == "reported"].groupby(log["case_id"], observed=True).min()
    working = log[(log["phase"] == "work") & (log["state"] == "handling")]
    arrived = working.set_index("case_id")["occurred_at"]
    response = (arrived - reported[arrived.index]).dt.total_seconds()
    phases = log.pivot_table("occurred_at", "case_id", "phase", aggfunc="min", observed=True)
    assert set(phases.columns) == {"queued", "travel", "work", "done"}
    queued = (phases["travel"] - phases["queued"]).dt.total_seconds().fillna(0.0)[arrived.index]
    way = (phases["work"] - phases["travel"]).dt.total_seconds()[arrived.index]
    assert np.array_equal(response.to_numpy(), (queued + way).to_numpy())
    assert (queued > 0).mean() > 0.01
    minutes = response / 60
    print(
        f"FIGURE vehicles: {len(minutes)} calls in {DAYS} days, mean response {minutes.mean():.2f} min, "
        f"90 % within {minutes.quantile(0.9):.2f} min, {(queued > 0).mean():.1%} waited for a vehicle"
    )


def test_no_vehicle_is_at_two_calls_at_once(visits: Visits) -> None:
    started = visits.column("start") >= 0
    spans = pd.DataFrame({name: visits.column(name)[started] for name in ("post", "start", "end")})
    spans = spans.sort_values(["post", "start"])
    following = spans.groupby("post")["start"].shift(-1)
    assert ((spans["end"] <= following) | following.isna()).all()
    assert spans["post"].nunique() == sum(FLEET) == 20
