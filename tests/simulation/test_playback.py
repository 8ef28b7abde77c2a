"""Films of a log: what a frame shows, worked out by hand; and the whole against counting case by case."""

from datetime import date

import numpy as np
import pandas as pd

from simulation.log.record import build_log
from simulation.playback import build_playback, count_frames, play_film
from simulation.scenario import Scenario
from simulation.studies.outcome import Job
from simulation.studies.period import plan_period
from simulation.studies.runs import play_scenario, replication_seed, simulate_log
from twin.case_table import summarise_cases
from twin.district import District
from twin.indicators import Window

MIDNIGHT = pd.Timestamp("2026-05-11", tz="Asia/Shanghai")


def make_log(
    district: District, rows: list[tuple[str, str, str, str, int, int]], tasks: list[int] | None = None
) -> pd.DataFrame:
    """A log of (clock time, case, state, phase, row of the grid, row of the unit or -1); a task a row."""
    grids, units = district.grids["code"].to_numpy(), district.units["code"].to_numpy()
    return pd.DataFrame(
        {
            "kind": "case",
            "occurred_at": [MIDNIGHT + pd.Timedelta(time) for time, *_ in rows],
            "case_id": [row[1] for row in rows],
            "task_id": tasks or range(len(rows)),
            "state": [row[2] for row in rows],
            "phase": [row[3] for row in rows],
            "grid": [grids[row[4]] for row in rows],
            "unit": [units[row[5]] if row[5] >= 0 else "" for row in rows],
        }
    )


def test_a_case_is_in_the_frames_from_its_report_to_its_end_and_again_from_its_reopening(
    small_district: District,
) -> None:
    log = make_log(
        small_district,
        [
            ("00:00:00", "early", "handled", "done", 2, -1),  # no report: in hand before the log began
            ("00:04:00", "back", "reopened", "done", 3, -1),  # closed before the log began: from frame 1
            ("00:05:00", "a", "reported", "done", 0, -1),  # in that very second: frame 1 shows it
            ("00:05:01", "b", "reported", "done", 0, -1),  # a second later: frame 2
            ("00:12:00", "a", "handling", "work", 0, -1),
            ("00:15:00", "a", "closed", "done", 0, -1),  # gone in frame 3
            ("00:21:00", "a", "reopened", "done", 0, -1),  # back in frame 5
            ("00:24:59", "early", "closed", "done", 2, -1),  # gone in frame 5
            ("00:29:00", "b", "merged", "done", 0, -1),
            ("00:31:00", "b", "evaluated", "done", 0, -1),
        ],
    )
    film = build_playback(log, small_district, Window(MIDNIGHT, MIDNIGHT + pd.Timedelta(minutes=35)))
    assert film.frames[:, 0].tolist() == [0, 1, 2, 1, 1, 2, 1]
    assert film.frames[:, 2].tolist() == [1, 1, 1, 1, 1, 0, 0]
    assert film.frames[:, 3].tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert film.backlog.tolist() == [1, 3, 4, 3, 3, 3, 2]
    assert film.frames.sum() == film.backlog.sum()


def test_a_move_is_a_case_that_goes_from_one_body_to_another_inside_the_window(
    small_district: District,
) -> None:
    log = make_log(
        small_district,
        [
            ("00:00:00", "a", "reported", "done", 0, 1),
            ("00:07:00", "b", "reported", "done", 0, 3),
            ("00:08:00", "a", "dispatched", "done", 0, 1),
            ("00:09:00", "a", "handling", "queued", 0, 2),  # 1 -> 2, first shown by frame 2
            ("00:11:00", "b", "returned", "done", 0, -1),  # no body: no move
            ("00:12:00", "b", "handling", "queued", 0, 3),
            ("00:40:00", "a", "escalated", "done", 0, 4),  # after the window
        ],
    )
    film = build_playback(log, small_district, Window(MIDNIGHT, MIDNIGHT + pd.Timedelta(minutes=30)))
    assert film.moves.tolist() == [(2, 1, 2)]


def test_a_helper_named_within_a_task_takes_no_case_over(small_district: District) -> None:
    log = make_log(
        small_district,
        [
            ("00:06:00", "a", "handling", "queued", 0, 1),
            ("00:07:00", "a", "suspended", "done", 0, 5),  # the approver, within the same task
            ("00:08:00", "a", "handling", "work", 0, 1),
            ("00:12:00", "a", "handling", "queued", 0, 2),  # handed up: a task of its own
        ],
        tasks=[3, 3, 3, 4],
    )
    film = build_playback(log, small_district, Window(MIDNIGHT, MIDNIGHT + pd.Timedelta(minutes=30)))
    assert film.moves.tolist() == [(3, 1, 2)]


def test_a_scenario_that_draws_more_grids_loses_no_case_of_the_film(small_district: District) -> None:
    village = str(small_district.grids["village"].iloc[0])
    count = int((small_district.grids["village"] == village).sum()) * 2
    redraw = f'name = "more"\n[[measures]]\nmeasure = "redraw_grids"\nvillages = ["{village}"]\n'
    scenario = Scenario.from_toml(redraw + f"count = {count}\nkeep_dedicated = false\n")
    period = plan_period(small_district, date(2026, 5, 11), 2)
    film = play_film(small_district, Job(scenario, period, 5, 0))
    log = build_log(play_scenario(small_district, scenario, period, replication_seed(5, 0)))
    moment = MIDNIGHT + 575 * pd.Timedelta(minutes=5)
    table = summarise_cases(log[(log["occurred_at"] <= moment) & (log["phase"] == "done")])
    in_hand = int(((table["reported_at"] >= 0) & (table["ended_at"] < 0)).sum())
    new = set(log["grid"].astype(str)) - set(small_district.grids["code"])
    assert new
    assert film.backlog[575] == film.frames[575].sum() == in_hand


def test_the_frames_of_a_run_count_the_cases_in_hand_at_their_moments(small_district: District) -> None:
    log = simulate_log(small_district, date(2026, 5, 11), 2, 5)
    window = Window(MIDNIGHT, MIDNIGHT + pd.Timedelta(days=2))
    film = build_playback(log, small_district, window)
    assert film.frames.shape == (576, len(small_district.grids)) == (count_frames(window), 60)
    for frame in (0, 137, 300, 575):
        moment = window.start + frame * pd.Timedelta(minutes=5)
        past = log[(log["occurred_at"] <= moment) & (log["kind"] == "case") & (log["phase"] == "done")]
        table = summarise_cases(past)
        open_ones = table[(table["reported_at"] >= 0) & (table["ended_at"] < 0)]
        counts = open_ones.groupby("grid", observed=False).size()
        expected = counts.reindex(small_district.grids["code"]).fillna(0).to_numpy(int)
        assert np.array_equal(film.frames[frame], expected)
        assert film.backlog[frame] == expected.sum()


def test_a_grid_with_more_cases_than_a_byte_holds_says_the_most(small_district: District) -> None:
    rows = [("00:00:00", f"c{n}", "reported", "done", 0, -1) for n in range(300)]
    window = Window(MIDNIGHT, MIDNIGHT + pd.Timedelta(minutes=5))
    film = build_playback(make_log(small_district, rows), small_district, window)
    assert film.frames[0, 0] == 255
    assert film.backlog.tolist() == [300]
