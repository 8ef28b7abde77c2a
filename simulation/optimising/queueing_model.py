"""Marginal gains by queueing analysis: Erlang C on the measured flows, calibrated by the measured waits.

A case is late for want of hands where the waiting that hands can cure decides: the wait, on its team's
shifts, between being offered and being begun. More posts shrink that wait by the ratio of the waits of two
queues with the measured flow; the case is then begun so much earlier, and counts if it was late by no more.
Waiting off shift, for authority, for materials or others' work stays as it is, as no post can cure it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulation.flow import Flow
from simulation.optimising.objectives import Objective
from simulation.optimising.readings import NEVER, Reading, Teams
from simulation.queueing import mean_wait

FULL = 0.98  # utilisation at which a queue that cannot keep up is taken


def predict_wait(arrivals: float, service: float, capacity: float, block: float) -> float:
    """Mean wait of a team whose roster has `capacity` posts on, on average, in a unit of on-shift time.

    M/M/m with the whole number m of posts next above the capacity, each there for its share of the time
    (service stretched by m / capacity); a team that is on for a share p < 1 of its blocks of shift makes a
    case wait, besides, for the next block with somebody on: (1 - p) block (1 / p - 1 / 2).
    """
    if arrivals <= 0 or service <= 0:
        return 0.0
    servers = max(1, math.ceil(capacity - 1e-9))
    held = min(service * servers / capacity, FULL * servers / arrivals)
    share = min(capacity, 1.0)
    return mean_wait(arrivals, held, servers) + (1 - share) * block * (1 / share - 0.5)


@dataclass(frozen=True)
class Flows:
    """The measured flow of the station that a team works at: its own queue, or one that teams share.

    arrivals: visits an hour on shift; service: hours of work each; capacity: posts on the roster, on average,
    and per_post what one post of the team adds; hours of the window on shift, and in all.
    """

    arrivals: float
    service: float
    capacity: float
    per_post: float
    open_hours: float
    window_hours: float


def measure_flows(flow: Flow, readings: Sequence[Reading], first: int, last: int) -> dict[int, Flows]:
    """Flows by team number of every team with work in the window (seconds `first` to `last`)."""
    roles = Teams.of(flow.district).roles
    teams = np.array([plan.unit * len(roles) + roles.index(plan.role) for plan in flow.pools])
    busy, rostered, visits = (
        np.mean([getattr(r, name) for r in readings], axis=0)[teams]
        for name in ("busy", "rostered", "arrivals")
    )
    station = find_stations(flow)
    opened = np.array([measure_open(flow, pool, first, last) / 3600 for pool in range(len(teams))])
    found = {}
    for pool, team in enumerate(teams.tolist()):
        mine = station == station[pool]
        calls, on_shift = visits[mine].sum(), opened[mine].max()
        if calls > 0 and rostered[pool] > 0 and on_shift > 0:
            found[team] = Flows(
                calls / on_shift,
                busy[mine].sum() / 3600 / calls,
                rostered[mine].sum() / 3600 / on_shift,
                rostered[pool] / 3600 / len(flow.pools[pool].posts) / on_shift,
                on_shift,
                (last - first) / 3600,
            )
    return found


def find_stations(flow: Flow) -> np.ndarray:
    """A number a pool, the same for pools that some step asks together: they share what waits."""
    number = np.arange(len(flow.pools))
    asked = {pools for row in flow.served for pools in row if len(pools) > 1}
    for pools in sorted(asked):
        number[np.isin(number, number[list(pools)])] = number[pools[0]]
    return number


def measure_open(flow: Flow, pool: int, first: int, last: int) -> float:
    """Seconds between two moments in which somebody of a pool is on shift."""
    edges, opened = _list_open(flow, pool)
    return float(np.interp(last, edges, opened) - np.interp(first, edges, opened))


def _list_open(flow: Flow, pool: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges of a pool's intervals, and the seconds on shift up to each."""
    roster = flow.pools[pool].roster
    edges = np.array(roster.edges[1:-1], dtype=float)
    there = [bool(on or duty) for on, duty in zip(roster.on[1:-1], roster.duty[1:-1], strict=True)]
    return edges, np.r_[0.0, np.cumsum(np.diff(edges) * there)] + np.arange(len(edges)) * 1e-6


def advance_starts(flow: Flow, reading: Reading, ratio: Mapping[int, float]) -> np.ndarray:
    """Seconds earlier that each visit begins where its wait on shift is its team's ratio of what it was."""
    earlier = np.zeros(len(reading.case))
    for pool in np.unique(reading.pool).tolist():
        mine = np.flatnonzero(reading.pool == pool)
        part = ratio.get(int(reading.team[mine[0]]), 1.0)
        edges, opened = _list_open(flow, pool)
        if part >= 1 or len(edges) < 2:
            continue
        offered, started = reading.offered[mine], reading.started[mine]
        begin = np.interp(offered, edges, opened)
        wait = np.interp(started, edges, opened) - begin
        earlier[mine] = started - np.maximum(np.interp(begin + part * wait, opened, edges), offered)
    return np.maximum(earlier, 0.0)


def count_saved(reading: Reading, earlier: np.ndarray, objective: Objective, size: int) -> np.ndarray:
    """Points saved by team: late cases of a reading whose waits at that team, cut so, decide."""
    known = reading.late & (reading.overdue < NEVER)
    keys = reading.case.astype(np.int64) * size + reading.team
    pairs, place = np.unique(keys, return_inverse=True)
    gain = np.bincount(place, weights=earlier)
    case, team = np.divmod(pairs, size)
    saved = known[case] & (gain >= reading.overdue[case])
    weights = objective.weigh_cases(reading.village[case])
    return np.bincount(team[saved], weights=weights[saved], minlength=size)


def predict_gains(
    flow: Flow,
    readings: Sequence[Reading],
    flows: Mapping[int, Flows],
    posts: Mapping[int, int],
    objective: Objective,
    most: int,
    block_hours: float,
) -> np.ndarray:
    """Points that 1 .. `most` posts more bring to each team (teams x most), to first order.

    posts: filled posts by team number; teams that it does not name gain nothing.
    """
    size = len(Teams.of(flow.district))
    table = np.zeros((size, most))
    for level in range(1, most + 1):
        ratio = {team: _shrink(flows[team], level, block_hours) for team in posts if team in flows}
        for reading in readings:
            table[:, level - 1] += count_saved(reading, advance_starts(flow, reading, ratio), objective, size)
    return table / len(readings)


def _shrink(flow: Flows, more: int, block: float) -> float:
    now = predict_wait(flow.arrivals, flow.service, flow.capacity, block)
    then = predict_wait(flow.arrivals, flow.service, flow.capacity + more * flow.per_post, block)
    return min(then / now, 1.0) if now > 0 else 1.0


def predict_losses(
    readings: Sequence[Reading],
    flows: Mapping[int, Flows],
    hours: np.ndarray,
    posts: Mapping[int, int],
    objective: Objective,
    block_hours: float,
) -> dict[int, list[float]]:
    """Points that 1, 2, ... posts fewer (never the last) cost each team of `posts`, to first order.

    hours: the mean wait on shift as measured, by team. Every visit waits longer by the growth of the model's
    wait, times measured over modelled; of its cases so held up as many come late an hour as have their due
    time within a day after their end.
    """
    rates = measure_brinks(readings, objective, len(hours))
    found = {}
    for team, count in posts.items():
        if team not in flows or not rates[team]:
            continue
        flow = flows[team]
        now = predict_wait(flow.arrivals, flow.service, flow.capacity, block_hours)
        part = min(hours[team] / now, 1.0) * flow.window_hours / flow.open_hours if now > 0 else 0.0
        left = [max(flow.capacity - level * flow.per_post, flow.per_post) for level in range(1, count)]
        waits = [predict_wait(flow.arrivals, flow.service, capacity, block_hours) for capacity in left]
        found[team] = [float(rates[team] * part * (wait - now)) for wait in waits]
    return found


def measure_brinks(
    readings: Sequence[Reading], objective: Objective, size: int, hours: float = 24.0
) -> np.ndarray:
    """Points lost by team for each hour that all its visits of due cases are held up."""
    total = np.zeros(size)
    for reading in readings:
        over = reading.overdue[reading.case]
        close = (over <= 0) & (over > -hours * 3600)
        weights = objective.weigh_cases(reading.village[reading.case])
        total += np.bincount(reading.team[close], weights=weights[close], minlength=size)
    return total / len(readings) / hours
