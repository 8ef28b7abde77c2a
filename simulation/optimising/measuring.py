"""Marginal gains as measured: all teams widened, or narrowed, at once; each case's change told to a team.

A case passes few teams and teams share few cases, so one run in which all teams have a post more tells what
a post more is worth to each of them: the case that is late no more is told to the team at which its wait
fell most. What a team's few cases say alone is unsure; it is drawn towards what the queueing model says of
its role (empirical Bayes: Efron and Morris, 1975).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from simulation.optimising.objectives import Objective
from simulation.optimising.plans import Staffing
from simulation.optimising.problem import Problem
from simulation.optimising.readings import Reading, Teams

Team = tuple[str, str]


def widen(problem: Problem, count: int) -> tuple[tuple[str, str, int], ...]:
    """So many posts more in every team that may take them."""
    return tuple((taker.unit, taker.role, min(count, taker.most)) for taker in problem.takers)


def narrow(problem: Problem, count: int) -> tuple[str, ...]:
    """The posts that go where every team of a giver loses so many, as far as its unit can spare them."""
    teams: dict[Team, list[str]] = {}
    for giver in problem.givers:
        teams.setdefault((giver.unit, giver.role), []).extend(giver.post_ids)
    return tuple(
        post_id
        for team, ids in sorted(teams.items())
        for post_id in ids[: min(count, problem.count_losable(team))]
    )


def plan_changes(problem: Problem, levels: Sequence[int]) -> list[tuple[Staffing, int]]:
    """What is played to measure: (change, level), the level negative where teams are narrowed alone.

    Givers and takers that are different units are changed in one run.
    """
    takers = {(taker.unit, taker.role) for taker in problem.takers}
    apart = bool(takers & {(giver.unit, giver.role) for giver in problem.givers})
    changes = []
    for level in levels:
        cut = narrow(problem, level)
        changes.append((Staffing(added=widen(problem, level), cut=() if apart else cut), level))
        if apart:
            changes.append((Staffing(cut=cut), -level))
    return changes


def attribute(before: Reading, after: Reading, objective: Objective, size: int) -> np.ndarray:
    """Points gained by team: each case whose lateness differs, at the team where its wait changed most."""
    _, left, right = np.intersect1d(before.keys, after.keys, assume_unique=True, return_indices=True)
    gain = before.late[left].astype(int) - after.late[right].astype(int)
    moved = np.flatnonzero(gain)
    place = np.full((2, max(len(before.keys), len(after.keys))), -1)
    place[0, left[moved]] = place[1, right[moved]] = np.arange(len(moved))
    entries = [
        (place[side, reading.case], reading.team, sign * (reading.started - reading.offered))
        for side, reading, sign in ((0, before, 1), (1, after, -1))
    ]
    case, team, wait = (np.concatenate(column) for column in zip(*entries, strict=True))
    mine = case >= 0
    pairs, number = np.unique(case[mine].astype(np.int64) * size + team[mine], return_inverse=True)
    fell = np.bincount(number, weights=wait[mine], minlength=len(pairs))
    case, team = np.divmod(pairs, size)
    fell = fell * gain[moved][case]
    order = np.lexsort((team, -fell, case))
    first = order[np.r_[True, case[order][1:] != case[order][:-1]]] if len(order) else order
    first = first[fell[first] > 0]
    points = gain[moved][case[first]] * objective.weigh_cases(before.village[left[moved[case[first]]]])
    return np.bincount(team[first], weights=points, minlength=size)


def attribute_all(
    before: Sequence[Reading], after: Sequence[Reading], objective: Objective, size: int
) -> np.ndarray:
    """Points gained by replication and team."""
    pairs = zip(before, after, strict=True)
    return np.array([attribute(one, other, objective, size) for one, other in pairs])


@dataclass(frozen=True)
class Calibration:
    """How a role's measured gains stand to the queueing model's, over its teams, at one level."""

    role: str
    level: int
    teams: int
    predicted: float
    measured: float


def blend(predicted: np.ndarray, measured: np.ndarray, groups: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Gains by team: the measured mean drawn towards the prediction times its group's ratio.

    predicted: by team; measured: replications x teams; groups: a number a team (its role); chosen: the teams
    that count. The weight of what is measured is t2 / (t2 + s2): s2 its variance (half its own, half that of
    all), t2 the variance of true gains about the prediction, by moments.
    """
    result, count = np.zeros(len(predicted)), len(measured)
    mean = measured.mean(axis=0)
    prior = np.zeros(len(predicted))
    for group in np.unique(groups[chosen]):
        mine = chosen[groups[chosen] == group]
        base = float(predicted[mine].sum())
        prior[mine] = predicted[mine] * (mean[mine].sum() / base) if base > 0 else mean[mine].mean()
    if count < 2:
        result[chosen] = (prior[chosen] + mean[chosen]) / 2
        return result
    own = measured[:, chosen].var(axis=0, ddof=1) / count
    noise = (own + own.mean()) / 2
    spread = max(float(((mean[chosen] - prior[chosen]) ** 2 - noise).mean()), 0.0)
    weight = spread / np.maximum(spread + noise, 1e-12)
    result[chosen] = prior[chosen] + weight * (mean[chosen] - prior[chosen])
    return result


def tabulate(gains: Mapping[int, float], most: int, falling: bool) -> tuple[float, ...]:
    """What each of `most` posts brings, from what 1, 2, 4, ... of them bring together.

    Between levels by straight lines, past the last one nothing more (a loss: as the last one); slopes are
    made to fall (or, of losses, to rise) by isotonic regression, and none is below 0.
    """
    levels = sorted(gains)
    totals = np.maximum.accumulate([0.0, *(gains[level] for level in levels)])
    steps = np.diff(np.interp(np.arange(most + 1), [0, *levels], totals))
    if not falling and most > levels[-1]:
        steps[levels[-1] :] = steps[levels[-1] - 1]
    return let_fall(steps) if falling else tuple(-step for step in let_fall(-steps))


def let_fall(steps: Sequence[float] | np.ndarray) -> tuple[float, ...]:
    """The nearest steps that never rise, so that marginal analysis holds."""
    if not len(steps):
        return ()
    return tuple(float(step) for step in isotonic_regression(steps, increasing=False).x)


def number_takers(problem: Problem, teams: Teams) -> np.ndarray:
    """Team numbers of the takers."""
    return np.array([teams.find(taker.unit, taker.role) for taker in problem.takers], dtype=np.int64)


def number_givers(problem: Problem, teams: Teams) -> np.ndarray:
    """Team numbers of the givers, each once."""
    found = {teams.find(giver.unit, giver.role): None for giver in problem.givers}
    return np.array(sorted(found), dtype=np.int64)
