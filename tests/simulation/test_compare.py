"""What runs are compared by: hours, waits, fairness, contrasts of all pairs, units affected, ranks."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.outcomes import pack_outcome, unpack_outcome
from hub.results import pack_result, unpack_result
from simulation.executors import InProcess
from simulation.experiment import Cache, ExperimentResult, run_experiment
from simulation.scenario import Scenario
from simulation.studies.affected import count_all_affected
from simulation.studies.details import Details, name_hours, name_wait
from simulation.studies.fairness import find_gini, list_fair_indicators, list_spreads, measure_spread
from simulation.studies.intervals import find_interval, share_level
from simulation.studies.outcome import IDS, Outcome
from simulation.studies.ranking import rank_sides
from simulation.studies.rules import read_comparison
from simulation.studies.summary import work_out_tables
from tests.simulation.sketches import Sketch, sketches
from tests.simulation.textbook import ORIGIN, build_district
from twin.district import District
from twin.hours import KINDS, TIERS, measure_hours
from twin.indicators import Window, list_scopes, summarise_cases
from twin.waits import count_waits

MORE = 'name = "more"\n[[measures]]\nmeasure = "scale_demand"\nfactor = 1.4\n'
LESS = 'name = "less"\n[[measures]]\nmeasure = "scale_demand"\nfactor = 0.6\n'
START, DAYS, SEED, REPLICATIONS = date(2026, 5, 11), 2, 1, 3
MINUTE = 60


# --- hours and waits, by hand -----------------------------------------------------------------------------


def write_log(*rows: tuple[str, int, str, str, str, int]) -> pd.DataFrame:
    """A log of (case, minute, state, phase, tier, minutes of work)."""
    columns = ["case_id", "minute", "state", "phase", "tier", "work"]
    log = pd.DataFrame(rows, columns=columns).sort_values("minute", kind="stable", ignore_index=True)
    begin = pd.Timestamp(ORIGIN, tz="UTC")
    nothing = pd.Series(pd.NaT, index=log.index).dt.tz_localize("UTC")
    return log.assign(
        kind="case", matter="a", grid="G0", verdict="", task_id=1, work_seconds=log["work"] * MINUTE,
        occurred_at=(begin + pd.to_timedelta(log["minute"], unit="min")).dt.as_unit("us"),
        handling_due=nothing, close_due=nothing, step_due=nothing,
    )  # fmt: skip


def open_window(first: int, last: int) -> Window:
    """A window of minutes."""
    begin = pd.Timestamp(ORIGIN, tz="UTC")
    return Window(begin + pd.Timedelta(minutes=first), begin + pd.Timedelta(minutes=last))


ONE_DISTRICT = build_district({"u": 1}, [{"item": "a", "step": "do", "role": "u"}], [(0, "a", 1.0)])
LIFE = write_log(
    ("x", 0, "reported", "done", "", 0),
    ("x", 0, "reported", "work", "district", 10),
    ("x", 10, "accepted", "done", "district", 0),
    ("x", 10, "handling", "queued", "township", 0),
    ("x", 70, "handling", "travel", "township", 0),
    ("x", 90, "handling", "work", "township", 50),
    ("x", 100, "joint", "work", "district", 30),
    ("x", 120, "handled", "done", "township", 0),
    ("x", 120, "handled", "delay", "", 0),
    ("x", 180, "closed", "done", "", 0),
    ("x", 180, "closed", "delay", "", 0),
    ("x", 240, "reopened", "done", "", 0),
    ("x", 240, "handling", "paused", "village", 0),
    ("y", 200, "reported", "done", "", 0),
    ("y", 200, "handling", "queued", "village", 0),
)


def read(hours: np.ndarray, tier: str, kind: str) -> float:
    """Minutes of the only matter."""
    return float(hours[0, TIERS.index(tier), KINDS.index(kind)] * 60)


def test_time_is_told_in_the_phase_and_tier_of_the_row_before_it_and_ends_with_the_case() -> None:
    hours = measure_hours(LIFE, ONE_DISTRICT, open_window(0, 300))
    assert read(hours, "district", "work") == pytest.approx(10)
    assert read(hours, "township", "queued") == pytest.approx(60)
    assert read(hours, "township", "travel") == pytest.approx(20)
    assert read(hours, "township", "work") == pytest.approx(30), "the helper's row beside it does not cut it"
    assert read(hours, "", "delay") == pytest.approx(60), "nothing between closing and opening again"
    assert read(hours, "village", "paused") == pytest.approx(60)
    assert read(hours, "village", "queued") == pytest.approx(100)


def test_staff_hours_are_those_of_work_begun_in_the_window_helpers_included() -> None:
    hours = measure_hours(LIFE, ONE_DISTRICT, open_window(80, 300))
    assert read(hours, "township", "staff") == pytest.approx(50)
    assert read(hours, "district", "staff") == pytest.approx(30)
    assert read(hours, "township", "travel") == pytest.approx(10), "cut at the window's start"


@given(sketch=sketches())
@settings(max_examples=8, deadline=None)
def test_staff_hours_sum_to_the_hours_worked_and_time_in_hand_to_the_mean_backlog(sketch: Sketch) -> None:
    from simulation.log.record import build_log

    visits = sketch.play()
    log, window = build_log(visits), _whole(sketch)
    hours = measure_hours(log, sketch.district, window)
    begun = (log["occurred_at"] < window.end).to_numpy()
    staff = hours[:, :, KINDS.index("staff")].sum()
    assert staff == pytest.approx(log["work_seconds"].to_numpy()[begun].sum() / 3600)
    assert hours.sum() - staff == pytest.approx(_integrate_backlog(log, window))
    assert (hours >= 0).all()


def _whole(sketch: Sketch) -> Window:
    midnight = pd.Timestamp(ORIGIN).tz_localize(sketch.district.settings.time_zone)
    return Window(midnight, midnight + pd.Timedelta(days=3))


def _integrate_backlog(log: pd.DataFrame, window: Window) -> float:
    """Hours of cases in hand: reports and openings add one, ends take one, told apart from the phases."""
    done = log[(log["phase"] == "done").to_numpy()]
    ends = {"self_handled", "closed", "merged", "refused", "voided", "transferred_out"}
    total = 0.0
    for _, rows in done.groupby("case_id", observed=True):
        since = None
        for state, moment in zip(rows["state"].astype(str), rows["occurred_at"], strict=True):
            if state in ("reported", "reopened") and since is None:
                since = moment
            elif state in ends and since is not None:
                total += max((min(moment, window.end) - max(since, window.start)).total_seconds(), 0)
                since = None
        if since is not None:
            total += max((window.end - max(since, window.start)).total_seconds(), 0)
    return total / 3600


def test_waits_fall_into_bins_whose_upper_edge_is_inside() -> None:
    handled = [("a", 0), ("b", 5), ("c", 6), ("d", 600)]
    rows = []
    for number, (case, wait) in enumerate(handled):
        begin = 10 * number
        rows += [
            (case, begin, "reported", "done", "", 0),
            (case, begin, "handling", "queued", "district", 0),
            (case, begin + wait, "handling", "work", "district", 1),
            (case, begin + wait + 1, "handled", "done", "district", 0),
        ]
    cases = summarise_cases(write_log(*rows))
    found = count_waits(cases, ONE_DISTRICT, open_window(0, 10_000), (0, 5, 60))
    assert found.tolist() == [[1, 1, 1, 1]] * 3  # district, township, matter
    assert count_waits(cases, ONE_DISTRICT, open_window(0, 100), (0, 5, 60))[0].sum() == 3


# --- fairness ---------------------------------------------------------------------------------------------


def test_gini_of_hand_worked_shares() -> None:
    assert find_gini(np.array([1.0, 1.0, 1.0])) == 0
    assert find_gini(np.array([0.0, 0.0, 1.0])) == pytest.approx(2 / 3)
    assert find_gini(np.array([1.0, 3.0])) == pytest.approx(0.25)
    assert np.isnan(find_gini(np.zeros(3))) and np.isnan(find_gini(np.empty(0)))


@given(values=st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40), factor=st.floats(0.01, 100))
def test_gini_lies_between_0_and_1_whatever_the_unit_and_the_order(
    values: list[float], factor: float
) -> None:
    found = find_gini(np.array(values))
    assert -1e-12 <= found <= 1 - 1 / len(values) + 1e-12
    assert find_gini(np.array(values[::-1]) * factor) == pytest.approx(found, abs=1e-9)
    halves = np.abs(np.subtract.outer(values, values)).mean() / 2 / np.mean(values)
    assert found == pytest.approx(halves, abs=1e-9)


def test_the_worst_place_is_the_least_where_more_is_better_and_the_largest_where_less_is() -> None:
    values = np.array([0.9, np.nan, 0.5, 0.7])
    assert measure_spread(values, "worst", 1) == 0.5
    assert measure_spread(values, "worst", -1) == 0.9
    assert measure_spread(values, "range", 1) == pytest.approx(0.4)
    assert measure_spread(np.arange(1.0, 12.0), "p90_p10", 1) == pytest.approx(10 / 2)
    assert np.isnan(measure_spread(np.array([np.nan]), "worst", 1))


def test_every_number_of_fairness_has_a_name_and_a_formula_in_both_languages() -> None:
    indicators = list_fair_indicators()
    assert [i.id for i in indicators] == [s.id for s in list_spreads()]
    assert len({i.id for i in indicators}) == len(indicators)
    assert all(i.name and i.name_en and i.formula and i.formula_en for i in indicators)


# --- ranks ------------------------------------------------------------------------------------------------


def rank(means: dict[str, float], half: float, better: int = 1) -> dict[str, int]:
    """Ranks where every difference has the same half-width."""

    def contrast(one: str, other: str) -> tuple[float, float, float]:
        gap = means[one] - means[other]
        return gap, gap - half, gap + half

    return {s.name: s.rank for s in rank_sides(list(means.items()), contrast, better)}


def test_sides_that_may_be_as_good_as_the_best_share_its_rank() -> None:
    means = {"a": 10.0, "b": 9.5, "c": 8.0, "d": 7.5}
    assert rank(means, 1.0) == {"a": 1, "b": 1, "c": 3, "d": 3}
    assert rank(means, 0.1) == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert rank(means, 5.0) == dict.fromkeys("abcd", 1)
    assert rank(means, 1.0, better=-1) == {"d": 1, "c": 1, "b": 3, "a": 3}
    assert rank(means, float("nan")) == dict.fromkeys("abcd", 1)


def test_the_best_of_a_clear_field_is_told_so_and_the_others_that_they_are_not() -> None:
    means = {"a": 10.0, "b": 8.0}
    one, two = rank_sides(
        list(means.items()),
        lambda x, y: (means[x] - means[y], means[x] - means[y] - 1, means[x] - means[y] + 1),
        1,
    )
    assert (one.name, one.low, one.high) == ("a", 0.0, 3.0)
    assert (two.name, two.low, two.high) == ("b", -3.0, 0.0)


@given(
    values=st.lists(st.floats(-100, 100), min_size=1, max_size=7),
    half=st.floats(0, 50),
    better=st.sampled_from([1, -1]),
)
def test_ranks_begin_at_1_count_those_before_and_turn_round_with_the_direction(
    values: list[float], half: float, better: int
) -> None:
    means = {f"s{n}": value for n, value in enumerate(values)}
    found = rank(means, half, better)
    ranks = sorted(found.values())
    assert ranks[0] == 1
    assert all(r == 1 + sum(other < r for other in ranks) for r in ranks)
    best = max(values) if better > 0 else min(values)
    tied = {name for name, value in means.items() if abs(best - value) - half <= 0}
    assert {name for name, r in found.items() if r == 1} >= tied
    mirrored = rank({name: -value for name, value in means.items()}, half, -better)
    assert mirrored == found


# --- an experiment ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def played(small_district: District) -> tuple[ExperimentResult, Cache]:
    """Baseline and two scenarios, three replications of two days."""
    cache: Cache = {}
    scenarios = [Scenario.from_toml(MORE), Scenario.from_toml(LESS)]
    plan = (START, DAYS, REPLICATIONS, SEED, InProcess(small_district), None, cache)
    return list(run_experiment(small_district, scenarios, *plan))[-1], cache


def find(table: pd.DataFrame, scenario: str, against: str = "", **labels: str) -> pd.Series:
    """The row of some labels."""
    chosen = table["scenario"] == scenario
    for name, value in (labels | ({"against": against} if against else {})).items():
        chosen &= table[name] == value
    return table[chosen].iloc[0]


def test_levels_of_a_run_on_its_way_differ_by_the_differences_beside_them(
    small_district: District, played: tuple[ExperimentResult, Cache]
) -> None:
    known, names = played[0].outcomes, ["baseline", "more", "less"]
    half = {key: value for key, value in known.items() if key not in ((1, 0), (2, 0), (2, 1))}
    tables = work_out_tables(small_district, names, half)
    levels, gaps = tables["indicators"], tables["differences"]
    assert set(levels["replications"]) == {REPLICATIONS - 2}
    place = {"scope_kind": "district", "indicator": "reported"}
    before, after = (find(levels, name, **place)["mean"] for name in ("baseline", "less"))
    assert find(gaps, "less", **place)["mean"] == pytest.approx(after - before)
    alone = work_out_tables(small_district, names, {(0, 0): known[0, 0], (0, 1): known[0, 1]})["indicators"]
    assert set(alone["scenario"]) == {"baseline"} and alone["replications"].max() == 2


def test_contrasts_are_antisymmetric_and_add_up_over_the_baseline(
    played: tuple[ExperimentResult, Cache],
) -> None:
    columns = ["scenario", "against", "scope_kind", "scope", "indicator"]
    pairs = played[0].contrasts.set_index(columns).sort_index()["mean"]
    assert set(pairs.index.droplevel([2, 3, 4])) == {
        ("more", "baseline"),
        ("less", "baseline"),
        ("less", "more"),
    }
    direct = pairs["less", "more"]
    around = (pairs["less", "baseline"] - pairs["more", "baseline"]).reindex(direct.index)
    known = around.notna() & direct.index.isin(pairs["more", "baseline"].index)
    whole = direct.index.get_level_values("indicator").isin(["reported", "backlog", "hours_staff_all"])
    assert (known & whole).sum() > 50
    assert np.allclose(around[known & whole], direct[known & whole])


def test_a_contrast_with_the_baseline_has_the_mean_of_the_difference_and_the_interval_of_all_pairs(
    played: tuple[ExperimentResult, Cache], small_district: District
) -> None:
    result, cache = played
    root = list_scopes(small_district)["scope"].iloc[0]
    label = {"scope_kind": "district", "scope": root, "indicator": "backlog"}
    row = find(result.contrasts, "more", "baseline", **label)
    old = find(result.differences, "more", **label)
    by_hash: dict[str, dict[int, float]] = {}
    for key, outcome in cache.items():
        by_hash.setdefault(key[1], {})[key[4]] = outcome.values[0, IDS.index("backlog")]
    more = by_hash[Scenario.from_toml(MORE).hash]
    base = by_hash[result.provenance["scenarios"]["baseline"]]
    gaps = np.array([[more[r] - base[r]] for r in range(REPLICATIONS)])
    mean, low, high, _ = find_interval(gaps, share_level(0.95, 3))
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((mean[0], low[0], high[0]))
    assert row["mean"] == pytest.approx(old["mean"]) and row["affected_cases"] == old["affected_cases"]
    assert row["high"] - row["low"] > old["high"] - old["low"], "three pairs hold together, not two"


def test_hours_of_a_run_sum_to_the_load_of_its_units(played: tuple[ExperimentResult, Cache]) -> None:
    for outcome in played[1].values():
        assert outcome.hours[:, :, KINDS.index("staff")].sum() == pytest.approx(outcome.load[0, 0].sum())
        matters, district = outcome.waits[-18:], outcome.waits[0]
        assert matters.sum(axis=0).tolist() == district.tolist()


def test_details_add_up_over_tiers_and_matters(
    played: tuple[ExperimentResult, Cache], small_district: District
) -> None:
    table = played[0].details
    base = table[table["scenario"] == "baseline"].set_index(["scope_kind", "indicator"])["mean"]
    for kind in KINDS:
        whole = base["district", name_hours(kind, "all")]
        assert sum(base["district", name_hours(kind, tier)] for tier in TIERS) == pytest.approx(whole)
        assert base.loc[[("matter", name_hours(kind, "all"))]].sum() == pytest.approx(whole)
    edges = read_comparison().wait_edges
    within = [base["district", name_wait(edge)] for edge in edges]
    assert within == sorted(within) and within[-1] <= 1
    labels = Details(small_district).labels
    assert not labels.duplicated().any()


def test_a_scenario_against_itself_touches_nobody_and_another_is_counted_at_every_unit_it_reached(
    played: tuple[ExperimentResult, Cache], small_district: District
) -> None:
    result, cache = played
    scopes = list_scopes(small_district)
    base = pick(cache, result.provenance["scenarios"]["baseline"])
    more = pick(cache, Scenario.from_toml(MORE).hash)
    assert not count_all_affected(small_district, scopes, [(base, base)]).any()
    found = count_all_affected(small_district, scopes, [(base, more)])
    assert found.tolist() == count_all_affected(small_district, scopes, [(more, base)]).tolist()
    units = found[len(scopes) :]
    assert ((units > 0) == (base.unit_prints != more.unit_prints)).all()
    assert units.max() <= found[0] and units.sum() > found[0], "a case passes through several units"
    kinds = scopes["scope_kind"].to_numpy()
    for kind in ("township", "village", "grid", "matter"):
        assert found[: len(scopes)][kinds == kind].sum() == found[0]


def pick(cache: Cache, scenario: str) -> Outcome:
    """The first replication of a scenario."""
    return next(outcome for key, outcome in cache.items() if key[1] == scenario and key[4] == 0)


def test_outcomes_and_results_come_back_from_bytes_as_they_were(
    played: tuple[ExperimentResult, Cache],
) -> None:
    result, cache = played
    outcome = next(iter(cache.values()))
    again = unpack_outcome(pack_outcome(outcome))
    for name in ("hours", "waits", "touches", "touched", "unit_prints"):
        assert np.array_equal(getattr(outcome, name), getattr(again, name))
    body = pack_result(result)
    known = unpack_result(body)
    pd.testing.assert_frame_equal(known.contrasts, result.contrasts, check_dtype=False)
    pd.testing.assert_frame_equal(known.details, result.details, check_dtype=False)
    assert pack_result(known) == body


def test_the_bins_rise_and_each_figure_of_the_policy_has_its_source() -> None:
    policy = read_comparison()
    assert list(policy.wait_edges) == sorted(set(policy.wait_edges))
    assert set(policy.sources) == set(type(policy).model_fields) - {"sources"}
    assert Path("data/defaults/compare.toml").name in Path("data/README.md").read_text("utf-8")
