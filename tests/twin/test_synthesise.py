"""The fictitious district: counts, geometry, organisation, policy, and the same bytes from the same seed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy._core import _multiarray_umath

from twin.district import District
from twin.fictitious.openings import shorten_wait
from twin.load import check_folder
from twin.organisation import measure_availability
from twin.synthesise import FEWEST_GRIDS, draw_water, synthesise, write

DEMO = Path(__file__).parents[2] / "data" / "demo"
SMALL = 120
BUSY = {"dept_urban", "dept_housing", "dept_transport", "dept_ecology", "dept_emergency", "dept_water"}
SHARES = {
    "01": 0.15,
    "02": 0.02,
    "03": 0.03,
    "04": 0.09,
    "05": 0.01,
    "10": 0.08,
    "21": 0.09,
    "22": 0.14,
    "23": 0.03,
    "24": 0.06,
    "25": 0.06,
    "26": 0.06,
    "27": 0.07,
    "28": 0.06,
    "29": 0.025,
    "30": 0.01,
    "31": 0.01,
    "32": 0.005,
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[District, Path]:
    folder = tmp_path_factory.mktemp("demo")
    return write(folder, seed=1), folder


@pytest.fixture(scope="module")
def district(demo: tuple[District, Path]) -> District:
    return demo[0]


@pytest.fixture(scope="module", params=[2, 7, 11])
def other(request: pytest.FixtureRequest) -> District:
    return synthesise(request.param)


def read_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def assert_hangs_together(district: District) -> None:
    """Every grid, village and township is one piece; grids cover the district without gap or overlap."""
    shapes = district.grids.geometry.array
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    areas = district.areas.set_index("code")
    assert set(areas.geometry.geom_type) == {"Polygon"}
    for tier, member in (("village", "village"), ("township", "township")):
        for code, cells in district.places.groupby(member)["grid"]:
            part = district.adjacency.subgraph(cells)
            assert nx.is_connected(part), (tier, code)


def assert_counts(district: District, townships: int, villages: int, grids: int) -> None:
    tiers = district.areas["tier"].value_counts()
    assert (tiers["district"], tiers["township"], tiers["village"]) == (1, townships, villages)
    assert len(district.grids) == grids


def test_default_district_has_the_counts_of_the_plan(district: District) -> None:
    assert_counts(district, 18, 240, 1240)
    assert district.areas["kind"].value_counts().to_dict() == {
        "village": 180,
        "community": 60,
        "town": 8,
        "street": 6,
        "township": 4,
        "district": 1,
    }
    assert district.grids["kind"].value_counts().to_dict() == {"rural": 900, "urban": 280, "dedicated": 60}
    top = district.areas[district.areas["tier"] == "district"].iloc[0]
    assert (top["households"], top["population"]) == (225_000, 600_000)
    assert (district.units["kind"] == "department").sum() == 32
    assert 5_800 <= len(district.posts) <= 6_300


def test_district_is_labelled_fictitious(district: District) -> None:
    assert district.label == "fictitious"
    assert district.settings.code == "990101"


def test_folder_passes_the_check_and_stays_small(demo: tuple[District, Path]) -> None:
    assert check_folder(demo[1]) == []
    assert sum(len(content) for content in read_bytes(demo[1]).values()) < 8_000_000


def test_committed_demo_is_seed_1_to_the_byte(demo: tuple[District, Path]) -> None:
    fresh, kept = read_bytes(demo[1]), read_bytes(DEMO)
    assert sorted(fresh) == sorted(kept)
    assert [name for name in fresh if fresh[name] != kept[name]] == []


def test_same_seed_gives_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a", 7, SMALL)
    write(tmp_path / "b", 7, SMALL)
    assert read_bytes(tmp_path / "a") == read_bytes(tmp_path / "b")


def test_plainer_processor_gives_the_same_bytes(tmp_path: Path) -> None:
    """Vector instructions differ in the last bit of a cosine; the folder must not."""
    features = [
        name for name in _multiarray_umath.__cpu_dispatch__ if _multiarray_umath.__cpu_features__[name]
    ]
    plain = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(features), "PYTHONHASHSEED": "7"}
    code = f"from twin.synthesise import write; write({str(tmp_path / 'plain')!r}, 7, 400)"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=plain, check=True, cwd=DEMO.parents[1])
    write(tmp_path / "own", 7, 400)
    assert read_bytes(tmp_path / "plain") == read_bytes(tmp_path / "own")


def test_other_seed_gives_another_valid_district(tmp_path: Path) -> None:
    write(tmp_path / "a", 7, SMALL)
    write(tmp_path / "b", 8, SMALL)
    assert (tmp_path / "a" / "grids.geojson").read_bytes() != (tmp_path / "b" / "grids.geojson").read_bytes()
    assert check_folder(tmp_path / "b") == []


def test_cells_neither_gap_nor_overlap(district: District) -> None:
    assert_hangs_together(district)


def test_other_seeds_hang_together_too(other: District) -> None:
    assert_counts(other, 18, 240, 1240)
    assert_hangs_together(other)
    assert nx.is_connected(other.road_graph)


def test_parents_are_exact_unions_of_their_children(district: District) -> None:
    areas = district.areas.set_index("code")
    for village, grids in district.grids.groupby("village"):
        union = shapely.union_all(grids.geometry.array)
        assert shapely.equals(union, areas.geometry[village])
    for parent, children in district.areas[district.areas["parent"] != ""].groupby("parent"):
        assert shapely.equals(shapely.union_all(children.geometry.array), areas.geometry[parent])


def test_sums_of_children_are_those_of_the_parent(district: District) -> None:
    areas = district.areas.set_index("code")
    for column in ("households", "population"):
        by_village = district.grids.groupby("village")[column].sum()
        assert (by_village == areas.loc[by_village.index, column]).all()
        assert by_village.sum() == areas.loc["990101000000", column]


def test_three_thousand_grids_work(tmp_path: Path) -> None:
    large = write(tmp_path, 3, 3000)
    assert len(large.grids) == 3000
    assert_hangs_together(large)
    assert check_folder(tmp_path) == []
    assert large.demand["per_day"].sum() == pytest.approx(800 * 3000 / 1240, abs=0.01)


def test_smallest_district_works_and_a_smaller_one_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 1, FEWEST_GRIDS)
    assert check_folder(tmp_path) == []
    with pytest.raises(ValueError, match="at least 60"):
        synthesise(1, FEWEST_GRIDS - 1)
    with pytest.raises(ValueError, match="seed -1"):
        synthesise(-1)


def test_codes_follow_the_division_codes(district: District) -> None:
    areas = district.areas.set_index("code")
    for code, row in areas.iterrows():
        assert re.fullmatch(r"990101\d{6}", str(code))
        town, village = int(str(code)[6:9]), int(str(code)[9:])
        spans = {"street": (1, 99), "town": (100, 199), "township": (200, 399)}
        if row["kind"] in spans:
            assert spans[row["kind"]][0] <= town <= spans[row["kind"]][1]
            assert village == 0
        if row["tier"] == "village":
            low, high = (1, 199) if row["kind"] == "community" else (200, 399)
            assert low <= village <= high
            assert str(code)[:9] == row["parent"][:9]
    assert district.grids["code"].str.fullmatch(r"\d{15}").all()
    assert (district.grids["code"].str[:12] == district.grids["village"]).all()
    assert not set(district.units["code"]) & set(areas.index)


def test_names_are_unique_inside_their_parent(district: District) -> None:
    assert not district.areas.duplicated(["parent", "name"]).any()
    assert not district.grids.duplicated(["village", "name"]).any()
    assert (district.areas["name_en"] != "").all()
    assert district.areas["name_en"].str.fullmatch(r"[A-Za-z' ]+").all()


def test_roads_reach_every_unit_and_grid(district: District) -> None:
    assert nx.is_connected(district.road_graph)
    assert set(district.roads["class"]) == {"main", "minor", "lane"}
    metres = district.roads.geometry.to_crs(district.settings.metric_crs).union_all()
    cells = district.grids.geometry.to_crs(district.settings.metric_crs)
    assert cells.distance(metres).max() < 400
    assert district.units.geometry.to_crs(district.settings.metric_crs).distance(metres).max() < 700
    assert district.travel_seconds().max() < 2.5 * 3600


def test_units_stand_inside_their_area(district: District) -> None:
    areas = district.areas.set_index("code").geometry
    lower = district.units[district.units["tier"] != "district"]
    for unit in lower[lower["kind"] != "squad"].itertuples():
        assert areas[unit.area].intersects(unit.geometry), unit.code


def test_command_tree_has_the_hub_as_root(district: District) -> None:
    commands = [(a, b) for a, b, kind in district.organisation.edges(data="kind") if kind == "command"]
    tree = nx.DiGraph(commands)
    assert nx.is_arborescence(tree)
    root = district.units[district.units["parent"] == ""].iloc[0]
    assert (root["kind"], root["tier"]) == ("hub", "district")
    kinds = district.units["kind"].value_counts()
    assert (kinds["office"], kinds["squad"], kinds["committee"], kinds["field_team"]) == (18, 90, 240, 24)


def test_field_teams_share_four_contiguous_zones_of_four_or_five(district: District) -> None:
    teams = district.units[district.units["kind"] == "field_team"]
    zones = {tuple(serves.split(";")) for serves in teams["serves"]}
    assert sorted(len(zone) for zone in zones) == [4, 4, 5, 5]
    townships = district.areas.loc[district.areas["tier"] == "township", "code"]
    assert sorted(code for zone in zones for code in zone) == sorted(townships)
    assert (teams.groupby("parent")["serves"].nunique() == 4).all()
    for zone in zones:
        cells = district.places.loc[district.places["township"].isin(zone), "grid"]
        assert nx.is_connected(district.adjacency.subgraph(cells))


def test_posts_follow_the_plan(district: District) -> None:
    roles = district.posts["role"].value_counts()
    assert (roles["seat"], roles["dispatcher"], roles["chief"]) == (42, 12, 3)
    assert {role: roles[role] for role in BUSY} == dict.fromkeys(BUSY, 40)
    assert (roles["grid_worker"], roles["grid_head"], roles["grid_instructor"]) == (1240, 1240, 868)
    assert roles["committee"] == 5 * 240
    workers = district.posts[district.posts["role"] == "grid_worker"]
    assert sorted(workers["area"]) == sorted(district.grids["code"])
    assert district.posts["post_id"].is_unique


def test_township_staff_is_weakly_tied_to_load(district: District) -> None:
    township = district.units.set_index("code").loc[district.posts["unit"]]
    inside = (township["tier"] == "township").to_numpy()
    staff = district.posts[inside].groupby(township["area"].to_numpy()[inside]).size()
    assert staff.between(40, 80).all()
    assert staff.mean() == pytest.approx(55)
    owner = district.places.set_index("grid")["township"]
    load = district.demand.groupby(district.demand["area"].map(owner))["per_day"].sum()
    assert -0.2 < np.corrcoef(staff, load.loc[staff.index])[0, 1] < 0.8


def test_every_township_has_five_squads_that_can_go_in_pairs(district: District) -> None:
    squads = district.posts[district.posts["role"].str.startswith("squad_")]
    sizes = squads.groupby("unit").size()
    assert len(sizes) == 90
    assert sizes.between(2, 6).all()
    assert squads["role"].nunique() == 5


def test_night_crews_are_a_quarter(district: District) -> None:
    posts = district.posts
    for role in ("order", "dept_emergency"):
        crew = posts[posts["role"] == role]
        assert (crew["shift"] == "night").mean() == pytest.approx(0.25, abs=0.06)
    assert set(posts.loc[posts["shift"] == "night", "role"]) == {"order", "dept_emergency"}


def test_reports_have_the_shares_of_the_matters_table(district: District) -> None:
    by_matter = district.demand.groupby("matter")["per_day"].sum()
    assert by_matter.sum() == pytest.approx(800)
    assert (by_matter / by_matter.sum()).to_dict() == pytest.approx(SHARES, abs=1e-6)


def test_farm_matters_are_rural_and_street_order_is_urban(district: District) -> None:
    kinds = district.grids.set_index("code")["kind"]
    reports = district.demand.assign(kind=district.demand["area"].map(kinds))
    mean = reports.pivot_table(index="matter", columns="kind", values="per_day")
    assert mean.loc["26", "rural"] > 5 * mean.loc["26", "urban"]
    assert (
        mean.loc[["02", "04", "24", "25"], "urban"] > 1.5 * mean.loc[["02", "04", "24", "25"], "rural"]
    ).all()


@pytest.mark.parametrize(("matter", "without"), [("03", 0.4), ("04", 0.2), ("26", 0.5)])
def test_items_without_mandate_have_the_stated_share(district: District, matter: str, without: float) -> None:
    share = district.matters.set_index("item")["share"]
    mandates = district.mandates[district.mandates["item"].str.startswith(matter)]
    bare = mandates[(mandates["tier"] == "township") & (mandates["holds"] == 0)]["item"]
    assert share[sorted(set(bare))].sum() == pytest.approx(without)


def test_availability_stays_within_three_tenths_of_the_field_s_figures(district: District) -> None:
    availability = measure_availability(district.duties)
    published = {"grid_worker": 0.27, "committee": 0.135, "service": 0.18, "order": 0.18, "governance": 0.18}
    published |= dict.fromkeys(("squad_urban", "squad_land", "dept_water", "dept_labour"), 0.225)
    published |= dict.fromkeys(("seat", "dispatcher", "chief", "command"), 0.8)
    for role, share in published.items():
        assert 0.7 * share <= availability[role] <= 1.3 * share, role
    for role in ("grid_head", "grid_instructor", "posted", "other"):
        assert availability[role] == pytest.approx(0.0)
    assert set(district.duties["role"]) == set(district.posts["role"])


def test_departments_that_share_a_role_come_first_for_townships_in_proportion(district: District) -> None:
    chosen = district.preferences
    handlers = district.posts["unit"].value_counts()
    firsts = chosen[chosen["rank"] == 1].groupby("role")["unit"].value_counts()
    for role, counts in firsts.groupby("role"):
        units = counts.droplevel("role")
        everyone = chosen.loc[chosen["role"] == role, "unit"].unique()
        share = handlers[everyone] / handlers[everyone].sum() * units.sum()
        assert units.sum() == 18
        assert (units.reindex(everyone, fill_value=0) - share).abs().max() < 1


def test_zoned_matters_escalate_only_to_the_six_busiest(district: District) -> None:
    routes = district.routes[
        (district.routes["tier"] == "district") & (district.routes["step"] == "handle_district")
    ]
    zoned = routes[routes["item"].str[:2].isin(["01", "02", "03", "04", "10", "22", "23", "24"])]
    assert set(zoned["role"]) <= BUSY
    rest = routes[routes["item"].str[:2].isin(["25", "26", "27", "28", "29", "30", "32"])]
    assert not set(rest["role"]) & BUSY


def test_every_item_has_a_way_from_dispatch_to_close(district: District) -> None:
    general = district.routes[district.routes["item"] == "*"].set_index("step")
    assert list(general.index) == ["accept", "dispatch", "check", "close", "evaluate"]
    for item in district.matters["item"]:
        own = district.routes[(district.routes["item"] == item) & (district.routes["state"] == "handled")]
        assert len(own) >= 1
        assert (own["next"] == "check").all()
        assert list(own["up_to"]) == [*own["step"].iloc[1:], ""]
        assert own["up_share"].iloc[-1] == 0


def test_calendar_knows_made_up_working_days(district: District) -> None:
    days = district.calendar.set_index("date")["day"]
    assert (days.index[0], days.index[-1], len(days)) == ("2025-01-01", "2026-12-31", 730)
    assert days["2026-10-01"] == "holiday"
    assert days["2026-02-14"] == "made_up_workday"
    assert days["2026-05-10"] != "workday"
    assert days["2026-05-11"] == "workday"


def test_every_figure_of_policy_has_a_source(district: District) -> None:
    sources = district.sources.set_index("parameter")
    assert sources.index.is_unique
    assert (sources["source"] != "").all()
    for row in district.routes[district.routes["state"] == "handled"].itertuples():
        matter = row.item.split("-")[0]
        found = [
            f"routes.{i}.{row.tier}.{row.role}.minutes" in sources.index for i in (row.item, f"{matter}-1")
        ]
        assert any(found), row.item
    assert sources.loc["demand.reports_per_day", "value"] == "800"


def test_shares_of_items_and_channels_sum_to_one(district: District) -> None:
    assert district.matters.groupby("matter")["share"].sum().to_numpy() == pytest.approx(1.0)
    assert sum(district.settings.channels.values()) == pytest.approx(1.0)


def test_water_lies_in_the_district() -> None:
    water = draw_water(1)
    outline = synthesise(1).areas.geometry.union_all().buffer(0.002)
    assert list(water["kind"]) == ["river", "lake"]
    assert water.within(outline).all()


def test_no_table_lacks_rows(district: District) -> None:
    tables: dict[str, pd.DataFrame] = {
        n: getattr(district, n) for n in ("shifts", "duties", "mandates", "sources")
    }
    assert all(len(table) for table in tables.values())


def test_no_open_case_is_past_its_limit_by_more_than_the_rules_allow(district: District) -> None:
    """The law past the limit is cut: half of 10 by a mean of 10 is 10 x -ln(1 - (1 - e^-1) / 2) = 3.80."""
    assert district.opening["due_hours"].min() >= -24 * 20
    late = (district.opening["due_hours"] < 0).mean()
    assert 0.03 < late < 0.15
    assert shorten_wait(7.0, 30.0, 10.0, 10.0) == 7.0
    median_past = 30.0 + 10.0 * np.log(2)
    assert shorten_wait(median_past, 30.0, 10.0, 10.0) == pytest.approx(33.799, abs=1e-3)
    assert shorten_wait(1e6, 30.0, 10.0, 10.0) == pytest.approx(40.0)
