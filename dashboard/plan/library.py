"""The scenarios that come with the product, and what an edit of the form makes of a draft."""

from pathlib import Path
from typing import Any, NamedTuple

from dashboard.plan import forms
from dashboard.plan.findings import HEADLINE
from dashboard.planners import current_planner
from dashboard.services import Services
from simulation.measures.base import DEFAULTS
from simulation.scenario import MEASURES, Scenario
from store.scenarios import ScenarioRow

LIBRARY = Path(__file__).resolve().parents[2] / "data" / "scenarios"


class Opened(NamedTuple):
    """A scenario as the form shows it: title, the planner's note, measures; which one it is where kept."""

    title: str
    note: str
    draft: forms.Draft
    kept: dict[str, Any] | None = None


def list_library() -> list[Path]:
    """The scenario files that come with the product."""
    return sorted(LIBRARY.glob("*.toml"))


def list_titles() -> list[dict[str, str]]:
    """The library as options, what the page begins with first."""
    first = DEFAULTS["library"]["first"]
    paths = sorted(list_library(), key=lambda path: path.stem != first)
    return [{"value": p.stem, "label": forms.load_draft(p.read_text("utf-8"))[0]} for p in paths]


def open_scenario(name: Any) -> Opened | None:
    """A scenario of the library by the name of its file; None where there is none."""
    path = {path.stem: path for path in list_library()}.get(name) if isinstance(name, str) else None
    if path is None:
        return None
    text = path.read_text("utf-8")
    return Opened(forms.load_draft(text)[0], Scenario.from_toml(text).note, forms.load_draft(text)[1])


def open_first() -> Opened:
    """What the page begins with: the scenario of the library that data/defaults/levers.toml names."""
    return open_scenario(DEFAULTS["library"]["first"]) or Opened("", "", [])


def open_kept(services: Services, scenario_id: Any) -> Opened | None:
    """A scenario that planners keep, by its id; None where this planner may see none of that id."""
    if not isinstance(scenario_id, str) or not scenario_id:
        return None
    try:
        row, scenario = services.library.open(current_planner(services), scenario_id)
    except KeyError:
        return None
    return Opened(row.title, scenario.note, scenario.to_plain()["measures"], describe_open(row, scenario))


def find_run(services: Services, scenario_id: str) -> str:
    """The newest run of a scenario that planners keep, as the page shows it: first of what was run.

    Blank where it was not run, came second in a comparison, or may not be seen.
    """
    planner = current_planner(services)
    try:
        _, scenario = services.library.open(planner, scenario_id)
    except KeyError:
        return ""
    known = services.known.find({scenario.hash}, HEADLINE, planner.owner)
    if not known:
        return ""
    job_id = known[scenario.hash].job_id
    return job_id if shows(services, job_id, scenario) else ""


def shows(services: Services, job_id: str, scenario: Scenario) -> bool:
    """Whether what the page shows of a run, which is the first of its scenarios, is this one."""
    return services.jobs.spec(job_id).read()[0].hash == scenario.hash


def describe_open(row: ScenarioRow, scenario: Scenario) -> dict[str, Any]:
    """A scenario as the page remembers that it is open."""
    content = name_content(scenario)
    return {"id": row.scenario_id, "version": row.version, "content": content, "name": scenario.name}


def name_content(scenario: Scenario) -> str:
    """The measures of a scenario, hashed with those that are off: what a form is compared with."""
    return forms.name_draft(scenario.to_plain()["measures"])


def read_load(load: Any) -> tuple[str, str, forms.Draft] | None:
    """Title, note and draft of what the library hands to the form; None for anything else."""
    if not isinstance(load, dict) or not isinstance(load.get("measures"), list):
        return None
    rows = [row for row in load["measures"] if isinstance(row, dict) and row.get("measure") in MEASURES]
    return str(load.get("title") or ""), str(load.get("note") or ""), rows[: forms.MOST_MEASURES + 1]


def add_measure(draft: forms.Draft, kind: Any) -> forms.Draft | None:
    """The draft with one more measure; None where that cannot be."""
    if kind not in MEASURES or len(draft) >= forms.MOST_MEASURES:
        return None
    return [*draft, {"measure": kind}]


def remove_measure(draft: forms.Draft, number: Any) -> forms.Draft:
    """The draft without the measure at a position."""
    return [row for n, row in enumerate(draft) if n != number]
