"""Which film belongs to a run: the spec of a playback job, from an experiment or from a film itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.services import Services
from dashboard.studying import find_status
from hub.jobs import EXPERIMENT
from hub.studies.experiment import ExperimentSpec
from hub.studies.playback import MOST_SIDES, PlaybackStudy
from simulation.playback import POLICY

FILM = PlaybackStudy.kind


@dataclass(frozen=True)
class Asked:
    """What a run can be shown of: its spec as it was asked, and the job of its film where that is known."""

    spec: ExperimentSpec
    film: str = ""

    @property
    def titles(self) -> list[str]:
        """The titles of its scenarios."""
        return [scenario.title or scenario.name for scenario in self.spec.read()]

    @property
    def days(self) -> int:
        """Days that a film of it shows, from its first."""
        return min(self.spec.days, int(POLICY["longest_days"]))

    def plain(self, chosen: Sequence[int]) -> dict[str, Any]:
        """The spec of the film of some of its scenarios, by their places; the first ones where none."""
        known = [n for n in dict.fromkeys(chosen) if 0 <= n < len(self.spec.scenarios)]
        places = sorted(known or range(len(self.spec.scenarios)))[:MOST_SIDES]
        scenarios = [self.spec.scenarios[n] for n in places]
        return self.spec.to_plain() | {"scenarios": scenarios, "days": self.days, "replications": 1}


def find_asked(services: Services, job_id: Any, owner: str) -> Asked | None:
    """What an experiment or a film was asked, with the film that the owner has of it; None: no such job."""
    if find_status(services, job_id, FILM) is not None:
        return Asked(services.jobs.spec(job_id), job_id)
    if find_status(services, job_id, EXPERIMENT) is None:
        return None
    asked = Asked(services.jobs.spec(job_id))
    return Asked(asked.spec, services.jobs.find(FILM, asked.plain(()), owner) or "")
