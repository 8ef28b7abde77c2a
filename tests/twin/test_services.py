"""The walk-in tables: what `check` refuses, and what the fictitious district has."""

from pathlib import Path

import pandas as pd
import pytest

from tests.simulation.halls import build_halls
from twin.checks import check_district
from twin.district import District
from twin.load import load_district, save_district
from twin.schema import SERVICE_TABLES
from twin.service_checks import check_services
from twin.synthesise import synthesise
from twin.walkin_figures import WALKIN_INDICATORS, WINDOW_UTILISATION


def faults_of(district: District) -> set[tuple[str, str, str]]:
    return {(fault.table, fault.row, fault.rule) for fault in check_services(district)}


def test_tables_in_order_have_no_fault_and_none_at_all_is_in_order_too() -> None:
    district = build_halls({"hall": (1, "a", 500.0)})
    assert faults_of(district) == set()
    bare = district.with_tables(**{name: getattr(district, name).iloc[:0] for name in SERVICE_TABLES})
    assert faults_of(bare) == set()


def test_unknown_codes_missing_windows_and_items_that_no_point_finishes_are_found_together() -> None:
    district = build_halls({"hall": (1, "a", 500.0)})
    services = pd.concat([district.services, district.services.assign(service="b")])
    points = pd.DataFrame({"unit": ["hall", "ghost"], "services": ["a;z", "a"]})
    windows = pd.DataFrame(
        {
            "unit": ["hall", "hall", "other"],
            "shift": ["day", "night", "day"],
            "windows": [10, 1, 1],
            "staff": ["", "hall;nobody", "hall"],
        }
    )
    changed = district.with_tables(
        services=services,
        service_points=points,
        windows=windows,
        service_hours=pd.DataFrame({"hour": [9], "weight": [0.0]}),
    )
    assert faults_of(changed) == {
        ("services", "b", "no point may finish it"),
        ("service_points", "hall", "services unknown"),
        ("service_points", "ghost", "unit unknown"),
        ("service_points", "ghost", "no window"),
        ("windows", "hall day", "windows without staff"),
        ("windows", "hall night", "shift unknown"),
        ("windows", "hall night", "staff unknown"),
        ("windows", "other day", "no service point"),
        ("service_hours", "", "weights"),
    }
    assert set(check_services(changed)) <= set(check_district(changed))


def test_a_window_cannot_open_by_rota() -> None:
    district = build_halls({"hall": (1, "a", 500.0)})
    rota = district.shifts.assign(days="rota")
    assert faults_of(district.with_tables(shifts=rota)) == {("windows", "hall day", "shift by rota")}


def test_a_service_that_nobody_needs_may_have_no_point() -> None:
    district = build_halls({"hall": (1, "a", 500.0)})
    idle = district.services.assign(service="b", per_day=0.0)
    assert faults_of(district.with_tables(services=pd.concat([district.services, idle]))) == set()


def test_tables_come_back_from_a_folder_as_they_were(tmp_path: Path, demo_district: District) -> None:
    save_district(demo_district, tmp_path)
    again = load_district(tmp_path)
    for name in SERVICE_TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(demo_district, name))


def test_the_demo_district_has_48_items_at_village_and_98_at_township(demo_district: District) -> None:
    tiers = dict(zip(demo_district.units["code"], demo_district.units["tier"], strict=True))
    items = demo_district.services.set_index("service")["items"]
    found: dict[str, set[int]] = {}
    for point in demo_district.service_points.itertuples():
        codes = point.services.split(";") if point.services else list(items.index)
        found.setdefault(tiers[point.unit], set()).add(int(items[codes].sum()))
    assert found == {"village": {48}, "township": {98}, "district": {778}}
    assert demo_district.service_points["unit"].isin(demo_district.windows["unit"]).all()
    assert len(demo_district.service_points) == 1 + 18 + 240
    assert demo_district.services["per_day"].sum() == pytest.approx(1478)


def test_every_figure_of_walk_in_service_has_a_source(demo_district: District) -> None:
    known = set(demo_district.sources["parameter"])
    for service in demo_district.services["service"]:
        for figure in ("share", "minutes", "cv", "finished_share", "again_days", "items", "tier"):
            assert f"services.{service}.{figure}" in known
    assert {"walkin_needs.per_day", "walkin_halls.district.busy", "walkin_hours.weights.9"} <= known


@pytest.mark.parametrize("grids", [60, 400])
def test_windows_scale_with_the_district_and_never_pass_their_staff(grids: int) -> None:
    district = synthesise(3, grids)
    assert check_services(district) == []
    assert district.services["per_day"].sum() == pytest.approx(1478 * grids / 1240, abs=0.01)
    assert (district.windows["windows"] >= 1).all()


def test_the_reference_names_every_figure_of_walk_in_service_with_its_formula(root: Path) -> None:
    page = (root / "docs" / "reference" / "walk-ins.md").read_text("utf-8")
    for indicator in (*WALKIN_INDICATORS, WINDOW_UTILISATION):
        assert f"| `{indicator.id}` | {indicator.name} |" in page
        assert indicator.formula in page and indicator.formula_en in page
