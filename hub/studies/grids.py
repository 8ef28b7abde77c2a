"""Grids of villages drawn anew, as a job: the drawing in letters, the figures before and after."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from hub.gridding import (
    BALANCES,
    PER_GRID,
    Obstacle,
    find_bare,
    find_obstacles,
    lay_ground,
    list_sources,
    weigh_grids,
)
from hub.measured import find_log_faults, measure_minutes
from hub.results import pack_tables
from hub.studies.base import Plain, Step, Workbench
from twin.district import District
from twin.faults import DistrictFaults, Fault, one_of, refuse, within
from twin.gridding.drawing import divide_graph
from twin.gridding.recipe import load_recipe
from twin.gridding.village_cells import SOURCES
from twin.gridding.writing import write_labels

LARGEST_COUNT = 9_999
SILENT = [Fault("log", "work_seconds", "log silent", "no minute of work lies in these villages")]


class GridsStudy:
    """One drawing; spec: villages, source, balance, count, seed, until (the last event counted)."""

    kind = "grids"

    def check(self, plain: Plain) -> dict[str, Any]:
        """Villages named, a known balance, a count; DistrictFaults otherwise."""
        villages = sorted({str(code) for code in plain["villages"]})
        balance, source = str(plain["balance"]), str(plain.get("source", "mesh"))
        count, seed = int(plain["count"]), int(plain.get("seed", 1))
        tests = [
            ("villages", "none named", bool(villages), "none is chosen"),
            one_of("balance", balance, BALANCES),
            one_of("source", source, SOURCES),
            within("count", count, max(len(villages), 1), LARGEST_COUNT),
            ("seed", "below 0", seed >= 0, f"{seed} is below 0"),
        ]
        refuse(self.kind, tests)
        until = int(plain.get("until", 0)) if balance == "minutes" else 0
        how = {"source": source, "balance": balance, "count": count, "seed": seed, "until": until}
        return {"villages": villages} | how

    def count(self, spec: Plain) -> int:
        """One drawing."""
        return 1

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """One step, when it is drawn."""
        measured = measure_minutes(bench.store, spec["until"]) if spec["balance"] == "minutes" else None
        _refuse(find_log_faults(measured) if measured else [])
        weights = weigh_grids(bench.district, spec["balance"], measured.minutes if measured else None)
        _refuse(_check_villages(bench.district, spec["villages"], spec["source"]))
        ground = lay_ground(bench.district, spec["villages"], weights, PER_GRID, spec["source"])
        _refuse([tell_obstacle(obstacle) for obstacle in find_obstacles(ground, spec["count"])])
        _refuse(SILENT if measured and not ground.graph.weights.any() else [])
        labels = divide_graph(ground.graph, ground.homes, spec["count"], spec["seed"], load_recipe())
        head = dict(spec) | {"per_grid": PER_GRID, "drawing": write_labels(labels, ground.homes)}
        head |= {"log": measured.describe(bench.district.grids["code"])} if measured else {}
        after = ground.measure(labels)
        head |= {"before": ground.summarise(ground.before), "after": ground.summarise(after)}
        tables = {"weights": weights.rename("weight").rename_axis("code").reset_index(), "after": after}
        yield Step(1, 1, partial(pack_tables, head, tables))


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise DistrictFaults(faults)


def _check_villages(district: District, villages: list[str], source: str) -> list[Fault]:
    """Villages that are not there or hold nothing to draw, and a source that the district lacks."""
    known = set(district.grids["village"])
    faults = [Fault("grids", v, "village unknown", "no such village") for v in villages if v not in known]
    if source not in list_sources(district):
        return [*faults, Fault("grids", "source", "source", f"the district has no {source}")]
    return faults or [tell_obstacle(obstacle) for obstacle in find_bare(district, villages, source)]


WORDS = {
    "dedicated": "every grid of it is a dedicated one",
    "buildings": "no building lies in it",
    "parts": "its ground lies in {} parts",
    "few": "too few grids: the ground needs at least {}, one a part",
    "many": "too many grids: there are {} cells",
    "most": "it would get {} grids, more than a scenario can hold",
    "large": "{} cells are too many for one drawing: choose fewer villages",
}


def tell_obstacle(obstacle: Obstacle) -> Fault:
    """What stands in the way of a drawing, as a fault."""
    words = WORDS[obstacle.rule].format(obstacle.number)
    return Fault("grids", obstacle.village or "count", obstacle.rule, words)
