"""What the documents say holds: links, measures, indicators, examples."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulation.experiment import plan_period, run_replication
from simulation.scenario import MEASURES, Scenario
from twin.district import District
from twin.indicators import INDICATORS, UTILISATION

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


def test_the_reference_names_every_measure_with_its_fields_and_every_indicator_with_its_formula(
    root: Path,
) -> None:
    scenarios = (root / "docs" / "reference" / "scenarios.md").read_text("utf-8")
    for kind, measure in MEASURES.items():
        section = scenarios.split(f"## `{kind}`")[1].split("\n## ")[0]
        for name, field in measure.model_fields.items():
            assert f"| `{name}` | {field.title} |" in section, f"{kind}.{name}"
    indicators = (root / "docs" / "reference" / "indicators.md").read_text("utf-8")
    for indicator in (*INDICATORS, UTILISATION):
        assert indicator.id in indicators and indicator.formula in indicators


def test_the_example_scenario_holds_every_measure_with_every_key(root: Path) -> None:
    text = (root / "data" / "scenarios" / "example.toml").read_text("utf-8")
    scenario = Scenario.from_toml(text)
    assert {measure.kind for measure in scenario.measures} == set(MEASURES)
    for measure in scenario.measures:
        part = text.split(f'measure = "{measure.kind}"')[1].split("[[measures]]")[0]
        for name in type(measure).model_fields:
            assert f"\n{name} = " in part, f"{measure.kind}.{name}"


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.toml")), ids=lambda path: path.stem)
def test_a_scenario_of_the_library_changes_something_on_the_demo_district(
    demo_district: District, path: Path
) -> None:
    scenario = Scenario.from_file(path)
    period = plan_period(demo_district, date(2026, 5, 18), 2)
    before = run_replication(demo_district, (Scenario(name="as it is"), period, 1, 0))
    after = run_replication(demo_district, (scenario, period, 1, 0))
    same = np.array_equal(before.keys, after.keys) and np.array_equal(before.prints, after.prints)
    assert not same
