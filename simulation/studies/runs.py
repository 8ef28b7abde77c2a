"""One run of a scenario: its compiled flow, its cases, its draws, its opening."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol, TypeAlias

import pandas as pd

from simulation.demand import sample_cases
from simulation.draws import combine, name_key
from simulation.engine import run
from simulation.flow import Flow, compile_flow
from simulation.log.record import build_log
from simulation.playing.visits import Visits
from simulation.scenario import BASELINE
from simulation.studies.period import Period, plan_period
from simulation.walkins import WalkinVisits, play_walkin_stages
from twin.calendar import DAY
from twin.district import District

KEPT_FLOWS = 8
Opening: TypeAlias = pd.DataFrame | Sequence[pd.DataFrame] | None
_FLOWS: dict[tuple[Any, ...], Flow] = {}


class Change(Protocol):
    """What is played beside the baseline: a scenario, or a parameter at another value."""

    @property
    def hash(self) -> str:
        """A hash of what it does."""
        ...

    def apply(self, district: District) -> District:
        """The district with the change wholly in force."""
        ...

    def stages(self, district: District) -> list[tuple[date | None, District]]:
        """The district from the start (None), then from each date on which more of the change holds."""
        ...


def list_stages(district: District, change: Change) -> list[tuple[date | None, District]]:
    """The district as it is from each date on, the first from the start (None); raises what does not fit."""
    return change.stages(district)


def compile_change(district: District, change: Change, period: Period) -> Flow:
    """The flow of a change over a period, with later stages where it has any."""
    first, later = list_dated(district, change)
    return compile_flow(first, period.origin, period.simulated_days, later)


def play_scenario(
    district: District, scenario: Change, period: Period, seed: int, opening: pd.DataFrame | None = None
) -> Visits:
    """One run of a scenario over a period with one seed; the compiled flow is kept.

    opening: open cases at the start (columns of the table `opening`); None: the district's own table.
    """
    key = (id(district), district.hash, scenario.hash, period)
    if key not in _FLOWS:
        if len(_FLOWS) >= KEPT_FLOWS:
            _FLOWS.pop(next(iter(_FLOWS)))
        _FLOWS[key] = compile_change(district, scenario, period)
    flow = _FLOWS[key]
    cases = sample_cases(flow.district, period.origin, period.warm_up + period.days, seed)
    begin = flow.district.opening if opening is None else opening
    return run(flow, cases, period.simulated_days * DAY, opening=begin if len(begin) else None)


def list_dated(district: District, change: Change) -> tuple[District, list[tuple[date, District]]]:
    """The district from the start, and those that hold from later dates."""
    (_, first), *later = list_stages(district, change)
    return first, [(day, changed) for day, changed in later if day is not None]


def play_walkins_of(district: District, change: Change, period: Period, seed: int) -> WalkinVisits | None:
    """The walk-ins of a scenario over a period with one seed; None where the district has no service."""
    first, later = list_dated(district, change)
    return play_walkin_stages(first, period.origin, period.warm_up + period.days, seed, later)


def pick_opening(opening: Opening, replication: int) -> pd.DataFrame | None:
    """The opening of one replication: the one table for all, or its own of a sequence."""
    return opening if opening is None or isinstance(opening, pd.DataFrame) else opening[replication]


def hash_opening(opening: pd.DataFrame) -> str:
    """SHA-256 of an opening's columns and rows."""
    rows = pd.util.hash_pandas_object(opening, index=False).to_numpy()
    return hashlib.sha256(repr(list(opening.columns)).encode() + rows.tobytes()).hexdigest()


def replication_seed(seed: int, replication: int) -> int:
    """The seed of one replication; scenarios share it, so that they meet the same draws."""
    return combine(seed, replication, name_key("replication"))


def simulate_log(district: District, start: date, days: int, seed: int) -> pd.DataFrame:
    """The event log of one run of the district as it is (warm-up included)."""
    period = plan_period(district, start, days)
    return build_log(play_scenario(district, BASELINE, period, replication_seed(seed, 0)))
