"""Events -> the table of cases that the live state counts: a pure function of the set of events."""

from functools import lru_cache

import numpy as np
import pandas as pd

from hub.whistles import trace_whistles
from twin.calendar import WorkCalendar, build_calendar
from twin.district import District
from twin.eventlog import find_codes, order_log
from twin.indicators import summarise_cases

# What an open case waits in, by the last state it reached.
STAGES = ("reported", "filed", "dispatched", "handling", "feedback", "checked", "evaluated")
STAGE_OF = {
    "reported": 0, "accepted": 1, "verified": 1, "returned": 1, "dispatched": 2,
    "escalated": 3, "rework": 3, "reopened": 3, "suspended": 3, "extended": 3, "joint": 3, "whistled": 3,
    "handled": 4, "checked": 5,
}  # fmt: skip
ARRIVALS = (
    "reported_at",
    "accepted_at",
    "dispatched_at",
    "started_at",
    "handled_at",
    "checked_at",
    "evaluated_at",
)
ASIDE = ("self_handled", "merged", "refused")
EVENT_COLUMNS = (
    "source", "event_id", "case_id", "task_id", "occurred_at", "state", "phase", "tier", "unit", "role",
    "lead_unit", "work_seconds", "channel", "matter", "grid", "x", "y", "priority", "step_due",
    "handling_due", "close_due", "kind", "verdict",
)  # fmt: skip


def derive_cases(events: pd.DataFrame, district: District, amber_share: float) -> pd.DataFrame:
    """One row a case from all its events, in whatever order they came; indexed by case_id.

    The columns of twin.indicators.summarise_cases, with grid and matter as categories of the district;
    accepted_at, started_at, checked_at, evaluated_at, first_accepted_at, first_dispatched_at, amber_at (int64
    microseconds, -1 none); stage (number in STAGES); last_state, channel, unit (of the lead's last move that
    has one), helpers (units beside the lead, `;` between), whistled (0 no, 1 called and not all there, 2 all
    there), priority, x, y (as in the log); what hub.whistles.trace_whistles tells.
    """
    log = order_log(events)
    cases = summarise_cases(log)
    case = cases.index.get_indexer(log["case_id"].astype(str))
    log = log.assign(case=case, time=_microseconds(log["occurred_at"]))
    done = log[log["phase"] == "done"]
    begun = log[(log["state"] == "handling") & log["phase"].isin(["travel", "work"])]
    for name, state in (
        ("accepted_at", "accepted"),
        ("checked_at", "checked"),
        ("evaluated_at", "evaluated"),
    ):
        cases[name] = _last(done[done["state"] == state], "time", len(cases))
    for state in ("accepted", "dispatched"):
        firsts = done[done["state"] == state].iloc[::-1]
        cases[f"first_{state}_at"] = _last(firsts, "time", len(cases))
    cases["started_at"] = _last(begun, "time", len(cases))
    for name, column in trace_whistles(log, len(cases)).items():
        cases[name] = column
    cases["stage"] = _find_stages(done, cases["started_at"].to_numpy(), len(cases))
    cases["last_state"] = _last_text(done, "state", len(cases))
    held, beside = _split_bodies(log)
    cases["unit"] = _last_text(held, "unit", len(cases))
    cases["helpers"], cases["whistled"] = _list_helpers(log, beside, len(cases))
    for name in ("channel", "priority", "x", "y"):
        cases[name] = log.groupby("case", sort=True)[name].first().to_numpy()
    cases["priority"] = cases["priority"].fillna(9).astype(np.int16)
    grid = find_codes(cases["grid"], district.grids["code"])
    for name in ("x", "y"):  # a case without a place of its own lies in the middle of its grid
        middle = np.r_[district.places[name].to_numpy(), np.nan][grid]
        cases[name] = cases[name].astype(float).fillna(pd.Series(middle, index=cases.index))
    cases["grid"] = pd.Categorical.from_codes(grid, district.grids["code"])
    cases["amber_at"] = find_amber(cases, district, amber_share)
    item = find_codes(cases["matter"], district.matters["item"])
    cases["matter"] = pd.Categorical.from_codes(item, district.matters["item"])
    return cases


def _split_bodies(log: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the body that leads, and of those who work beside it."""
    unit, lead = log["unit"].astype(str), log["lead_unit"].astype(str)
    named = unit.str.len() > 0
    beside = named & (lead.str.len() > 0) & (lead != unit)
    return log[named & ~beside], log[beside]


def _list_helpers(log: pd.DataFrame, beside: pd.DataFrame, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Units beside the lead of each case, and how far a whistle was answered by them."""
    helpers, whistled = np.full(count, "", dtype=object), np.zeros(count, dtype=np.int8)
    called = log.loc[(log["state"] == "whistled") & (log["phase"] == "done"), "case"]
    whistled[called.to_numpy()] = 2
    if beside.empty:
        return helpers, whistled
    there = (beside["phase"] == "work").groupby([beside["case"], beside["unit"].astype(str)], sort=True).any()
    for (case, unit), came in there.items():
        helpers[case] = f"{helpers[case]};{unit}".strip(";")
        whistled[case] = min(whistled[case], 1) if not came else whistled[case]
    return helpers, whistled


def find_amber(cases: pd.DataFrame, district: District, share: float) -> np.ndarray:
    """When the light turns amber: the moment when `share` of the time from dispatch to close_due has passed.

    Time is counted on the item's clock: working time for w and wd, all time for u and d. int64 microseconds,
    -1 where the case has no due time.
    """
    start, due = cases["dispatched_at"].to_numpy(), cases["close_due"].to_numpy()
    dated = (start >= 0) & (due >= 0)
    amber = np.where(dated, start + ((due - start) * share).astype(np.int64), -1)
    clocks = dict(zip(district.matters["item"], district.matters["limit_clock"], strict=True))
    working = dated & cases["matter"].astype(str).map(clocks).isin(["w", "wd"]).to_numpy()
    if working.any():
        amber[working] = _share_working(start[working], due[working], district, share)
    return amber


def _share_working(start: np.ndarray, due: np.ndarray, district: District, share: float) -> np.ndarray:
    zone = district.settings.time_zone
    begins, ends = _to_local(start, zone), _to_local(due, zone)
    shift, opens, closes, worked = _windows_around(district, int(begins.min()), int(ends.max()))
    first, last = (_count_working(moments - shift, opens, closes, worked) for moments in (begins, ends))
    target = first + ((last - first) * share).astype(np.int64)
    window = np.minimum(np.searchsorted(worked, target, side="left"), len(worked) - 1)
    return _from_local(closes[window] - (worked[window] - target) + shift, zone)


def measure_working(start: np.ndarray, end: np.ndarray, district: District) -> np.ndarray:
    """Working minutes between moments (int64 microseconds) of the district's work calendar."""
    if not len(start):
        return np.zeros(0)
    zone = district.settings.time_zone
    begins, ends = _to_local(start, zone), _to_local(end, zone)
    shift, opens, closes, worked = _windows_around(district, int(begins.min()), int(ends.max()))
    first, last = (_count_working(moments - shift, opens, closes, worked) for moments in (begins, ends))
    return (last - first) / 60.0


_EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()


def _windows_around(
    district: District, first: int, last: int
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    calendar = _calendar_around(district, first, last)
    shift = (calendar.origin.toordinal() - _EPOCH_DAY) * 86_400
    return shift, np.array(calendar.opens), np.array(calendar.closes), np.array(calendar.worked)


def _count_working(
    moments: np.ndarray, opens: np.ndarray, closes: np.ndarray, worked: np.ndarray
) -> np.ndarray:
    window = np.searchsorted(opens, moments, side="right") - 1
    counted = worked[window] - np.maximum(0, closes[window] - moments)
    return np.where(window < 0, 0, counted)


def _calendar_around(district: District, first: int, last: int) -> WorkCalendar:
    """A calendar that covers local seconds first to last, by whole years so that few are ever built."""
    year = pd.Timestamp(first, unit="s").year - 1
    years = pd.Timestamp(last, unit="s").year - year + 2
    return _build_years(_Held(district), year, years)


class _Held:
    """A district as a key of a cache, by identity."""

    def __init__(self, district: District) -> None:
        self.district = district

    def __hash__(self) -> int:
        return hash(self.district.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and self.district is other.district


@lru_cache(maxsize=8)
def _build_years(held: _Held, year: int, years: int) -> WorkCalendar:
    origin = pd.Timestamp(year=year, month=1, day=1).date()
    return build_calendar(held.district.settings, held.district.calendar, origin, years * 366)


def _to_local(stamps: np.ndarray, zone: str) -> np.ndarray:
    local = (
        pd.DatetimeIndex(stamps.view("datetime64[us]")).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    )
    return local.to_numpy().astype("datetime64[s]").astype(np.int64)


def _from_local(seconds: np.ndarray, zone: str) -> np.ndarray:
    local = pd.DatetimeIndex(seconds.view("datetime64[s]"))
    aware = local.tz_localize(zone, ambiguous=np.zeros(len(local), dtype=bool), nonexistent="shift_forward")
    return aware.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)


def _find_stages(done: pd.DataFrame, started: np.ndarray, count: int) -> np.ndarray:
    known = done.assign(stage=done["state"].map(STAGE_OF))
    known = known[known["stage"].notna()]
    stage = np.maximum(_last(known, "stage", count), 0).astype(np.int8)
    reached = _last(known, "time", count)
    return np.where((stage == 2) & (started >= reached), 3, stage).astype(np.int8)


def _last(rows: pd.DataFrame, name: str, count: int) -> np.ndarray:
    result = np.full(count, -1, dtype=np.int64)
    result[rows["case"].to_numpy()] = rows[name].to_numpy().astype(np.int64)
    return result


def _last_text(rows: pd.DataFrame, name: str, count: int) -> np.ndarray:
    result = np.full(count, "", dtype=object)
    result[rows["case"].to_numpy()] = rows[name].astype(str).to_numpy(dtype=object)
    return result


def _microseconds(column: "pd.Series[pd.Timestamp]") -> np.ndarray:
    plain = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return plain.to_numpy().astype("datetime64[us]").astype(np.int64)
