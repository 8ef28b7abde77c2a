"""What each case will draw at each step, evaluated ahead for the first occurrence, called for later ones."""

from typing import Any

import numpy as np
import pandas as pd

from simulation.demand import Cases
from simulation.draws import purpose_key, quantile, quantile_array, uniform, uniform_array
from simulation.flow import Flow
from simulation.playing.widths import narrow
from simulation.way.steps import SELF_STEP, Step
from twin.schema import LAWS

NEXT, UP, BACK, PREEMPTED, TIMED_OUT, END, MERGED, HANDED = range(8)
BROKEN_OFF = (PREEMPTED, TIMED_OUT, HANDED)


class Lots:
    """Touch seconds, branch (next, up, back, end) and delay (seconds of its clock, -1 none) of first visits.

    Flat arrays: the lots of a case begin at case x `width`, one a step column; `spot` are the touch seconds
    of a visit on the spot, by case; `suspended` and `extended` tell of the few cases whose clock will stop,
    or that will ask for more time, by how many seconds of which clock.
    """

    def __init__(self, flow: Flow, cases: Cases) -> None:
        self.flow = flow
        self.seed = cases.seed
        self.keys = cases.key
        self.channel = cases.channel
        self._unit_seconds = np.array([flow.calendar.unit_seconds(c) for c in flow.rows["delay_clock"]])
        rows = flow.rows
        self.width = flow.columns.shape[2]
        table = flow.columns[flow.find_stage(cases.time), cases.item]
        place = np.flatnonzero((table >= 0) & ~cases.self_handled[:, None])
        row = table.ravel()[place]
        key = cases.key[place // self.width]
        size = table.size
        self.touch = _spread(size, place, self._touch(rows, row, key))
        branch, delay = self._branch(rows, row, key)
        self.branch = _spread(size, place, branch)
        self.delay = _spread(size, place, delay)
        self._spot(flow, cases)
        self.suspended, self.extended = self._stop_clocks(flow, cases)

    def _purposes(self, purpose: str) -> np.ndarray:
        """The purpose key of each row of `rows`, by its step's name."""
        names = self.flow.rows["step"].to_numpy()
        keys = {name: purpose_key(self.seed, name, 0, purpose) for name in set(names)}
        return np.array([keys[name] for name in names], dtype=np.uint64)

    def _touch(self, rows: Any, row: np.ndarray, key: np.ndarray) -> np.ndarray:
        u = uniform_array(key, self._purposes("touch")[row])
        return _to_seconds(
            rows["law"].to_numpy(), rows["minutes"].to_numpy() * 60, rows["cv"].to_numpy(), row, u
        )

    def _branch(self, rows: Any, row: np.ndarray, key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        u = uniform_array(key, self._purposes("branch")[row])
        up, back = rows["up_share"].to_numpy()[row], rows["back_share"].to_numpy()[row]
        branch = np.where(u < up, UP, np.where(u < up + back, BACK, NEXT))
        end = rows["end_share"].to_numpy()[row]
        if end.any():
            branch = np.where((u >= up + back) & (u < up + back + end), END, branch)
        falls = uniform_array(key, self._purposes("falls")[row]) < rows["delay_share"].to_numpy()[row]
        falls &= branch != UP
        delay = np.full(len(row), -1, dtype=np.int64)
        chosen = np.flatnonzero(falls)
        length = uniform_array(key[chosen], self._purposes("delay")[row[chosen]])
        laws, means = rows["delay_law"].to_numpy(), rows["delay_value"].to_numpy()
        units = _by_law(laws, means, rows["delay_cv"].to_numpy(), row[chosen], length)
        seconds = np.rint(units * self._unit_seconds[row[chosen]]).astype(np.int64)
        delay[chosen] = np.where(units > 0, seconds, -1)
        return branch, delay

    def _spot(self, flow: Flow, cases: Cases) -> None:
        play = flow.district.settings.play
        u = uniform_array(cases.key, purpose_key(self.seed, SELF_STEP, 0, "touch"))
        seconds = quantile_array("lognormal", play.self_handled_minutes * 60, 0.9, u)
        self.spot = np.maximum(np.rint(seconds), 1).astype(np.int64).tolist()

    def _stop_clocks(
        self, flow: Flow, cases: Cases
    ) -> tuple[dict[int, tuple[int, str]], dict[int, tuple[int, str]]]:
        """Case -> (seconds, clock) of its suspension, and of its extension."""
        suspended: dict[int, tuple[int, str]] = {}
        extended: dict[int, tuple[int, str]] = {}
        numbers = flow.find_stage(cases.time)
        for number, stage in enumerate(flow.stages):
            mine = (numbers == number) & ~cases.self_handled
            suspended |= self._draw_stops(flow, cases, stage.matters, mine)
            extended |= self._draw_extensions(flow, cases, stage.matters, mine)
        return suspended, extended

    def _draw_stops(
        self, flow: Flow, cases: Cases, matters: pd.DataFrame, mine: np.ndarray
    ) -> dict[int, tuple[int, str]]:
        suspended = {}
        if matters["suspend_share"].any():
            chosen = self._chosen(matters["suspend_share"].to_numpy(), cases, "suspend", mine)
            u = uniform_array(cases.key[chosen], purpose_key(self.seed, "case", 0, "suspension"))
            for case, draw in zip(chosen.tolist(), u.tolist(), strict=True):
                row = matters.iloc[cases.item[case]]
                unit = flow.calendar.unit_seconds(row["suspend_clock"])
                length = round(quantile("exponential", row["suspend_value"], 1.0, draw) * unit)
                suspended[case] = max(length, 1), row["suspend_clock"]
        return suspended

    def _draw_extensions(
        self, flow: Flow, cases: Cases, matters: pd.DataFrame, mine: np.ndarray
    ) -> dict[int, tuple[int, str]]:
        extended = {}
        if matters["extend_share"].any():
            for case in self._chosen(matters["extend_share"].to_numpy(), cases, "extend", mine).tolist():
                row = matters.iloc[cases.item[case]]
                unit = flow.calendar.unit_seconds(row["limit_clock"])
                extended[case] = round(row["extend_value"] * unit), row["limit_clock"]
        return extended

    def _chosen(self, shares: np.ndarray, cases: Cases, purpose: str, mine: np.ndarray) -> np.ndarray:
        u = uniform_array(cases.key, purpose_key(self.seed, "case", 0, purpose))
        return np.flatnonzero((u < shares[cases.item]) & mine)

    def draw_again(self, case: int, step: Step, occurrence: int) -> tuple[int, int, int]:
        """The lots of a later visit to a step; a wait of the handling falls only once."""
        row = self.flow.records[step.row]
        key = int(self.keys[case])

        def draw(purpose: str) -> float:
            return uniform(key, purpose_key(self.seed, step.name, occurrence, purpose))

        touch = max(round(quantile(row["law"], row["minutes"] * 60, row["cv"], draw("touch"))), 0)
        u = draw("branch")
        back = row["up_share"] + row["back_share"]
        branch = UP if u < row["up_share"] else BACK if u < back else NEXT
        branch = END if back <= u < back + row["end_share"] else branch
        delay = -1
        if branch != UP and not step.is_handling and draw("falls") < row["delay_share"]:
            units = quantile(row["delay_law"], row["delay_value"], row["delay_cv"], draw("delay"))
            delay = round(units * self.flow.calendar.unit_seconds(row["delay_clock"])) if units > 0 else -1
        return touch, branch, delay


def _spread(size: int, place: np.ndarray, values: np.ndarray) -> np.ndarray:
    values = narrow(values, np.int8, np.int32)
    full = np.zeros(size, dtype=values.dtype)
    full[place] = values
    return full


def _to_seconds(
    laws: np.ndarray, means: np.ndarray, cvs: np.ndarray, row: np.ndarray, u: np.ndarray
) -> np.ndarray:
    return np.rint(_by_law(laws, means, cvs, row, u)).astype(np.int64)


def _by_law(
    laws: np.ndarray, means: np.ndarray, cvs: np.ndarray, row: np.ndarray, u: np.ndarray
) -> np.ndarray:
    values = np.zeros(len(row))
    for law in LAWS:
        mine = np.flatnonzero((laws == law)[row])
        if len(mine):
            values[mine] = quantile_array(law, means[row[mine]], cvs[row[mine]], u[mine])
    return values
