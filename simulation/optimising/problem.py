"""What is asked: how many posts, for what, from where; and the teams that may give or take them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import networkx as nx
import pandas as pd

from simulation.flow import Flow
from simulation.measures.moving import find_lowest, list_present, measure_spare
from twin.district import District
from twin.faults import one_of, refuse, within
from twin.fictitious.templates import read_toml

POLICY: dict[str, Any] = read_toml("optimise.toml")
OBJECTIVES = ("on_time_closure", "worst_village", "load", "mix")
SOURCES = ("district", "within", "vacancies")
Source = Literal["district", "within", "vacancies"]
Sort = tuple[str, tuple[str, ...]]
VACANT: Sort = "", ()
MOST_POSTS = 400


@dataclass(frozen=True)
class Question:
    """What the planner asks.

    source: where posts come from: district units (`district`), any team under `within` (`within`), or
    authorised posts that are vacant (`vacancies`). within: a unit; only its own people take (and give).
    floor and floor_share: filled posts that each donor unit keeps, a count and a share of its authorised.
    post_kind: only posts of this kind (blank: any); keep_kind: a post goes only to a team that has posts of
    its kind. train: those who come without a certificate that a team's work asks for are trained for it.
    """

    posts: int
    objective: str = "on_time_closure"
    source: Source = "district"
    within: str = ""
    floor: int = 0
    floor_share: float = 0.5
    post_kind: str = ""
    keep_kind: bool = True
    train: bool = True
    weights: Mapping[str, float] = field(default_factory=lambda: dict(POLICY["weights"]))

    def check(self, district: District) -> "Question":
        """The question itself; DistrictFaults lists everything in it that cannot be."""
        unit, within_unit = self.within, self.source == "within"
        tests = [
            within("posts", self.posts, 1, MOST_POSTS),
            one_of("objective", self.objective, OBJECTIVES),
            one_of("source", self.source, SOURCES),
            (unit, "unknown", not unit or unit in set(district.units["code"]), "no such unit"),
            ("within", "unit needed", bool(unit) or not within_unit, "name the unit whose posts may move"),
            ("floor", "below 0", self.floor >= 0, f"{self.floor} is below 0"),
            within("floor_share", self.floor_share, 0, 1),
            one_of("post_kind", self.post_kind, ("", *sorted(set(district.posts["kind"])))),
            ("weights", "weights", self._weighs(), f"give {', '.join(OBJECTIVES[:3])} weights of at least 0"),
        ]
        refuse("optimise", tests)
        return self

    def _weighs(self) -> bool:
        values = list(self.weights.values())
        return set(self.weights) <= set(OBJECTIVES[:3]) and min(values) >= 0 and sum(values) > 0

    def weigh(self) -> dict[str, float]:
        """The weight of each plain objective; one that is not named has none."""
        if self.objective != "mix":
            return {self.objective: 1.0}
        total = sum(self.weights.values())
        return {name: weight / total for name, weight in self.weights.items() if weight > 0}


@dataclass(frozen=True)
class Giver:
    """Filled posts of a unit, role and kind: ids as they go, the first one first; skills that all hold."""

    unit: str
    role: str
    kind: str
    post_ids: tuple[str, ...]
    skills: tuple[str, ...] = ()

    @property
    def sort(self) -> Sort:
        """What decides where its posts may go."""
        return self.kind, self.skills


@dataclass(frozen=True)
class Taker:
    """A team that may take posts, `most` at most: kinds that it has, skills that its work asks for."""

    unit: str
    role: str
    kinds: tuple[str, ...]
    skills: tuple[str, ...]
    posts: int
    most: int


@dataclass(frozen=True)
class Problem:
    """A question over a district: who may give, how many each unit can spare, who may take.

    standing: filled posts of each (unit, role).
    """

    question: Question
    givers: tuple[Giver, ...]
    spare: Mapping[str, int]
    takers: tuple[Taker, ...]
    standing: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def count_losable(self, team: tuple[str, str]) -> int:
        """Posts that a team can lose: what its unit can spare, and never its last one."""
        mine = sum(len(g.post_ids) for g in self.givers if (g.unit, g.role) == team)
        return max(0, min(mine, self.spare[team[0]], self.standing.get(team, mine + 1) - 1))

    @property
    def most(self) -> int:
        """The most posts that any plan can place, kinds aside."""
        room = sum(taker.most for taker in self.takers)
        return room if not self.givers else min(room, sum(self.spare.values()))


def pose_problem(district: District, question: Question, flow: Flow) -> Problem:
    """The teams of a question; flow: the district as it is, whose steps name roles and skills."""
    question.check(district)
    inside = _list_inside(district, question.within)
    takers = _list_takers(district, question, flow, inside)
    if question.source == "vacancies":
        return Problem(question, (), {}, takers)
    units = district.units
    if question.source == "within":
        donors = inside
    else:
        tier, kind = units["tier"].eq("district"), units["kind"].isin(("department", "field_team"))
        donors = set(units.loc[tier & kind, "code"])
    present = list_present(district.posts, None)
    givers = _list_givers(present, question, donors)
    spare = _measure_spare(district.posts, present, question, {giver.unit for giver in givers})
    standing = {(str(u), str(r)): int(n) for (u, r), n in present.groupby(["unit", "role"]).size().items()}
    problem = Problem(question, givers, spare, takers, standing)
    return replace(problem, takers=tuple(taker for taker in takers if list_sorts(problem, taker)))


def _list_inside(district: District, unit: str) -> set[str]:
    """A unit and all under its command; every unit below the district where none is named."""
    units = district.units
    if not unit:
        return set(units.loc[units["tier"] != "district", "code"])
    edges = [(a, b) for a, b, kind in district.organisation.edges(data="kind") if kind == "command"]
    graph = nx.DiGraph(edges)
    return {unit} | (nx.descendants(graph, unit) if unit in graph else set())


def _list_takers(district: District, question: Question, flow: Flow, inside: set[str]) -> tuple[Taker, ...]:
    posts, rows = district.posts, flow.rows
    asked = rows[(rows["skill"] != "") & (rows["policy"] != "skill_first")]
    skills: dict[str, set[str]] = defaultdict(set)
    for role, skill in zip(asked["role"], asked["skill"], strict=True):
        skills[role].add(skill)
    working = set(flow.roles)
    present = list_present(posts, None)
    found = []
    for (unit, role), team in present[present["unit"].isin(inside)].groupby(["unit", "role"]):
        parts = set(str(role).split("+"))
        if not parts & working:
            continue
        vacant = len(posts[(posts["unit"] == unit) & (posts["role"] == role)]) - len(team)
        most = min(POLICY["most_each"], vacant) if question.source == "vacancies" else POLICY["most_each"]
        kinds = tuple(sorted(set(team["kind"])))
        wanted = tuple(sorted(set().union(*(skills[part] for part in sorted(parts)))))
        if most and (not question.post_kind or not question.keep_kind or question.post_kind in kinds):
            found.append(Taker(str(unit), str(role), kinds, wanted, len(team), most))
    return tuple(found)


def _list_givers(present: pd.DataFrame, question: Question, donors: set[str]) -> tuple[Giver, ...]:
    mine = present[present["unit"].isin(donors)]
    if question.post_kind:
        mine = mine[mine["kind"] == question.post_kind]
    return tuple(
        Giver(
            str(unit),
            str(role),
            str(kind),
            tuple(sorted(team["post_id"], reverse=True)),
            tuple(sorted(set.intersection(*({s for s in held.split(";") if s} for held in team["skills"])))),
        )
        for (unit, role, kind), team in mine.groupby(["unit", "role", "kind"])
    )


def _measure_spare(
    posts: pd.DataFrame, present: pd.DataFrame, question: Question, donors: set[str]
) -> dict[str, int]:
    """Filled posts of each donor above its floor: the larger of a count and a share of its authorised."""
    lowest = {unit: find_lowest(posts, unit, question.floor, question.floor_share) for unit in sorted(donors)}
    return {unit: max(0, measure_spare(present, unit, least)) for unit, least in lowest.items()}


def floor_of(problem: Problem, district: District, unit: str) -> int:
    """Filled posts that a donor keeps in any plan."""
    present = list_present(district.posts, None)
    return int((present["unit"] == unit).sum()) - problem.spare[unit]


def list_sorts(problem: Problem, taker: Taker) -> list[Sort]:
    """The sorts of post that may come to a taker; VACANT alone where posts are vacancies filled."""
    if not problem.givers:
        return [VACANT]
    question = problem.question
    return [
        (kind, skills)
        for kind, skills in sorted({giver.sort for giver in problem.givers})
        if (not question.keep_kind or kind in taker.kinds)
        and (question.train or set(taker.skills) <= set(skills))
    ]
