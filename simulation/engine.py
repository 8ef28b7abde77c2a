"""run(flow, cases, horizon) -> the visits of every case; SimPy's heap carries light events.

Same-instant order: shift changes, releases, arrivals, timers; inside a class by case, then task.
"""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import simpy

from simulation.demand import Cases
from simulation.flow import Flow
from simulation.playing.clocks import extend, stop_clock, whistle
from simulation.playing.collector import paused_collector
from simulation.playing.events import (
    ARRIVAL,
    GONE,
    MIDDLE,
    NO_DUE,
    RELEASE,
    SHIFT,
    STARTED,
    TASKS_A_CASE,
    TIMER,
    URGENCY,
    WAITING,
    Mark,
    Task,
)
from simulation.playing.interruption import expire, hand_over, preempt
from simulation.playing.joint import call_helpers, helper_done, list_helping, serve_freed
from simulation.playing.lots import BACK, END, MERGED, NEXT, UP, Lots
from simulation.playing.moves import Moves
from simulation.playing.opening import OpenCase, begin_open_cases, put_before
from simulation.playing.travel import Ways
from simulation.playing.visits import (
    ENDING,
    Visits,
    add_last_visits,
    find_close_due,
    pack_visit,
    unpack_visits,
)
from simulation.playing.waiting import queue_up, requeue, serve, wake
from simulation.policies import choose_post
from simulation.pools import Pool, Post, build_pools, finish_work, release
from simulation.way.steps import Step
from twin.calendar import WALL_CLOCKS


class Play:
    """One run: the state, and what happens at each kind of event."""

    __slots__ = (
        "again", "block", "branch", "calendar", "channels", "delay", "due", "duplicate_of", "entries", "env",
        "extended", "flow", "grids", "hands_over", "helping", "items", "limits", "lots", "moves", "on_arrive",
        "on_done", "on_extend", "on_finish", "on_hand_over", "on_reach", "on_resume", "on_stage", "on_timer",
        "on_wake", "overtime", "pools", "present", "priority", "records", "refused", "schedule", "served",
        "spot", "stages", "suspended", "times", "touch", "ways",
    )  # fmt: skip

    def __init__(self, flow: Flow, cases: Cases, begin: int = 0) -> None:
        district = flow.district
        self.flow, self.calendar = flow, flow.calendar
        self.env: Any = simpy.Environment(begin)  # our light events are not its Event class
        self.schedule: Any = self.env.schedule
        self.pools = build_pools(flow.pools)
        self.stages = [
            [[tuple(self.pools[p] for p in found) for found in row] for row in stage.served]
            for stage in flow.stages
        ]
        self.times = cases.time.tolist()
        self.grids = cases.grid.tolist()
        self.items = cases.item.tolist()
        self.channels = cases.channel.tolist()
        self.spot = cases.self_handled.tolist()
        self.duplicate_of = cases.duplicate_of
        self.lots = lots = Lots(flow, cases)
        self.touch, self.branch, self.delay = lots.touch.tolist(), lots.branch.tolist(), lots.delay.tolist()
        self.suspended, self.extended = dict(lots.suspended), lots.extended
        self.due = [NO_DUE] * len(cases)
        self.present: list[Task | None] = [None] * len(cases)
        self.again: dict[tuple[int, int], int] = {}
        self.helping: dict[int, list[Task]] = {}
        self.refused: set[int] = set()
        self.records = bytearray()
        self.moves = Moves()
        self.ways = Ways(flow, self.pools)
        play = district.settings.play
        self.overtime = round(play.overtime_minutes * 60)
        self.block = round(play.joint_block_minutes * 60)
        self.hands_over = play.shift_end == "hand_over"
        self.on_arrive, self.on_reach, self.on_finish = (self.arrive,), (self.reach,), (self.finish,)
        self.on_done, self.on_resume, self.on_stage = (self.end_delay,), (self.resume,), (self.enter_stage,)
        self.on_wake, self.on_timer = (partial(wake, self),), (partial(expire, self),)
        self.on_hand_over, self.on_extend = (partial(hand_over, self),), (partial(extend, self),)
        self._set_stage(0)

    def run(self, horizon: int, first: int = 0) -> None:
        """Play every arrival from the first case on until the horizon."""
        begin = self.env._now
        for number, stage in enumerate(self.flow.stages[1:], 1):
            self.mark(self.on_stage, number, number, SHIFT, max(stage.start - begin, 0))
        if first < len(self.times) and self.times[first] < horizon:
            self.mark(self.on_arrive, first, first, ARRIVAL, self.times[first] - begin)
        self.env.run(until=horizon)

    def mark(self, callbacks: Any, target: Any, rank: int, order: int, delay: int) -> None:
        """Schedule a light event about something."""
        mark = Mark()
        mark.callbacks, mark.target, mark.rank = callbacks, target, rank
        self.schedule(mark, order + rank, delay)

    def _set_stage(self, number: int) -> None:
        stage = self.flow.stages[number]
        self.served = self.stages[number]
        self.entries, self.priority = stage.entries, stage.priority
        self.limits = [
            (round(value * self.calendar.unit_seconds(clock)), clock in WALL_CLOCKS)
            for value, clock in stage.limits
        ]

    def enter_stage(self, mark: Mark) -> None:
        """From now on another stage holds: what waits is offered to those who serve it now."""
        self._set_stage(mark.target)
        requeue(self, self.env._now)

    def arrive(self, mark: Mark) -> None:
        """A report comes in; the next one is scheduled."""
        case = mark.target
        times = self.times
        now = times[case]
        following = case + 1
        if following < len(times):
            mark.callbacks = self.on_arrive
            mark.target = following
            self.schedule(mark, ARRIVAL + following, times[following] - now)
        item = self.items[case]
        task = self.take_in(case, item, now)
        if self.spot[case]:
            self.enter(task, self.flow.self_step, now)
        else:
            self.enter(task, self.entries[item][self.channels[case]], now)

    def take_in(self, case: int, item: int, reported: int) -> Task:
        """A case as a task that has not yet come to a step."""
        self.present[case] = task = Task()
        task.case = case
        task.grid = self.grids[case]
        task.first = case * self.lots.width
        task.rank = case * TASKS_A_CASE - 1
        task.urgency = self.priority[item] * URGENCY + MIDDLE + reported
        task.due = NO_DUE
        task.seen = 0
        task.handled = task.home = None
        task.helpers = ()
        task.pending = 0
        return task

    def enter(self, task: Task, step: Any, now: int) -> None:
        """A case enters a step: its lots are looked up, then it waits its delay or is offered."""
        task.step = step
        task.rank += 1
        task.entered = task.offered = now
        task.start = task.end = -1
        task.travel = 0
        task.post = None
        task.status = WAITING
        bit = step.bit
        if bit and not task.seen & bit:
            task.seen |= bit
            place = task.first + step.column
            task.work, task.branch, task.delay = self.touch[place], self.branch[place], self.delay[place]
        else:
            self._draw_again(task, step)
        if step.is_plain:
            self.offer(task, now)
        else:
            self.begin(task, step, now)

    def begin(self, task: Task, step: Step, now: int) -> None:
        """What happens at a step before somebody is asked: due time, stopped clock, timer, delay, call."""
        if step.is_handling:
            if task.due == NO_DUE:
                self.set_due(task, now)
            if self.suspended and task.case in self.suspended:
                stop_clock(self, task, now)
                return
        if step.escalate is not None:
            task.expires = self.calendar.find_due(now, *step.escalate)
            self.mark(self.on_timer, task, task.rank, TIMER, task.expires - now)
        if step.body < 0:
            self._delay(task, self.on_done, now)
        elif task.delay >= 0 and step.delays_first:
            task.offered = self._delay(task, self.on_reach, now)
        else:
            self.call(task, now)

    def resume(self, task: Task) -> None:
        """A stopped clock runs again."""
        if task.status == WAITING:
            self.begin(task, task.step, self.env._now)

    def _draw_again(self, task: Task, step: Step) -> None:
        """The lots of a visit that were not drawn ahead: the visit on the spot, and later ones to a step."""
        if not step.bit:
            task.work, task.branch, task.delay = self.lots.spot[task.case], NEXT, -1
            return
        key = task.case, step.column
        occurrence = self.again[key] = self.again.get(key, 0) + 1
        task.work, task.branch, task.delay = self.lots.draw_again(task.case, step, occurrence)

    def set_due(self, task: Task, now: int) -> None:
        """The limit begins to run: the case's due time, once and for all but for suspension and extension."""
        case = task.case
        seconds, wall = self.limits[self.items[case]]
        due = now + seconds if wall else self.calendar.add_working(now, seconds)
        self.due[case] = task.due = due
        task.urgency = task.urgency // URGENCY * URGENCY + MIDDLE + due
        if self.extended and case in self.extended:
            at = now + round((due - now) * self.flow.district.settings.play.extend_at)
            self.mark(self.on_extend, case, case * TASKS_A_CASE, TIMER, max(at - self.env._now, 0))

    def _delay(self, task: Task, callbacks: Any, now: int) -> int:
        """Wait, without anybody, for the step's delay; when it will have passed."""
        task.callbacks = callbacks
        end = self._end_of_delay(task, now)
        self.schedule(task, TIMER + task.rank, end - now)
        return end

    def _end_of_delay(self, task: Task, now: int) -> int:
        if task.delay < 0:
            return now
        return self.calendar.add_working(now, task.delay) if task.step.delay_works else now + task.delay

    def reach(self, task: Task) -> None:
        """A delay before the work has passed."""
        if task.status == WAITING:
            task.offered = self.env._now
            self.call(task, task.offered)

    def call(self, task: Task, now: int) -> None:
        """Ask for somebody: those who work beside the lead are called with it."""
        if task.step.joint:
            if task.step.whistle:
                whistle(self, task, now)
            call_helpers(self, task, now)
        self.offer(task, now)

    def offer(self, task: Task, now: int) -> None:
        """Offer a task to its pools: start where a post is idle and nobody waits, else wait, seen by all."""
        step = task.step
        pools = self.served[step.body][task.grid]
        if task.handled is step:  # work done before goes back to the body that did it
            pools = (task.home,) if task.home in pools else pools
        if step.simple:
            for pool in pools:
                if not pool.queue:
                    if now >= pool.until:
                        pool.advance(now)
                    post = pool.pick(pool.on, task.grid) if pool.idle else None
                    if post is None and step.interrupts:
                        post = pool.pick(pool.duty, task.grid)
                    if post is not None:
                        self.start(task, post, now)
                        return
        elif step.single and self._start_chosen(task, pools, now):
            return
        if step.preempts and step.single and preempt(self, task, pools, now):
            return
        queue_up(self, task, pools, now)

    def _start_chosen(self, task: Task, pools: tuple[Pool, ...], now: int) -> bool:
        """Start a task with the post that its policy chooses, where there is one."""
        post = choose_post(self, task, pools, now)
        if post is not None:
            self.start(task, post, now)
        return post is not None

    def start(self, task: Task, post: Post, now: int) -> None:
        """A post sets out; the end of the visit is known at its start."""
        task.status = STARTED
        task.start = now
        task.post = post
        task.callbacks = self.on_finish
        end = now + task.work
        if task.step.travel:
            task.travel = self.ways.measure(post, task.grid, now)
            end += task.travel
        post.task = task
        if post.rostered:
            post.pool.idle -= 1
        if end > (post.closing if now < post.closing else post.find_closing(now)) + self.overtime:
            end = self.carry_over(task, post, now, end)
        task.end = end
        self.schedule(task, RELEASE + task.rank, end - now)

    def carry_over(self, task: Task, post: Post, now: int, end: int) -> int:
        """Where the work outlasts the shift: when it goes on and ends, or is given back to the body."""
        if not self.hands_over:
            end = finish_work(post.starts, post.ends, now, end - now, self.overtime)
            if end <= post.leaves + self.overtime:
                return end
        task.callbacks = self.on_hand_over
        return max(now, post.closing if self.hands_over else post.leaves)

    def start_crew(self, task: Task, posts: list[Post], now: int) -> None:
        """Posts set out together and are free together, when the last of them ends."""
        task.status = STARTED
        task.start = now
        task.post = posts[0]
        task.helpers = tuple(posts[1:])
        task.callbacks = self.on_finish
        if task.step.travel:
            task.travel = max(self.ways.measure(post, task.grid, now) for post in posts)
        ends = [self._occupy(post, task, now) for post in posts]
        task.end = max(ends)
        last = min(post.leaves for post in posts) + self.overtime
        if task.end > last:
            task.callbacks = self.on_hand_over
            task.end = max(now, last - self.overtime)
        self.schedule(task, RELEASE + task.rank, task.end - now)

    def _occupy(self, post: Post, task: Task, now: int) -> int:
        """Give a post of a crew a task; the moment at which it will have done it."""
        post.task = task
        if post.rostered:
            post.pool.idle -= 1
        return finish_work(post.starts, post.ends, now, task.travel + task.work, self.overtime)

    def finish(self, task: Task) -> None:
        """The work of a visit ends: posts are free, the case goes on or waits."""
        if task.status != STARTED:
            return
        now = self.env._now
        post, helpers = task.post, task.helpers
        post.task = None
        pool = post.pool
        if post.rostered:
            pool.idle += 1
        if self.ways.follows:
            self.ways.leave(task, now)
        if helpers:
            release(helpers)
        if task.delay >= 0 and not task.step.delays_first:
            self._delay(task, self.on_done, now)
        else:
            self.complete(task, now)
        if pool.queue:
            serve(self, pool, now)
        if helpers:
            serve_freed(self, helpers, now)

    def end_delay(self, task: Task) -> None:
        """A delay after the work, or of a step without any, has passed."""
        if task.status != GONE:
            self.complete(task, self.env._now)

    def complete(self, task: Task, now: int) -> None:
        """The step is done: record it and let the case enter the next one."""
        step, branch = task.step, task.branch
        if step.joint and task.pending > 0:
            task.pending = -task.pending  # its own part is done; helper_done comes back here
            return
        if branch == NEXT:
            following = step.next
            if step.is_handling:
                task.handled, task.home = step, task.post.pool if task.post is not None else None
        elif branch == UP:
            following = step.up
        else:
            self._turn_off(task, branch, now)
            return
        if step.is_dispatch and task.due == NO_DUE:
            self.set_due(task, now)
        if following is None:
            self.end(task, now, branch)
        elif step.is_accept and self._repeats(task):
            self.end(task, now, MERGED)
        elif following.tail and self._ends_quietly(task, following):
            self.end(task, now, branch + ENDING * (following.row + 1))
        else:
            self.record(task, now, branch)
            self.enter(task, following, now)

    def end(self, task: Task, now: int, outcome: int) -> None:
        """The last visit of a case, or of a helper beside its lead."""
        self.record(task, now, outcome)
        if outcome == END:
            self.refused.add(task.case)
        task.status = GONE
        if task.step.state == "joint":
            helper_done(self, task, now)
        else:
            self.present[task.case] = None

    def _turn_off(self, task: Task, branch: int, now: int) -> None:
        """A case is returned, or work done badly goes back to the step that handled it, or it ends here."""
        step = task.step
        following = task.handled if step.last_handled and task.handled else step.back
        if branch != BACK or following is None:
            self.end(task, now, branch)
        else:
            self.record(task, now, BACK)
            self.enter(task, following, now)

    def _repeats(self, task: Task) -> bool:
        """Whether the case repeats an earlier one that was not refused; it is merged into it.

        The rule asks for matter, place and hours alone: were it to ask whether the earlier one is still open,
        whoever closes a case later would change what the desks of the whole district have to do.
        """
        if self.duplicate_of is None:
            return False
        other = int(self.duplicate_of[task.case])
        if other < 0 or other in self.refused:
            return False
        self.moves.merge(task.case, other)
        return True

    def _ends_quietly(self, task: Task, step: Step) -> bool:
        """Whether nothing but time passes from a step to the end: no reopening was drawn."""
        branch, first = self.branch, task.first
        return all(branch[first + column] == NEXT for column in step.tail)

    def record(self, task: Task, done: int, outcome: int) -> None:
        """Records of a visit, one a post; the crew's helpers are let go."""
        post = task.post
        self.records += pack_visit(
            task.rank, task.step.row, -1 if post is None else post.number, task.entered,
            task.offered, task.start, task.travel, task.work, task.end, done, outcome,
        )  # fmt: skip
        if task.helpers:
            task.post, *rest = task.helpers
            task.helpers = tuple(rest)
            self.record(task, done, outcome)

    def record_open(self) -> None:
        """Records of what is still waiting or under way at the horizon: `done` is -1."""
        for task in self.present:
            if task is not None:
                self.record(task, -1, NEXT)
        for task in list_helping(self):
            self.record(task, -1, NEXT)


def run(
    flow: Flow, cases: Cases, horizon: int, opening: pd.DataFrame | None = None, begin: int = 0
) -> Visits:
    """Play cases through a flow until a horizon in seconds; deterministic in its arguments.

    `opening` are cases that are open at the second `begin` (columns as the table opening.csv); they come
    before the others in the result's cases, with times before `begin`. No case may be reported before it.
    """
    cases, states = put_before(flow, cases, opening, begin)
    records, lots, handling_due, entries, moves = _play(flow, cases, states, horizon, begin)
    due = np.array(handling_due, dtype=np.int64)
    del handling_due
    table = unpack_visits(records)
    del records
    table = add_last_visits(table, flow, lots)
    return Visits(flow, cases, table, due, find_close_due(flow, due), horizon, entries, moves)


@paused_collector()
def _play(
    flow: Flow, cases: Cases, states: list[OpenCase], horizon: int, begin: int
) -> tuple[bytearray, Lots, list[int], int, np.ndarray]:
    """Records, lots, due times, heap entries, moves of a run; the play's own lists are free afterwards."""
    play = Play(flow, cases, begin)
    begin_open_cases(play, states)
    play.run(horizon, len(states))
    play.record_open()
    return play.records, play.lots, play.due, next(play.env._eid), play.moves.as_table()
