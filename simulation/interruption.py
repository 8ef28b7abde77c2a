"""Work that is broken off: by a case that goes before it, or by a clock."""

from typing import TYPE_CHECKING

from simulation.events import GONE, STARTED, WAITING, Mark, Task
from simulation.lots import PREEMPTED, TIMED_OUT
from simulation.pools import Pool, Post, list_stints
from simulation.waiting import queue_up, serve

if TYPE_CHECKING:
    from simulation.engine import Play


def preempt(play: "Play", task: Task, pools: tuple[Pool, ...], now: int) -> bool:
    """Take a post from the least urgent case in hand; its work goes on later where it stopped."""
    for pool in pools:
        if now >= pool.until:
            pool.advance(now)
    posts = [post for pool in pools for post in pool.on]
    candidates = [post for post in posts if post.task and _yields(post.task, task)]
    if not candidates or any(post.task is None for post in posts):
        return False
    post = max(candidates, key=lambda p: (p.task.urgency, p.task.rank))
    _interrupt(play, post.task, post, now)
    post.release()
    play.start(task, post, now)
    return True


def _yields(holder: Task, task: Task) -> bool:
    """Only a less urgent case in one pair of hands yields, and none that could itself preempt."""
    later = (holder.urgency, holder.rank) > (task.urgency, task.rank)
    return later and not holder.helpers and not holder.step.preempts


def _interrupt(play: "Play", victim: Task, post: Post, now: int) -> None:
    """What is left of the victim's work waits as a task of its own; the post stays reserved meanwhile."""
    stints = list_stints(post.starts, post.ends, victim.start, victim.end)
    rest = victim.renew()
    rest.step, rest.branch, rest.delay = victim.step, victim.branch, victim.delay
    rest.rank += 1
    rest.entered = rest.offered = now
    rest.start = rest.end = -1
    rest.travel, rest.post, rest.status = 0, None, WAITING
    rest.work = sum(max(0, finish - max(begin, now)) for begin, finish in stints)
    victim.end = now
    play.record(victim, now, PREEMPTED)
    play.present[rest.case] = rest
    queue_up(play, rest, play.served[rest.step.body][rest.grid], now)


def expire(play: "Play", mark: Mark) -> None:
    """A clock takes an unfinished step to another body: the work is lost, the due times stay."""
    task = mark.target
    if task.rank != mark.rank or task.status == GONE:
        return
    now = play.env._now
    under_way = task.status == STARTED and task.end > now
    posts = (task.post, *task.helpers) if under_way else ()
    for post in posts:
        post.release()
    following = task.renew()
    task.end = now
    play.record(task, now, TIMED_OUT)
    play.present[task.case] = following
    play.enter(following, task.step.escalate_to, now)
    for post in posts:
        if post.pool.queue:
            serve(play, post.pool, now)
