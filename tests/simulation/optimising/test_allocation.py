"""Posts to teams: equal to the dynamic programme where teams are separable, else to trying every plan."""

from itertools import product

import numpy as np
import pytest

from simulation.optimising.allocation import Allocation, allocate
from simulation.optimising.plans import pair_up
from simulation.optimising.problem import Giver, Problem, Question, Taker
from simulation.queueing import mean_wait
from simulation.staffing import allocate_exact, measure_cost

MOST = 8
INSTANCES = 30


def pose(givers: list[Giver], takers: list[Taker], spare: dict[str, int], **words: object) -> Problem:
    """A problem of some givers and takers."""
    return Problem(Question(1, **words), tuple(givers), spare, tuple(takers))  # type: ignore[arg-type]


def make_taker(number: int, kinds: tuple[str, ...] = ("institution",), skills: tuple[str, ...] = ()) -> Taker:
    """A team with room for MOST posts."""
    return Taker(f"t{number}", "squad_urban", kinds, skills, 3, MOST)


@pytest.mark.parametrize("seed", range(INSTANCES))
def test_posts_to_separable_teams_are_placed_as_the_dynamic_programme_places_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    teams, posts = int(rng.integers(3, 13)), int(rng.integers(2, 41))
    loads = rng.uniform(0.4, 6.0, teams)
    services, base = rng.uniform(0.3, 3.0, teams), np.floor(loads).astype(int) + 1
    weights = rng.uniform(0.2, 5.0, teams)
    costs = np.array(
        [
            [w * load / s * mean_wait(load / s, s, int(b) + k) for k in range(MOST + 1)]
            for w, load, s, b in zip(weights, loads, services, base, strict=True)
        ]
    )
    posts = min(posts, teams * MOST)
    problem = pose(
        [Giver("d", "dept", "institution", tuple(f"p{n}" for n in range(posts + 1)))],
        [make_taker(n) for n in range(teams)],
        {"d": posts + 1},
    )
    gains = {(f"t{n}", "squad_urban"): tuple(-np.diff(costs[n])) for n in range(teams)}
    found = list(allocate(problem, {}, gains, posts))
    assert [one.size for one in found] == list(range(1, posts + 1))
    for count in {1, posts // 2 or 1, posts}:
        best = measure_cost(costs, allocate_exact(costs, count))
        placed = [found[count - 1].takes.get((n, ("institution", ())), 0) for n in range(teams)]
        assert measure_cost(costs, placed) == pytest.approx(best, rel=1e-9, abs=1e-9)
        assert found[count - 1].cost == pytest.approx(best - costs[:, 0].sum(), rel=1e-9, abs=1e-9)


def brute(problem: Problem, losses: dict, gains: dict, posts: int) -> float:  # type: ignore[type-arg]
    """The least cost of exactly so many posts, by trying every allocation; infinite where none is allowed."""
    best = np.inf
    for gives in product(*(range(len(g.post_ids) + 1) for g in problem.givers)):
        if sum(gives) != posts:
            continue
        by_unit: dict[str, int] = {}
        for giver, count in zip(problem.givers, gives, strict=True):
            by_unit[giver.unit] = by_unit.get(giver.unit, 0) + count
        if any(count > problem.spare[unit] for unit, count in by_unit.items()):
            continue
        by_kind: dict[str, int] = {}
        for giver, count in zip(problem.givers, gives, strict=True):
            by_kind[giver.kind] = by_kind.get(giver.kind, 0) + count
        lost = sum(sum(losses[g.unit, g.role][:n]) for g, n in zip(problem.givers, gives, strict=True))
        for takes in product(*(range(t.most + 1) for t in problem.takers)):
            if sum(takes) != posts or not fits(problem, takes, by_kind):
                continue
            won = sum(sum(gains[t.unit, t.role][:n]) for t, n in zip(problem.takers, takes, strict=True))
            best = min(best, lost - won)
    return best


def fits(problem: Problem, takes: tuple[int, ...], by_kind: dict[str, int]) -> bool:
    """Whether posts of each kind find room: each set of kinds has takers for it (Hall)."""
    for kinds in (("a",), ("b",), ("a", "b")):
        room = sum(n for t, n in zip(problem.takers, takes, strict=True) if set(kinds) & set(t.kinds))
        if sum(by_kind.get(kind, 0) for kind in kinds) > room:
            return False
    return True


@pytest.mark.parametrize("seed", range(12))
def test_kinds_and_floors_bind_and_the_cheapest_of_all_allowed_plans_is_found(seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    givers = [
        Giver("d1", "x", "a", ("1", "2")),
        Giver("d1", "y", "b", ("3", "4")),
        Giver("d2", "x", "b", ("5", "6")),
    ]
    kinds = [("a",), ("b",), ("a", "b")]
    takers = [Taker(f"t{n}", "squad", kinds[int(rng.integers(3))], (), 2, 2) for n in range(3)]
    problem = pose(givers, takers, {"d1": int(rng.integers(1, 4)), "d2": int(rng.integers(0, 3))})
    losses = {(g.unit, g.role): sorted(rng.uniform(0, 1, 2)) for g in givers}
    gains = {(t.unit, t.role): sorted(rng.uniform(0, 2, 2), reverse=True) for t in takers}
    found: dict[int, Allocation] = {one.size: one for one in allocate(problem, losses, gains, 6)}
    for posts in range(1, 7):
        best = brute(problem, losses, gains, posts)
        if posts in found:
            assert found[posts].cost == pytest.approx(best, abs=1e-9)
        else:
            assert best == np.inf


def test_where_floors_and_kinds_leave_fewer_posts_than_asked_the_plans_end_there() -> None:
    problem = pose([Giver("d", "x", "a", ("1", "2", "3"))], [make_taker(0, ("a",))], {"d": 2})
    assert [one.size for one in allocate(problem, {}, {}, 10)] == [1, 2]
    assert not list(
        allocate(pose([Giver("d", "x", "b", ("1",))], [make_taker(0, ("a",))], {"d": 1}), {}, {}, 3)
    )


def test_without_training_a_post_goes_only_where_its_skills_serve() -> None:
    givers = [Giver("d", "x", "a", ("1",)), Giver("e", "x", "a", ("2",), ("enforcement",))]
    takers = [make_taker(0, ("a",), ("enforcement",))]
    trained = pose(givers, takers, {"d": 1, "e": 1})
    assert [one.size for one in allocate(trained, {}, {}, 5)] == [1, 2]
    untrained = pose(givers, takers, {"d": 1, "e": 1}, train=False)
    (only,) = allocate(untrained, {}, {}, 5)
    assert only.gives == {1: 1}


def test_givers_and_takers_of_one_line_of_work_are_paired_first() -> None:
    givers = [Giver("d1", "dept_land", "a", ("1", "2")), Giver("d2", "dept_urban", "a", ("3", "4"))]
    takers = [Taker("t1", "squad_urban", ("a",), (), 1, 3), Taker("t2", "squad_land", ("a",), (), 1, 3)]
    problem = pose(givers, takers, {"d1": 2, "d2": 2})
    plan = pair_up(problem, {0: 2, 1: 2}, {(0, ("a", ())): 3, (1, ("a", ())): 1})
    assert [(m.giver.unit if m.giver else "", m.taker.unit, m.count) for m in plan.moves] == [
        ("d1", "t1", 1),
        ("d1", "t2", 1),
        ("d2", "t1", 2),
    ]
    assert plan.taken == {("t1", "squad_urban"): 3, ("t2", "squad_land"): 1}
    assert plan.given == {("d1", "dept_land"): 2, ("d2", "dept_urban"): 2}
