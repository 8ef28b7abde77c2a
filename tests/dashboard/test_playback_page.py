"""The player of films: what a run can be shown of, who gets its bytes, what stands on the page."""

import gzip
import json
from datetime import date

import numpy as np
import pytest
from flask import g

from dashboard.playback import player
from dashboard.playback.films import FILM, find_asked
from dashboard.playback.stage import draw_stage, name_sides, tell_finding
from hub.films import pack_film
from hub.jobs import ExperimentSpec
from hub.studies.playback import describe
from simulation.playback import MOVES, Playback
from tests.dashboard.conftest import Web

TOML = 'name = "{name}"\ntitle = "{name} 案"\n[[measures]]\nmeasure = "scale_demand"\nfactor = 1.1\n'
SPEC = ExperimentSpec(tuple(TOML.format(name=name) for name in "abc"), date(2026, 5, 11), 40, 3, 9)


@pytest.fixture(scope="module")
def film(web: Web) -> tuple[str, bytes]:
    """A film of two frames and two sides, and its bytes."""
    plain = find_asked(web.services, web.services.jobs.submit_experiment(SPEC, "b"), "b").plain([2])  # type: ignore[union-attr]
    district = web.services.district
    sides = [
        Playback(np.full((2, len(district.grids)), n, np.uint8), np.array([n, n + 4]), np.zeros(1, MOVES))
        for n in range(2)
    ]
    body = pack_film(describe(district, ExperimentSpec.from_plain(plain), ["baseline", "c"]), sides)
    rows = web.services.jobs.rows
    job = web.services.jobs.submit(FILM, plain, "film")
    while (claimed := rows.claim("w")) is not None:
        if claimed.job_id == job:
            rows.save_result(job, "w", body, 2, 2)
        rows.finish(claimed.job_id, "w", "done" if claimed.job_id == job else "cancelled")
    return job, body


def test_a_run_is_shown_by_at_most_two_of_its_scenarios_and_as_many_days_as_a_film_holds(web: Web) -> None:
    job = web.services.jobs.submit_experiment(SPEC, "a")
    asked = find_asked(web.services, job, "a")
    assert asked is not None and asked.film == "" and asked.days == 31
    assert asked.titles == ["a 案", "b 案", "c 案"]
    plain = asked.plain([2, 0, 2, 7])
    assert plain["scenarios"] == [SPEC.scenarios[0], SPEC.scenarios[2]]
    assert (plain["days"], plain["replications"], plain["seed"]) == (31, 1, 9)
    assert asked.plain(())["scenarios"] == list(SPEC.scenarios[:2])
    assert find_asked(web.services, "none", "a") is None
    assert name_sides(asked, "zh")[1] == ["基线", "方案 A", "方案 B", "方案 C"]
    web.services.jobs.cancel(job)


def test_a_film_that_somebody_has_is_found_for_that_person_alone(web: Web) -> None:
    run = web.services.jobs.submit_experiment(SPEC, "a")
    asked = find_asked(web.services, run, "a")
    assert asked is not None
    made = web.services.jobs.submit(FILM, asked.plain(()), "a")
    assert find_asked(web.services, run, "a").film == made  # type: ignore[union-attr]
    assert find_asked(web.services, run, "b").film == ""  # type: ignore[union-attr]
    assert web.services.jobs.cancel(made) and web.services.jobs.cancel(run)
    assert find_asked(web.services, run, "a").film == ""  # type: ignore[union-attr]


def test_the_bytes_go_out_as_they_are_kept_to_planners_alone(web: Web, film: tuple[str, bytes]) -> None:
    job, body = film
    client = web.enter("planner")
    packed = client.get(f"/api/films/{job}", headers={"Accept-Encoding": "gzip"})
    assert packed.data == body and packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Cache-Control"] == "private, no-cache"
    assert client.get(f"/api/films/{job}").data == gzip.decompress(body)
    again = client.get(f"/api/films/{job}", headers={"If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/api/films/" + "x" * 99).status_code == 404
    assert web.enter("display").get(f"/api/films/{job}").status_code == 403


def test_the_stage_says_levels_of_one_replication_and_names_every_side(
    web: Web, film: tuple[str, bytes]
) -> None:
    job, _ = film
    stage = draw_stage(web.services, job, "zh").to_plotly_json()["props"]
    assert json.loads(stage["data-names"]) == ["基线", "方案：c 案"]
    assert stage["data-finding"] == "31 天里平均在办：基线 2，方案 3 件（一次重复）"
    assert json.loads(stage["data-player"])["cuts"] == [1, 2, 3, 5]
    asked = find_asked(web.services, job, "film")
    assert asked is not None
    assert tell_finding(asked, [], [], "en").startswith("Mean in hand over 31 days")


def test_the_player_asks_for_a_film_only_where_there_is_a_run(web: Web, film: tuple[str, bytes]) -> None:
    with web.server.test_request_context():
        g.session = web.services.sessions.get(web.services.sessions.open("planner"))
        assert "没有这次推演" in str(player.layout(web.services, "zh", "nothing"))
        opened = str(player.layout(web.services, "zh", film[0]))
        assert film[0] in opened and "31 天" in opened
