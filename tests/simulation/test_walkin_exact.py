"""Halls against Erlang C, by the quick rule."""

import numpy as np
import pytest

from simulation.queueing import erlang_c, mean_wait
from simulation.walkins import play_walkins, sample_walkins
from simulation.walkins.halls import WalkinVisits
from tests.simulation.estimates import Estimate, cut_batches, list_faults, pool_batches
from tests.simulation.halls import build_halls
from tests.simulation.textbook import ORIGIN

SEEDS = (1, 2, 3, 4, 5)
DAYS = 5_000
WAIT, CHANCE = mean_wait(2, 1, 3), erlang_c(3, 2)  # 2 arrivals an hour of 1 hour each: 4/9 both


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


def waits_of(runs: list[WalkinVisits], share: bool = False) -> Estimate:
    """Hours waited, or the share that waits."""
    return pool_batches(np.concatenate([_cut(visits, share) for visits in runs]))


def _cut(visits: WalkinVisits, share: bool) -> np.ndarray:
    table = visits.table[visits.table["begin"] >= 0]
    arrive = table["arrive"].to_numpy()
    waits = (table["begin"].to_numpy() - arrive) / 3600
    return cut_batches(visits.horizon, (waits > 0).astype(float) if share else waits, arrive)


@pytest.mark.slow
def test_a_hall_with_poisson_arrivals_and_exponential_minutes_waits_as_erlang_c_says() -> None:
    runs = [play_hall(seed, 48, 1.0) for seed in SEEDS]
    assert list_faults("walk-in M/M/3 Wq", WAIT, waits_of(runs)) == []
    assert list_faults("walk-in M/M/3 P(wait)", CHANCE, waits_of(runs, share=True)) == []


@pytest.mark.slow
def test_a_hall_to_which_a_fifth_must_come_again_waits_as_erlang_c_says_of_all_visits() -> None:
    """Who comes again does so on a later day, so a day's arrivals are Poisson and apart from the queue."""
    runs = [play_hall(seed, 38.4, 0.8) for seed in SEEDS]
    assert list_faults("walk-in M/M/3 with second visits, Wq", WAIT, waits_of(runs)) == []
    visits = np.mean([v.needs.visits.mean() for v in runs])
    assert visits == pytest.approx(1.25, rel=0.01)


def test_minutes_longer_by_a_tenth_are_found_out() -> None:
    found = waits_of([play_hall(seed, 48, 1.0, minutes=66) for seed in SEEDS[:2]])
    assert found.mean - found.half > WAIT
