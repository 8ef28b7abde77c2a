"""Staff as they are: skills, policies, ways, hand-over, leave, shares, retirement; worked out by hand."""

from typing import Any

import numpy as np

from simulation.flow import compile_flow
from simulation.log.record import build_log
from simulation.policies import Candidate, recommend
from tests.simulation.test_hand_log import DAY_SHIFT, list_visits, play_by_hand
from tests.simulation.textbook import ORIGIN, build_district
from twin.calendar import DAY
from twin.district import District

HANDLE: dict[str, Any] = {"item": "a", "step": "handle", "role": "s", "law": "constant", "minutes": 60}


def list_posts(district: District, reports: list[tuple[str, int]], days: int = 3) -> list[str]:
    """The id of the post that took each started visit, in order of case and task."""
    visits = play_by_hand(district, reports, days)
    ids, codes = visits.flow.post_ids
    rows = sorted(zip(*(visits.column(n).tolist() for n in ("case", "task", "post", "start")), strict=True))
    return [ids[codes[post]] for _, _, post, start in rows if start >= 0]


def test_a_step_that_asks_for_a_skill_waits_for_who_has_it_and_lets_others_pass() -> None:
    routes = [HANDLE | {"skill": "law"}, HANDLE | {"item": "b"}]
    district = build_district(
        {"s": 2},
        routes,
        [(0, "a", 1.0)],
        [{"item": "a"}, {"item": "b"}],
        post_columns={"s-1": {"skills": "law"}},
    )
    reports = [("09:00", 0), ("09:00", 0), ("09:10", 1)]
    assert list_posts(district, reports) == ["s-1", "s-1", "s-0"]
    assert list_visits(play_by_hand(district, reports)) == [
        (0, 0, "09:00", "10:00"),
        (1, 0, "10:00", "11:00"),
        (2, 0, "09:10", "10:10"),
    ]


def test_skill_first_prefers_the_skilled_and_takes_others_when_they_are_busy() -> None:
    district = build_district(
        {"s": 2},
        [HANDLE | {"skill": "law", "policy": "skill_first"}],
        [(0, "a", 1.0)],
        post_columns={"s-1": {"skills": "law"}},
    )
    assert list_posts(district, [("09:00", 0), ("09:10", 0)]) == ["s-1", "s-0"]


def two_stations(policy: str, **play: Any) -> District:
    """Two stations serve two grids; station 1 is 10 minutes from grid 0, station 2 is 5."""
    return build_district(
        {"1": 1, "2": 1},
        [HANDLE | {"role": "server", "policy": policy, "travel": 1}],
        [(0, "a", 1.0)],
        grids=2,
        preferences=[(0, "server", ["1", "2"]), (1, "server", ["1", "2"])],
        travel=[("1", "G0", 600), ("2", "G0", 300), ("G0", "G0", 60), ("G0", "G1", 120), ("G1", "G0", 120)],
        **play,
    )


def test_home_takes_the_first_body_and_nearest_idle_the_shortest_way_among_all() -> None:
    assert list_posts(two_stations("home"), [("09:00", 0)]) == ["1-0"]
    nearest = two_stations("nearest_idle")
    assert list_posts(nearest, [("09:00", 0), ("09:01", 0)]) == ["2-0", "1-0"]
    assert list_visits(play_by_hand(nearest, [("09:00", 0), ("09:01", 0)])) == [
        (0, 0, "09:00", "10:05"),
        (1, 0, "09:01", "10:11"),
    ]


def test_least_loaded_takes_the_body_with_the_fewest_cases_for_each_post() -> None:
    district = build_district(
        {"1": 1, "2": 2},
        [HANDLE | {"role": "server", "policy": "least_loaded"}],
        [(0, "a", 1.0)],
        preferences=[(0, "server", ["2", "1"])],
    )
    assert list_posts(district, [("09:00", 0), ("09:01", 0), ("09:02", 0)]) == ["1-0", "2-0", "2-1"]


def test_a_post_sets_out_from_its_last_case_for_a_while_and_then_from_its_base() -> None:
    district = two_stations("home", travel_from="last", return_minutes=30)
    visits = play_by_hand(district, [("09:00", 0), ("10:15", 0), ("13:00", 0)])
    assert list_visits(visits) == [
        (0, 0, "09:00", "10:10"),
        (1, 0, "10:15", "11:16"),  # a minute inside the grid that it is still in
        (2, 0, "13:00", "14:10"),
    ]


def test_modes_travel_at_their_own_speed_and_the_plain_one_as_the_network_says(
    demo_district: District,
) -> None:
    plain, foot, car = (demo_district.travel_times(mode).seconds for mode in ("", "foot", "car"))
    assert (foot >= plain).all() and (foot > 2 * plain).mean() > 0.9
    assert (car <= foot).all()


def test_what_is_left_at_a_shift_end_is_handed_over_to_whoever_comes_next() -> None:
    shifts = (
        {"shift": "early", "days": "daily", "start": "08:00", "end": "10:00"},
        {"shift": "late", "days": "daily", "start": "10:00", "end": "20:00"},
    )
    columns = {"s-1": {"shift": "late"}}
    names = {"units": {"s": 2}, "routes": [HANDLE | {"minutes": 90}], "demand": [(0, "a", 1.0)]}
    district = build_district(**names, shifts=shifts, post_columns=columns, shift_end="hand_over")
    assert list_posts(district, [("09:00", 0)]) == ["s-0", "s-1"]
    visits = play_by_hand(district, [("09:00", 0)])
    assert list_visits(visits) == [(0, 0, "09:00", "10:00"), (0, 1, "10:00", "10:30")]
    log = build_log(visits)
    assert log["work_seconds"].sum() == 90 * 60
    paused = build_district(**names, shifts=shifts, post_columns=columns)
    assert list_visits(play_by_hand(paused, [("09:00", 0)])) == [(0, 0, "09:00", "1+08:30")]


def test_a_post_that_retires_gives_its_case_back_to_the_body() -> None:
    columns = {"s-0": {"retires": "2026-05-12"}}
    district = build_district(
        {"s": 2}, [HANDLE | {"minutes": 480}], [(0, "a", 1.0)], shifts=DAY_SHIFT, work_calendar="weekdays",
        post_columns=columns,
    )  # fmt: skip
    visits = play_by_hand(district, [("10:00", 0), ("11:00", 0)], days=4)
    assert list_visits(visits) == [
        (0, 0, "10:00", "18:00"),  # six of eight hours, by the one who retires at midnight
        (0, 1, "1+11:00", "1+15:00"),  # the last two, by the other, once its own case is done
        (1, 0, "11:00", "1+11:00"),
    ]
    work = build_log(visits).groupby("case_id", observed=True)["work_seconds"].sum().tolist()
    assert work == [480 * 60, 480 * 60]


def test_a_post_with_half_its_time_is_rostered_half_as_often_as_one_with_all() -> None:
    columns = {"s-1": {"availability": 0.5}}
    district = build_district({"s": 2}, [HANDLE], [(0, "a", 1.0)], shifts=DAY_SHIFT, post_columns=columns)
    plan = compile_flow(district, ORIGIN, 56).pools[0]
    on = np.bincount([i for members in plan.roster.on for i in members], minlength=2)
    off = np.bincount([i for members in plan.roster.duty for i in members], minlength=2)
    share = on / (on + off)
    assert abs(share[0] - 1) < 0.03 and abs(share[1] - 0.5) < 0.03


def test_who_joins_later_changes_nobody_s_turn_before(demo_district: District) -> None:
    posts = demo_district.posts
    unit = posts.loc[posts["role"] == "squad_urban", "unit"].iloc[0]
    before = compile_flow(demo_district, ORIGIN, 21)
    donor = posts[(posts["role"] == "dept_urban") & (posts["filled"] == 1)].index[:2]
    moved = posts.copy()
    moved.loc[donor, ["unit", "role"]] = [unit, "squad_urban"]
    day = ORIGIN.replace(day=ORIGIN.day + 7)
    after = compile_flow(demo_district, ORIGIN, 21, [(day, demo_district.with_tables(posts=moved))])

    def turns(flow: Any) -> list[tuple[int, list[str]]]:
        row = demo_district.units["code"].tolist().index(unit)
        plan = next(p for p in flow.pools if p.unit == row and p.role == "squad_urban")
        spans = zip(plan.roster.edges, plan.roster.on, strict=False)
        return [(edge, [plan.members[i].post_id for i in on]) for edge, on in spans if edge < 7 * DAY and on]

    assert turns(before) == turns(after)


def test_leave_takes_whole_weeks_and_about_its_share_of_time(demo_district: District) -> None:
    hours = []
    for share in (0.0, 0.05):
        play = demo_district.settings.play.model_copy(update={"leave_share": share})
        settings = demo_district.settings.model_copy(update={"play": play})
        flow = compile_flow(demo_district.with_tables(settings=settings), ORIGIN, 56)
        hours.append(sum(len(w[0]) for plan in flow.pools for w in plan.windows))
    assert abs(hours[1] / hours[0] - 0.95) < 0.005


def test_a_recommendation_says_the_figures_it_rests_on_the_deciding_one_first() -> None:
    near = Candidate("A", order=1, on=2, busy=0, waiting=0, travel_seconds=300, skilled=0)
    home = Candidate("B", order=0, on=1, busy=1, waiting=3, travel_seconds=600, skilled=1)
    assert [r.candidate.unit for r in recommend([near, home], "home")] == ["B", "A"]
    assert [r.candidate.unit for r in recommend([near, home], "nearest_idle")] == ["A", "B"]
    assert [r.candidate.unit for r in recommend([near, home], "skill_first")] == ["B", "A"]
    first = recommend([near, home], "least_loaded")[0]
    assert first.candidate.unit == "A" and first.reasons[0] == ("load", 0.0)
    assert dict(first.reasons) == {
        "load": 0.0,
        "home": 2.0,
        "idle": 2.0,
        "travel_minutes": 5.0,
        "skilled": 0.0,
    }


def test_a_shift_that_only_ends_earlier_at_noon_is_not_taken_for_the_one_before() -> None:
    before = build_district(
        {"s": 1}, [HANDLE], [(0, "a", 1.0)], shifts=DAY_SHIFT, work_calendar="weekdays", overtime_minutes=60
    )
    ends = before.shifts["end"].replace("12:00", "11:30")
    after = before.with_tables(shifts=before.shifts.assign(end=ends))
    found = [list_visits(play_by_hand(district, [("11:45", 0)])) for district in (before, after)]
    assert found == [[(0, 0, "11:45", "12:45")], [(0, 0, "14:00", "15:00")]]


def test_one_post_of_a_merged_team_does_not_stand_for_two_bodies_that_start_together() -> None:
    joint = HANDLE | {"role": "x", "together": "y@district*1"}
    district = build_district({"x": 1, "y": 1}, [joint], [(0, "a", 1.0)])
    merged = district.with_tables(posts=district.posts.assign(unit="x", role="x+y"))
    assert sorted(list_posts(merged, [("09:00", 0)])) == ["x-0", "y-0"]


def test_a_skill_is_asked_of_the_lead_not_of_those_who_start_with_it() -> None:
    """The partner is busy until 10:00; when it is free the lead, who waits idle, starts with it at once."""
    joint = HANDLE | {"role": "x", "together": "y@district*1", "skill": "law"}
    routes = [joint, HANDLE | {"item": "b", "role": "y"}]
    skilled = {"x-0": {"skills": "law"}}
    items = [{"item": "a"}, {"item": "b"}]
    district = build_district({"x": 1, "y": 1}, routes, [(0, "a", 1.0)], items, post_columns=skilled)
    assert list_visits(play_by_hand(district, [("09:00", 1), ("09:10", 0)])) == [
        (0, 0, "09:00", "10:00"),
        (1, 0, "10:00", "11:00"),
        (1, 0, "10:00", "11:00"),
    ]


def test_a_roster_gives_as_many_at_once_as_a_joint_step_asks_of_its_partner() -> None:
    """Two posts with half their time for cases: both in one half day, neither in the next."""
    joint = HANDLE | {"role": "x", "together": "y@district*2"}
    half = {f"y-{n}": {"availability": 0.5} for n in range(2)}
    district = build_district(
        {"x": 1, "y": 2}, [joint], [(0, "a", 1.0)], shifts=DAY_SHIFT, work_calendar="weekdays",
        post_columns=half,
    )  # fmt: skip
    plan = compile_flow(district, ORIGIN, 3).pools[1]
    assert {len(on) for on in plan.roster.on} == {0, 2}
    assert list_posts(district, [("09:00", 0)]) == ["x-0", "y-0", "y-1"]
