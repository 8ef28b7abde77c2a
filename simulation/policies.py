"""Who takes a case: home body, nearest idle, least loaded, skill first; each choice can say its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulation.pools import Pool, Post

if TYPE_CHECKING:
    from simulation.engine import Play
    from simulation.playing.events import Task


def choose_post(play: "Play", task: "Task", pools: tuple[Pool, ...], now: int) -> Post | None:
    """The idle post that takes a task by its step's policy; None where nobody is idle or may take it."""
    step = task.step
    open_pools = [pool for pool in pools if not pool.queue]
    for pool in open_pools:
        if now >= pool.until:
            pool.advance(now)
    for urgent in (False, True) if step.interrupts else (False,):
        found = [
            post
            for pool in open_pools
            for post in (pool.duty if urgent else pool.on)
            if post.task is None and can_take(post, step.skill, step.policy)
        ]
        if found:
            return rank_posts(play, task, found, now)[0]
    return None


def can_take(post: Post, skill: str, policy: str) -> bool:
    """Whether a post has the skill that a step asks for; under skill_first it is a wish, not a condition."""
    return not skill or policy == "skill_first" or skill in post.skills


def rank_posts(play: "Play", task: "Task", posts: list[Post], now: int) -> list[Post]:
    """Idle posts in the order in which a policy takes them; ties of nearest_idle go by `post_id`."""
    policy, grid, skill = task.step.policy, task.grid, task.step.skill
    if policy == "nearest_idle":
        placed = play.flow.placements
        return sorted(posts, key=lambda p: (play.ways.measure(p, grid, now), placed[p.number].post_id))
    if policy == "least_loaded":
        return sorted(posts, key=lambda p: (measure_pool(p.pool), p.pool.number, p.area != grid))
    if policy == "skill_first":
        return sorted(posts, key=lambda p: (skill not in p.skills, len(p.skills)))
    return sorted(posts, key=lambda p: p.area != grid)


def measure_pool(pool: Pool) -> float:
    """Load of a pool: cases in hand and waiting for each post that is on."""
    return (len(pool.on) - pool.idle + len(pool.queue)) / max(len(pool.on), 1)


@dataclass(frozen=True)
class Candidate:
    """A body that may take a case, as a dispatcher sees it.

    `busy` and `waiting` count cases, `on` the posts on the roster, `travel_seconds` the way of its nearest
    idle post (of its base where none is idle); `skilled` counts posts with the skill asked for.
    """

    unit: str
    order: int
    on: int
    busy: int
    waiting: int
    travel_seconds: int
    skilled: int


@dataclass(frozen=True)
class Recommendation:
    """A candidate with its place and the reasons for it: (code, figure) pairs, the deciding one first."""

    candidate: Candidate
    place: int
    reasons: tuple[tuple[str, float], ...]


def recommend(candidates: Sequence[Candidate], policy: str) -> list[Recommendation]:
    """The bodies in the order of a policy, with reasons.

    Reasons: `home` (place in the order of bodies), `idle` (posts free), `load` (cases in hand and waiting for
    each post on), `travel_minutes`, `skilled` (posts with the skill).
    """

    def load(c: Candidate) -> float:
        return (c.busy + c.waiting) / max(c.on, 1)

    keys = {
        "home": lambda c: (c.order,),
        "nearest_idle": lambda c: (c.busy >= c.on, c.travel_seconds, c.order),
        "least_loaded": lambda c: (load(c), c.order),
        "skill_first": lambda c: (c.skilled == 0, c.busy >= c.on, c.order),
    }
    first = {
        "home": "home",
        "nearest_idle": "travel_minutes",
        "least_loaded": "load",
        "skill_first": "skilled",
    }
    found = []
    for place, c in enumerate(sorted(candidates, key=keys[policy]), 1):
        reasons = {
            "home": float(c.order + 1),
            "idle": float(max(c.on - c.busy, 0)),
            "load": load(c),
            "travel_minutes": c.travel_seconds / 60,
            "skilled": float(c.skilled),
        }
        lead = first[policy]
        ordered = ((lead, reasons[lead]), *((k, v) for k, v in reasons.items() if k != lead))
        found.append(Recommendation(c, place, ordered))
    return found
