"""The library of scenarios: texts are checked as TOML, and against the planner's part of the district."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.changes import check_part
from hub.scopes import Scope
from simulation.scenario import Scenario
from store.scenarios import LARGEST_TOML, ScenarioRow, ScenarioStore, VersionRow
from twin.faults import DistrictFaults, Fault


@dataclass(frozen=True)
class Planner:
    """Who asks: the owner of drafts, the name for the audit, and the part that they may change."""

    owner: str
    actor: str
    scope: Scope


class Library:
    """Scenarios of planners. A draft is its owner's alone until it is shared; then others may read it.

    What a planner may not see raises KeyError; what they may see and not change raises PermissionError.
    """

    def __init__(self, kept: ScenarioStore) -> None:
        self.kept = kept

    def create(self, planner: Planner, toml: str) -> ScenarioRow:
        """Keep a new scenario under its title; DistrictFaults for a wrong text or rows outside the part."""
        scenario = check_scenario(toml, planner.scope)
        title = scenario.title or scenario.name
        return self.kept.create(
            planner.owner, title, toml, scenario.hash, scope=planner.scope.unit, actor=planner.actor
        )

    def save(self, planner: Planner, scenario_id: str, toml: str, expected: int) -> ScenarioRow:
        """The next version, or only another title where nothing else differs from the newest.

        store.scenarios.Conflict where a newer version than `expected` was saved meanwhile.
        """
        scenario = check_scenario(toml, planner.scope)
        title = scenario.title or scenario.name
        row, newest = self.kept.open(scenario_id, planner.owner)
        words = {"title": "", "name": ""}
        before = Scenario.from_toml(newest.toml).model_copy(update=words)
        if row.version == expected and before == scenario.model_copy(update=words):
            if title != row.title:
                self.kept.rename(scenario_id, planner.owner, title, planner.actor)
            return self.kept.open(scenario_id, planner.owner)[0]
        return self.kept.save(scenario_id, planner.owner, title, toml, scenario.hash, expected, planner.actor)

    def open(
        self, planner: Planner, scenario_id: str, version: int | None = None
    ) -> tuple[ScenarioRow, Scenario]:
        """A scenario and one of its versions (None: the newest, under the title that it has now)."""
        row, kept = self.kept.open(scenario_id, planner.owner, version)
        scenario = Scenario.from_toml(kept.toml)
        return row, scenario.model_copy(update={"title": row.title}) if version is None else scenario

    def list_for(self, planner: Planner) -> list[ScenarioRow]:
        """One's own, the newest first, then those that others share."""
        return self.kept.list_for(planner.owner)

    def history(self, planner: Planner, scenario_id: str) -> list[VersionRow]:
        """Every version, the newest first."""
        return self.kept.history(scenario_id, planner.owner)

    def duplicate(self, planner: Planner, scenario_id: str, title: str) -> ScenarioRow:
        """One's own copy of a scenario of one's own or a shared one."""
        return self.kept.duplicate(
            scenario_id, planner.owner, title, scope=planner.scope.unit, actor=planner.actor
        )

    def rename(self, planner: Planner, scenario_id: str, title: str) -> None:
        """Another title."""
        self.kept.rename(scenario_id, planner.owner, title, planner.actor)

    def tag(self, planner: Planner, scenario_id: str, tags: Sequence[str]) -> None:
        """Other tags."""
        self.kept.tag(scenario_id, planner.owner, tags, planner.actor)

    def share(self, planner: Planner, scenario_id: str, shared: bool) -> None:
        """Whether other planners may read it."""
        self.kept.share(scenario_id, planner.owner, shared, planner.actor)

    def delete(self, planner: Planner, scenario_id: str) -> None:
        """Take it out of the library."""
        self.kept.delete(scenario_id, planner.owner, planner.actor)


def read_text(toml: str) -> Scenario:
    """The scenario of a TOML text; DistrictFaults for one that is too large or wrong."""
    if len(toml.encode()) > LARGEST_TOML:
        raise DistrictFaults([Fault("scenario", "", "too large", f"at most {LARGEST_TOML:,} bytes")])
    return Scenario.from_toml(toml)


def check_scenario(toml: str, scope: Scope) -> Scenario:
    """The same, where every measure can be put in force and stays inside a scope."""
    scenario = read_text(toml)
    scenario.stages(scope.district)
    check_part(scenario, scope)
    return scenario
