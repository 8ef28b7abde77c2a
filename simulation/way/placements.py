"""Where each post stands and when: one placement a post and stretch of time in one unit, role and shift."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simulation.draws import combine, mix_array, name_key, uniform_array
from twin.calendar import DAY, FOREVER, WorkCalendar, list_shift_windows
from twin.district import District
from twin.organisation import measure_availability
from twin.records import list_records

Windows = tuple[list[int], list[int]]
WEEK = 7
_PLACED = ("unit", "role", "area", "shift", "rota", "filled", "mode", "skills", "retires", "share")


@dataclass(frozen=True)
class Stage:
    """A district that holds from one second to another of a run; the first holds from before its start."""

    district: District
    start: int
    end: int


@dataclass(frozen=True)
class Placement:
    """A post in a unit (its row) and role for a time; `leaves` is the end of its last window, or FOREVER.

    `area` is the row of the grid that it belongs to (-1 none); `share` is the part of its shifts that it has
    for cases: its role's availability beside duties times its own.
    """

    post_id: str
    unit: int
    role: str
    area: int
    share: float
    mode: str
    skills: frozenset[str]
    windows: Windows
    leaves: int


def list_placements(stages: list[Stage], calendar: WorkCalendar) -> list[Placement]:
    """The placements of all stages; those of the first stage are numbered as the rows of its posts."""
    units = {code: row for row, code in enumerate(stages[0].district.units["code"])}
    grids = {code: row for row, code in enumerate(stages[0].district.grids["code"])}
    windows = _ShiftWindows(calendar)
    found = []
    spans_of_posts = _list_spans(stages)
    leave = _Leave(sorted({str(post["post_id"]) for _, _, post, _ in spans_of_posts}), calendar)
    for start, end, post, district in spans_of_posts:
        spans = leave.take(windows.find(district, post, start, end), post, district)
        leaves = FOREVER if end >= FOREVER and not post["retires"] else (spans[1][-1] if spans[1] else start)
        found.append(
            Placement(
                post["post_id"],
                units[post["unit"]],
                post["role"],
                grids.get(post["area"], -1),
                float(post["share"]),
                post["mode"],
                frozenset(filter(None, post["skills"].split(";"))),
                spans,
                leaves,
            )
        )
    return found


def _list_spans(stages: list[Stage]) -> list[tuple[int, int, dict[str, Any], District]]:
    """(start, end, row of posts, district) of each stretch in which a post's row stays as it is."""
    spans: list[list[Any]] = []
    latest: dict[str, int] = {}
    before: District | None = None
    for stage in stages:
        district = stage.district
        if before is None or district.posts is not before.posts or district.duties is not before.duties:
            _follow(spans, latest, stage)
        before = district
    return [(s[0], s[1], s[2], s[3]) for s in spans]


def _follow(spans: list[list[Any]], latest: dict[str, int], stage: Stage) -> None:
    posts, availability = stage.district.posts, measure_availability(stage.district.duties)
    share = posts["role"].map(availability).fillna(1.0) * posts["availability"]
    rows = list_records(posts.assign(share=share))
    for row in rows:
        number = latest.get(row["post_id"])
        if number is not None:
            known: dict[str, Any] = spans[number][2]
            if all(known[name] == row[name] for name in _PLACED):
                continue
            spans[number][1] = stage.start
        latest[row["post_id"]] = len(spans)
        spans.append([stage.start, FOREVER, row, stage.district])
    for post_id in set(latest) - {row["post_id"] for row in rows}:
        spans[latest.pop(post_id)][1] = stage.start


class _ShiftWindows:
    """Windows of posts, computed once a shift and rota."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self.calendar = calendar
        self.first = calendar.origin.toordinal()
        self.known: dict[tuple[int, str, int], Windows] = {}

    def find(self, district: District, post: dict[str, Any], start: int, end: int) -> Windows:
        """Start and end seconds of a filled post's windows between two moments."""
        if not post["filled"]:
            return [], []
        shift, rota = str(post["shift"]), int(post["rota"])
        key = (id(district.shifts), shift, rota)
        if key not in self.known:
            spans = list_shift_windows(district.shifts, shift, rota, self.calendar)
            self.known[key] = [s for s, _ in spans], [e for _, e in spans]
        windows = self.known[key]
        if post["retires"]:
            gone = (pd.Timestamp(str(post["retires"])).toordinal() - self.first) * DAY
            end = min(end, max(gone, start))
        return _clip(windows, start, end) if start > -FOREVER or end < FOREVER else windows


class _Leave:
    """Posts on leave in whole weeks, drawn by post and week, so that no other edit moves them."""

    def __init__(self, post_ids: list[str], calendar: WorkCalendar) -> None:
        self.first = calendar.origin.toordinal()
        self.first_week = self.first // WEEK - 1
        weeks = np.arange(self.first_week, (self.first + len(calendar.working)) // WEEK + 2)
        purposes = [combine(name_key(post_id), name_key("leave")) for post_id in post_ids]
        purpose = np.array(purposes, dtype=np.uint64)[:, None]
        self.draws = uniform_array(mix_array(weeks.astype(np.uint64))[None, :], purpose)
        self.rows = {post_id: row for row, post_id in enumerate(post_ids)}
        self.least = dict(zip(post_ids, self.draws.min(axis=1).tolist(), strict=True))

    def take(self, windows: Windows, post: dict[str, Any], district: District) -> Windows:
        """The windows without those of the weeks in which the post is on leave."""
        share, post_id = district.settings.play.leave_share, str(post["post_id"])
        if not windows[0] or windows[0][0] <= -FOREVER or self.least[post_id] >= share:
            return windows
        draws = self.draws[self.rows[post_id]].tolist()
        weeks = [(start // DAY + self.first) // WEEK - self.first_week for start in windows[0]]
        keep = [k for k, week in enumerate(weeks) if draws[week] >= share]
        return [windows[0][k] for k in keep], [windows[1][k] for k in keep]


def _clip(windows: Windows, start: int, end: int) -> Windows:
    spans = [(max(s, start), min(e, end)) for s, e in zip(*windows, strict=True) if e > start and s < end]
    return [s for s, _ in spans], [e for _, e in spans]
