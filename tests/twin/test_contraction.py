"""Ways found between junctions are the shortest ways."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from twin.contraction import contract, measure_ways


def to_csr(graph: nx.Graph) -> csr_array:
    """The symmetric matrix of a graph whose nodes are numbers from 0."""
    count = graph.number_of_nodes()
    rows = [(a, b, d["seconds"]) for a, b, d in graph.edges(data=True)]
    both = [*rows, *((b, a, s) for a, b, s in rows)]
    a, b, s = zip(*both, strict=True) if both else ((), (), ())
    return csr_array((np.array(s, dtype=float), (a, b)), shape=(count, count))


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 14), st.data())
def test_every_way_is_as_long_as_networkx_says_on_random_graphs(count: int, data: st.DataObject) -> None:
    pairs = data.draw(
        st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=count + 3)
    )
    graph = nx.Graph()
    graph.add_nodes_from(range(count))
    for a, b in sorted(pairs):
        if a != b:
            graph.add_edge(a, b, seconds=float(data.draw(st.integers(1, 9))))
    nodes = np.arange(count)
    found = measure_ways(to_csr(graph), nodes, nodes)
    known = dict(nx.all_pairs_dijkstra_path_length(graph, weight="seconds"))
    expected = np.array([[known[a].get(b, np.inf) for b in nodes] for a in nodes])
    assert np.array_equal(found, expected)


def test_a_ring_without_a_junction_is_gone_round_the_shorter_way() -> None:
    ring = nx.cycle_graph(6)
    nx.set_edge_attributes(ring, 10.0, "seconds")
    found = measure_ways(to_csr(ring), np.array([0]), np.arange(6))
    assert found.tolist() == [[0, 10, 20, 30, 20, 10]]


def test_bends_between_two_junctions_are_one_edge() -> None:
    star = nx.Graph()
    for leg in range(3):
        nodes = [0, *range(1 + 3 * leg, 4 + 3 * leg)]
        nx.add_path(star, nodes, seconds=5.0)
    assert contract(to_csr(star)).core.shape == (4, 4)
