"""What the event log says beside the moves themselves: due times, reasons, verdicts, mergers, places."""

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from simulation.draws import purpose_key, uniform_array
from simulation.flow import Flow
from simulation.log.packing import Stretch
from simulation.log.rows import DONE
from simulation.playing.events import NO_DUE
from simulation.playing.moves import EXTENDED, MERGED_INTO, MOVE_FIELDS, SUSPENDED, WHISTLED
from simulation.playing.visits import Visits, find_close_due
from twin.eventlog import STATES, to_utc

_DATED = np.isin(
    STATES,
    (
        "dispatched", "handling", "handled", "escalated", "checked", "rework", "closed", "suspended",
        "extended", "joint", "whistled", "reopened", "evaluated",
    ),
)  # fmt: skip  # states in which a case has its due times
VERDICTS = ("", "satisfied", "solved", "unsolved")


def list_reasons(flow: Flow) -> list[str]:
    """Every reason that steps name for sending a case back or ending it, blank first."""
    return ["", *sorted({*flow.rows["back_reason"], *flow.rows["end_reason"]} - {""})]


def read_ticks(stamps: pd.Series) -> np.ndarray:
    """Microseconds of UTC stamps, in their own memory."""
    return np.asarray(stamps.array.view(np.int64))


def _code(*names: str) -> list[int]:
    return [STATES.index(name) for name in names]


class Remarks:
    """The columns of a run's log that tell of due times, reasons and verdicts, by stretches of rows."""

    def __init__(self, visits: Visits, midnight: pd.Timestamp) -> None:
        self.visits, self.flow, self.midnight = visits, visits.flow, midnight
        self.moves = dict(zip(MOVE_FIELDS, visits.moves, strict=True))
        before = self.moves["due_before"]
        close = find_close_due(self.flow, before)
        self.handling = self._to_utc(np.r_[visits.handling_due, before, NO_DUE])
        self.close = self._to_utc(np.r_[visits.close_due, close, NO_DUE])
        merged = self.moves["kind"] == MERGED_INTO
        self.into = dict(zip(self.moves["case"][merged], self.moves["until"][merged], strict=True))

    def describe(self, rows: Stretch, route: np.ndarray) -> dict[str, Any]:
        """step_due, handling_due, close_due; codes of verdict and reason; merged_into where any case is."""
        due = self._find_due(rows)
        found: dict[str, Any] = {
            "step_due": self._step_due(rows),
            "handling_due": self.handling[due],
            "close_due": self.close[due],
            "verdict": self._verdict(rows),
            "reason_code": self._reason(rows, route),
        }
        if self.into:
            found["merged_into"] = self._merged_into(rows)
        return found

    def raise_tier(
        self, state: np.ndarray, unit: np.ndarray, tier: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Suspension and extension are approved one tier above the body that asks."""
        raised = np.flatnonzero(np.isin(state, _code("suspended", "extended")) & (unit >= 0))
        if not len(raised):
            return unit, tier
        unit, tier = unit.copy(), tier.copy()
        unit[raised] = self._parents[unit[raised]]
        tier[raised] = np.maximum(tier[raised] - 1, 0)
        return unit, tier

    @cached_property
    def _parents(self) -> np.ndarray:
        units = self.flow.district.units
        rows = {code: row for row, code in enumerate(units["code"])}
        return np.array([rows.get(code, row) for row, code in enumerate(units["parent"])])

    @cached_property
    def places(self) -> np.ndarray:
        """X and y in metres of each case: its spot, or the middle of its grid."""
        cases, district = self.visits.cases, self.flow.district
        if cases.spot is not None:
            return np.asarray(district.spots[cases.grid, cases.spot])
        return district.places[["x", "y"]].to_numpy()[cases.grid]

    @cached_property
    def _changes(self) -> pd.DataFrame:
        """Changes of due times: case, time, number of the move; the latest first."""
        kind = self.moves["kind"]
        changed = np.flatnonzero((kind == SUSPENDED) | (kind == EXTENDED))
        table = pd.DataFrame({name: self.moves[name][changed] for name in ("case", "time")})
        return table.assign(number=changed).sort_values("time", ascending=False, kind="stable")

    def _find_due(self, rows: Stretch) -> np.ndarray:
        """For each row its case, or cases + the move whose former due time still held; -1 for none."""
        codes = np.where(_DATED[rows.state], rows.case, -1)
        if self._changes.empty:
            return codes
        touched = np.flatnonzero(np.isin(rows.case, self._changes["case"].to_numpy()) & (codes >= 0))
        for case, time, number in self._changes.itertuples(index=False):
            mine = touched[(rows.case[touched] == case) & (rows.time[touched] < time)]
            codes[mine] = len(self.visits.cases) + number
        return codes

    def _to_utc(self, due: np.ndarray) -> np.ndarray:
        """Microseconds of UTC; no time where there is none."""
        none = due == NO_DUE
        return read_ticks(to_utc(np.where(none, 0, due), self.midnight, none))

    def _step_due(self, rows: Stretch) -> np.ndarray:
        """When a whistle's answer is due, on the row of the call; no time elsewhere."""
        if not self._calls:
            return np.broadcast_to(pd.NaT.value, len(rows.case))
        due = np.full(len(rows.case), NO_DUE, dtype=np.int64)
        for row in np.flatnonzero(rows.state == STATES.index("whistled")).tolist():
            due[row] = self._calls[int(rows.case[row]), int(rows.time[row])]
        return self._to_utc(due)

    @cached_property
    def _calls(self) -> dict[tuple[int, int], int]:
        calls = self.moves["kind"] == WHISTLED
        columns = (self.moves[name][calls].tolist() for name in ("case", "time", "until"))
        return {(case, time): until for case, time, until in zip(*columns, strict=True)}

    def _merged_into(self, rows: Stretch) -> np.ndarray:
        """1 + the case that a merged one repeats, on the row of the merger; 0 elsewhere."""
        codes = np.zeros(len(rows.case), dtype=np.int32)
        for row in np.flatnonzero(rows.state == STATES.index("merged")).tolist():
            codes[row] = 1 + self.into[int(rows.case[row])]
        return codes

    def _verdict(self, rows: Stretch) -> np.ndarray:
        """What the citizen says at evaluation: satisfied, solved (but not so) or unsolved; keyed by case."""
        codes = np.zeros(len(rows.case), dtype=np.int8)
        asked = np.isin(rows.state, _code("evaluated", "reopened")) & (rows.order == DONE)
        place = np.flatnonzero(asked)
        if len(place):
            play, cases, case = self.flow.district.settings.play, self.visits.cases, rows.case[place]
            solved = self._draw(case, "solved") < play.solved_share
            late = (self._closed[case] > self.visits.close_due[case]) & (cases.time[case] >= 0)
            share = np.where(late, play.satisfied_late, play.satisfied_in_time)
            pleased = self._draw(case, "satisfied") < share
            verdict = np.where(solved, np.where(pleased, 1, 2), 3)
            codes[place] = np.where(rows.state[place] == STATES.index("reopened"), 3, verdict)
        return codes

    def _draw(self, case: np.ndarray, purpose: str) -> np.ndarray:
        cases = self.visits.cases
        return uniform_array(cases.key[case], purpose_key(cases.seed, "case", 0, purpose))

    @cached_property
    def _closed(self) -> np.ndarray:
        """When each case was closed, from its visits."""
        closes = np.r_[self.flow.rows["state"].to_numpy() == "closed", False]
        mine = np.flatnonzero(closes[self.visits.table["row"]])
        ended = np.zeros(len(self.visits.cases), dtype=np.int64)
        np.maximum.at(ended, self.visits.table["case"][mine], self.visits.table["done"][mine])
        return ended

    @cached_property
    def _reasons(self) -> tuple[np.ndarray, np.ndarray]:
        place = {reason: number for number, reason in enumerate(list_reasons(self.flow))}
        rows = self.flow.rows
        return tuple(np.array([*rows[c].map(place), 0, 0]) for c in ("back_reason", "end_reason"))  # type: ignore[return-value]

    def _reason(self, rows: Stretch, route: np.ndarray) -> np.ndarray:
        """Why a case was returned, reworked, reopened or ended early: the reason that its step names."""
        codes = np.zeros(len(rows.case), dtype=np.int8)
        back, end = self._reasons
        done = rows.order == DONE
        returned = np.flatnonzero(np.isin(rows.state, _code("returned", "rework", "reopened")) & done)
        ended = np.flatnonzero(np.isin(rows.state, _code("refused", "voided", "transferred_out")) & done)
        codes[returned] = back[route[returned]]
        codes[ended] = end[route[ended]]
        return codes
