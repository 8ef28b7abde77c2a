"""run(flow, cases, horizon) -> the visits of every case; SimPy's heap carries light events.

Same-instant order: shift changes, releases, arrivals, timers; inside a class by case, then task.
"""

from functools import partial
from typing import Any

import numpy as np
import simpy

from simulation.collector import paused_collector
from simulation.demand import Cases
from simulation.events import (
    ARRIVAL,
    GONE,
    RELEASE,
    STARTED,
    TASKS_A_CASE,
    TIMER,
    URGENCY,
    WAITING,
    Mark,
    Task,
)
from simulation.flow import Flow
from simulation.interruption import expire, preempt
from simulation.lots import BACK, NEXT, UP, Lots
from simulation.pools import Post, build_pools, finish_work
from simulation.steps import Step
from simulation.visits import ENDING, Visits, add_last_visits, pack_visit, unpack_visits
from simulation.waiting import queue_up, serve, wake
from twin.calendar import HOUR, WALL_CLOCKS


class Play:
    """One run: the state, and what happens at each kind of event."""

    __slots__ = (
        "again", "block", "branch", "calendar", "channels", "delay", "due", "env", "flow", "grids", "items",
        "limits", "lots", "on_arrive", "on_done", "on_finish", "on_reach", "on_timer", "on_wake", "overtime",
        "pools", "present", "records", "schedule", "served", "spot", "times", "touch", "travel", "within",
    )  # fmt: skip

    def __init__(self, flow: Flow, cases: Cases) -> None:
        district = flow.district
        self.flow, self.calendar = flow, flow.calendar
        self.env: Any = simpy.Environment()  # our light events are not its Event class
        self.schedule: Any = self.env.schedule
        self.pools = build_pools(flow.pools)
        self.served = [[tuple(self.pools[p] for p in found) for found in row] for row in flow.served]
        self.times = cases.time.tolist()
        self.grids = cases.grid.tolist()
        self.items = cases.item.tolist()
        self.channels = cases.channel.tolist()
        self.spot = cases.self_handled.tolist()
        self.lots = lots = Lots(flow, cases)
        self.touch, self.branch, self.delay = lots.touch.tolist(), lots.branch.tolist(), lots.delay.tolist()
        self.due = [-1] * len(cases)
        self.present: list[Task | None] = [None] * len(cases)
        self.again: dict[tuple[int, int], int] = {}
        self.records = bytearray()
        self.limits = [
            (round(value * flow.calendar.unit_seconds(clock)), clock in WALL_CLOCKS)
            for value, clock in flow.limits
        ]
        self.travel, self.within = district.travel_network.as_lists if flow.rows["travel"].any() else ([], [])
        self.overtime = round(district.settings.play.overtime_minutes * 60)
        self.block = round(district.settings.play.joint_block_minutes * 60)
        self.on_arrive, self.on_reach, self.on_finish = (self.arrive,), (self.reach,), (self.finish,)
        self.on_done = (self.end_delay,)
        self.on_wake, self.on_timer = (partial(wake, self),), (partial(expire, self),)

    def run(self, horizon: int) -> None:
        """Play every arrival until the horizon."""
        if self.times and self.times[0] < horizon:
            self.mark(self.on_arrive, 0, 0, ARRIVAL, self.times[0])
        self.env.run(until=horizon)

    def mark(self, callbacks: Any, target: Any, rank: int, order: int, delay: int) -> None:
        """Schedule a light event about something."""
        mark = Mark()
        mark.callbacks, mark.target, mark.rank = callbacks, target, rank
        self.schedule(mark, order + rank, delay)

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
        self.present[case] = task = Task()
        task.case = case
        task.grid = self.grids[case]
        task.first = case * self.lots.width
        task.rank = case * TASKS_A_CASE - 1
        task.urgency = self.flow.priority[item] * URGENCY + now
        task.due = -1
        task.seen = 0
        task.handled = None
        task.helpers = ()
        if self.spot[case]:
            self.enter(task, self.flow.self_step, now)
        else:
            self.enter(task, self.flow.entries[item][self.channels[case]], now)

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
            return
        if step.is_handling and task.due < 0:
            self._set_due(task, now)
        if step.escalate is not None:
            until = self.calendar.find_due(now, *step.escalate)
            self.mark(self.on_timer, task, task.rank, TIMER, until - now)
        if step.body < 0:
            self._delay(task, self.on_done, now)
        elif task.delay >= 0 and step.delays_first:
            self._delay(task, self.on_reach, now)
        else:
            self.offer(task, now)

    def _draw_again(self, task: Task, step: Step) -> None:
        """The lots of a visit that were not drawn ahead: the visit on the spot, and later ones to a step."""
        if not step.bit:
            task.work, task.branch, task.delay = self.lots.spot[task.case], NEXT, -1
            return
        key = task.case, step.column
        occurrence = self.again[key] = self.again.get(key, 0) + 1
        task.work, task.branch, task.delay = self.lots.draw_again(task.case, step, occurrence)

    def _set_due(self, task: Task, now: int) -> None:
        seconds, wall = self.limits[self.items[task.case]]
        due = now + seconds if wall else self.calendar.add_working(now, seconds)
        self.due[task.case] = task.due = due
        task.urgency = task.urgency // URGENCY * URGENCY + due

    def _delay(self, task: Task, callbacks: Any, now: int) -> None:
        task.callbacks = callbacks
        self.schedule(task, TIMER + task.rank, self._end_of_delay(task, now) - now)

    def _end_of_delay(self, task: Task, now: int) -> int:
        if task.delay < 0:
            return now
        return self.calendar.add_working(now, task.delay) if task.step.delay_works else now + task.delay

    def reach(self, task: Task) -> None:
        """A delay before the work has passed."""
        if task.status == WAITING:
            task.offered = self.env._now
            self.offer(task, task.offered)

    def offer(self, task: Task, now: int) -> None:
        """Offer a task to its pools: start where a post is idle and nobody waits, else wait, seen by all."""
        step = task.step
        pools = self.served[step.body][task.grid]
        if step.single:
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
            if step.preempts and preempt(self, task, pools, now):
                return
        queue_up(self, task, pools, now)

    def start(self, task: Task, post: Post, now: int) -> None:
        """A post sets out; the end of the visit is known at its start."""
        task.status = STARTED
        task.start = now
        task.post = post
        end = now + task.work
        if task.step.travel:
            task.travel = self._measure_way(post, task.grid)
            end += task.travel
        post.task = task
        if post.rostered:
            post.pool.idle -= 1
        if end > (post.closing if now < post.closing else post.find_closing(now)) + self.overtime:
            end = finish_work(post.starts, post.ends, now, end - now, self.overtime)
        task.end = end
        task.callbacks = self.on_finish
        self.schedule(task, RELEASE + task.rank, end - now)

    def start_crew(self, task: Task, posts: list[Post], now: int) -> None:
        """Posts set out together and are free together, when the last of them ends."""
        task.status = STARTED
        task.start = now
        task.post = posts[0]
        task.helpers = tuple(posts[1:])
        if task.step.travel:
            task.travel = max(self._measure_way(post, task.grid) for post in posts)
        task.end = max(self._occupy(post, task, now) for post in posts)
        task.callbacks = self.on_finish
        self.schedule(task, RELEASE + task.rank, task.end - now)

    def _occupy(self, post: Post, task: Task, now: int) -> int:
        """Give a post of a crew a task; the moment at which it will have done it."""
        post.task = task
        if post.rostered:
            post.pool.idle -= 1
        return finish_work(post.starts, post.ends, now, task.travel + task.work, self.overtime)

    def _measure_way(self, post: Post, grid: int) -> int:
        return self.within[grid] if post.area == grid else self.travel[post.pool.unit][grid]

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
        if helpers:
            for helper in helpers:
                helper.release()
        if task.delay >= 0 and not task.step.delays_first:
            self._delay(task, self.on_done, now)
        else:
            self.complete(task, now)
        if pool.queue:
            serve(self, pool, now)
        if helpers:
            for helper in helpers:
                if helper.pool.queue:
                    serve(self, helper.pool, now)

    def end_delay(self, task: Task) -> None:
        """A delay after the work, or of a step without any, has passed."""
        if task.status != GONE:
            self.complete(task, self.env._now)

    def complete(self, task: Task, now: int) -> None:
        """The step is done: record it and let the case enter the next one."""
        step, branch = task.step, task.branch
        following = step.next
        if branch == UP:
            following = step.up
        elif branch == BACK:
            following = task.handled if step.last_handled else step.back
        elif step.is_handling:
            task.handled = step
        if step.is_dispatch and task.due < 0 and branch != BACK:
            self._set_due(task, now)
        if following is None:
            self.record(task, now, branch)
        elif following.is_last:
            self.record(task, now, branch + ENDING * (following.row + 1))
        else:
            self.record(task, now, branch)
            self.enter(task, following, now)
            return
        task.status = GONE
        self.present[task.case] = None

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


def run(flow: Flow, cases: Cases, horizon: int) -> Visits:
    """Play cases through a flow until a horizon in seconds; deterministic in its arguments."""
    records, lots, handling_due, entries = _play(flow, cases, horizon)
    due = np.array(handling_due, dtype=np.int64)
    del handling_due
    allowance = round(flow.district.settings.clock.close_allowance_hours * HOUR)
    close_due = np.where(due < 0, -1, flow.calendar.add_working_array(np.maximum(due, 0), allowance))
    table = unpack_visits(records)
    del records
    return Visits(flow, cases, add_last_visits(table, flow, lots), due, close_due, horizon, entries)


@paused_collector()
def _play(flow: Flow, cases: Cases, horizon: int) -> tuple[bytearray, Lots, list[int], int]:
    """Records, lots, due times and heap entries of a run; the play's own lists are free when it returns."""
    play = Play(flow, cases)
    play.run(horizon)
    play.record_open()
    return play.records, play.lots, play.due, next(play.env._eid)
