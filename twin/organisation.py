"""The command graph and who serves which place."""

import itertools

import networkx as nx
import pandas as pd


def build_organisation(units: pd.DataFrame) -> nx.DiGraph:
    """A directed graph of units: `command` edges from parent to child, `cooperate` edges inside a tier.

    Units of one tier under the same parent co-operate (the three horizontal lines of the 王).
    """
    graph = nx.DiGraph()
    for unit in units.itertuples():
        graph.add_node(unit.code, name=unit.name, tier=unit.tier, kind=unit.kind)
    for unit in units[units["parent"] != ""].itertuples():
        graph.add_edge(unit.parent, unit.code, kind="command")
    for _, siblings in units[units["parent"] != ""].groupby(["parent", "tier"])["code"]:
        codes = list(siblings)
        graph.add_edges_from(itertools.pairwise(codes), kind="cooperate")
    return graph


def list_served_areas(units: pd.DataFrame) -> dict[str, list[str]]:
    """For each unit code the area codes that it serves: its `serves` list, or its own area."""
    return {
        unit.code: unit.serves.split(";") if unit.serves else [unit.area]
        for unit in units[["code", "area", "serves"]].itertuples()
    }


def measure_availability(duties: pd.DataFrame) -> dict[str, float]:
    """Share of shift time that each role has for cases: 1 - sum of the duties that yield to urgent ones only.

    A duty that yields to any case (a patrol) takes no time from cases: it fills the roster's idle hours.
    """
    shares = duties[duties["yields"] == "urgent"].groupby("role")["share"].sum()
    return {str(role): max(0.0, 1.0 - float(share)) for role, share in shares.items()}
