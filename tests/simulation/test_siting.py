"""Placing points: answers worked out by hand, laws against every set, nothing told as proven that is not."""

from datetime import date
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.siting import scatter
from simulation.executors import InProcess
from simulation.measures.walkin import OpenServicePoint
from simulation.scenario import BASELINE, Scenario
from simulation.siting import Siting, SitingProblem, build_covering, build_median, solve_siting
from simulation.siting.exact import solve_programme
from simulation.siting.interchange import add_greedily, swap_sites
from simulation.siting.problem import POLICY
from simulation.siting.proposal import (
    measure_access,
    propose_points,
    tabulate_access,
    tabulate_demand,
    tabulate_points,
    write_proposal,
)
from simulation.siting.relaxation import price_sites, relax
from simulation.siting.survey import SitingQuestion, survey_district
from simulation.siting.trial import try_halls
from simulation.studies.period import Period
from tests.simulation.halls import build_halls
from twin.district import District
from twin.faults import DistrictFaults

CHECKED = settings(max_examples=60, deadline=None)
LINE = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))


@st.composite
def problems(draw: st.DrawFn) -> SitingProblem:
    """Up to eight demands and candidates, whole costs with many ties, some of them 0."""
    demands, candidates = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    costs = draw(
        st.lists(
            st.lists(st.integers(0, 12), min_size=candidates, max_size=candidates),
            min_size=demands,
            max_size=demands,
        )
    )
    return SitingProblem(np.array(costs, dtype=float), draw(st.integers(1, candidates)))


def try_every_set(problem: SitingProblem) -> float:
    """The least value over all sets."""
    return min(problem.measure(s) for s in combinations(range(problem.costs.shape[1]), problem.count))


def test_one_point_on_a_line_stands_at_the_weighted_median() -> None:
    found = solve_siting(build_median(np.array([1.0, 1, 1, 1, 5]), LINE, 1))
    assert found.sites == (4,) and found.value == 1 * 4 + 3 + 2 + 1
    assert found.bound == found.value and found.gap == 0 and found.proven


def test_two_points_on_a_line_of_five_leave_three_steps() -> None:
    found = solve_siting(build_median(np.ones(5), LINE, 2))
    assert found.value == 3 and found.proven  # {1, 3} and {0, 3} and more: 1 + 0 + 1 + 0 + 1


def test_a_point_that_stands_is_not_built_again() -> None:
    standing = LINE[:, 0]  # one stands at the left end
    found = solve_siting(build_median(np.ones(5), LINE, 1, standing))
    assert found.sites == (3,) and found.value == 0 + 1 + 1 + 0 + 1


def test_covering_counts_the_weight_that_no_point_reaches() -> None:
    found = solve_siting(build_covering(np.array([3.0, 1, 1, 4, 2]), LINE, 1, radius=1))
    assert found.sites == (3,) and found.value == 3 + 1  # reached: 1 + 4 + 2
    both = solve_siting(build_covering(np.array([3.0, 1, 1, 4, 2]), LINE, 2, radius=1))
    assert both.value == 0 and both.gap == 0


def test_covering_leaves_what_a_standing_point_reaches_out_of_the_question() -> None:
    found = solve_siting(build_covering(np.array([9.0, 1, 1, 4, 2]), LINE, 1, radius=1, standing=LINE[:, 0]))
    assert found.sites == (3,) and found.value == 0


@CHECKED
@given(problems())
def test_bound_optimum_and_value_stand_in_this_order_and_small_ones_are_proven(
    problem: SitingProblem,
) -> None:
    found, best = solve_siting(problem), try_every_set(problem)
    assert found.bound <= best * (1 + 1e-9) + 1e-9
    assert found.value == pytest.approx(best, abs=1e-9) and found.proven
    assert len(found.sites) == len(set(found.sites)) == problem.count
    assert problem.measure(found.sites) == pytest.approx(found.value)


@CHECKED
@given(problems(), st.data())
def test_the_relaxed_value_is_a_bound_whatever_the_multipliers(
    problem: SitingProblem, data: st.DataObject
) -> None:
    demands = len(problem.costs)
    multipliers = np.array(data.draw(st.lists(st.floats(0, 30), min_size=demands, max_size=demands)))
    assert price_sites(problem.costs, multipliers, problem.count)[0] <= try_every_set(problem) + 1e-9
    known = relax(problem)
    assert known.bound <= try_every_set(problem) + 1e-9 <= known.value + 2e-9


@CHECKED
@given(problems())
def test_no_swap_of_one_site_betters_what_interchange_leaves(problem: SitingProblem) -> None:
    sites, value = swap_sites(problem.costs, add_greedily(problem.costs, problem.count))
    assert value == problem.measure(sites)
    for out in sites:
        for new in set(range(problem.costs.shape[1])) - set(sites):
            assert problem.measure([new, *(s for s in sites if s != out)]) >= value - 1e-9


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("count", [5, 12])
def test_a_hundred_places_are_solved_as_highs_proves_them(count: int, seed: int) -> None:
    problem = scatter(100, count, seed)
    exact = solve_programme(problem, nodes=100_000)
    value = problem.measure(exact.sites)
    assert exact.bound == pytest.approx(value, rel=1e-6)  # proven by its bound, not by its word
    found = solve_siting(problem)
    assert found.value == pytest.approx(value, rel=1e-9) and found.proven


def test_a_solver_stopped_by_a_limit_is_never_told_as_proven() -> None:
    problem = scatter(120, 8, 4)
    stopped = solve_programme(problem, nodes=100_000, seconds=0.01)
    assert stopped.limited and stopped.bound < try_value(problem)
    told = Siting(stopped.sites or tuple(range(8)), try_value(problem), stopped.bound, "HiGHS")
    assert not told.proven and told.gap > 0.01


def try_value(problem: SitingProblem) -> float:
    """The value of the set that is really best."""
    return solve_siting(problem).value


def test_what_is_left_open_is_told_as_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICY["search"], "rounds", 3)
    monkeypatch.setitem(POLICY["search"], "core_columns", 0)
    found = solve_siting(scatter(60, 6, 5))
    assert found.method == "relaxation" and not found.proven
    assert found.gap == (found.value - found.bound) / found.bound > 0


def test_the_same_problem_has_the_same_answer() -> None:
    assert solve_siting(scatter(80, 7, 6)) == solve_siting(scatter(80, 7, 6))


def test_what_cannot_be_asked_is_told_at_the_door() -> None:
    with pytest.raises(DistrictFaults, match="4 is not between 1 and 3"):
        SitingProblem(np.ones((2, 3)), 4)
    with pytest.raises(DistrictFaults, match="finite number"):
        SitingProblem(np.array([[np.inf]]), 1)


SERVICES = [
    {"service": "a", "name": "a", "per_day": 40, "minutes": 30, "finished_share": 0.5, "most_visits": 2},
    {"service": "b", "name": "b", "per_day": 5, "minutes": 10},
]


def one_hall_and_stations() -> District:
    """A hall for a and b in the west of ten grids, two stations for b alone at 4.5 and 8.5 km."""
    district = build_halls(
        {"hall": (8, "a;b", 500.0), "near": (1, "b", 4500.0), "far": (1, "b", 8500.0)}, SERVICES, grids=10
    )
    units = district.units.assign(tier=["district", "village", "village"], area=["D", "V", "W"])
    shifts = district.shifts.assign(shift=district.shifts["shift"].replace("day", "office"))
    windows = district.windows.assign(shift="office")
    posts = district.posts.assign(shift="office")
    return district.with_tables(units=units, shifts=shifts, windows=windows, posts=posts)


def test_candidates_are_units_of_the_tier_that_do_not_finish_the_items_yet() -> None:
    district = one_hall_and_stations()
    survey = survey_district(district, SitingQuestion(("a",), 1))
    assert district.units["code"].to_numpy()[survey.units].tolist() == ["near", "far"]
    assert survey.weight.sum() == pytest.approx(40)
    assert survey.hours.sum() == pytest.approx(40 * 1.5 * 0.5)  # half come twice, half an hour each
    with pytest.raises(DistrictFaults, match="only 0 units can keep a point"):
        propose_points(district, SitingQuestion(("b",), 1))


def test_the_far_station_serves_those_who_live_nearer_to_it_and_access_is_counted() -> None:
    district = one_hall_and_stations()
    found = propose_points(district, SitingQuestion(("a",), 1))
    assert found.siting.proven and found.units == ("far",)  # steps 0 1 2 3 4 3 2 1 0 1 = 17, near: 19
    access = tabulate_access(found).set_index("figure")
    seconds = district.travel_seconds()
    assert access.loc["mean_minutes", "before"] == pytest.approx(seconds[0].mean() / 60)
    assert access.loc["mean_minutes", "after"] == pytest.approx(seconds[[0, 2]].min(axis=0).mean() / 60)
    table = tabulate_demand(district, found)
    assert table["unit"].tolist() == [""] * 5 + ["far"] * 5  # half-way stays at the hall


def test_windows_follow_the_hours_that_come_and_a_hall_sends_clerks_where_posts_are_too_few() -> None:
    district = one_hall_and_stations()
    found = propose_points(district, SitingQuestion(("a",), 1))
    row = tabulate_points(district, found).iloc[0]
    assert row["needs"] == pytest.approx(20) and row["windows"] == 4  # 20 x .75 h = 15 h / (8 h x .6) = 3.1
    assert row["staff"] == ""
    few = district.with_tables(
        posts=district.posts[
            ~((district.posts["unit"] == "far") & (district.posts.groupby("unit").cumcount() > 3))
        ]
    )
    assert tabulate_points(few, propose_points(few, SitingQuestion(("a",), 1))).iloc[0]["staff"] == "hall"


def test_the_proposal_is_a_scenario_of_existing_measures_and_the_halls_are_played_over_common_draws() -> None:
    district = one_hall_and_stations()
    found = propose_points(district, SitingQuestion(("a",), 1))
    scenario = write_proposal(district, found)
    assert scenario.measures == (OpenServicePoint(unit="far", services=("a",), windows=4, shift="office"),)
    assert Scenario.from_toml(scenario.to_toml()) == scenario
    period = Period(date(2026, 5, 11), 5, 0, 0)
    *_, trial = try_halls(district, scenario, period, 4, 1, InProcess(district))
    table = trial.tabulate().set_index("indicator")
    assert table.loc["walkin_needs", "difference"] == 0 and table.loc["walkin_needs", "replications"] == 4
    assert table.loc["walkin_visit_minutes", "high"] < 0
    assert 0 < trial.measure_windows(found.units)[0] < 1
    *_, same = try_halls(district, BASELINE, period, 2, 1, InProcess(district))
    assert (same.tabulate()["difference"].dropna() == 0).all()


def test_placing_anew_only_tells_and_writes_nothing() -> None:
    found = propose_points(one_hall_and_stations(), SitingQuestion(("b",), 2, keep=False))
    assert found.units == ("near", "far")
    with pytest.raises(DistrictFaults, match="no measure closes a point"):
        write_proposal(one_hall_and_stations(), found)


def test_every_wrong_part_of_a_question_is_told_at_once() -> None:
    with pytest.raises(DistrictFaults) as told:
        propose_points(one_hall_and_stations(), SitingQuestion(("x",), 0, where="nowhere", tier="grid"))
    assert [fault.row for fault in told.value.faults] == ["x", "nowhere", "tier", "count"]


def test_a_percentile_of_access_is_the_least_time_that_holds_the_share() -> None:
    figures = measure_access(np.array([8.0, 1, 1]), np.array([60.0, 1200, 2400]))
    assert figures == {
        "mean_minutes": pytest.approx((8 + 20 + 40) / 10),
        "p90_minutes": 20.0,
        "within_15": pytest.approx(0.8),
        "within_30": pytest.approx(0.9),
    }
