"""Whistles (吹哨报到): who was called to a case, who came, and how long it took."""

import numpy as np
import pandas as pd


def trace_whistles(log: pd.DataFrame, count: int) -> dict[str, np.ndarray]:
    """The last whistle of each case, from an ordered log with columns `case` and `time`.

    whistled_at, whistle_due, there_at (all called present; -1 not yet), called_bodies, present_bodies.
    A body is called when the call names it or it has a row of handling or joint work from the call until the
    case is handled; it is present when its work begins. A joint start alone tells of two bodies at least.
    """
    found = {name: np.full(count, -1, dtype=np.int64) for name in ("whistled_at", "whistle_due", "there_at")}
    found |= {name: np.zeros(count, dtype=np.int16) for name in ("called_bodies", "present_bodies")}
    state = log["state"].astype(str).to_numpy()
    if not len(log) or not (state == "whistled").any():
        return found
    case, time = log["case"].to_numpy(), log["time"].to_numpy()
    done = (log["phase"] == "done").to_numpy()
    calls = np.flatnonzero((state == "whistled") & done)
    found["whistled_at"][case[calls]] = time[calls]
    due = log["step_due"].iloc[calls].dt.tz_convert("UTC").dt.tz_localize(None)
    found["whistle_due"][case[calls]] = np.maximum(
        due.to_numpy().astype("datetime64[us]").astype(np.int64), -1
    )
    return _count_bodies(log, state, done, found)


def _count_bodies(
    log: pd.DataFrame, state: np.ndarray, done: np.ndarray, found: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    case, time, since = log["case"].to_numpy(), log["time"].to_numpy(), found["whistled_at"]
    ended = np.full(len(since), np.iinfo(np.int64).max)
    handled = np.flatnonzero((state == "handled") & done & (since[case] >= 0) & (time >= since[case]))
    np.minimum.at(ended, case[handled], time[handled])
    near = (since[case] >= 0) & (time >= since[case]) & (time <= ended[case])
    unit = log["unit"].astype(str).to_numpy(dtype=object)
    taking = near & np.isin(state, ("handling", "joint", "whistled")) & (unit != "")
    bodies = pd.DataFrame({"case": case, "unit": unit, "time": time})
    called = bodies[taking].drop_duplicates(["case", "unit"]).groupby("case").size()
    found["called_bodies"][called.index.to_numpy()] = called.to_numpy()
    joint = case[near & (state == "joint") & done]
    found["called_bodies"][joint] = np.maximum(found["called_bodies"][joint], 2)
    working = taking & np.isin(state, ("handling", "joint")) & (log["phase"] == "work").to_numpy()
    begun = bodies[working].drop_duplicates(["case", "unit"]).groupby("case")["time"].agg(["size", "max"])
    rows = begun.index.to_numpy()
    found["present_bodies"][rows] = begun["size"].to_numpy()
    whole = begun["size"].to_numpy() >= found["called_bodies"][rows]
    found["there_at"][rows[whole]] = begun["max"].to_numpy()[whole]
    return found
