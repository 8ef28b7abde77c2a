"""A planner of a part is told what of a scenario lies outside it; one of the whole is not held up."""

from dashboard.plan.part import tell_outside
from hub.scopes import Scope
from simulation.scenario import Scenario
from twin.district import District

TOML = """
name = "more hands"
[[measures]]
measure = "scale_demand"
factor = 1.2
places = [{place}]
matters = []
"""


def test_a_township_s_planner_may_change_the_township_and_nothing_beside_it(demo_district: District) -> None:
    offices = demo_district.units[demo_district.units["kind"] == "office"]
    own, other = (str(area) for area in offices["area"].iloc[:2])
    scope = Scope(demo_district, str(offices["code"].iloc[0]))
    assert tell_outside(Scenario.from_toml(TOML.format(place=f'"{own}"')), scope, "zh") == ""
    told = tell_outside(Scenario.from_toml(TOML.format(place=f'"{other}"')), scope, "zh")
    assert told.startswith("本方案有 1 处") and str(offices["name"].iloc[0]) in told
    everywhere = Scenario.from_toml(TOML.format(place=""))
    assert "outside your part" in tell_outside(everywhere, scope, "en")
    assert tell_outside(everywhere, Scope(demo_district, ""), "zh") == ""
