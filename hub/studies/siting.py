"""Where so many service points should stand, and the halls before and after."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from hub.results import pack_tables
from hub.studies.base import Plain, Step, Workbench, bound_window, read_start
from simulation.scenario import Scenario
from simulation.siting.problem import POLICY
from simulation.siting.proposal import (
    Proposal,
    propose_points,
    tabulate_access,
    tabulate_demand,
    tabulate_points,
    write_proposal,
)
from simulation.siting.survey import SitingQuestion
from simulation.siting.trial import HallTrial, try_halls
from simulation.studies.period import Period, plan_period
from twin.district import District
from twin.faults import refuse

MOST_DAYS, MOST_REPLICATIONS = 60, 60
ASKED = ("services", "count", "objective", "radius_minutes", "where", "tier", "keep")


def read_question(spec: Plain) -> SitingQuestion:
    """The question of a spec."""
    values = {name: spec[name] for name in ASKED}
    return SitingQuestion(**values | {"services": tuple(values["services"])})


class SitingStudy:
    """Placing, then paired runs of the halls; spec: a SitingQuestion, start, days, replications, seed."""

    kind = "siting"

    def check(self, plain: Plain) -> dict[str, Any]:
        """Blank parts filled; DistrictFaults: a number out of its bounds, ValueError: no number."""
        blank = SitingQuestion((), int(POLICY["count"]))
        spec = {name: plain.get(name, getattr(blank, name)) for name in ASKED}
        spec["services"] = sorted({str(code) for code in spec["services"]})
        spec |= {"count": int(spec["count"]), "radius_minutes": float(spec["radius_minutes"])}
        spec |= {"keep": bool(spec["keep"]), "start": read_start(self.kind, plain)}
        spec |= {name: int(plain.get(name, POLICY[name])) for name in ("days", "replications", "seed")}
        refuse(self.kind, bound_window(spec, MOST_DAYS, MOST_REPLICATIONS))
        return spec

    def count(self, spec: Plain) -> int:
        """Placing, and each side so many times where there is a scenario."""
        return 1 + (2 * int(spec["replications"]) if spec["keep"] else 0)

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """A step when the points are placed, then one after every run of the halls."""
        question, total = read_question(spec), self.count(spec)
        period = plan_period(bench.district, date.fromisoformat(spec["start"]), spec["days"])
        for _, found in bench.executor.run(propose_points, [question], stop):
            scenario = write_proposal(bench.district, found) if question.keep else None
            told = partial(pack_siting, bench.district, spec, found, scenario, period)
            yield Step(1, total, partial(told, None))
            if scenario is None:
                return
            runs = spec["replications"], spec["seed"]
            for trial in try_halls(bench.district, scenario, period, *runs, bench.executor, stop):
                yield Step(1 + trial.done, total, partial(told, trial))


def pack_siting(
    district: District,
    spec: Plain,
    found: Proposal,
    scenario: Scenario | None,
    period: Period,
    trial: HallTrial | None,
) -> bytes:
    """Head: question, gap and where it comes from; tables: access, points, demand, trial."""
    points = tabulate_points(district, found)
    halls = trial or HallTrial(district, {}, 0)
    points = points.assign(busy=halls.measure_windows(found.units))
    covering = question_covers(found)
    value, bound = found.covered if covering else (found.siting.value, found.siting.bound)
    head = {
        "spec": dict(spec),
        "value": value,
        "bound": bound,
        "gap": found.gap,
        "proven": found.siting.proven,
        "method": found.siting.method,
        "needs": float(found.survey.weight.sum()),
        "demands": len(found.survey.weight),
        "candidates": len(found.survey.units),
        "scenario": "" if scenario is None else scenario.to_toml(),
        "warm_up_days": period.warm_up,
        "district": district.settings.name,
        "district_hash": district.hash,
        "label": district.label,
        "runs": halls.done,
    }
    tables = {
        "access": tabulate_access(found),
        "points": points,
        "demand": tabulate_demand(district, found),
        "trial": halls.tabulate(found.question.where),
    }
    return pack_tables(head, tables)


def question_covers(found: Proposal) -> bool:
    """Whether needs within a radius were counted."""
    return found.question.objective == "covering"
