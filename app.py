"""District Twin: the composition root and the command line."""

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from store.database import StoreFault
from twin.faults import DistrictFaults

if TYPE_CHECKING:
    from flask import Flask

    from simulation.studies.precision import Precision
    from simulation.studies.summary import ExperimentResult
    from store.sessions import Sessions

HOME = Path(__file__).resolve().parent
DEMO = HOME / "data" / "demo"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 1 on faults in the data (all listed), 2 on wrong usage."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except DistrictFaults as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        print(f"{len(error.faults)} faults", file=sys.stderr)
        return 1
    except StoreFault as error:
        print(error, file=sys.stderr)
        return 1
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """The command line; without a command it serves the default district."""
    parser = argparse.ArgumentParser(prog="app.py", description="数字孪生区 District Twin")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for add in (
        _add_serve,
        _add_synthesise,
        _add_import,
        _add_check,
        _add_simulate,
        _add_sensitivity,
        _add_small,
    ):
        add(commands)
    parser.set_defaults(run=serve, **SERVE_DEFAULTS)
    return parser


SERVE_DEFAULTS = {
    "district": DEMO,
    "store": None,
    "host": "127.0.0.1",
    "port": 8050,
    "demo": None,
    "with_worker": True,
    "workers": 2,
}


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serving = commands.add_parser("serve", help="serve a district (the default command)")
    serving.add_argument("--district", type=Path, default=DEMO)
    serving.add_argument("--store", help="SQLAlchemy URL; default: SQLite under var/")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=8050)
    serving.add_argument(
        "--demo", action=argparse.BooleanOptionalAction, default=None, help="replay cases into the store"
    )
    serving.add_argument(
        "--with-worker", action=argparse.BooleanOptionalAction, default=True, help="start a worker beside"
    )
    serving.add_argument("--workers", type=int, default=2, help="processes of the worker's pool")
    serving.set_defaults(run=serve)
    working = commands.add_parser("worker", help="take jobs from the store, feed the demo")
    working.add_argument("--district", type=Path, default=DEMO)
    working.add_argument("--store")
    working.add_argument("--demo", action=argparse.BooleanOptionalAction, default=None)
    working.add_argument("--workers", type=int, default=2)
    working.add_argument("--parent", type=int, default=0, help="end when this process ends")
    working.set_defaults(run=work)


def _add_synthesise(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    making = commands.add_parser(
        "synthesise", help="make the fictitious district; the same seed gives the same bytes"
    )
    making.add_argument("--seed", type=_not_negative, required=True)
    making.add_argument("--out", type=Path, required=True)
    making.add_argument("--grids", type=_at_least(60), default=1240)
    making.set_defaults(run=synthesise)


def _add_import(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    importing = commands.add_parser("import", help="anybody's files -> a district folder and report.html")
    importing.add_argument("--mapping", type=Path, required=True)
    importing.add_argument(
        "--root", type=Path, help="paths in the mapping are relative to it; default: its folder"
    )
    importing.add_argument("--out", type=Path, required=True)
    importing.set_defaults(run=import_files)


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    checking = commands.add_parser("check", help="all faults of a district folder")
    checking.add_argument("folder", type=Path, metavar="DIR")
    checking.set_defaults(run=check)


def _add_simulate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    playing = commands.add_parser("simulate", help="scenarios x replications against the district as it is")
    playing.add_argument("folder", type=Path, metavar="DIR")
    playing.add_argument("--scenario", type=Path, nargs="*", default=[], action="extend")
    playing.add_argument("--start", type=date.fromisoformat, required=True)
    playing.add_argument("--days", type=_at_least(1), required=True)
    playing.add_argument("--replications", type=_at_least(1), help="default 20; with --half-width the least")
    playing.add_argument(
        "--half-width", type=float, help="add replications until it is reached (points of %%)"
    )
    playing.add_argument(
        "--relative", action="store_true", help="the half-width is %% of the baseline's mean"
    )
    playing.add_argument("--indicator", default="on_time_closure", help="whose half-width, over the district")
    playing.add_argument("--cap", type=_at_least(2), help="replications at most with --half-width")
    playing.add_argument("--seed", type=_not_negative, default=1)
    playing.add_argument("--workers", type=_not_negative, default=2, help="processes; 0: in this one")
    playing.add_argument("--out", type=Path, required=True)
    playing.add_argument("--opening", type=Path, help="open cases at the start (as opening.csv): no warm-up")
    playing.set_defaults(run=simulate)


def _add_sensitivity(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    trying = commands.add_parser("sensitivity", help="which assumed parameter moves a figure most")
    trying.add_argument("folder", type=Path, metavar="DIR")
    trying.add_argument("--start", type=date.fromisoformat, required=True)
    trying.add_argument("--days", type=_at_least(1), required=True)
    trying.add_argument("--replications", type=_at_least(1), default=8)
    trying.add_argument("--seed", type=_not_negative, default=1)
    trying.add_argument("--indicator", default="on_time_closure")
    trying.add_argument("--method", choices=("oat", "morris"), default="oat")
    trying.add_argument("--trajectories", type=_at_least(2), help="of Morris' design")
    trying.add_argument("--ranges", type=Path, help="default: data/defaults/sensitivity.toml")
    trying.add_argument("--workers", type=_not_negative, default=2, help="processes; 0: in this one")
    trying.add_argument("--out", type=Path, required=True)
    trying.set_defaults(run=try_parameters)


def _add_small(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listing = commands.add_parser("indicators", help="every indicator with its formula")
    listing.set_defaults(run=list_indicators)
    timing = commands.add_parser("bench", help="the engine beside the yardstick, in one run")
    timing.add_argument("--json", action="store_true")
    timing.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="one part; may be repeated"
    )
    timing.set_defaults(run=run_bench)


def _not_negative(text: str) -> int:
    return _at_least(0)(text)


def _at_least(least: int):  # type: ignore[no-untyped-def]
    def parse(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"at least {least}")
        return value

    return parse


def synthesise(options: argparse.Namespace) -> int:
    """Write a fictitious district."""
    from twin.synthesise import write

    write(options.out, options.seed, options.grids)
    print(f"{options.out}: {options.grids} grids, seed {options.seed}")
    return 0


def import_files(options: argparse.Namespace) -> int:
    """Turn files into a district folder, and say what became of every row."""
    from twin.importer import import_district

    report = import_district(options.mapping, options.root or options.mapping.parent, options.out)
    print(report.to_text())
    return 0


def check(options: argparse.Namespace) -> int:
    """List every fault, or print the counts and the utilisation by tier."""
    from simulation.describe import describe_district
    from twin.load import load_district

    print(describe_district(load_district(options.folder)))
    return 0


def simulate(options: argparse.Namespace) -> int:
    """Run an experiment and write its files."""
    from simulation.executors import open_executor
    from simulation.experiment import plan_period, run_experiment
    from simulation.scenario import Scenario
    from simulation.studies.output import write_run
    from twin.calendar import list_unknown_years
    from twin.load import load_district, read_table

    began = time.perf_counter()
    district = load_district(options.folder)
    scenarios = [Scenario.from_file(path) for path in options.scenario]
    opening = read_table("opening", options.opening) if options.opening else None
    period = plan_period(district, options.start, options.days, warm=opening is not None)
    years = list_unknown_years(district.settings, district.calendar, period.origin, period.simulated_days)
    if years:
        print(f"calendar.csv says nothing of {years}: weekends are off, no holidays", file=sys.stderr)
    result = None
    with open_executor(district, options.workers) as executor:
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
        write_run(options.out, district, scenarios, result, options, time.perf_counter() - began, opening)
    return 0


def try_parameters(options: argparse.Namespace) -> int:
    """Write sensitivity.csv, tornado.html and run.json."""
    from dashboard.figures.page import write_page
    from dashboard.figures.tornado import draw_tornado
    from simulation.executors import open_executor
    from simulation.studies.output import write_csv, write_facts
    from simulation.studies.parameters import read_ranges
    from simulation.studies.period import plan_period
    from simulation.studies.sensitivity import Question, measure_sensitivity
    from twin.load import load_district

    began = time.perf_counter()
    district = load_district(options.folder)
    ranges = read_ranges(options.ranges) if options.ranges else read_ranges()
    if options.trajectories:
        ranges = ranges.model_copy(update={"trajectories": options.trajectories})
    period = plan_period(district, options.start, options.days)
    question = Question(options.indicator, period, options.replications, options.seed, options.method)
    with open_executor(district, options.workers) as executor:
        found = measure_sensitivity(district, ranges, question, executor, _say_progress)
    print(file=sys.stderr)
    options.out.mkdir(parents=True, exist_ok=True)
    write_csv(found.table, options.out / "sensitivity.csv")
    write_page(draw_tornado(found.table, found.provenance), options.out / "tornado.html")
    write_facts(found.provenance, options.out / "run.json", time.perf_counter() - began, options.workers)
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


def list_indicators(_: argparse.Namespace) -> int:
    """Print id, names and formula of every indicator."""
    from simulation.studies.outcome import SCOPE_INDICATORS, UNIT_INDICATORS

    for indicator in (*SCOPE_INDICATORS, *UNIT_INDICATORS):
        print(f"{indicator.id:20} {indicator.name} ({indicator.unit}): {indicator.formula}")
        print(f"{'':20} {indicator.name_en}: {indicator.formula_en}")
    return 0


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


def serve(options: argparse.Namespace) -> int:
    """Serve the district; a worker runs beside it unless told not to."""
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # its lines would hold the links
    server, sessions = create_server(options.district, options.store)
    worker = _start_worker(options) if options.with_worker else None
    web = make_server(options.host, options.port, server, threaded=True)
    for role, minutes in (("admin", 60), ("display", 60)):
        token = sessions.issue_link(role, minutes)
        print(f"{role:8} http://{options.host}:{web.port}/enter?token={token}", flush=True)
    print("one-time links, good for an hour; Ctrl-C ends", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        web.serve_forever()
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(20)
    return 0


def create_server(folder: Path | None = None, store: str | None = None) -> "tuple[Flask, Sessions]":
    """The web application of a district folder over a store, and its sessions."""
    from dashboard.factory import create_app
    from dashboard.services import Services
    from hub.jobs import Jobs
    from hub.live import LiveState
    from store.database import open_store
    from store.sessions import Sessions
    from twin.load import load_district

    folder = folder or DEMO
    district, opened = load_district(folder), open_store(store or find_store(folder))
    sessions = Sessions(opened)
    server, _ = create_app(Services(district, LiveState(opened, district), Jobs(opened), sessions, folder))
    return server, sessions


def create_wsgi() -> "Flask":
    """What gunicorn serves: `app:create_wsgi()`; TWIN_DISTRICT and TWIN_STORE say what and where."""
    folder = os.environ.get("TWIN_DISTRICT")
    return create_server(Path(folder) if folder else None, os.environ.get("TWIN_STORE"))[0]


def find_store(folder: Path) -> str:
    """The SQLite file of a district under var/, made at need."""
    return f"sqlite:///{HOME / 'var' / (folder.resolve().name + '.sqlite')}"


def _start_worker(options: argparse.Namespace) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(HOME / "app.py"), "worker", "--district", str(options.district)]
    command += ["--workers", str(options.workers), "--parent", str(os.getpid())]
    if options.store:
        command += ["--store", options.store]
    if options.demo is not None:
        command.append("--demo" if options.demo else "--no-demo")
    return subprocess.Popen(command)  # noqa: S603


def work(options: argparse.Namespace) -> int:
    """Run one worker until it is stopped; a fictitious district is fed with replayed cases."""
    from hub.feeder import load_plan
    from hub.jobs import ExperimentSpec, load_proposal
    from hub.worker import run_worker
    from simulation.executors import exit_with_parent
    from simulation.scenario import Scenario
    from twin.load import load_district

    if options.parent:
        exit_with_parent(options.parent)
    district = load_district(options.district)
    demo = district.label == "fictitious" if options.demo is None else options.demo
    proposal = load_proposal()
    warm = [ExperimentSpec(Scenario(name="warm").to_toml(), **proposal)]
    store = options.store or find_store(options.district)
    run_worker(store, district, options.workers, load_plan() if demo else None, warm)
    return 0


if __name__ == "__main__":
    sys.exit(main())
