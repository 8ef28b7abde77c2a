"""The event log -> one row a case: when it passed each mark, how often it came back, how long it queued."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from twin.eventlog import ENDED, find_codes, group_order

VERDICTS = ("satisfied", "solved", "unsolved")


def summarise_cases(log: pd.DataFrame) -> pd.DataFrame:
    """One row a case, in order of first appearance in the log; duties and walk-ins are passed over.

    grid, matter, reported_at, dispatched_at, handled_at, closed_at, reopened_at, ended_at (closed,
    self-handled, merged, refused, voided or transferred out, and not opened again since), first_handled_at,
    first_closed_at, first_ended_at, spot
    (self-handled), tier (last handling), counts of returned, rework, suspended, extended, refused, merged;
    verdict (place in VERDICTS), called and present_in_time (whistles), wait_seconds (queued while handling),
    handling_due, close_due (the last that held). Times are int64 microseconds, -1 where missing.
    """
    log = log[(log["kind"] == "case").to_numpy()] if (log["kind"] != "case").any() else log
    case, first = _number_cases(log)
    count = len(first)
    done = (log["phase"] == "done").to_numpy()
    state = log["state"].astype(str).to_numpy() if log["state"].dtype != "category" else None
    is_state = _state_tests(log, state)
    time = _microseconds(log["occurred_at"])
    ended = np.zeros(len(log), dtype=bool)
    for name in ENDED:
        ended |= is_state(name)
    columns: dict[str, np.ndarray] = {}
    for name, mask in {
        "reported_at": is_state("reported"),
        "dispatched_at": is_state("dispatched"),
        "handled_at": is_state("handled"),
        "closed_at": is_state("closed"),
        "reopened_at": is_state("reopened"),
        "ended_at": ended,
    }.items():
        columns[name] = _last(case, time, mask & done, count)
    for name, mask in {
        "first_handled_at": is_state("handled"),
        "first_closed_at": is_state("closed"),
        "first_ended_at": ended,
    }.items():
        columns[name] = _first(case, time, mask & done, count)
    again = columns["reopened_at"] > columns["ended_at"]
    columns["ended_at"] = np.where(again, -1, columns["ended_at"])
    columns["spot"] = _last(case, time, is_state("self_handled") & done, count) >= 0
    for name in ("returned", "rework", "suspended", "extended", "refused", "merged"):
        columns[name] = np.bincount(case[is_state(name) & done], minlength=count)
    columns["verdict"] = _last(
        case, find_codes(log["verdict"], VERDICTS), is_state("evaluated") & done, count
    )
    columns |= _measure_whistles(log, case, time, is_state, count)
    for name in ("handling_due", "close_due"):
        due = _microseconds(log[name])
        columns[name] = _last(case, due, due >= 0, count)
    tier = find_codes(log["tier"], ["grid", "village", "township", "district"])
    columns["tier"] = _last(case, tier.astype(np.int64), is_state("handled") & done, count)
    queued = (log["phase"] == "queued").to_numpy() & is_state("handling")
    columns["wait_seconds"] = _measure_waits(case, time, queued, _own_rows(is_state), count)
    table = pd.DataFrame(columns)
    table.insert(0, "grid", log["grid"].iloc[first].to_numpy())
    table.insert(1, "matter", log["matter"].iloc[first].to_numpy())
    table.index = pd.Index(log["case_id"].iloc[first].astype(str), name="case_id")
    return table


def _number_cases(log: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    column = log["case_id"]
    codes = column.cat.codes.to_numpy() if column.dtype == "category" else pd.factorize(column)[0]
    used, first, number = np.unique(codes, return_index=True, return_inverse=True)
    del used
    return number, first


def _state_tests(log: pd.DataFrame, state: np.ndarray | None):  # type: ignore[no-untyped-def]
    if state is not None:
        return lambda name: state == name
    names = {name: code for code, name in enumerate(log["state"].cat.categories)}
    codes = log["state"].cat.codes.to_numpy()
    return lambda name: codes == names.get(name, -2)


def _microseconds(column: pd.Series) -> np.ndarray:
    values = (
        column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    )
    return np.where(values < 0, -1, values)


def _last(case: np.ndarray, values: np.ndarray, mask: np.ndarray, count: int) -> np.ndarray:
    """The last value of each case among masked rows (the log is in order); -1 where there is none."""
    result = np.full(count, -1, dtype=np.int64)
    result[case[mask]] = values[mask]
    return result


def _first(case: np.ndarray, values: np.ndarray, mask: np.ndarray, count: int) -> np.ndarray:
    """The first value of each case among masked rows (the log is in order); -1 where there is none."""
    return _last(case[::-1], values[::-1], mask[::-1], count)


def _own_rows(is_state: Callable[[str], np.ndarray]) -> np.ndarray:
    """Rows about the case's own visits: not of helpers beside it, nor of its clocks."""
    beside = [is_state(name) for name in ("suspended", "extended", "whistled", "joint")]
    return ~np.logical_or.reduce(beside)


def _measure_waits(
    case: np.ndarray, time: np.ndarray, queued: np.ndarray, own: np.ndarray, count: int
) -> np.ndarray:
    """Seconds each case queued for a post while handling: from each queued row to its next own row."""
    order = np.flatnonzero(own)
    order = order[group_order(case[order])]
    place = np.flatnonzero(queued[order][:-1])
    place = place[case[order[place]] == case[order[place + 1]]]
    gap = (time[order[place + 1]] - time[order[place]]) / 1e6
    return np.bincount(case[order[place]], weights=gap, minlength=count)


def _measure_whistles(
    log: pd.DataFrame, case: np.ndarray, time: np.ndarray, is_state: Callable[[str], np.ndarray], count: int
) -> dict[str, np.ndarray]:
    """Whether each case was called for, and whether the last of those called was there in the call's time.

    Helpers are there when their work begins, and one that never began was not there; where no helper has a
    row, the lead's own beginning counts.
    """
    calls = np.flatnonzero(is_state("whistled") & (log["phase"] == "done").to_numpy())
    called = np.bincount(case[calls], minlength=count) > 0
    if not called.any():
        return {"called": called, "present_in_time": called}
    due = _last(case, _microseconds(log["step_due"]), is_state("whistled"), count)
    since = _last(case, time, is_state("whistled"), count)
    begun = (log["phase"] == "work").to_numpy() & called[case] & (time >= since[case])
    present = np.full(count, -1, dtype=np.int64)
    for state in ("handling", "joint"):
        rows = np.flatnonzero(begun & is_state(state))
        firsts = pd.DataFrame(
            {"case": case[rows], "task": log["task_id"].to_numpy()[rows], "time": time[rows]}
        )
        firsts = firsts.drop_duplicates(["case", "task"])
        last = firsts.groupby("case")["time"].agg("first" if state == "handling" else "max")
        present[last.index.to_numpy()] = last.to_numpy()
    waiting = is_state("joint") & (log["phase"] == "queued").to_numpy() & called[case] & (time >= since[case])
    tasks = log["task_id"].to_numpy()
    asked = pd.MultiIndex.from_arrays([case[waiting], tasks[waiting]]).unique()
    came = begun & is_state("joint")
    missing = asked.difference(pd.MultiIndex.from_arrays([case[came], tasks[came]]))
    present[missing.get_level_values(0).to_numpy(dtype=np.int64)] = -1
    return {"called": called, "present_in_time": called & (present >= 0) & (present <= due)}
