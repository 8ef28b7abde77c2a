"""Where cases wait: in the queues of all pools that may take them, until a post is idle."""

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from simulation.playing.events import SHIFT, WAITING, Mark, Task
from simulation.policies import can_take, rank_posts
from simulation.pools import Pool, Post

if TYPE_CHECKING:
    from simulation.engine import Play


def queue_up(play: "Play", task: Task, pools: tuple[Pool, ...], now: int) -> None:
    """A task waits once, seen by all its pools; one of them may take it at once."""
    step = task.step
    entry = task.urgency, task.rank, task
    for body, _ in step.together:
        pools = pools + play.served[body][task.grid]
    for pool in pools:
        heappush(pool.queue, entry)
        if step.interrupts:
            heappush(pool.urgent, entry)
    rank = task.rank
    for pool in pools:
        if task.status != WAITING or task.rank != rank:
            return
        if now >= pool.until:
            pool.advance(now)
        if pool.idle or pool.urgent:
            serve(play, pool, now)
        elif pool.wake is None:
            _plan_wake(play, pool, now)


def serve(play: "Play", pool: Pool, now: int) -> None:
    """Idle posts of a pool take what waits, in order; a joint case kept long holds back the rest."""
    if now >= pool.until:
        pool.advance(now)
    if pool.idle:
        _take(play, pool, pool.queue, pool.on, now)
    if pool.urgent:
        _take(play, pool, pool.urgent, pool.on + pool.duty, now)
    if pool.queue and (pool.wake is None or pool.urgent):
        _plan_wake(play, pool, now)


def _take(play: "Play", pool: Pool, queue: list[Any], posts: tuple[Post, ...], now: int) -> None:
    skipped = None
    rostered = posts is pool.on
    while queue and (pool.idle or not rostered):
        _, rank, task = queue[0]
        if task.rank != rank or task.status != WAITING:
            heappop(queue)
            continue
        step = task.step
        post = pool.pick(posts, task.grid) if step.simple else _pick_able(play, task, pool, posts, now)
        if post is None:
            if not step.skill:
                break
            skipped = [*(skipped or ()), heappop(queue)]
        elif step.single:
            heappop(queue)
            play.start(task, post, now)
        elif not start_together(play, task, now):
            if now - task.offered >= play.block:
                break
            skipped = [*(skipped or ()), heappop(queue)]
    for entry in skipped or ():
        heappush(queue, entry)


def _pick_able(play: "Play", task: Task, pool: Pool, posts: tuple[Post, ...], now: int) -> Post | None:
    """The idle one of some posts that a step's skill and policy put first; partners need no skill."""
    step = task.step
    if not step.single and pool not in play.served[step.body][task.grid]:
        return pool.pick(posts, task.grid)
    idle = [post for post in posts if post.task is None and can_take(post, step.skill, step.policy)]
    return rank_posts(play, task, idle, now)[0] if idle else None


def start_together(play: "Play", task: Task, now: int) -> bool:
    """Reserve all posts of a joint task at this moment, or none."""
    step = task.step
    posts: list[Post] = []
    for body, crew in ((step.body, step.crew), *step.together):
        found = None
        for pool in play.served[body][task.grid]:
            if now >= pool.until:
                pool.advance(now)
            members = pool.on + pool.duty if step.interrupts else pool.on
            skill = step.skill if body == step.body else ""
            idle = [
                p for p in members if p.task is None and p not in posts and can_take(p, skill, step.policy)
            ]
            if len(idle) >= crew:
                found = idle[:crew]
                break
        if found is None:
            return False
        posts += found
    play.start_crew(task, posts, now)
    return True


def _plan_wake(play: "Play", pool: Pool, now: int) -> None:
    following = pool.next_any[pool.k] if pool.urgent else pool.next_on[pool.k]
    if following >= 0:
        moment = pool.edges[following]
        if pool.wake is None or moment < pool.wake:
            pool.wake = moment
            play.mark(play.on_wake, pool, pool.number, SHIFT, moment - now)


def requeue(play: "Play", now: int) -> None:
    """Another stage holds: what waits is seen by the pools that serve it from now on."""
    waiting: dict[int, Task] = {}
    for pool in play.pools:
        for _, rank, task in pool.queue:
            if task.rank == rank and task.status == WAITING:
                waiting[rank] = task
    for rank in sorted(waiting, key=lambda r: (waiting[r].urgency, r)):
        task = waiting[rank]
        if task.status == WAITING and task.rank == rank:
            queue_up(play, task, play.served[task.step.body][task.grid], now)


def wake(play: "Play", mark: Mark) -> None:
    """A roster boundary of a pool where something waits."""
    pool, now = mark.target, play.env._now
    if pool.wake == now:
        pool.wake = None
    if pool.queue:
        serve(play, pool, now)
