"""The engine against exact values of queueing theory: quick rule here, deep rule in `make verify`."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.simulation.estimates import QUICK_WIDTH, Estimate, list_faults
from tests.simulation.exact_page import Played, fill_page
from tests.simulation.exact_rows import ROWS, Row, Size, play_row

STRETCH = 1.05
WORKERS = 2
SLOW = "Three tiers with escalation and return (Jackson)"


def list_row_faults(row: Row, found: Mapping[str, Estimate], width: float) -> list[str]:
    """What breaks the rule in any figure of a row."""
    return [
        fault
        for figure in row.figures
        for fault in list_faults(f"{row.name}, {figure.name}", figure.exact, found[figure.name], width)
    ]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=pytest.mark.slow) if row.name == SLOW else row for row in ROWS],
    ids=lambda row: row.name,
)
def test_a_row_of_the_table_meets_the_quick_rule(row: Row) -> None:
    assert list_row_faults(row, play_row(row, row.quick), QUICK_WIDTH) == []


@pytest.fixture(scope="module")
def sheet() -> Iterator[dict[str, Played]]:
    """The figures of the deep run; all of them together make the page, where TWIN_EXACT_PAGE names one."""
    played: dict[str, Played] = {}
    yield played
    page = os.environ.get("TWIN_EXACT_PAGE")
    if page and played:
        missing = [row.name for row in ROWS if row.name not in played]
        assert not missing, f"{page} is not written: {missing} did not meet the deep rule or were left out"
        Path(page).write_text(fill_page(Path(page).read_text("utf-8"), played), "utf-8")


@pytest.mark.deep
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_meets_the_deep_rule_and_its_mutant_with_longer_service_fails_it(
    row: Row, sheet: dict[str, Played]
) -> None:
    proper = play_row(row, row.deep, workers=WORKERS)
    assert list_row_faults(row, proper, row.width) == []
    fewer = Size(row.deep.days, max(2, row.deep.runs // 4))  # fails already at twice the half-width
    mutant = play_row(row, fewer, STRETCH, WORKERS)
    assert not all(mutant[figure.name].holds(figure.exact) for figure in row.figures)
    sheet[row.name] = Played(proper, mutant)
