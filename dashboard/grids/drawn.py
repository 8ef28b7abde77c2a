"""A drawing as the page holds it: the ground of a job, and the labels after what was changed by hand."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dashboard.guard import current_scope
from dashboard.i18n import t
from dashboard.services import Services
from dashboard.studying import find_status
from hub.gridding import Ground, lay_ground, move_cell
from hub.results import unpack_tables
from hub.studies.grids import GridsStudy
from twin.district import District
from twin.gridding.graph import Labels

MOST_EDITS = 500


class Drawn(NamedTuple):
    """A finished job: its id, what it says of itself, its ground, the labels as drawn."""

    job_id: str
    head: dict[str, Any]
    ground: Ground
    labels: Labels


def read_drawn(services: Services, job_id: Any) -> Drawn | None:
    """The drawing of a job; None before it is done, or where it lies outside the planner's part."""
    status = find_status(services, job_id, GridsStudy.kind)
    if status is None or status.state != "done":
        return None
    found = _read(_Key(services, job_id))
    if found is None or not set(found.ground.villages) <= current_scope(services).areas:
        return None
    return found


def read_kept(services: Services, kept: Any) -> Drawn | None:
    """The drawing that the browser keeps on the page; None where it keeps none."""
    return read_drawn(services, kept.get("job") if isinstance(kept, Mapping) else None)


def read_seen(services: Services, seen: Any) -> Drawn | None:
    """The drawing that the page follows, as `studying` tells it; None while there is none."""
    return read_drawn(services, seen[0] if isinstance(seen, list) and seen else None)


class _Key:
    """A job of a store as a key of the cache."""

    def __init__(self, services: Services, job_id: str) -> None:
        self.services, self.job_id = services, job_id

    def __hash__(self) -> int:
        return hash(self.job_id)

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, _Key) and other.job_id == self.job_id
        return same and isinstance(other, _Key) and other.services is self.services


@lru_cache(maxsize=16)
def _read(key: _Key) -> Drawn | None:
    body = key.services.jobs.body(key.job_id)
    if body is None:
        return None
    head, tables = unpack_tables(body)
    ground = _lay(key.services.district, head, tables["weights"])
    return Drawn(key.job_id, head, ground, ground.read(head["drawing"]))


def _lay(district: District, head: Mapping[str, Any], table: pd.DataFrame) -> Ground:
    weights = table.set_index("code")["weight"]
    return lay_ground(district, head["villages"], weights, head["per_grid"], read_source(head))


def read_source(head: Mapping[str, Any]) -> str:
    """What the cells of a drawing were made from; drawings of before there was a choice have a mesh."""
    return str(head.get("source", "mesh"))


def name_cells(drawn: Drawn, lang: str) -> str:
    """How many cells there were, and what they are."""
    source, count = read_source(drawn.head), len(drawn.labels)
    return t(f"grids.cells_{source}", lang, cells=f"{count:,}", per_grid=drawn.head["per_grid"])


def list_edits(kept: Any) -> list[tuple[int, int]]:
    """(cell, grid) of what was changed by hand, as the browser keeps it; what is no such pair is left out."""
    rows = kept.get("edits") if isinstance(kept, Mapping) else None
    pairs = rows[:MOST_EDITS] if isinstance(rows, list) else []
    return [
        (pair[0], pair[1])
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and all(type(n) is int for n in pair)
    ]


def change(drawn: Drawn, edits: list[tuple[int, int]]) -> Labels:
    """The labels after changes by hand; those that cannot be are passed over."""
    labels = drawn.labels
    for cell, grid in edits:
        if 0 <= cell < len(labels) and 0 <= grid <= int(labels.max()):
            labels = move_cell(drawn.ground, labels, cell, grid)[0]
    return labels


def click(drawn: Drawn, kept: Any, cell: int) -> dict[str, Any]:
    """What the browser keeps after a click on a cell: the first click picks it, the second says where to."""
    edits, picked = list_edits(kept), kept.get("picked") if isinstance(kept, Mapping) else None
    state: dict[str, Any] = {
        "job": drawn.job_id,
        "edits": [list(pair) for pair in edits],
        "picked": None,
        "why": "",
    }
    if not 0 <= cell < len(drawn.labels):
        return state
    if type(picked) is not int or not 0 <= picked < len(drawn.labels):
        return state | {"picked": cell}
    labels = change(drawn, edits)
    if picked == cell:
        return state
    _, why = move_cell(drawn.ground, labels, picked, int(labels[cell]))
    if why:
        return state | {"picked": picked if why != "same" else cell, "why": "" if why == "same" else why}
    return state | {"edits": [*state["edits"], [picked, int(labels[cell])]], "moved": picked}


def name_grid(drawn: Drawn, labels: Labels, grid: int) -> tuple[str, int]:
    """The village of a grid, and its number in the village from 1."""
    table = drawn.ground.measure(labels)
    home = table["home"].to_numpy()
    return drawn.ground.villages[home[grid]], int(np.flatnonzero(home == home[grid]).tolist().index(grid)) + 1
