"""Work that is broken off: by a case that goes before it, by a clock, or by the end of a shift."""

from typing import TYPE_CHECKING

from simulation.playing.events import GONE, STARTED, TASKS_A_CASE, TIMER, WAITING, Mark, Task
from simulation.playing.joint import dismiss_helpers, follow_lead, serve_freed
from simulation.playing.lots import HANDED, PREEMPTED, TIMED_OUT
from simulation.playing.waiting import queue_up
from simulation.pools import Pool, count_worked

if TYPE_CHECKING:
    from simulation.engine import Play


def preempt(play: "Play", task: Task, pools: tuple[Pool, ...], now: int) -> bool:
    """Take a post from the least urgent case in hand; its work goes on later where it stopped."""
    for pool in pools:
        if now >= pool.until:
            pool.advance(now)
    skill = task.step.skill if task.step.policy != "skill_first" else ""
    posts = [post for pool in pools for post in pool.on if not skill or skill in post.skills]
    candidates = [post for post in posts if post.task and _yields(post.task, task)]
    if not candidates or any(post.task is None for post in posts):
        return False
    post = max(candidates, key=lambda p: (p.task.urgency, p.task.rank))
    rest = _break_off(play, post.task, now, PREEMPTED)
    post.release()
    play.start(task, post, now)
    _wait_again(play, rest, post.pool, now)
    return True


def _yields(holder: Task, task: Task) -> bool:
    """Only a less urgent case in one pair of hands yields, and none that could itself preempt."""
    later = (holder.urgency, holder.rank) > (task.urgency, task.rank)
    return later and not holder.helpers and not holder.step.preempts


def hand_over(play: "Play", task: Task) -> None:
    """The shift ends, or the post goes elsewhere: what is left is the body's again."""
    if task.status != STARTED:
        return
    now, posts = play.env._now, [task.post, *task.helpers]
    rest = _break_off(play, task, now, HANDED)
    for post in posts:
        post.release()
    _wait_again(play, rest, posts[0].pool, now)
    serve_freed(play, posts, now)


def _break_off(play: "Play", victim: Task, now: int, outcome: int) -> Task:
    """What is left of the victim's work as a task of its own, which waits; the rest is recorded."""
    worked = count_worked(victim.post.starts, victim.post.ends, victim.start, now)
    rest = victim.renew()
    if victim.step.state == "joint":
        rest.parent = victim.parent
        working = play.helping[victim.case]
        working[working.index(victim)] = rest
    elif victim.step.joint:
        follow_lead(play, victim, rest)
    rest.step, rest.branch, rest.delay = victim.step, victim.branch, victim.delay
    rest.rank = _next_rank(play, victim)
    rest.entered = rest.offered = now
    rest.start = rest.end = -1
    rest.travel, rest.post, rest.status = 0, None, WAITING
    rest.work = max(victim.travel + victim.work - worked, 0)
    if rest.step.escalate is not None:
        rest.expires = victim.expires
        play.mark(play.on_timer, rest, rest.rank, TIMER, max(rest.expires - now, 0))
    victim.end = now
    play.record(victim, now, outcome)
    if victim.step.state != "joint":
        play.present[rest.case] = rest
    return rest


def _next_rank(play: "Play", victim: Task) -> int:
    if victim.step.state != "joint":
        return victim.rank + 1
    number = play.again[victim.case, -1] = play.again[victim.case, -1] + 1
    return victim.rank - victim.rank % TASKS_A_CASE + number


def _wait_again(play: "Play", rest: Task, pool: Pool, now: int) -> None:
    pools = play.served[rest.step.body][rest.grid]
    queue_up(play, rest, (pool,) if pool in pools else pools, now)


def expire(play: "Play", mark: Mark) -> None:
    """A clock takes an unfinished step to another body: the work is lost, the due times stay."""
    task = mark.target
    if task.rank != mark.rank or task.status == GONE:
        return
    now = play.env._now
    under_way = task.status == STARTED and task.end > now
    posts = [task.post, *task.helpers] if under_way else []
    for post in posts:
        post.release()
    if task.step.joint:
        posts += dismiss_helpers(play, task, now)
    if under_way or task.status != STARTED:  # else its own part was done, and it waited for something else
        task.end = now
    following = task.renew()
    play.record(task, now, TIMED_OUT)
    play.present[task.case] = following
    play.enter(following, task.step.escalate_to, now)
    serve_freed(play, posts, now)
