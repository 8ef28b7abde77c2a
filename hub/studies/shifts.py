"""Hours of posts against the load of the week: read from runs, covered, tried on other runs."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from hub.results import pack_tables
from hub.studies.base import Plain, Step, Workbench, bound_window, read_start
from simulation.scenario import BASELINE, Scenario
from simulation.shifts.load import POLICY
from simulation.shifts.proposal import (
    PoolJob,
    PoolRun,
    ShiftProposal,
    find_pools,
    play_pools,
    propose_shifts,
    tabulate_trial,
    write_shifts,
)
from simulation.studies.outcome import Job
from simulation.studies.period import Period, plan_period
from twin.district import District
from twin.faults import refuse

MOST_DAYS, MOST_REPLICATIONS = 60, 60
Runs = dict[tuple[int, int], PoolRun]


class ShiftStudy:
    """Spec: role, units (none: all that have it), start, days, replications, seed."""

    kind = "shifts"

    def check(self, plain: Plain) -> dict[str, Any]:
        """Blank parts filled; DistrictFaults without a role or out of bounds, ValueError: no number."""
        spec: dict[str, Any] = {"role": str(plain.get("role", ""))}
        spec["units"] = sorted({str(unit) for unit in plain.get("units", ())})
        spec["start"] = read_start(self.kind, plain)
        spec |= {name: int(plain.get(name, POLICY[name])) for name in ("days", "replications", "seed")}
        named = ("role", "none named", bool(spec["role"]), "name the role whose hours are asked about")
        refuse(self.kind, [named, *bound_window(spec, MOST_DAYS, MOST_REPLICATIONS)])
        return spec

    def count(self, spec: Plain) -> int:
        """Runs that the load is read from, then each side so many times."""
        return int(POLICY["load_replications"]) + 2 * int(spec["replications"])

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """A step a run. The load's runs have draws of their own, which the trial does not meet again."""
        pools = find_pools(bench.district, spec["role"], spec["units"])
        period = plan_period(bench.district, date.fromisoformat(spec["start"]), spec["days"])
        reading, total = int(POLICY["load_replications"]), self.count(spec)
        later = [spec["replications"] + n for n in range(reading)]
        jobs = [PoolJob(Job(BASELINE, period, spec["seed"], r), pools, False) for r in later]
        read: dict[int, PoolRun] = {}
        for index, run in bench.executor.run(play_pools, jobs, stop):
            read[index] = run
            if len(read) < reading:
                yield Step(len(read), total, partial(pack_shifts, bench.district, spec, period, [], {}))
        if len(read) < reading:
            return
        records = [[read[n].records[place] for n in sorted(read)] for place in range(len(pools))]
        found = [propose_shifts(bench.district, p, r) for p, r in zip(pools, records, strict=True)]
        scenario = write_shifts(found)
        if scenario is None:
            yield Step(total, total, partial(pack_shifts, bench.district, spec, period, found, {}))
            return
        yield Step(reading, total, partial(pack_shifts, bench.district, spec, period, found, {}))
        keys = [(r, side) for r in range(spec["replications"]) for side in (0, 1)]
        sides = (BASELINE, scenario)
        tries = [PoolJob(Job(sides[side], period, spec["seed"], r), pools, True) for r, side in keys]
        runs: Runs = {}
        for index, run in bench.executor.run(play_pools, tries, stop):
            runs[keys[index]] = run
            told = partial(pack_shifts, bench.district, spec, period, found, dict(runs))
            yield Step(reading + len(runs), total, told)


def pair_runs(runs: Runs) -> list[tuple[PoolRun, PoolRun]]:
    """Both sides of each replication that has both, in order."""
    return [(runs[r, 0], runs[r, 1]) for r in sorted({r for r, _ in runs}) if {(r, 0), (r, 1)} <= runs.keys()]


def pack_shifts(
    district: District, spec: Plain, period: Period, found: list[ShiftProposal], runs: Runs
) -> bytes:
    """Head: spec and where it comes from; tables: moves, flow, hours, trial."""
    scenario: Scenario | None = write_shifts(found) if found else None
    head = {
        "spec": dict(spec),
        "scenario": "" if scenario is None else scenario.to_toml(),
        "proven": all(p.best.proven for p in found),
        "gap": max((p.best.gap for p in found), default=0.0),
        "pools": len(found),
        "posts": sum(sum(p.problem.posts) for p in found),
        "within_hours": POLICY["within_hours"],
        "load_replications": POLICY["load_replications"],
        "warm_up_days": period.warm_up,
        "district": district.settings.name,
        "district_hash": district.hash,
        "label": district.label,
        "runs": len(runs),
    }
    tables = {
        "moves": list_moves(found),
        "flow": _stack(found, ShiftProposal.tabulate, ["unit", "role", "figure", "before", "after"]),
        "hours": _stack(found, ShiftProposal.tabulate_hours, ["unit", "role", "hour"]),
        "trial": tabulate_trial(pair_runs(runs)),
    }
    return pack_tables(head, tables)


def list_moves(found: list[ShiftProposal]) -> pd.DataFrame:
    """unit, role, shift, minutes_later, posts of everything that is moved."""
    rows = [(p.pool.unit, p.pool.role, *move) for p in found for move in p.moves]
    return pd.DataFrame(rows, columns=["unit", "role", "shift", "minutes_later", "posts"])


def _stack(
    found: list[ShiftProposal], tell: Callable[[ShiftProposal], pd.DataFrame], columns: list[str]
) -> pd.DataFrame:
    """A table of each pool under its unit and role."""
    parts = [tell(p).assign(unit=p.pool.unit, role=p.pool.role) for p in found]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    return table[["unit", "role", *(c for c in table.columns if c not in ("unit", "role"))]]
