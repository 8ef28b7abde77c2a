"""What a division into grids is worth: loads, deviations, compactness, wholeness."""

from typing import Any

import numpy as np
import pandas as pd

from twin.gridding.graph import CellGraph, Labels, label_parts, measure_compactness, measure_perimeters


def measure_grids(graph: CellGraph, labels: Labels, homes: Labels) -> pd.DataFrame:
    """One row a grid, in the order of the labels 0..

    Columns: home (the village's number in `homes`, one a cell), cells, load, mean (load of a grid of that
    village), deviation (load / mean - 1), area_m2, perimeter_m, polsby_popper, parts (1: contiguous).
    """
    count = int(labels.max()) + 1
    home = np.zeros(count, dtype=np.int64)
    home[labels] = homes
    load = np.bincount(labels, graph.weights, count)
    mean = (np.bincount(homes, graph.weights) / np.maximum(np.bincount(home), 1))[home]
    areas = np.bincount(labels, graph.areas, count).astype(float)
    around = measure_perimeters(graph, labels, count)
    pieces = np.unique(np.stack([labels, label_parts(graph, labels)], axis=1), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.where(mean > 0, load / mean - 1, 0.0)
    return pd.DataFrame(
        {
            "home": home,
            "cells": np.bincount(labels, minlength=count),
            "load": load,
            "mean": mean,
            "deviation": deviation,
            "area_m2": areas,
            "perimeter_m": around,
            "polsby_popper": measure_compactness(areas, around),
            "parts": np.bincount(pieces[:, 0], minlength=count),
        }
    )


def summarise_grids(grids: pd.DataFrame) -> dict[str, Any]:
    """Of measure_grids: grids, max_deviation (from the mean of the village), spread (of the loads around the
    mean of all, largest), polsby_popper (mean), broken (grids in several parts), worst (number of the village
    with the largest deviation).
    """
    off = grids["deviation"].abs()
    mean = float(grids["load"].mean())
    return {
        "grids": len(grids),
        "max_deviation": float(off.max()),
        "spread": float((grids["load"] / mean - 1).abs().max()) if mean > 0 else 0.0,
        "polsby_popper": float(grids["polsby_popper"].mean()),
        "broken": int((grids["parts"] > 1).sum()),
        "worst": int(grids["home"].iloc[int(off.to_numpy().argmax())]),
    }
