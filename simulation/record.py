"""Visits -> the event log, in columns."""

import numpy as np
import pandas as pd

from simulation.draws import mix_array, name_key
from simulation.lots import BACK, PREEMPTED, TIMED_OUT, UP
from simulation.pools import list_stints
from simulation.visits import FIELDS, Visits
from twin.eventlog import (
    PHASES,
    STATES,
    categorise,
    constant,
    digit_table,
    fixed_strings,
    hex_strings,
    to_utc,
)

_BEFORE = {
    "accepted": "reported",
    "verified": "accepted",
    "dispatched": "accepted",
    "handled": "handling",
    "checked": "handled",
    "closed": "checked",
    "self_handled": "reported",
}
_DATED = np.isin(
    STATES, ("dispatched", "handling", "handled", "escalated", "checked", "rework", "closed")
)  # states in which a case has its due times
_DELAY, _QUEUED, _TRAVEL, _WORK, _PAUSED, _DONE = range(6)
_AFTER = 6


def build_log(
    visits: Visits, scenario: str = "baseline", replication: int = 0, run_id: str = ""
) -> pd.DataFrame:
    """The event log of a run, ordered, with the columns of twin.eventlog; rows up to the horizon."""
    rows = _list_rows(visits)
    rows = rows[:, (rows[0] >= 0) & (rows[0] <= visits.horizon)]
    rows = rows[:, sort_order(rows[0], rows[1], rows[2] + 1, rows[3])]
    case = pd.Series(rows[1], copy=False)
    seq = case.groupby(case, sort=False).cumcount().to_numpy()
    return _frame(visits, rows, seq, scenario, replication, run_id)


def _event_letters(cases: int, case: np.ndarray, seq: np.ndarray) -> np.ndarray:
    """The ids of events as ASCII codes: 10**9 + case, then seq; their order is (case, seq)."""
    most = int(seq.max(initial=0))
    width = max(3, len(str(most)))
    letters = np.empty((len(case), 10 + width), dtype=np.uint8)
    letters[:, :10] = np.take(digit_table(10**9 + np.arange(cases), 10), case, axis=0)
    letters[:, 10:] = np.take(digit_table(np.arange(most + 1), width), seq, axis=0)
    return letters


def sort_order(*keys: np.ndarray) -> np.ndarray:
    """The stable order of rows by whole numbers from 0 up, the first key first.

    The keys and the row's number are packed into one integer where they fit: a sort without an index.
    """
    count = len(keys[0])
    widths = [int(key.max(initial=0)).bit_length() for key in keys]
    place = count.bit_length()
    if sum(widths) > 63:
        return np.asarray(np.lexsort(keys[::-1]))
    packed = np.zeros(count, dtype=np.int64)
    for key, width in zip(keys, widths, strict=True):
        packed = packed << width | key
    if sum(widths) + place > 63:
        return np.argsort(packed, kind="stable")
    return np.sort(packed << place | np.arange(count)) & ((1 << place) - 1)


def fingerprint_cases(visits: Visits) -> np.ndarray:
    """One uint64 a case over everything that happened to it; equal only where nothing differs."""
    table = visits.table.astype(np.uint64)
    posts = np.array(
        [name_key(code) for code in visits.flow.district.posts["post_id"]] + [0], dtype=np.uint64
    )
    names = [name_key(name) for name in visits.flow.rows["step"]] + [name_key("self_handle")]
    mixed = mix_array(posts[visits.column("post")]) ^ mix_array(
        np.array(names, dtype=np.uint64)[visits.column("row")]
    )
    for name in ("task", "entered", "offered", "start", "travel", "work", "end", "done", "outcome"):
        mixed = mix_array(mixed ^ table[FIELDS.index(name)])
    total = np.zeros(len(visits.cases), dtype=np.uint64)
    np.add.at(total, visits.column("case"), mixed)
    return np.asarray(total ^ mix_array(visits.close_due.astype(np.uint64)))


def _list_rows(visits: Visits) -> np.ndarray:
    """Rows as columns: time, case, task, phase order, visit (-1 the report), state, work seconds."""
    t = {name: visits.column(name) for name in FIELDS}
    index = np.arange(len(visits))
    lead = t["lead"] == 1
    started, finished = t["start"] >= 0, t["end"] >= 0
    steps = [*visits.flow.rows["state"], "self_handled"]
    during = np.array([STATES.index(_BEFORE[s]) for s in steps])[t["row"]]
    reached = _states_reached(t, np.array([STATES.index(s) for s in steps])[t["row"]])
    gone = np.isin(t["outcome"], (PREEMPTED, TIMED_OUT))
    occupied = np.minimum(t["travel"] + t["work"], np.where(gone, t["end"] - t["start"], 1 << 40))
    parts = [_reports(visits)]

    def add(
        mask: np.ndarray, time: np.ndarray, phase: int, state: np.ndarray, work: np.ndarray | None = None
    ) -> None:
        chosen = index[mask]
        seconds = np.zeros(len(chosen), dtype=np.int64) if work is None else work[chosen]
        parts.append(
            np.array(
                [
                    time[chosen],
                    t["case"][chosen],
                    t["task"][chosen],
                    np.full(len(chosen), phase),
                    chosen,
                    state[chosen],
                    seconds,
                ]
            )
        )

    add(lead & (t["offered"] > t["entered"]), t["entered"], _DELAY, during)
    waits = (t["start"] > t["offered"]) | (~started & (t["post"] < 0) & (t["done"] < 0))
    add(lead & waits, t["offered"], _QUEUED, during)
    paused = started & (t["end"] - t["start"] > t["travel"] + t["work"]) & ~gone
    whole = started & ~paused
    begin = np.minimum(t["start"] + t["travel"], np.where(gone, t["end"], 1 << 40))
    add(whole & (t["travel"] > 0), t["start"], _TRAVEL, during)
    add(whole, begin, _WORK, during, occupied)
    parts.append(_paused_rows(visits, t, index[paused], during, occupied))
    waiting_after = (t["done"] > t["end"]) | (t["done"] < 0)
    add(lead & finished & waiting_after & (t["end"] <= visits.horizon), t["end"], _AFTER, during)
    add(lead & ~started & (t["done"] > t["entered"]), t["entered"], _DELAY, during)
    add(lead & (t["done"] >= 0) & (t["outcome"] != PREEMPTED), t["done"], _AFTER + 1, reached)
    add(lead & (t["outcome"] == PREEMPTED), t["done"], _PAUSED, during)
    return np.concatenate(parts, axis=1)


def _states_reached(t: dict[str, np.ndarray], state: np.ndarray) -> np.ndarray:
    """The state that a visit's end brings: the step's own, or escalated, returned, rework."""
    state = state.copy()
    escalated = np.isin(t["outcome"], (UP, TIMED_OUT))
    back = t["outcome"] == BACK
    state[back] = np.where(
        state[back] == STATES.index("checked"), STATES.index("rework"), STATES.index("returned")
    )
    state[escalated] = STATES.index("escalated")
    return state


def _reports(visits: Visits) -> np.ndarray:
    count = len(visits.cases)
    zeros = np.zeros(count, dtype=np.int64)
    return np.array(
        [visits.cases.time, np.arange(count), zeros - 1, zeros + _AFTER + 1, zeros - 1, zeros, zeros]
    )


def _paused_rows(
    visits: Visits, t: dict[str, np.ndarray], chosen: np.ndarray, during: np.ndarray, occupied: np.ndarray
) -> np.ndarray:
    """Travel, work and pauses of visits that ran past a shift's end."""
    windows = _post_windows(visits)
    found: list[tuple[int, ...]] = []
    columns = [t[name][chosen].tolist() for name in ("case", "task", "post", "start", "travel", "end")]
    states, seconds = during[chosen].tolist(), occupied[chosen].tolist()
    for visit, case, task, post, start, travel, end, state, seconds_worked in zip(
        chosen.tolist(), *columns, states, seconds, strict=True
    ):
        stints = list_stints(*windows[post], start, end)
        way, work = travel, seconds_worked
        if way:
            found.append((start, case, task, _TRAVEL, visit, state, 0))
        for number, (begin, finish) in enumerate(stints):
            if number:
                found.append((stints[number - 1][1], case, task, _PAUSED, visit, state, 0))
            if finish - begin > way or number == len(stints) - 1:
                found.append((begin + way, case, task, _WORK, visit, state, work))
                way, work = 0, 0
            else:
                way -= finish - begin
    return np.array(found, dtype=np.int64).reshape(-1, 7).T


def _post_windows(visits: Visits) -> dict[int, tuple[list[int], list[int]]]:
    return {
        post: spans
        for plan in visits.flow.pools
        for post, spans in zip(plan.posts, plan.windows, strict=True)
    }


def _frame(
    visits: Visits,
    rows: np.ndarray,
    seq: np.ndarray,
    scenario: str,
    replication: int,
    run_id: str,
) -> pd.DataFrame:
    time, case, task, phase, visit, state, seconds = rows
    flow, cases = visits.flow, visits.cases
    district, count = flow.district, len(time)
    midnight = pd.Timestamp(cases.origin).tz_localize(district.settings.time_zone)
    route = np.where(visit >= 0, visits.column("row")[visit], -1)
    post = np.where(visit >= 0, visits.column("post")[visit], -1)
    grid = cases.grid[case]
    unit, tier, role = flow.describe_body(route, grid, post)
    places = district.places
    dated = np.where(_DATED[state], case, -1)
    occurred = to_utc(time, midnight)
    phases = np.where(phase == _AFTER, _DELAY, np.where(phase == _AFTER + 1, _DONE, phase))
    blank = constant("", count)
    units = district.units["code"].tolist()
    return pd.DataFrame(
        {
            "origin": constant("sim", count),
            "run_id": constant(run_id, count),
            "scenario": constant(scenario, count),
            "replication": np.full(count, replication, dtype=np.int32),
            "source": constant("simulation", count),
            "event_id": fixed_strings(_event_letters(len(cases), case, seq)),
            "case_id": categorise(case, hex_strings(cases.key)),
            "seq": seq.astype(np.int32),
            "task_id": task.astype(np.int32),
            "kind": constant("case", count),
            "occurred_at": occurred,
            "recorded_at": occurred,
            "state": categorise(state, list(STATES)),
            "phase": categorise(phases, list(PHASES)),
            "tier": categorise(tier, ["district", "township", "village", "grid"]),
            "unit": categorise(unit, units),
            "role": categorise(role, flow.roles),
            "post_id": categorise(post, district.posts["post_id"].tolist()),
            "lead_unit": categorise(unit, units),
            "work_seconds": seconds,
            "channel": categorise(cases.channel[case], list(district.settings.channels)),
            "matter": categorise(cases.item[case], district.matters["item"].tolist()),
            "grid": categorise(grid, district.grids["code"].tolist()),
            "x": places["x"].to_numpy()[grid],
            "y": places["y"].to_numpy()[grid],
            "priority": np.array(flow.priority, dtype=np.int16)[cases.item[case]],
            "step_due": pd.Series(np.full(count, "NaT", dtype="datetime64[us]")).dt.tz_localize("UTC"),
            "handling_due": _due_of(visits.handling_due, dated, midnight),
            "close_due": _due_of(visits.close_due, dated, midnight),
            "merged_into": blank,
            "verdict": blank,
            "reason_code": blank,
        },
        copy=False,
    )


def _due_of(due: np.ndarray, case: np.ndarray, midnight: pd.Timestamp) -> pd.Series:
    """The due times of cases; NaT for case -1 and for a case without one."""
    stamps = to_utc(due, midnight, due < 0)
    return pd.Series(stamps.array.take(case, allow_fill=True), copy=False)
