"""One run of a scenario: its compiled flow, its cases, its draws, its opening."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
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

KEPT = 8
Opening: TypeAlias = pd.DataFrame | Sequence[pd.DataFrame] | None


class Change(Protocol):
    """What is played beside the baseline: a scenario, or a parameter at another value."""

    @property
    def hash(self) -> str:
        """A hash of what it does."""
        ...

    def stages(self, district: District) -> list[tuple[date | None, District]]:
        """The district from the start (None), then from each date on which more of the change holds."""
        ...


@dataclass(frozen=True)
class Prepared:
    """A change ready to be played over a period: the districts that hold, and the flow compiled of them."""

    first: District
    later: list[tuple[date, District]]
    flow: Flow


_PREPARED: dict[tuple[Any, ...], Prepared] = {}


def prepare(district: District, change: Change, period: Period) -> Prepared:
    """The stages and the flow of a change over a period; kept, since every replication plays the same."""
    key = (id(district), district.hash, change.hash, period)
    if key not in _PREPARED:
        if len(_PREPARED) >= KEPT:
            _PREPARED.pop(next(iter(_PREPARED)))
        (_, first), *stages = change.stages(district)
        later = [(day, changed) for day, changed in stages if day is not None]
        flow = compile_flow(first, period.origin, period.simulated_days, later)
        _PREPARED[key] = Prepared(first, later, flow)
    return _PREPARED[key]


def play_scenario(
    district: District, scenario: Change, period: Period, seed: int, opening: pd.DataFrame | None = None
) -> Visits:
    """One run of a scenario over a period with one seed.

    opening: open cases at the start (columns of the table `opening`); None: the district's own table.
    """
    flow = prepare(district, scenario, period).flow
    cases = sample_cases(flow.district, period.origin, period.warm_up + period.days, seed)
    begin = flow.district.opening if opening is None else opening
    return run(flow, cases, period.simulated_days * DAY, opening=begin if len(begin) else None)


def play_walkins_of(district: District, change: Change, period: Period, seed: int) -> WalkinVisits | None:
    """The walk-ins of a scenario over a period with one seed; None where the district has no service."""
    known = prepare(district, change, period)
    return play_walkin_stages(known.first, period.origin, period.warm_up + period.days, seed, known.later)


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
