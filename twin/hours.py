"""Where the hours went, from an event log: time of cases by phase, and hours of staff."""

import numpy as np
import pandas as pd

from twin.district import District
from twin.eventlog import ENDED, PHASES, STATES, find_codes, group_order
from twin.indicators import Window

#: Who holds a case or works; "" is nobody: a delay after the last step of a body.
TIERS = ("grid", "village", "township", "district", "")
#: What an hour was: of a case in hand (those of a log's phases), or of staff.
KINDS = ("delay", "queued", "travel", "work", "paused", "staff")
BESIDE = ("suspended", "extended", "whistled", "joint")
_DONE = PHASES.index("done")
_ARE_BESIDE = np.array([*(state in BESIDE for state in STATES), True])
_ARE_ENDS = np.array([*(state in ENDED for state in STATES), False])


def measure_hours(log: pd.DataFrame, district: District, window: Window) -> np.ndarray:
    """Hours inside a window: matters x TIERS x KINDS; matters in the order of `list_scopes`.

    All but `staff` are hours of cases in hand, each from a row of the case to its next one, in the phase that
    the row tells (a case that ended and was not opened again is not in hand). Their sum over the window's
    length is the mean number of cases in hand (Little's law). `staff` are hours of staff, travel included,
    of work begun in the window: what `utilisation` divides, helpers and crews included.
    """
    cases = log[(log["kind"] == "case").to_numpy()] if (log["kind"] != "case").any() else log
    time = _seconds(cases["occurred_at"])
    start, end = (t.tz_convert("UTC").timestamp() for t in (window.start, window.end))
    names = pd.Index(district.matters["matter"].unique())
    place = find_codes(cases["matter"], district.matters["item"])
    matter = np.r_[names.get_indexer(district.matters["matter"]), -1][place]
    tier = find_codes(cases["tier"], TIERS[:-1])
    tier = np.where(tier < 0, len(TIERS) - 1, tier)
    cell = (matter * len(TIERS) + tier) * len(KINDS)
    phase, spent = _spend(cases, time, start, end)
    work = cases["work_seconds"].to_numpy()
    begun = np.where((time >= start) & (time < end), work, 0)
    known = matter >= 0
    size = len(names) * len(TIERS) * len(KINDS)
    total = np.bincount((cell + phase)[known], weights=spent[known], minlength=size)
    total += np.bincount((cell + KINDS.index("staff"))[known], weights=begun[known], minlength=size)
    return total.reshape(len(names), len(TIERS), len(KINDS)) / 3600


def _spend(cases: pd.DataFrame, time: np.ndarray, start: float, end: float) -> tuple[np.ndarray, np.ndarray]:
    """For each row the kind of the time that follows it, and its seconds inside the window."""
    state, phase = find_codes(cases["state"], STATES), find_codes(cases["phase"], PHASES)
    case = _number(cases["case_id"])
    own = np.flatnonzero(~_ARE_BESIDE[state])
    order = own[group_order(case[own])]
    case, moment, phase, state = case[order], time[order], phase[order], state[order]
    last = np.r_[case[1:] != case[:-1], True]
    until = np.where(last, end, np.r_[moment[1:], end])
    gap = np.minimum(until, end) - np.maximum(moment, start)
    over = _is_over(state, phase == _DONE, last)
    kind, spent = np.zeros(len(cases), dtype=np.int64), np.zeros(len(cases))
    kind[order] = np.where(phase == _DONE, KINDS.index("delay"), phase)
    spent[order] = np.where(over, 0.0, np.maximum(gap, 0.0))
    return kind, spent


def _is_over(state: np.ndarray, done: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Whether a case has ended by each of its rows and was not opened again; rows case by case, in order."""
    ended = done & _ARE_ENDS[state]
    opened = done & (state == STATES.index("reopened"))
    opened |= np.r_[True, last[:-1]]  # a case's first row
    tells = np.where(ended | opened, np.arange(len(state)), 0)
    return np.asarray(ended[np.maximum.accumulate(tells)])


def _number(column: pd.Series) -> np.ndarray:
    codes = column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else pd.factorize(column)[0]
    return np.asarray(codes, dtype=np.int64)


def _seconds(column: pd.Series) -> np.ndarray:
    plain = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return np.asarray(plain.astype("datetime64[us]").astype(np.int64) / 1e6)
