"""The demo district: a month in its parts, twenty months, a year."""

from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any

import pandas as pd

from bench.extras import measure_duty_blocks, play_walk_ins
from bench.parts import ROUNDS, Figures, Part, at_least, at_most, load_demo, time_call
from simulation.demand import sample_cases
from simulation.engine import run
from simulation.experiment import plan_period, run_replication
from simulation.flow import Flow, compile_flow
from simulation.log.record import build_log
from simulation.scenario import BASELINE
from twin.calendar import DAY
from twin.district import District
from twin.indicators import Window, measure_indicators

START, MONTH_DAYS = date(2026, 5, 11), 30
YEAR_START, YEAR_DAYS = date(2026, 1, 1), 365
REPLICATIONS = 20
AIM_SECONDS = 60
STAGES = ("draw", "engine", "log", "indicators")


def measure_month() -> Figures:
    """A month of the full model, warm-up and drain included, by seed: draws, engine, log, indicators."""
    district = load_demo()
    period = plan_period(district, START, MONTH_DAYS)
    flow = compile_flow(district, period.origin, period.simulated_days)
    play_stages(flow, district, period, 1)  # a round that is not counted
    rounds = [play_stages(flow, district, period, seed) for seed in range(1, ROUNDS + 1)]
    by_stage = {stage: [seconds[stage] for seconds, _ in rounds] for stage in STAGES}
    counts = rounds[-1][1]
    return {
        "demo_cases": counts["cases"],
        "demo_log_rows_per_case": counts["rows"] / counts["cases"],
        "demo_heap_entries_per_case": counts["entries"] / counts["cases"],
        **{f"demo_{stage}_seconds": median(seconds) for stage, seconds in by_stage.items()},
        "demo_cases_per_cpu_second": median(
            found["cases"] / (sum(seconds.values()) - seconds["indicators"]) for seconds, found in rounds
        ),
        "indicators_share": median(
            (seconds["log"] + seconds["indicators"]) / sum(seconds.values()) for seconds, _ in rounds
        ),
        "duties_over_cases": median(
            found["duty_seconds"] / sum(seconds.values()) for seconds, found in rounds
        )
        if counts["duties"]
        else None,
    }


def play_stages(
    flow: Flow, district: District, period: Any, seed: int
) -> tuple[dict[str, float], dict[str, Any]]:
    """CPU seconds of each stage of one replication, and what it came to."""
    midnight = pd.Timestamp(period.start).tz_localize(district.settings.time_zone)
    window = Window(midnight, midnight + pd.Timedelta(days=period.days))
    seconds: dict[str, float] = {}

    def stage(name: str, call: Callable[[], Any]) -> Any:
        seconds[name], result = time_call(call)
        return result

    cases = stage("draw", lambda: sample_cases(district, period.origin, period.warm_up + period.days, seed))
    visits = stage("engine", lambda: run(flow, cases, period.simulated_days * DAY))
    log = stage("log", lambda: build_log(visits))
    stage("indicators", lambda: measure_indicators(log, district, window))
    duty_seconds, duties = time_call(lambda: measure_duty_blocks(visits, period))
    return seconds, {
        "cases": len(cases),
        "rows": len(log),
        "entries": visits.heap_entries,
        "duties": duties,
        "duty_seconds": duty_seconds,
    }


def tell_month(f: Figures) -> list[str]:
    """The figures in words."""
    stages = ", ".join(f"{stage} {f[f'demo_{stage}_seconds']:.2f} s" for stage in STAGES)
    duties = f["duties_over_cases"]
    return [
        (
            f"demo district, {MONTH_DAYS} days with warm-up and drain, {f['demo_cases']:,} cases; "
            f"medians of {ROUNDS} rounds"
        ),
        f"  {stages}",
        f"  a case: {f['demo_heap_entries_per_case']:.1f} events, {f['demo_log_rows_per_case']:.1f} rows",
        f"  cases a CPU second, to the log: {f['demo_cases_per_cpu_second']:,.0f} (at least 12,000)",
        f"  from arrays to indicators: {f['indicators_share']:.1%} of the run (at most 25 %)",
        "  duties over cases: " + ("none" if duties is None else f"{duties:.2f} (at most 1)"),
    ]


def measure_year() -> Figures:
    """A year of cases, duties and walk-ins to indicators, once."""
    district = load_demo()
    period = plan_period(district, YEAR_START, YEAR_DAYS)

    def play() -> dict[str, Any]:
        flow = compile_flow(district, period.origin, period.simulated_days)
        found = play_stages(flow, district, period, 1)[1]
        return {**found, "walk_ins": play_walk_ins(district, period, 1)}

    seconds, found = time_call(play)
    return {
        "year_cases": found["cases"],
        "year_walk_ins": found["walk_ins"],
        "year_duties": found["duties"],
        "year_seconds": seconds,
    }


def tell_year(f: Figures) -> list[str]:
    """The figures in words."""
    return [
        f"demo district, {YEAR_DAYS} days with warm-up and drain, to indicators, one round",
        (
            f"  {f['year_cases']:,} cases, {f['year_walk_ins']:,} walk-ins, {f['year_duties']:,} duties: "
            f"{f['year_seconds']:.1f} s of CPU (aim: under {AIM_SECONDS})"
        ),
    ]


def measure_months() -> Figures:
    """Twenty replications of a month in this process as an experiment plays them, duties and walk-ins too."""
    district = load_demo()
    period = plan_period(district, START, MONTH_DAYS)

    def play() -> None:
        for replication in range(REPLICATIONS):
            run_replication(district, (BASELINE, period, 1, replication))

    return {"months_seconds": time_call(play)[0]}


def tell_months(f: Figures) -> list[str]:
    """The figures in words."""
    return [
        f"demo district, {REPLICATIONS} replications of {MONTH_DAYS} days with warm-up and drain, one round",
        f"  {f['months_seconds']:.1f} s of CPU (aim: under {AIM_SECONDS})",
    ]


MONTH = Part(
    "month",
    measure_month,
    (
        at_least("demo_cases_per_cpu_second", 12_000),
        at_most("indicators_share", 0.25),
        at_most("duties_over_cases", 1.0),
    ),
    tell_month,
)
YEAR = Part("year", measure_year, (), tell_year)
MONTHS = Part("months", measure_months, (), tell_months)
