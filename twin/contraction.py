"""Shortest ways on a road graph whose nodes are mostly bends: searched between junctions only.

A node with two neighbours lies on a chain between two junctions; any way from it leaves the chain at one of
its ends, unless it ends on the same chain. So Dijkstra runs on the junctions, and the rest is sums and minima
(contraction of degree-two nodes, exact).
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra


@dataclass(frozen=True)
class Contraction:
    """Where each node lies: its chain (-1 a junction), place along it, and the way to the ends `a` and `b`.

    `a` and `b` are numbers of junctions, `core` the matrix of seconds between neighbouring junctions.
    """

    core: csr_array
    chain: np.ndarray
    along: np.ndarray
    a: np.ndarray
    b: np.ndarray
    to_a: np.ndarray
    to_b: np.ndarray


def contract(matrix: csr_array) -> Contraction:
    """The junctions of a symmetric matrix of positive seconds, and the chains between them."""
    degree = np.diff(matrix.indptr)
    junction = degree != 2
    junction |= _pick_one_a_ring(matrix, junction)
    number = np.where(junction, np.cumsum(junction) - 1, -1)
    size = len(degree)
    zero = np.zeros(size)
    found = Contraction(
        csr_array((0, 0)), np.full(size, -1), zero, number.copy(), number.copy(), zero.copy(), zero.copy()
    )
    edges: dict[tuple[int, int], float] = {}
    chains = 0
    for start in np.flatnonzero(junction).tolist():
        for first, seconds in _neighbours(matrix, start):
            nodes, lengths = _walk(matrix, junction, start, first, seconds)
            end = nodes.pop()
            inside = np.array(nodes, dtype=np.int64)
            if len(inside) and found.chain[inside[0]] >= 0:
                continue  # walked from its other end
            total = lengths[-1]
            place = np.array(lengths[:-1])
            found.chain[inside], found.along[inside] = chains, place
            found.a[inside], found.b[inside] = number[start], number[end]
            found.to_a[inside], found.to_b[inside] = place, total - place
            chains += 1
            key = int(number[start]), int(number[end])
            if key[0] != key[1]:
                edges[key] = edges[key[::-1]] = min(total, edges.get(key, np.inf))
    count = int(junction.sum())
    pairs = np.array(list(edges), dtype=np.int64).reshape(-1, 2).T
    core = csr_array(
        (np.array(list(edges.values()), dtype=float), (pairs[0], pairs[1])), shape=(count, count)
    )
    return Contraction(core, found.chain, found.along, found.a, found.b, found.to_a, found.to_b)


def measure_ways(matrix: csr_array, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Seconds of the shortest way from each start to each end (nodes); infinite where there is none."""
    c = contract(matrix)
    sources = np.unique(np.r_[c.a[starts], c.b[starts]])
    between = dijkstra(c.core, indices=sources)
    row_a, row_b = np.searchsorted(sources, c.a[starts]), np.searchsorted(sources, c.b[starts])
    left = between[row_a] + c.to_a[starts][:, None]
    np.minimum(left, between[row_b] + c.to_b[starts][:, None], out=left)
    found = left[:, c.a[ends]]
    found += c.to_a[ends]
    other = left[:, c.b[ends]]
    other += c.to_b[ends]
    np.minimum(found, other, out=found)
    _stay_on_chains(c, starts, ends, found)
    return found


def _stay_on_chains(c: Contraction, starts: np.ndarray, ends: np.ndarray, found: np.ndarray) -> None:
    """Ways that never leave a chain."""
    order = np.argsort(c.chain[ends], kind="stable")
    sorted_chains = c.chain[ends][order]
    for row, chain in enumerate(c.chain[starts].tolist()):
        if chain < 0:
            continue
        begin, after = np.searchsorted(sorted_chains, [chain, chain + 1])
        same = order[begin:after]
        if len(same):
            direct = np.abs(c.along[ends[same]] - c.along[starts[row]])
            found[row, same] = np.minimum(found[row, same], direct)


def _neighbours(matrix: csr_array, node: int) -> list[tuple[int, float]]:
    span = slice(matrix.indptr[node], matrix.indptr[node + 1])
    return list(zip(matrix.indices[span].tolist(), matrix.data[span].tolist(), strict=True))


def _walk(
    matrix: csr_array, junction: np.ndarray, start: int, first: int, seconds: float
) -> tuple[list[int], list[float]]:
    """The nodes from a junction's neighbour to the next junction, and the way to each."""
    nodes, lengths, before = [first], [seconds], start
    while not junction[nodes[-1]]:
        here = nodes[-1]
        (one, first_way), (two, second_way) = _neighbours(matrix, here)
        following, way = (two, second_way) if one == before else (one, first_way)
        before = here
        nodes.append(following)
        lengths.append(lengths[-1] + way)
    return nodes, lengths


def _pick_one_a_ring(matrix: csr_array, junction: np.ndarray) -> np.ndarray:
    """One node of each ring without any junction, so that it has a place to start from."""
    picked = np.zeros(len(junction), dtype=bool)
    seen = junction.copy()
    todo = np.flatnonzero(junction).tolist()
    for start in [*todo, *np.flatnonzero(~junction).tolist()]:
        if not junction[start] and not seen[start]:
            picked[start] = seen[start] = True
        stack = [start]
        while stack:
            for node, _ in _neighbours(matrix, stack.pop()):
                if not seen[node]:
                    seen[node] = True
                    stack.append(node)
    return picked
