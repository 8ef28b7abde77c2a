"""What every page with a long study shares: submit, refusals in words, the state, and scenarios kept."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from flask import Response, g

from dashboard import studying
from dashboard.address import current_query, keep_query
from dashboard.planners import keep_scenario
from hub.jobs import EXPERIMENT, JobStatus
from simulation.scenario import Scenario
from store.jobs import NOT_PLAYED, UNEXPECTED, JobLimits
from tests.dashboard.conftest import Web

TOML = 'name = "kept"\ntitle = "留一方案"\n[[measures]]\nmeasure = "scale_demand"\nfactor = 1.1\n'
PLAIN = {"scenarios": [TOML], "start": "2026-09-01", "days": 1, "replications": 2, "seed": 1}


def enter(web: Web, search: str = "") -> None:
    """The session of a planner in this request, at an address."""
    g.session = web.services.sessions.get(web.services.sessions.open("planner"))
    keep_query(search)


def test_a_study_is_submitted_found_by_its_kind_and_refused_in_words(web: Web) -> None:
    with web.server.test_request_context():
        enter(web)
        job, words = studying.submit(web.services, EXPERIMENT, PLAIN, "zh")
        assert words == ""
        status = studying.find_status(web.services, job, EXPERIMENT)
        assert isinstance(status, JobStatus) and studying.is_open(status)
        assert "排队" in str(studying.draw_state(status, "zh"))
        assert studying.find_status(web.services, job, "playback") is None
        assert studying.find_status(web.services, "x" * 65, EXPERIMENT) is None
        assert (
            "天数须在 1 至 366 之间"
            in studying.submit(web.services, EXPERIMENT, PLAIN | {"days": 0}, "zh")[1]
        )
        assert "没有填对" in studying.submit(web.services, EXPERIMENT, PLAIN | {"days": None}, "zh")[1]
        wrong = PLAIN | {"scenarios": ['name = "x"\n[[measures]]\nmeasure = "nothing"\n']}
        assert "measure 1" in studying.submit(web.services, EXPERIMENT, wrong, "en")[1]
        assert web.services.jobs.cancel(job)
        ended = studying.find_status(web.services, job, EXPERIMENT)
        assert ended is not None and not studying.is_open(ended)


def test_a_full_queue_is_told_with_429_for_programs_and_in_words_for_people(web: Web) -> None:
    with web.server.test_request_context():
        enter(web)
        for seed in range(100, 100 + JobLimits().open_each):
            assert studying.submit(web.services, EXPERIMENT, PLAIN | {"seed": seed}, "zh")[1] == ""
        _, words = studying.submit(web.services, EXPERIMENT, PLAIN | {"seed": 99}, "en")
        answer = web.server.process_response(Response(words))
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
        assert answer.get_data(as_text=True).startswith(f"{JobLimits().open_each} jobs of yours")
        for status in web.services.jobs.recent(100):
            web.services.jobs.cancel(status.job_id)


def test_a_fault_that_nobody_foresaw_is_told_by_the_job_s_number(web: Web) -> None:
    times = {"submitted_at": datetime(2026, 9, 1, tzinfo=UTC), "started_at": None, "finished_at": None}
    status = JobStatus("0123456789abcdef", EXPERIMENT, "failed", 0, 2, UNEXPECTED, "planner", **times)
    assert studying.tell_message(status, "zh") == "系统出错，没有算成；请把任务号 01234567 告知系统管理员。"
    lost = replace(status, message=NOT_PLAYED + "tls://10.1.2.3:8786: not reached")
    assert studying.tell_message(lost, "zh") == "计算资源出错，没有算成：tls://10.1.2.3:8786: not reached"
    assert studying.tell_message(replace(status, message="measure 1: no such place"), "en") == (
        "measure 1: no such place"
    )


def test_a_page_opens_the_job_that_its_address_names(web: Web) -> None:
    with web.server.test_request_context():
        enter(web, "?job=12&job=13")
        assert current_query() == {"job": "13"}
        assert '"data": "13"' in json.dumps(studying.hold("x", "zh").to_plotly_json(), default=vars)
        keep_query(None)
        assert current_query() == {}


def test_a_scenario_that_another_page_writes_is_kept_and_opened_by_the_plan_page(web: Web) -> None:
    with web.server.test_request_context():
        enter(web)
        address, words = keep_scenario(web.services, Scenario.from_toml(TOML), "zh")
        assert words == "" and address.startswith("/plan?scenario=")
        keep_query("?" + address.partition("?")[2])
        from dashboard.pages import plan

        assert "留一方案" in str(plan.layout(web.services, "zh"))
        enter(web, "?" + address.partition("?")[2])
        assert "留一方案" not in str(plan.layout(web.services, "zh")), "a draft is its owner's alone"
