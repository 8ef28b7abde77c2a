"""What lies on SimPy's heap: light objects instead of its events, and the order of one instant."""

from typing import Any

from simulation.way.steps import Step

SHIFT, RELEASE, ARRIVAL, TIMER = (number << 40 for number in range(1, 5))
TASKS_A_CASE = 4096
HELPERS_FROM = TASKS_A_CASE // 2  # numbers of the tasks that helpers do beside the case's own
URGENCY = 1 << 40
MIDDLE = URGENCY // 2  # the place of second 0, so that times before it keep their priority
NO_DUE = -(1 << 40)  # a case that has no due time (yet)
WAITING, STARTED, GONE = range(3)


class Task:
    """A case on its way: queue entry, event and record of its present visit, all in one.

    `rank` is case x TASKS_A_CASE + the visit's number: it orders ties, and tells whether a queue entry or a
    timer is still about the present visit. `urgency` is the priority, then the due time (the time of report
    until that is set). `first` is where the case's lots begin; `delay` is in seconds of the step's clock, -1
    for none; `expires` is when a clock takes the step away, where one does. `home` is the pool that last
    handled the case; `parent` the lead that a helper works beside, `pending` how many helpers a lead still
    waits for.
    """

    __slots__ = (
        "branch", "callbacks", "case", "delay", "due", "end", "entered", "expires", "first", "grid",
        "handled", "helpers", "home", "offered", "parent", "pending", "post", "rank", "seen", "start",
        "status", "step", "travel", "urgency", "work",
    )  # fmt: skip
    callbacks: Any
    step: Step
    handled: Step | None
    home: Any
    parent: "Task"
    pending: int
    post: Any
    helpers: tuple[Any, ...]
    case: int
    grid: int
    first: int
    rank: int
    urgency: int
    due: int
    seen: int
    status: int
    entered: int
    expires: int
    offered: int
    start: int
    end: int
    travel: int
    work: int
    branch: int
    delay: int
    _ok = True

    def renew(self) -> "Task":
        """The case in a fresh object, for when this one may still lie on the heap or in a queue."""
        task = self.copy()
        self.status = GONE
        return task

    def copy(self) -> "Task":
        """What the case carries along, in a fresh object."""
        task = Task()
        for name in ("case", "grid", "first", "rank", "urgency", "due", "seen", "handled", "home"):
            setattr(task, name, getattr(self, name))
        task.helpers = ()
        task.pending = 0
        return task


class Mark:
    """A light event: a shift boundary of a pool, an arrival, a stage, or a timer on a task of a rank."""

    __slots__ = ("callbacks", "rank", "target")
    callbacks: Any
    target: Any
    rank: int
    _ok = True
