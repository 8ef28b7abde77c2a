"""Choosing posts and giving them to another unit: pure functions on the table `posts`."""

import math
from datetime import date

import pandas as pd

from simulation.measures.base import fault
from simulation.measures.lookup import has_role
from twin.faults import Fault


def list_present(posts: pd.DataFrame, day: date | None) -> pd.DataFrame:
    """The rows of posts that are filled on a day: not vacant, not retired by then."""
    gone = posts["retires"].ne("") & (posts["retires"] <= (day.isoformat() if day else ""))
    return posts[posts["filled"].eq(1) & ~gone]


def choose_posts(posts: pd.DataFrame, unit: str, role: str, post_kind: str) -> pd.DataFrame:
    """The rows that a donor may give, those that it gives first last: of the role it has most of, by id."""
    mine = posts[posts["unit"] == unit]
    if role:
        mine = mine[has_role(mine["role"], (role,))]
    if post_kind:
        mine = mine[mine["kind"] == post_kind]
    if mine.empty:
        return mine
    largest = mine["role"].value_counts().sort_index(kind="stable").idxmax()
    return mine.assign(first=mine["role"] == largest).sort_values(["first", "post_id"]).drop(columns="first")


def find_lowest(posts: pd.DataFrame, unit: str, floor: int, share: float) -> int:
    """How many filled posts a donor must keep: a count, or a share of its authorised if that is more."""
    return max(floor, math.ceil(share * int((posts["unit"] == unit).sum()) - 1e-9))


def measure_spare(present: pd.DataFrame, unit: str, lowest: int) -> int:
    """How many posts a donor can lose: filled ones above those that it must keep."""
    return int((present["unit"] == unit).sum()) - lowest


def check_donor(
    kind: str,
    posts: pd.DataFrame,
    unit: str,
    day: date | None,
    count: int,
    limits: tuple[int, str, str],
) -> list[Fault]:
    """Faults where a unit cannot give so many posts; `limits` = posts to keep, role, kind of post."""
    lowest, role, post_kind = limits
    present = list_present(posts, day)
    spare = measure_spare(present, unit, lowest)
    if spare < count:
        left = len(present[present["unit"] == unit]) - count
        words = f"{left} posts would be left, {count - spare} fewer than its floor"
        return [fault(kind, unit, "floor", words)]
    number = len(choose_posts(present, unit, role, post_kind))
    if number < count:
        words = f"{number} filled posts of this role and kind, {count} asked for"
        return [fault(kind, unit, "too few posts", words)]
    return []


def find_pattern(posts: pd.DataFrame, unit: str, role: str) -> pd.DataFrame:
    """The posts whose role and hours a newcomer takes: the unit's own of that role, else the district's."""
    pattern = posts[has_role(posts["role"], (role,)) | (posts["role"] == role)].sort_values("post_id")
    own = pattern[pattern["unit"] == unit]
    return own if len(own) else pattern


def give_posts(
    posts: pd.DataFrame, chosen: pd.Index, unit: str, role: str, **columns: object
) -> pd.DataFrame:
    """The table with some posts in another unit: id, kind and skills stay, role and hours are new."""
    pattern = find_pattern(posts, unit, role).iloc[0]
    moved = posts.copy()
    values = {"unit": unit, "role": pattern["role"], "area": "", "shift": pattern["shift"], **columns}
    for column, value in values.items():
        moved.loc[chosen, column] = value
    return moved


def set_share(posts: pd.DataFrame, shares: dict[str, float]) -> pd.DataFrame:
    """The table with the availability of some posts (by post_id) set."""
    return posts.assign(availability=posts["post_id"].map(shares).fillna(posts["availability"]))
