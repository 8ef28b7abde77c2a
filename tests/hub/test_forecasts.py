"""Forecasts in the hub: made when due, after the jobs, kept with their moment, scored by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.wall import Names, describe
from hub.fans import Fans, PastFan, load_policy, pack_forecast, unpack_forecast
from hub.forecasts import Forecaster, ScoreRow, find_warning_line, score, sum_coverage
from hub.ingest import Ingest
from hub.jobs import Jobs
from hub.live import LiveState
from hub.moment import DAY
from hub.snapshot import Coverage, Forecast
from hub.worker import Worker
from simulation.executors import InProcess
from store.database import Store
from store.events import EventStore
from store.notes import Notes
from tests.hub.test_live import NOW, tell_story
from tests.hub.test_worker import SPEC
from twin.district import District

POLICY = load_policy().model_copy(update={"replications": 3, "hours": 4, "least_seconds": 0})
START = datetime(2026, 5, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Hands:
    """A hub whose clock and this machine's clock a test moves by hand."""

    def __init__(self, store: Store, district: District) -> None:
        self.now, self.seconds = NOW, 0.0
        self.store, self.executor = store, InProcess(district)
        live = LiveState(store, district, clock=lambda: self.now, keep_seconds=0)
        self.maker = Forecaster(store, district, POLICY, live, lambda: self.seconds)
        self.live = live
        Ingest(EventStore(store), district, clock=lambda: NOW).accept(tell_story(district))

    def step(self, minutes: int = 0) -> bool:
        """Move the hub's clock on, and let the forecaster do what is due."""
        self.now += timedelta(minutes=minutes)
        self.seconds += 60
        return self.maker.step(self.executor, lambda: False)


def test_a_forecast_begins_with_the_cases_in_hand_and_is_made_anew_when_its_minutes_have_passed(
    store: Store, small_district: District
) -> None:
    hands = Hands(store, small_district)
    assert hands.step()
    made = hands.live.snapshot().forecast
    assert made is not None
    assert (made.made_at, made.times[1]) == (NOW, NOW + HOUR)
    assert {values[0] for values in (made.median, made.low90, made.high90)} == {3}  # as the wall counts
    assert len(made.times) == len(made.high50) == 5
    assert made.coverage is None
    assert not hands.step(59)
    assert hands.step(1)
    newer = hands.live.snapshot().forecast
    assert newer.made_at == NOW + HOUR
    assert newer.coverage.hours == 1
    hands.now += timedelta(minutes=POLICY.oldest_minutes)
    assert hands.live.snapshot().forecast.made_at == newer.made_at
    hands.now += timedelta(minutes=1)
    assert hands.live.snapshot().forecast is None


def test_a_job_that_waits_ends_a_forecast_and_goes_before_it(store: Store, small_district: District) -> None:
    hands = Hands(store, small_district)
    worker = Worker(store, small_district, hands.executor, forecaster=hands.maker)
    job = Jobs(store).submit_experiment(SPEC)
    assert not worker._forecast(lambda: False)  # one that is under way stops for it
    assert hands.live.snapshot().forecast is None
    assert worker.step()
    assert Jobs(store).status(job).state == "done"
    assert hands.live.snapshot().forecast is None
    assert worker.step()
    assert hands.live.snapshot().forecast is not None
    assert not worker.step()


def test_an_empty_store_has_no_forecast_and_a_failure_leaves_the_worker_alive(
    store: Store, small_district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Forecaster(store, small_district, POLICY)
    assert not maker.step(InProcess(small_district), lambda: False)
    worker = Worker(store, small_district, InProcess(small_district), forecaster=maker)
    monkeypatch.setattr(maker, "step", lambda *_: 1 / 0)
    assert not worker.step()


def make_forecast(median: float) -> Forecast:
    """A forecast of two hours whose bands lie 1 and 2 around its median."""
    bands = {"median": 0.0, "low50": -1.0, "high50": 1.0, "low90": -2.0, "high90": 2.0}
    values = {name: (10.0, median + off, median + off) for name, off in bands.items()}
    times = tuple(START + hour * HOUR for hour in range(3))
    return Forecast(times, **values, replications=3, seed=1, made_at=START, threshold=12.0,
                    threshold_probability=0.25, coverage=Coverage(4, 0.5, 1.0))  # fmt: skip


def test_a_forecast_goes_through_the_store_unchanged_and_is_not_another_origin_s(store: Store) -> None:
    fans, made = Fans(Notes(store), POLICY), make_forecast(12)
    assert unpack_forecast(pack_forecast("live", made)) == made
    fans.put("live", made)
    assert fans.newest("live", START) == made
    assert fans.newest("replay", START) is None
    assert fans.newest("live", START - HOUR) is None  # made later than now: the replay began anew
    few = Fans(Notes(store), POLICY.model_copy(update={"kept": 2}))
    for hour in (1, 2):
        few.put("live", replace(made, made_at=START + hour * HOUR))
    assert [fan.made_at for fan in few.past()] == [START + HOUR, START + 2 * HOUR]


def test_the_score_of_two_forecasts_is_that_made_by_hand() -> None:
    """13 came where 12 was forecast (10 at the start), then 15 where 12 was: in the 50 % band, in neither.

    Pinball at 13 with quantiles 10, 11, 12, 13, 14 of .05, .25, .5, .75, .95:
    (.05 x 3 + .25 x 2 + .5 x 1 + 0 + .05 x 1) / 5 = 1.2 / 5 = .24.
    At 15: (.05 x 5 + .25 x 4 + .5 x 3 + .75 x 2 + .95 x 1) / 5 = 5.2 / 5 = 1.04.
    """
    made = make_forecast(12)
    quantiles = {name: getattr(made, name) for name in ("median", "low50", "high50", "low90", "high90")}
    past = [PastFan("live", START, quantiles), PastFan("live", START + HOUR, quantiles)]
    came = {START + HOUR: 13.0, START + 2 * HOUR: 15.0}
    rows = score(past, lambda _, time: came.get(time), START)
    assert rows == [
        ScoreRow(1, 2, 0.5, 0.5, pytest.approx(0.64), 2.0, 4.0),
        ScoreRow(2, 1, 0.0, 0.0, pytest.approx(1.04), 3.0, 5.0),
    ]
    assert sum_coverage(rows) == Coverage(3, pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert score(past, lambda _, time: came.get(time), START + 2 * HOUR)[0].count == 1
    assert sum_coverage([]) is None


def test_the_warning_line_is_the_factor_over_the_median_of_the_hours_since_the_log_began(
    store: Store, small_district: District
) -> None:
    """Over the last 30 hours: nobody's first case is 30 hours old, the second 12, the third 9, the last 1.

    The closed one came 12 hours ago and went 2 hours ago. Cases in hand, hour by hour back from now:
    3, 3 (at 1 h the newest is there), 2 (at 2 h the fourth has gone), 3 from 3 to 9 h, 2 at 10 to 12 h,
    1 from 13 to 29 h: the median of those 30 is 1.
    """
    hands = Hands(store, small_district)
    moment, _, _ = hands.live.moment()
    oldest = hands.live.projection.oldest
    assert find_warning_line(moment, oldest, POLICY) == pytest.approx(1 * POLICY.warning_factor)
    assert find_warning_line(moment, moment.now - DAY + 1, POLICY) is None
    assert find_warning_line(moment, -1, POLICY) is None


def test_the_wall_is_told_the_fan_in_its_own_words(store: Store, small_district: District) -> None:
    Fans(Notes(store), POLICY).put("live", make_forecast(12))
    live = LiveState(store, small_district, clock=lambda: START + HOUR / 2, keep_seconds=0)
    told = describe(live.snapshot(), Names(small_district, "zh"))["forecast"]
    assert told["clock"] == ["08:00", "09:00", "10:00"]
    assert told["ahead"] == [-30, 30, 90]
    assert (told["median"], told["high90"]) == ([10, 12, 12], [10, 14, 14])
    assert (told["threshold"], told["probability"], told["coverage"]) == (12, 0.25, [4, 0.5, 1.0])
