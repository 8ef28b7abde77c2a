"""Did it help? On-time closure where a measure holds, before and after, against townships not reached."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student

from simulation.diagnosis.policy import read_diagnosis_policy
from simulation.studies.rules import read_policy
from twin.case_table import summarise_cases
from twin.district import District

WEEK = 7 * 86_400 * 1_000_000
Verdict = Literal["early", "no_controls", "nothing", "better", "worse"]


@dataclass(frozen=True)
class Proof:
    """What came of a measure: the difference of differences in points of on-time closure, and its interval.

    changes: township, reached, due_before, due_after, before, after, change (points). verdict: `early` (too
    few whole weeks), `no_controls` (too few townships not reached, or none reached), `nothing` (the interval
    holds zero), else which way it went. weeks: so many on each side.
    """

    verdict: Verdict
    weeks: int
    effect: float
    low: float
    high: float
    changes: pd.DataFrame


def prove(
    log: pd.DataFrame, district: District, enacted: date, now: pd.Timestamp, reached: Collection[str]
) -> Proof:
    """Check a measure against an event log.

    enacted: the day from which it holds, local; now: the moment up to which the log tells everything;
    reached: codes of the townships that it reaches. The same whole weeks are taken before and after.
    """
    cases = summarise_cases(log)
    begin = _to_microseconds(pd.Timestamp(enacted).tz_localize(district.settings.time_zone))
    known = int(cases.loc[cases["reported_at"] >= 0, "reported_at"].min()) if len(cases) else begin
    policy = read_diagnosis_policy().proof
    weeks = min((_to_microseconds(now) - begin) // WEEK, (begin - known) // WEEK, policy.most_weeks)
    weeks = max(int(weeks), 0)
    changes = list_changes(cases, district, begin, weeks, reached)
    if weeks < policy.least_weeks:
        return _say("early", weeks, changes)
    return compare(changes, weeks)


def list_changes(
    cases: pd.DataFrame, district: District, begin: int, weeks: int, reached: Collection[str]
) -> pd.DataFrame:
    """Points of on-time closure of each township over so many weeks before and after a moment.

    cases: as twin.case_table.summarise_cases; begin: microseconds of UTC. NaN where nothing fell due.
    """
    township = (
        cases["grid"]
        .astype(str)
        .map(dict(zip(district.places["grid"], district.places["township"], strict=True)))
    )
    due, closed = cases["close_due"].to_numpy(), cases["first_closed_at"].to_numpy()
    good = (closed >= 0) & (closed <= due) & ~cases["spot"].to_numpy(bool)
    counted = (due >= 0) & ~cases["spot"].to_numpy(bool)
    codes = district.areas.loc[district.areas["tier"] == "township", "code"].tolist()
    table = pd.DataFrame({"township": codes})
    table["reached"] = table["township"].isin(set(reached)).astype(int)
    spans = {"before": (begin - weeks * WEEK, begin), "after": (begin, begin + weeks * WEEK)}
    for name, (start, end) in spans.items():
        inside = counted & (due >= start) & (due < end)
        total = township[inside].value_counts().reindex(codes, fill_value=0).to_numpy(float)
        hits = township[inside & good].value_counts().reindex(codes, fill_value=0).to_numpy(float)
        table[f"due_{name}"] = total.astype(int)
        table[name] = np.divide(100 * hits, total, where=total > 0, out=np.full(len(codes), np.nan))
    return table.assign(change=table["after"] - table["before"])


def compare(changes: pd.DataFrame, weeks: int) -> Proof:
    """The mean change of those reached less that of the others, with Student's interval over townships.

    A township is one observation, however many cases it has: cases of a township share its luck (Donald &
    Lang 2007, Review of Economics and Statistics 89, 221-233). Rests on the townships not reached having
    gone the way the others would have gone.
    """
    known = changes[changes["change"].notna()]
    mine = known.loc[known["reached"] == 1, "change"].to_numpy()
    others = known.loc[known["reached"] == 0, "change"].to_numpy()
    if not len(mine) or len(others) < read_diagnosis_policy().proof.least_controls:
        return _say("no_controls", weeks, changes)
    effect, freedom = float(mine.mean() - others.mean()), len(mine) + len(others) - 2
    squares = float(((mine - mine.mean()) ** 2).sum() + ((others - others.mean()) ** 2).sum())
    deviation = sqrt(squares / freedom * (1 / len(mine) + 1 / len(others)))
    half = float(student.ppf(0.5 + read_policy().level / 2, freedom)) * deviation
    verdict: Verdict = "nothing"
    if effect - half > 0 or effect + half < 0:
        verdict = "better" if effect > 0 else "worse"
    return Proof(verdict, weeks, effect, effect - half, effect + half, changes)


def _say(verdict: Verdict, weeks: int, changes: pd.DataFrame) -> Proof:
    nothing = float("nan")
    return Proof(verdict, weeks, nothing, nothing, nothing, changes)


def _to_microseconds(moment: pd.Timestamp) -> int:
    return int(moment.tz_convert("UTC").value // 1000)
