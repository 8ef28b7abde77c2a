"""Visits -> the event log, in columns."""

import numpy as np
import pandas as pd

from simulation.draws import mix_array, name_key
from simulation.lots import BACK, BROKEN_OFF, END, HANDED, MERGED, PREEMPTED, TIMED_OUT, UP
from simulation.pools import count_worked, list_stints
from simulation.remarks import Remarks, list_move_rows
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

BEFORE = {
    "accepted": "reported",
    "verified": "accepted",
    "dispatched": "accepted",
    "handled": "handling",
    "checked": "handled",
    "closed": "checked",
    "evaluated": "closed",
    "joint": "joint",
    "self_handled": "reported",
}
_DELAY, _QUEUED, _TRAVEL, _WORK, _PAUSED, _DONE = range(6)
_AFTER = 6


def build_log(
    visits: Visits, scenario: str = "baseline", replication: int = 0, run_id: str = ""
) -> pd.DataFrame:
    """The event log of a run, ordered, with the columns of twin.eventlog; rows up to the horizon."""
    rows = _list_rows(visits)
    rows = rows[:, (rows[4] == -1) | ((rows[0] >= 0) & (rows[0] <= visits.horizon))]
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
    ids, codes = visits.flow.post_ids
    posts = np.array([name_key(code) for code in ids] + [0], dtype=np.uint64)
    names = [name_key(name) for name in visits.flow.rows["step"]] + [name_key("self_handle")]
    mixed = mix_array(posts[np.r_[codes, -1][visits.column("post")]]) ^ mix_array(
        np.array(names, dtype=np.uint64)[visits.column("row")]
    )
    for name in ("task", "entered", "offered", "start", "travel", "work", "end", "done", "outcome"):
        mixed = mix_array(mixed ^ table[FIELDS.index(name)])
    total = np.zeros(len(visits.cases), dtype=np.uint64)
    np.add.at(total, visits.column("case"), mixed)
    beside = mix_array(np.bitwise_xor.reduce(mix_array(visits.moves[2:6].astype(np.uint64)), axis=0))
    np.add.at(total, visits.moves[0], beside)
    return np.asarray(total ^ mix_array(visits.close_due.astype(np.uint64)))


def _list_rows(visits: Visits) -> np.ndarray:
    """Rows as columns: time, case, task, phase order, visit (-1 the report), state, work seconds."""
    t = {name: visits.column(name) for name in FIELDS}
    index = np.arange(len(visits))
    lead = t["lead"] == 1
    started, finished = t["start"] >= 0, t["end"] >= 0
    steps = [*visits.flow.rows["state"], "self_handled"]
    during = np.array([STATES.index(BEFORE[s]) for s in steps])[t["row"]]
    reached = _states_reached(visits, t, np.array([STATES.index(s) for s in steps])[t["row"]])
    gone = np.isin(t["outcome"], BROKEN_OFF)
    occupied = _measure_work(visits, t, gone)
    parts = [_reports(visits), list_move_rows(visits)]

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
    paused = started & (t["end"] - t["start"] > np.where(gone, occupied, t["travel"] + t["work"]))
    whole = started & ~paused
    begin = np.minimum(t["start"] + t["travel"], np.where(gone, t["end"], 1 << 40))
    add(whole & (t["travel"] > 0), t["start"], _TRAVEL, during)
    add(whole, begin, _WORK, during, occupied)
    parts.append(_paused_rows(visits, t, index[paused], during, occupied))
    waiting_after = (t["done"] > t["end"]) | (t["done"] < 0)
    add(lead & finished & waiting_after & (t["end"] <= visits.horizon), t["end"], _AFTER, during)
    add(lead & ~started & (t["done"] > t["entered"]), t["entered"], _DELAY, during)
    stopped = np.isin(t["outcome"], (PREEMPTED, HANDED))
    add(lead & (t["done"] >= 0) & ~stopped, t["done"], _AFTER + 1, reached)
    add(lead & stopped, t["done"], _PAUSED, during)
    return np.concatenate(parts, axis=1)


def _measure_work(visits: Visits, t: dict[str, np.ndarray], gone: np.ndarray) -> np.ndarray:
    """Seconds of travel and work of each visit; of one that was broken off, those on shift until then."""
    occupied = t["travel"] + t["work"]
    broken = np.flatnonzero(gone & (t["start"] >= 0))
    if len(broken):
        windows = _post_windows(visits)
        occupied[broken] = [
            min(count_worked(*windows[post], start, end), most)
            for post, start, end, most in zip(
                *(t[name][broken].tolist() for name in ("post", "start", "end")),
                occupied[broken].tolist(),
                strict=True,
            )
        ]
    return occupied


def _states_reached(visits: Visits, t: dict[str, np.ndarray], state: np.ndarray) -> np.ndarray:
    """The state that a visit's end brings: the step's own, or where it went instead."""
    state, outcome = state.copy(), t["outcome"]
    back = np.flatnonzero(outcome == BACK)
    brought = {"checked": "rework", "evaluated": "reopened", "closed": "reopened"}
    table = np.array([STATES.index(brought.get(name, "returned")) for name in STATES])
    state[back] = table[state[back]]
    joint = state == STATES.index("joint")
    state[np.isin(outcome, (UP, TIMED_OUT)) & ~joint] = STATES.index("escalated")
    state[outcome == MERGED] = STATES.index("merged")
    ended = np.flatnonzero(outcome == END)
    ends = visits.flow.rows["end_state"].to_numpy()[t["row"][ended]]
    state[ended] = [STATES.index(name) for name in ends]
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
    post_ids, posts = flow.post_ids
    remarks = Remarks(visits, case, time, state, route, phase == _AFTER + 1, midnight)
    unit, tier = remarks.raise_tier(unit, tier)
    places = remarks.locate_cases()
    occurred = to_utc(time, midnight)
    phases = np.where(phase == _AFTER, _DELAY, np.where(phase == _AFTER + 1, _DONE, phase))
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
            "post_id": categorise(np.where(post >= 0, np.r_[posts, -1][post], -1), post_ids),
            "lead_unit": categorise(unit, units),
            "work_seconds": seconds,
            "channel": categorise(cases.channel[case], list(district.settings.channels)),
            "matter": categorise(cases.item[case], district.matters["item"].tolist()),
            "grid": categorise(grid, district.grids["code"].tolist()),
            "x": places[:, 0][case],
            "y": places[:, 1][case],
            "priority": np.array(flow.priority, dtype=np.int16)[cases.item[case]],
            "step_due": remarks.step_due(),
            "handling_due": remarks.handling_due(),
            "close_due": remarks.close_due(),
            "merged_into": remarks.merged_into(),
            "verdict": remarks.verdict(),
            "reason_code": remarks.reason_code(),
        },
        copy=False,
    )
