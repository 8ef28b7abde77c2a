"""Which cases a scenario touched: those any of whose events differ."""

import numpy as np
import pandas as pd

from simulation.studies.outcome import Outcome
from twin.district import District
from twin.indicators import SCOPE_KINDS


def count_affected(
    district: District, scopes: pd.DataFrame, pairs: list[tuple[Outcome, Outcome]]
) -> np.ndarray:
    """For each scope the number of cases any of whose events differ, summed over replications."""
    number = {key: row for row, key in enumerate(zip(scopes["scope_kind"], scopes["scope"], strict=True))}
    total = np.zeros(len(scopes), dtype=np.int64)
    places, matters = district.places, district.matters["matter"].to_numpy()
    root = scopes["scope"].iloc[0]
    columns = {"township": places["township"], "village": places["village"], "grid": places["grid"]}
    for before, after in pairs:
        grids, items = list_affected(before, after)
        total[number["district", root]] += len(grids)
        for kind in SCOPE_KINDS[1:4]:
            codes, counts = np.unique(columns[kind].to_numpy(str)[grids], return_counts=True)
            for code, count in zip(codes, counts, strict=True):
                total[number[kind, str(code)]] += count
        codes, counts = np.unique(matters.astype(str)[items], return_counts=True)
        for code, count in zip(codes, counts, strict=True):
            total[number["matter", str(code)]] += count
    return total


def list_affected(before: Outcome, after: Outcome) -> tuple[np.ndarray, np.ndarray]:
    """Grids and items of the cases that differ, appear or vanish."""
    _, left, right = np.intersect1d(before.keys, after.keys, assume_unique=True, return_indices=True)
    differ = before.prints[left] != after.prints[right]
    gone = np.setdiff1d(np.arange(len(before.keys)), left)
    new = np.setdiff1d(np.arange(len(after.keys)), right)
    grids = np.r_[before.grids[left[differ]], before.grids[gone], after.grids[new]]
    items = np.r_[before.matters[left[differ]], before.matters[gone], after.matters[new]]
    return grids, items
