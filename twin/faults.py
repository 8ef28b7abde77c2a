"""Faults in data: all of them gathered, raised once.

DistrictFaults
  carries a list of Fault(table, row, rule, message)
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing to mend: the table, the row (code or line), the rule broken, what to do."""

    table: str
    row: str
    rule: str
    message: str

    def __str__(self) -> str:
        place = f"{self.table} [{self.row}]" if self.row else self.table
        return f"{place}: {self.rule}: {self.message}"


class DistrictFaults(Exception):
    """Raised once with every fault that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = list(faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)
