"""The closed forms against published values and values worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import queueing
from tests.simulation import exact_districts as districts
from tests.simulation.exact_rows import ROWS

PUBLISHED = {
    "M/M/3": (4.444444, 0.444444),
    "M/M/1, two classes, non-preemptive": (2.0, 6.0),
    "M/M/1, two classes, preemptive-resume": (1.25, 6.25),
    "M/M/3, three priorities": (0.2168635, 0.3614392, 1.1294976),
    "M/D/1": (2.0,),
    "M/E2/1": (3.0,),
    "Three tiers with escalation and return (Jackson)": (0.204214, 0.473159, 0.896091, 1.865518),
    "M(t)/M/12 from empty, hourly rates": (14.2805, 12.9477, 4.4086, 6.9729),
    "Hypercube, three servers": (0.5574, 0.4734, 0.4693),
    "Erlang C, 14 agents": (0.8878527, 0.1741319),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_exact_values_of_a_row_are_the_published_ones_to_their_last_digit(row: object) -> None:
    published = PUBLISHED[row.name]  # type: ignore[attr-defined]
    exact = [figure.exact for figure in row.figures]  # type: ignore[attr-defined]
    assert len(exact) == len(published)
    for value, known in zip(exact, published, strict=True):
        digits = len(str(known).partition(".")[2])
        assert round(value, digits) == pytest.approx(known, abs=1e-12) or value == pytest.approx(known)


def test_every_published_row_is_played() -> None:
    assert [row.name for row in ROWS] == list(PUBLISHED)


def test_erlang_b_and_c_of_two_servers_by_hand() -> None:
    # a = 1: B = (1/2) / (1 + 1 + 1/2) = 1/5; C = B / (1 - 1/2 x 4/5) = 1/3
    assert queueing.erlang_b(2, 1.0) == pytest.approx(1 / 5)
    assert queueing.erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert queueing.mean_wait(1.0, 1.0, 2) == pytest.approx(1 / 3)


def test_the_waits_of_one_server_agree_in_both_closed_forms() -> None:
    assert queueing.mean_wait(0.8, 1, 1) == pytest.approx(queueing.mean_wait_one_server(0.8, 1, 1.0))
    assert queueing.mean_wait(0.8, 1, 1) == pytest.approx(4.0)


def test_an_unstable_queue_waits_for_ever() -> None:
    assert queueing.mean_wait(2.0, 1.0, 2) == math.inf
    assert queueing.mean_wait_one_server(1.0, 1.0, 0.0) == math.inf
    assert queueing.mean_waits_by_priority((0.5, 0.6), 1.0, 1)[1] == math.inf
    assert queueing.mean_sojourns_preemptive((0.5, 0.6), 1.0)[1] == math.inf
    assert queueing.measure_service_level(2.0, 1.0, 2, 5.0) == 0.0


@given(st.floats(0.05, 0.95), st.integers(1, 40), st.lists(st.floats(0.1, 5), min_size=1, max_size=5))
def test_classes_share_the_wait_that_one_class_would_have(
    utilisation: float, servers: int, weights: list[float]
) -> None:
    arrivals = [w * utilisation * servers / sum(weights) for w in weights]
    waits = queueing.mean_waits_by_priority(arrivals, 1.0, servers)
    mean = sum(a * w for a, w in zip(arrivals, waits, strict=True)) / sum(arrivals)
    assert mean == pytest.approx(queueing.mean_wait(sum(arrivals), 1.0, servers), rel=1e-9)


@given(st.floats(0.1, 60), st.floats(0.1, 10), st.floats(0, 5), st.floats(0.01, 0.99))
def test_the_fewest_servers_meet_the_level_and_one_fewer_does_not(
    arrivals: float, service: float, within: float, level: float
) -> None:
    found = queueing.find_fewest_servers(arrivals, service, within, level)
    assert queueing.measure_service_level(arrivals, service, found, within) >= level
    assert queueing.measure_service_level(arrivals, service, found - 1, within) < level


def test_a_hundred_calls_in_half_an_hour_take_fourteen_agents() -> None:
    assert queueing.find_fewest_servers(100 / 30, 3, 0.33, 0.8) == 14
    with pytest.raises(ValueError, match="level 1"):
        queueing.find_fewest_servers(1, 1, 1, 1.0)


def test_a_day_wave_of_a_constant_rate_settles_at_the_mean_number_of_m_m_c() -> None:
    settled = queueing.mean_present((2.0,), 1.0, 3, (200,))[0]
    assert settled == pytest.approx(2.0 + 2.0 * queueing.mean_wait(2.0, 1.0, 3), abs=1e-6)
    assert sum(districts.HOURLY) == pytest.approx(192)


def test_a_hypercube_without_preferences_is_m_m_c() -> None:
    orders = [(0, 1), (1, 0)]
    assert queueing.solve_hypercube((0.5, 0.5), orders, 1.0) == pytest.approx([0.5, 0.5])


def test_one_station_that_returns_half_its_cases_is_m_m_1_on_twice_the_flow() -> None:
    waits, inside = queueing.solve_jackson((0.4,), ((0.5,),), (1.0,), (1,))
    assert waits == pytest.approx([4.0])
    assert inside == pytest.approx(2 * 5.0)
