"""Experiments on the command line."""

import argparse
import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from commands.clusters import add_options, find_place
from commands.numbers import at_least, not_negative

if TYPE_CHECKING:
    from simulation.studies.precision import Precision
    from simulation.studies.summary import ExperimentResult


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """simulate, sensitivity, bench."""
    _add_simulate(commands)
    _add_sensitivity(commands)
    timing = commands.add_parser("bench", help="the engine beside the yardstick, in one run")
    timing.add_argument("--json", action="store_true")
    timing.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="one part; may be repeated"
    )
    timing.set_defaults(run=run_bench)


def _add_simulate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    playing = commands.add_parser("simulate", help="scenarios x replications against the district as it is")
    playing.add_argument("folder", type=Path, metavar="DIR")
    playing.add_argument("--scenario", type=Path, nargs="*", default=[], action="extend")
    playing.add_argument("--start", type=date.fromisoformat, required=True)
    playing.add_argument("--days", type=at_least(1), required=True)
    playing.add_argument("--replications", type=at_least(1), help="default 20; with --half-width the least")
    playing.add_argument(
        "--half-width", type=float, help="add replications until it is reached (points of %%)"
    )
    playing.add_argument(
        "--relative", action="store_true", help="the half-width is %% of the baseline's mean"
    )
    playing.add_argument("--indicator", default="on_time_closure", help="whose half-width, over the district")
    playing.add_argument("--cap", type=at_least(2), help="replications at most with --half-width")
    playing.add_argument("--seed", type=not_negative, default=1)
    add_options(playing)
    playing.add_argument("--out", type=Path, required=True)
    playing.add_argument("--opening", type=Path, help="open cases at the start (as opening.csv): no warm-up")
    playing.set_defaults(run=simulate)


def _add_sensitivity(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    trying = commands.add_parser("sensitivity", help="which assumed parameter moves a figure most")
    trying.add_argument("folder", type=Path, metavar="DIR")
    trying.add_argument("--start", type=date.fromisoformat, required=True)
    trying.add_argument("--days", type=at_least(1), required=True)
    trying.add_argument("--replications", type=at_least(1), default=8)
    trying.add_argument("--seed", type=not_negative, default=1)
    trying.add_argument("--indicator", default="on_time_closure")
    trying.add_argument("--method", choices=("oat", "morris"), default="oat")
    trying.add_argument("--trajectories", type=at_least(2), help="of Morris' design")
    trying.add_argument("--ranges", type=Path, help="default: data/defaults/sensitivity.toml")
    add_options(trying)
    trying.add_argument("--out", type=Path, required=True)
    trying.set_defaults(run=try_parameters)


def simulate(options: argparse.Namespace) -> int:
    """Run an experiment and write its files."""
    from simulation.experiment import plan_period, run_experiment
    from simulation.scenario import Scenario
    from simulation.studies.output import write_run
    from twin.calendar import list_unknown_years
    from twin.load import load_district, read_table

    began, place = time.perf_counter(), find_place(options)
    district = load_district(options.folder)
    scenarios = [Scenario.from_file(path) for path in options.scenario]
    opening = read_table("opening", options.opening) if options.opening else None
    period = plan_period(district, options.start, options.days, warm=opening is not None)
    years = list_unknown_years(district.settings, district.calendar, period.origin, period.simulated_days)
    if years:
        print(f"calendar.csv says nothing of {years}: weekends are off, no holidays", file=sys.stderr)
    result = None
    with place.open(district) as executor:
        for result in run_experiment(
            district,
            scenarios,
            options.start,
            options.days,
            _plan_replications(options),
            options.seed,
            executor,
            opening=opening,
        ):
            print(
                f"\r{result.done}/{result.total} runs{_say_reached(result)}",
                end="",
                flush=True,
                file=sys.stderr,
            )
    print(file=sys.stderr)
    if result is not None:
        seconds = time.perf_counter() - began
        write_run(options.out, district, scenarios, result, options, seconds, opening, place.name)
    return 0


def try_parameters(options: argparse.Namespace) -> int:
    """Write sensitivity.csv, tornado.html and run.json."""
    from dashboard.figures.page import write_page
    from dashboard.figures.tornado import draw_tornado
    from simulation.studies.output import write_csv, write_facts
    from simulation.studies.parameters import read_ranges
    from simulation.studies.period import plan_period
    from simulation.studies.sensitivity import Question, measure_sensitivity
    from twin.load import load_district

    began, place = time.perf_counter(), find_place(options)
    district = load_district(options.folder)
    ranges = read_ranges(options.ranges) if options.ranges else read_ranges()
    if options.trajectories:
        ranges = ranges.model_copy(update={"trajectories": options.trajectories})
    period = plan_period(district, options.start, options.days)
    question = Question(options.indicator, period, options.replications, options.seed, options.method)
    with place.open(district) as executor:
        found = measure_sensitivity(district, ranges, question, executor, _say_progress)
    print(file=sys.stderr)
    options.out.mkdir(parents=True, exist_ok=True)
    write_csv(found.table, options.out / "sensitivity.csv")
    write_page(draw_tornado(found.table, found.provenance), options.out / "tornado.html")
    write_facts(found.provenance, options.out / "run.json", time.perf_counter() - began, place.name)
    return 0


def _say_progress(done: int, total: int) -> None:
    print(f"\r{done}/{total} variants", end="", flush=True, file=sys.stderr)


def _plan_replications(options: argparse.Namespace) -> "int | Precision":
    from simulation.studies.precision import Precision, find_unit

    if options.half_width is None:
        return options.replications or 20
    given = {"least": options.replications, "cap": options.cap}
    unit = 0.01 if options.relative else find_unit(options.indicator)
    chosen = {name: value for name, value in given.items() if value is not None}
    return Precision(options.indicator, options.half_width * unit, options.relative, **chosen)


def _say_reached(result: "ExperimentResult") -> str:
    facts = result.provenance
    if facts.get("half_width") is None:
        return ""
    words = "met" if facts["half_width_met"] else "not met"
    return f", half-width {facts['half_width']:.4g} {words} at {facts['replications']} replications"


def run_bench(options: argparse.Namespace) -> int:
    """Print the ratios of the bench; 1 where one of them misses its limit."""
    from bench.run import PARTS, measure_all, render

    unknown = sorted(set(options.only) - set(PARTS))
    if unknown:
        print(f"no part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    figures = measure_all(options.only)
    print(json.dumps(figures, indent=2) if options.json else render(figures, options.only))
    return 1 if figures["misses"] else 0
