"""What keeps a planner of a part inside it, in words."""

from dashboard.i18n import t
from hub.changes import check_part
from hub.scopes import Scope
from simulation.scenario import Scenario
from twin.faults import DistrictFaults

SHOWN = 3


def tell_outside(scenario: Scenario, scope: Scope, lang: str) -> str:
    """How many rows a scenario changes outside a planner's part, and the first of them; blank where none."""
    try:
        check_part(scenario, scope)
    except DistrictFaults as error:
        rows = "、".join(f"{fault.table} {fault.row}".strip() for fault in error.faults[:SHOWN])
        return t("plan.outside", lang, count=len(error.faults), rows=rows, unit=scope.unit)
    return ""
