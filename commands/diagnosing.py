"""Why is this place late, on the command line."""

import argparse
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from commands.clusters import add_options, find_place
from commands.numbers import at_least, not_negative

if TYPE_CHECKING:
    from simulation.diagnosis.result import Diagnosis


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Diagnose."""
    asking = commands.add_parser("diagnose", help="why is a place late: minutes by cause, levers, gains")
    asking.add_argument("folder", type=Path, metavar="DIR")
    asking.add_argument("--unit", required=True, metavar="CODE", help="a place, a body, a matter or an item")
    asking.add_argument("--start", type=date.fromisoformat, required=True)
    asking.add_argument("--days", type=at_least(1), help="of the window; default: diagnosis.toml's")
    asking.add_argument("--replications", type=at_least(2), help="default: diagnosis.toml's")
    asking.add_argument("--seed", type=not_negative, help="default: diagnosis.toml's")
    add_options(asking)
    asking.add_argument("--out", type=Path, required=True)
    asking.set_defaults(run=diagnose)


def diagnose(options: argparse.Namespace) -> int:
    """Write causes, levers, effects, stages, summary as CSV, the levers' scenarios, run.json."""
    from simulation.diagnosis.diagnose import Inquiry
    from simulation.diagnosis.diagnose import diagnose as ask
    from simulation.diagnosis.output import write_diagnosis
    from simulation.diagnosis.policy import read_diagnosis_policy
    from twin.load import load_district

    began, place, usual = time.perf_counter(), find_place(options), read_diagnosis_policy().run
    district = load_district(options.folder)
    given = {name: getattr(options, name) for name in ("days", "replications", "seed")}
    plan = {name: getattr(usual, name) if value is None else value for name, value in given.items()}
    with place.open(district) as executor:
        for step in ask(district, Inquiry(options.unit, options.start, **plan), executor):
            if isinstance(step, tuple):
                print(f"\r{step[0]}/{step[1]} runs", end="", flush=True, file=sys.stderr)
            else:
                print(file=sys.stderr)
                print(tell(step))
                write_diagnosis(options.out, step, time.perf_counter() - began, place.name)
    return 0


def tell(found: "Diagnosis") -> str:
    """The shares and the gains in a line each."""
    lines = [
        f"{row.cause:12} {row.minutes:10,.0f} late minutes, {row.share:6.1%} "
        f"({row.share_low:.1%} to {row.share_high:.1%})"
        for row in found.causes.itertuples()
    ]
    lines += [
        f"{row.cause}: {row.minutes:,.0f} fewer ({row.minutes_low:,.0f} to {row.minutes_high:,.0f}), "
        f"on time {row.points:+.1f} points ({row.points_low:+.1f} to {row.points_high:+.1f})"
        for row in found.levers.itertuples()
        if row.minutes == row.minutes
    ]
    return "\n".join(lines)
