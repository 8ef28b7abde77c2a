"""The runs that a page compares: what is known of one, its sides by name, and what is seen at once."""

import re
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Any

from dashboard.i18n import t
from dashboard.plan.findings import BY_ID
from dashboard.plan.groups import UNMAPPED
from dashboard.plan.sides import Sides, pick_sides
from dashboard.services import Services
from dashboard.studying import find_status
from hub.jobs import EXPERIMENT, ExperimentSpec, JobStatus
from simulation.experiment import ExperimentResult
from simulation.scenario import BASELINE
from simulation.studies.details import list_hours_indicators
from simulation.studies.fairness import list_fair_indicators
from simulation.studies.outcome import SCOPE_INDICATORS
from twin.indicators import Indicator

KEPT, LONGEST = 4, 16
COLON = re.compile("[：:]")
COMPARED: dict[str, Indicator] = {
    i.id: i for i in (*BY_ID.values(), *list_fair_indicators(), *list_hours_indicators())
}
MAPPED = {i.id: i for i in SCOPE_INDICATORS if i.id not in UNMAPPED}
_results: OrderedDict[tuple[str, str, int], ExperimentResult] = OrderedDict()


@dataclass(frozen=True, eq=False)
class Known:
    """A run: its state, what it was asked, what is known so far."""

    status: JobStatus
    spec: ExperimentSpec
    result: ExperimentResult

    def list_sides(self, lang: str) -> dict[str, str]:
        """Title by name of every side, the district as it is first."""
        titles = {one.name: one.title or one.name for one in self.spec.read()}
        return {BASELINE.name: t("plan.baseline", lang)} | titles

    def list_short(self, lang: str) -> dict[str, str]:
        """The same titles up to their first colon, cut where they are long and still apart."""
        titles = self.list_sides(lang)
        short = {name: shorten(title) for name, title in titles.items()}
        counts = Counter(short.values())
        return {name: word if counts[word] == 1 else titles[name] for name, word in short.items()}

    def pick(self, scenario: Any, against: Any) -> Sides:
        """Two sides; where a name is none, the first scenario against the district as it is."""
        names = [one.name for one in self.spec.read()]
        two = scenario if scenario in names else names[0]
        one = against if against in (BASELINE.name, *names) and against != two else BASELINE.name
        return pick_sides(self.result, two, one)


def shorten(title: str) -> str:
    """What stands before the first colon, at most LONGEST signs."""
    word = COLON.split(title, maxsplit=1)[0]
    return word if len(word) <= LONGEST else f"{word[: LONGEST - 1]}…"


def find_known(services: Services, job_id: Any) -> Known | None:
    """A run of an id, where something is known of it; results are kept between callbacks."""
    status = find_status(services, job_id, EXPERIMENT)
    if status is None:
        return None
    key = (status.job_id, status.state, status.done)
    result = _results.get(key)
    if result is None:
        result = services.jobs.result(status.job_id)
        if result is None or result.contrasts.empty:
            return None
        _results[key] = result
        while len(_results) > KEPT:
            _results.popitem(last=False)
    return Known(status, services.jobs.spec(status.job_id), result)
