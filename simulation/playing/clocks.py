"""Clocks of a case beside its steps: suspension stops the limit, extension moves it, a whistle has one."""

from typing import TYPE_CHECKING

from simulation.playing.events import MIDDLE, NO_DUE, TIMER, URGENCY, Mark, Task
from simulation.playing.moves import EXTENDED, SUSPENDED, WHISTLED
from twin.calendar import WALL_CLOCKS

if TYPE_CHECKING:
    from simulation.engine import Play


def stop_clock(play: "Play", task: Task, now: int) -> None:
    """挂账: the case rests, at most once; its due time moves by the time in which its clock stood still."""
    seconds, clock = play.suspended.pop(task.case)
    until = now + seconds if clock in WALL_CLOCKS else play.calendar.add_working(now, seconds)
    play.moves.add(task, now, SUSPENDED, until, task.due)
    move_due(play, task, _shift_due(play, task, now, until))
    task.callbacks = play.on_resume
    play.schedule(task, TIMER + task.rank, until - now)
    task.offered = until


def _shift_due(play: "Play", task: Task, now: int, until: int) -> int:
    _, wall = play.limits[play.items[task.case]]
    if wall or task.due <= now:  # a limit that has run out stays so
        return task.due + until - now
    calendar = play.calendar
    left = max(calendar.count_working(task.due) - calendar.count_working(now), 0)
    return calendar.add_working(until, left)


def extend(play: "Play", mark: Mark) -> None:
    """延期: a case that is not yet handled late in its limit gets more time, once, if it was drawn to ask."""
    case: int = mark.target
    task = play.present[case]
    if task is None or task.due == NO_DUE or (task.handled is not None and not task.step.is_handling):
        return
    seconds, clock = play.extended[case]
    play.moves.add(task, play.env._now, EXTENDED, -1, task.due)
    due = task.due
    move_due(play, task, due + seconds if clock in WALL_CLOCKS else play.calendar.add_working(due, seconds))


def move_due(play: "Play", task: Task, due: int) -> None:
    """The only two ways to another due time end here."""
    play.due[task.case] = task.due = due
    task.urgency = task.urgency // URGENCY * URGENCY + MIDDLE + due


def whistle(play: "Play", task: Task, now: int) -> None:
    """吹哨: the township calls; whoever is called must be there within the whistle's own limit."""
    play.moves.add(task, now, WHISTLED, play.calendar.find_due(now, *task.step.whistle))
