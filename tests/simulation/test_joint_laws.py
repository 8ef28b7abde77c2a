"""Laws of joint steps on random districts: crews with skills, partners, ways, rosters, an opening."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.demand import sample_cases
from simulation.engine import run
from simulation.flow import compile_flow
from simulation.log.branching import read_opening
from simulation.log.record import build_log
from simulation.playing.visits import Visits
from simulation.way.steps import parse_together
from tests.simulation.audit import Visit, audit, check_places, check_shifts, list_all
from tests.simulation.sketches import DAYS, Sketch, sketches
from tests.simulation.test_laws import RANDOM, check_log
from tests.simulation.textbook import ORIGIN
from twin.calendar import DAY
from twin.load import complete_table

Spans = dict[int, list[tuple[int, int]]]


@st.composite
def joint_sketches(draw: st.DrawFn) -> Sketch:
    """A random district in which the first body calls partners, by skill and policy, from ways of its own."""
    sketch = draw(sketches())
    district = sketch.district
    routes, posts, matters = district.routes.copy(), district.posts.copy(), district.matters.copy()
    partners = ["", "two@district*1", "desk@district*1"]
    partners += ["two@district*2"] if (posts["unit"] == "two").sum() > 1 else []
    one = routes["step"] == "one"
    routes["together"] = routes["together"].mask(one, draw(st.sampled_from(partners)))
    routes["skill"] = routes["skill"].mask(one, draw(st.sampled_from(["", "law"])))
    policies = ["", "nearest_idle", "least_loaded", "skill_first"]
    routes["policy"] = routes["policy"].mask(one, draw(st.sampled_from(policies)))
    routes["travel"] = np.where(routes["role"].isin(["one", "two"]), draw(st.integers(0, 1)), 0)
    posts["skills"] = np.where(posts["post_id"].isin(["one-0", "one-1", "two-0"]), "law", "")
    posts["availability"] = draw(st.sampled_from([1.0, 0.6]))
    matters["interrupts_duty"] = [draw(st.integers(0, 1)) for _ in range(len(matters))]
    ways = [
        {"origin": origin, "grid": grid, "seconds": 60 * draw(st.integers(1, 40))}
        for origin in ("one", "two", "desk", "G0", "G1")
        for grid in ("G0", "G1")
    ]
    last = {"travel_from": draw(st.sampled_from(["base", "last"])), "joint_block_minutes": 10**6}
    play = district.settings.play.model_copy(update=last)
    return Sketch(
        district.with_tables(
            routes=routes, posts=posts, matters=matters, travel=complete_table("travel", pd.DataFrame(ways)),
            settings=district.settings.model_copy(update={"play": play}),
        ),
        sketch.seed,
        sketch.whole,
    )  # fmt: skip


def check_waiting(visits: Visits) -> Iterator[str]:
    """No joint case waits while all whom it asks for are idle at one moment."""
    rows, busy = visits.flow.records, {}
    table = list_all(visits)
    for v in table:
        if v.post >= 0 and v.start >= 0:
            busy.setdefault(v.post, []).append((v.start, max(v.end, v.start)))
    for v in table:
        row = rows[v.row] if v.row < len(rows) else None
        if row is not None and v.lead and (row["crew"] > 1 or row["together"]):
            yield from _find_chance(visits, v, busy)


def _find_chance(visits: Visits, v: Visit, busy: Spans) -> Iterator[str]:
    flow, row = visits.flow, visits.flow.records[v.row]
    until = v.start if v.start >= 0 else v.done if v.done >= 0 else visits.horizon
    skill = row["skill"] if row["policy"] != "skill_first" else ""
    asked = [(row["tier"], row["role"], row["crew"], skill)]
    asked += [(tier, role, crew, "") for role, tier, crew in parse_together(row["together"])]
    grid = int(visits.cases.grid[v.case])
    pools = [[flow.pools[p] for p in flow.served[flow.bodies.index((t, r))][grid]] for t, r, _, _ in asked]
    plans = [plan for group in pools for plan in group]
    moments = {e for plan in plans for e in plan.roster.edges}
    moments |= {e for plan in plans for n in plan.posts for span in busy.get(n, []) for e in span}
    moments = {v.offered, *(m for m in moments if v.offered < m < until)} if v.offered < until else set()
    for begin, end in zip(sorted(moments), [*sorted(moments)[1:], until], strict=False):
        used: set[int] = set()
        for (*_, crew, need), group in zip(asked, pools, strict=True):
            free = next(
                (f for p in group if len(f := _list_free(p, need, busy, used, begin, end)) >= crew), []
            )
            used |= set(free[:crew])
        if len(used) == sum(crew for _, _, crew, _ in asked):
            yield f"case {v.case} waits from {begin} to {end} though all are idle"


def _list_free(plan, need: str, busy: Spans, used: set[int], begin: int, end: int) -> list[int]:  # type: ignore[no-untyped-def]
    k = int(np.searchsorted(plan.roster.edges, begin, "right")) - 1
    able = [i for i in plan.roster.on[k] if not need or need in plan.members[i].skills]
    posts = [plan.posts[i] for i in able if plan.posts[i] not in used]
    return [n for n in posts if not any(s < end and e > begin for s, e in busy.get(n, []))]


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(RANDOM, max_examples=40)
@given(joint_sketches())
def test_joint_steps_keep_every_rule_and_wait_for_nobody_who_is_idle(sketch: Sketch) -> None:
    visits = sketch.play()
    assert audit(visits) == [] and list(check_waiting(visits)) == []
    check_log(visits)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(RANDOM, max_examples=20)
@given(joint_sketches())
def test_a_run_that_opens_with_another_s_joint_cases_keeps_posts_in_one_place(sketch: Sketch) -> None:
    district, moment = sketch.district, ORIGIN + timedelta(days=2)
    log = build_log(sketch.play())
    opening = read_opening(
        log, compile_flow(district, ORIGIN, DAYS), pd.Timestamp(moment, tz="Asia/Shanghai")
    )
    cases = sample_cases(district, moment, DAYS, sketch.seed)
    visits = run(compile_flow(district, moment, DAYS), cases, DAYS * DAY, complete_table("opening", opening))
    assert [*check_places(visits), *check_shifts(visits)] == []
    check_log(visits)
