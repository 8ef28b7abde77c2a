"""What stands beside a trial and a measure: units unaffected, the width to come, a line of what is set."""

import math

import pandas as pd
import pytest

from dashboard.actors import Words
from dashboard.plan.fields import Choices
from dashboard.plan.figures import foresee_half
from dashboard.plan.forms import read_draft
from dashboard.plan.layout import draw_check
from dashboard.plan.reach import draw_reach, find_touched
from dashboard.plan.sayings import tell_measure
from simulation.experiment import ExperimentResult
from simulation.studies.contrasts import CONTRAST_COLUMNS
from simulation.studies.summary import TABLES, hold_tables
from twin.district import District

TOWN, DEPARTMENT = "990101001900", "990101926000"
MOVE = {"measure": "move_posts", "from_unit": DEPARTMENT, "to_unit": TOWN, "role": "order", "count": 2}


def hold(affected: dict[str, int]) -> ExperimentResult:
    """A result of four pairs in which some units have cases that differ, and the district a hundred."""
    row = {"scenario": "s", "against": "baseline", "indicator": "utilisation", "mean": 0.0, "low": 0.0}
    row |= {"high": 0.0}
    rows = [row | {"scope_kind": "unit", "scope": u, "affected_cases": n} for u, n in affected.items()]
    rows.append(row | {"scope_kind": "district", "scope": "", "affected_cases": 100})
    contrasts = pd.DataFrame(rows).reindex(columns=CONTRAST_COLUMNS)
    return hold_tables(
        {
            "contrasts": contrasts,
            "differences": pd.DataFrame(rows)[TABLES["differences"]],
        },
        8,
        8,
        {},
    )


def test_units_with_a_case_that_differs_are_touched_and_the_others_counted(demo_district: District) -> None:
    result = hold({TOWN: 3, DEPARTMENT: 0})
    assert find_touched(result) == {TOWN}
    drawn = draw_reach(result, 4, demo_district, Words(demo_district, "zh"))
    assert drawn[0].children[0].children == "404/405 个单位不受影响"
    tiles = [part for part in html_parts(drawn) if type(part).__name__ == "I"]
    assert len(tiles) == len(demo_district.units) == 405
    assert [tile.title for tile in tiles if tile.className == "touched"] == ["北苑街道办事处"]
    assert "平均 25 件" in drawn[-1].children  # a hundred over four pairs


def html_parts(drawn: list[object]) -> list[object]:
    """Every part of what is drawn."""
    return [part for one in drawn for part in one._traverse()]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("points", "total", "half"),
    [
        ([[1, 0.05, math.nan, math.nan], [2, 0.06, 0.04, 0.08]], 8, 0.01),  # .02 by the root of 2/8
        ([[1, 0.05, math.nan, math.nan]], 8, math.nan),
        ([[8, 0.06, 0.05, 0.07]], 8, math.nan),
        ([], 8, math.nan),
    ],
)
def test_the_width_to_come_shrinks_with_the_root_of_the_pairs(
    points: list[list[float]], total: int, half: float
) -> None:
    assert foresee_half(points, total) == pytest.approx(half, nan_ok=True)


def test_a_measure_is_told_in_a_line_by_what_is_set_with_names_for_codes(demo_district: District) -> None:
    options = Choices(demo_district).of
    told = tell_measure(MOVE | {"floor": 0, "effective_from": None}, options, "zh")
    assert told.startswith("调出单位：区司法局；调入单位：北苑街道办事处；") and told.endswith("岗位数：2")
    assert "下限" not in told
    assert tell_measure({"measure": "pool_enforcement"}, options, "en") == "all by default"


def test_checks_are_counted_by_what_they_say(demo_district: District) -> None:
    late = MOVE | {"effective_from": "2027-01-01"}
    reading = read_draft("", [late], demo_district, "zh")
    drawn, _ = draw_check(reading, ("2026-05-11", 7), demo_district, "zh")
    lines = drawn[1:]
    assert drawn[0].children[1].children == f"通过 {len(lines) - 1} · 注意 1"
    wrong = read_draft("", [MOVE | {"count": 0}], demo_district, "zh")
    drawn, _ = draw_check(wrong, ("2026-05-11", 7), demo_district, "zh")
    assert drawn[0].children[1].children == "有误 1"
