"""Where townships stand beside the causes: words, order, map, and a township chosen."""

import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask import g

from dashboard import maps
from dashboard.cause.choosing import find_job, read_click, read_standing
from dashboard.cause.standing import (
    Scale,
    Standing,
    count_tied,
    draw_lowest,
    draw_place,
    judge,
    say_standing,
    tell_gap,
    tell_order,
)
from dashboard.cause.townships import draw_map, find_cuts, grade, list_labels, list_steps, list_towns
from hub.jobs import load_proposal
from hub.studies.baseline import Baseline
from simulation.studies.standing import COLUMNS
from tests.dashboard.conftest import Web

DISTRICT = "990101000000"
FACTS = {"start": "2026-05-11", "days": 30, "seed": 1, "run_id": "0123456789abcdef"}
#: rate and half-width by township, in points; the first two meet, the third is apart from the first.
RATES = [(70.0, 2.0), (73.0, 2.0), (75.0, 2.0), (80.0, 1.0), (81.0, 1.0), (82.0, 1.0), (83.0, 1.0)]


def stand_on(web: Web, rates: list[tuple[float, float]] = RATES, lang: str = "zh") -> Standing:
    """A baseline of the first townships, and the district at 80 %."""
    codes = list_towns(web.services.district)
    rows: list[Any] = [("district", DISTRICT, 1000.0, 800.0, 0.8, 0.8, 0.8, 0.0, 0.0, 0.0, 20)]
    for code, (rate, half) in zip(codes, rates, strict=False):
        mean, low, high = rate / 100, (rate - half) / 100, (rate + half) / 100
        gap = (mean - 0.8, low - 0.8, high - 0.8)
        rows.append(("township", code, 200.0, 200 * mean, mean, low, high, *gap, 20))
    places = pd.DataFrame(rows, columns=list(COLUMNS))
    return Standing(web.services.district, Baseline(places, 20, 20, FACTS), lang)


def text(parts: Any) -> str:
    """Components as JSON."""
    return json.dumps(parts, ensure_ascii=False, default=lambda o: o.to_plotly_json())


def test_a_gap_whose_interval_holds_zero_is_said_to_be_none(web: Web) -> None:
    stand = stand_on(web)
    verdicts = [judge(row) for row in stand.townships.to_dict("records")]
    assert verdicts == ["below", "below", "below", "unclear", "unclear", "above", "above"]
    low, same = stand.townships.iloc[0], stand.townships.iloc[3]
    assert "差 −10.0 点（−12.0 ~ −8.0）" in tell_gap(stand, low)
    assert "不能说它与区均不同" in tell_gap(stand, same) and "−1.0 ~ +1.0" in tell_gap(stand, same)
    once = stand_on(web, [(70.0, float("nan"))])
    assert "没有区间" in tell_gap(once, once.townships.iloc[0])


def test_the_card_s_cases_add_up_and_red_means_below_the_mean(web: Web) -> None:
    stand = stand_on(web)
    codes = stand.townships["scope"].tolist()
    drawn = text(draw_place(stand, codes[0]))
    assert "应办 200　按期 140　迟办 60" in drawn and "70.0 %" in drawn and "◆ 低于区均" in drawn
    assert '"className": "red"' in drawn
    assert '"className": "red"' not in text(draw_place(stand, codes[3]))
    assert "区均 80" not in text(draw_place(stand, DISTRICT))
    assert "没有它的按期率" in text(draw_place(stand, "nowhere"))


def test_the_lowest_are_not_ranked_where_their_intervals_meet(web: Web) -> None:
    stand = stand_on(web)
    assert count_tied(stand.townships) == 2  # 68-72 meets 71-75, not 73-77
    assert tell_order(stand).startswith("最低的 2 个区间相交，不排名次")
    apart = stand_on(web, [(60.0, 1.0), *RATES])
    assert "不相交" in tell_order(apart) and "不相交" in say_standing(apart, None)
    once = stand_on(web, [(70.0, float("nan")), (72.0, float("nan"))])
    assert count_tied(once.townships) == 0 and "没有区间" in tell_order(once)
    assert "分不出先后" in say_standing(stand, None)
    assert "−10.0 点" in say_standing(stand, stand.townships["scope"].iloc[0])


def test_six_are_listed_and_the_chosen_one_too_on_one_scale(web: Web) -> None:
    stand = stand_on(web)
    codes = stand.townships["scope"].tolist()
    lowest = draw_lowest(stand, codes[1])[0].children
    assert [row.id["code"] for row in lowest] == codes[:6]
    assert [row.to_plotly_json()["props"]["aria-pressed"] for row in lowest][:2] == ["false", "true"]
    assert [row.id["code"] for row in draw_lowest(stand, codes[6])[0].children] == codes
    scale = Scale(0.68, 0.84)
    assert [scale.place(rate) for rate in (0.68, 0.76, 0.84)] == pytest.approx([2, 50, 98])


def test_places_with_too_few_cases_are_not_listed(web: Web) -> None:
    stand = stand_on(web)
    few = stand.baseline.places.assign(due=[1000.0, 9.0, *[200.0] * 6])
    assert len(Standing(stand.district, Baseline(few, 20, 20, FACTS), "zh").townships) == 6
    none = Standing(stand.district, Baseline(few[:1], 20, 20, FACTS), "en")
    assert "empty" in text(draw_lowest(none, None))


def test_the_map_is_dark_where_the_rate_is_low_and_outlines_the_chosen_one(web: Web) -> None:
    stand, district = stand_on(web), web.services.district
    assert find_cuts(stand) == pytest.approx([0.73, 0.76, 0.79, 0.82])  # 70 to 83 in steps of three
    steps = grade(district, stand)
    assert steps[:7].tolist() == [4, 3, 3, 1, 1, 0, 0]
    assert (steps[7:] == maps.UNKNOWN).all() and (grade(district, None) == maps.UNKNOWN).all()
    codes = list_towns(district)
    plain, ringed = draw_map(district, stand, None, "zh"), draw_map(district, stand, codes[0], "zh")
    assert len(plain.data) == 1 and len(ringed.data) == 3
    assert ringed.data[0].text[0].endswith(" 70.0 %")
    assert json.loads(list_steps(district, stand))[codes[0]] == 4
    named = {row["code"] for row in json.loads(list_labels(district, stand, codes[6], "zh"))}
    assert named == set(codes[:7])


def test_a_click_that_is_none_chooses_nothing() -> None:
    assert read_click({"points": [{"location": "990101200000"}]}) == "990101200000"
    for wrong in (None, [], {}, {"points": []}, {"points": [None]}, {"points": [{"x": 1}]}, {"points": 3}):
        assert read_click(wrong) is None


def test_the_baseline_of_the_planner_s_window_is_found_whoever_asked_and_nothing_is_made_up(web: Web) -> None:
    with web.server.test_request_context():
        g.session = web.services.sessions.get(web.services.sessions.open("planner"))
        assert find_job(web.services) is None
        assert read_standing(web.services, None, "zh") is None
        job = web.services.jobs.submit("baseline", load_proposal(), "somebody")
        assert find_job(web.services) == job
        assert read_standing(web.services, [job, "queued", 0], "zh") is None
        assert web.services.jobs.cancel(job)
        assert find_job(web.services) is None
    assert load_proposal()["start"] == date.fromisoformat(FACTS["start"])  # type: ignore[arg-type]
    assert np.isfinite(stand_on(web).mean)
