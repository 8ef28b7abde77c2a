"""Duties beside cases: what posts off the roster do, what cases take of it, and patrols in idle hours.

In columns after a run: a block is a post's stretch on shift between two roster boundaries; a case in hand
interrupts it, and the duty goes on when the case is done.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulation.draws import mix_array, name_key, uniform_array
from simulation.pools import PoolPlan

if TYPE_CHECKING:
    from simulation.flow import Flow
    from simulation.playing.visits import Visits

Law = tuple[np.ndarray, np.ndarray]
OFF, ON = 0, 1  # the two tables of Roster.stretches
SPAN = 1 << 36  # seconds from one placement to the next on one line of time


@dataclass(frozen=True)
class DutyBlocks:
    """Blocks of all posts by placement and start: placement, start and end in seconds, duty (row of names).

    `names` are (duty, yields); duty -1 is time on the roster for which no patrol is planned.
    """

    placement: np.ndarray
    start: np.ndarray
    end: np.ndarray
    duty: np.ndarray
    names: list[tuple[str, str]]


def list_blocks(flow: "Flow") -> DutyBlocks:
    """Every block of a flow's rosters; its duty is drawn by post and moment, so that no edit moves it."""
    duties = flow.district.duties
    names = sorted({(str(d), str(y)) for d, y in duties[["duty", "yields"]].to_numpy()})
    laws = {role: _find_law(table, names) for role, table in duties.groupby("role")}
    none = _find_law(duties.iloc[:0], names)
    keys = np.array([name_key(placed.post_id) for placed in flow.placements], dtype=np.uint64)
    parts = [
        _draw_duties(flow.pools, kind, [laws.get(plan.role, none)[kind] for plan in flow.pools], keys)
        for kind in (OFF, ON)
    ]
    table = np.concatenate(parts, axis=1)
    table = table[:, np.lexsort((table[1], table[0]))]
    return DutyBlocks(table[0], table[1], table[2], table[3], names)


def _find_law(duties: pd.DataFrame, names: list[tuple[str, str]]) -> list[Law]:
    """Of a role's urgent duties and of those that yield to any case: bounds of the draw, rows of names."""
    laws = []
    for yields in ("urgent", "any"):
        kinds = duties[duties["yields"] == yields]
        shares = kinds["share"].to_numpy()
        if yields == "urgent" and shares.sum() > 0:
            shares = shares / shares.sum()
        rows = np.array([*[names.index((d, yields)) for d in kinds["duty"]], -1])
        laws.append((np.cumsum(shares) - 1e-12, rows))
    return laws


def _draw_duties(pools: list[PoolPlan], kind: int, laws: list[Law], keys: np.ndarray) -> np.ndarray:
    """Placement, start, end, duty of the stretches of one kind in all pools, each pool with its law."""
    if not pools:
        return np.zeros((4, 0), dtype=np.int64)
    stretches = [plan.roster.stretches[kind] for plan in pools]
    sizes = [table.shape[1] for table in stretches]
    place, start, end = np.concatenate(stretches, axis=1)
    pool = np.repeat(np.arange(len(pools)), sizes)
    first = np.cumsum([0, *[len(plan.posts) for plan in pools]])
    post = np.array([number for plan in pools for number in plan.posts], dtype=np.int64)[first[pool] + place]
    u = uniform_array(keys[post] ^ mix_array(start.astype(np.uint64)), name_key("duty"))
    duty = np.empty(len(u), dtype=np.int64)
    for (bounds, rows), begin, size in zip(laws, np.cumsum([0, *sizes]), sizes, strict=False):
        mine = slice(begin, begin + size)
        duty[mine] = rows[np.searchsorted(bounds, u[mine], side="right")]
    return np.array([post, start, end, duty])


def measure_duties(visits: "Visits", blocks: DutyBlocks, start: int, end: int) -> pd.DataFrame:
    """Hours of duties between two seconds: unit, duty, yields, planned, done; interrupted counts blocks.

    planned = hours on shift given to the duty; done = planned - hours of cases in them.
    """
    inside = (blocks.start >= start) & (blocks.start < end) & (blocks.duty >= 0)
    place = np.flatnonzero(inside)
    taken = measure_taken(visits, blocks)[place]
    length = (blocks.end - blocks.start)[place]
    units = np.array([placed.unit for placed in visits.flow.placements])[blocks.placement[place]]
    code = units * len(blocks.names) + blocks.duty[place]
    size = len(visits.flow.district.units) * len(blocks.names)
    sums = {
        "planned": np.bincount(code, length, size) / 3600,
        "done": np.bincount(code, length - taken, size) / 3600,
        "interrupted": np.bincount(code, taken > 0, size),
    }
    used = np.flatnonzero(sums["planned"])
    unit, duty = np.divmod(used, len(blocks.names))
    names = pd.DataFrame(blocks.names, columns=["duty", "yields"]).iloc[duty].reset_index(drop=True)
    codes = visits.flow.district.units["code"].to_numpy()[unit]
    return pd.DataFrame({"unit": codes}).join(names).assign(**{k: v[used] for k, v in sums.items()})


def measure_taken(visits: "Visits", blocks: DutyBlocks) -> np.ndarray:
    """Seconds of each block that cases took."""
    post, start, end = (visits.column(name) for name in ("post", "start", "end"))
    done = np.flatnonzero((post >= 0) & (start >= 0))
    begin = post[done] * SPAN + start[done]
    finish = post[done] * SPAN + np.minimum(np.maximum(end[done], start[done]), SPAN - 1)
    order = np.argsort(begin, kind="stable")
    begin, finish = begin[order], finish[order]
    total = np.r_[0, np.cumsum(finish - begin)]

    def spent(moment: np.ndarray) -> np.ndarray:
        """Seconds of visits before a moment on the line of time."""
        number = np.searchsorted(begin, moment, side="right")
        last = np.maximum(number - 1, 0)
        over = np.where(number > 0, np.maximum(finish[last] - moment, 0), 0) if len(finish) else 0
        return np.asarray(total[number] - over)

    base = blocks.placement * SPAN
    return spent(base + blocks.end) - spent(base + blocks.start)


def build_duty_rows(visits: "Visits", blocks: DutyBlocks, horizon: int) -> pd.DataFrame:
    """The moves of duties up to a horizon, ordered: second, placement, duty, phase (work, paused, done).

    work_seconds stands on the first row of a block; a case in hand pauses the duty until it is done.
    """
    used = np.flatnonzero((blocks.duty >= 0) & (blocks.start < horizon))
    taken = measure_taken(visits, blocks)[used]
    start, end = blocks.start[used], blocks.end[used]
    parts = [
        (start, used, np.full(len(used), 1), end - start - taken),
        (end, used, np.full(len(used), 3), np.zeros(len(used), dtype=np.int64)),
        *_list_pauses(visits, blocks, used),
    ]
    time, block, phase, seconds = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((phase, block, time))
    names = np.array([name for name, _ in blocks.names], dtype=object)
    block = block[order]
    return (
        pd.DataFrame(
            {
                "second": time[order],
                "placement": blocks.placement[block],
                "duty": names[blocks.duty[block]],
                "phase": np.array(["", "work", "paused", "done"], dtype=object)[phase[order]],
                "work_seconds": seconds[order],
            }
        )
        .query("second <= @horizon", engine="python")
        .reset_index(drop=True)
    )


def _list_pauses(
    visits: "Visits", blocks: DutyBlocks, used: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Where cases interrupt blocks, and where the duty goes on afterwards."""
    post, start, end = (visits.column(name) for name in ("post", "start", "end"))
    done = np.flatnonzero((post >= 0) & (start >= 0) & (end > start))
    line = blocks.placement[used] * SPAN + blocks.start[used]
    moment = post[done] * SPAN + start[done]
    number = np.searchsorted(line, moment, side="right") - 1
    block = used[np.maximum(number, 0)] if len(used) else number
    hit = (number >= 0) & (blocks.placement[block] == post[done]) & (start[done] < blocks.end[block])
    block, begin, finish = block[hit], start[done][hit], end[done][hit]
    zeros = np.zeros(len(block), dtype=np.int64)
    again = finish < blocks.end[block]
    return [
        (begin, block, np.full(len(block), 2), zeros),
        (finish[again], block[again], np.full(int(again.sum()), 1), zeros[again]),
    ]
