"""The opening of a run from an event log: which cases are open at a moment, and where each stands."""

import numpy as np
import pandas as pd

from simulation.flow import Flow
from simulation.log.rows import BEFORE
from simulation.playing.moves import STATES_OF_MOVES
from simulation.way.steps import Step, walk_steps
from twin.calendar import WALL_CLOCKS
from twin.eventlog import ENDED
from twin.schema import TABLES

HOUR = 3600
_BUSY = ("travel", "work")
# The states in the order of a case's way, and from which of them on a case looks for its next step.
_WAY = ("accepted", "verified", "dispatched", "handled", "checked", "closed")
_AFTER = {"reported": 0, "accepted": 1, "verified": 2, "returned": 2, "handled": 4, "checked": 5}
_PHASES = {"queued": "queued", "delay": "delay", "travel": "work", "work": "work", "paused": "work"}


def read_opening(log: pd.DataFrame, flow: Flow, moment: pd.Timestamp) -> pd.DataFrame:
    """The table opening.csv of a log (live, replayed or simulated) at a moment.

    `phase_hours` is the time that the present phase has lasted, of work without its pauses. Where a log
    tells no more than that a step is done, as those of other platforms do, the case is queued at the next.
    Cases on the spot begin anew: they are over within the hour.
    """
    beside = log["state"].isin(STATES_OF_MOVES[:4])
    seen = log[(log["occurred_at"] <= moment) & ~beside & (log["kind"] == "case")]
    last = _find_last(seen)
    if last.empty:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in TABLES["opening"].columns})
    steps = _find_steps(flow, last)
    last, steps = last[steps != ""], steps[steps != ""]
    phase = last["phase"].astype(str).map(_PHASES).fillna("queued")
    first = seen.groupby("case_id", observed=True)["occurred_at"].first()
    age = (moment - last["case_id"].astype(object).map(first)).dt.total_seconds() / HOUR
    due = (last["handling_due"] - moment).dt.total_seconds() / HOUR
    return pd.DataFrame(
        {
            "case_id": last["case_id"].astype(str).to_numpy(),
            "grid": last["grid"].astype(str).to_numpy(),
            "item": last["matter"].astype(str).to_numpy(),
            "channel": last["channel"].astype(str).to_numpy(),
            "age_hours": age.to_numpy(),
            "step": steps.to_numpy(),
            "phase": phase.to_numpy(),
            "phase_hours": _measure_phase(seen, last, steps, flow, moment),
            "post_id": last["post_id"].astype(object).fillna("").astype(str).to_numpy(),
            "due_hours": due.to_numpy(),
        }
    )


def _find_last(seen: pd.DataFrame) -> pd.DataFrame:
    """The last row of every case that is open."""
    place = np.arange(len(seen))
    case = seen["case_id"].astype(str).to_numpy()
    state, done = seen["state"].astype(str), (seen["phase"] == "done").to_numpy()
    ended = state.isin(ENDED).to_numpy() & done
    reopened = (state == "reopened").to_numpy() & done
    marks = pd.DataFrame(
        {"case": case, "ended": np.where(ended, place, -1), "again": np.where(reopened, place, -1)}
    )
    by_case = marks.groupby("case", sort=False).max()
    open_cases = by_case.index[by_case["ended"] <= by_case["again"]]
    last = seen[~pd.Series(case).duplicated(keep="last").to_numpy()]
    return last[last["case_id"].astype(str).isin(open_cases)]


def _find_steps(flow: Flow, last: pd.DataFrame) -> pd.Series:
    """The step that each case stands at: the one of its item and channel with that state, tier and role."""
    items = {code: row for row, code in enumerate(flow.district.matters["item"])}
    channels = {code: row for row, code in enumerate(flow.district.settings.channels)}
    known: dict[tuple[str, str], dict[tuple[str, str, str], str]] = {}
    found = []
    columns = (
        last[name].astype(object).fillna("") for name in ("matter", "channel", "state", "tier", "role")
    )
    for item, channel, state, tier, role in zip(*columns, strict=True):
        if item not in items or channel not in channels:
            found.append("")
            continue
        entry = flow.stages[0].entries[items[item]][channels[channel]]
        if (item, channel) not in known:
            known[item, channel] = _name_places(flow, entry)
        place = known[item, channel].get((str(state), str(tier), str(role)))
        found.append(place or _find_next(entry, str(state)))
    return pd.Series(found, index=last.index, dtype="str")


def _name_places(flow: Flow, entry: Step) -> dict[tuple[str, str, str], str]:
    """(state, tier, role) of a case that waits -> the step that it waits at."""
    places: dict[tuple[str, str, str], str] = {}
    for step in (*walk_steps(entry), *filter(None, (flow.self_step,))):
        body = flow.bodies[step.body] if step.body >= 0 else ("", "")
        places.setdefault((BEFORE[step.state], *body), step.name)
    return places


def _find_next(entry: Step, state: str) -> str:
    """The first step on the way from an entry that may follow a state; handling for all between."""
    first, passed = _AFTER.get(state, 3), set[int]()
    step: Step | None = entry
    while step is not None and (step.state not in _WAY or _WAY.index(step.state) < first):
        passed.add(step.row)
        step = None if step.next is None or step.next.row in passed else step.next
    return "" if step is None else step.name


def _measure_delays(
    last: pd.DataFrame, steps: "pd.Series[str]", flow: Flow, moment: pd.Timestamp
) -> np.ndarray:
    """Hours since the last row of each case, on the clock of its step where it is in a delay."""
    midnight = pd.Timestamp(flow.calendar.origin).tz_localize(flow.district.settings.time_zone)
    begun = (last["occurred_at"] - midnight).dt.total_seconds().to_numpy()
    now = (moment - midnight).total_seconds()
    clocks = dict(
        zip(zip(flow.rows["item"], flow.rows["step"], strict=True), flow.rows["delay_clock"], strict=True)
    )
    keys = zip(last["matter"].astype(str), steps, strict=True)
    works = np.array([clocks.get(key, "u") not in WALL_CLOCKS for key in keys], dtype=bool)
    works &= (last["phase"] == "delay").to_numpy()
    since = now - begun
    for row in np.flatnonzero(works):
        counted = flow.calendar.count_working
        since[row] = counted(round(now)) - counted(round(begun[row]))
    return np.asarray(since / HOUR)


def _measure_phase(
    seen: pd.DataFrame, last: pd.DataFrame, steps: "pd.Series[str]", flow: Flow, moment: pd.Timestamp
) -> np.ndarray:
    """Hours that the present phase has lasted: of a task's work the sum of its stretches."""
    rows = seen[seen["case_id"].isin(last["case_id"])]
    case = rows["case_id"].astype(str)
    ends = rows.groupby(case, sort=False)["occurred_at"].shift(-1).fillna(moment)
    hours = (ends - rows["occurred_at"]).dt.total_seconds() / HOUR
    busy = hours.where(rows["phase"].isin(_BUSY), 0.0)
    key = pd.MultiIndex.from_arrays([case, rows["task_id"]])
    worked = busy.groupby(key, sort=False).sum()
    mine = pd.MultiIndex.from_arrays([last["case_id"].astype(str), last["task_id"]])
    since = _measure_delays(last, steps, flow, moment)
    at_work = last["phase"].isin([*_BUSY, "paused"]).to_numpy()
    return np.where(at_work, worked.reindex(mine).to_numpy(), since)
