"""A run on the wall: put up and taken down by planners of the whole, shown to screens as far as it goes."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from flask import g

from dashboard import wall_run
from dashboard.plan.findings import BY_ID, PlaceValues, Row
from dashboard.services import Services
from dashboard.wall_whatif import (
    DOUBT,
    NONE,
    SAME,
    count_same_units,
    describe_figures,
    find_gain_steps,
    find_relative,
    name_levels,
)
from hub.jobs import ExperimentSpec
from hub.policy import load_wall_policy
from hub.results import pack_result
from simulation.experiment import ExperimentResult
from simulation.studies.summary import hold_tables
from tests.dashboard.conftest import Web

TOML = 'name = "{name}"\ntitle = "{name} 案"\n[[measures]]\nmeasure = "scale_demand"\nfactor = 1.1\n'
SPEC = ExperimentSpec(tuple(TOML.format(name=name) for name in ("one", "two")), date(2026, 5, 11), 2, 2, 5)
ON_TIME = BY_ID["on_time_closure"]


def make_result(services: Services) -> ExperimentResult:
    """Both scenarios of SPEC: one township and the district, on-time closure 80 % -> 81 % and 84 %."""
    areas = services.district.areas
    town = areas.loc[areas["tier"] == "township", "code"].iloc[0]
    units = services.district.units["code"]
    places = [("district", "990101"), ("township", town)]
    means = {"baseline": 0.80, "one": 0.81, "two": 0.84}
    figures = [
        (name, *place, "on_time_closure", mean, mean - 0.01, mean + 0.01, 2)
        for name, mean in means.items()
        for place in places
    ]
    gaps = [
        (name, *place, "on_time_closure", means[name] - 0.8, means[name] - 0.8 - 0.005, 0.9, 7)
        for name in ("one", "two")
        for place in places
    ]
    gaps += [
        (name, "unit", units.iloc[n], "utilisation", n, n, n, -1) for name in ("one", "two") for n in (0, 1)
    ]
    columns = ["scenario", "scope_kind", "scope", "indicator", "mean", "low", "high"]
    return hold_tables(
        {
            "indicators": pd.DataFrame(figures, columns=[*columns, "replications"]),
            "differences": pd.DataFrame(gaps, columns=[*columns, "affected_cases"]).astype({"mean": float}),
        },
        6,
        6,
        {"days": 2, "start": "2026-05-11", "seed": 5, "district_hash": "abcdef0123456789"},
    )


@pytest.fixture(scope="module")
def run(web: Web) -> str:
    """A finished run of two scenarios."""
    jobs = web.services.jobs
    job = jobs.submit_experiment(SPEC, "wall")
    while (claimed := jobs.rows.claim("w")) is not None:
        mine = claimed.job_id == job
        if mine:
            jobs.rows.save_result(job, "w", pack_result(make_result(web.services)), 6, 6)
        jobs.rows.finish(claimed.job_id, "w", "done" if mine else "cancelled")
    return job


def press(web: Web, role: str, act: str, asked: list[str], scope: str = "") -> int:
    """The button as the renderer sends it; the status of the answer."""
    client = web.server.test_client()
    client.set_cookie("session", web.services.sessions.open(role, scope))
    body = {
        "output": "wall-run-state.children",
        "outputs": {"id": "wall-run-state", "property": "children"},
        "inputs": [{"id": "wall-run-press", "property": "n_clicks", "value": 1}],
        "state": [
            {"id": "wall-run-press", "property": "value", "value": act},
            {"id": "wall-run-asked", "property": "data", "value": asked},
        ],
        "changedPropIds": ["wall-run-press.n_clicks"],
    }
    return client.post("/_dash-update-component", json=body).status_code


def test_a_planner_puts_a_run_up_every_screen_sees_its_view_alone_and_the_audit_says_who(
    web: Web, run: str
) -> None:
    screen, audit = web.enter("display"), web.services.audit
    assert screen.get("/api/wall/whatif").json is None
    assert press(web, "display", "put", [run, "two"]) == 403
    assert press(web, "leader", "put", [run, "two"]) == 403
    assert press(web, "planner", "put", [run, "two"]) == 200
    assert (audit.recent(1)[0].action, audit.recent(1)[0].subject) == ("run put on the wall", f"job:{run}")
    view = screen.get("/api/wall/whatif").json
    assert view is not None and view["title"] == "two 案"
    assert view["verdict"]["before"] == "80.0 %" and view["verdict"]["size"] == "上升 4.0 点"
    assert "2 次成对重复 × 2 天" in view["origin"][0] and "种子 5" in view["origin"][1]
    assert "2 个单位中 1 个负荷逐位不变。" in view["touched"]
    assert set(view) == {"title", "verdict", "origin", "maps", "axis", "rows", "changes", "touched"}
    for path in (f"/api/runs/{run}/indicators.csv", f"/api/films/{run}", f"/playback/{run}", "/plan"):
        assert screen.get(path).status_code == 403, path
    assert press(web, "planner", "down", [run, ""]) == 200
    assert screen.get("/api/wall/whatif").json is None
    assert audit.recent(1)[0].action == "run taken off the wall"
    assert not web.services.wall_run.take_down("x")


def test_the_first_scenario_is_shown_where_none_is_named_and_a_part_or_an_unknown_run_is_not(
    web: Web, run: str
) -> None:
    office = web.services.district.units.loc[lambda u: u["kind"] == "office", "code"].iloc[0]
    for scope, asked in ((office, run), ("", "nothing")):
        assert press(web, "planner", "put", [asked, ""], scope) == 204
        assert web.services.wall_run.get() is None
    assert press(web, "planner", "put", [run, "three"]) == 200
    shown = web.services.wall_run.get()
    assert shown is not None and shown.scenario == "one"
    with web.server.test_request_context():
        g.session = web.services.sessions.get(web.services.sessions.open("planner"))
        assert "撤下" in str(wall_run.hold(web.services, "zh", run))
        assert "放上" not in str(wall_run.hold(web.services, "zh", "nothing"))
    web.services.wall_run.put("gone", "one", "x")
    assert web.enter("display").get("/api/wall/whatif").json is None
    web.services.wall_run.take_down("x")


def test_a_difference_has_a_hue_only_where_its_interval_excludes_zero() -> None:
    gain = np.array([-0.2, -0.01, 0.01, 0.08, 0.3, 0.0, np.nan])
    unclear = np.array([False] * 4 + [True, False, False])
    identical = np.array([False] * 5 + [True, False])
    values = PlaceValues([], gain, gain, gain, unclear, identical)
    assert find_gain_steps(values, 0.08).tolist() == [0, 1, 2, 3, DOUBT, SAME, NONE]


def test_the_axis_is_in_per_cent_of_the_baseline_and_right_is_better() -> None:
    late = BY_ID["overdue_in_hand"]
    fewer = Row(late, 100.0, 80.0, -20.0, -30.0, -10.0)
    assert find_relative(fewer) == [10.0, 20.0, 30.0]
    assert find_relative(Row(late, 0.0, 1.0, 1.0, 0.5, 1.5)) is None
    assert find_relative(Row(late, 5.0, 5.0, 0.0, float("nan"), float("nan"))) is None
    told = describe_figures([fewer, Row(ON_TIME, 0.8, 0.84, 0.04, 0.03, 0.05)], "zh")
    assert told["axis"] == 30
    assert told["rows"][1]["at"] == pytest.approx([3.75, 5.0, 6.25])


def test_the_legend_names_the_dimmest_step_first() -> None:
    row = Row(ON_TIME, 0.8, 0.8, 0.0, 0.0, 0.0)
    words = name_levels(load_wall_policy().whatif, row, "zh")
    assert words == ["≥90%", "85–90", "80–85", "70–80", "60–70", "<60"]


def test_units_without_a_load_are_not_counted() -> None:
    rows = pd.DataFrame(
        [("unit", "a", "utilisation", 0.0, 0.0, 0.0), ("unit", "b", "utilisation", 0.1, 0.0, 0.2),
         ("unit", "c", "duty_done", 0.0, 0.0, 0.0), ("district", "d", "utilisation", 0.0, 0.0, 0.0)],
        columns=["scope_kind", "scope", "indicator", "mean", "low", "high"],
    )  # fmt: skip
    result = hold_tables({"differences": rows}, 1, 1, {})
    assert count_same_units(result) == (1, 2)
