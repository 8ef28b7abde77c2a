"""What a search has found so far, as tables: the plan by team, the curve, the candidates, the calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from simulation.optimising.objectives import Objective
from simulation.optimising.plans import Plan
from simulation.optimising.queueing_model import Flows
from simulation.optimising.readings import Reading, Teams
from simulation.scenario import Scenario
from simulation.studies.intervals import find_interval

TEAM_COLUMNS = [
    "unit", "role", "posts", "change", "utilisation", "queue_hours", "late", "predicted", "expected",
    "mean", "low", "high",
]  # fmt: skip
CURVE_COLUMNS = [
    "posts", "predicted", "expected", "mean", "low", "high", "step_mean", "step_low", "step_high",
]  # fmt: skip
EFFECT_COLUMNS = ["indicator", "baseline", "plan", "mean", "low", "high"]
CANDIDATE_COLUMNS = ["candidate", "replications", "mean", "chosen"]
CALIBRATION_COLUMNS = ["role", "level", "teams", "predicted", "measured"]
MOVE_COLUMNS = ["from_unit", "from_role", "kind", "to_unit", "role", "posts"]


@dataclass(frozen=True)
class Findings:
    """What is known at a stage: `queueing`, `measured`, `improved`, `selected`, `proved`.

    scenario: the plan as measures. tables by name: teams (gains in points of the objective; utilisation and
    queue_hours on shift, late cases a week whose wait there decides), moves, curve, candidates, calibration,
    effects. notes: codes with figures of what the planner must be told (`fewer`: asked, placed; `undecided`;
    `stopped`). done of total jobs.
    """

    stage: str
    plan: Plan
    scenario: Scenario
    tables: Mapping[str, pd.DataFrame]
    notes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    done: int = 0
    total: int = 1
    provenance: Mapping[str, Any] = field(default_factory=dict)


def list_moves(plan: Plan) -> pd.DataFrame:
    """A row a move; blank from_unit: a vacancy filled."""
    rows = [
        (
            *(("", "", "") if m.giver is None else (m.giver.unit, m.giver.role, m.giver.kind)),
            m.taker.unit,
            m.taker.role,
            m.count,
        )
        for m in plan.moves
    ]
    return pd.DataFrame(rows, columns=MOVE_COLUMNS)


def list_teams(
    plan: Plan,
    teams: Teams,
    posts: Mapping[tuple[str, str], int],
    flows: Mapping[int, Flows],
    waits: tuple[np.ndarray, np.ndarray],
    gains: Sequence[np.ndarray],
    simulated: np.ndarray | None = None,
) -> pd.DataFrame:
    """A row a team that gains or loses posts, those that gain first, the largest change first.

    waits: mean hours queued on shift and late cases they decide, by team; gains: points predicted by queueing
    and expected after measuring, by team; simulated: replications x teams, points of the whole plan.
    """
    changes = {**plan.taken, **{team: -count for team, count in plan.given.items() if team not in plan.taken}}
    rows = []
    for team, change in sorted(changes.items(), key=lambda item: (-item[1], item[0])):
        number = teams.find(*team)
        flow = flows.get(number)
        load = flow.arrivals * flow.service / flow.capacity if flow else np.nan
        told = _tell(simulated[:, [number]]) if simulated is not None else (np.nan,) * 3
        hours, late = (float(column[number]) for column in waits)
        rows.append(
            (*team, posts[team], change, load, hours, late, *(float(g[number]) for g in gains), *told)
        )
    return pd.DataFrame(rows, columns=TEAM_COLUMNS)


def _tell(values: np.ndarray) -> tuple[float, float, float]:
    mean, low, high, _ = find_interval(values)
    return float(mean[0]), float(low[0]), float(high[0])


def measure_effects(
    objective: Objective, before: Sequence[Reading], after: Sequence[Reading]
) -> pd.DataFrame:
    """Every plain objective: both means and the paired difference with its interval."""
    rows = []
    for name in ("on_time_closure", "worst_village", "load"):
        one, other = (np.array([objective.measure_part(name, r) for r in side]) for side in (before, after))
        sign = -1.0 if name == "load" else 1.0
        shown = [100 - v.mean() if name == "load" else v.mean() for v in (one, other)]
        rows.append((name, *shown, *_tell((sign * (other - one))[:, None])))
    table = pd.DataFrame(rows, columns=EFFECT_COLUMNS)
    flipped = table["mean"] > table["high"]
    table.loc[flipped, ["low", "high"]] = table.loc[flipped, ["high", "low"]].to_numpy()
    return table


def draw_curve(
    sizes: Sequence[int],
    foreseen: Mapping[int, tuple[float, float]],
    gains: Mapping[int, np.ndarray] | None = None,
) -> pd.DataFrame:
    """Gain of the objective by number of posts; step: beyond the size before it, paired.

    foreseen: (predicted by queueing, expected after measuring) by size; gains: by size, by replication.
    """
    rows, before = [], None
    for size in sizes:
        own = None if gains is None else gains.get(size)
        if own is None:
            rows.append((size, *foreseen[size], *(np.nan,) * 6))
            continue
        step = own if before is None else own - before
        rows.append((size, *foreseen[size], *_tell(own[:, None]), *_tell(step[:, None])))
        before = own
    return pd.DataFrame(rows, columns=CURVE_COLUMNS)
