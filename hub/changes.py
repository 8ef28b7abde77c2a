"""May this planner change that? The rows that a scenario changes, held against the planner's part."""

from collections.abc import Iterable

from hub.scopes import Scope
from simulation.changes import RowChange, list_changes
from simulation.scenario import Scenario
from twin.faults import DistrictFaults, Fault

OUTSIDE = "outside your part"


def find_outside(changes: Iterable[RowChange], scope: Scope) -> list[RowChange]:
    """Rows that name a unit or a place outside a scope, or none at all: those hold for the whole district."""
    if scope.is_whole:
        return []
    return [change for change in changes if not _is_inside(change, scope)]


def check_part(scenario: Scenario, scope: Scope) -> None:
    """DistrictFaults with every row that the scenario changes, on any of its days, outside the scope."""
    if scope.is_whole:
        return
    changes = list_changes(scope.district, scenario.stages(scope.district))
    outside = find_outside(changes, scope)
    if outside:
        raise DistrictFaults([Fault(c.table, c.key, OUTSIDE, _explain(c, scope)) for c in outside])


def _is_inside(change: RowChange, scope: Scope) -> bool:
    if not change.units and not change.places:
        return False
    return change.units <= scope.units and change.places <= scope.areas


def _explain(change: RowChange, scope: Scope) -> str:
    foreign = sorted((change.units - scope.units) | (change.places - scope.areas))
    named = ", ".join(foreign) or "the whole district"
    return f"{change.verb}: {named} is not under {scope.unit}"
