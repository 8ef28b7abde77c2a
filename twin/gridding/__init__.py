"""Grids drawn from cells: even loads, compact, each in one part, inside village borders."""

from twin.gridding.balance import measure_grids, summarise_grids
from twin.gridding.checks import check_cells
from twin.gridding.drawing import Drawing, apportion, divide_graph, draw_grids
from twin.gridding.graph import CellGraph, build_graph
from twin.gridding.recipe import Recipe, load_recipe

__all__ = [
    "CellGraph",
    "Drawing",
    "Recipe",
    "apportion",
    "build_graph",
    "check_cells",
    "divide_graph",
    "draw_grids",
    "load_recipe",
    "measure_grids",
    "summarise_grids",
]
