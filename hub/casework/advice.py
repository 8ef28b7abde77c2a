"""Who should take a case, and which open case it may be again: each with its reasons."""

import numpy as np
from scipy.spatial import cKDTree

from hub.casework.bodies import Bodies, Body
from hub.casework.policy import Recommendation
from hub.casework.records import Candidate, Twin
from hub.lists import number_cases
from hub.moment import DAY, Moment
from hub.shrinkage import find_interval
from twin.district import District

MODES = {"village": "ebike", "township": "ebike", "district": "car"}
MINUTE, HOUR = 60_000_000, 3_600_000_000


class Advisor:
    """Reads the live cases of a district for one case at a time."""

    def __init__(self, district: District, bodies: Bodies, policy: Recommendation) -> None:
        self.district, self.bodies, self.policy = district, bodies, policy
        self.rows = {code: n for n, code in enumerate(district.units["code"])}

    def list_candidates(self, item: str, grid: int, moment: Moment) -> tuple[Candidate, ...]:
        """The bodies of an item's way in a grid, the recommended first.

        The rule: the lowest tier that has the mandate (matters are closed where they arise), then the fewest
        cases in hand for a post, then the shorter way.
        """
        found = [self._describe(body, item, grid, moment) for body in self.bodies.list_bodies(item, grid)]
        order = {"village": 0, "township": 1, "district": 2}
        return tuple(
            sorted(
                found,
                key=lambda c: (
                    not c.holds,
                    order[c.tier],
                    c.in_hand / max(1, c.posts),
                    c.minutes or 0,
                    c.unit,
                ),
            )
        )

    def _describe(self, body: Body, item: str, grid: int, moment: Moment) -> Candidate:
        unit, role, tier, holds = body
        mine = moment.cases["unit"].to_numpy() == unit
        matter = moment.places.matters.index(item.partition("-")[0]) if item else -1
        window = self.policy.window_days * DAY
        due = moment.due_within(moment.now - window, moment.now) & mine & (moment.matter == matter)
        count, good = int(due.sum()), int((due & moment.on_time).sum())
        enough = count >= self.policy.like_due
        low, high = find_interval(good, count) if enough else (None, None)
        return Candidate(
            unit=unit,
            tier=tier,
            role=role,
            holds=holds,
            minutes=self._measure_way(unit, tier, grid),
            in_hand=int((moment.open & mine).sum()),
            posts=self.bodies.posts.get(unit, {}).get(role, 0),
            on_time=good / count if enough else None,
            low=low,
            high=high,
            due=count,
        )

    def _measure_way(self, unit: str, tier: str, grid: int) -> float | None:
        if grid < 0 or unit not in self.rows:
            return None
        seconds = self.district.travel_times(MODES[tier]).seconds
        return float(seconds[self.rows[unit], grid]) / 60


def find_pairs(moment: Moment, metres: float, hours: float) -> np.ndarray:
    """Rows (earlier, later) of open cases of one item, near in place and in time of report; n x 2."""
    rows = np.flatnonzero(moment.open & ~moment.spot)
    x, y = (moment.cases[name].to_numpy(float)[rows] for name in ("x", "y"))
    placed = np.isfinite(x) & np.isfinite(y)
    rows, x, y = rows[placed], x[placed], y[placed]
    if len(rows) < 2:
        return np.empty((0, 2), dtype=np.int64)
    near = cKDTree(np.column_stack([x, y])).query_pairs(metres, output_type="ndarray")
    pairs = rows[near]
    items, times = moment.cases["matter"].cat.codes.to_numpy(), moment["reported_at"]
    same = items[pairs[:, 0]] == items[pairs[:, 1]]
    soon = np.abs(times[pairs[:, 0]] - times[pairs[:, 1]]) <= hours * HOUR
    pairs = pairs[same & soon]
    swapped = times[pairs[:, 0]] > times[pairs[:, 1]]
    return np.where(swapped[:, None], pairs[:, ::-1], pairs)


def list_twins(case_id: str, moment: Moment, district: District) -> tuple[Twin, ...]:
    """Open cases reported before this one that may be the same matter, the nearest first."""
    play = district.settings.play
    pairs = find_pairs(moment, play.merge_metres, play.merge_hours)
    names = moment.cases.index.to_numpy()
    earlier = [first for first, later in pairs if names[later] == case_id]
    mine = moment.cases.index.get_indexer([case_id])[0]
    if not earlier:
        return ()
    numbers = number_cases(moment.cases.iloc[earlier], district.settings.time_zone)
    x, y = moment.cases["x"].to_numpy(float), moment.cases["y"].to_numpy(float)
    found = [
        Twin(
            str(names[row]),
            number,
            float(np.hypot(x[row] - x[mine], y[row] - y[mine])),
            float(moment["reported_at"][mine] - moment["reported_at"][row]) / MINUTE,
        )
        for row, number in zip(earlier, numbers, strict=True)
    ]
    return tuple(sorted(found, key=lambda twin: (twin.metres, twin.case_id)))
