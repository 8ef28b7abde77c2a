"""What the event log says beside the moves themselves: due times, reasons, verdicts, mergers, places."""

from functools import cached_property

import numpy as np
import pandas as pd

from simulation.draws import purpose_key, uniform_array
from simulation.events import NO_DUE
from simulation.moves import MERGED_INTO, MOVE_FIELDS, STATES_OF_MOVES, WHISTLED
from simulation.visits import Visits, find_close_due
from twin.eventlog import STATES, categorise, constant, hex_strings, to_utc

_DATED = np.isin(
    STATES,
    (
        "dispatched", "handling", "handled", "escalated", "checked", "rework", "closed", "suspended",
        "extended", "joint", "whistled", "reopened", "evaluated",
    ),
)  # fmt: skip  # states in which a case has its due times
VERDICTS = ("satisfied", "solved", "unsolved")
_FACT = 7  # phase order of what happens at one moment, as in simulation.record


def list_move_rows(visits: Visits) -> np.ndarray:
    """Rows of the moves for the log: time, case, task, phase order, visit, state, work seconds."""
    moves = visits.moves[:, visits.moves[3] != MERGED_INTO]
    case, task, time, kind = moves[:4]
    states = np.array([STATES.index(name) for name in STATES_OF_MOVES])
    order = np.lexsort((visits.column("task"), visits.column("case")))
    keys = visits.column("case")[order] << 12 | visits.column("task")[order]
    visit = order[np.minimum(np.searchsorted(keys, case << 12 | task), max(len(keys) - 1, 0))]
    zeros = np.zeros(len(case), dtype=np.int64)
    return np.array([time, case, task, zeros + _FACT, visit, states[kind], zeros])


class Remarks:
    """The columns of the log's rows that tell of due times, reasons and verdicts."""

    def __init__(
        self,
        visits: Visits,
        case: np.ndarray,
        time: np.ndarray,
        state: np.ndarray,
        route: np.ndarray,
        done: np.ndarray,
        midnight: pd.Timestamp,
    ) -> None:
        self.visits, self.flow = visits, visits.flow
        self.case, self.time, self.state, self.route, self.done = case, time, state, route, done
        self.midnight = midnight
        self.moves = dict(zip(MOVE_FIELDS, visits.moves, strict=True))

    def _is(self, *names: str) -> np.ndarray:
        return np.isin(self.state, [STATES.index(name) for name in names])

    def raise_tier(self, unit: np.ndarray, tier: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Suspension and extension are approved one tier above the body that asks."""
        raised = np.flatnonzero(self._is("suspended", "extended") & (unit >= 0))
        if not len(raised):
            return unit, tier
        units = self.flow.district.units
        rows = {code: row for row, code in enumerate(units["code"])}
        above = np.array([rows.get(code, row) for row, code in enumerate(units["parent"])])
        unit, tier = unit.copy(), tier.copy()
        unit[raised], tier[raised] = above[unit[raised]], np.maximum(tier[raised] - 1, 0)
        return unit, tier

    @cached_property
    def _due_codes(self) -> np.ndarray:
        """For each row the case, or cases + number of the move whose due time held before; -1 for none."""
        codes = np.where(_DATED[self.state], self.case, -1)
        changes = np.flatnonzero(self.moves["due_before"] != NO_DUE)
        if len(changes):
            known = pd.Series(changes, index=self.moves["case"][changes])
            rows = np.flatnonzero(np.isin(self.case, known.index) & (codes >= 0))
            for row in rows.tolist():
                numbers = np.atleast_1d(known.loc[self.case[row]])
                later = [n for n in numbers if self.moves["time"][n] > self.time[row]]
                if later:
                    first = min(later, key=lambda n: int(self.moves["time"][n]))
                    codes[row] = len(self.visits.cases) + first
        return codes

    def handling_due(self) -> pd.Series:
        """The handling due time that held at each row."""
        return self._stamp(np.r_[self.visits.handling_due, self.moves["due_before"]])

    def close_due(self) -> pd.Series:
        """The closing due time that held at each row."""
        earlier = find_close_due(self.flow, self.moves["due_before"])
        return self._stamp(np.r_[self.visits.close_due, earlier])

    def _stamp(self, due: np.ndarray) -> pd.Series:
        stamps = self._to_utc(due)
        return pd.Series(stamps.array.take(self._due_codes, allow_fill=True), copy=False)

    def step_due(self) -> pd.Series:
        """When a whistle's answer is due, on the row of the call; NaT elsewhere."""
        due = np.full(len(self.case), NO_DUE, dtype=np.int64)
        calls = self.moves["kind"] == WHISTLED
        if calls.any():
            known = {
                (c, t): u
                for c, t, u in zip(
                    *(self.moves[name][calls].tolist() for name in ("case", "time", "until")), strict=True
                )
            }
            for row in np.flatnonzero(self._is("whistled")).tolist():
                due[row] = known[int(self.case[row]), int(self.time[row])]
        return self._to_utc(due)

    def _to_utc(self, due: np.ndarray) -> pd.Series:
        none = due == NO_DUE
        return to_utc(np.where(none, 0, due), self.midnight, none)

    def merged_into(self) -> pd.Categorical:
        """The case that a merged one repeats, on the row of the merger."""
        merged = self.moves["kind"] == MERGED_INTO
        if not merged.any():
            return constant("", len(self.case))
        into = np.full(len(self.visits.cases), -1, dtype=np.int64)
        into[self.moves["case"][merged]] = self.moves["until"][merged]
        codes = np.where(self._is("merged"), into[self.case], -1)
        return categorise(codes, hex_strings(self.visits.cases.key))

    def verdict(self) -> pd.Categorical:
        """What the citizen says at evaluation: satisfied, solved (not satisfied), unsolved; keyed by case."""
        rows = np.flatnonzero(self._is("evaluated", "reopened") & self.done)
        codes = np.full(len(self.case), -1, dtype=np.int8)
        if len(rows):
            play, cases = self.flow.district.settings.play, self.visits.cases
            case = self.case[rows]
            key = cases.key[case]
            solved = uniform_array(key, purpose_key(cases.seed, "case", 0, "solved")) < play.solved_share
            handled = self._ended()[case]
            in_time = (self.visits.close_due[case] == NO_DUE) | (handled <= self.visits.close_due[case])
            share = np.where(in_time, play.satisfied_in_time, play.satisfied_late)
            pleased = uniform_array(key, purpose_key(cases.seed, "case", 0, "satisfied")) < share
            verdict = np.where(solved, np.where(pleased, 0, 1), 2)
            codes[rows] = np.where(self.state[rows] == STATES.index("reopened"), 2, verdict)
        return categorise(codes, list(VERDICTS))

    def _ended(self) -> np.ndarray:
        """When each case was closed, from its visits; before the evaluation."""
        states = self.flow.rows["state"].to_numpy()[
            np.minimum(self.visits.column("row"), len(self.flow.rows) - 1)
        ]
        closed = states == "closed"
        ended = np.zeros(len(self.visits.cases), dtype=np.int64)
        np.maximum.at(ended, self.visits.column("case")[closed], self.visits.column("done")[closed])
        return ended

    def reason_code(self) -> pd.Categorical:
        """Why a case was returned, reworked, reopened or ended early: the reason that its step names."""
        rows = self.flow.rows
        reasons = [*sorted({*rows["back_reason"], *rows["end_reason"]} - {""})]
        if not reasons:
            return constant("", len(self.case))
        place = {reason: number for number, reason in enumerate(reasons)} | {"": -1}
        back, end = (np.array([*rows[c].map(place), -1, -1]) for c in ("back_reason", "end_reason"))
        codes = np.full(len(self.case), -1, dtype=np.int64)
        returned = self._is("returned", "rework", "reopened") & self.done
        ended = self._is("refused", "voided", "transferred_out") & self.done
        codes[returned] = back[self.route[returned]]
        codes[ended] = end[self.route[ended]]
        return categorise(codes, reasons)

    def locate_cases(self) -> np.ndarray:
        """X and y in metres of each case: its spot, or the middle of its grid."""
        cases, district = self.visits.cases, self.flow.district
        if cases.spot is not None:
            return np.asarray(district.spots[cases.grid, cases.spot])
        return district.places[["x", "y"]].to_numpy()[cases.grid]
