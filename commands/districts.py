"""Making, importing and checking districts."""

import argparse
from pathlib import Path

from commands.numbers import at_least, not_negative


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """synthesise, import, check, indicators."""
    _add_synthesise(commands)
    _add_import(commands)
    _add_check(commands)
    listing = commands.add_parser("indicators", help="every indicator with its formula")
    listing.set_defaults(run=list_indicators)


def _add_synthesise(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    making = commands.add_parser(
        "synthesise", help="make the fictitious district; the same seed gives the same bytes"
    )
    making.add_argument("--seed", type=not_negative, required=True)
    making.add_argument("--out", type=Path, required=True)
    making.add_argument("--grids", type=at_least(60), default=1240)
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


def list_indicators(_: argparse.Namespace) -> int:
    """Print id, names and formula of every indicator."""
    from simulation.studies.outcome import SCOPE_INDICATORS, UNIT_INDICATORS

    for indicator in (*SCOPE_INDICATORS, *UNIT_INDICATORS):
        print(f"{indicator.id:20} {indicator.name} ({indicator.unit}): {indicator.formula}")
        print(f"{'':20} {indicator.name_en}: {indicator.formula_en}")
    return 0
