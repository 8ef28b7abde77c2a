"""The page of grids: its form as a question, refusals in words, list and map that agree, files."""

import io
import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from dashboard.grids.asking import read_form, tell_log, tell_obstacles, tell_span, tell_split
from dashboard.grids.choosing import aim_map, count_open, list_places, recall_form, tell_size
from dashboard.grids.drawn import Drawn, name_cells
from dashboard.grids.files import write_file
from dashboard.grids.layout import tell_sources
from dashboard.i18n import catalogue
from dashboard.wall import Names
from hub.gridding import Obstacle, lay_ground, weigh_grids
from hub.scopes import Scope
from hub.studies.grids import WORDS, GridsStudy
from tests.dashboard.conftest import Web
from twin.district import District
from twin.gridding.village_cells import SOURCES

START = datetime(2026, 5, 4, tzinfo=UTC)


def find_villages(district: District) -> tuple[str, list[str]]:
    """The first township and its villages."""
    town = str(district.areas.loc[district.areas["tier"] == "township", "code"].iloc[0])
    rows = list_places(_Of(district), Scope(district), "village", "zh", town)  # type: ignore[arg-type]
    return town, [row["value"] for row in rows]


class _Of:
    """As much of the services as a list of places needs."""

    def __init__(self, district: District) -> None:
        self.district = district


@pytest.fixture(scope="module")
def drawn(demo_district: District) -> Drawn:
    """Two grids a village, not drawn: cells left and right of each village's middle."""
    _, villages = find_villages(demo_district)
    ground = lay_ground(demo_district, villages[:1], weigh_grids(demo_district, "households"), 24)
    x = ground.graph.points[:, 0]
    head = {"villages": villages[:1], "per_grid": 24, "seed": 1}
    return Drawn("job", head, ground, (x > x.mean()).astype(int))


def test_a_form_becomes_a_question_that_the_study_accepts(web: Web, demo_district: District) -> None:
    town, villages = find_villages(demo_district)
    scope = Scope(demo_district)
    plain, wrong = read_form(web.services, scope, "zh", (town, [], "mesh", "reports", 60, 1))
    assert wrong == [] and GridsStudy().check(plain)["villages"] == sorted(villages)
    one = [villages[0]]
    plain, wrong = read_form(web.services, scope, "zh", (town, one, "grids", "households", 3, 7))
    spec = GridsStudy().check(plain)
    assert wrong == [] and (spec["villages"], spec["source"], spec["count"]) == (one, "grids", 3)


def test_a_drawing_tells_the_form_that_it_was_asked_with(demo_district: District) -> None:
    town, villages = find_villages(demo_district)
    head = {"source": "grids", "balance": "households", "seed": 7}
    for chosen, value in ((villages, []), (villages[:2], sorted(villages[:2]))):
        form = recall_form(demo_district, head | {"villages": sorted(chosen)})
        assert form == (town, value, "grids", "households", 7)


def test_what_cannot_be_drawn_is_refused_in_words_of_the_reader(web: Web, demo_district: District) -> None:
    town, villages = find_villages(demo_district)
    scope, one = Scope(demo_district), [villages[0]]
    cells = count_open(demo_district, one)
    for lang, many, blank in (("zh", "格数太多", "共划几格"), ("en", "Too many grids", "How many grids")):
        _, wrong = read_form(web.services, scope, lang, (town, one, "grids", "reports", cells + 1, 1))
        assert len(wrong) == 1 and wrong[0].startswith(many) and str(cells) in wrong[0]
        _, wrong = read_form(web.services, scope, lang, (town, one, "mesh", "reports", "", -1))
        assert len(wrong) == 2 and wrong[0].startswith(blank)
        _, wrong = read_form(web.services, scope, lang, (town, one, "mesh", "minutes", 5, 1))
        assert wrong == [catalogue(lang)["grids.minutes_none"]]  # the store of these tests is empty
    _, wrong = read_form(web.services, scope, "zh", ("nowhere", [], "mesh", "reports", 5, 1))
    assert wrong == [catalogue("zh")["grids.need_town"]]
    outside = Scope(demo_district, str(demo_district.units.query("kind == 'office'")["code"].iloc[-1]))
    _, wrong = read_form(web.services, outside, "zh", (town, one, "mesh", "reports", 5, 1))
    assert catalogue("zh")["grids.outside"] in wrong


def test_every_obstacle_has_a_sentence_that_names_its_villages(demo_district: District) -> None:
    names = Names(demo_district, "zh")
    _, villages = find_villages(demo_district)
    for rule in WORDS:
        found = [Obstacle(rule, code, 2) for code in villages[:2]]
        told = tell_obstacles(found, "zh", names)
        assert len(told) == 1 and "{" not in told[0]
        if rule in ("dedicated", "buildings", "parts", "most"):
            assert all(names.places[code] in told[0] for code in villages[:2])


def test_a_log_is_told_with_its_days_origin_and_what_lies_in_no_grid() -> None:
    assert tell_span((START, START + timedelta(days=8)), "zh") == []
    assert "2.5" in tell_span((START, START + timedelta(days=2.5)), "zh")[0]
    log = {"since": "2026-05-04T20:00:00+00:00", "until": "2026-05-12T00:00:00+00:00", "minutes": 12345.6}
    told = tell_log(log | {"origins": ["live", "replay"], "outside": 7.0}, "Asia/Shanghai", "en")
    assert all(part in told for part in ("2026-05-05", "2026-05-12", "live/replay", "12,346", " 7 "))


def test_the_map_of_villages_is_given_those_of_the_list(demo_district: District) -> None:
    _, villages = find_villages(demo_district)
    rows = [{"value": code, "label": f"{code}村"} for code in villages]
    only, bounds, labels = (json.loads(text) for text in aim_map(demo_district, rows, "zh"))
    assert only == villages and len(labels) == len(villages)
    assert [label["name"] for label in labels] == villages
    west, south, east, north = bounds
    assert all(west < label["lon"] < east and south < label["lat"] < north for label in labels)
    assert aim_map(demo_district, [], "zh") == ("[]", "", "[]")


def test_buildings_are_offered_or_said_to_be_missing() -> None:
    for lang in ("zh", "en"):
        missing = catalogue(lang)["grids.no_buildings"]
        assert missing in tell_sources(("mesh", "grids"), lang) and missing not in tell_sources(SOURCES, lang)


def test_the_tables_of_a_drawing_go_the_way_of_all_tables(web: Web, drawn: Drawn) -> None:
    file = write_file(web.services, drawn, drawn.labels, "csv")
    assert file["filename"] == "DEMO-grids.csv" and file["content"].startswith("data,")
    table = pd.read_csv(io.StringIO(file["content"]), dtype={"code": str, "village": str})
    assert (table["data"] == "DEMO").all() and table["code"].tolist() == [
        f"{drawn.ground.villages[0]}00{n}" for n in (1, 2)
    ]
    assert table["load"].sum() == pytest.approx(drawn.ground.graph.weights.sum())
    layer = json.loads(write_file(web.services, drawn, drawn.labels, "geojson")["content"])
    assert [row["properties"]["code"] for row in layer["features"]] == table["code"].tolist()
    assert name_cells(drawn, "en").startswith(f"{len(drawn.labels)} patches")


def test_the_mean_size_of_a_grid_is_told_before_anything_is_drawn(demo_district: District) -> None:
    _, villages = find_villages(demo_district)
    grids = demo_district.grids
    mine = grids[grids["village"].isin(villages[:2]) & (grids["kind"] != "dedicated")]
    told = tell_size(demo_district, villages[:2], "households", 4, "en")
    assert told.startswith(f"{mine['households'].sum() / 4:,.0f} a grid")
    rates = demo_district.demand[demo_district.demand["area"].isin(mine["code"])]["per_day"].sum()
    assert tell_size(demo_district, villages[:2], "reports", 1, "en").startswith(f"{rates:.1f} ")
    for balance, count in (("minutes", 4), ("households", 0), ("households", "")):
        assert tell_size(demo_district, villages[:2], balance, count, "en") == ""


def test_a_village_in_two_parts_is_named_beside_the_drawing(demo_district: District, drawn: Drawn) -> None:
    names = Names(demo_district, "zh")
    assert tell_split(drawn.ground, "zh", names) == []
    torn = "990101001006"  # a dedicated grid cuts it in two
    ground = lay_ground(demo_district, [torn], weigh_grids(demo_district, "households"), 4)
    (told,) = tell_split(ground, "zh", names)
    assert f"{names.places[torn]} (2)" in told
