"""Probes played by an executor, with the count of jobs done; a search that is stopped ends here."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from simulation.executors import Executor
from simulation.optimising.plans import Staffing
from simulation.optimising.readings import Probe, Reading, play_probe
from simulation.scenario import Scenario
from simulation.studies.period import Period

Change = Staffing | Scenario
Playing = Generator[int, None, list[list[Reading]]]


class Stopped(Exception):
    """The search was told to stop; what was found before holds."""


@dataclass
class Player:
    """Plays changes over a period with common draws; what was played once is kept."""

    executor: Executor
    period: Period
    seed: int
    stop: Callable[[], bool] | None = None
    done: int = 0
    known: dict[tuple[str, int], Reading] = field(default_factory=dict)

    def play(self, changes: Sequence[Change], replications: Sequence[int], chunk: int) -> Playing:
        """The readings of each change, in order; yields the number of jobs done. Raises Stopped."""
        jobs = [job for change in changes for job in self._plan(change, replications, chunk)]
        finished = 0
        for index, readings in self.executor.run(play_probe, jobs, self.stop):
            for replication, reading in zip(jobs[index].replications, readings, strict=True):
                self.known[jobs[index].change.hash, replication] = reading
            finished += 1
            self.done += 1
            yield self.done
        if finished < len(jobs):
            raise Stopped
        return [[self.known[change.hash, r] for r in replications] for change in changes]

    def _plan(self, change: Change, replications: Sequence[int], chunk: int) -> list[Probe]:
        missing = [r for r in replications if (change.hash, r) not in self.known]
        parts = [missing[first : first + chunk] for first in range(0, len(missing), chunk)]
        return [Probe(change, self.period, self.seed, tuple(part)) for part in parts]
