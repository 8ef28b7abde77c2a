"""Films of scenarios beside the district as it is, over common draws: one replication, frame by frame."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from hub.films import pack_film
from hub.studies.base import Plain, Step, Workbench
from hub.studies.experiment import ExperimentSpec, bound_scenarios
from simulation.playback import POLICY, Playback, play_film
from simulation.scenario import BASELINE
from simulation.studies.outcome import Job
from simulation.studies.period import plan_period
from twin.district import District
from twin.faults import refuse, within

MOST_SIDES = 2


class PlaybackStudy:
    """The baseline and at most two scenarios in lockstep; spec as an experiment's, `replications` is 1."""

    kind = "playback"

    def check(self, plain: Plain) -> dict[str, Any]:
        """Scenarios that can be read under names of their own; days in bounds."""
        spec = ExperimentSpec.from_plain({**plain, "replications": 1})
        days = within("days", spec.days, 1, POLICY["longest_days"])
        refuse(self.kind, [*bound_scenarios(spec, MOST_SIDES), days])
        return spec.to_plain()

    def count(self, spec: Plain) -> int:
        """A side each."""
        return 1 + len(spec["scenarios"])

    def play(self, spec: Plain, bench: Workbench, stop: Callable[[], bool]) -> Iterator[Step]:
        """A step a side, with the sides that are there."""
        asked = ExperimentSpec.from_plain(spec)
        scenarios = [BASELINE, *asked.read()]
        period = plan_period(bench.district, asked.start, asked.days)
        jobs = [Job(scenario, period, asked.seed, 0) for scenario in scenarios]
        sides: dict[int, Playback] = {}
        for index, side in bench.executor.run(play_film, jobs, stop):
            sides[index] = side
            known = sorted(sides)
            head = describe(bench.district, asked, [scenarios[number].name for number in known])
            yield Step(len(known), len(jobs), partial(pack_film, head, [sides[n] for n in known]))


def describe(district: District, spec: ExperimentSpec, names: list[str]) -> dict[str, Any]:
    """What a film says of itself: where it comes from, and the codes that its rows stand for."""
    return {
        "sides": names,
        "start": spec.start.isoformat(),
        "days": spec.days,
        "seed": spec.seed,
        "replication": 0,
        "frame_seconds": POLICY["frame_seconds"],
        "grid_codes": district.grids["code"].tolist(),
        "unit_codes": district.units["code"].tolist(),
        "label": district.label,
        "district_hash": district.hash,
    }
