"""What is made better, in points: on-time closure, the worst villages, load, or a mix of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulation.optimising.problem import POLICY
from simulation.optimising.readings import Reading


@dataclass(frozen=True)
class Objective:
    """A weighted sum of plain objectives, each in points of per cent, more is better.

    on_time_closure: cases of the window closed by their due time, over those due (twin.indicators);
    worst_village: the same over the cases of the `worst` villages; load: 100 less the utilisation met by an
    hour of work, sum(busy_i u_i) / sum(busy_i), u_i = busy_i / rostered_i of team i.
    weights: of each; worst: whether each village is one of the worst; due and due_worst: cases a replication.
    """

    weights: Mapping[str, float]
    worst: np.ndarray
    due: float
    due_worst: float

    def measure(self, reading: Reading) -> float:
        """The objective of one replication."""
        return sum(weight * self.measure_part(name, reading) for name, weight in sorted(self.weights.items()))

    def measure_part(self, name: str, reading: Reading) -> float:
        """One plain objective of one replication."""
        if name == "load":
            return 100 - measure_load(reading.busy, reading.rostered)
        chosen = self.worst[reading.village] if name == "worst_village" else np.ones(len(reading.keys), bool)
        return 100 - 100 * float(reading.late[chosen].mean())

    def weigh_cases(self, village: np.ndarray) -> np.ndarray:
        """Points that one case fewer late in each village brings, to first order."""
        all_due = self.weights.get("on_time_closure", 0.0) * 100 / self.due
        worst = self.weights.get("worst_village", 0.0) * 100 / self.due_worst
        return all_due + np.where(self.worst[village], worst, 0.0)

    def relieve(self, busy: float, rostered: float, total: float, posts: int, change: int) -> float:
        """Points of load that a change of posts of a team brings: its rostered hours go with its posts."""
        weight = self.weights.get("load", 0.0)
        if not weight or not busy or not rostered or posts + change <= 0:
            return 0.0
        return weight * 100 * busy * busy / rostered * (1 - posts / (posts + change)) / total


def measure_load(busy: np.ndarray, rostered: np.ndarray) -> float:
    """The utilisation, in per cent, that an hour of work meets."""
    working = (busy > 0) & (rostered > 0)
    squares = busy[working] ** 2 / rostered[working]
    return 100 * float(squares.sum() / busy[working].sum())


def set_objective(weights: Mapping[str, float], baseline: Sequence[Reading], villages: int) -> Objective:
    """The objective over a baseline: its worst villages, and how many cases are due.

    The worst are the share POLICY["worst_share"] of villages with the lowest on-time closure over all
    replications; ties by row. They are chosen once, so that a plan is not credited with other villages' luck.
    """
    village = np.concatenate([reading.village for reading in baseline])
    due = np.bincount(village, minlength=villages)
    late = np.bincount(village[np.concatenate([r.late for r in baseline])], minlength=villages)
    share = np.where(due > 0, late / np.maximum(due, 1), -1.0)
    worst = np.zeros(villages, dtype=bool)
    worst[np.argsort(-share, kind="stable")[: max(1, round(POLICY["worst_share"] * villages))]] = True
    count = len(baseline)
    return Objective(weights, worst, float(due.sum()) / count, float(due[worst].sum()) / count)
