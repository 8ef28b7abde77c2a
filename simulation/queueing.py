"""Exact values of queueing theory as pure functions; load is arrival rate x mean service time, in servers.

Rates and times are in any one unit of time. Unstable queues have infinite waits.
"""

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise, product

import numpy as np
from scipy.linalg import expm


def erlang_b(servers: int, load: float) -> float:
    """Probability that all servers are busy in M/M/c/c.

    Recursion B(c) = a B(c-1) / (c + a B(c-1)), B(0) = 1 (Erlang 1917; Cooper, Introduction to Queueing
    Theory, 1981, section 3.3).
    """
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Probability that a case waits in M/M/c; 1 where the load is not below the servers.

    C = B / (1 - rho (1 - B)) with B of `erlang_b` (Cooper 1981, section 3.4).
    """
    if load >= servers:
        return 1.0
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def mean_wait(arrivals: float, service: float, servers: int) -> float:
    """Mean wait before service in M/M/c: C s / (c - a) (Cooper 1981, section 3.4)."""
    load = arrivals * service
    if load >= servers:
        return math.inf
    return erlang_c(servers, load) * service / (servers - load)


def mean_wait_one_server(arrivals: float, service: float, cv: float) -> float:
    """Mean wait in M/G/1: rho s (1 + cv^2) / (2 (1 - rho)) (Pollaczek 1930, Khinchine 1932).

    `cv` is the service time's coefficient of variation: 0 constant, sqrt(1/2) Erlang-2, 1 exponential.
    """
    load = arrivals * service
    return load * service * (1 + cv * cv) / (2 * (1 - load)) if load < 1 else math.inf


def measure_service_level(arrivals: float, service: float, servers: int, within: float) -> float:
    """Share of cases in M/M/c that begin service within a time: 1 - C exp(-(c - a) t / s).

    Gross and Harris, Fundamentals of Queueing Theory, 1998, section 2.3. Zero where the queue is unstable.
    """
    load = arrivals * service
    if load >= servers:
        return 0.0
    return 1 - erlang_c(servers, load) * math.exp(-(servers - load) * within / service)


def find_fewest_servers(arrivals: float, service: float, within: float, level: float) -> int:
    """The fewest servers of M/M/c that begin a share `level` of cases within a time.

    Raises ValueError where the level is not inside 0 .. 1, 1 left out: no number of servers promises all.
    """
    if not 0 <= level < 1:
        raise ValueError(f"level {level}: must be at least 0 and below 1")
    servers = math.floor(arrivals * service) + 1
    while measure_service_level(arrivals, service, servers, within) < level:
        servers += 1
    return servers


def mean_waits_by_priority(arrivals: Sequence[float], service: float, servers: int) -> list[float]:
    """Mean wait of each class in M/M/c, the first class first, work in hand never broken off.

    W_k = C s / c / ((1 - sigma_{k-1}) (1 - sigma_k)), sigma the utilisation up to a class (Cobham, Priority
    assignment in waiting line problems, Operations Research 2, 1954).
    """
    hold = erlang_c(servers, sum(arrivals) * service) * service / servers
    sigma = [0.0, *(total * service / servers for total in accumulate(arrivals))]
    return [hold / ((1 - before) * (1 - upto)) if upto < 1 else math.inf for before, upto in pairwise(sigma)]


def mean_sojourns_preemptive(arrivals: Sequence[float], service: float) -> list[float]:
    """Mean time from arrival to end of each class in M/M/1 where a higher class breaks off a lower's work.

    Work resumes where it stopped: T_k = s / ((1 - sigma_{k-1}) (1 - sigma_k)) (Jaiswal, Priority Queues,
    1968; for one exponential law the two terms of the general formula add up to this).
    """
    sigma = [0.0, *(total * service for total in accumulate(arrivals))]
    return [
        service / ((1 - before) * (1 - upto)) if upto < 1 else math.inf for before, upto in pairwise(sigma)
    ]


def solve_jackson(
    entries: Sequence[float], moves: Sequence[Sequence[float]], rates: Sequence[float], servers: Sequence[int]
) -> tuple[list[float], float]:
    """Mean wait a visit at each station of an open network of M/M/c queues, and mean time in the network.

    `entries` are arrivals from outside, `moves[i][j]` the share of i that goes on to j, `rates` services per
    time of one server. Flows solve lambda = gamma + lambda P; each station is M/M/c on its flow (Jackson,
    Networks of waiting lines, Operations Research 5, 1957).
    """
    flows = np.linalg.solve(np.eye(len(entries)) - np.array(moves).T, np.array(entries))
    waits = [
        mean_wait(float(flow), 1 / rate, count)
        for flow, rate, count in zip(flows, rates, servers, strict=True)
    ]
    inside = sum(
        float(flow) * (wait + 1 / rate) for flow, wait, rate in zip(flows, waits, rates, strict=True)
    )
    return waits, inside / sum(entries)


def mean_present(hourly: Sequence[float], service: float, servers: int, hours: Sequence[int]) -> list[float]:
    """Mean number in the system of M(t)/M/c that opens empty, at whole hours.

    `hourly` holds arrivals in each hour of a cycle; `service` is in hours. Exact but for the cut of the
    states: Kolmogorov's forward equations, by the matrix exponential of each hour's generator.
    """
    size = servers + 1 + round(4 * max(hourly) + 10 * math.sqrt(max(hourly) * max(service, 1)) + 40)
    number = np.arange(size)
    ends = np.minimum(number, servers) / service
    steps = [expm(_birth_death(np.full(size, float(rate)), ends)) for rate in hourly]
    chance = np.eye(size)[0]
    means = [0.0]
    for hour in range(max(hours)):
        chance = chance @ steps[hour % len(hourly)]
        means.append(float(chance @ number))
    return [means[hour] for hour in hours]


def _birth_death(births: np.ndarray, deaths: np.ndarray) -> np.ndarray:
    births = np.r_[births[:-1], 0.0]
    return np.diag(births[:-1], 1) + np.diag(deaths[1:], -1) - np.diag(births + deaths)


def solve_hypercube(rates: Sequence[float], orders: Sequence[Sequence[int]], service: float) -> list[float]:
    """Workload of each server where each area has its own order of servers; nobody idle: one queue.

    `rates` are arrivals by area, `orders` the servers (from 0) each area asks, best first. Balance of the
    2^n states of idle and busy, the queue as the tail of M/M/n on the full one (Larson and Odoni, Urban
    Operations Research, 1981, section 5.3).
    """
    count = len(orders[0])
    states = list(product((0, 1), repeat=count))
    number = {state: row for row, state in enumerate(states)}
    flow = np.zeros((len(states), len(states)))
    for state, row in number.items():
        for rate, order in zip(rates, orders, strict=True):
            taker = next((server for server in order if not state[server]), None)
            if taker is not None:
                flow[row, number[_flip(state, taker)]] += rate
        for server in range(count):
            if state[server]:
                flow[row, number[_flip(state, server)]] += 1 / service
    # a full state with a queue behind it leaves and returns to itself: only its own balance counts here
    balance = np.vstack([flow.T - np.diag(flow.sum(axis=1)), np.ones(len(states))])
    chance = np.linalg.lstsq(balance, np.eye(len(states) + 1)[-1], rcond=None)[0]
    load = sum(rates) * service / count
    full = chance[-1] / (1 - load)
    chance = np.r_[chance[:-1], full] / (chance[:-1].sum() + full)
    return [float(sum(p for p, s in zip(chance, states, strict=True) if s[n])) for n in range(count)]


def _flip(state: tuple[int, ...], server: int) -> tuple[int, ...]:
    return (*state[:server], 1 - state[server], *state[server + 1 :])
