"""The best places for posts, on the command line."""

import argparse
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from commands.clusters import add_options, find_place
from commands.numbers import at_least, not_negative

if TYPE_CHECKING:
    from simulation.optimising.findings import Findings


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Optimise."""
    asking = commands.add_parser("optimise", help="where posts do most; writes a scenario")
    asking.add_argument("folder", type=Path, metavar="DIR")
    asking.add_argument("--posts", type=at_least(1), required=True)
    asking.add_argument(
        "--objective",
        default="on_time_closure",
        help="on_time_closure, worst_village, load or mix (default: on_time_closure)",
    )
    asking.add_argument(
        "--weights", type=read_weights, help="of a mix: on_time_closure=.5,worst_village=.3,load=.2"
    )
    asking.add_argument(
        "--from",
        dest="source",
        default="district",
        help="district (its units give, the default), within (a unit's own people), vacancies (filled)",
    )
    asking.add_argument("--within", default="", metavar="UNIT", help="only its people take (and give)")
    asking.add_argument("--floor", type=not_negative, default=0, help="posts that each donor keeps")
    asking.add_argument("--floor-share", type=float, default=0.5, help="of its authorised that each keeps")
    asking.add_argument("--kind", default="", help="only posts of this kind")
    asking.add_argument(
        "--keep-kind",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="a post goes only where posts of its kind are",
    )
    asking.add_argument(
        "--train",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="newcomers get the certificate that their team's work asks for",
    )
    asking.add_argument("--start", type=date.fromisoformat, help="first day; default: the plan page's")
    asking.add_argument("--days", type=at_least(1), help="of a replication's window; default 7")
    asking.add_argument("--replications", type=at_least(2), help="fresh draws that prove the plan; default 6")
    asking.add_argument("--seed", type=not_negative, default=1)
    add_options(asking)
    asking.add_argument("--out", type=Path, required=True)
    asking.set_defaults(run=optimise)


def read_weights(text: str) -> dict[str, float]:
    """`name=weight,...` as a table."""
    pairs = [part.partition("=") for part in text.split(",")]
    return {name.strip(): float(weight) for name, _, weight in pairs}


def optimise(options: argparse.Namespace) -> int:
    """Write scenario.toml, curve.csv, teams.csv, moves.csv, effects.csv, candidates.csv, run.json."""
    from hub.jobs import load_proposal
    from simulation.optimising.problem import Question
    from simulation.optimising.search import optimise_posts
    from twin.load import load_district

    began, place = time.perf_counter(), find_place(options)
    district = load_district(options.folder)
    names = ("posts", "objective", "source", "within", "floor", "floor_share", "keep_kind", "train")
    asked = {name: getattr(options, name) for name in names} | {"post_kind": options.kind}
    question = Question(**asked, **({"weights": options.weights} if options.weights else {})).check(district)
    start, found = options.start or load_proposal()["start"], None
    with place.open(district) as executor:
        for found in optimise_posts(
            district,
            question,
            start,
            options.seed,
            executor,
            days=options.days,
            replications=options.replications,
        ):
            _say(found)
    print(file=sys.stderr)
    if found is not None:
        from simulation.optimising.output import write_findings

        write_findings(options.out, found, time.perf_counter() - began, place.name)
        _tell(found)
    return 0


def _say(found: "Findings") -> None:
    print(f"\r{found.done}/{found.total} jobs, {found.stage:9}", end="", flush=True, file=sys.stderr)


def _tell(found: "Findings") -> None:
    """The finding in words: what the plan does, and what the planner must know of it."""
    if "fewer" in found.notes:
        asked, placed = found.notes["fewer"]
        print(f"no plan of {asked:.0f} posts exists under these limits; the largest has {placed:.0f}")
    for row in found.tables["effects"].itertuples() if "effects" in found.tables else ():
        print(
            f"{row.indicator}: {row.baseline:.2f} -> {row.plan:.2f}, "
            f"{row.mean:+.2f} ({row.low:+.2f} to {row.high:+.2f}) points"
        )
