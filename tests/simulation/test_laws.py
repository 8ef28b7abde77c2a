"""Laws that hold in every run, on random districts."""

import itertools
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulation.record import build_log, fingerprint_cases
from simulation.visits import FIELDS, Visits
from tests.simulation.test_hand_log import DAY_SHIFT
from tests.simulation.textbook import build_district, play
from twin.calendar import DAY
from twin.district import District
from twin.indicators import summarise_cases

LAW_NAMES = ("exponential", "lognormal", "constant", "erlang2")


@dataclass(frozen=True)
class Sketch:
    """What a random district is made of."""

    district: District
    days: int
    seed: int


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    """Two units in a row with escalation, returns, delays, crews, priorities and shifts of whole minutes."""
    units = {"one": draw(st.integers(2, 4)), "two": draw(st.integers(1, 3))}
    items = [
        {
            "item": "a",
            "priority": draw(st.integers(1, 3)),
            "preempts": draw(st.integers(0, 1)),
            "limit_value": 4,
            "limit_clock": "w",
        },
        {
            "item": "b",
            "priority": draw(st.integers(1, 3)),
            "preempts": 0,
            "limit_value": 1,
            "limit_clock": "d",
        },
    ]
    routes = []
    for item in "ab":
        law, minutes = draw(st.sampled_from(LAW_NAMES)), draw(st.integers(5, 200))
        delay = {
            "delay_kind": "owner",
            "delay_share": 0.5,
            "delay_law": "exponential",
            "delay_value": 2,
            "delay_clock": "w",
        }
        first = {
            "item": item,
            "step": "one",
            "role": "one",
            "law": law,
            "minutes": minutes,
            "crew": draw(st.integers(1, 2)),
        }
        first |= {"up_share": draw(st.sampled_from([0.0, 0.3])), "up_to": "two", "next": "end"}
        second = {
            "item": item,
            "step": "two",
            "role": "two",
            "law": law,
            "minutes": minutes,
            "crew": 1,
            "next": "end",
        }
        second |= {"back_share": draw(st.sampled_from([0.0, 0.2])), "back_to": "one"}
        when = draw(st.sampled_from(["before", "after"]))
        routes += [first | delay | {"delay_when": when}, second]
        routes.append(
            {"item": item, "step": "end", "role": "", "tier": "", "state": "closed", "law": "constant"}
        )
    demand = [(grid, item, draw(st.integers(1, 8))) for grid in range(2) for item in "ab"]
    shifts, kind = draw(
        st.sampled_from([(DAY_SHIFT, "weekdays"), (({"shift": "always", "days": "always"},), "always")])
    )
    district = build_district(
        units,
        routes,
        demand,
        items,
        grids=2,
        shifts=shifts,
        work_calendar=kind,
        overtime_minutes=draw(st.sampled_from([0, 30])),
        joint_block_minutes=draw(st.sampled_from([0, 60, 600])),
    )
    return Sketch(district, 7, draw(st.integers(0, 10**6)))


def occupied(visits: Visits) -> dict[int, list[tuple[int, int]]]:
    """For each post the spans from start to end of its visits, in order."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for post, start, end in zip(*(visits.column(n).tolist() for n in ("post", "start", "end")), strict=True):
        if post >= 0 and start >= 0:
            spans.setdefault(post, []).append((start, end if end >= 0 else visits.horizon))
    return {post: sorted(found) for post, found in spans.items()}


@settings(
    max_examples=120,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(sketches())
def test_no_post_works_two_tasks_at_once_nor_begins_one_off_shift(sketch: Sketch) -> None:
    visits = play(sketch.district, sketch.days, sketch.seed)
    windows = {
        post: spans
        for plan in visits.flow.pools
        for post, spans in zip(plan.posts, plan.windows, strict=True)
    }
    for post, spans in occupied(visits).items():
        for (_, end), (start, _) in itertools.pairwise(spans):
            assert start >= end
        starts, ends = windows[post]
        for start, _ in spans:
            window = bisect_right(starts, start) - 1
            assert window >= 0 and start < ends[window]


@settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(sketches())
def test_every_report_is_closed_or_open_and_each_visit_has_the_work_it_drew(sketch: Sketch) -> None:
    visits = play(sketch.district, sketch.days, sketch.seed)
    log = build_log(visits)
    cases = summarise_cases(log)
    assert len(cases) == len(visits.cases)
    closed = (cases["ended_at"] >= 0).sum()
    still_open = {
        c
        for c, done in zip(visits.column("case").tolist(), visits.column("done").tolist(), strict=True)
        if done < 0
    }
    late = {
        c
        for c, done in zip(visits.column("case").tolist(), visits.column("done").tolist(), strict=True)
        if done > visits.horizon
    }
    assert closed + len(still_open | late) == len(cases)
    times = log["occurred_at"].astype("int64").to_numpy()
    assert (np.diff(times) >= 0).all()
    assert not log.duplicated(["source", "event_id"]).any()


@settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(sketches())
def test_the_same_seed_gives_the_same_log_and_littles_law_holds(sketch: Sketch) -> None:
    visits, again = (play(sketch.district, sketch.days, sketch.seed) for _ in range(2))
    assert all(np.array_equal(visits.column(name), again.column(name)) for name in FIELDS)
    assert np.array_equal(fingerprint_cases(visits), fingerprint_cases(again))
    done = np.full(len(visits.cases), visits.horizon, dtype=np.int64)
    ended = visits.flow.rows["step"].to_numpy()[visits.column("row")] == "end"
    done[visits.column("case")[ended]] = visits.column("done")[ended]
    sojourn = np.minimum(done, visits.horizon) - visits.cases.time
    edges = np.arange(0, sketch.days * DAY + 1, 60)
    inside = np.searchsorted(np.sort(visits.cases.time), edges[:-1], "right") - np.searchsorted(
        np.sort(done), edges[:-1], "right"
    )
    if len(sojourn):
        assert abs(inside.mean() * visits.horizon - sojourn.sum()) <= 60 * len(sojourn) + 1
