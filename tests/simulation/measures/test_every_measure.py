"""What holds for every measure: it changes the tables that it names, no other, and none of the caller."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from simulation.measures import MEASURES, Measure
from simulation.measures.base import DEFAULTS
from simulation.measures.staffing import FillVacancies
from simulation.measures.worktime import CutDuties
from simulation.scenario import Scenario, find_faults
from twin.district import TABLE_NAMES, District
from twin.faults import DistrictFaults
from twin.schema import TABLES

EXAMPLE = Scenario.from_file(Path(__file__).resolve().parents[3] / "data" / "scenarios" / "example.toml")
PARTS = (*TABLE_NAMES, "settings", "demand_changes")


@pytest.fixture(params=EXAMPLE.measures, ids=lambda measure: measure.kind)
def measure(request: pytest.FixtureRequest) -> Measure:
    """Each measure of the example."""
    found: Measure = request.param
    return found


def copy_parts(district: District) -> dict[str, object]:
    """Every table as it is now."""
    parts = {name: getattr(district, name) for name in PARTS}
    return {n: part.copy() if isinstance(part, pd.DataFrame) else part for n, part in parts.items()}


def test_only_the_tables_that_it_names_change(demo_district: District, measure: Measure) -> None:
    before = copy_parts(demo_district)
    after = measure.apply(demo_district)
    changed = {n for n in PARTS if getattr(after, n) is not getattr(demo_district, n)}
    assert changed and changed <= set(measure.touches)
    for name, part in before.items():
        now = getattr(demo_district, name)
        assert now.equals(part) if isinstance(part, pd.DataFrame) else now is part, f"{name} of the caller"


def test_what_it_makes_still_fits_the_tables(demo_district: District, measure: Measure) -> None:
    after = measure.apply(demo_district)
    for name in set(measure.touches) & set(TABLES):
        table = getattr(after, name)
        TABLES[name].validate(table, lazy=True)
        assert table.dtypes.to_dict() == getattr(demo_district, name).dtypes.to_dict(), name
        assert list(table.columns) == list(getattr(demo_district, name).columns)


def test_it_has_a_word_for_the_planner_and_comes_back_from_its_file(measure: Measure) -> None:
    assert (type(measure).__doc__ or "").endswith((".", ".\n    "))
    scenario = Scenario(name="s", title="题", note="注", measures=(measure,))
    again = Scenario.from_toml(scenario.to_toml())
    assert again == scenario and again.hash == scenario.hash


def test_a_measure_for_a_whole_run_refuses_a_date_and_the_others_make_a_stage(
    demo_district: District, measure: Measure
) -> None:
    values = {name: getattr(measure, name) for name in type(measure).model_fields}
    dated = type(measure)(**values | {"effective_from": date(2026, 5, 11)})
    scenario = Scenario(name="s", measures=(dated,))
    if not dated.dated:
        with pytest.raises(DistrictFaults) as caught:
            scenario.stages(demo_district)
        assert [fault.rule for fault in caught.value.faults] == ["not dated"]
        return
    stages = scenario.stages(demo_district)
    assert stages[0] == (None, demo_district) and stages[1][0] == date(2026, 5, 11)


def test_the_registry_holds_them_under_their_own_kind() -> None:
    assert all(kind == model.kind and model.touches for kind, model in MEASURES.items())
    assert {measure.kind for measure in EXAMPLE.measures} == set(MEASURES)


def test_undated_measures_act_first_then_dated_ones_by_day(hamlet: District) -> None:
    def cut(keep: float, day: date | None) -> CutDuties:
        return CutDuties(roles=("service",), duties=("forms",), keep=keep, effective_from=day)

    measures = (cut(0.5, date(2026, 5, 20)), cut(0.1, date(2026, 5, 18)), cut(0.9, None))
    stages = Scenario(name="s", measures=measures).stages(hamlet)
    shares = [d.duties.query("role == 'service' and duty == 'forms'")["share"].iloc[0] for _, d in stages]
    assert [day for day, _ in stages] == [None, date(2026, 5, 18), date(2026, 5, 20)]
    assert shares == pytest.approx([0.27, 0.027, 0.0135])


def test_faults_of_all_measures_are_told_with_their_numbers(hamlet: District) -> None:
    measures = (
        FillVacancies(place="T1"),
        CutDuties(roles=("cook",), duties=("x",), keep=0),
        FillVacancies(batches=2),
    )
    found = [(number, fault.rule) for number, fault in find_faults(measures, hamlet)]
    assert found == [(2, "role unknown"), (2, "duty unknown"), (3, "batches need a date")]
    with pytest.raises(DistrictFaults) as caught:
        Scenario(name="s", measures=measures).apply(hamlet)
    assert len(caught.value.faults) == 3


def test_every_default_that_is_policy_has_a_source() -> None:
    sources = DEFAULTS["sources"]
    for section, values in DEFAULTS.items():
        for name in values if section != "sources" else ():
            assert any(key.startswith(f"{section}.{name}") for key in sources), f"{section}.{name}"
