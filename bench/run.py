"""The engine beside the yardstick, in one run: CPU seconds, medians of alternating rounds."""

import gc
import hashlib
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from bench import naive
from bench.yardstick import Yardstick, prepare_yardstick
from simulation.demand import sample_cases
from simulation.engine import run
from simulation.experiment import plan_period
from simulation.flow import compile_flow
from simulation.record import build_log
from twin.calendar import DAY
from twin.load import load_district

DEMO = Path(__file__).resolve().parent.parent / "data" / "demo"
ROUNDS = 7
START, DEMO_DAYS = date(2026, 5, 11), 30
LIMITS = {"engine_over_naive": 2.7, "demo_cases_per_cpu_second": 15_000, "wait_gap": 0.02}


def measure_all() -> dict[str, Any]:
    """Every figure of the bench, and `misses`: the limits that were not met."""
    figures = {"naive_hash": hashlib.sha256(Path(naive.__file__).read_bytes()).hexdigest()[:16]}
    figures |= measure_yardstick(prepare_yardstick()) | measure_demo()
    figures["misses"] = list_misses(figures)
    return figures


def list_misses(figures: dict[str, Any]) -> list[str]:
    """The limits that the figures do not meet, in words."""
    found = [
        f"{name} {figures[name]:.4g}, at least {LIMITS[name]:.4g} is asked for"
        for name in ("engine_over_naive", "demo_cases_per_cpu_second")
        if figures[name] < LIMITS[name]
    ]
    if figures["wait_gap"] > LIMITS["wait_gap"]:
        found.append(f"mean waits differ by {figures['wait_gap']:.3g}, at most {LIMITS['wait_gap']:.3g}")
    return found


def measure_yardstick(yardstick: Yardstick) -> dict[str, Any]:
    """The naive model and the engine with its log, in turn, on the same arrivals and service times."""
    flow, cases, horizon = yardstick.flow, yardstick.cases, yardstick.horizon

    def play_naive() -> list[tuple[Any, ...]]:
        return naive.simulate(yardstick.capacities, yardstick.windows, yardstick.visits, horizon)

    def play_engine() -> pd.DataFrame:
        return build_log(run(flow, cases, horizon))

    play_naive(), play_engine()  # a round that is not counted
    pairs = [(_time(play_naive), _time(play_engine)) for _ in range(ROUNDS)]
    slow, fast = (median(seconds) for seconds in zip(*pairs, strict=True))
    roles = [plan.role for plan in flow.pools]
    theirs, ours = wait_of_naive(play_naive(), roles), wait_of_engine(play_engine())
    return {
        "yardstick_cases": len(cases),
        "naive_seconds": slow,
        "engine_seconds": fast,
        "engine_over_naive": median(a / b for a, b in pairs),
        "naive_wait_minutes": theirs,
        "engine_wait_minutes": ours,
        "wait_gap": max(abs(ours[role] / theirs[role] - 1) for role in theirs),
    }


def measure_demo() -> dict[str, Any]:
    """Draws, engine and log of a month of the demo district, warm-up and drain included."""
    district = load_district(DEMO)
    period = plan_period(district, START, DEMO_DAYS)
    flow = compile_flow(district, period.origin, period.simulated_days)
    parts: dict[str, list[float]] = {"draw": [], "engine": [], "log": []}
    rows = entries = count = 0
    for seed in range(1, ROUNDS + 1):
        held: dict[str, Any] = {}

        def draw(seed: int = seed, held: dict[str, Any] = held) -> None:
            held["cases"] = sample_cases(district, period.origin, period.warm_up + period.days, seed)

        def play(held: dict[str, Any] = held) -> None:
            held["visits"] = run(flow, held["cases"], period.simulated_days * DAY)

        def write(held: dict[str, Any] = held) -> None:
            held["log"] = build_log(held["visits"])

        for name, part in (("draw", draw), ("engine", play), ("log", write)):
            parts[name].append(_time(part))
        count, rows, entries = len(held["cases"]), len(held["log"]), held["visits"].heap_entries
    total = median(sum(seconds) for seconds in zip(*parts.values(), strict=True))
    return {
        "demo_cases": count,
        "demo_log_rows_per_case": rows / count,
        "demo_heap_entries_per_case": entries / count,
        **{f"demo_{name}_seconds": median(seconds) for name, seconds in parts.items()},
        "demo_cases_per_cpu_second": count / total,
    }


def wait_of_naive(log: list[tuple[Any, ...]], roles: list[str]) -> dict[str, float]:
    """Mean minutes queued by role in the naive model's log; `roles` names the pools."""
    frame = pd.DataFrame(log, columns=["time", "case", "state", "phase", "pool"])
    frame = frame[frame["phase"].isin(["queued", "work"])]
    return _mean_waits(
        frame["case"], frame["pool"].map(dict(enumerate(roles))), frame["phase"], frame["time"] / 60
    )


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


def _time(part: Callable[[], Any]) -> float:
    """CPU seconds of a call, begun with the garbage of the one before swept away."""
    gc.collect()
    began = time.process_time()
    part()
    return time.process_time() - began


def render(figures: dict[str, Any]) -> str:
    """The figures in words."""
    waits = ", ".join(
        f"{role} {ours:.2f} / {figures['naive_wait_minutes'][role]:.2f}"
        for role, ours in figures["engine_wait_minutes"].items()
    )
    f, pace = figures, LIMITS["demo_cases_per_cpu_second"]
    lines = [
        f"bench/naive.py {f['naive_hash']}; CPU seconds, medians of {ROUNDS} rounds",
        f"the yardstick's flow, {f['yardstick_cases']:,} cases:",
        f"  naive SimPy {f['naive_seconds']:.2f} s, engine with its log {f['engine_seconds']:.2f} s",
        f"  engine over naive {f['engine_over_naive']:.2f} (at least {LIMITS['engine_over_naive']})",
        f"  mean waits in minutes, ours / theirs: {waits}; largest gap {f['wait_gap']:.2%}",
        f"demo district, {DEMO_DAYS} days with warm-up and drain, {f['demo_cases']:,} cases:",
        "  " + ", ".join(f"{part} {f[f'demo_{part}_seconds']:.2f} s" for part in ("draw", "engine", "log")),
        f"  a case: {f['demo_heap_entries_per_case']:.1f} events, {f['demo_log_rows_per_case']:.1f} rows",
        f"  cases a CPU second: {f['demo_cases_per_cpu_second']:,.0f} (at least {pace:,})",
        *(f"MISSED: {miss}" for miss in f["misses"]),
    ]
    return "\n".join(lines)
