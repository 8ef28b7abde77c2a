"""Forty posts down from the district: the optimiser beside rules of thumb and an equally long random search.

All plans meet on common draws: three replications of 7 days; then the optimiser's on draws of another seed.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from bench.parts import Figures, Part, at_least, load_demo
from simulation.executors import Executor, open_executor
from simulation.measures.base import share_out
from simulation.optimising.model import Model
from simulation.optimising.plans import Plan, Staffing, pair_up
from simulation.optimising.playing import Player
from simulation.optimising.problem import POLICY, Problem, Question, pose_problem
from simulation.optimising.search import Search, plan_search_period
from simulation.scenario import BASELINE
from simulation.studies.intervals import find_interval
from simulation.studies.runs import prepare

START, POSTS, SEED, OTHER_SEED, WORKERS = date(2026, 5, 11), 40, 1, 20_260, 2
REPLICATIONS, MORE, FIRST = 3, 12, 5_000
RIVALS = ("proportional", "square_root", "random")


def measure() -> Figures:
    """Gains in points of on-time closure, of the plan and over each rival, with paired 95 % intervals."""
    district = load_demo()
    period = plan_search_period(district, START, POLICY["days"])
    flow = prepare(district, BASELINE, period).flow
    problem = pose_problem(district, Question(POSTS), flow)
    with open_executor(district, WORKERS) as executor:
        player = Player(executor, period, SEED)
        search = Search(Model(district, problem, flow, period), player, POLICY["proof_replications"])
        *_, found = search.run()
        runs = len(player.known)
        plans = {
            "optimised": found.plan,
            "proportional": share_by(problem, search.model, 1.0),
            "square_root": share_by(problem, search.model, 0.5),
            "random": search_at_random(problem, search.model, executor, runs),
        }
        gains = play(search, executor, list(plans.values()), SEED, REPLICATIONS)
        other = play(search, executor, [found.plan], OTHER_SEED, MORE)[0]
    figures = tell_gain("optimise_gain", gains[0]) | tell_gain("optimise_other_seed", other)
    for name, gain in zip(list(plans)[1:], gains[1:], strict=True):
        figures |= tell_gain(f"optimise_over_{name}", gains[0] - gain) | tell_gain(f"rival_{name}", gain)
    figures |= {f"rival_{name}_placed": plans[name].size for name in RIVALS}
    return figures | {"optimise_runs": runs, "optimise_placed": found.plan.size}


def tell_gain(name: str, values: np.ndarray) -> Figures:
    """Mean and interval of a figure."""
    mean, low, high, _ = find_interval(values[:, None])
    return {name: float(mean[0]), f"{name}_low": float(low[0]), f"{name}_high": float(high[0])}


def share_by(problem: Problem, model: Model, power: float) -> Plan:
    """Teams share by a power of the work reported to them, as far as each has room; units give as they can
    spare (the rules of thumb: power 1 in proportion, 1/2 the square-root rule).
    """
    busy = np.mean([reading.busy for reading in model.baseline], axis=0)
    weights = [float(busy[number]) ** power for number in model.takers]
    return make_plan(problem, share_out(POSTS, weights), np.ones(len(problem.givers)))


def search_at_random(problem: Problem, model: Model, executor: Executor, runs: int) -> Plan:
    """The best of random plans, each played twice, as many as the optimiser's runs allow."""
    rng = np.random.default_rng(SEED)
    tries = [
        make_plan(
            problem,
            share_out(POSTS, list(rng.dirichlet(np.full(len(problem.takers), 0.2)))),
            rng.random(len(problem.givers)),
        )
        for _ in range(runs // 2)
    ]
    player = Player(executor, model.period, SEED)
    values = finish(player, [Staffing(plan) for plan in tries], range(2), 2)
    means = [np.mean([model.objective.measure(r) for r in readings]) for readings in values]
    return tries[int(np.argmax(means))]


def make_plan(problem: Problem, wanted: Sequence[int], order: np.ndarray) -> Plan:
    """Posts of the kinds that teams have, units giving in proportion to what they can spare, by `order`."""
    left = list(wanted)
    gives, takes, spare = {}, {}, dict(problem.spare)
    quota = share_out(POSTS, [float(n) for n in problem.spare.values()])
    allowed = dict(zip(problem.spare, quota, strict=True))
    for giver in sorted(range(len(problem.givers)), key=lambda n: (-order[n], n)):
        one = problem.givers[giver]
        for taker in np.argsort([-n for n in left], kind="stable").tolist():
            room = min(allowed[one.unit], spare[one.unit], len(one.post_ids) - gives.get(giver, 0))
            if one.kind in problem.takers[taker].kinds and min(room, left[taker]) > 0:
                count = min(room, left[taker])
                gives[giver] = gives.get(giver, 0) + count
                takes[taker, one.sort] = takes.get((taker, one.sort), 0) + count
                left[taker] -= count
                allowed[one.unit] -= count
                spare[one.unit] -= count
    return pair_up(problem, gives, takes)


def play(
    search: Search, executor: Executor, plans: Sequence[Plan], seed: int, replications: int
) -> list[np.ndarray]:
    """The gain of each plan over the district as it is, a figure a replication."""
    player = Player(executor, search.model.period, seed)
    changes = [Staffing(), *(Staffing(plan) for plan in plans)]
    before, *after = finish(player, changes, range(FIRST, FIRST + replications), 3)
    measured = search.model.objective.measure
    return [
        np.array([measured(b) - measured(a) for a, b in zip(before, readings, strict=True)])
        for readings in after
    ]


def finish(player: Player, changes: list[Staffing], draws: range, chunk: int):  # type: ignore[no-untyped-def]
    """Play to the end."""
    playing = player.play(changes, draws, chunk)
    while True:
        try:
            next(playing)
        except StopIteration as end:
            return end.value


def tell(f: Figures) -> list[str]:
    """The figures in words."""

    def say(name: str) -> str:
        return f"{f[name]:+.2f} ({f[f'{name}_low']:+.2f} to {f[f'{name}_high']:+.2f})"

    words = f"{f['optimise_placed']} posts down, points of on-time closure, demo district"
    lines = [
        f"{words}, {f['optimise_runs']} runs, {REPLICATIONS} replications",
        f"  gain {say('optimise_gain')}",
        f"  on another seed's draws, {MORE} replications: {say('optimise_other_seed')} (above 0)",
    ]
    for name in RIVALS:
        own = f"its own gain {say(f'rival_{name}')}, {f[f'rival_{name}_placed']} posts"
        lines.append(f"  over {name.replace('_', ' ')}: {say(f'optimise_over_{name}')} (above 0); {own}")
    return lines


PART = Part(
    "optimise",
    measure,
    (
        *(at_least(f"optimise_over_{name}_low", 0.0) for name in RIVALS),
        at_least("optimise_other_seed_low", 0.0),
    ),
    tell,
)
