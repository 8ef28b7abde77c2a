"""Joint handling: helpers work beside a lead, each as a task of its own; the step ends when the last ends."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulation.playing.events import GONE, HELPERS_FROM, STARTED, TASKS_A_CASE, Task
from simulation.playing.lots import TIMED_OUT
from simulation.playing.moves import JOINT
from simulation.playing.waiting import serve

if TYPE_CHECKING:
    from simulation.engine import Play
    from simulation.pools import Post


def call_helpers(play: "Play", task: Task, now: int) -> None:
    """The helpers of a step are offered their tasks at the moment at which the lead is."""
    play.moves.add(task, now, JOINT)
    helpers = task.step.helpers
    task.pending = len(helpers)
    if not helpers:
        return
    working = play.helping.setdefault(task.case, [])
    for step in helpers:
        number = play.again[task.case, -1] = play.again.get((task.case, -1), HELPERS_FROM - 1) + 1
        helper = task.copy()
        helper.handled = None
        helper.parent = task
        helper.rank = task.case * TASKS_A_CASE + number - 1
        working.append(helper)
        play.enter(helper, step, now)
        task.seen |= step.bit


def helper_done(play: "Play", helper: Task, now: int) -> None:
    """A helper has done its part; the lead's step is complete when nobody is left."""
    working = play.helping[helper.case]
    working.remove(helper)
    lead = helper.parent
    if lead.pending > 0:
        lead.pending -= 1
    elif lead.pending < 0:
        lead.pending += 1
        if not lead.pending:
            play.complete(lead, now)


def follow_lead(play: "Play", before: Task, after: Task) -> None:
    """The helpers of a lead whose task goes on as another work beside that one."""
    after.pending = before.pending
    for helper in play.helping.get(before.case, ()):
        helper.parent = after


def dismiss_helpers(play: "Play", lead: Task, now: int) -> "list[Post]":
    """The lead's step is broken off: its helpers stop too; the posts that are free again."""
    freed: list[Post] = []
    for helper in play.helping.pop(lead.case, []):
        if helper.status == STARTED and helper.end > now:
            posts = (helper.post, *helper.helpers)
            for post in posts:
                post.release()
            freed += posts
            helper.end = now
        play.record(helper, now, TIMED_OUT)
        helper.status = GONE
    return freed


def list_helping(play: "Play") -> list[Task]:
    """Every helper that is waiting or at work."""
    return [helper for case in sorted(play.helping) for helper in play.helping[case]]


def serve_freed(play: "Play", posts: "Iterable[Post]", now: int) -> None:
    """What waits for the pools of posts that are free again is taken."""
    for post in posts:
        if post.pool.queue:
            serve(play, post.pool, now)
