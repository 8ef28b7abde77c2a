"""How long cases queued for a post while being handled, counted in fixed bins."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from twin.district import District
from twin.indicators import SCOPE_KINDS, Window, find_scope_rows, list_scopes

#: Scopes that waits are counted for, in the order of `list_scopes`.
WAIT_SCOPES = ("district", "township", "matter")


def count_waits(
    cases: pd.DataFrame, district: District, window: Window, edges: Sequence[float]
) -> np.ndarray:
    """Cases last handled in the window by how long they queued: scopes of WAIT_SCOPES x (edges + 1).

    cases: of summarise_cases; edges: minutes, rising; bin k holds waits above edge k - 1 and up to edge k,
    the last bin what is above all. The same waits as those of `wait_minutes_p90`.
    """
    start, end = (int(t.tz_convert("UTC").timestamp() * 1e6) for t in (window.start, window.end))
    handled = cases["handled_at"].to_numpy()
    chosen = np.flatnonzero((handled >= start) & (handled < end))
    scopes = list_scopes(district)
    place = find_scope_rows(cases.iloc[chosen][["grid", "matter"]], district, scopes)
    slot = np.searchsorted(np.asarray(edges), cases["wait_seconds"].to_numpy()[chosen] / 60, side="left")
    width = len(edges) + 1
    total = np.zeros((len(scopes), width), dtype=np.int32)
    for number, kind in enumerate(SCOPE_KINDS):
        known = place[number] >= 0
        if kind in WAIT_SCOPES:
            cell = place[number][known] * width + slot[known]
            total += np.bincount(cell, minlength=total.size).reshape(total.shape).astype(np.int32)
    return total[list_wait_scopes(scopes)]


def list_wait_scopes(scopes: pd.DataFrame) -> np.ndarray:
    """Rows of `list_scopes` that waits are counted for."""
    return np.flatnonzero(scopes["scope_kind"].isin(WAIT_SCOPES))
