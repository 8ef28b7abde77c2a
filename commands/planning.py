"""Service points and shifts on the command line."""

import argparse
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from commands.clusters import add_options, find_place
from commands.numbers import at_least, not_negative, positive


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """sites, shifts."""
    _add_sites(commands)
    _add_shifts(commands)


def _add_sites(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    placing = commands.add_parser("sites", help="where so many service points should stand")
    placing.add_argument("folder", type=Path, metavar="DIR")
    placing.add_argument("--count", type=at_least(1), required=True, help="points to open")
    placing.add_argument("--service", nargs="+", required=True, metavar="CODE", help="items finished there")
    placing.add_argument("--objective", choices=("median", "covering"), default="median")
    placing.add_argument("--radius", type=positive, metavar="MINUTES", help="of covering")
    placing.add_argument("--where", default="", metavar="AREA", help="one township; default: the district")
    placing.add_argument("--tier", choices=("village", "township"), default="village")
    placing.add_argument(
        "--anew", action="store_true", help="as if no point stood: tells, writes no scenario"
    )
    _add_trial(placing)
    placing.set_defaults(run=place)


def _add_shifts(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    covering = commands.add_parser("shifts", help="hours of posts against the load of the week")
    covering.add_argument("folder", type=Path, metavar="DIR")
    covering.add_argument("--role", required=True, help="as in posts.csv")
    covering.add_argument("--unit", nargs="*", default=[], metavar="CODE", help="default: all that have it")
    _add_trial(covering)
    covering.set_defaults(run=cover)


def _add_trial(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--start", type=date.fromisoformat, required=True, help="first day of the trial")
    parser.add_argument("--days", type=at_least(1))
    parser.add_argument("--replications", type=at_least(1))
    parser.add_argument("--seed", type=not_negative)
    add_options(parser)
    parser.add_argument("--out", type=Path, required=True)


def place(options: argparse.Namespace) -> int:
    """Write access, points, demand and trial as CSV, scenario.toml and run.json."""
    asked = {"services": options.service, "count": options.count, "objective": options.objective}
    asked |= {"where": options.where, "tier": options.tier, "keep": not options.anew}
    asked |= {} if options.radius is None else {"radius_minutes": options.radius}
    head = _play("siting", asked, options)
    value, bound = head["value"], head["bound"]
    state = "proven best" if head["proven"] else "not proven"
    print(
        f"value {value:,.1f}, bound {bound:,.1f}, gap {100 * head['gap']:.4f} % ({state}, {head['method']})"
    )
    return 0


def cover(options: argparse.Namespace) -> int:
    """Write moves, flow, hours and trial as CSV, scenario.toml and run.json."""
    head = _play("shifts", {"role": options.role, "units": options.unit}, options)
    if not head["scenario"]:
        print("no mix of the patterns covers the load better than the hours as they are")
    return 0


def _play(kind: str, asked: Mapping[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """One study here, as the worker plays it; its files in the folder asked for, its head."""
    from hub.results import unpack_tables
    from hub.studies import STUDIES, Workbench
    from simulation.studies.output import write_csv, write_facts
    from store.database import open_store
    from twin.load import load_district

    began, study, where = time.perf_counter(), STUDIES[kind], find_place(options)
    district = load_district(options.folder)
    given = {name: getattr(options, name) for name in ("days", "replications", "seed")}
    plain = {**asked, **{name: value for name, value in given.items() if value is not None}}
    spec = study.check(plain | {"start": options.start.isoformat()})
    body = b""
    with TemporaryDirectory() as scrap, where.open(district) as executor:
        bench = Workbench(open_store(Path(scrap) / "scrap.db"), district, executor, {})
        for step in study.play(spec, bench, lambda: False):
            print(f"\r{step.done}/{step.total}", end="", flush=True, file=sys.stderr)
            if step.done == step.total:
                body = step.pack()
    print(file=sys.stderr)
    head, tables = unpack_tables(body)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_csv(table, options.out / f"{name}.csv")
    scenario = str(head.pop("scenario"))
    if scenario:
        (options.out / "scenario.toml").write_text(scenario, encoding="utf-8")
    write_facts(head, options.out / "run.json", time.perf_counter() - began, where.name)
    return {**head, "scenario": scenario}
