"""What is enacted is kept for good, and is held against the log with other townships as controls."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from hub.books.acts import Actor, Refused
from hub.enacted import INDICATOR, EnactedDesk, Forecast
from hub.scopes import Scope
from simulation.diagnosis.proof import compare, list_changes
from store.database import Store
from store.events import EventStore
from store.journal import Journal
from twin.district import District

TOML = 'name = "p"\ntitle = "放权"\n[[measures]]\nmeasure = "delegate_powers"\n'
SAID = Forecast(INDICATOR, 4.0, 2.0, 6.0, 7, "run")
DAY = date(2026, 5, 11)
NOW = datetime(2026, 6, 10, tzinfo=UTC)


def table(reached: list[float], others: list[float]) -> pd.DataFrame:
    """Changes of townships reached and not."""
    changes = [*reached, *others]
    return pd.DataFrame(
        {"township": [f"T{n}" for n in range(len(changes))], "change": changes}
        | {"reached": [1] * len(reached) + [0] * len(others)}
    )


def test_the_difference_of_differences_and_its_interval_by_hand() -> None:
    proof = compare(table([8.0, 10.0], [1.0, 3.0]), 4)
    # 9 - 2 = 7; pooled variance (2 + 2) / 2 = 2; se = sqrt(2 (1/2 + 1/2)) = sqrt 2; t(.975, 2) = 4.302653
    assert proof.effect == 7.0
    assert proof.high - proof.effect == pytest.approx(4.302653 * np.sqrt(2), rel=1e-6)
    assert proof.verdict == "better"
    assert compare(table([3.0], [1.0, 3.0]), 4).verdict == "nothing"
    assert compare(table([-30.0, -31.0], [1.0, 2.0, 1.0]), 4).verdict == "worse"


def test_without_controls_or_townships_reached_nothing_is_proven() -> None:
    assert compare(table([3.0, 4.0], [1.0]), 4).verdict == "no_controls"
    assert compare(table([], [1.0, 2.0]), 4).verdict == "no_controls"
    assert np.isnan(compare(table([3.0], []), 4).effect)


def test_on_time_closure_before_and_after_is_counted_by_township(small_district: District) -> None:
    grid = small_district.grids["code"].iloc[0]
    week, begin = 7 * 86_400 * 1_000_000, 10**15
    due = np.array([begin - 1, begin - week, begin - week - 1, begin, begin + week - 1, begin + week])
    cases = pd.DataFrame(
        {"grid": grid, "close_due": due, "first_closed_at": due + np.array([1, 0, 0, 0, 0, 0]), "spot": False}
    )
    changes = list_changes(cases, small_district, begin, 1, {small_district.places["township"].iloc[0]})
    row = changes[changes["reached"] == 1].iloc[0]
    assert (row["due_before"], row["due_after"]) == (2, 2)
    assert (row["before"], row["after"], row["change"]) == (50.0, 100.0, 50.0)
    assert changes.loc[changes["reached"] == 0, "change"].isna().all()


def test_what_is_recorded_is_read_again_by_another_desk_with_its_forecast(
    store: Store, small_district: District
) -> None:
    town = str(small_district.places["township"].iloc[0])
    whole = Scope(small_district)
    desk = EnactedDesk(Journal(store), EventStore(store), small_district, lambda: NOW)
    kept = desk.record(Actor("planner", whole), TOML, DAY, [town], SAID)
    other = EnactedDesk(Journal(store), EventStore(store), small_district, lambda: NOW)
    (one,) = other.list_for(Actor("admin", whole))
    assert (one.enacted_id, one.title, one.day, one.townships) == (kept, "放权", DAY, (town,))
    assert one.forecast == SAID and len(one.scenario_hash) == 64 and one.at == NOW
    assert other.check(one).verdict == "early"


def test_a_wrong_forecast_place_role_or_text_is_refused(store: Store, small_district: District) -> None:
    desk = EnactedDesk(Journal(store), EventStore(store), small_district, lambda: NOW)
    units = small_district.units
    offices = units[units["kind"] == "office"]
    town, mine = str(small_district.places["township"].iloc[-1]), str(offices["code"].iloc[0])
    whole, part = Scope(small_district), Scope(small_district, mine)
    upside = Forecast(INDICATOR, 1.0, 2.0, 3.0, 7, "run")
    tries = [
        ("role", Actor("viewer", whole), TOML, [town], SAID),
        ("scenario", Actor("planner", whole), "no = ", [town], SAID),
        ("townships", Actor("planner", whole), TOML, [], SAID),
        ("townships", Actor("planner", whole), TOML, ["none"], SAID),
        ("townships", Actor("planner", part), TOML, [town], SAID),
        ("forecast", Actor("planner", whole), TOML, [town], upside),
    ]
    for why, actor, toml, places, said in tries:
        with pytest.raises(Refused) as refused:
            desk.record(actor, toml, DAY, places, said)
        assert refused.value.why == why
    assert desk.list_for(Actor("admin", whole)) == []


def test_whole_weeks_of_a_log_are_compared_and_other_measures_townships_stand_aside(
    sqlite_store: Store, small_district: District
) -> None:
    from simulation.studies.runs import simulate_log

    log = simulate_log(small_district, DAY - timedelta(days=17), 35, 3)
    events = EventStore(sqlite_store)
    events.append(log.assign(origin="replay"))
    towns = small_district.areas.loc[small_district.areas["tier"] == "township", "code"].tolist()
    desk = EnactedDesk(
        Journal(sqlite_store), events, small_district, lambda: datetime(2026, 5, 27, tzinfo=UTC)
    )
    who = Actor("planner", Scope(small_district))
    desk.record(who, TOML, DAY, towns[:1], SAID)
    proof = desk.check(desk.list_for(who)[0])
    assert proof.weeks == 2 and proof.verdict in ("nothing", "better", "worse", "no_controls")
    if proof.verdict != "no_controls":
        assert proof.low <= proof.effect <= proof.high
