"""One run of a scenario: its compiled flow, its cases, its draws."""

from datetime import date
from typing import Any

import pandas as pd

from simulation.demand import sample_cases
from simulation.draws import combine, name_key
from simulation.engine import run
from simulation.flow import Flow, compile_flow
from simulation.period import Period, plan_period
from simulation.record import build_log
from simulation.scenario import BASELINE, Scenario
from simulation.visits import Visits
from twin.calendar import DAY
from twin.district import District

_FLOWS: dict[tuple[Any, ...], Flow] = {}


def play_scenario(district: District, scenario: Scenario, period: Period, seed: int) -> Visits:
    """One run of a scenario over a period with one seed; the compiled flow is kept."""
    key = (id(district), district.hash, scenario.hash, period)
    if key not in _FLOWS:
        if len(_FLOWS) >= 8:
            _FLOWS.pop(next(iter(_FLOWS)))
        _FLOWS[key] = compile_flow(scenario.apply(district), period.origin, period.simulated_days)
    flow = _FLOWS[key]
    cases = sample_cases(flow.district, period.origin, period.warm_up + period.days, seed)
    return run(flow, cases, period.simulated_days * DAY)


def replication_seed(seed: int, replication: int) -> int:
    """The seed of one replication; scenarios share it, so that they meet the same draws."""
    return combine(seed, replication, name_key("replication"))


def simulate_log(district: District, start: date, days: int, seed: int) -> pd.DataFrame:
    """The event log of one run of the district as it is (warm-up included)."""
    period = plan_period(district, start, days)
    return build_log(play_scenario(district, BASELINE, period, replication_seed(seed, 0)))
