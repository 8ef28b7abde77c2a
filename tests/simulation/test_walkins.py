"""Walk-ins small enough to be worked out by hand, to the second."""

from datetime import date

import numpy as np
import pytest

from simulation.walkins import build_walkin_log, measure_walkins, play_walkins, sample_walkins
from simulation.walkins.figures import summarise_walkins
from simulation.walkins.timetable import build_timetable, shape_profile
from tests.simulation.halls import NOON, build_halls, list_served, write_needs
from tests.simulation.textbook import ORIGIN
from twin.calendar import DAY
from twin.district import District
from twin.eventlog import COLUMNS
from twin.indicators import list_scopes
from twin.walkin_figures import WALKIN_INDICATORS

HALL = {"hall": (2, "", 500.0)}
NAMES = [indicator.id for indicator in WALKIN_INDICATORS]


def test_two_windows_serve_first_come_first_served_and_finish_who_came_before_noon() -> None:
    needs = write_needs(
        [(0, "11:40", 30), (0, "11:45", 10), (0, "11:50", 20), (0, "11:59", 5), (0, "14:00", 10)]
    )
    visits = play_walkins(build_halls(HALL), needs)
    assert list_served(visits.table) == [
        (0, 1, 0, "11:40", "11:40", "12:10"),
        (1, 1, 1, "11:45", "11:45", "11:55"),
        (2, 1, 1, "11:50", "11:55", "12:15"),
        (3, 1, 0, "11:59", "12:10", "12:15"),  # its window is past closing, but it came before
        (4, 1, 0, "14:00", "14:00", "14:10"),
    ]
    assert visits.table["finished"].all()


def test_a_window_at_work_past_its_opening_joins_when_it_is_free() -> None:
    needs = write_needs([(0, "11:59:59", 180), (0, "14:00", 30), (0, "14:01", 10), (0, "14:02", 60)])
    assert list_served(play_walkins(build_halls(HALL), needs).table) == [
        (0, 1, 0, "11:59:59", "11:59:59", "14:59:59"),
        (1, 1, 1, "14:00", "14:00", "14:30"),
        (2, 1, 1, "14:01", "14:30", "14:40"),
        (3, 1, 1, "14:02", "14:40", "15:40"),
    ]


def test_a_window_of_another_shift_takes_who_waits_as_it_opens() -> None:
    noon = {"unit": "hall", "shift": NOON["shift"], "windows": 1}
    needs = write_needs([(0, "11:30", 60), (0, "11:30", 60), (0, "11:30", 5), (0, "11:30", 5)])
    district = build_halls({"hall": (2, "", 500.0)}, windows=[noon])
    needs.moment[:] = (3.5 * 3600 + 0.5) / (10 * 3600)  # with noon open, a day has ten hours
    assert list_served(play_walkins(district, needs).table) == [
        (0, 1, 0, "11:30", "11:30", "12:30"),
        (1, 1, 1, "11:30", "11:30", "12:30"),
        (2, 1, 2, "11:30", "12:00", "12:05"),
        (3, 1, 2, "11:30", "12:05", "12:10"),
    ]


def test_an_unfinished_item_is_brought_again_on_later_opening_days() -> None:
    friday = 4
    later = {0: [(1, "09:00", 6), (2, "16:00", 4)], 1: [(9, "08:00", 5)]}
    needs = write_needs([(friday, "17:59:30", 1), (friday, "08:00", 5)], later, days=12)
    table = play_walkins(build_halls(HALL), needs).table
    assert list_served(table) == [
        (0, 1, 0, "4+17:59:30", "4+17:59:30", "4+18:00:30"),
        (0, 2, 0, "7+09:00", "7+09:00", "7+09:06"),  # Monday is the next opening day
        (0, 3, 0, "9+16:00", "9+16:00", "9+16:04"),
        (1, 1, 0, "4+08:00", "4+08:00", "4+08:05"),  # its second visit falls after the last day
    ]
    assert table["finished"].tolist() == [False, False, True, False]


def test_a_need_of_a_day_off_is_brought_on_the_next_opening_day() -> None:
    table = play_walkins(build_halls(HALL), write_needs([(5, "10:00", 5)], days=12)).table
    assert list_served(table) == [(0, 1, 0, "7+10:00", "7+10:00", "7+10:05")]


def test_residents_go_to_the_nearest_point_that_may_finish_the_item() -> None:
    services = [{"service": s, "name": s, "per_day": 1, "minutes": 10} for s in "ab"]
    district = build_halls({"west": (1, "a", 500.0), "east": (1, "a;b", 2500.0)}, services, grids=3)
    needs = write_needs([(0, "09:00", 1)] * 6, grid=[0, 1, 2, 0, 1, 2], service=[0, 0, 0, 1, 1, 1])
    table = play_walkins(district, needs).table
    assert district.units["code"].to_numpy()[table["unit"]].tolist() == ["west", "west"] + ["east"] * 4
    inner = round(0.5 * 1000 * 3.6 / 15)  # half the root of a grid's area, at 15 km/h
    assert table["travel_seconds"].tolist() == [inner, 240 + inner, inner, 480 + inner, 240 + inner, inner]


def test_no_more_windows_open_than_their_staff_has_posts() -> None:
    district = build_halls({"hall": (3, "", 500.0)})
    posts = district.posts.assign(filled=[1, 1, *[0] * 7])
    needs = write_needs([(0, "09:00", 10)] * 3)
    begun = play_walkins(district.with_tables(posts=posts), needs).table["begin"].tolist()
    assert begun == [9 * 3600, 9 * 3600, 9 * 3600 + 600]


def test_a_day_s_profile_keeps_to_opening_hours_and_to_the_weights_of_the_hours() -> None:
    weights = np.zeros(24)
    weights[[9, 10]] = 1, 3
    profile = shape_profile(((9 * 3600 + 1800, 11 * 3600), (14 * 3600, 15 * 3600)), weights)
    assert profile.pieces == ((34_200, 36_000), (36_000, 39_600))
    assert profile.upto == pytest.approx((0.5 / 3.5, 1.0))
    u = np.array([0.0, 0.5 / 7, 2 / 3.5 + 1e-9, 1 - 2**-53])
    assert profile.pick_array(u).tolist() == [profile.pick(x) for x in u] == [34_200, 35_100, 37_800, 39_599]
    assert shape_profile(((0, 600),), weights).pick(0.5) == 300  # no weight in these hours: even


def test_opening_over_midnight_is_split_by_day() -> None:
    table = build_timetable([(20 * 3600, DAY + 3600)], 2, np.ones(24))
    assert table.days == (0, 1)
    assert table.find(1, 0.5) == DAY + 1800
    assert table.find(2, 0.5) is None
    assert table.find_array(np.array([0, 1, 2]), np.array([0.5, 0.5, 0.5])).tolist() == [
        22 * 3600, DAY + 1800, -1,
    ]  # fmt: skip


def test_figures_of_a_day_are_those_worked_out_by_hand() -> None:
    """Three items in four visits, each with 2 min of way there and back; waits of 0, 0, 6 and 0 min."""
    needs = write_needs([(0, "09:00", 10), (0, "09:02", 12), (0, "09:04", 8)], {1: [(1, "10:00", 6)]}, days=3)
    visits = play_walkins(build_halls({"hall": (2, "", 500.0)}), needs)
    outcome = summarise_walkins(visits, 0, 3 * DAY)
    values = dict(zip(NAMES, outcome.values[0], strict=True))
    assert values == pytest.approx(
        {
            "walkin_needs": 3,
            "walkin_finished_first": 2 / 3,
            "walkin_trips": 4 / 3,
            "walkin_wait_minutes": 6 / 4,
            "walkin_wait_minutes_p90": 6,
            "walkin_visit_minutes": (10 + 12 + 8 + 6 + 6) / 4 + 4,
            "walkin_item_minutes": (14 + (12 + 4 + 6 + 4) + (6 + 8 + 4)) / 3,
            "walkin_village_share": 0,
            "walkin_township_share": 0,
            "walkin_district_share": 1,
        }
    )
    assert outcome.load[:, 0] == pytest.approx([36 / 60, 2 * 3 * 8])
    assert np.array_equal(outcome.values[0], outcome.values[1])  # everybody lives in the one township
    first_day = dict(zip(NAMES, summarise_walkins(visits, 0, DAY).values[0], strict=True))
    assert (first_day["walkin_needs"], first_day["walkin_trips"]) == (3, 1)
    second = dict(zip(NAMES, summarise_walkins(visits, DAY, 2 * DAY).values[0], strict=True))
    assert (second["walkin_needs"], second["walkin_trips"], second["walkin_item_minutes"]) == (0, 2, 26)
    assert np.isnan(second["walkin_finished_first"])


def test_a_district_without_services_has_no_walk_ins() -> None:
    district = build_halls(HALL)
    bare = district.with_tables(services=district.services.iloc[:0])
    outcome = measure_walkins(bare, ORIGIN, 5, 0, 1)
    assert np.isnan(outcome.values).all() and not outcome.load.any()
    assert outcome.values.shape == (len(list_scopes(bare)), len(WALKIN_INDICATORS))
    assert len(play_walkins(bare, sample_walkins(bare, ORIGIN, 5, 1)).table) == 0


def test_log_rows_tell_the_way_the_wait_the_window_and_the_return() -> None:
    needs = write_needs([(0, "09:00", 10), (0, "09:00", 10), (0, "09:04", 8)], {2: [(1, "10:00", 6)]}, days=3)
    log = build_walkin_log(play_walkins(build_halls(HALL), needs))
    assert tuple(log.columns) == COLUMNS
    assert log["event_id"].is_unique and set(log["kind"]) == {"walk_in"}
    third = log[log["case_id"] == f"{3:016x}"]
    local = third["occurred_at"].dt.tz_convert("Asia/Shanghai").dt.strftime("%d %H:%M")
    rows = zip(local, third["task_id"], third["phase"], third["state"], third["post_id"], strict=True)
    assert [(a, b, c, d, e if isinstance(e, str) else "") for a, b, c, d, e in rows] == [
        ("11 09:02", 1, "done", "reported", ""),
        ("11 09:02", 1, "travel", "reported", ""),
        ("11 09:04", 1, "queued", "handling", ""),
        ("11 09:10", 1, "work", "handling", "hall-w01"),
        ("11 09:18", 1, "done", "returned", "hall-w01"),
        ("12 09:58", 2, "travel", "returned", ""),
        ("12 10:00", 2, "work", "handling", "hall-w01"),
        ("12 10:06", 2, "done", "closed", "hall-w01"),
    ]
    assert third["seq"].tolist() == list(range(8))
    assert third["work_seconds"].sum() == 14 * 60
    assert third["reason_code"].astype(str).tolist().count("documents missing") == 1


def test_needs_do_not_depend_on_points_nor_on_other_services_nor_on_the_start() -> None:
    district = build_halls(HALL, grids=3)
    needs = sample_walkins(district, ORIGIN, 12, 5)
    assert len(needs) > 20 and set(needs.day.tolist()) <= {0, 1, 2, 3, 4, 7, 8, 9, 10, 11}
    more = build_halls(
        {"hall": (1, "a", 500.0), "other": (1, "b", 900.0)},
        [*district.services.to_dict("records"), {"service": "b", "name": "b", "per_day": 9, "minutes": 5}],
        grids=3,
    )
    again = sample_walkins(more, ORIGIN, 12, 5)
    mine = np.flatnonzero(again.service == 0)
    assert np.array_equal(again.key[mine], needs.key)
    assert np.array_equal(again.work[again.first[mine]], needs.work[needs.first])
    later = sample_walkins(district, date(2026, 5, 12), 11, 5)
    assert np.array_equal(later.key, needs.key[needs.day > 0])


def test_counts_and_shares_of_needs_are_those_of_the_table() -> None:
    services = [
        {
            "service": "a",
            "name": "a",
            "per_day": 40,
            "minutes": 20,
            "finished_share": 0.7,
            "again_days": 3,
            "most_visits": 9,
        }
    ]
    needs = sample_walkins(build_halls(HALL, services, grids=4), ORIGIN, 700, 3)
    expected = 40 * 500
    assert len(needs) == pytest.approx(expected, abs=4 * expected**0.5)
    assert needs.visits.mean() == pytest.approx(1 / 0.7, rel=0.02)
    assert needs.gap.mean() == pytest.approx(3, rel=0.03) and needs.gap.min() == 1
    assert needs.work.mean() == pytest.approx(1200, rel=0.03)
    assert np.bincount(needs.grid, minlength=4) / len(needs) == pytest.approx([0.25] * 4, abs=0.015)
    capped = sample_walkins(
        build_halls(HALL, [{**services[0], "finished_share": 0, "most_visits": 3}]), ORIGIN, 30, 3
    )
    assert set(capped.visits.tolist()) == {3}


def test_the_demo_district_s_halls_are_busy_as_its_plan_says(demo_district: District) -> None:
    outcome = measure_walkins(demo_district, date(2026, 5, 11), 30, 14, 1)
    values = dict(zip(NAMES, outcome.values[0], strict=True))
    print("FIGURE walk-ins of 30 days:", {name: round(float(value), 3) for name, value in values.items()})
    days = 22
    assert values["walkin_needs"] / days == pytest.approx(1478, rel=0.03)
    assert values["walkin_district_share"] == pytest.approx(0.55, abs=0.02)
    assert values["walkin_township_share"] == pytest.approx(0.35, abs=0.02)
    assert values["walkin_village_share"] == pytest.approx(0.10, abs=0.02)
    assert 1 < values["walkin_wait_minutes"] < 10
    assert 10 < values["walkin_wait_minutes_p90"] < 30
    hall = demo_district.units["code"].tolist().index("990101919000")
    assert 0.7 < outcome.load[0, hall] / outcome.load[1, hall] < 0.85
