"""Dated measures in a run: the stages that a scenario gives are the ones that the engine plays."""

from datetime import date
from pathlib import Path

import pytest

from simulation.demand import sample_cases
from simulation.engine import run
from simulation.flow import compile_flow
from simulation.log.record import build_log
from simulation.scenario import Scenario
from twin.calendar import DAY
from twin.district import District

LIBRARY = Path(__file__).resolve().parents[3] / "data" / "scenarios"
ORIGIN, DAYS = date(2026, 5, 4), 21


@pytest.mark.parametrize("name", ["move_posts", "scale_demand", "example", "three_reforms"])
def test_every_stage_of_a_scenario_compiles(demo_district: District, name: str) -> None:
    (_, first), *later = Scenario.from_file(LIBRARY / f"{name}.toml").stages(demo_district)
    flow = compile_flow(first, ORIGIN, DAYS, later=later)
    inside = [day for day, _ in later if (day - ORIGIN).days < DAYS]
    assert len(flow.stages) == 1 + len(inside)


def test_posts_work_for_the_donor_before_their_batch_and_for_the_receiver_after(
    demo_district: District,
) -> None:
    (_, first), *later = Scenario.from_file(LIBRARY / "move_posts.toml").stages(demo_district)
    moved = {
        day: set(before.posts.loc[before.posts["unit"] != after.posts["unit"], "post_id"])
        for (_, before), (day, after) in zip([(None, first), *later], later, strict=False)
    }
    batches = {day: ids for day, ids in moved.items() if ids}
    assert [len(ids) for ids in batches.values()] == [2, 2]
    flow = compile_flow(first, ORIGIN, DAYS, later=later)
    log = build_log(run(flow, sample_cases(flow.district, ORIGIN, DAYS, 1), DAYS * DAY))
    work = log[log["work_seconds"] > 0]
    for day, ids in batches.items():
        mine = work[work["post_id"].astype(str).isin(ids)]
        moment = mine["occurred_at"].dt.tz_convert("Asia/Shanghai").dt.date
        units = mine["unit"].astype(str)
        assert set(units[moment < day]) <= {"990101926000"}
        assert set(units[moment > day]) <= {"990101001900", "990101926000"}
        assert "990101001900" in set(units[moment >= day])
        assert (units[moment > day] == "990101001900").mean() > 0.5
