"""Random districts: routes with every kind of step, posts with skills and shifts, whole-minute times."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from simulation.demand import Cases, sample_cases
from simulation.engine import run
from simulation.experiment import replication_seed
from simulation.flow import compile_flow
from simulation.playing.visits import Visits
from tests.simulation.test_hand_log import DAY_SHIFT
from tests.simulation.textbook import ORIGIN, build_district
from twin.calendar import DAY
from twin.district import District
from twin.load import complete_table

LAWS = ("exponential", "lognormal", "constant", "erlang2")
DAYS = 4


@dataclass(frozen=True)
class Sketch:
    """What a random district is made of; `whole` floors reports to whole minutes, so that ties are many."""

    district: District
    seed: int
    whole: bool

    def sample(self) -> Cases:
        """Its reports."""
        cases = sample_cases(self.district, ORIGIN, DAYS, replication_seed(self.seed, 0))
        return replace(cases, time=cases.time // 60 * 60) if self.whole else cases

    def play(self) -> Visits:
        """One run from empty."""
        return run(compile_flow(self.district, ORIGIN, DAYS), self.sample(), DAYS * DAY)


def _draw_item(draw: st.DrawFn, item: str) -> dict[str, Any]:
    clock = draw(st.sampled_from(["u", "w", "wd", "d"]))
    found: dict[str, Any] = {"item": item, "priority": draw(st.integers(1, 3)), "limit_clock": clock}
    found |= {"preempts": draw(st.sampled_from([0, 0, 1])), "limit_value": draw(st.integers(1, 4))}
    stops = draw(st.sampled_from([0.0, 0.0, 0.2]))
    found |= {"suspend_share": stops, "suspend_value": 3, "suspend_clock": draw(st.sampled_from(["u", "w"]))}
    return found | {"extend_share": draw(st.sampled_from([0.0, 0.3])), "extend_value": 1}


def _draw_routes(draw: st.DrawFn, item: str, joint: bool) -> list[dict[str, Any]]:
    law, minutes = draw(st.sampled_from(LAWS)), draw(st.integers(5, 180))
    base: dict[str, Any] = {"item": item, "law": law, "minutes": minutes}
    accept = base | {"step": "accept", "state": "accepted", "role": "desk", "minutes": 5, "position": 1}
    accept |= {"end_share": draw(st.sampled_from([0.0, 0.1])), "end_state": "refused", "end_reason": "no"}
    wait = {"delay_kind": "authority", "delay_share": 1.0, "delay_law": "exponential", "delay_value": 2}
    wait |= {"delay_clock": "w", "delay_when": draw(st.sampled_from(["before", "after"]))}
    one = base | {"step": "one", "role": "one", "up_share": draw(st.sampled_from([0.0, 0.3])), "up_to": "two"}
    one |= {"position": 2, "next": "check"}
    if draw(st.booleans()):
        one |= wait | {"delay_kind": draw(st.sampled_from(["authority", "owner"]))}
    if joint:
        one |= {"crew": draw(st.integers(1, 2)), "parallel": draw(st.sampled_from(["", "two@district"]))}
        one |= {"whistle_value": draw(st.sampled_from([0, 1])), "whistle_clock": "u"}
    two = base | {"step": "two", "role": "two", "position": 3, "next": "check", "back_to": "one"}
    two |= {"back_share": draw(st.sampled_from([0.0, 0.2])), "back_reason": "wrong"}
    if draw(st.booleans()):
        one |= {"escalate_value": draw(st.integers(1, 30)), "escalate_clock": "u", "escalate_to": "two"}
    check = base | {"step": "check", "state": "checked", "role": "desk", "minutes": 10, "position": 4}
    check |= {"back_share": draw(st.sampled_from([0.0, 0.2])), "back_to": "handled", "next": "close"}
    close = {"item": item, "step": "close", "role": "", "tier": "", "state": "closed", "law": "constant"}
    two |= {
        "skill": draw(st.sampled_from(["", "", "law"])),
        "policy": draw(st.sampled_from(["", "least_loaded"])),
    }
    return [accept, one, two, check, close | {"position": 5}]


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    """A district of two grids: a desk, a first and a second body, two items that go their own ways."""
    joint = draw(st.booleans())
    routes = [row for item in "ab" for row in _draw_routes(draw, item, joint)]
    shifts, kind = draw(
        st.sampled_from([(DAY_SHIFT, "weekdays"), (({"shift": "always", "days": "always"},), "always")])
    )
    district = build_district(
        {"desk": draw(st.integers(1, 2)), "one": draw(st.integers(2, 4)), "two": draw(st.integers(1, 3))},
        routes,
        [(grid, item, draw(st.integers(1, 6))) for grid in range(2) for item in "ab"],
        [_draw_item(draw, item) for item in "ab"],
        grids=2,
        shifts=shifts,
        work_calendar=kind,
        post_columns={"two-0": {"skills": "law"}},
        overtime_minutes=draw(st.sampled_from([0, 30])),
        joint_block_minutes=draw(st.sampled_from([0, 60, 600])),
        shift_end=draw(st.sampled_from(["pause", "hand_over"])),
        merge_metres=draw(st.sampled_from([0, 50])),
    )
    mandates = district.mandates.assign(
        holds=[draw(st.integers(0, 1)) for _ in range(len(district.mandates))]
    )
    spots = district.settings.demand.model_copy(update={"hotspot_share": 0.5})
    settings = district.settings.model_copy(update={"demand": spots})
    district = district.with_tables(
        mandates=complete_table("mandates", pd.DataFrame(mandates)), settings=settings
    )
    return Sketch(district, draw(st.integers(0, 10**6)), draw(st.booleans()))
