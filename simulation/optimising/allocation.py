"""Posts from givers to takers so that the sum of separable convex costs is least, for every number of posts.

Marginal analysis, where givers, kinds of post and units' floors bind: a min-cost flow, one post after the
other along the cheapest way that undoes earlier choices where that pays (successive shortest paths: Ahuja,
Magnanti and Orlin, Network Flows, 1993, 9.7; convex costs as parallel arcs, 14.3). With free posts and one
kind it is the marginal analysis of Fox (1966), which equals the dynamic programme.
"""

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from simulation.optimising.problem import VACANT, Problem, Sort, list_sorts

Team = tuple[str, str]
EPSILON = 1e-12


@dataclass(frozen=True)
class Allocation:
    """Posts given by giver and taken by (taker, sort), and what they cost together."""

    gives: Mapping[int, int]
    takes: Mapping[tuple[int, Sort], int]
    cost: float

    @property
    def size(self) -> int:
        """Posts placed."""
        return sum(self.takes.values())


@dataclass
class _Network:
    """Arcs of capacity 1 or more with their reverses beside them (number ^ 1)."""

    heads: list[int] = field(default_factory=list)
    rooms: list[int] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    leaving: dict[int, list[int]] = field(default_factory=dict)
    nodes: dict[object, int] = field(default_factory=dict)

    def node(self, name: object) -> int:
        return self.nodes.setdefault(name, len(self.nodes))

    def join(self, tail: object, head: object, room: int, cost: float = 0.0) -> int:
        """An arc and its reverse; the number of the arc."""
        a, b = self.node(tail), self.node(head)
        number = len(self.heads)
        for start, end, space, price in ((a, b, room, cost), (b, a, 0, -cost)):
            self.leaving.setdefault(start, []).append(len(self.heads))
            self.heads.append(end)
            self.rooms.append(space)
            self.costs.append(price)
        return number

    def augment(self, source: int, sink: int) -> float | None:
        """One unit more along the cheapest way; what it costs, or None where there is no way."""
        best, through = self._search(source)
        if sink not in through:
            return None
        node = sink
        while node != source:
            arc = through[node]
            self.rooms[arc] -= 1
            self.rooms[arc ^ 1] += 1
            node = self.heads[arc ^ 1]
        return best[sink]

    def _search(self, source: int) -> tuple[dict[int, float], dict[int, int]]:
        """Cheapest ways by Bellman and Ford's labels, corrected in the order of a queue."""
        best, through = {source: 0.0}, dict[int, int]()
        waiting, inside = deque([source]), {source}
        while waiting:
            node = waiting.popleft()
            inside.discard(node)
            for arc in self.leaving.get(node, ()):
                head, reach = self.heads[arc], best[node] + self.costs[arc]
                if self.rooms[arc] > 0 and reach < best.get(head, math.inf) - EPSILON:
                    best[head], through[head] = reach, arc
                    if head not in inside:
                        inside.add(head)
                        waiting.append(head)
        return best, through


def allocate(
    problem: Problem, losses: Mapping[Team, Sequence[float]], gains: Mapping[Team, Sequence[float]], most: int
) -> Iterator[Allocation]:
    """The best allocation of 1, 2, ... `most` posts, as far as the constraints allow.

    losses and gains: by (unit, role), what the first, the second, ... post given costs (not falling), and
    brings (not rising). A team without a table loses, and gains, nothing.
    """
    net = _Network()
    source, sink = net.node("source"), net.node("sink")
    giving = _join_givers(net, problem, losses)
    taking = _join_takers(net, problem, gains)
    total = 0.0
    for _ in range(most):
        cost = net.augment(source, sink)
        if cost is None:
            return
        total += cost
        gives = {giver: net.rooms[arc ^ 1] for giver, arc in giving.items()}
        takes = {key: net.rooms[arc ^ 1] for key, arc in taking.items()}
        yield Allocation(
            {giver: count for giver, count in gives.items() if count},
            {key: count for key, count in takes.items() if count},
            total,
        )


def _join_givers(net: _Network, problem: Problem, losses: Mapping[Team, Sequence[float]]) -> dict[int, int]:
    """Source -> unit (what it can spare) -> team (a post dearer than the last) -> giver -> sort."""
    if not problem.givers:
        net.join("source", ("sort", VACANT), sum(taker.most for taker in problem.takers))
        return {}
    for unit, spare in problem.spare.items():
        net.join("source", ("unit", unit), spare)
    numbers = {}
    for team in sorted({(giver.unit, giver.role) for giver in problem.givers}):
        table = losses.get(team, ())
        for level in range(problem.count_losable(team)):
            cost = table[min(level, len(table) - 1)] if table else 0.0
            net.join(("unit", team[0]), ("from", team), 1, cost)
    for number, giver in enumerate(problem.givers):
        numbers[number] = net.join(
            ("from", (giver.unit, giver.role)), ("sort", giver.sort), len(giver.post_ids)
        )
    return numbers


def _join_takers(
    net: _Network, problem: Problem, gains: Mapping[Team, Sequence[float]]
) -> dict[tuple[int, Sort], int]:
    """Sort -> taker (where it may come) -> sink, a post that brings less than the last."""
    numbers = {}
    for number, taker in enumerate(problem.takers):
        table = gains.get((taker.unit, taker.role), ())
        for sort in list_sorts(problem, taker):
            numbers[number, sort] = net.join(("sort", sort), ("to", number), taker.most)
        for level in range(taker.most):
            gain = table[level] if level < len(table) else 0.0
            net.join(("to", number), "sink", 1, -gain)
    return numbers
