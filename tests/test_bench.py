"""What the bench asks of its figures; nothing is timed here."""

import numpy as np

from bench.parts import at_least, at_most
from bench.run import PARTS, list_misses
from bench.travel import PLACES, cut_roads
from twin.roads import measure_roads


def test_a_figure_beyond_its_limit_is_a_miss_and_one_not_measured_is_not_judged() -> None:
    assert at_least("pace", 2).judge({"pace": 1.9}) == "pace 1.9, at least 2"
    assert at_most("share", 0.25).judge({"share": 0.25}) is None
    assert at_most("share", 0.25).judge({}) is None
    assert at_most("share", 0.25).judge({"share": None}) is None
    assert list_misses({"engine_over_naive": 2.6, "wait_gap": 0.01}) == [
        "engine_over_naive 2.6, at least 2.7"
    ]


def test_every_limit_of_the_bench_is_there() -> None:
    bounds = {limit.figure: limit.bound for part in PARTS.values() for limit in part.limits}
    assert bounds == {
        "engine_over_naive": 2.7,
        "wait_gap": 0.02,
        "demo_cases_per_cpu_second": 12_000,
        "indicators_share": 0.25,
        "duties_over_cases": 1.0,
        "growth_exponent": 1.05,
        "bytes_per_case": 1_500,
        "travel_over_networkx": 15,
        "travel_gap_seconds": 1e-6,
        "diagnosis_cpu_seconds": 240.0,
        "playback_megabytes": 2.0,
        "optimise_over_proportional_low": 0.0,
        "optimise_over_square_root_low": 0.0,
        "optimise_over_random_low": 0.0,
        "optimise_other_seed_low": 0.0,
        "grids_broken": 0,
        "grids_cpu_seconds": 5.0,
        "grids_deviation": 0.03,
        "grids_compactness": 0.57,
        "grids_deviation_over_metis": 1.0,
        "grids_compactness_over_even": 1.0,
        "siting_missed": 0,
        "siting_gap": 0.005,
        "siting_seconds": 8.0,
        "studio_first": 4.0,
        "studio_whole": 45.0,
        "studio_again": 1.0,
    }


def test_the_bench_s_graph_has_places_enough_and_every_edge_is_its_own_shortest_way_or_longer() -> None:
    graph = cut_roads()
    assert graph.number_of_nodes() >= PLACES
    a, b, data = next(iter(graph.edges(data=True)))
    seconds = measure_roads(graph, np.array([a], dtype=float), np.array([b], dtype=float), 1.0)
    assert seconds.shape == (1, 1) and 0 < seconds[0, 0] <= data["seconds"] + 1e-9
