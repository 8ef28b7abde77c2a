"""What each case will draw at each step, evaluated ahead for the first occurrence, called for later ones."""

from typing import Any

import numpy as np

from simulation.demand import Cases
from simulation.draws import purpose_key, quantile, quantile_array, uniform, uniform_array
from simulation.flow import SELF_STEP, Flow, Step
from twin.schema import LAWS

NEXT, UP, BACK, PREEMPTED, TIMED_OUT = range(5)


class Lots:
    """Touch seconds, branch (next, up, back) and delay (in units of its clock) by case and step column."""

    def __init__(self, flow: Flow, cases: Cases) -> None:
        self.flow = flow
        self.seed = cases.seed
        self.keys = cases.key
        rows = flow.rows
        width = flow.columns.shape[1]
        table = flow.columns[cases.item]
        case, column = np.nonzero((table >= 0) & ~cases.self_handled[:, None])
        row = table[case, column]
        key = cases.key[case]
        self.touch = self._fill(len(cases), width, case, column, self._touch(rows, row, key), np.int64)
        branch, delay = self._branch(rows, row, key)
        self.branch = self._fill(len(cases), width, case, column, branch, np.int64)
        self.delay = self._fill(len(cases), width, case, column, delay, float)
        self._spot(flow, cases)

    def _fill(
        self, n: int, width: int, case: np.ndarray, column: np.ndarray, values: np.ndarray, kind: Any
    ) -> list[list[Any]]:
        full = np.zeros((n, width), dtype=kind)
        full[case, column] = values
        return full.tolist()

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
        falls = uniform_array(key, self._purposes("falls")[row]) < rows["delay_share"].to_numpy()[row]
        falls &= branch != UP
        delay = np.zeros(len(row))
        chosen = np.flatnonzero(falls)
        length = uniform_array(key[chosen], self._purposes("delay")[row[chosen]])
        laws, means = rows["delay_law"].to_numpy(), rows["delay_value"].to_numpy()
        delay[chosen] = _by_law(laws, means, rows["delay_cv"].to_numpy(), row[chosen], length)
        return branch, delay

    def _spot(self, flow: Flow, cases: Cases) -> None:
        play = flow.district.settings.play
        u = uniform_array(cases.key, purpose_key(self.seed, SELF_STEP, 0, "touch"))
        seconds = quantile_array("lognormal", play.self_handled_minutes * 60, 0.9, u)
        self.spot = np.maximum(np.rint(seconds), 1).astype(np.int64).tolist()

    def draw_again(self, case: int, step: Step, occurrence: int) -> tuple[int, int, float]:
        """Touch seconds, branch and delay of a later occurrence; a wait of the handling falls only once."""
        row = self.flow.records[step.row]
        key = int(self.keys[case])

        def draw(purpose: str) -> float:
            return uniform(key, purpose_key(self.seed, step.name, occurrence, purpose))

        touch = max(round(quantile(row["law"], row["minutes"] * 60, row["cv"], draw("touch"))), 0)
        u = draw("branch")
        branch = UP if u < row["up_share"] else BACK if u < row["up_share"] + row["back_share"] else NEXT
        delay = 0.0
        if branch != UP and not step.is_handling and draw("falls") < row["delay_share"]:
            delay = quantile(row["delay_law"], row["delay_value"], row["delay_cv"], draw("delay"))
        return touch, branch, delay


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
