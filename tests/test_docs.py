"""What the documents say holds: links, measures, indicators, examples."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from dashboard.admin.reference import render_roles
from dashboard.factory import PAGES
from hub.roles import ROLES
from simulation.experiment import Outcome, plan_period, run_replication
from simulation.measures import list_fields
from simulation.measures.reference import render_reference
from simulation.scenario import MEASURES, Scenario
from simulation.studies.outcome import SCOPE_INDICATORS, UNIT_INDICATORS
from twin.district import District
from twin.indicator_list import render_indicators

LIBRARY = Path(__file__).resolve().parent.parent / "data" / "scenarios"
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def list_pages(root: Path) -> list[Path]:
    """Every Markdown page of the product."""
    return [*root.glob("*.md"), *(root / "docs").rglob("*.md"), root / "data" / "README.md"]


def test_every_link_of_a_page_leads_to_a_file(root: Path) -> None:
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in list_pages(root)
        for target in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_reference_of_scenarios_is_what_the_schemas_make(root: Path) -> None:
    page = (root / "docs" / "reference" / "scenarios.md").read_text("utf-8")
    assert page == render_reference(), "run `python scripts/write_reference.py`"
    for kind, measure in MEASURES.items():
        section = page.split(f"## `{kind}`")[1].split("\n## ")[0]
        for name in list_fields(measure):
            assert f"| `{name}` | {measure.model_fields[name].title} |" in section, f"{kind}.{name}"


def test_the_reference_of_indicators_names_every_one_with_its_formula(root: Path) -> None:
    page = (root / "docs" / "reference" / "indicators.md").read_text("utf-8")
    written = render_indicators(SCOPE_INDICATORS, UNIT_INDICATORS)
    assert page == written, "run `python scripts/write_reference.py`"


def test_the_reference_of_roles_is_what_roles_and_pages_make(root: Path) -> None:
    page = (root / "docs" / "reference" / "roles.md").read_text("utf-8")
    assert page == render_roles(PAGES), "run `python scripts/write_reference.py`"
    for role in ROLES:
        assert f"| `{role}` |" in page


def test_the_example_scenario_holds_every_measure_with_every_key(root: Path) -> None:
    text = (root / "data" / "scenarios" / "example.toml").read_text("utf-8")
    scenario = Scenario.from_toml(text)
    assert {measure.kind for measure in scenario.measures} == set(MEASURES)
    for measure in scenario.measures:
        part = text.split(f'measure = "{measure.kind}"')[1].split("[[measures]]")[0]
        for name in list_fields(type(measure)):
            assert f"\n{name} = " in part, f"{measure.kind}.{name}"


def test_the_library_holds_a_scenario_of_every_measure_with_a_chinese_title(root: Path) -> None:
    for kind in MEASURES:
        scenario = Scenario.from_file(root / "data" / "scenarios" / f"{kind}.toml")
        assert kind in {measure.kind for measure in scenario.measures}
        assert re.search(r"[\u4e00-\u9fff]", scenario.title), kind


@pytest.fixture(scope="module")
def as_it_is(demo_district: District) -> Outcome:
    """One replication of the demo district over two days."""
    period = plan_period(demo_district, date(2026, 5, 18), 2)
    return run_replication(demo_district, (Scenario(name="as it is"), period, 1, 0))


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.toml")), ids=lambda path: path.stem)
def test_a_scenario_of_the_library_changes_something_on_the_demo_district(
    demo_district: District, as_it_is: Outcome, path: Path
) -> None:
    period = plan_period(demo_district, date(2026, 5, 18), 2)
    after = run_replication(demo_district, (Scenario.from_file(path), period, 1, 0))
    same = np.array_equal(as_it_is.keys, after.keys) and np.array_equal(as_it_is.prints, after.prints)
    same_figures = np.array_equal(as_it_is.values, after.values, equal_nan=True)  # those of walk-ins as well
    assert not (same and same_figures)
