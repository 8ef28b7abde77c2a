"""A first division of one part of the ground: METIS, mended where it leaves pieces or empty groups."""

import numpy as np
import pymetis

from twin.gridding.graph import CellGraph, Labels, label_parts

#: Weights and borders are whole numbers for METIS: parts of the largest one.
FINENESS = 10_000


def cut_by_metis(graph: CellGraph, count: int, seed: int, imbalance: int) -> Labels:
    """Labels 0.. of `count` contiguous groups of near-equal weight with short borders.

    The graph hangs together and has at least `count` cells. imbalance: what METIS may be off, in thousandths
    of the mean weight (its option ufactor).
    """
    if count == 1:
        return np.zeros(len(graph), dtype=np.int64)
    if count == len(graph):
        return np.arange(len(graph))
    options = pymetis.Options(seed=seed, ufactor=imbalance, contig=1)
    borders = _whole(graph.borders)[graph.neighbours >= 0]
    starts = np.append(0, np.cumsum((graph.neighbours >= 0).sum(axis=1)))
    links = pymetis.CSRAdjacency(starts, graph.neighbours[graph.neighbours >= 0])
    weights = _whole(graph.weights)
    _, labels = pymetis.part_graph(
        count, links, vweights=weights, eweights=borders, options=options, recursive=False
    )
    return mend_labels(graph, np.asarray(labels, dtype=np.int64), count)


def _whole(values: np.ndarray) -> Labels:
    return np.maximum(np.rint(values / values.max() * FINENESS), 1).astype(np.int64)


def mend_labels(graph: CellGraph, labels: Labels, count: int) -> Labels:
    """Every label in one part and none empty: stray parts join a neighbour, an empty label takes one cell."""
    labels = labels.copy()
    while True:
        parts = label_parts(graph, labels)
        weight = np.bincount(parts, graph.weights)
        size = np.bincount(parts)
        home = np.zeros(len(size), dtype=np.int64)
        home[parts] = labels
        order = np.lexsort((np.arange(len(size)), -size, -weight, home))
        stray = order[1:][home[order[1:]] == home[order[:-1]]]
        if not len(stray):
            break
        cells = np.flatnonzero(parts == stray[0])
        near, border = graph.neighbours[cells], graph.borders[cells]
        outside = (near >= 0) & ~np.isin(near, cells)
        shared = np.bincount(labels[near[outside]], border[outside], minlength=count)
        labels[cells] = int(shared.argmax())
    for empty in np.flatnonzero(np.bincount(labels, minlength=count) == 0):
        _give_cell(graph, labels, int(empty))
    return labels


def _give_cell(graph: CellGraph, labels: Labels, empty: int) -> None:
    """A cell that may leave the group with most cells becomes a group of its own."""
    group = np.bincount(labels).argmax()
    cells = np.flatnonzero(labels == group)
    seen, queue = {int(cells[0])}, [int(cells[0])]
    for cell in queue:
        fresh = [near for near, _ in graph.lists[cell] if labels[near] == group and near not in seen]
        seen.update(fresh)
        queue += fresh
    labels[queue[-1]] = empty
