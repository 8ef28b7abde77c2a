"""An event log -> frames of a film: cases in hand by grid, and cases that go from body to body."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from simulation.log.record import build_log
from simulation.studies.outcome import Job, map_grids
from simulation.studies.runs import play_scenario, replication_seed
from twin.district import District
from twin.eventlog import ENDED, find_codes, group_order
from twin.fictitious.templates import read_toml
from twin.indicators import Window

POLICY = read_toml("playback.toml")
MOST = 255  # a grid's figure in a frame: so many, or more
EARLY = 2  # a change of a case that was in hand before the log began
MOVES = np.dtype([("frame", "<u2"), ("origin", "<u2"), ("target", "<u2")])


@dataclass(frozen=True)
class Playback:
    """One side of a film.

    frames: uint8, frames x grids, cases in hand that were reported in the grid (255: so many or more);
    backlog: int32, cases in hand in the district, exact; moves: (frame, origin, target), a case that goes
    from one unit to another, by rows of the district's units.
    """

    frames: np.ndarray
    backlog: np.ndarray
    moves: np.ndarray


def count_frames(window: Window) -> int:
    """Frames of a window; the first shows its first moment."""
    seconds = (window.end - window.start).total_seconds()
    return int(seconds // POLICY["frame_seconds"])


def build_playback(
    log: pd.DataFrame, district: District, window: Window, played: District | None = None
) -> Playback:
    """The film of a log over a window.

    A frame shows what holds at its moment, what happened in that very second included. A case is in hand
    from its report to its end (closed, self-handled, merged, refused, voided, transferred out), and again
    from a reopening; one whose first turn in the log is neither was in hand before the log began. played:
    the district of the log, where it is another; a grid drawn anew is shown in the first of its village.
    """
    log = log[(log["kind"] == "case").to_numpy()]
    count = count_frames(window)
    frame = find_frames(log["occurred_at"], window)
    grid = _find_places(log, district, played or district)
    rows, change = list_changes(log)
    steps = np.zeros((count, len(district.grids)), dtype=np.int32)
    shown = np.where(change == EARLY, 0, frame[rows])
    inside, change = shown < count, np.sign(change)
    placed = inside & (grid[rows] >= 0)
    np.add.at(steps, (shown[placed], grid[rows][placed]), change[placed])
    whole = np.bincount(shown[inside], weights=change[inside], minlength=count)
    return Playback(
        np.minimum(steps.cumsum(axis=0), MOST).astype(np.uint8),
        whole.cumsum().astype(np.int32),
        list_moves(log, district, frame, count),
    )


def _find_places(log: pd.DataFrame, district: District, played: District) -> np.ndarray:
    """The row of the district's grid in which each row of the log is shown; -1: none."""
    own = find_codes(log["grid"], played.grids["code"])
    if played.grids is district.grids:
        return own
    return np.r_[map_grids(played, district), -1][own]


def find_frames(times: pd.Series, window: Window) -> np.ndarray:
    """The first frame that shows each time: 0 for times up to the window's start."""
    gone = (times - window.start).dt.total_seconds().to_numpy()
    return np.maximum(np.ceil(gone / POLICY["frame_seconds"]), 0).astype(np.int64)


def list_changes(log: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Rows at which a case comes in hand (+1) or leaves (-1), each case's in the order of the log.

    Before them the first row of each case that was in hand before (EARLY): whose first turn is an end, or
    that has none.
    """
    case, done = _number(log["case_id"]), (log["phase"] == "done").to_numpy()
    comes = done & log["state"].isin(["reported", "reopened"]).to_numpy()
    turns = np.flatnonzero(comes | (done & log["state"].isin(ENDED).to_numpy()))
    turns = turns[group_order(case[turns])]
    owner, held = case[turns], comes[turns]
    first = np.r_[True, owner[1:] != owner[:-1]][: len(owner)]
    before = np.where(first, ~held, np.r_[False, held[:-1]][: len(held)])
    change = held.astype(np.int64) - before
    codes, rows = np.unique(case, return_index=True)
    early = rows[~np.isin(codes, owner[first & held])]
    moved = change != 0
    return np.r_[early, turns[moved]], np.r_[np.full(len(early), EARLY), change[moved]]


def list_moves(log: pd.DataFrame, district: District, frame: np.ndarray, count: int) -> np.ndarray:
    """Cases that go from one body to another: the frame, and rows of units, in the order of the log.

    A task's body is that of its first row: helpers and approvers named within a task take no case over.
    Bodies that the district does not have (a scenario's own) are passed over.
    """
    unit = find_codes(log["unit"], district.units["code"])
    case = _number(log["case_id"])
    named = pd.DataFrame({"case": case, "task": log["task_id"].to_numpy()})[unit >= 0]
    order = np.flatnonzero(unit >= 0)[~named.duplicated().to_numpy()]
    order = order[group_order(case[order])]
    pair = np.flatnonzero((case[order[1:]] == case[order[:-1]]) & (unit[order[1:]] != unit[order[:-1]]))
    ahead = order[pair + 1]
    inside = (frame[ahead] > 0) & (frame[ahead] < count)
    ahead, behind = ahead[inside], order[pair][inside]
    sequence = np.argsort(ahead, kind="stable")
    moves = np.empty(len(ahead), dtype=MOVES)
    moves["frame"] = frame[ahead][sequence]
    moves["origin"], moves["target"] = unit[behind][sequence], unit[ahead][sequence]
    return moves


def _number(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes.to_numpy().astype(np.int64))
    return np.asarray(pd.factorize(column)[0].astype(np.int64))


def play_film(district: District, job: tuple[Any, ...]) -> Playback:
    """The film of one replication of one scenario, a Job (top-level and pure: it runs in any process)."""
    scenario, period, seed, replication, opening = Job(*job)
    own = replication_seed(seed, replication)
    visits = play_scenario(district, scenario, period, own, opening)
    midnight = pd.Timestamp(period.start).tz_localize(district.settings.time_zone)
    window = Window(midnight, midnight + pd.Timedelta(days=period.days))
    return build_playback(build_log(visits), district, window, visits.flow.district)
