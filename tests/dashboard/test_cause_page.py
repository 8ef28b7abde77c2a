"""The page of causes: its title, its rows, what its buttons write, who may see which diagnosis."""

import json
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from flask import g

from dashboard.cause.answers import find_known, list_subjects
from dashboard.cause.chart import draw_interval, draw_lever, draw_rows
from dashboard.cause.enacting import draw_proof, list_choices, read_forecast
from dashboard.cause.side import draw_more, draw_stages
from dashboard.cause.words import describe_lever, say_finding
from dashboard.planners import keep_scenario
from hub.enacted import Enacted
from hub.scopes import Scope
from hub.studies.diagnosis import pack_diagnosis
from simulation.diagnosis.diagnose import Inquiry, diagnose
from simulation.diagnosis.proof import Proof
from simulation.diagnosis.result import Diagnosis
from simulation.executors import InProcess
from simulation.scenario import Scenario
from tests.dashboard.conftest import Web
from tests.simulation.diagnosis.one_cause import build_one_cause

TOWN, OTHER = "990101200000", "990101001000"
SPEC = {"code": TOWN, "start": "2026-05-11", "days": 2, "replications": 2, "seed": 1}


@pytest.fixture(scope="module")
def found(web: Web) -> Diagnosis:
    """A diagnosis told as that of a township of the demo district; its levers are the demo district's."""
    district = build_one_cause()
    *_, last = diagnose(district, Inquiry("T", date(2026, 5, 11), 5, 4, 1), InProcess(district))
    assert isinstance(last, Diagnosis)
    toml = Scenario.from_toml(last.scenarios["authority"]).model_copy(update={"name": "authority"}).to_toml()
    scenarios = dict.fromkeys(last.scenarios, toml)
    return replace(last, provenance=last.provenance | {"subject": TOWN}, scenarios=scenarios)


@pytest.fixture(scope="module")
def job(web: Web, found: Diagnosis) -> str:
    """The same as a job that is done."""
    rows = web.services.jobs.rows
    job = web.services.jobs.submit("diagnosis", SPEC, "cause")
    while (claimed := rows.claim("w")) is not None:
        if claimed.job_id == job:
            rows.save_result(job, "w", pack_diagnosis(found), 1, 1)
        rows.finish(claimed.job_id, "w", "done" if claimed.job_id == job else "cancelled")
    return job


def test_the_title_is_the_largest_cause_with_its_interval_or_that_none_can_be_told(
    web: Web, found: Diagnosis
) -> None:
    title = say_finding(web.services, found, "zh")
    assert "云顶乡" in title and "无权处置" in title and "~" in title
    doubtful = found.causes.assign(share_low=-0.1)
    assert "不能判断" in say_finding(web.services, replace(found, causes=doubtful), "zh")
    nothing = found.causes.assign(minutes=0.0)
    assert say_finding(web.services, replace(found, causes=nothing), "en").endswith(
        "nothing is late in this window"
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_touched_cause_has_a_row_and_the_absent_ones_one_line(
    web: Web, found: Diagnosis, lang: str
) -> None:
    rows = draw_rows(web.services, found, lang)
    text = json.dumps([row.to_plotly_json() for row in rows], default=lambda o: o.to_plotly_json())
    assert text.count('"cause-name"') == 4  # three causes and the remainder
    assert text.count("cause-absent") == 1 and text.count('"cause-row cause-total"') == 1
    assert '"type": "cause-try"' in text
    more = json.dumps(draw_more(found, "x", lang), default=lambda o: o.to_plotly_json())
    assert "/api/causes/x/levers.csv" in more and "factorial" in more
    stages = draw_stages(web.services, found, lang).children[1].children
    assert sum(float(part.style["width"].rstrip("%")) for part in stages) == pytest.approx(100, abs=0.05)


def test_an_interval_stays_within_its_row_and_zero_stays_in_its_place() -> None:
    for mean, low, high in ((5.0, 1.0, 9.0), (-5.0, -9.0, -1.0), (0.5, -1.0, 2.0)):
        zero, line, dot = draw_interval(mean, low, high, "quiet").children
        start, width = (float(line.style[k].rstrip("%")) for k in ("left", "width"))
        assert zero.style["left"] == "34.0%"
        assert 0 <= start <= start + width <= 100
        assert start - 0.1 <= float(dot.style["left"].rstrip("%")) <= start + width + 0.1


def test_a_lever_that_makes_cases_later_says_so_and_is_not_offered(web: Web, found: Diagnosis) -> None:
    lever = found.levers.set_index("cause").loc["authority"]
    for minutes, tells, offered, words in (
        (9.0, 1, True, ""),
        (-9.0, 0, True, "分不出"),
        (-9.0, 1, False, "更迟"),
    ):
        row = lever.copy()
        row["minutes"], row["minutes_low"], row["minutes_high"], row["tells"] = minutes, -10.0, 10.0, tells
        text = str([part.to_plotly_json() for part in draw_lever(web.services, found, row, "zh")])
        assert ("cause-try" in text) is offered and words in text


def test_a_lever_says_what_it_does_and_its_forecast_is_its_gain(web: Web, found: Diagnosis) -> None:
    assert "下放事权" in describe_lever(web.services, found, "authority", "zh")
    assert describe_lever(web.services, found, "nothing", "en") == "the district's tables hold no lever"
    names = [choice["value"] for choice in list_choices(found)]
    assert "authority" in names and list_choices(None) == []
    said = read_forecast(found, "authority")
    row = found.levers.set_index("scenario").loc["authority"]
    assert (said.mean, said.low, said.high) == (row["points"], row["points_low"], row["points_high"])
    with pytest.raises(KeyError):
        read_forecast(found, "nothing")


def test_a_button_s_scenario_is_kept_and_the_plan_page_opens_it(web: Web, found: Diagnosis) -> None:
    token = web.services.sessions.open("planner")
    with web.server.test_request_context():
        g.session = web.services.sessions.get(token)
        text = 'name = "p"\ntitle = "放权"\n[[measures]]\nmeasure = "delegate_powers"\n'
        address, why = keep_scenario(web.services, Scenario.from_toml(text), "zh")
    assert why == "" and address.startswith("/plan?scenario=")


def test_a_diagnosis_is_seen_within_the_part_that_it_is_about_and_nowhere_else(web: Web, job: str) -> None:
    units = web.services.district.units
    offices = dict(zip(units["area"], units["code"], strict=True))
    towns = {TOWN: True, OTHER: False}
    for town, sees in towns.items():
        office = units[(units["area"] == town) & (units["kind"] == "office")]["code"].iloc[0]
        token = web.services.sessions.open("planner", office)
        with web.server.test_request_context():
            g.session = web.services.sessions.get(token)
            assert (find_known(web.services, [job]) is not None) is sees
        client = web.server.test_client()
        client.set_cookie("session", token)
        assert client.get(f"/api/causes/{job}/causes.csv").status_code == (200 if sees else 404)
        assert client.get(f"/api/causes/{job}/secrets.csv").status_code == 404
    assert offices


def test_a_planner_of_a_part_is_offered_what_lies_in_it(web: Web) -> None:
    district = web.services.district
    office = district.units[(district.units["area"] == TOWN) & (district.units["kind"] == "office")][
        "code"
    ].iloc[0]
    whole = list_subjects(district, Scope(district), "en")
    part = list_subjects(district, Scope(district, str(office)), "zh")
    assert [group["group"] for group in whole] == ["Townships", "Matters", "District bodies", "Villages"]
    assert [group["group"] for group in part] == ["乡镇街道", "村社区"]
    assert [item["value"] for item in part[0]["items"]] == [TOWN]


def test_tables_come_as_csv_that_say_demo(web: Web, job: str) -> None:
    answer = web.enter("planner").get(f"/api/causes/{job}/causes.csv")
    assert answer.status_code == 200
    assert answer.text.splitlines()[0].startswith("data,cause,touched,minutes")
    assert "DEMO-causes" in answer.headers["Content-Disposition"]


def test_a_verdict_is_said_with_its_interval_and_its_forecast(web: Web, found: Diagnosis) -> None:
    changes = pd.DataFrame({"reached": [1, 0, 0], "change": [5.0, 1.0, 1.5]})
    said = read_forecast(found, "authority")
    one = Enacted("x", "放权", "0" * 64, "", date(2026, 5, 11), (TOWN,), said, None, "planner", "")  # type: ignore[arg-type]
    for proof, words in (
        (Proof("early", 1, float("nan"), float("nan"), float("nan"), changes), "什么也证明不了"),
        (Proof("nothing", 3, 1.0, -2.0, 4.0, changes), "区间含 0"),
        (Proof("better", 3, 3.0, 1.0, 5.0, changes), "见效"),
    ):
        text = json.dumps([p.to_plotly_json() for p in draw_proof(proof, one, "zh")], ensure_ascii=False,
                          default=lambda o: o.to_plotly_json())  # fmt: skip
        assert words in text
