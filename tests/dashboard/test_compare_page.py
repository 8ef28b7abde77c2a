"""Runs side by side, through the server: figures, tables to take away, several runs as one, refusals."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask import g

from dashboard.address import keep_query
from dashboard.compare.figures import draw_flow, read_hours
from dashboard.compare.known import Known, find_known, shorten
from dashboard.compare.parts import stand, tell_behind
from dashboard.compare.runs import list_runs, unite_runs
from dashboard.compare.tables import PARTS
from dashboard.compare.views import View
from dashboard.factory import create_app
from dashboard.guard import current_owner
from dashboard.pages import compare
from dashboard.plan.findings import BY_ID, count_identical, list_rows
from dashboard.plan.sides import pick_sides
from dashboard.services import build_services
from hub.jobs import EXPERIMENT, ExperimentSpec
from hub.studies import STUDIES, Workbench
from simulation.executors import InProcess
from simulation.studies.ranking import Standing
from store.database import open_store
from store.sessions import Session
from tests.dashboard.conftest import Web
from twin.schema import blank_table
from twin.synthesise import synthesise

UPDATE = "/_dash-update-component"


def write(name: str, title: str, factor: float) -> str:
    """A scenario that scales demand."""
    return f'name = "{name}"\ntitle = "{title}"\n[[measures]]\nmeasure = "scale_demand"\nfactor = {factor}\n'


MORE, LESS = write("more", "诉求多四成：试一试", 1.4), write("less", "诉求少四成", 0.6)
SPEC = ExperimentSpec((MORE,), date(2026, 5, 11), 2, 2, 1)


@pytest.fixture(scope="module")
def small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The web application over a district of sixty grids."""
    district = synthesise(3, 60)
    play = district.settings.play.model_copy(update={"warm_up_days": 1, "drain_days": 0})
    settings = district.settings.model_copy(update={"play": play})
    district = district.with_tables(settings=settings, opening=blank_table("opening"))
    store = open_store(tmp_path_factory.mktemp("small") / "web.db")
    services = build_services(store, district, root / "data" / "demo")
    yield Web(*create_app(services), services)
    store.close()


@pytest.fixture(scope="module")
def visitor(small: Web) -> Session:
    """A planner."""
    session = small.services.sessions.get(small.services.sessions.open("planner"))
    assert session is not None
    return session


@pytest.fixture(scope="module")
def runs(small: Web, visitor: Session) -> tuple[str, str, str]:
    """Two finished runs of the planner's, and the study of both."""
    cache: dict[Any, Any] = {}
    one, two = (ask(small, visitor, replace(SPEC, scenarios=(text,)), cache) for text in (MORE, LESS))
    with small.server.test_request_context():
        g.session = visitor
        both, words = unite_runs(small.services, [one, two], "zh")
        assert words == ""
    work(small, cache)
    return one, two, both


def ask(small: Web, visitor: Session, spec: ExperimentSpec, cache: dict[Any, Any]) -> str:
    """Submit a run and work it out."""
    job = small.services.jobs.submit_experiment(spec, visitor.owner)
    work(small, cache)
    return job


def work(small: Web, cache: dict[Any, Any]) -> None:
    """What the worker does with the oldest job."""
    rows, district = small.services.jobs.rows, small.services.district
    job = rows.claim("test")
    assert job is not None
    bench = Workbench(small.services.store, district, InProcess(district), cache)
    for step in STUDIES[job.kind].play(job.spec, bench, lambda: False):
        last = step
    rows.save_result(job.job_id, "test", last.pack(), last.done, last.total)
    rows.finish(job.job_id, "test", "done")


def see(small: Web, job: str, *choice: str, lang: str = "zh") -> View:
    """The page's view of a run."""
    known = find_known(small.services, job)
    assert known is not None
    return View(small.services, known, (*choice, *(None,) * (3 - len(choice))), lang)  # type: ignore[arg-type]


def test_runs_of_common_draws_become_one_study_asked_once(
    small: Web, visitor: Session, runs: tuple[str, str, str]
) -> None:
    with small.server.test_request_context():
        g.session = visitor
        assert current_owner() == visitor.owner
        assert unite_runs(small.services, [runs[1], runs[0]], "zh")[0] != ""
        assert unite_runs(small.services, runs[:2], "zh") == (runs[2], "")
        assert unite_runs(small.services, [runs[0]], "zh") == (runs[0], "")
        listed = {status.job_id for status, _ in list_runs(small.services)}
        assert set(runs) <= listed
    status = small.services.jobs.status(runs[2])
    assert (status.kind, status.done, status.total) == (EXPERIMENT, 6, 6)


def test_what_cannot_be_paired_is_refused_in_words(
    small: Web, visitor: Session, runs: tuple[str, str, str]
) -> None:
    other = small.services.jobs.submit_experiment(replace(SPEC, seed=9, days=3), visitor.owner)
    small.services.jobs.cancel(other)
    with small.server.test_request_context():
        g.session = visitor
        job, words = unite_runs(small.services, [runs[0], other], "zh")
        assert job == "" and "种子" in words and "天数" in words
        assert "seed" in unite_runs(small.services, [runs[0], other], "en")[1]
        assert unite_runs(small.services, [runs[0], "none"], "zh")[1]
        keep_query(f"?with={other}")
        page = str(compare.layout(small.services, "zh", runs[0]))
        assert "种子不同" in page and "compare-pick" in page


def test_every_part_is_drawn_in_both_languages_of_any_two_sides(
    small: Web, runs: tuple[str, str, str]
) -> None:
    for lang in ("zh", "en"):
        for scenario, against in (("more", "baseline"), ("less", "more"), ("less", "less")):
            view = see(small, runs[2], scenario, against, "backlog", lang=lang)
            title, caption = view.head()
            assert "~" in title and "2026-05-11" in caption
            assert len(view.maps()) == 15 and len(view.tables()) == 2
            assert len(view.hours("tiers")) == len(view.hours("matters")) == 3
            assert len(view.fairness()) == 4 and len(view.waits()) == len(view.places()) == 2


def test_sides_turned_round_have_the_negated_differences(small: Web, runs: tuple[str, str, str]) -> None:
    result = small.services.jobs.result(runs[2])
    assert result is not None
    forth = {r.indicator.id: r for r in list_rows(result, pick_sides(result, "less", "more"))}
    back = {r.indicator.id: r for r in list_rows(result, pick_sides(result, "more", "less"))}
    assert forth and forth.keys() == back.keys()
    for name, row in forth.items():
        other = back[name]
        assert (row.difference, row.low, row.high) == pytest.approx(
            (-other.difference, -other.high, -other.low), nan_ok=True
        )
        assert (row.baseline, row.scenario) == (other.scenario, other.baseline)
        assert row.scenario - row.baseline == pytest.approx(row.difference, nan_ok=True)


def test_the_plan_page_tells_the_first_scenario_and_never_a_mixture(
    small: Web, runs: tuple[str, str, str]
) -> None:
    alone, both = (small.services.jobs.result(job) for job in (runs[0], runs[2]))
    assert alone is not None and both is not None
    for one, two in zip(list_rows(alone), list_rows(both), strict=True):
        assert (one.baseline, one.scenario, one.difference) == (two.baseline, two.scenario, two.difference)
    for kind in ("township", "village"):
        assert count_identical(alone, kind, 99) == count_identical(both, kind, 99)


def test_a_rank_says_best_worse_or_the_interval_that_cannot_tell() -> None:
    said = [
        tell_behind(Standing("s", 1, 0.8, low, high), BY_ID["on_time_closure"], "zh")
        for low, high in ((0, 0.106), (-0.106, 0), (-0.01, 0.02), (float("nan"), float("nan")))
    ]
    assert said == ["最优", "确差于最优，最多差 10.6 点", "−1.0 ~ 2.0", "–"]


def test_every_table_can_be_taken_away_and_says_what_the_page_shows(
    small: Web, runs: tuple[str, str, str]
) -> None:
    client = small.enter("planner")
    view = see(small, runs[2], "less", "more", "backlog")
    frames = {}
    for part in PARTS:
        answer = client.get(view.links()[part])
        assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
        frames[part] = pd.read_csv(io.BytesIO(answer.data))
        assert len(frames[part]) and (frames[part]["data"] == "DEMO").all()
    figure = frames["figures"].set_index("indicator").loc["backlog"]
    row = view.rows["backlog"]
    assert (figure["before"], figure["after"]) == pytest.approx((row.baseline, row.scenario))
    assert (figure["low"], figure["high"]) == pytest.approx((row.low, row.high))
    assert set(frames["units"]["scope"].astype(str)) <= set(small.services.district.units["code"])
    assert frames["ranks"]["scenario"].tolist() == [one.name for one in stand(view.known, view.indicator)]
    assert client.get(f"/api/compare/{runs[2]}/nothing.csv").status_code == 404
    for name in ("details", "contrasts"):
        assert client.get(f"/api/runs/{runs[2]}/{name}.csv").status_code == 200


def test_the_flow_of_hours_holds_both_sides_whole(small: Web, runs: tuple[str, str, str]) -> None:
    sides = see(small, runs[2], "less", "baseline").sides
    flow = draw_flow(sides, "zh").data[0]
    before, after = (read_hours(sides, name).sum() for name in ("baseline", "less"))
    value = np.array(flow.link.value)
    labels = [flow.node.label[n] for n in flow.link.target]
    saved = sum(v for v, label in zip(value, labels, strict=True) if label.startswith("省下"))
    added = sum(
        v for v, n in zip(value, flow.link.source, strict=True) if flow.node.label[n].startswith("新增")
    )
    assert value.sum() == pytest.approx(before + added, abs=3)
    assert value.sum() == pytest.approx(after + saved, abs=3)
    assert after < before


def test_the_page_is_drawn_by_the_server_for_a_run_below_its_address(
    small: Web, visitor: Session, runs: tuple[str, str, str]
) -> None:
    cookie = small.services.sessions.open("planner")
    client = small.server.test_client()
    client.set_cookie("session", cookie)
    assert client.get(f"/compare/{runs[0]}").status_code == 200
    body = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": f"/compare/{runs[2]}"}],
        "state": [{"id": "url", "property": "search", "value": ""}],
        "changedPropIds": ["url.pathname"],
    }
    drawn = json.dumps(json.loads(client.post(UPDATE, json=body).text), ensure_ascii=False)
    for part in ("compare-title", "compare-map-difference", "compare-flow", "compare-ranks", "playback"):
        assert part in drawn
    assert "诉求少四成" in drawn
    body["inputs"][0]["value"] = "/compare/none"  # type: ignore[index]
    assert "没有这次试算" in json.dumps(json.loads(client.post(UPDATE, json=body).text), ensure_ascii=False)


def test_partial_results_are_shown_as_far_as_they_are_known(small: Web, runs: tuple[str, str, str]) -> None:
    whole = small.services.jobs.result(runs[0])
    assert whole is not None
    status = replace(small.services.jobs.status(runs[0]), state="running", done=3)
    known = Known(status, small.services.jobs.spec(runs[0]), whole)
    assert known.pick("nobody", "nobody").scenario == "more"
    assert known.list_short("zh") == {"baseline": "基线", "more": "诉求多四成"}
    assert find_known(small.services, "none") is None
    assert shorten("一二三四五六七八九十一二三四五六七") == "一二三四五六七八九十一二三四五…"
