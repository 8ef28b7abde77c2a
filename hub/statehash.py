"""One hash for the live state: the same set of events gives the same, in whatever order they came."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hub.policy import LivePolicy, load_policy
from hub.projection import Projection
from store.database import Store
from store.events import EventStore
from twin.district import District

ORIGINS = ("live", "replay")


@dataclass(frozen=True)
class StateHash:
    """received_no: the last event that is in it; cases: how many; digest: SHA-256 in hexadecimal."""

    received_no: int
    cases: int
    digest: str


def hash_projection(projection: Projection) -> StateHash:
    """The hash of a projection as it stands: cases by id, all columns; moves; work by role and hour.

    Numbers go in as their 64 bits, text as UTF-8, blanks as null; neither the order of rows nor the
    representation of a column in memory is part of it.
    """
    digest = hashlib.sha256()
    cases = projection.cases.sort_index()
    _feed(digest, "case_id", pd.Series(cases.index.astype(str)))
    for name in sorted(cases.columns):
        _feed(digest, name, cases[name])
    for name in projection.moves.columns:
        _feed(digest, f"move {name}", projection.moves[name])
    work = sorted([role, hour, float(seconds).hex()] for (role, hour), seconds in projection.work.items())
    digest.update(json.dumps([work, projection.newest, projection.oldest]).encode())
    return StateHash(projection.received_no, len(cases), digest.hexdigest())


def rebuild_state(store: Store, district: District, policy: LivePolicy | None = None) -> dict[str, StateHash]:
    """The state of each origin, derived anew from every event of a store."""
    events, policy = EventStore(store), policy or load_policy()
    found = {}
    for origin in ORIGINS:
        projection = Projection(events, district, policy, origin)
        projection.catch_up()
        found[origin] = hash_projection(projection)
    return found


def _feed(digest: "hashlib._Hash", name: str, column: "pd.Series") -> None:
    digest.update(f"\n{name}:".encode())
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = column.to_numpy(dtype=np.float64 if column.dtype.kind == "f" else np.int64)
        digest.update((numbers + 0).astype(numbers.dtype.newbyteorder("<")).tobytes())
    elif isinstance(column.dtype, pd.DatetimeTZDtype):
        digest.update(column.dt.tz_localize(None).to_numpy().astype("datetime64[us]").tobytes())
    else:
        texts = column.astype(object).where(column.notna(), None)
        digest.update(json.dumps([None if text is None else str(text) for text in texts]).encode())
