"""Service points and shifts asked on a page: what the forms make of their fields, and whose part counts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from dashboard.i18n import t
from dashboard.optimise import places_form, shifts, shifts_figures
from dashboard.optimise.shifts_view import View
from hub.scopes import Scope
from twin.district import District

TOWN = "990101001900"
PLACES = {
    "services": ["S21"], "count": 3, "objective": "covering", "radius": 20, "where": "all", "tier": "village",
    "anew": "no", "days": 5, "replications": 2, "seed": 1,
}  # fmt: skip
SHIFTS = {"role": "order", "units": [], "days": 14, "replications": 2, "seed": 1}


@dataclass
class Known:
    """As much of the services as the form asks for."""

    district: District


def test_a_form_of_places_becomes_a_question_of_the_whole_district(demo_district: District) -> None:
    spec, why = places_form.read_question(PLACES, Known(demo_district), Scope(demo_district), "zh")
    assert why == "" and spec["where"] == "" and spec["keep"] and spec["radius_minutes"] == 20
    spec, why = places_form.read_question(
        PLACES | {"services": [], "count": 0}, Known(demo_district), Scope(demo_district), "zh"
    )
    assert (spec, why) == ({}, "请至少选一项：办件事项；数量须在 1 至 60 之间")


def test_a_township_s_planner_places_inside_the_township_alone(demo_district: District) -> None:
    scope = Scope(demo_district, TOWN)
    (town,) = places_form.list_townships(scope)
    spec, why = places_form.read_question(PLACES | {"where": town}, Known(demo_district), scope, "zh")
    assert why == "" and spec["where"] == town
    for where in ("all", "", "990101100000", None, ["x"]):
        spec, why = places_form.read_question(PLACES | {"where": where}, Known(demo_district), scope, "en")
        assert (spec, why) == ({}, t("siting.outside", "en"))


def test_items_that_only_the_district_hall_finishes_are_proposed(demo_district: District) -> None:
    assert places_form.list_central(demo_district) == [f"S2{n}" for n in range(1, 10)]


def test_a_planner_of_a_part_asks_for_hours_of_its_own_units(demo_district: District) -> None:
    whole, part = Scope(demo_district), Scope(demo_district, TOWN)
    assert shifts.read_question(SHIFTS, whole, "zh")[0]["units"] == []
    assert shifts.read_question(SHIFTS, part, "zh")[0]["units"] == [TOWN]
    other = SHIFTS | {"units": ["990101100900"]}
    assert shifts.read_question(other, part, "zh") == ({}, t("shifts.outside", "zh"))
    assert shifts.read_question(other, whole, "zh")[0]["units"] == ["990101100900"]
    assert shifts.read_question(SHIFTS | {"role": "chief"}, part, "zh") == ({}, t("shifts.outside", "zh"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_week_of_all_units_is_the_sum_of_theirs(lang: str) -> None:
    hours = pd.DataFrame({"hour": [0, 1, 0, 1], "unit": ["a", "a", "b", "b"]})
    hours = hours.assign(**{name: np.arange(4.0) for name in shifts_figures.SERIES})
    both = shifts_figures.sum_hours(hours, shifts_figures.ALL)
    assert both["load_wall"].tolist() == [2.0, 4.0]
    assert shifts_figures.sum_hours(hours, "b")["load_wall"].tolist() == [2.0, 3.0]
    assert shifts_figures.draw_week(both, lang).data[0].y.tolist() == [4.0, 8.0]  # both clocks
    assert np.array(shifts_figures.draw_strip(both, lang).data[0].z).shape == (2, 2)


@pytest.mark.parametrize(
    ("low", "high", "told"), [(-6.3, -2.5, "不宜采用"), (-1.0, 2.0, "最优"), (0.5, 2.0, "最优")]
)
def test_hours_that_do_worse_when_simulated_are_not_praised(low: float, high: float, told: str) -> None:
    trial = pd.DataFrame(
        [("pool", "in_time", 0.54, 0.5, (low + high) / 200, low / 100, high / 100)],
        columns=["scope", "figure", "before", "after", "difference", "low", "high"],
    )
    head = {"proven": True, "gap": 0.0, "scenario": "x"}
    view = View(None, None, head, {"trial": trial}, "zh")  # type: ignore[arg-type]
    assert told in str(view.badge())
    assert ("filled" in str(view._draw_keep())) == (told == "最优")
