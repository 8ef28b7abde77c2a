"""The importer on a made-up source whose answers were worked out by hand, and on a real city."""

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from twin.faults import DistrictFaults
from twin.importer import import_district
from twin.importing.mapping import Mapping, read_mapping
from twin.load import check_folder, load_district

CRS = "EPSG:32649"
EAST, NORTH = 500_000, 3_260_000
HEAD = "id,type,dept,how,created,closed,due,status,place,lon,lat\n"


def square(column: int, row: int, side: int = 1000) -> object:
    """A square of the 4 x 2 board."""
    west, south = EAST + column * 1000, NORTH + row * 1000
    return box(west, south, west + side, south + side)


def degrees(column: float, row: float) -> str:
    """`lon,lat` of a place on the board."""
    point = gpd.GeoSeries.from_xy([EAST + column * 1000], [NORTH + row * 1000], crs=CRS).to_crs(4326)[0]
    return f"{point.x:.6f},{point.y:.6f}"


def write_source(folder: Path, rows: list[str]) -> None:
    """Eight square grids; villages and townships that are cut 100 m aside, so that they do not nest."""
    cells = {f"G{c}{r}": square(c, r) for c in range(4) for r in range(2)}
    layers = {
        "grids": cells,
        "villages": {
            "West": box(EAST, NORTH, EAST + 2100, NORTH + 2000),
            "East": box(EAST + 2100, NORTH, EAST + 4000, NORTH + 2000),
        },
        "townships": {"Whole": box(EAST - 100, NORTH - 100, EAST + 4100, NORTH + 2100)},
    }
    for name, shapes in layers.items():
        frame = gpd.GeoDataFrame({"name": list(shapes)}, geometry=list(shapes.values()), crs=CRS)
        frame.to_file(folder / "areas.gpkg", layer=name, driver="GPKG")
    lines = [LineString([(EAST, NORTH + 500), (EAST + 4000, NORTH + 500)])]
    lines.append(LineString([(EAST + 1500, NORTH), (EAST + 1500, NORTH + 2000)]))
    roads = gpd.GeoDataFrame({"class": ["big", "odd"]}, geometry=lines, crs=CRS)
    roads.to_file(folder / "roads.gpkg", layer="roads", driver="GPKG")
    (folder / "requests.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def write_mapping(folder: Path, change: tuple[str, str] = ("", "")) -> Path:
    """The mapping of the made-up source, with one text changed."""
    layer = "\n".join(
        f'[layers.{n}]\nfile = "areas.gpkg"\nlayer = "{n}"\nname = "name"'
        for n in ("grids", "villages", "townships")
    )
    text = f"""
[district]
name = "方格区"
code = "980103"
metric_crs = "{CRS}"
time_zone = "Asia/Shanghai"
{layer}
[layers.roads]
file = "roads.gpkg"
class_column = "class"
classes = {{ big = ["main", 50] }}
[requests]
file = "requests.csv"
date_format = "%Y-%m-%d %H:%M"
zone = "Asia/Shanghai"
placeholders = [[0, 0]]
not_counted = {{ Void = "void" }}
[requests.columns]
id = "id"
created = "created"
closed = "closed"
due = "due"
status = "status"
item = "type"
matter = "dept"
channel = "how"
place_name = "place"
longitude = "lon"
latitude = "lat"
[channels]
patrol = "grid"
[matters]
least_requests = 2
"""
    path = folder / "mapping.toml"
    path.write_text(text.replace(*change) if change[0] else text, encoding="utf-8")
    return path


def rows() -> list[str]:
    """One row for each defect, between good ones."""
    good = "2026-03-02 09:00,2026-03-02 19:00,2026-03-03 09:00,Done"
    inside = degrees(0.5, 0.5)
    return [
        f"1,rubbish,waste,patrol,{good},G00,{inside}",
        f"2,rubbish,waste,phone,{good},G00,{inside}",
        f"3,hole,road,phone,{good},G31,{degrees(3.5, 1.5)}",
        f"4,hole,road,phone,{good},g31,,",  # no coordinates, a name that differs in case only
        f"5,hole,road,phone,{good},G3I,,",  # no coordinates, a name that no grid has
        f"6,hole,road,phone,{good},,0,0",  # placeholder and no name
        f"7,hole,road,phone,{good},Far,{degrees(9, 9)}",  # outside, unknown name
        f"8,hole,road,phone,{good},G30,{degrees(9, 9)}",  # outside, known name
        f"9,rubbish,waste,phone,2026-03-02 09:00,2026-03-02 09:00,2026-03-03 09:00,Done,G00,{inside}",
        f"10,rubbish,waste,phone,2026-03-02 09:00,,2026-03-03 09:00,Open,G00,{inside}",
        f"2,rubbish,waste,phone,{good},G00,{inside}",  # an id again
        f"12,rubbish,waste,phone,02.03.2026,,2026-03-03 09:00,Done,G00,{inside}",
        f"13,rubbish,waste,phone,{good.replace('Done', 'Void')},G00,{inside}",
        f"14,lamp,light,phone,2026-03-07 09:00,2026-03-07 10:00,,Done,G00,{inside}",
    ]


def test_every_row_is_used_or_stands_under_the_reason_worked_out_by_hand(tmp_path: Path) -> None:
    write_source(tmp_path, rows())
    report = import_district(write_mapping(tmp_path), tmp_path, tmp_path / "out")
    assert report.rows == 14
    assert report.balanced
    assert report.used == 7  # 1 2 3 4 8 10 14
    short = {reason.split(" ")[0]: count for reason, count in report.reasons.items()}
    assert short == {
        "编号重复": 1,
        "上报时间读不出": 1,
        "void": 1,
        "即开即结，未做工作": 1,
        "无可用坐标且地名不识": 2,
        "坐标在所有网格外且地名不识": 1,
    }
    counts = {
        line.what.split(" ")[0]: line.count
        for line in report.sections["诉求数据的缺陷 Defects of the requests"]
    }
    assert counts["坐标缺失"] == 2
    assert counts["占位坐标"] == 1
    assert counts["按地名落格"] == 2
    assert counts["地名大小写或标点不同"] == 1
    assert counts["地名拼写对不上"] == 2
    assert counts["仍未结案"] == 2
    assert counts["即开即结"] == 1
    suggestion = next(line for line in report.sections["地名建议 Spellings"] if line.what == "G3I")
    assert "G3" in suggestion.became
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "G3I" in page and not re.search(r"https?://", page)


def test_parents_are_unions_of_their_children_and_codes_nest(tmp_path: Path) -> None:
    write_source(tmp_path, rows())
    import_district(write_mapping(tmp_path), tmp_path, tmp_path / "out")
    district = load_district(tmp_path / "out")
    assert check_folder(tmp_path / "out") == []
    assert district.label == "real"
    areas = district.areas.set_index("code")
    assert list(areas["name"]) == ["方格区", "Whole", "East", "West"]
    west = areas[areas["name"] == "West"].index[0]
    mine = district.grids[district.grids["village"] == west]
    assert sorted(mine["name"]) == ["G00", "G01", "G10", "G11"]
    union = mine.geometry.union_all()
    assert union.symmetric_difference(areas.loc[west, "geometry"]).area < 1e-12
    assert all(
        code.startswith(village)
        for code, village in zip(district.grids["code"], district.grids["village"], strict=True)
    )
    assert set(district.roads["speed_kmh"]) == {50.0, 30.0}
    assert district.road_graph.degree((EAST + 1500, NORTH + 500)) == 4  # cut where the two lines cross


def test_demand_is_counted_by_place_and_matter_over_working_days(tmp_path: Path) -> None:
    write_source(tmp_path, rows())
    import_district(write_mapping(tmp_path), tmp_path, tmp_path / "out")
    district = load_district(tmp_path / "out")
    matters = district.matters.drop_duplicates("matter").set_index("matter_name")["matter"]
    demand = district.demand.set_index(["area", "matter"])["per_day"]
    first = district.grids.set_index("name")["code"]["G00"]
    # Monday to Saturday; one request on a weekend day, six on weekdays: (1 / 2) / (6 / 5) = 5 / 12
    days = 5 + 5 / 12
    assert demand[first, matters["waste"]] == pytest.approx(3 / days, abs=1e-6)
    assert demand.sum() == pytest.approx(7 / days, abs=1e-5)
    limits = district.matters.set_index("item_name")["limit_value"]
    assert limits["rubbish"] == 24.0
    assert district.settings.channels == {
        "grid": pytest.approx(1 / 7, abs=1e-4),
        "hotline": pytest.approx(6 / 7, abs=1e-4),
    }


def test_posts_that_the_source_lacks_are_marked_assumed(tmp_path: Path) -> None:
    write_source(tmp_path, rows())
    import_district(write_mapping(tmp_path), tmp_path, tmp_path / "out")
    sources = load_district(tmp_path / "out").sources.set_index("parameter")["kind"]
    assert (sources[sources.index.str.startswith("posts.")] == "assumed").all()
    assert sources["demand"] == "measured"


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    write_source(tmp_path, rows())
    mapping = write_mapping(tmp_path)
    for name in ("a", "b"):
        import_district(mapping, tmp_path, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('name = "方格区"', "nom = 1"), "district.name"),
        (('layer = "villages"', 'layer = "hamlets"'), "layer missing"),
        (('closed = "closed"', 'closed = "shut"'), "column missing"),
        (('file = "roads.gpkg"', 'file = "ways.gpkg"'), "file missing"),
    ],
)
def test_a_wrong_mapping_is_told_by_key_and_writes_nothing(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    write_source(tmp_path, rows())
    with pytest.raises(DistrictFaults) as caught:
        import_district(write_mapping(tmp_path, change), tmp_path, tmp_path / "out")
    assert told in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_example_explains_every_key_there_is(root: Path, tmp_path: Path) -> None:
    text = (root / "data" / "mappings" / "example.toml").read_text("utf-8")
    for name in ("grids", "villages", "townships", "roads", "buildings"):
        (tmp_path / f"{name}.gpkg").write_bytes(b"")
    (tmp_path / "requests.csv").write_text("")
    mapping = read_mapping(root / "data" / "mappings" / "example.toml", tmp_path)
    for section in (
        Mapping,
        *(type(getattr(mapping, name)) for name in ("district", "requests", "matters", "bodies", "demand")),
    ):
        for key in section.model_fields:
            assert re.search(rf"^\[?(\w+\.)*{key}\b", text, re.MULTILINE), key


@pytest.mark.slow
def test_a_real_city_becomes_a_district_without_a_fault(root: Path, real_data: Path, tmp_path: Path) -> None:
    mapping = root / "data" / "mappings" / "baltimore.toml"
    report = import_district(mapping, real_data / "baltimore", tmp_path / "out")
    assert report.rows == 10_000
    assert report.balanced
    assert report.used > 6_500
    raw = pd.read_csv(real_data / "baltimore" / "requests.csv", dtype=str, keep_default_na=False)
    counts = {
        line.what.split(" ")[0]: line.count
        for line in report.sections["诉求数据的缺陷 Defects of the requests"]
    }
    assert counts["坐标缺失"] == int((raw["Latitude"] == "").sum())
    latitude, longitude = pd.to_numeric(raw["Latitude"]), pd.to_numeric(raw["Longitude"])
    assert counts["占位坐标"] == int(((latitude == 39) & (longitude == -77)).sum())
    assert counts["仍未结案"] == int((raw["CloseDate"] == "").sum())
    assert check_folder(tmp_path / "out") == []
    tiers = load_district(tmp_path / "out").areas["tier"].value_counts()
    assert tiers["township"] == 9
    assert tiers["village"] >= 50


def test_buildings_come_in_as_points_with_households_and_what_is_lost_is_counted(
    tmp_path: Path,
) -> None:
    write_source(tmp_path, rows())
    polygon = box(EAST + 100, NORTH + 100, EAST + 120, NORTH + 110)
    shapes = [polygon, Point(EAST + 3500, NORTH + 500), Point(EAST - 9000, NORTH), None]
    frame = gpd.GeoDataFrame({"homes": ["12", "many", "3", "4"]}, geometry=shapes, crs=CRS)
    frame.to_file(tmp_path / "buildings.gpkg", driver="GPKG")
    section = '[layers.buildings]\nfile = "buildings.gpkg"\nhouseholds_column = "homes"\n[requests]\n'
    report = import_district(write_mapping(tmp_path, ("[requests]\n", section)), tmp_path, tmp_path / "out")
    told = {line.what.split(" ")[0]: line.count for line in report.sections["楼栋 Buildings"]}
    assert told == {"读入": 4, "无图形": 1, "在所有网格外": 1, "户数读不出": 1}
    buildings = load_district(tmp_path / "out").buildings
    assert buildings["households"].tolist() == [12, 0] and buildings["building_id"].is_unique
    found = buildings.geometry.to_crs(CRS)
    assert found.x.tolist() == pytest.approx([EAST + 110, EAST + 3500], abs=0.2)
    wrong = section.replace('"homes"', '"people"')
    with pytest.raises(DistrictFaults) as caught:
        import_district(write_mapping(tmp_path, ("[requests]\n", wrong)), tmp_path, tmp_path / "out")
    assert [(f.row, f.rule) for f in caught.value.faults] == [("layers.buildings", "column missing")]
    assert not (tmp_path / "out" / "buildings.csv").exists()


def test_a_district_without_buildings_has_no_file_of_them_and_keeps_its_hash(tmp_path: Path) -> None:
    write_source(tmp_path, rows())
    import_district(write_mapping(tmp_path), tmp_path, tmp_path / "out")
    assert not (tmp_path / "out" / "buildings.geojson").exists()
    plain = load_district(tmp_path / "out")
    assert plain.buildings.empty and plain.buildings.crs == plain.grids.crs
    text = (
        '{"features":[{"geometry":{"coordinates":[111,29],"type":"Point"},'
        '"properties":{"building_id":"b","households":-1},"type":"Feature"}],"type":"FeatureCollection"}'
    )
    (tmp_path / "out" / "buildings.geojson").write_text(text, encoding="utf-8")
    assert [(f.table, f.row, f.rule.split(":")[0]) for f in check_folder(tmp_path / "out")] == [
        ("buildings", "row 2 b", "households")
    ]
