"""The optimiser's form as a question, and its findings as a view, in both languages."""

import json
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboard.optimise.posts_figures import sum_townships
from dashboard.optimise.posts_form import FIELDS, draw_form, read_question
from dashboard.optimise.posts_views import View
from hub.jobs import JobStatus
from hub.scopes import Scope
from hub.studies.optimise import Advice, OptimiseStudy
from tests.dashboard.conftest import Web
from twin.district import District

FORM = dict(
    zip(
        FIELDS,
        (40, "mix", "district", None, 2, 60, "yes", "no", 7, 0.5, 0.3, 0.2),
        strict=True,
    )
)


def find_office(district: District) -> str:
    """The first township's office."""
    units = district.units
    return str(units.loc[units["kind"] == "office", "code"].iloc[0])


def test_a_form_becomes_a_question_that_a_study_accepts(demo_district: District) -> None:
    spec, why = read_question(FORM, Scope(demo_district), "zh")
    assert why == ""
    checked = OptimiseStudy().check(spec)
    assert (checked["posts"], checked["objective"], checked["source"]) == (40, "mix", "district")
    assert (checked["floor"], checked["floor_share"]) == (2, 0.6)
    assert (checked["keep_kind"], checked["train"], checked["seed"]) == (True, False, 7)
    assert checked["weights"] == {"on_time_closure": 0.5, "worst_village": 0.3, "load": 0.2}
    assert date.fromisoformat(checked["start"])


def test_a_planner_of_a_township_asks_within_it_and_never_of_the_district(demo_district: District) -> None:
    scope = Scope(demo_district, find_office(demo_district))
    assert read_question(FORM, scope, "zh")[0] == {}
    for source in ("within", "vacancies"):
        other = {**FORM, "source": source, "within": "990101002900"}
        assert read_question(other, scope, "zh")[0]["within"] == scope.unit
    drawn = json.dumps(draw_form(scope, "en").to_plotly_json(), cls=PlotlyJSONEncoder)
    assert '"value": "within"' in drawn and '"value": "district"' not in drawn


@pytest.mark.parametrize("field", ["posts", "share", "seed"])
def test_a_form_with_a_gap_is_refused_in_words(demo_district: District, field: str) -> None:
    spec, why = read_question({**FORM, field: ""}, Scope(demo_district), "en")
    assert spec == {} and why.startswith("Please check")


def advise(district: District, low: float) -> Advice:
    """What a search of two posts might have found."""
    office = find_office(district)
    gives = ("990101913000", "dept_agriculture", 16, -2, 0.6, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    takes = (office, "service", 10, 2, 1.1, 60.0, 2.0, 0.3, 0.2, 0.25, low, 0.4)
    names = ["unit", "role", "posts", "change", "utilisation", "queue_hours", "late", "predicted", "expected"]
    teams = pd.DataFrame([takes, gives], columns=[*names, "mean", "low", "high"])
    curve = pd.DataFrame(
        {
            "posts": [1, 2],
            "predicted": [0.2, 0.3],
            "expected": [0.15, 0.2],
            "mean": [0.1, 0.25],
            "low": [-0.1, low],
            "high": [0.3, 0.4],
            "step_mean": [0.1, 0.15],
            "step_low": [-0.1, 0.05],
            "step_high": [0.3, 0.25],
        }
    )
    effects = pd.DataFrame(
        [("on_time_closure", 79.5, 79.75, 0.25, low, 0.4), ("load", 60.0, 59.0, -1.0, -1.5, -0.5)],
        columns=["indicator", "baseline", "plan", "mean", "low", "high"],
    )
    facts = {"question": {"objective": "on_time_closure"}, "start": "2026-05-11", "days": 7}
    facts |= {"replications": 6, "seed": 1}
    tables = {"teams": teams, "curve": curve, "effects": effects}
    return Advice("proved", 2, "", tables, {"fewer": [40.0, 2.0]}, facts, 9, 9)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_title_is_the_finding_and_says_where_its_interval_holds_zero(web: Web, lang: str) -> None:
    now = datetime(2026, 5, 11, tzinfo=UTC)
    status = JobStatus("job", "optimise", "done", 9, 9, "", "planner", now, now, now)
    clear = View(web.services, status, advise(web.services.district, 0.1), lang)
    unclear = View(web.services, status, advise(web.services.district, -0.1), lang)
    assert "+0.25" in clear.title() and "+0.10 ~ +0.40" in clear.title()
    assert clear.title() != unclear.title()
    drawn = json.dumps(
        [part.to_plotly_json() for part in clear.draw()], cls=PlotlyJSONEncoder, ensure_ascii=False
    )
    assert "/api/optimise/job/curve.csv" in drawn and "40" in drawn
    assert drawn.count("10 → 12") == 1 and drawn.count("16 → 14") == 1


def test_posts_are_summed_by_township_and_the_district_s_own_units_are_none(demo_district: District) -> None:
    teams = advise(demo_district, 0.1).tables["teams"]
    area = demo_district.units.set_index("code").at[find_office(demo_district), "area"]
    assert sum_townships(demo_district, teams) == {area: 2}
