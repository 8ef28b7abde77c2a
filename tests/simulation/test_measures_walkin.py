"""Measures of walk-in service: what they change, and what they refuse."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from simulation.measures.walkin import DelegateMatters, OpenServicePoint
from simulation.walkins import play_walkins
from tests.simulation.halls import build_halls, list_served, write_needs
from twin.district import District
from twin.faults import DistrictFaults

SERVICES = [{"service": s, "name": s, "per_day": 1, "minutes": 10} for s in "ab"]


def one_hall_and_a_station() -> District:
    """A hall for a and b in the west, a station for b four kilometres to the east, a bare unit between."""
    district = build_halls(
        {"hall": (1, "a;b", 500.0), "station": (1, "b", 4500.0)}, SERVICES, grids=5, closed={"bare": 2500.0}
    )
    units = district.units.assign(tier=["district", "village", "township"], area=["D", "V", "T"])
    return district.with_tables(units=units)


def units_served(district: District, service: int) -> list[str]:
    """The unit to which a resident of each grid goes."""
    needs = write_needs([(0, "09:00", 1)] * 5, grid=range(5), service=[service] * 5)
    table = play_walkins(district, needs).table
    return district.units["code"].to_numpy()[table["unit"]].tolist()


def test_a_new_point_takes_those_who_live_nearer_and_only_its_items() -> None:
    before = one_hall_and_a_station()
    after = OpenServicePoint(unit="bare", services=("a",), shift="day").apply(before)
    assert units_served(before, 0) == ["hall"] * 5
    assert units_served(after, 0) == ["hall", "hall", "bare", "bare", "bare"]  # 1 km from either: the hall
    assert units_served(after, 1) == units_served(before, 1) == ["hall"] * 3 + ["station"] * 2
    assert len(before.service_points) == 2 and len(before.windows) == 2


def test_a_point_with_items_left_blank_finishes_what_its_tier_does() -> None:
    after = OpenServicePoint(unit="bare", shift="day", windows=2).apply(
        one_hall_and_a_station().with_tables(
            units=one_hall_and_a_station().units.assign(tier=["district", "village", "village"])
        )
    )
    assert after.service_points.iloc[-1].tolist() == ["bare", "b"]
    assert after.windows.iloc[-1].tolist() == ["bare", "day", 2, ""]


def test_a_second_window_at_a_hall_serves_at_once() -> None:
    needs = write_needs([(0, "09:00", 10), (0, "09:00", 20)])
    before = one_hall_and_a_station()
    after = OpenServicePoint(unit="hall", services=("a",), shift="day").apply(before)
    assert [row[4] for row in list_served(play_walkins(before, needs).table)] == ["09:00", "09:10"]
    assert [row[4] for row in list_served(play_walkins(after, needs).table)] == ["09:00", "09:00"]
    assert after.service_points.equals(before.service_points)


def test_a_point_refuses_unknown_codes_all_at_once_and_windows_without_staff() -> None:
    district = one_hall_and_a_station()
    measure = OpenServicePoint(unit="nowhere", services=("z",), shift="never", staff=("nobody",))
    with pytest.raises(DistrictFaults) as error:
        measure.apply(district)
    assert [(f.row, f.rule) for f in error.value.faults] == [
        ("nowhere", "unit unknown"),
        ("nobody", "unit unknown"),
        ("z", "service unknown"),
        ("never", "shift unknown"),
    ]
    with pytest.raises(DistrictFaults, match=r"10 windows, 9 posts filled"):
        OpenServicePoint(unit="bare", services=("a",), shift="day", windows=10).apply(district)
    lent = OpenServicePoint(
        unit="bare", services=("a",), shift="day", windows=10, staff=("bare", "hall")
    ).apply(district)
    assert lent.windows.iloc[-1].tolist() == ["bare", "day", 10, "bare;hall"]
    with pytest.raises(DistrictFaults, match="name the items"):
        OpenServicePoint(unit="bare", shift="day").apply(district)  # no township point to copy


def test_delegated_items_are_finished_at_the_points_of_the_tier() -> None:
    before = one_hall_and_a_station()
    after = DelegateMatters(services=("a",), tier="village").apply(before)
    assert units_served(before, 0) == ["hall"] * 5
    assert units_served(after, 0) == ["hall"] * 3 + ["station"] * 2
    assert after.service_points["services"].tolist() == ["a;b", "b;a"]
    assert before.service_points["services"].tolist() == ["a;b", "b"]
    assert after.windows.equals(before.windows)
    assert (
        DelegateMatters(services=("a",), tier="village", places=("T",))
        .apply(before)
        .service_points.equals(after.service_points)
    )


def test_delegation_refuses_unknown_codes_all_at_once_and_a_tier_without_points() -> None:
    district = one_hall_and_a_station()
    with pytest.raises(DistrictFaults) as error:
        DelegateMatters(services=("z", "a"), tier="village", places=("X",)).apply(district)
    assert [(f.row, f.rule) for f in error.value.faults][:2] == [
        ("z", "service unknown"),
        ("X", "place unknown"),
    ]
    with pytest.raises(ValidationError):
        DelegateMatters(services=("a",), tier="county")
    with pytest.raises(DistrictFaults, match="no point of this tier in these places"):
        DelegateMatters(services=("a",), tier="township").apply(district)
    with pytest.raises(ValidationError):
        DelegateMatters(services=())


def test_measures_keep_the_travel_times_and_other_tables(demo_district: District) -> None:
    demo_district.travel_seconds()
    after = DelegateMatters(services=("S12",), tier="village", places=("990101001000",)).apply(demo_district)
    assert after.travel_network is demo_district.travel_network
    changed = after.service_points["services"] != demo_district.service_points["services"]
    areas = demo_district.areas
    assert changed.sum() == (areas["parent"] == "990101001000").sum()
    assert np.array_equal(after.posts.index, demo_district.posts.index)
    pd.testing.assert_frame_equal(after.services, demo_district.services)


def test_clerks_lent_to_a_hall_are_added_to_its_own() -> None:
    before = one_hall_and_a_station()
    after = OpenServicePoint(unit="hall", services=("a",), shift="day", windows=12, staff=("bare",)).apply(
        before
    )
    assert after.windows.iloc[0].tolist() == ["hall", "day", 13, "hall;bare"]
    assert after.windows.iloc[1].tolist() == before.windows.iloc[1].tolist()
