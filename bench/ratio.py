"""The engine with its log beside the naive model, on the same arrivals and service times."""

import hashlib
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from bench import naive
from bench.parts import ROUNDS, Figures, Part, at_least, at_most, time_call
from bench.yardstick import prepare_yardstick
from simulation.engine import run
from simulation.log.record import build_log

AIM = 3.5


def measure() -> Figures:
    """Both in turn, round after round; the ratio is the median of the rounds' ratios."""
    yardstick = prepare_yardstick()
    flow, cases, horizon = yardstick.flow, yardstick.cases, yardstick.horizon

    def play_naive() -> list[tuple[Any, ...]]:
        return naive.simulate(yardstick.capacities, yardstick.windows, yardstick.visits, horizon)

    def play_engine() -> pd.DataFrame:
        return build_log(run(flow, cases, horizon))

    theirs, ours = play_naive(), play_engine()  # a round that is not counted
    roles = [plan.role for plan in flow.pools]
    waits = wait_of_naive(theirs, roles), wait_of_engine(ours)
    del theirs, ours
    pairs = [(time_call(play_naive)[0], time_call(play_engine)[0]) for _ in range(ROUNDS)]
    slow, fast = (median(seconds) for seconds in zip(*pairs, strict=True))
    return {
        "naive_hash": hashlib.sha256(Path(naive.__file__).read_bytes()).hexdigest()[:16],
        "yardstick_cases": len(cases),
        "naive_seconds": slow,
        "engine_seconds": fast,
        "engine_over_naive": median(a / b for a, b in pairs),
        "naive_wait_minutes": waits[0],
        "engine_wait_minutes": waits[1],
        "wait_gap": max(abs(waits[1][role] / waits[0][role] - 1) for role in waits[0]),
    }


def tell(f: Figures) -> list[str]:
    """The figures in words."""
    waits = ", ".join(
        f"{role} {ours:.2f} / {f['naive_wait_minutes'][role]:.2f}"
        for role, ours in f["engine_wait_minutes"].items()
    )
    return [
        (
            f"the yardstick's flow, {f['yardstick_cases']:,} cases; bench/naive.py {f['naive_hash']}; "
            f"medians of {ROUNDS} rounds"
        ),
        f"  naive SimPy {f['naive_seconds']:.2f} s, engine with its log {f['engine_seconds']:.2f} s",
        f"  engine over naive {f['engine_over_naive']:.2f} (at least 2.7, aim {AIM})",
        f"  mean waits in minutes, ours / theirs: {waits}; largest gap {f['wait_gap']:.2%}",
    ]


def wait_of_naive(log: list[tuple[Any, ...]], roles: list[str]) -> dict[str, float]:
    """Mean minutes queued by role in the naive model's log; `roles` names the pools."""
    frame = pd.DataFrame(log, columns=["time", "case", "state", "phase", "pool"])
    frame = frame[frame["phase"].isin(["queued", "work"])]
    role = frame["pool"].map(dict(enumerate(roles)))
    return _mean_waits(frame["case"], role, frame["phase"], frame["time"] / 60)


def wait_of_engine(log: pd.DataFrame) -> dict[str, float]:
    """Mean minutes queued by role in an event log."""
    log = log[log["phase"].isin(["queued", "work"])]
    minutes = log["occurred_at"].astype("int64") / _ticks_a_minute(log["occurred_at"])
    return _mean_waits(log["case_id"].cat.codes, log["role"].astype(str), log["phase"], minutes)


def _mean_waits(case: Any, role: Any, phase: Any, minutes: Any) -> dict[str, float]:
    """From queued to work; here a case comes to each role once at most."""
    frame = pd.DataFrame({"case": case, "role": role, "phase": phase.astype(str), "minutes": minutes})
    moments = frame.pivot_table(index=["case", "role"], columns="phase", values="minutes", aggfunc="min")
    moments = moments[moments["work"].notna()]
    waits = moments["work"] - moments["queued"].fillna(moments["work"])
    return {str(name): float(mean) for name, mean in waits.groupby("role").mean().items()}


def _ticks_a_minute(moments: "pd.Series[Any]") -> float:
    return 60.0 * pd.Timedelta(seconds=1) / pd.Timedelta(1, unit=moments.dt.unit)


PART = Part("ratio", measure, (at_least("engine_over_naive", 2.7), at_most("wait_gap", 0.02)), tell)
