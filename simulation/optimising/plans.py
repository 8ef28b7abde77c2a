"""A plan: who gives how many posts to whom; as a district, and as a scenario."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

import pandas as pd

from simulation.measures.moving import find_pattern
from simulation.measures.staffing import FillVacancies, MovePosts
from simulation.measures.worktime import AddSkill
from simulation.optimising.problem import Giver, Problem, Sort, Taker, floor_of
from simulation.scenario import Scenario
from twin.district import District

Added = tuple[str, str, int]


@dataclass(frozen=True)
class Move:
    """So many posts from a giver (None: vacancies of the taker filled) to a taker."""

    giver: Giver | None
    taker: Taker
    count: int


@dataclass(frozen=True)
class Plan:
    """The moves, in the order in which they are made."""

    moves: tuple[Move, ...]

    @property
    def size(self) -> int:
        """Posts that it places."""
        return sum(move.count for move in self.moves)

    @property
    def taken(self) -> dict[tuple[str, str], int]:
        """Posts gained by each (unit, role)."""
        found: Counter[tuple[str, str]] = Counter()
        for move in self.moves:
            found[move.taker.unit, move.taker.role] += move.count
        return dict(sorted(found.items()))

    @property
    def given(self) -> dict[tuple[str, str], int]:
        """Posts lost by each (unit, role)."""
        found: Counter[tuple[str, str]] = Counter()
        for move in self.moves:
            if move.giver is not None:
                found[move.giver.unit, move.giver.role] += move.count
        return dict(sorted(found.items()))


@dataclass(frozen=True)
class Staffing:
    """A change of posts played beside the baseline: a plan, posts added to teams, posts cut from units.

    added: posts more of each (unit, role), as its first post by id; cut: ids that are gone.
    """

    plan: Plan = Plan(())
    added: tuple[Added, ...] = ()
    cut: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """A hash of what it does."""
        return hashlib.sha256(repr((self.plan, self.added, self.cut)).encode()).hexdigest()

    def stages(self, district: District) -> list[tuple[date | None, District]]:
        """One stage, from the beginning."""
        posts = enact(district.posts, self.plan)
        posts = posts[~posts["post_id"].isin(self.cut)]
        parts = [_copy_posts(district.posts, *part) for part in self.added]
        if parts or self.cut:
            posts = pd.concat([posts, *parts], ignore_index=True)
        return [(None, district.with_tables(posts=posts))]


def thin(plan: Plan) -> Plan:
    """The plan with one post fewer for every team that gains."""
    left = dict.fromkeys(plan.taken, 1)
    moves = []
    for move in plan.moves:
        team = move.taker.unit, move.taker.role
        dropped = min(left[team], move.count)
        left[team] -= dropped
        if move.count > dropped:
            moves.append(Move(move.giver, move.taker, move.count - dropped))
    return Plan(tuple(moves))


def enact(posts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The posts under a plan: the same as under the measures of its scenario, made in one go."""
    changed, row = posts.copy(), dict(zip(posts["post_id"], posts.index, strict=True))
    used: Counter[Giver] = Counter()
    fills: list[int] = []
    values: dict[int, tuple[str, str, str, str]] = {}
    for move in plan.moves:
        taker = move.taker
        if move.giver is None:
            fills += _find_vacant(posts, taker).index[: move.count].tolist()
            continue
        pattern = find_pattern(posts, taker.unit, taker.role).iloc[0]
        first = used[move.giver]
        used[move.giver] += move.count
        for post_id in move.giver.post_ids[first : first + move.count]:
            values[row[post_id]] = taker.unit, str(pattern["role"]), "", str(pattern["shift"])
    if values:
        changed.loc[list(values), ["unit", "role", "area", "shift"]] = list(values.values())
    if fills:
        changed.loc[fills, "filled"] = 1
        changed.loc[fills, "retires"] = ""
    return _train(changed, plan)


def _train(posts: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Everybody in a team that newcomers join holds the skills that its work asks for."""
    for taker in {move.taker: None for move in plan.moves if move.giver is not None and move.taker.skills}:
        team = posts.index[(posts["unit"] == taker.unit) & (posts["role"] == taker.role)]
        posts.loc[team, "skills"] = [_teach(held, taker.skills) for held in posts.loc[team, "skills"]]
    return posts


def _teach(held: str, asked: Sequence[str]) -> str:
    known = [skill for skill in held.split(";") if skill]
    return ";".join([*known, *(skill for skill in asked if skill not in known)])


def _find_vacant(posts: pd.DataFrame, taker: Taker) -> pd.DataFrame:
    mine = posts[(posts["unit"] == taker.unit) & (posts["role"] == taker.role)]
    return mine[mine["filled"].eq(0)].sort_values("post_id")


def _copy_posts(posts: pd.DataFrame, unit: str, role: str, count: int) -> pd.DataFrame:
    mine = posts[(posts["unit"] == unit) & (posts["role"] == role)]
    pattern = mine.sort_values("post_id").iloc[[0] * count]
    ids = [f"{unit}-{role}-more-{number + 1:02}" for number in range(count)]
    return pattern.assign(post_id=ids, area="", filled=1, retires="", availability=1.0)


def pair_up(problem: Problem, gives: Mapping[int, int], takes: Mapping[tuple[int, Sort], int]) -> Plan:
    """Moves of so many posts by giver, and by taker and sort of post (places in the problem).

    Those of one line of work go together first (a department of ecology to a squad of it); then in order.
    """
    if not problem.givers:
        moves = (Move(None, problem.takers[taker], count) for (taker, _), count in sorted(takes.items()))
        return Plan(tuple(move for move in moves if move.count))
    left, wanted = dict(gives), dict(takes)
    paired: Counter[tuple[int, int]] = Counter()
    for same_line in (True, False):
        for (taker, sort), giver in product(sorted(wanted), sorted(left)):
            one = problem.givers[giver]
            if one.sort != sort or (same_line and not _are_alike(one, problem.takers[taker])):
                continue
            count = min(left[giver], wanted[taker, sort])
            left[giver] -= count
            wanted[taker, sort] -= count
            paired[giver, taker] += count
    ordered = [(pair, count) for pair, count in sorted(paired.items()) if count]
    return Plan(tuple(Move(problem.givers[g], problem.takers[t], count) for (g, t), count in ordered))


def _are_alike(giver: Giver, taker: Taker) -> bool:
    line = giver.role.partition("_")[2]
    return line != "" and line == taker.role.partition("_")[2]


def write_scenario(problem: Problem, plan: Plan, district: District, name: str, title: str) -> Scenario:
    """The plan as measures: moves or filled vacancies, then the training that the teams' work asks for."""
    moves = tuple(_write_move(problem, move, district) for move in plan.moves)
    lacking = {
        (move.taker.unit, move.taker.role, skill)
        for move in plan.moves
        for skill in move.taker.skills
        if move.giver is not None and skill not in move.giver.skills
    }
    return Scenario(name=name, title=title, measures=(*moves, *_write_training(moves, lacking, district)))


def _write_training(
    moves: Sequence[MovePosts | FillVacancies], lacking: set[tuple[str, str, str]], district: District
) -> list[AddSkill]:
    """Training of (unit, role, skill): a measure a skill where that teaches the same posts as one a unit."""
    each = [AddSkill(skill=s, place=unit, roles=tuple(role.split("+"))) for unit, role, s in sorted(lacking)]
    roles: dict[str, set[str]] = {}
    for _, role, skill in lacking:
        roles.setdefault(skill, set()).update(role.split("+"))
    joined = [AddSkill(skill=skill, roles=tuple(sorted(names))) for skill, names in sorted(roles.items())]
    taught = [
        Scenario(name="taught", measures=(*moves, *some)).apply(district).posts["skills"].tolist()
        for some in (each, joined)
    ]
    return joined if taught[0] == taught[1] else each


def _write_move(problem: Problem, move: Move, district: District) -> MovePosts | FillVacancies:
    giver, taker = move.giver, move.taker
    if giver is None:
        return FillVacancies(place=taker.unit, roles=tuple(taker.role.split("+")), count=move.count)
    return MovePosts(
        from_unit=giver.unit,
        from_role=giver.role,
        post_kind=giver.kind,
        to_unit=taker.unit,
        role=taker.role,
        count=move.count,
        floor=floor_of(problem, district, giver.unit),
        floor_share=0.0,
    )
