"""Cases that are open at the start: where each stands, and what is left given how long it stood so."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulation.demand import Cases
from simulation.draws import name_key, purpose_key, survival, survival_quantile, uniform
from simulation.flow import Flow
from simulation.playing.clocks import move_due
from simulation.playing.events import RELEASE, STARTED, TIMER, WAITING, Task
from simulation.playing.joint import call_helpers
from simulation.way.steps import Step, walk_steps
from twin.calendar import WALL_CLOCKS
from twin.faults import DistrictFaults, Fault

if TYPE_CHECKING:
    from simulation.engine import Play
    from simulation.pools import Post

HOUR = 3600


@dataclass(frozen=True)
class OpenCase:
    """Where an open case stands: number, step, phase (queued, delay, work), seconds in it, post, due."""

    case: int
    step: Step
    phase: str
    elapsed: int
    post_id: str
    due: int | None


def put_before(
    flow: Flow, cases: Cases, opening: pd.DataFrame | None, begin: int = 0
) -> tuple[Cases, list[OpenCase]]:
    """The cases with the open ones before them (times before `begin`), and where each of those stands."""
    if opening is None or opening.empty:
        return cases, []
    opening = opening.sort_values(["age_hours", "case_id"], ascending=[False, True], ignore_index=True)
    district = flow.district
    grid = _find(district.grids["code"], opening["grid"])
    item = _find(district.matters["item"], opening["item"])
    channel = _find(pd.Series(list(district.settings.channels)), opening["channel"])
    _refuse_unknown(opening, grid, item, channel)
    steps = _find_steps(flow, opening, item, channel)
    time = begin - np.maximum(np.rint(opening["age_hours"].to_numpy() * HOUR), 1).astype(np.int64)
    key = np.array([_read_key(code) for code in opening["case_id"]], dtype=np.uint64)
    count, late = len(opening), len(cases)
    none = np.full(count, -1, dtype=np.int64)
    later = cases.duplicate_of
    more: dict[str, Any] = {
        "spot": None if cases.spot is None else np.r_[np.zeros(count, dtype=cases.spot.dtype), cases.spot],
        "duplicate_of": None if later is None else np.r_[none, np.where(later < 0, -1, later + count)],
    }
    joined = replace(
        cases,
        time=np.r_[time, cases.time],
        grid=np.r_[grid, cases.grid],
        item=np.r_[item, cases.item],
        channel=np.r_[channel, cases.channel],
        key=np.r_[key, cases.key],
        self_handled=np.r_[np.array([step is flow.self_step for step in steps]), cases.self_handled],
        **more,
    )
    assert len(joined) == count + late
    columns = (opening[name] for name in ("phase", "phase_hours", "post_id", "due_hours"))
    states = [
        OpenCase(case, step, phase, round(hours * HOUR), post, _find_second(due, begin))
        for case, (step, phase, hours, post, due) in enumerate(zip(steps, *columns, strict=True))
    ]
    return joined, states


def _find_second(hours: float, begin: int) -> int | None:
    return None if np.isnan(hours) else begin + round(hours * HOUR)


def _find(known: "pd.Series[Any]", wanted: "pd.Series[Any]") -> np.ndarray:
    return np.asarray(pd.Index(known).get_indexer(wanted), dtype=np.int64)


def _read_key(case_id: str) -> int:
    """A case's key: its sixteen hexadecimal digits where it came from a run, else a key of its name."""
    try:
        return int(case_id, 16) if len(case_id) == 16 else name_key(case_id)
    except ValueError:
        return name_key(case_id)


def _refuse_unknown(opening: pd.DataFrame, *found: np.ndarray) -> None:
    faults = [
        Fault("opening", str(opening["case_id"].iloc[row]), f"{name} unknown", repr(opening[name].iloc[row]))
        for name, numbers in zip(("grid", "item", "channel"), found, strict=True)
        for row in np.flatnonzero(numbers < 0)
    ]
    if faults:
        raise DistrictFaults(faults)


def _find_steps(flow: Flow, opening: pd.DataFrame, item: np.ndarray, channel: np.ndarray) -> list[Step]:
    entries = flow.stages[0].entries
    known: dict[tuple[int, int], dict[str, Step]] = {}
    steps, faults = [], []
    for row, name in enumerate(opening["step"]):
        key = int(item[row]), int(channel[row])
        if key not in known:
            known[key] = {step.name: step for step in walk_steps(entries[key[0]][key[1]])}
            known[key] |= {step.name: step for step in (flow.self_step,) if step is not None}
        if name not in known[key]:
            case_id = str(opening["case_id"].iloc[row])
            faults.append(
                Fault("opening", case_id, "step unknown", f"no case of this item comes to {name!r}")
            )
            continue
        steps.append(known[key][name])
    if faults:
        raise DistrictFaults(faults)
    return steps


def begin_open_cases(play: "Play", states: list[OpenCase]) -> None:
    """Put each open case where it stands at the start, in order of due time and case: those at work first."""
    now = play.env._now
    placed = enumerate(play.flow.placements)
    ids = {place.post_id: number for number, place in reversed(list(placed))}  # where each stands at first
    posts = {post.number: post for pool in play.pools for post in pool.posts if post.ends[-1] > now}
    rest = []
    for state in states:
        works = state.phase == "work" and state.step is not play.flow.self_step
        post = posts.get(ids.get(state.post_id, -1)) if works else None
        if post is None or post.task is not None:
            rest.append(state)
        else:
            _begin(play, state, post)
    for state in sorted(rest, key=lambda s: (s.due is None, s.due or 0, s.case)):
        _begin(play, state, None)


def _begin(play: "Play", state: OpenCase, post: "Post | None") -> None:
    now = play.env._now
    task = play.take_in(state.case, play.items[state.case], play.times[state.case])
    if state.due is not None:
        move_due(play, task, state.due)
    anew = state.step is play.flow.self_step or (state.phase == "work" and post is None)
    if state.phase == "queued" or anew:
        play.enter(task, state.step, now)
        return
    _enter_quietly(play, task, state.step)
    if state.phase == "work" and post is not None:
        task.work = _remain(play, state, "touch")
        _take_up(play, task, post)
        if state.step.helpers:
            call_helpers(play, task, now)
        return
    if not play.flow.records[state.step.row]["delay_value"]:
        _wait_for_others(play, task, state)
        return
    task.delay = -1
    task.callbacks = play.on_reach if state.step.delays_first and state.step.body >= 0 else play.on_done
    play.schedule(task, TIMER + task.rank, _remain(play, state, "delay"))


def _wait_for_others(play: "Play", task: Task, state: OpenCase) -> None:
    """A wait that is not the step's own: for helpers, who begin anew, or for a stopped clock to run again."""
    now = play.env._now
    matter = play.flow.stages[0].matters.iloc[play.items[task.case]]
    if state.step.helpers:
        call_helpers(play, task, now)
        task.pending = -task.pending
    elif state.step.is_handling and matter["suspend_value"] > 0:
        play.suspended.pop(task.case, None)
        task.callbacks = play.on_resume
        left = _remain(play, state, "suspension")
        task.offered = now + left
        play.schedule(task, TIMER + task.rank, left)
    else:
        play.call(task, now)


def _enter_quietly(play: "Play", task: Task, step: Step) -> None:
    """The step's lots, without its beginning: the case has been there for a while."""
    task.step = step
    task.rank += 1
    now = task.entered = task.offered = play.env._now
    task.start = task.end = -1
    task.travel, task.post, task.status = 0, None, WAITING
    place = task.first + step.column
    task.seen |= step.bit
    task.work, task.branch, task.delay = play.touch[place], play.branch[place], play.delay[place]
    if step.delays_first:
        task.delay = -1
    if step.escalate is not None:
        task.expires = play.calendar.find_due(now, *step.escalate)
        play.mark(play.on_timer, task, task.rank, TIMER, task.expires - now)


def _take_up(play: "Play", task: Task, post: "Post") -> None:
    """Work in hand at the start goes on with its post, when it is next on shift."""
    now = play.env._now
    begin = next(max(s, now) for s, e in zip(post.starts, post.ends, strict=True) if e > now)
    pool = post.pool
    if pool.until <= now:
        pool.advance(now)
    task.status, task.start, task.post = STARTED, begin, post
    post.task = task
    if post.rostered:
        pool.idle -= 1
    task.callbacks = play.on_finish
    task.end = begin + task.work
    if task.end > post.find_closing(begin) + play.overtime:
        task.end = play.carry_over(task, post, begin, task.end)
    play.schedule(task, RELEASE + task.rank, task.end - now)


def _remain(play: "Play", state: OpenCase, purpose: str) -> int:
    """What is left of a work or delay that has lasted so long already, drawn from its law given that."""
    row = play.flow.records[state.step.row]
    key = int(play.lots.keys[state.case])
    u = uniform(key, purpose_key(play.lots.seed, state.step.name, 0, f"{purpose} left"))
    if purpose == "touch":
        law, mean, cv, unit = row["law"], row["minutes"] * 60, row["cv"], 1
    elif purpose == "suspension":
        matter = play.flow.stages[0].matters.iloc[play.items[state.case]]
        clock, law, cv = matter["suspend_clock"], "exponential", 1.0
        unit = play.calendar.unit_seconds(clock)
        mean = matter["suspend_value"] * unit
    else:
        clock = row["delay_clock"] or "u"
        unit = play.calendar.unit_seconds(clock)
        law, mean, cv = row["delay_law"] or "exponential", row["delay_value"] * unit, row["delay_cv"]
    gone = survival(law, mean, cv, state.elapsed)
    total = survival_quantile(law, mean, cv, gone * u)
    left = max(round(total - state.elapsed), 1)
    if unit > 1 and clock not in WALL_CLOCKS:
        now = play.env._now
        return max(play.calendar.add_working(now, left) - now, 1)
    return left
