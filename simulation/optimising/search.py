"""The search: queueing analysis, measured gains, a better plan, candidates compared, the chosen proved."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from simulation.executors import Executor
from simulation.experiment import describe_run
from simulation.optimising.allocation import Allocation, allocate
from simulation.optimising.findings import (
    CALIBRATION_COLUMNS,
    CANDIDATE_COLUMNS,
    Findings,
    draw_curve,
    list_moves,
    measure_effects,
)
from simulation.optimising.measuring import attribute_all
from simulation.optimising.model import Model, Tables
from simulation.optimising.plans import Plan, Staffing, pair_up, write_scenario
from simulation.optimising.playing import Player, Stopped
from simulation.optimising.problem import POLICY, Problem, Question, pose_problem
from simulation.optimising.readings import Reading, list_villages
from simulation.optimising.selecting import Selection, screen
from simulation.scenario import BASELINE, Scenario
from simulation.studies.period import Period
from simulation.studies.runs import prepare
from twin.district import District
from twin.faults import DistrictFaults, Fault

SELECTION, PROOF = 1_000, 2_000  # first replication of each later stage: draws that chose nothing before
TITLES = {
    "district": "优选布岗：区直下沉 {posts} 个岗位",
    "within": "优选布岗：辖内调整 {posts} 个岗位",
    "vacancies": "优选布岗：补 {posts} 个空编",
}
UNCHANGED = Staffing()
Steps = Generator[Findings, None, None]


def plan_search_period(district: District, start: date, days: int) -> Period:
    """The window with the district's own warm-up; no figure here looks past its end."""
    return Period(start, days, district.settings.play.warm_up_days, 0)


def optimise_posts(
    district: District,
    question: Question,
    start: date,
    seed: int,
    executor: Executor,
    *,
    days: int | None = None,
    replications: int | None = None,
    stop: Callable[[], bool] | None = None,
) -> Iterator[Findings]:
    """The best places of so many posts; findings after every job, each stage's plan better founded.

    replications: fresh draws on which the chosen plan is proved. The same arguments give the same findings,
    whoever plays. Where no plan of exactly so many posts exists, the largest there is, and a note of it;
    DistrictFaults where there is none at all. A search that is stopped ends with what it has found.
    """
    period = plan_search_period(district, start, days or POLICY["days"])
    flow = prepare(district, BASELINE, period).flow
    problem = pose_problem(district, question, flow)
    if not problem.most:
        words = "no unit can spare a post above its floor, or no team may take one of these kinds"
        raise DistrictFaults([Fault("optimise", question.source, "no plan", words)])
    player = Player(executor, period, seed, stop)
    search = Search(
        Model(district, problem, flow, period), player, replications or POLICY["proof_replications"]
    )
    yield from search.run()


@dataclass(frozen=True)
class Candidate:
    """A way to the plan: the tables of gains that gave it, and its allocation of every number of posts."""

    name: str
    tables: Tables
    sequence: tuple[Allocation, ...]
    plan: Plan

    @property
    def size(self) -> int:
        """Posts that it places."""
        return len(self.sequence)


class Search:
    """One search under way."""

    def __init__(self, model: Model, player: Player, proofs: int) -> None:
        self.model, self.player, self.proofs = model, player, proofs
        self.problem: Problem = model.problem
        self.tables: dict[str, pd.DataFrame] = {}
        self.total = self._count_jobs()
        self.latest: Findings | None = None
        self.decided = True

    def run(self) -> Steps:
        """Every stage in turn; the last findings alone have `done` equal to `total`."""
        try:
            yield from self._search()
        except Stopped:
            if self.latest is not None:
                yield replace(self.latest, notes={**self.latest.notes, "stopped": ()})

    def _search(self) -> Steps:
        model, first = self.model, range(POLICY["model_replications"])
        (baseline,) = yield from self._watch([UNCHANGED], first, 2)
        model.learn(baseline)
        queueing = self._propose("queueing", model.predict())
        yield self._tell("queueing", queueing)
        changes = model.list_probes()
        probed = yield from self._watch([change for change, _ in changes], first, 2)
        model.measure([(level, readings) for (_, level), readings in zip(changes, probed, strict=True)])
        self.tables["calibration"] = pd.DataFrame(model.calibration, columns=CALIBRATION_COLUMNS)
        measured = self._propose("measured", model.estimate())
        yield self._tell("measured", measured)
        probed = yield from self._watch(model.list_swaps(measured.plan), first, 2)
        improved = self._propose("improved", model.refine(measured.tables, measured.plan, probed))
        yield self._tell("improved", improved)
        chosen = yield from self._select([queueing, measured, improved])
        yield self._tell("selected", chosen)
        yield from self._prove(chosen)

    def _propose(self, name: str, tables: Tables) -> Candidate:
        problem = self.problem
        asked = problem.question.posts
        sequence = tuple(allocate(problem, tables.losses, tables.gains, asked))
        if not sequence:
            words = "no team may take a post of the kinds that can be spared"
            raise DistrictFaults([Fault("optimise", problem.question.source, "no plan", words)])
        self.best = tables
        return Candidate(name, tables, sequence, pair_up(problem, sequence[-1].gives, sequence[-1].takes))

    def _select(self, candidates: Sequence[Candidate]) -> Generator[Findings, None, Candidate]:
        """Kim and Nelson's procedure on draws of its own; candidates with one plan are one."""
        distinct = list({candidate.plan: candidate for candidate in reversed(candidates)}.values())
        least, most = POLICY["first_stage"], POLICY["most_stage"]
        changes = [Staffing(candidate.plan) for candidate in distinct]
        kept, count = tuple(range(len(distinct))), least
        found = Selection((0,), 0, True)
        values = np.empty((0, len(distinct)))
        while len(distinct) > 1:
            draws = range(SELECTION + len(values), SELECTION + count)
            played = yield from self._watch([changes[i] for i in kept], draws, least)
            batch = np.full((len(draws), len(distinct)), -np.inf)
            for i, readings in zip(kept, played, strict=True):
                batch[:, i] = [self.model.objective.measure(reading) for reading in readings]
            values = np.vstack([values, batch])
            found = screen(values, least, POLICY["indifference"], POLICY["confidence"], kept)
            kept = found.kept
            if found.decided or count >= most:
                break
            count = most
        self.decided = found.decided
        self._keep_candidates(distinct, values, found)
        return distinct[found.best]

    def _keep_candidates(self, candidates: Sequence[Candidate], values: np.ndarray, found: Selection) -> None:
        rows = []
        for i, candidate in enumerate(candidates):
            own = values[np.isfinite(values[:, i]), i]
            rows.append((candidate.name, len(own), own.mean() if len(own) else np.nan, i == found.best))
        self.tables["candidates"] = pd.DataFrame(rows, columns=CANDIDATE_COLUMNS)

    def _prove(self, chosen: Candidate) -> Steps:
        """The plan and smaller ones on fresh draws: the curve, and what the plan does to every objective."""
        model, draws = self.model, range(PROOF, PROOF + self.proofs)
        sizes = list_sizes(chosen.size)
        plans = [self._shorten(chosen, size) for size in sizes]
        changes = [UNCHANGED, *(Staffing(plan) for plan in reversed(plans))]
        before, *after = yield from self._watch(changes, draws, -(-self.proofs // 2))
        after.reverse()
        measure = model.objective.measure
        gains = {
            size: np.array([measure(b) - measure(a) for a, b in zip(before, readings, strict=True)])
            for size, readings in zip(sizes, after, strict=True)
        }
        self.tables["effects"] = measure_effects(model.objective, before, after[-1])
        spread = attribute_all(before, after[-1], model.objective, len(model.teams))
        self.player.done = self.total
        yield self._tell("proved", chosen, gains, spread)

    def _shorten(self, chosen: Candidate, size: int) -> Plan:
        if size == chosen.size:
            return chosen.plan
        part = chosen.sequence[size - 1]
        return pair_up(self.problem, part.gives, part.takes)

    def _watch(
        self, changes: Sequence[Staffing], draws: Sequence[int], chunk: int
    ) -> Generator[Findings, None, list[list[Reading]]]:
        """Play, and tell what is known after every job."""
        playing = self.player.play(changes, draws, chunk)
        while True:
            try:
                next(playing)
            except StopIteration as end:
                found: list[list[Reading]] = end.value
                return found
            if self.latest is not None:
                yield replace(self.latest, done=min(self.player.done, self.total - 1), total=self.total)

    def _tell(
        self,
        stage: str,
        candidate: Candidate,
        gains: Mapping[int, np.ndarray] | None = None,
        spread: np.ndarray | None = None,
    ) -> Findings:
        asked, plan = self.problem.question.posts, candidate.plan
        self.tables["moves"] = list_moves(plan)
        self.tables["teams"] = self.model.describe(plan, self.best, spread)
        self.tables["curve"] = self._draw_curve(candidate, gains)
        notes: dict[str, tuple[float, ...]] = {} if plan.size == asked else {"fewer": (asked, plan.size)}
        if not self.decided:
            notes["undecided"] = ()
        done = min(self.player.done, self.total if stage == "proved" else self.total - 1)
        self.latest = Findings(
            stage,
            plan,
            self._write(plan),
            dict(self.tables),
            notes,
            done,
            self.total,
            self._describe(stage, candidate),
        )
        return self.latest

    def _write(self, plan: Plan) -> Scenario:
        question = self.problem.question
        name = f"optimise_{question.objective}_{question.posts}"
        title = TITLES[question.source].format(posts=plan.size)
        return write_scenario(self.problem, plan, self.model.district, name, title)

    def _draw_curve(self, candidate: Candidate, gains: Mapping[int, np.ndarray] | None) -> pd.DataFrame:
        queueing = self.model.predict()
        sizes = list(range(1, candidate.size + 1))
        foreseen = {}
        for size in sizes:
            plan = self._shorten(candidate, size)
            foreseen[size] = queueing.measure(plan), self.best.measure(plan)
        return draw_curve(sizes, foreseen, gains)

    def _count_jobs(self) -> int:
        """Jobs of a search that is never stopped and whose selection goes to its end."""
        halves = -(-POLICY["model_replications"] // 2)
        probes = len(self.model.list_probes()) + 4
        sizes = len(list_sizes(min(self.problem.question.posts, self.problem.most)))
        return probes * halves + 6 + (1 + sizes) * 2

    def _describe(self, stage: str, candidate: Candidate) -> dict[str, Any]:
        """Where the findings come from."""
        model, question = self.model, self.problem.question
        facts = describe_run(model.district, [BASELINE], model.period, self.proofs, self.player.seed)
        facts |= {
            "stage": stage,
            "candidate": candidate.name,
            "question": {**asdict(question), "weights": dict(question.weights)},
            "weights": question.weigh(),
            "model_replications": POLICY["model_replications"],
            "selection_from": SELECTION,
            "proof_from": PROOF,
            "worst_villages": [
                code
                for code, worst in zip(list_villages(model.district), model.objective.worst, strict=True)
                if worst
            ],
        }
        return facts


def list_sizes(most: int) -> list[int]:
    """The numbers of posts at which the curve is simulated."""
    return sorted({max(1, round(part * most)) for part in POLICY["curve"]})
