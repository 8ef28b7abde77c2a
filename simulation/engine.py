"""run(flow, cases, horizon) -> the visits of every case; SimPy's heap carries light events.

Same-instant order: shift changes, releases, arrivals, timers; inside a class by case, then task.
"""

import gc
from bisect import bisect_right
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import numpy as np
import simpy

from simulation.demand import Cases
from simulation.flow import Flow, Step
from simulation.lots import BACK, NEXT, PREEMPTED, TIMED_OUT, UP, Lots
from simulation.pools import Pool, build_pools, finish_work, list_stints

SHIFT, RELEASE, ARRIVAL, TIMER = (number << 40 for number in range(1, 5))
TASKS_A_CASE = 64
WAITING, STARTED, GONE = range(3)
FIELDS = (
    "case",
    "task",
    "row",
    "post",
    "lead",
    "entered",
    "offered",
    "start",
    "travel",
    "work",
    "end",
    "done",
    "outcome",
)


class Task:
    """A visit to come, waiting or under way: at once queue entry, event and record."""

    __slots__ = (
        "branch", "callbacks", "case", "delay", "end", "entered", "number", "offered",
        "pools", "posts", "priority", "start", "status", "step", "travel", "work",
    )  # fmt: skip
    callbacks: Any
    step: Step
    pools: tuple[Pool, ...]
    posts: Any
    case: int
    number: int
    entered: int
    offered: int
    start: int
    end: int
    travel: int
    work: int
    branch: int
    delay: float
    priority: int
    status: int
    _ok = True


class Mark:
    """A light event: a shift boundary of a pool, an arrival, or a timer on a task."""

    __slots__ = ("callbacks", "target")
    callbacks: Any
    target: Any
    _ok = True


@dataclass(frozen=True)
class Visits:
    """What was played: one row a visit and post (columns FIELDS), and the due times by case (-1 none).

    Times are seconds from the origin; `end` is the end of work, `done` that of the step; -1 is not yet.
    """

    flow: Flow
    cases: Cases
    table: np.ndarray
    handling_due: np.ndarray
    close_due: np.ndarray
    horizon: int
    heap_entries: int

    def column(self, name: str) -> np.ndarray:
        """One field as an array of int64."""
        return np.asarray(self.table[:, FIELDS.index(name)])


class Play:
    """One run: the state, and what happens at each kind of event."""

    def __init__(self, flow: Flow, cases: Cases, lots: Lots) -> None:
        settings = flow.district.settings
        self.flow, self.cases, self.lots = flow, cases, lots
        self.env: Any = simpy.Environment()  # our light events are not its Event class
        self.pools = build_pools(flow.pools)
        self.served = [[tuple(self.pools[p] for p in found) for found in row] for row in flow.served]
        self.times = cases.time.tolist()
        self.grids = cases.grid.tolist()
        self.items = cases.item.tolist()
        self.channels = cases.channel.tolist()
        self.spot = cases.self_handled.tolist()
        count = len(cases)
        self.due = [-1] * count
        self.close_due = [-1] * count
        self.tasks = [0] * count
        self.seen = [0] * count
        self.handled: dict[int, Step] = {}
        self.again: dict[tuple[int, int], int] = {}
        self.records: list[int] = []
        self.open: dict[Task, None] = {}
        travels = any(s.travel for e in flow.entries for first in e for s in _walk(first))
        self.travel, self.within = _travel_lists(flow) if travels else ([], [])
        self.overtime = round(settings.play.overtime_minutes * 60)
        self.block = round(settings.play.joint_block_minutes * 60)
        self.allowance = settings.clock.close_allowance_hours
        self.on_wake, self.on_arrive, self.on_timer = (self.wake,), (self.arrive,), (self.expire,)
        self.on_offer, self.on_finish, self.on_done = (self.reach,), (self.finish,), (self.complete,)

    def run(self, horizon: int) -> None:
        """Play every arrival until the horizon."""
        if self.times and self.times[0] < horizon:
            self._mark(self.on_arrive, 0, ARRIVAL, self.times[0])
        self.env.run(until=horizon)

    def _mark(self, callbacks: Any, target: Any, order: int, delay: int) -> None:
        mark = Mark()
        mark.callbacks = callbacks
        mark.target = target
        self.env.schedule(mark, order, delay)

    def arrive(self, mark: Mark) -> None:
        """A report comes in; the next one is scheduled."""
        case = mark.target
        following = case + 1
        if following < len(self.times):
            mark.callbacks = self.on_arrive
            mark.target = following
            self.env.schedule(mark, ARRIVAL + following, self.times[following] - self.times[case])
        if self.spot[case]:
            self.enter(case, self.flow.self_step)
        else:
            self.enter(case, self.flow.entries[self.items[case]][self.channels[case]])

    def enter(self, case: int, step: Any) -> None:
        """A case enters a step: its lots are looked up, then it waits its delay or is offered."""
        now = self.env._now
        task = Task()
        task.case, task.step = case, step
        task.number = self.tasks[case]
        self.tasks[case] += 1
        task.entered = task.offered = now
        task.start = task.end = -1
        task.travel = 0
        task.status = WAITING
        task.posts = ()
        column = step.column
        if column < 0:
            task.work, task.branch, task.delay = self.lots.spot[case], NEXT, 0.0
        else:
            self._draw(task, case, step, column)
        if step.is_handling and self.due[case] < 0:
            self._set_due(case, now)
        if step.escalate is not None:
            value, clock = step.escalate
            until = self.flow.calendar.find_due(now, value, clock)
            self._mark(self.on_timer, task, TIMER + case * TASKS_A_CASE + task.number, until - now)
        if step.body < 0:
            self._delay_only(task, now)
        elif task.delay and step.delay_when == "before":
            self._wait(task, self.on_offer, now)
        else:
            self.offer(task, now)

    def _draw(self, task: Task, case: int, step: Step, column: int) -> None:
        bit = 1 << column
        if self.seen[case] & bit:
            occurrence = self.again[case, column] = self.again.get((case, column), 0) + 1
            task.work, task.branch, task.delay = self.lots.draw_again(case, step, occurrence)
            return
        self.seen[case] |= bit
        task.work = self.lots.touch[case][column]
        task.branch = self.lots.branch[case][column]
        task.delay = self.lots.delay[case][column]

    def _set_due(self, case: int, now: int) -> None:
        value, clock = self.flow.limits[self.items[case]]
        calendar = self.flow.calendar
        self.due[case] = calendar.find_due(now, value, clock)
        self.close_due[case] = calendar.find_due(self.due[case], self.allowance, "w")

    def _wait(self, task: Task, callbacks: Any, now: int) -> None:
        until = self.flow.calendar.find_due(now, task.delay, task.step.delay_clock)
        task.callbacks = callbacks
        self.open[task] = None
        self.env.schedule(task, TIMER + task.case * TASKS_A_CASE + task.number, until - now)

    def _delay_only(self, task: Task, now: int) -> None:
        """A step that occupies nobody; the last one needs no event."""
        if task.step.next is not None:
            self._wait(task, self.on_done, now)
            return
        done = now
        if task.delay:
            done = self.flow.calendar.find_due(now, task.delay, task.step.delay_clock)
        self._record(task, done, NEXT)

    def reach(self, task: Task) -> None:
        """A delay before the work has passed."""
        if task.status == WAITING:
            self.open.pop(task, None)
            task.offered = self.env._now
            self.offer(task, task.offered)

    def offer(self, task: Task, now: int) -> None:
        """Offer a task to its pools: start where a post is idle and nobody waits, else wait, seen by all."""
        step = task.step
        pools = self.served[step.body][self.grids[task.case]]
        if step.crew == 1 and not step.together:
            grid = self.grids[task.case]
            for pool in pools:
                if not pool.queue:
                    if now >= pool.until:
                        pool.advance(now)
                    post = _pick(pool.on, grid)
                    if post is None and step.interrupts:
                        post = _pick(pool.duty, grid)
                    if post is not None:
                        self.start(task, (post,), now)
                        return
            if step.preempts and self._preempt(task, pools, now):
                return
        self._enqueue(task, pools, now)

    def _enqueue(self, task: Task, pools: tuple[Pool, ...], now: int) -> None:
        case, step = task.case, task.step
        due = self.due[case]
        entry = (
            self.flow.priority[self.items[case]],
            due if due >= 0 else self.times[case],
            case,
            task.number,
            task,
        )
        for body, _ in step.together:
            pools = pools + self.served[body][self.grids[case]]
        task.pools = pools
        self.open[task] = None
        for pool in pools:
            heappush(pool.queue, entry)
            if step.interrupts:
                heappush(pool.urgent, entry)
        for pool in pools:
            if task.status == WAITING:
                self.serve(pool, now)

    def serve(self, pool: Pool, now: int) -> None:
        """Idle posts of a pool take what waits, in order; a joint case kept long holds back the rest."""
        if pool.queue:
            if now >= pool.until:
                pool.advance(now)
            self._take(pool.queue, pool.on, now)
            if pool.urgent:
                self._take(pool.urgent, pool.on + pool.duty, now)
            if pool.queue:
                self._plan_wake(pool, now)

    def _take(self, queue: list[Any], posts: tuple[Any, ...], now: int) -> None:
        skipped = []
        while queue:
            task = queue[0][4]
            if task.status != WAITING:
                heappop(queue)
                continue
            post = _pick(posts, self.grids[task.case])
            if post is None:
                break
            if task.step.crew == 1 and not task.step.together:
                heappop(queue)
                self.start(task, (post,), now)
            elif not self._start_together(task, now):
                if now - task.offered >= self.block:
                    break
                skipped.append(heappop(queue))
        for entry in skipped:
            heappush(queue, entry)

    def _start_together(self, task: Task, now: int) -> bool:
        """Reserve all posts of a joint task at this moment, or none."""
        step, grid = task.step, self.grids[task.case]
        posts: list[Any] = []
        for body, crew in ((step.body, step.crew), *step.together):
            found = None
            for pool in self.served[body][grid]:
                if now >= pool.until:
                    pool.advance(now)
                members = pool.on + pool.duty if step.interrupts else pool.on
                idle = [post for post in members if post.task is None]
                if len(idle) >= crew:
                    found = idle[:crew]
                    break
            if found is None:
                return False
            posts += found
        self.start(task, tuple(posts), now)
        return True

    def _plan_wake(self, pool: Pool, now: int) -> None:
        k = pool.k
        following = pool.next_any[k] if pool.urgent else pool.next_on[k]
        if following >= 0:
            moment = pool.edges[following]
            if pool.wake is None or moment < pool.wake:
                pool.wake = moment
                self._mark(self.on_wake, pool, SHIFT + pool.number, moment - now)

    def wake(self, mark: Mark) -> None:
        """A roster boundary of a pool where something waits."""
        pool, now = mark.target, self.env._now
        if pool.wake == now:
            pool.wake = None
        self.serve(pool, now)

    def start(self, task: Task, posts: tuple[Any, ...], now: int) -> None:
        """Posts set out; the end of the visit is known at its start."""
        task.status = STARTED
        task.start = now
        task.posts = posts
        if task.step.travel:
            grid = self.grids[task.case]
            task.travel = max(self._measure_way(post, grid) for post in posts)
        total = task.travel + task.work
        end = now
        for post in posts:
            post.task = task
            window = bisect_right(post.starts, now) - 1
            finish = now + total
            if finish > post.ends[window] + self.overtime:
                finish = finish_work(post.starts, post.ends, now, total, self.overtime)
            end = max(end, finish)
        task.end = end
        task.callbacks = self.on_finish
        self.open[task] = None
        self.env.schedule(task, RELEASE + task.case * TASKS_A_CASE + task.number, end - now)

    def _measure_way(self, post: Any, grid: int) -> int:
        return self.within[grid] if post.area == grid else self.travel[post.pool.unit][grid]

    def finish(self, task: Task) -> None:
        """The work of a visit ends: posts are free, the case goes on or waits."""
        if task.status != STARTED:
            return
        now = self.env._now
        for post in task.posts:
            post.task = None
        if task.delay and task.step.delay_when == "after":
            self._wait(task, self.on_done, now)
        else:
            self.complete(task)
        for post in task.posts:
            self.serve(post.pool, now)

    def complete(self, task: Task) -> None:
        """The step is done: record it and let the case enter the next one."""
        if task.status == GONE:
            return
        now = self.env._now
        self.open.pop(task, None)
        task.status = GONE
        case, step, branch = task.case, task.step, task.branch
        following = step.next
        if branch == UP:
            following = step.up
        elif branch == BACK:
            following = self.handled[case] if step.last_handled else step.back
        elif step.is_handling:
            self.handled[case] = step
        if step.is_dispatch and self.due[case] < 0 and branch != BACK:
            self._set_due(case, now)
        self._record(task, now, branch)
        if following is not None and column_known(step):
            self.enter(case, following)

    def expire(self, mark: Mark) -> None:
        """A clock takes an unfinished step to another body: the work is lost, the due times stay."""
        task = mark.target
        if task.status == GONE:
            return
        now = self.env._now
        posts = task.posts if task.status == STARTED and task.end > now else ()
        for post in posts:
            post.task = None
        task.status = GONE
        self.open.pop(task, None)
        self._record(task, now, TIMED_OUT)
        self.enter(task.case, task.step.escalate_to)
        for post in posts:
            self.serve(post.pool, now)

    def _preempt(self, task: Task, pools: tuple[Pool, ...], now: int) -> bool:
        """Take a post from the least urgent case in hand; its work goes on later where it stopped."""
        for pool in pools:
            if now >= pool.until:
                pool.advance(now)
        posts = [post for pool in pools for post in pool.on]
        candidates = [post for post in posts if post.task and self._yields(post.task, task)]
        if not candidates or any(post.task is None for post in posts):
            return False
        post = max(candidates, key=lambda p: self._rank(p.task))
        victim = post.task
        self._interrupt(victim, post, now)
        self.start(task, (post,), now)
        return True

    def _yields(self, holder: Task, task: Task) -> bool:
        return len(holder.posts) == 1 and not holder.step.preempts and self._rank(holder) > self._rank(task)

    def _rank(self, task: Task) -> tuple[int, int, int, int]:
        case = task.case
        due = self.due[case]
        return self.flow.priority[self.items[case]], due if due >= 0 else self.times[case], case, task.number

    def _interrupt(self, victim: Task, post: Any, now: int) -> None:
        stints = list_stints(post.starts, post.ends, victim.start, victim.end)
        rest = Task()
        for name in ("case", "step", "branch", "delay"):
            setattr(rest, name, getattr(victim, name))
        rest.number = self.tasks[victim.case]
        self.tasks[victim.case] += 1
        rest.entered = rest.offered = now
        rest.start = rest.end = -1
        rest.travel, rest.posts, rest.status = 0, (), WAITING
        rest.work = sum(max(0, finish - max(begin, now)) for begin, finish in stints)
        victim.status = GONE
        self.open.pop(victim, None)
        post.task = None
        self._record(victim, now, PREEMPTED)
        post.task = victim
        self._enqueue(rest, self.served[rest.step.body][self.grids[rest.case]], now)

    def _record(self, task: Task, done: int, outcome: int) -> None:
        end = done if outcome in (PREEMPTED, TIMED_OUT) else task.end
        lead = 1
        for post in task.posts or (None,):
            self.records += (
                task.case,
                task.number,
                task.step.row,
                -1 if post is None else post.number,
                lead,
                task.entered,
                task.offered,
                task.start,
                task.travel,
                task.work,
                end,
                done,
                outcome,
            )
            lead = 0

    def record_open(self) -> None:
        """Rows of what is still waiting or under way at the horizon: `done` is -1."""
        for task in sorted(self.open, key=lambda t: (t.case, t.number)):
            self._record(task, -1, NEXT)


def column_known(step: Step) -> bool:
    """A case settled on the spot ends with its one visit."""
    return step.column >= 0


def run(flow: Flow, cases: Cases, horizon: int) -> Visits:
    """Play cases through a flow until a horizon in seconds; deterministic in its arguments."""
    play = Play(flow, cases, Lots(flow, cases))
    collecting = gc.isenabled()
    gc.disable()
    try:
        play.run(horizon)
    finally:
        if collecting:
            gc.enable()
    play.record_open()
    table = np.array(play.records, dtype=np.int64).reshape(-1, len(FIELDS))
    entries = next(play.env._eid)
    return Visits(flow, cases, table, np.array(play.due), np.array(play.close_due), horizon, entries)


def _pick(posts: tuple[Any, ...], grid: int) -> Any:
    """The idle post to take a case: the place's own one, else the first."""
    best = None
    for post in posts:
        if post.task is None:
            if post.area == grid:
                return post
            if best is None:
                best = post
    return best


def _walk(step: Step | None, seen: set[int] | None = None) -> list[Step]:
    """Every step that can be reached from one."""
    seen = set() if seen is None else seen
    if step is None or id(step) in seen:
        return []
    seen.add(id(step))
    following = [
        s for branch in (step.next, step.up, step.back, step.escalate_to) for s in _walk(branch, seen)
    ]
    return [step, *following]


def _travel_lists(flow: Flow) -> tuple[list[list[int]], list[int]]:
    return flow.district.travel_network.as_lists
