"""What keeps a planner of a part inside it, in words."""

from dashboard.i18n import pick, t
from dashboard.plan import forms
from dashboard.plan.played import play
from hub.changes import find_outside
from hub.scopes import Scope
from simulation.scenario import Scenario

SHOWN = 3


def tell_outside(scenario: Scenario, scope: Scope, lang: str) -> str:
    """How many rows a scenario changes outside a planner's part, and the first of them; blank where none."""
    outside = [] if scope.is_whole else find_outside(play(scenario.measures, scope.district).changes, scope)
    if not outside:
        return ""
    rows = forms.join_words([change.key for change in outside[:SHOWN]], lang)
    unit = scope.district.units.set_index("code").loc[scope.unit]
    name = pick(lang, unit["name"], unit["name_en"])
    return t("plan.outside", lang, count=len(outside), rows=rows, unit=name)
