"""The page of exact values says what the rows say, and its simulated figures meet the deep rule."""

import re
from pathlib import Path

import pytest

from tests.simulation.estimates import Estimate
from tests.simulation.exact_page import Played, fill_page, list_calculated, name_figure
from tests.simulation.exact_rows import ROWS, Figure, Row

SHOWN = re.compile(r"([\d.]+) ± ([\d.]+)")
FIGURES = [
    pytest.param(row, figure, id=f"{row.name}: {figure.name}") for row in ROWS for figure in row.figures
]


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    """The page as it is committed."""
    return (root / "docs" / "reference" / "exact-values.md").read_text("utf-8")


@pytest.mark.parametrize(("row", "figure"), FIGURES)
def test_the_page_names_a_figure_with_its_exact_value_and_a_simulated_one_that_meets_the_rule(
    page: str, row: Row, figure: Figure
) -> None:
    cells = page.split(name_figure(row, figure))[1].split("\n", maxsplit=1)[0].split("|")
    mean, half = (float(text) for text in SHOWN.search(cells[0]).groups())  # type: ignore[union-attr]
    assert Estimate(mean, half + 1e-5).holds(figure.exact)
    assert half <= row.width * figure.exact
    assert f"≤ {row.width:.0%}" in cells[1]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_page_shows_a_mutant_that_misses_the_exact_value_in_every_row(page: str, row: Row) -> None:
    lines = [page.split(name_figure(row, figure))[1].split("\n", maxsplit=1)[0] for figure in row.figures]
    assert any("**" in line for line in lines)


def test_the_page_has_what_is_calculated_and_no_row_more(page: str) -> None:
    assert all(line in page for line in list_calculated())
    assert page.count("\n| ") == len(FIGURES) + len(list_calculated()) + 4


def test_filling_a_page_twice_changes_nothing(page: str) -> None:
    sheet = {row.name: Played(*[{f.name: Estimate(f.exact, 0.01) for f in row.figures}] * 2) for row in ROWS}
    once = fill_page(page, sheet)
    assert fill_page(once, sheet) == once != page
