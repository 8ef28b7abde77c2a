"""Laws that hold in every run, on random districts; and what a breach of a rule of play would look like."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulation import engine
from simulation.log.record import build_log, fingerprint_cases
from simulation.playing import interruption, waiting
from simulation.playing.visits import Visits
from tests.simulation.audit import audit
from tests.simulation.sketches import DAYS, Sketch, sketches
from tests.simulation.test_hand_log import play_by_hand
from tests.simulation.textbook import build_district, play
from twin.calendar import DAY
from twin.district import District
from twin.indicators import summarise_cases

ROOT = Path(__file__).resolve().parents[2]
RANDOM = settings(
    max_examples=200,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


def check_log(visits: Visits) -> None:
    """The log is in order, ids are its own, and every case reported is there, ended or open."""
    log = build_log(visits)
    times = log["occurred_at"].astype("int64").to_numpy()
    assert (np.diff(times) >= 0).all()
    assert not log.duplicated(["source", "event_id"]).any()
    cases = summarise_cases(log)
    assert len(cases) == len(visits.cases)
    assert cases["refused"].sum() + cases["merged"].sum() <= (cases["ended_at"] >= 0).sum()


def check_littles_law(visits: Visits) -> None:
    """Mean number inside x time = sum of sojourns, to the minute of the counting."""
    horizon = visits.horizon
    done = np.full(len(visits.cases), horizon, dtype=np.int64)
    last = np.full(len(visits.cases), -1, dtype=np.int64)
    for case, task, end in zip(*(visits.column(n).tolist() for n in ("case", "task", "done")), strict=True):
        if task < 2048 and task > last[case]:
            last[case], done[case] = task, end if 0 <= end <= horizon else horizon
    sojourn = np.minimum(done, horizon) - visits.cases.time
    edges = np.arange(0, DAYS * DAY + 1, 60)[:-1]
    inside = np.searchsorted(np.sort(visits.cases.time), edges, "right")
    inside = inside - np.searchsorted(np.sort(done), edges, "right")
    assert abs(inside.mean() * horizon - sojourn.sum()) <= 60 * len(sojourn) + 1


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(RANDOM, max_examples=80)
@given(sketches())
def test_every_rule_of_play_holds_on_eighty_random_districts(sketch: Sketch) -> None:
    check_every_rule(sketch)


@pytest.mark.deep
@pytest.mark.timeout(900)
@RANDOM
@given(sketches())
def test_every_rule_of_play_holds_on_two_hundred_random_districts(sketch: Sketch) -> None:
    check_every_rule(sketch)


def check_every_rule(sketch: Sketch) -> None:
    """Rules of play, log, Little's law, and the same bytes a second time."""
    visits, again = sketch.play(), sketch.play()
    assert audit(visits) == []
    check_log(visits)
    check_littles_law(visits)
    assert all(np.array_equal(visits.table[name], again.table[name]) for name in visits.table)
    assert np.array_equal(fingerprint_cases(visits), fingerprint_cases(again))


@settings(RANDOM, max_examples=60)
@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 9), st.integers(10, 120), st.integers(0, 10**6),
    st.sampled_from([-60, 60, 180]),
)  # fmt: skip
def test_an_edit_of_one_place_s_body_leaves_every_case_of_the_other_as_it_was(
    here: int, there: int, rate: int, minutes: int, seed: int, later: int
) -> None:
    handle = {"item": "a", "step": "handle", "role": "server", "law": "lognormal", "minutes": minutes}
    shifts = [
        {"shift": name, "days": "daily", "start": f"{8 + hours:02d}:00", "end": f"{17 + hours:02d}:00"}
        for name, hours in (("day", 0), ("other", later // 60))
    ]
    orders = [(0, "server", ["A"]), (1, "server", ["B"])]
    district = build_district(
        {"A": here, "B": there}, [handle], [(0, "a", rate), (1, "a", rate)], preferences=orders, grids=2,
        shifts=shifts,
    )  # fmt: skip
    posts = district.posts.copy()
    posts.loc[posts["unit"] == "B", "shift"] = "other"
    before, after = (play(d, DAYS, seed) for d in (district, district.with_tables(posts=posts)))
    same = fingerprint_cases(before) == fingerprint_cases(after)
    assert same[before.cases.grid == 0].all()


@settings(RANDOM, max_examples=60)
@given(st.integers(1, 4), st.integers(2, 40), st.integers(5, 120), st.integers(0, 10**6))
def test_one_more_post_lengthens_no_wait_where_cases_are_alike(
    posts: int, rate: int, minutes: int, seed: int
) -> None:
    handle = {"item": "a", "step": "handle", "role": "s", "law": "lognormal", "minutes": minutes}

    def waits(count: int) -> np.ndarray:
        visits = play(build_district({"s": count}, [handle], [(0, "a", float(rate))]), DAYS, seed)
        start = np.where(visits.column("start") < 0, visits.horizon, visits.column("start"))
        order = np.argsort(visits.column("case"))
        return np.asarray((start - visits.column("offered"))[order])

    assert (waits(posts + 1) <= waits(posts)).all()


def test_one_more_post_can_lengthen_the_mean_wait_where_a_case_goes_on_to_a_narrower_place() -> None:
    """Documented in docs/explanation/simulation.md.

    Three cases of an hour and one of a quarter come to the first desk; the short one then takes 400 minutes
    at the second. With one post it comes there last; with two it comes before the third, which waits it out.
    """
    minutes = {"a": (15, 400), "b": (60, 10)}
    routes = [
        {"item": item, "step": step, "role": role, "law": "constant", "minutes": m}
        for item, both in minutes.items()
        for step, role, m in zip(("first", "second"), ("one", "two"), both, strict=True)
    ]
    items = [{"item": "a", "priority": 1}, {"item": "b", "priority": 1}]
    reports = [("08:00", 1), ("08:00", 1), ("08:00", 1), ("08:01", 0)]

    def mean_wait(count: int) -> float:
        district = build_district({"one": count, "two": 1}, routes, [(0, "a", 1.0)], items)
        visits = play_by_hand(district, reports)
        started = visits.column("start") >= 0
        return float((visits.column("start") - visits.column("offered"))[started].mean() / 60)

    print(f"FIGURE mean wait with one post first {mean_wait(1):.1f} min, with two {mean_wait(2):.1f} min")
    assert (mean_wait(1) * 8, mean_wait(2) * 8) == (0 + 60 + 120 + 179, 0 + 0 + 60 + 59 + 10 + 5 + 360)


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib\n"
        "from tests.simulation.textbook import build_district, play\n"
        "r = {'item': 'a', 'step': 'h', 'role': 's', 'law': 'lognormal', 'minutes': 50, 'crew': 2}\n"
        "v = play(build_district({'s': 4}, [r], [(0, 'a', 30.0)]), 6, 11)\n"
        "print(hashlib.sha256(b''.join(c.tobytes() for c in v.table.values())).hexdigest())\n"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout and len(runs[0].stdout) == 65


def breach_hold_and_wait(play_: Any, task: Any, now: int) -> bool:
    """A mutant: a joint task takes the posts it finds and keeps them while it waits for the others."""
    pools = play_.served[task.step.body][task.grid]
    for pool in pools:
        if now >= pool.until:
            pool.advance(now)
    held = [p for pool in pools for p in pool.on if p.task is task]
    for post in [p for pool in pools for p in pool.on if p.task is None][: task.step.crew - len(held)]:
        post.task = task
        post.pool.idle -= 1
        held.append(post)
    if len(held) < task.step.crew:
        return False
    for post in held:
        post.release()
    play_.start_crew(task, held, now)
    return True


def crowded(crew: int = 1, **more: Any) -> District:
    """Three posts; short single cases beside cases that need a crew."""
    handle = {"step": "handle", "role": "s", "law": "constant"}
    routes = [
        handle | {"item": "a", "minutes": 60, "crew": crew, **more},
        handle | {"item": "b", "minutes": 90},
        {"item": "a", "step": "up", "role": "u", "law": "constant", "minutes": 30, "position": 90},
    ]
    items = [{"item": i, "priority": 1, "limit_value": 4, "limit_clock": "u"} for i in "ab"]
    return build_district({"s": 3, "u": 1}, routes, [(0, "a", 20.0), (0, "b", 20.0)], items)


def test_a_joint_case_that_held_posts_while_it_waited_would_be_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reports = [("08:00", 1), ("08:10", 1), ("08:20", 0), ("08:30", 1)]
    district = crowded(crew=3)

    def idle_while_waiting(visits: Visits) -> bool:
        """Whether some post does nothing while a case of one post waits for it."""
        starts = dict(zip(visits.column("case").tolist(), visits.column("start").tolist(), strict=True))
        return starts[3] > 8 * 3600 + 1800

    honest = play_by_hand(district, reports)
    assert audit(honest) == [] and not idle_while_waiting(honest)
    monkeypatch.setattr(waiting, "start_together", breach_hold_and_wait)
    assert idle_while_waiting(play_by_hand(district, reports))


def test_a_stale_timer_that_acted_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    district = crowded(escalate_value=1.5, escalate_clock="u", escalate_to="up", next="up")
    assert audit(play(district, 2, 3)) == []

    def act_anyway(play_: Any, mark: Any) -> None:
        mark.rank = mark.target.rank
        mark.target.step = play_.entries[play_.items[mark.target.case]][0]  # the step that the timer was for
        if play_.present[mark.target.case] is None:
            play_.present[mark.target.case] = mark.target
        mark.target.status = 0 if mark.target.status == 2 else mark.target.status
        interruption.expire(play_, mark)

    monkeypatch.setattr(engine, "expire", act_anyway)
    assert any("check_chains" in breach or "check_places" in breach for breach in audit(play(district, 2, 3)))


def test_a_due_time_moved_by_escalation_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    district = crowded(escalate_value=0.5, escalate_clock="u", escalate_to="up", next="up")
    honest = interruption.expire

    def renew_limit(play_: Any, mark: Any) -> None:
        task, rank = mark.target, mark.target.rank
        honest(play_, mark)
        if task.rank == rank and play_.present[task.case] is not None:
            play_.set_due(play_.present[task.case], play_.env._now)

    assert audit(play(district, 2, 3)) == []
    monkeypatch.setattr(engine, "expire", renew_limit)
    assert any("check_dues" in breach for breach in audit(play(district, 2, 3)))


@pytest.mark.parametrize("part", ["heap", "queue"])
def test_a_tie_left_to_chance_would_be_caught(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    district = crowded()
    reports = [("08:00", 0)] * 12
    assert audit(play_by_hand(district, reports)) == []
    if part == "heap":
        _shuffle_arrivals(monkeypatch)
    else:
        monkeypatch.setattr(waiting, "heappush", _push_by_chance)
    assert any("check_queues" in breach for breach in audit(play_by_hand(district, reports)))


def _shuffle_arrivals(monkeypatch: pytest.MonkeyPatch) -> None:
    """All reports of a second on the heap at once, in an order that is not theirs."""

    def report_all(play_: Any, horizon: int, first: int = 0) -> None:
        for case in range(first, len(play_.times)):
            play_.mark(play_.on_arrive, case, case * 7 % 13, engine.ARRIVAL, play_.times[case])
        play_.env.run(until=horizon)

    def arrive(play_: Any, mark: Any) -> None:
        case = mark.target
        item, now = play_.items[case], play_.times[case]
        play_.enter(play_.take_in(case, item, now), play_.entries[item][play_.channels[case]], now)

    monkeypatch.setattr(engine.Play, "run", report_all)
    monkeypatch.setattr(engine.Play, "arrive", arrive)


def _push_by_chance(queue: list[Any], entry: Any) -> None:
    """A queue that forgets the order of ties."""
    from heapq import heappush

    urgency, rank, task = entry
    heappush(queue, (urgency >> 40 << 40, _Mixed(rank), task))


class _Mixed(int):
    """A rank that is ordered by its last digits in reverse."""

    def __lt__(self, other: int) -> bool:
        return (int(self) // 4096) * 7 % 13 < (int(other) // 4096) * 7 % 13
