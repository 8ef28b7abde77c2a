"""The fan: how many cases will be in hand hour by hour, played on from the open cases of a moment."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from simulation.demand import Cases, sample_cases
from simulation.draws import mix_array, name_key
from simulation.engine import run
from simulation.executors import Executor, InProcess
from simulation.log.branching import read_opening
from simulation.log.record import build_log
from simulation.playing.visits import Visits
from simulation.scenario import BASELINE
from simulation.studies.period import Period
from simulation.studies.runs import prepare, replication_seed
from twin.calendar import DAY, HOUR, build_calendar
from twin.district import District
from twin.eventlog import ENDED

LOOK_BACK_DAYS = 200
BANDS = {"low90": 0.05, "low50": 0.25, "median": 0.5, "high50": 0.75, "high90": 0.95}


@dataclass(frozen=True, eq=False)
class Fan:
    """Cases in hand at `times` (the moment itself, then every hour), from so many replications.

    median, low50 to high50, low90 to high90: quantiles of the replications at each time, cases; `paths` are
    the replications themselves (replications x times). seed: of all draws; made_at: the moment in UTC.
    """

    times: tuple[datetime, ...]
    median: np.ndarray
    low50: np.ndarray
    high50: np.ndarray
    low90: np.ndarray
    high90: np.ndarray
    paths: np.ndarray
    replications: int
    seed: int
    made_at: datetime

    def exceedance(self, threshold: float) -> np.ndarray:
        """The share of replications above a level at each time."""
        return np.asarray((self.paths > threshold).mean(axis=0))


@dataclass(frozen=True)
class ForecastJob:
    """One replication: the day of the moment, its second, hours to play, seed, open cases."""

    today: date
    second: int
    hours: int
    seed: int
    opening: pd.DataFrame


def forecast_backlog(
    district: District,
    opening: pd.DataFrame,
    start: datetime,
    hours: int,
    replications: int,
    seed: int,
    executor: Executor | None = None,
    stop: Callable[[], bool] | None = None,
    beside: int = 0,
) -> Fan | None:
    """Cases in hand over the next hours, played on from the cases that are open at a moment.

    opening: columns of the table opening.csv, ages counted back from `start` (with its zone). Each
    replication goes on with every open case where it stands (what is left of a wait or a piece of work is
    drawn given how long it has lasted) and adds the reports that come after `start`: the day's calendar and
    rosters hold from its midnight, its reports before `start` are in the opening already. A band is the
    quantiles at p (n + 1) of n replications, so that a draw of the model lies inside it with its nominal
    chance. beside: cases in hand that stand at no step of the district; they stay. None where `stop()` ended
    it before the last replication.
    """
    today, second = find_second(start, district.settings.time_zone)
    jobs = [
        ForecastJob(today, second, hours, replication_seed(seed, number), opening)
        for number in range(replications)
    ]
    found = dict((executor or InProcess(district)).run(play_on, jobs, stop))
    if len(found) < replications:
        return None
    paths = np.array([found[number] for number in range(replications)]) + beside
    return build_fan(paths, start, seed)


def find_opening(district: District, log: pd.DataFrame, moment: datetime) -> pd.DataFrame:
    """The table opening.csv of a log at a moment; waits on the working clock are counted back for months."""
    today, _ = find_second(moment, district.settings.time_zone)
    flow = prepare(district, BASELINE, Period(today, 2, 0, 0, warm=True)).flow
    first = today - timedelta(days=LOOK_BACK_DAYS)
    calendar = build_calendar(district.settings, district.calendar, first, LOOK_BACK_DAYS + 2)
    return read_opening(log, replace(flow, calendar=calendar), pd.Timestamp(moment))


def build_fan(paths: np.ndarray, start: datetime, seed: int) -> Fan:
    """The fan of replications x hours of cases in hand."""
    made_at = start.astimezone(UTC)
    times = tuple(made_at + timedelta(hours=hour) for hour in range(paths.shape[1]))
    bands = {name: np.quantile(paths, share, axis=0, method="weibull") for name, share in BANDS.items()}
    return Fan(times=times, **bands, paths=paths, replications=len(paths), seed=seed, made_at=made_at)


def play_on(district: District, job: ForecastJob) -> np.ndarray:
    """Cases in hand of one replication, now and after each hour."""
    end = job.second + job.hours * HOUR
    days = -(-end // DAY)
    flow = prepare(district, BASELINE, Period(job.today, days, 0, 0, warm=True)).flow
    cases = drop_before(sample_cases(flow.district, job.today, days, job.seed), job.second)
    visits = run(flow, cases, end, opening=job.opening, begin=job.second)
    moments = job.second + np.arange(job.hours + 1) * HOUR
    return count_in_hand(visits, moments)


def drop_before(cases: Cases, second: int) -> Cases:
    """The cases that are reported after a second; a repeat of one that is dropped repeats nothing.

    Their keys are new: the demand of a day knows the same cases again, and some of them are open already.
    """
    kept = cases.time > second
    numbers = np.r_[np.where(kept, np.cumsum(kept) - 1, -1), -1]
    names = ("time", "grid", "item", "channel", "key", "self_handled")
    columns = {name: getattr(cases, name)[kept] for name in names}
    columns["key"] = mix_array(columns["key"] ^ np.uint64(name_key("forecast")))
    spot = None if cases.spot is None else cases.spot[kept]
    repeats = None if cases.duplicate_of is None else numbers[cases.duplicate_of[kept]]
    return replace(cases, **columns, spot=spot, duplicate_of=repeats)


def count_in_hand(visits: Visits, moments: np.ndarray) -> np.ndarray:
    """Cases reported and not ended at each moment (seconds)."""
    log = build_log(visits)
    log = log[(log["phase"] == "done") & log["state"].isin([*ENDED, "reopened"])]
    midnight = pd.Timestamp(visits.cases.origin).tz_localize(visits.flow.district.settings.time_zone)
    time = (log["occurred_at"] - midnight).dt.total_seconds().to_numpy()
    is_open = (log["state"] == "reopened").to_numpy().astype(int)
    before = pd.Series(is_open).groupby(log["case_id"].cat.codes.to_numpy()).shift(fill_value=1)
    change = is_open - before.to_numpy()
    order = np.argsort(time, kind="stable")
    total = np.r_[0, np.cumsum(change[order])]
    reported = np.searchsorted(visits.cases.time, moments, side="right")
    return np.asarray(reported + total[np.searchsorted(time[order], moments, side="right")])


def find_second(moment: datetime, zone: str) -> tuple[date, int]:
    """The local day of a moment and the seconds on its wall clock since midnight."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.date(), local.hour * HOUR + local.minute * 60 + local.second
