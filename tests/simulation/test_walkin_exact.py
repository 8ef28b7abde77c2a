"""Halls against Erlang C, by the quick rule."""

import numpy as np
import pytest

from simulation.walkins import play_walkins, sample_walkins
from simulation.walkins.halls import WalkinVisits
from tests.simulation.halls import build_halls
from tests.simulation.test_exact_values import SEEDS, assert_exact
from tests.simulation.textbook import ORIGIN, mean_by_batches

DAYS = 5_000
ERLANG_C = 0.4444444  # hours: M/M/3 with 2 arrivals an hour of 1 hour each


def play_hall(seed: int, per_day: float, finished_share: float, minutes: float = 60) -> WalkinVisits:
    """Three windows that never close; residents come at any hour."""
    service = {
        "service": "a",
        "name": "a",
        "per_day": per_day,
        "law": "exponential",
        "minutes": minutes,
        "finished_share": finished_share,
        "again_days": 2,
        "most_visits": 99,
    }
    district = build_halls({"hall": (3, "", 500.0)}, [service], always=True)
    return play_walkins(district, sample_walkins(district, ORIGIN, DAYS, seed))


def waits_of(visits: WalkinVisits, share: bool = False) -> tuple[float, float]:
    """Mean and half-width of hours waited, or of the share that waits."""
    table = visits.table[visits.table["begin"] >= 0]
    arrive = table["arrive"].to_numpy()
    waits = (table["begin"].to_numpy() - arrive) / 3600
    values = (waits > 0).astype(float) if share else waits
    return mean_by_batches(visits, values, arrive, warm_up=0.05)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_hall_with_poisson_arrivals_and_exponential_minutes_waits_as_erlang_c_says() -> None:
    runs = [play_hall(seed, 48, 1.0) for seed in SEEDS]
    assert_exact("walk-in M/M/3 Wq", ERLANG_C, [waits_of(v) for v in runs])
    assert_exact("walk-in M/M/3 P(wait)", 0.4444444, [waits_of(v, share=True) for v in runs])


@pytest.mark.slow
def test_a_hall_to_which_a_fifth_must_come_again_waits_as_erlang_c_says_of_all_visits() -> None:
    """Who comes again does so on a later day, so a day's arrivals are Poisson and apart from the queue."""
    runs = [play_hall(seed, 38.4, 0.8) for seed in SEEDS]
    assert_exact("walk-in M/M/3 with second visits, Wq", ERLANG_C, [waits_of(v) for v in runs])
    visits = np.mean([v.needs.visits.mean() for v in runs])
    assert visits == pytest.approx(1.25, rel=0.01)


def test_minutes_longer_by_a_tenth_are_found_out() -> None:
    figures = [waits_of(play_hall(seed, 48, 1.0, minutes=66)) for seed in SEEDS[:2]]
    mean, half = np.mean([m for m, _ in figures]), np.mean([h for _, h in figures])
    assert mean - half > ERLANG_C
