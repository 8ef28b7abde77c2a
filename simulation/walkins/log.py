"""Walk-in visits as rows of the event log."""

import numpy as np
import pandas as pd

from simulation.walkins.halls import WalkinVisits
from twin.eventlog import (
    COLUMNS,
    PHASES,
    STATES,
    categorise,
    constant,
    digit_table,
    fixed_strings,
    hex_strings,
    order_log,
    to_utc,
)

MISSING = "documents missing"
_TRAVEL, _QUEUED, _WORK, _DONE = (PHASES.index(name) for name in ("travel", "queued", "work", "done"))


def build_walkin_log(
    visits: WalkinVisits, scenario: str = "baseline", replication: int = 0, run_id: str = ""
) -> pd.DataFrame:
    """The visits as rows of THE event log, kind `walk_in`, up to the horizon, in its order.

    A need is `reported` when its resident first sets out; a visit is travel, queued (where it waited), work
    at a window (`post_id` is unit-wNN), and done: `closed`, or `returned` for want of documents. `matter` is
    the service, `task_id` the visit's number, x and y are the resident's grid.
    """
    rows = _list_rows(visits)
    rows = rows[:, (rows[0] >= 0) & (rows[0] <= visits.horizon)]
    return order_log(_frame(visits, rows, scenario, replication, run_id))


def _list_rows(visits: WalkinVisits) -> np.ndarray:
    """Rows as columns: time, row of the visits' table, phase, state, work seconds, place in the visit."""
    table = visits.table
    v = {name: table[name].to_numpy() for name in table.columns}
    row = np.arange(len(table))
    out, began, first = v["arrive"] - v["travel_seconds"], v["begin"] >= 0, v["visit"] == 1
    reported, handling, closed, returned = (
        STATES.index(name) for name in ("reported", "handling", "closed", "returned")
    )
    done = np.where(v["finished"], closed, returned)
    going = np.where(first, reported, returned)
    zero = np.zeros(len(table), dtype=np.int64)
    waits = (v["begin"] > v["arrive"]) | ~began
    plan = (
        (first, np.maximum(out, 0), _DONE, zero + reported, zero),
        (row >= 0, np.maximum(out, 0), _TRAVEL, going, zero),
        (waits, v["arrive"], _QUEUED, zero + handling, zero),
        (began, v["begin"], _WORK, zero + handling, v["work_seconds"]),
        (began, v["end"], _DONE, done, zero),
    )
    parts = [
        np.array(
            [time[mask], row[mask], row[mask] * 0 + phase, state[mask], work[mask], row[mask] * 0 + place]
        )
        for place, (mask, time, phase, state, work) in enumerate(plan)
    ]
    return np.concatenate(parts, axis=1)


def _frame(
    visits: WalkinVisits, rows: np.ndarray, scenario: str, replication: int, run_id: str
) -> pd.DataFrame:
    time, row, phase, state, work, place = rows
    district, needs, count = visits.district, visits.needs, len(time)
    chosen = visits.table.iloc[row].reset_index(drop=True)
    units, places = district.units, district.places
    midnight = pd.Timestamp(needs.origin).tz_localize(district.settings.time_zone)
    occurred, never = to_utc(time, midnight), pd.Series(np.full(count, "NaT", dtype="datetime64[us]"))
    grid, unit = chosen["grid"].to_numpy(), chosen["unit"].to_numpy()
    served = (phase == _WORK) | ((phase == _DONE) & (state != STATES.index("reported")))
    tiers = ["district", "township", "village"]
    unit_names = categorise(unit, units["code"].tolist())
    back = (phase == _DONE) & (state == STATES.index("returned"))
    columns = {
        "origin": constant("sim", count),
        "run_id": constant(run_id, count),
        "scenario": constant(scenario, count),
        "replication": np.full(count, replication, dtype=np.int32),
        "source": constant("simulation", count),
        "event_id": _name_events(chosen, place),
        "case_id": categorise(chosen["need"].to_numpy(), hex_strings(needs.key)),
        "seq": np.zeros(count, dtype=np.int32),
        "task_id": chosen["visit"].to_numpy().astype(np.int32),
        "kind": constant("walk_in", count),
        "occurred_at": occurred,
        "recorded_at": occurred,
        "state": categorise(state, list(STATES)),
        "phase": categorise(phase, list(PHASES)),
        "tier": categorise(units["tier"].map(tiers.index).to_numpy()[unit], tiers),
        "unit": unit_names,
        "role": categorise(np.where(served, 0, -1), ["window"]),
        "post_id": _name_windows(district.units["code"], chosen, served),
        "lead_unit": unit_names,
        "work_seconds": work,
        "channel": constant("walk_in", count),
        "matter": categorise(chosen["service"].to_numpy(), district.services["service"].tolist()),
        "grid": categorise(grid, district.grids["code"].tolist()),
        "x": places["x"].to_numpy()[grid],
        "y": places["y"].to_numpy()[grid],
        "priority": np.zeros(count, dtype=np.int16),
        **dict.fromkeys(("step_due", "handling_due", "close_due"), never.dt.tz_localize("UTC")),
        **dict.fromkeys(("merged_into", "verdict"), constant("", count)),
        "reason_code": categorise(np.where(back, 0, -1), [MISSING]),
    }
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def _name_events(chosen: pd.DataFrame, place: np.ndarray) -> pd.Series:
    """`w`, the need, the visit and the place in it: apart from the ids of cases, in the order of a visit."""
    numbers = np.column_stack(
        [
            digit_table(chosen["need"].to_numpy(), 9),
            digit_table(chosen["visit"].to_numpy(), 3),
            digit_table(place, 1),
        ]
    )
    return fixed_strings(np.column_stack([np.full(len(chosen), ord("w"), dtype=np.uint8), numbers]))


def _name_windows(codes: pd.Series, chosen: pd.DataFrame, served: np.ndarray) -> pd.Categorical:
    pair = chosen["unit"].to_numpy() * 1000 + chosen["window"].to_numpy()
    known, number = np.unique(np.where(served, pair, -1), return_inverse=True)
    names = [f"{codes.iloc[k // 1000]}-w{k % 1000 + 1:02d}" for k in known.tolist() if k >= 0]
    return categorise(number - (len(known) - len(names)), names)
