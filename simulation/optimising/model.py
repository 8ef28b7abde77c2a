"""What is known of the teams' gains and losses at each stage of a search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from simulation.flow import Flow
from simulation.optimising.findings import list_teams
from simulation.optimising.measuring import (
    Calibration,
    attribute_all,
    blend,
    let_fall,
    number_givers,
    number_takers,
    plan_changes,
    tabulate,
    widen,
)
from simulation.optimising.objectives import Objective, set_objective
from simulation.optimising.plans import Plan, Staffing, thin
from simulation.optimising.problem import POLICY, Problem
from simulation.optimising.queueing_model import (
    Flows,
    advance_starts,
    count_saved,
    measure_flows,
    predict_gains,
    predict_losses,
)
from simulation.optimising.readings import Reading, Teams, list_villages
from simulation.studies.period import Period
from twin.calendar import DAY
from twin.district import District

Team = tuple[str, str]


@dataclass(frozen=True)
class Tables:
    """Points of the objective, by (unit, role): what each post given costs, and each post taken brings."""

    losses: Mapping[Team, tuple[float, ...]]
    gains: Mapping[Team, tuple[float, ...]]

    def measure(self, plan: Plan) -> float:
        """What a plan brings in all."""
        won = sum(sum(self.gains.get(team, ())[:count]) for team, count in plan.taken.items())
        return won - sum(self._lose(team, count) for team, count in plan.given.items())

    def _lose(self, team: Team, count: int) -> float:
        table = self.losses.get(team, ())
        return sum(table[:count]) + (
            table[-1] * (count - len(table)) if table and count > len(table) else 0.0
        )

    def spread(self, plan: Plan, teams: Teams) -> np.ndarray:
        """What a plan brings, by team number."""
        found = np.zeros(len(teams))
        for team, count in plan.given.items():
            found[teams.find(*team)] -= self._lose(team, count)
        for team, count in plan.taken.items():
            found[teams.find(*team)] += sum(self.gains.get(team, ())[:count])
        return found


@dataclass
class Model:
    """The teams of a problem, and what has been learnt of them so far."""

    district: District
    problem: Problem
    flow: Flow
    period: Period
    calibration: list[Calibration] = field(default_factory=list)
    predicted: np.ndarray | None = None

    def __post_init__(self) -> None:
        self.teams = Teams.of(self.district)
        self.takers = number_takers(self.problem, self.teams)
        self.givers = number_givers(self.problem, self.teams)
        places = [self.teams.name(n) for n in range(len(self.teams))]
        present = self.district.posts[self.district.posts["filled"] == 1]
        self.posts: dict[Team, int] = {
            (str(unit), str(role)): int(count)
            for (unit, role), count in present.groupby(["unit", "role"]).size().items()
        }
        self.role_numbers = np.array([self.teams.roles.index(role) for _, role in places])
        self.levels: dict[int, np.ndarray] = {}
        self.most = POLICY["most_each"]

    def learn(self, baseline: Sequence[Reading]) -> None:
        """The district as it is: flows, waits, the objective over its cases."""
        self.baseline = list(baseline)
        weights = self.problem.question.weigh()
        self.objective: Objective = set_objective(weights, baseline, len(list_villages(self.district)))
        first, last = self.period.warm_up * DAY, (self.period.warm_up + self.period.days) * DAY
        self.flows: dict[int, Flows] = measure_flows(self.flow, baseline, first, last)
        self.waits = self._measure_waits()

    def _measure_waits(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean hours queued on shift by team, over the cases due, and late cases that this wait decides."""
        size = len(self.teams)
        plain = Objective({"on_time_closure": 1.0}, self.objective.worst, 100.0, 100.0)
        every = dict.fromkeys(range(size), 0.0)
        hours, visits, late = np.zeros(size), np.zeros(size), np.zeros(size)
        for reading in self.baseline:
            earlier = advance_starts(self.flow, reading, every)
            late += count_saved(reading, earlier, plain, size)
            hours += np.bincount(reading.team, weights=earlier / 3600, minlength=size)
            visits += reading.arrivals
        return hours / np.maximum(visits, 1), late / len(self.baseline)

    def predict(self) -> Tables:
        """By queueing analysis alone."""
        if self.predicted is None:
            posts = {int(n): self.posts[self.teams.name(n)] for n in self.takers}
            self.predicted = predict_gains(
                self.flow, self.baseline, self.flows, posts, self.objective, self.most, self._find_block()
            )
        totals = {level: self.predicted[:, level - 1] for level in range(1, self.most + 1)}
        return self._tabulate(totals, self._predict_losses())

    def _predict_losses(self) -> dict[int, np.ndarray]:
        posts = {int(n): self.posts[self.teams.name(n)] for n in self.givers}
        found = predict_losses(
            self.baseline, self.flows, self.waits[0], posts, self.objective, self._find_block()
        )
        most = max(map(len, found.values()), default=0)
        table = np.zeros((most, len(self.teams)))
        for team, losses in found.items():
            table[:, team] = np.interp(np.arange(most), np.arange(len(losses)), losses) if losses else 0.0
        return {level + 1: table[level] for level in range(most)}

    def _find_block(self) -> float:
        """Hours of a stretch of shift, on average over teams: the roster may change at its ends."""
        shifts = self.district.shifts
        return float(
            np.mean([_count_hours(s, e) for s, e in zip(shifts["start"], shifts["end"], strict=True)])
        )

    def list_probes(self) -> list[tuple[Staffing, int]]:
        """What is played to measure gains and losses."""
        return plan_changes(self.problem, POLICY["levels"])

    def measure(self, played: Sequence[tuple[int, Sequence[Reading]]]) -> None:
        """Gains and losses by level: blended with the prediction for takers, with their role for givers."""
        assert self.predicted is not None
        for level, readings in played:
            found = attribute_all(self.baseline, readings, self.objective, len(self.teams))
            if level > 0:
                predicted = self.predicted[:, min(level, self.most) - 1]
                self.levels[level] = blend(predicted, found, self.role_numbers, self.takers)
                self._calibrate(level, predicted, found.mean(axis=0))
            if len(self.givers) and not (level > 0 and self._same_teams()):
                lost = blend(np.ones(len(self.teams)), found, self.role_numbers, self.givers)
                self.levels[-abs(level)] = lost

    def _same_teams(self) -> bool:
        return bool(set(self.takers.tolist()) & set(self.givers.tolist()))

    def _calibrate(self, level: int, predicted: np.ndarray, measured: np.ndarray) -> None:
        roles = self.role_numbers[self.takers]
        for number in np.unique(roles):
            mine = self.takers[roles == number]
            self.calibration.append(
                Calibration(
                    self.teams.roles[number],
                    level,
                    len(mine),
                    float(predicted[mine].sum()),
                    float(measured[mine].sum()),
                )
            )

    def estimate(self) -> Tables:
        """From what was measured."""
        gains = {level: values for level, values in self.levels.items() if level > 0}
        return self._tabulate(gains, {-level: -v for level, v in self.levels.items() if level < 0})

    def _tabulate(self, gains: Mapping[int, np.ndarray], losses: Mapping[int, np.ndarray]) -> Tables:
        won, lost = {}, {}
        for number in self.takers.tolist():
            team = self.teams.name(number)
            steps = tabulate({level: float(v[number]) for level, v in gains.items()}, self.most, True)
            won[team] = tuple(np.add(steps, self._relieve(number, range(self.most))))
        for number in self.givers.tolist():
            team = self.teams.name(number)
            count = self.problem.count_losable(team)
            steps = tabulate(
                {level: float(v[number]) for level, v in losses.items()} or {1: 0.0}, count, False
            )
            lost[team] = tuple(np.add(steps, self._relieve(number, range(-1, -count - 1, -1))))
        return Tables(lost, won)

    def _relieve(self, number: int, levels: Sequence[int]) -> list[float]:
        """Points of load between each number of posts more (or fewer) and the next above it."""
        busy = np.mean([r.busy for r in self.baseline], axis=0)
        rostered = np.mean([r.rostered for r in self.baseline], axis=0)
        posts = self.posts[self.teams.name(number)]
        total = float(busy.sum())

        def value(change: int) -> float:
            return self.objective.relieve(float(busy[number]), float(rostered[number]), total, posts, change)

        return [value(level + 1) - value(level) for level in levels]

    def list_swaps(self, plan: Plan) -> list[Staffing]:
        """Around a plan: it, a post more for every taker, and a post less for every one that gains."""
        return [Staffing(plan), Staffing(plan, widen(self.problem, 1)), Staffing(thin(plan))]

    def refine(self, tables: Tables, plan: Plan, probed: Sequence[Sequence[Reading]]) -> Tables:
        """The tables with the posts next to a plan measured at it: the mean of what was thought and found."""
        at_plan, more, fewer = probed
        size = len(self.teams)
        up = attribute_all(at_plan, more, self.objective, size).mean(axis=0)
        down = attribute_all(fewer, at_plan, self.objective, size).mean(axis=0)
        gains = {}
        for number in self.takers.tolist():
            team = self.teams.name(number)
            steps, held = list(tables.gains[team]), plan.taken.get(team, 0)
            if held < len(steps):
                steps[held] = (steps[held] + up[number]) / 2
            if held:
                steps[held - 1] = (steps[held - 1] + down[number]) / 2
            gains[team] = let_fall(steps)
        return Tables(tables.losses, gains)

    def describe(self, plan: Plan, tables: Tables, simulated: np.ndarray | None = None) -> pd.DataFrame:
        """The teams of a plan: why, what it was thought to bring, what it brought."""
        predicted = self.predict().spread(plan, self.teams)
        expected = tables.spread(plan, self.teams)
        gains = predicted, expected
        return list_teams(plan, self.teams, self.posts, self.flows, self.waits, gains, simulated)


def _count_hours(start: str, end: str) -> float:
    begin, finish = (int(text[:2]) + int(text[3:]) / 60 for text in (start, end))
    return (finish - begin) % 24 or 24.0
