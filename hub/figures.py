"""A moment -> the figures of the wall; each is a count of masks, so that totals on one view agree."""

from datetime import datetime

import numpy as np

from hub.cases import ARRIVALS, ASIDE, STAGES
from hub.moment import DAY, Moment, count_by
from hub.policy import LivePolicy
from hub.shrinkage import Shrunk, find_interval, shrink_shares
from hub.snapshot import Band, Figure, MatterRow, Stage, TownshipRow
from store.types import from_microseconds

NO_FIGURE = 255


def count_kpis(moment: Moment, policy: LivePolicy, reach: int) -> dict[str, Figure]:
    """The key figures; `reach` is the first moment of the log, before which nothing is compared."""
    now, today, week = moment.now, moment.today, 7 * DAY
    reported = int(moment.reached("reported_at", today).sum())
    before = int(moment.reached("reported_at", today - week, now - week).sum())
    yesterday = moment.open_at(now - DAY)
    held, late = int(moment.open.sum()), int(moment.red.sum())
    was_held = int(yesterday.sum())
    was_late = int((yesterday & moment.late_at(now - DAY)).sum())
    since_week, since_day = 0 <= reach <= today - week, 0 <= reach <= now - DAY
    return {
        "reported_today": _count("reported", reported, before if since_week else None, "today", "last_week"),
        "in_hand": _count("backlog", held, was_held if since_day else None, "now", "yesterday"),
        "overdue": _count("overdue_in_hand", late, was_late if since_day else None, "now", "yesterday"),
        "on_time_closure": _share("on_time_closure", moment, "close_due", moment.on_time, policy, reach),
        "handled_in_time": _share("handled_in_time", moment, "handling_due", moment.in_time, policy, reach),
    }


def _count(indicator: str, value: int, before: int | None, window: str, against: str) -> Figure:
    delta = None if before is None else float(value - before)
    return Figure(float(value), None, None, delta, "cases", window, indicator, against)


def _share(
    indicator: str, moment: Moment, due_name: str, good: np.ndarray, policy: LivePolicy, reach: int
) -> Figure:
    length, week = policy.window_days * DAY, 7 * DAY
    due = moment.due_within(moment.now - length, moment.now, due_name)
    earlier = moment.due_within(moment.now - week - length, moment.now - week, due_name)
    hits, total = float((due & good).sum()), float(due.sum())
    value = hits / total if total else float("nan")
    known = 0 <= reach <= moment.now - week - length and earlier.any() and total
    delta = value - float((earlier & good).sum() / earlier.sum()) if known else None
    low, high = find_interval(hits, total)
    return Figure(value, low, high, delta, "share", f"{policy.window_days}d", indicator, "last_week")


def count_stages(moment: Moment) -> list[Stage]:
    """The seven stages; open cases stand in the stage that they reached last."""
    stage = moment.cases["stage"].to_numpy()
    red, amber = count_by(stage, moment.red, 7), count_by(stage, moment.amber, 7)
    held = count_by(stage, moment.open, 7)
    arrived = [int(moment.reached(name, moment.today).sum()) for name in ARRIVALS]
    return [
        Stage(state, arrived[n], int(held[n]), int(held[n] - red[n] - amber[n]), int(amber[n]), int(red[n]))
        for n, state in enumerate(STAGES)
    ]


def count_channels(moment: Moment) -> list[tuple[str, int]]:
    """Reports of today by channel, the busiest first."""
    names = moment.cases["channel"][moment.reached("reported_at", moment.today)].value_counts()
    return sorted(
        ((str(name), int(count)) for name, count in names.items()), key=lambda row: (-row[1], row[0])
    )


def count_aside(moment: Moment) -> dict[str, int]:
    """Cases that ended today without dispatch, by how."""
    ended = moment.cases["last_state"][moment.reached("ended_at", moment.today)].to_numpy(dtype=object)
    return {state: int((ended == state).sum()) for state in ASIDE}


def count_matters(moment: Moment, policy: LivePolicy) -> list[MatterRow]:
    """One row a matter, in the district's order."""
    codes, size = moment.matter, len(moment.places.matters)
    due = moment.due_within(moment.now - policy.window_days * DAY, moment.now)
    reported = count_by(codes, moment.reached("reported_at", moment.today), size)
    held, late = count_by(codes, moment.open, size), count_by(codes, moment.red, size)
    good, total = count_by(codes, due & moment.on_time, size), count_by(codes, due, size)
    return [
        MatterRow(code, int(reported[n]), int(held[n]), int(late[n]), _ratio(good[n], total[n]))
        for n, code in enumerate(moment.places.matters)
    ]


def count_townships(moment: Moment, policy: LivePolicy) -> tuple[list[TownshipRow], float | None]:
    """One row a township by code, and the mean of all; the trend is of whole local days up to now."""
    codes, size = moment.township, len(moment.places.townships)
    due = moment.due_within(moment.now - policy.window_days * DAY, moment.now)
    good, total = count_by(codes, due & moment.on_time, size), count_by(codes, due, size)
    held, late = count_by(codes, moment.open, size), count_by(codes, moment.red, size)
    shrunk, trends = shrink_shares(good, total), _count_trends(moment, policy.trend_days)
    known = total.sum() > 0
    rows = []
    for n, code in enumerate(moment.places.townships):
        three = (shrunk.estimate[n], shrunk.low[n], shrunk.high[n])
        estimate, low, high = (float(v) for v in three) if known else (None, None, None)
        band = find_band(shrunk, n, int(total[n]), policy)
        ratio = _ratio(good[n], total[n])
        rows.append(
            TownshipRow(
                code, ratio, estimate, low, high, int(total[n]), int(held[n]), int(late[n]), band, trends[n]
            )
        )
    return rows, shrunk.mean if known else None


def find_band(shrunk: Shrunk, place: int, due: int, policy: LivePolicy) -> Band:
    """Whether a place's shrunk interval lies below, around or above the mean; small places are not scored."""
    if due < policy.scored_due or due * (1 - shrunk.mean) < policy.scored_late:
        return "not_scored"
    if shrunk.high[place] < shrunk.mean:
        return "attention"
    return "good" if shrunk.low[place] > shrunk.mean else "usual"


def _count_trends(moment: Moment, days: int) -> list[list[float]]:
    """On-time share of the cases due on each of the last days; a day without any repeats the one before."""
    size = len(moment.places.townships)
    first = moment.today - (days - 1) * DAY
    due = moment.due_within(first, moment.now) & (moment.township >= 0)
    day = (moment["close_due"][due] - first) // DAY
    cell = moment.township[due] * days + day
    total = np.bincount(cell, minlength=size * days).reshape(size, days)
    good = np.bincount(cell, weights=moment.on_time[due], minlength=size * days).reshape(size, days)
    return [_fill(good[n], total[n]) for n in range(size)]


def _fill(good: np.ndarray, total: np.ndarray) -> list[float]:
    shares: list[float] = []
    for hits, count in zip(good.tolist(), total.tolist(), strict=True):
        if count:
            shares.append(hits / count)
        elif shares:
            shares.append(shares[-1])
    return shares


def grade_grids(moment: Moment, policy: LivePolicy) -> np.ndarray:
    """Each grid's step of overdue risk: its shrunk share of late cases; NO_FIGURE where so few were
    due (policy.smallest_cell) that people could be known by it.
    """
    size = len(moment.places.township_of) - 1
    due = moment.due_within(moment.now - policy.window_days * DAY, moment.now)
    late, total = count_by(moment.grid, due & ~moment.on_time, size), count_by(moment.grid, due, size)
    risk = shrink_shares(late, total).estimate
    steps = np.digitize(risk, policy.risk_steps).astype(np.uint8)
    return np.where(total >= policy.smallest_cell, steps, NO_FIGURE).astype(np.uint8)


def trace_backlog(moment: Moment, step_minutes: int) -> list[tuple[datetime, int]]:
    """Cases in hand over the last 24 hours, oldest first, ending now."""
    times = moment.now - np.arange(DAY, -1, -step_minutes * 60_000_000)
    reported, ended = np.sort(moment["reported_at"]), np.sort(moment["ended_at"][moment["ended_at"] >= 0])
    held = np.searchsorted(reported, times, side="right") - np.searchsorted(ended, times, side="right")
    return [(from_microseconds(time), int(count)) for time, count in zip(times.tolist(), held, strict=True)]


def _ratio(good: float, total: float) -> float | None:
    return float(good / total) if total else None
