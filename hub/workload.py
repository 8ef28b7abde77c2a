"""Seconds worked by body, role and hour, kept in one table of numbers."""

import numpy as np
import pandas as pd

GROWTH = 256


class Workload:
    """Work of (unit, role) pairs by the hour, for as many hours back as asked; older hours are given up."""

    def __init__(self, hours: int) -> None:
        self.hours = hours
        self.rows: dict[tuple[str, str], int] = {}
        self.first = -1
        self.seconds = np.zeros((GROWTH, hours))

    def add(self, units: np.ndarray, roles: np.ndarray, hours: np.ndarray, seconds: np.ndarray) -> None:
        """Take in work; hours are counted since 1970, and those out of reach are passed over."""
        if not len(hours):
            return
        self._reach(int(hours.max()))
        table = pd.DataFrame({"unit": units, "role": roles, "hour": hours, "seconds": seconds})
        sums = table[table["hour"] >= self.first].groupby(["unit", "role", "hour"])["seconds"].sum()
        for (unit, role, hour), value in sums.items():
            row = self._row(str(unit), str(role))
            self.seconds[row, int(hour) % self.hours] += value

    def total(self, first: int, last: int) -> dict[tuple[str, str], float]:
        """Seconds of each pair in the hours first <= hour < last."""
        if self.first < 0:
            return {}
        known = np.arange(max(first, self.first), min(last, self.first + self.hours)) % self.hours
        sums = self.seconds[:, known].sum(axis=1)
        return {pair: float(sums[row]) for pair, row in self.rows.items()}

    def _reach(self, hour: int) -> None:
        """Let `hour` be the newest; the places of hours that fall out of reach are wiped for new ones."""
        first = hour - self.hours + 1
        if self.first < 0:
            self.first = first
        elif first > self.first:
            self.seconds[:, np.arange(self.first, min(first, self.first + self.hours)) % self.hours] = 0
            self.first = first

    def _row(self, unit: str, role: str) -> int:
        row = self.rows.setdefault((unit, role), len(self.rows))
        if row >= len(self.seconds):
            self.seconds = np.vstack([self.seconds, np.zeros((len(self.seconds), self.hours))])
        return row
