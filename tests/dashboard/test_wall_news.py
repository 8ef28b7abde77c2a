"""What the wall is told: news by tag, places inside a scope, what stands over every view."""

from pathlib import Path

from dashboard.pages.screen import read_board
from dashboard.services import build_services
from store.database import open_store
from tests.dashboard.conftest import Web
from twin.district import District

TOWNSHIP, OTHER = "990101103000", "990101104000"


def test_the_same_news_are_not_sent_twice(web: Web) -> None:
    client = web.enter("display")
    first = client.get("/api/wall")
    assert first.status_code == 200 and first.json is not None
    assert {"kpis", "rates", "whistles", "loop", "strength", "board", "forecast"} <= first.json.keys()
    again = client.get("/api/wall", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 or again.headers["ETag"] != first.headers["ETag"]
    packed = client.get("/api/wall", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"


def test_a_place_is_shown_to_those_whose_part_it_is(web: Web) -> None:
    units = web.services.district.units
    office = units[(units["area"] == TOWNSHIP) & (units["kind"] == "office")]["code"].iloc[0]
    client = web.server.test_client()
    client.set_cookie("session", web.services.sessions.open("township", office))
    grids = web.services.district.places
    own = grids.loc[grids["township"] == TOWNSHIP]
    for code in (TOWNSHIP, own["village"].iloc[0], own["grid"].iloc[0]):
        assert client.get(f"/api/wall/place/{code}").status_code == 200
    assert client.get(f"/api/wall/place/{OTHER}").status_code == 403
    assert client.get("/api/wall/place/nowhere").status_code == 404
    answer = web.enter("display").get(f"/api/wall/place/{OTHER}")
    assert answer.json is not None and answer.json["code"] == OTHER and answer.json["cases"] == []


def test_nothing_stands_over_the_views_on_a_quiet_day(
    demo_district: District, root: Path, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "quiet.db")
    board = read_board(build_services(store, demo_district, root / "data" / "demo"), "zh")
    store.close()
    assert (board.contingency, board.open_orders) == ("", 0)
