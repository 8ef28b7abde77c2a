"""Which cases a scenario touched: those any of whose events differ."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulation.studies.outcome import Outcome
from twin.district import District
from twin.indicators import SCOPE_KINDS

Pairs = Sequence[tuple[Outcome, Outcome]]


def count_affected(district: District, scopes: pd.DataFrame, pairs: Pairs) -> np.ndarray:
    """For each scope the number of cases any of whose events differ, summed over replications."""
    return count_all_affected(district, scopes, pairs)[: len(scopes)]


def count_all_affected(district: District, scopes: pd.DataFrame, pairs: Pairs) -> np.ndarray:
    """For each scope, then for each unit, the number of cases that differ, summed over replications.

    A unit counts the cases that it had a part in and any of whose events differ, wherever; where nothing that
    its own bodies did differs, it counts none.
    """
    number = {key: row for row, key in enumerate(zip(scopes["scope_kind"], scopes["scope"], strict=True))}
    matters = district.matters["matter"].to_numpy(str)
    places = {kind: district.places[kind].to_numpy(str) for kind in SCOPE_KINDS[1:4]}
    rows = {kind: np.array([number[kind, code] for code in codes]) for kind, codes in places.items()}
    rows["matter"] = np.array([number["matter", code] for code in matters])
    total = np.zeros(len(scopes), dtype=np.int64)
    units = np.zeros(len(district.units), dtype=np.int64)
    for before, after in pairs:
        left, right = find_affected(before, after)
        grids = join(before.grids[left], after.grids[right])
        items = join(before.matters[left], after.matters[right])
        total[0] += len(grids)
        for kind, table in rows.items():
            total += np.bincount(table[items if kind == "matter" else grids], minlength=len(total))
        units += _count_units(before, after, left, right)
    return np.r_[total, units]


def join(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Two columns of whole numbers, one after the other, as int64."""
    return np.r_[before.astype(np.int64), after.astype(np.int64)]


def find_affected(before: Outcome, after: Outcome) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `before` whose cases differ or vanish, and rows of `after` whose cases appear."""
    _, left, right = np.intersect1d(before.keys, after.keys, assume_unique=True, return_indices=True)
    differ = before.prints[left] != after.prints[right]
    gone, new = np.ones(len(before.keys), dtype=bool), np.ones(len(after.keys), dtype=bool)
    gone[left], new[right] = False, False
    return np.r_[left[differ], np.flatnonzero(gone)], np.flatnonzero(new)


def _count_units(before: Outcome, after: Outcome, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Cases that differ by unit, each once a unit, whichever side it was there."""
    count = len(before.unit_prints)
    keys = np.unique(np.r_[before.keys[left], after.keys[right]])
    stays = np.unique(np.concatenate([_list_stays(side, keys, count) for side in (before, after)]))
    return np.where(before.unit_prints == after.unit_prints, 0, np.bincount(stays % count, minlength=count))


def _list_stays(side: Outcome, keys: np.ndarray, units: int) -> np.ndarray:
    """Place in `keys` x units + unit row, for every unit that had a part in one of those cases."""
    place = np.searchsorted(keys, side.keys)
    known = np.r_[keys, 0][place] == side.keys if len(keys) else np.zeros(len(side.keys), dtype=bool)
    case = np.repeat(np.arange(len(side.keys)), side.touches)
    mine = known[case]
    return np.asarray(place[case[mine]] * units + side.touched[mine].astype(np.int64))
