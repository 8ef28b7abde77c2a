"""The ways of posts: from their base, or from where their last case was."""

from typing import TYPE_CHECKING

import numpy as np

from simulation.flow import Flow
from simulation.pools import Pool, Post

if TYPE_CHECKING:
    from simulation.playing.events import Task


class Ways:
    """Travel seconds of posts; `follows` says that a post sets out from its last case for a while."""

    __slots__ = ("between", "follows", "patience")

    def __init__(self, flow: Flow, pools: list[Pool]) -> None:
        district = flow.district
        play = district.settings.play
        self.follows = play.travel_from == "last"
        self.patience = round(play.return_minutes * 60)
        self.between: dict[str, np.ndarray] = {}
        if not flow.rows["travel"].any() and not (flow.rows["policy"] == "nearest_idle").any():
            return
        for pool in pools:
            for post in pool.posts:
                times = district.travel_times(post.mode).as_lists
                post.way, post.within = times[0][pool.unit], times[1]
        if self.follows:
            modes = {post.mode for pool in pools for post in pool.posts}
            self.between = {mode: district.travel_between(mode) for mode in sorted(modes)}

    def measure(self, post: Post, grid: int, now: int) -> int:
        """Seconds of a post's way to a case in a grid."""
        if self.follows and now - post.left <= self.patience:
            return int(self.between[post.mode][post.place, grid])
        return post.within[grid] if post.area == grid else post.way[grid]

    def leave(self, task: "Task", now: int) -> None:
        """Posts are done at a case; for a while they may set out from there."""
        if task.step.travel:
            for post in (task.post, *task.helpers):
                post.place, post.left = task.grid, now
