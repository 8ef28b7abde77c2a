"""A moment -> the way of cases: times in stages, the citizens' rates, what came back, where cases wait."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hub.cases import STAGES, measure_working
from hub.moment import DAY, Moment, count_by
from hub.policy import LoopPolicy, RatesPolicy
from hub.shrinkage import find_interval
from hub.views import Loop, Rate, Share, StageTime, TierRow
from twin.case_table import VERDICTS
from twin.district import District

MINUTE = 60_000_000
TIERS = ("hub", "village", "township", "department")
URGENT = 2  # priorities up to this one run on urgent hours, round the clock
WORKING = ("w", "wd")
#: From which time column to which a stage runs, and where its timer stands in the policy.
SPANS = (
    ("reported_at", "first_accepted_at", "filing_minutes"),
    ("first_accepted_at", "first_dispatched_at", "dispatch_minutes"),
    ("dispatched_at", "started_at", ""),
    ("started_at", "handled_at", ""),
    ("handled_at", "checked_at", "feedback_minutes"),
    ("checked_at", "closed_at", "closing_minutes"),
    ("closed_at", "evaluated_at", "evaluation_minutes"),
)


def describe_loop(moment: Moment, district: District, policy: LoopPolicy, last: Loop | None = None) -> Loop:
    """Everything that the view of the loop shows beside the counts of the overview.

    Times and shares of days may be `last` ones of a moment ago; where cases wait is of this moment.
    """
    if last is not None:
        return replace(last, tiers=count_tiers(moment, district))
    times = [_time_stage(moment, district, policy, number) for number in range(len(SPANS))]
    return Loop(
        policy.window_days, times, count_shares(moment, district, policy), count_tiers(moment, district)
    )


def _time_stage(moment: Moment, district: District, policy: LoopPolicy, number: int) -> StageTime:
    begin, end, key = SPANS[number]
    rows = np.flatnonzero(
        moment.reached(end, moment.now - policy.window_days * DAY)
        & (moment[begin] >= 0) & (moment[end] >= moment[begin]) & ~moment.spot
    )  # fmt: skip
    minutes = measure_minutes(moment, district, rows, begin, end, calendar=number == len(SPANS) - 1)
    timer = getattr(policy, key) if key else None
    enough = len(rows) >= policy.least
    middle, high = np.quantile(minutes, (0.5, 0.9), method="inverted_cdf") if enough else (None, None)
    good = minutes <= timer if timer is not None else None
    if end == "handled_at":  # the matter's own limit, from dispatch
        good = moment["handled_at"][rows] <= moment["handling_due"][rows]
    share = float(good.mean()) if enough and good is not None else None
    return StageTime(STAGES[number], len(rows), _plain(middle), _plain(high), timer, share)


def measure_minutes(
    moment: Moment, district: District, rows: np.ndarray, begin: str, end: str, calendar: bool = False
) -> np.ndarray:
    """Minutes of some cases between two of their times: all time for urgent ones, else working time.

    Handling runs on the clock of the matter's limit; `calendar` counts all time for every case.
    """
    start, stop = moment[begin][rows], moment[end][rows]
    minutes = (stop - start) / MINUTE
    if calendar:
        return np.asarray(minutes)
    if end in ("started_at", "handled_at"):
        clocks = np.r_[district.matters["limit_clock"].isin(WORKING).to_numpy(), False]
        working = clocks[moment.cases["matter"].cat.codes.to_numpy()[rows]]
    else:
        working = moment.cases["priority"].to_numpy()[rows] > URGENT
    minutes[working] = measure_working(start[working], stop[working], district)
    return np.asarray(minutes)


def count_shares(moment: Moment, district: District, policy: LoopPolicy) -> list[Share]:
    """On-time filing and dispatch, returns, rework, re-opened, suspended, extended: cases of the window.

    The formulas of twin.indicators; filing and dispatch are on time within the policy's timers.
    """
    since, cases = moment.now - policy.window_days * DAY, moment.cases
    happened = {name: cases[name].to_numpy() > 0 for name in ("returned", "rework", "suspended", "extended")}
    due = moment.due_within(since, moment.now)
    again = moment["reopened_at"] >= 0
    found = [_share_in_time(moment, district, policy, number) for number in (0, 1)]
    bases = {
        "returned": (happened["returned"], moment.reached("dispatched_at", since)),
        "rework": (happened["rework"], moment.reached("handled_at", since)),
        "reopened": (again, moment.reached("first_closed_at", since) & ~moment.spot),
        "suspended": (happened["suspended"], due),
        "extended": (happened["extended"], due),
    }
    return found + [
        measure_share(name, int((good & base).sum()), int(base.sum()), policy.least)
        for name, (good, base) in bases.items()
    ]


def _share_in_time(moment: Moment, district: District, policy: LoopPolicy, number: int) -> Share:
    begin, end, key = SPANS[number]
    base = moment.reached(end, moment.now - policy.window_days * DAY) & ~moment.spot
    rows = np.flatnonzero(base & (moment[begin] >= 0) & (moment[end] >= moment[begin]))
    good = measure_minutes(moment, district, rows, begin, end) <= getattr(policy, key)
    return measure_share(key.removesuffix("_minutes"), int(good.sum()), len(rows), policy.least)


def measure_share(name: str, hits: int, total: int, least: int = 1) -> Share:
    """A share with Wilson's interval; nothing but its counts where fewer than `least` cases stand below."""
    if total < least:
        return Share(name, None, None, None, hits, total)
    low, high = find_interval(hits, total)
    return Share(name, hits / total, low, high, hits, total)


def count_tiers(moment: Moment, district: District) -> list[TierRow]:
    """Open cases by who holds them; before anybody does, the hub."""
    units = district.units
    names = {"village": "village", "township": "township", "district": "department"}
    tier = [
        "hub" if kind == "hub" else names[tier]
        for kind, tier in zip(units["kind"], units["tier"], strict=True)
    ]
    place = dict(zip(units["code"], map(TIERS.index, tier), strict=True))
    rows = np.flatnonzero(moment.open)
    held = np.array([place.get(unit, 0) for unit in moment.cases["unit"].to_numpy()[rows]], dtype=int)
    open_, red, amber = (
        count_by(held, mask[rows], len(TIERS)) for mask in (moment.open, moment.red, moment.amber)
    )
    return [
        TierRow(name, int(open_[n]), int(open_[n] - red[n] - amber[n]), int(amber[n]), int(red[n]))
        for n, name in enumerate(TIERS)
    ]


def count_rates(
    moment: Moment, district: District, policy: RatesPolicy, loop: LoopPolicy, reach: int
) -> list[Rate]:
    """The citizens' three rates of cases evaluated in the window, and their change on the window before.

    response: filed within the timer of filing; solved and satisfied: by the citizen's word. `reach` is the
    first moment of the log.
    """
    length = loop.window_days * DAY
    ends = (moment.now, moment.now - length)
    now, before = (_measure_rates(moment, district, policy, loop, end) for end in ends)
    known = 0 <= reach <= moment.now - 2 * length
    return [
        Rate(
            share,
            policy.targets[share.name],
            policy.weights[share.name],
            share.value - old.value if known and share.value is not None and old.value is not None else None,
        )
        for share, old in zip(now, before, strict=True)
    ]


def _measure_rates(
    moment: Moment, district: District, policy: RatesPolicy, loop: LoopPolicy, end: int
) -> list[Share]:
    verdict = moment.cases["verdict"].to_numpy()
    asked = moment.cases["channel"].isin(policy.channels).to_numpy() & (verdict >= 0)
    rows = np.flatnonzero(asked & moment.reached("evaluated_at", end - loop.window_days * DAY, end))
    filed = measure_minutes(moment, district, rows, "reported_at", "first_accepted_at")
    good = {
        "response": filed <= loop.filing_minutes,
        "solved": verdict[rows] != VERDICTS.index("unsolved"),
        "satisfied": verdict[rows] == VERDICTS.index("satisfied"),
    }
    return [measure_share(name, int(mask.sum()), len(rows), loop.least) for name, mask in good.items()]


def weigh_rates(rates: Sequence[Rate]) -> float | None:
    """The three rates in one by their weights; None where one of them is not known."""
    values = [rate.share.value for rate in rates]
    if any(value is None for value in values):
        return None
    total = sum(rate.weight for rate in rates)
    return sum(rate.weight * (rate.share.value or 0.0) for rate in rates) / total


def _plain(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]
