"""Faults in data and in questions: all of them gathered, raised once.

DistrictFaults
  carries a list of Fault(table, row, rule, message)
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: How a fault is written: `table [row]: rule: message`, the row left out where it is blank.
WRITTEN = re.compile(
    r"(?P<table>[^\[\]:]+)(?: \[(?P<row>.*?)\])?: (?P<rule>[^:]+): (?P<message>.*)", re.DOTALL
)

#: A row, a rule of it, whether it holds, and what to do where it does not.
Test = tuple[str, str, bool, str]


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

    @classmethod
    def parse(cls, line: str) -> "Fault | None":
        """The fault that a line was written from; None for any other line."""
        found = WRITTEN.fullmatch(line)
        return cls(**{name: text or "" for name, text in found.groupdict().items()}) if found else None


class DistrictFaults(Exception):
    """Raised once with every fault that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = list(faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


def refuse(table: str, tests: Iterable[Test]) -> None:
    """DistrictFaults with every test of a question that does not hold."""
    faults = [Fault(table, row, rule, words) for row, rule, good, words in tests if not good]
    if faults:
        raise DistrictFaults(faults)


def within(row: str, value: float, least: float, most: float) -> Test:
    """The test that a number lies in its bounds, both included."""
    return row, "bounds", least <= value <= most, f"{value} is not between {least} and {most}"


def one_of(row: str, value: str, words: Sequence[str]) -> Test:
    """The test that a word is one of those that may stand there."""
    return row, "choice", value in words, f"{value!r} is none of {', '.join(words)}"
