"""Records of cases over the web: own part and other part, each role, types that no browser guesses."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.services import build_services
from dashboard.settings import WebSettings
from hub.roles import RECORD_READERS, RECORD_WRITERS, ROLES
from store.database import open_store
from store.types import utc_now
from tests.dashboard.conftest import Web
from tests.hub.test_vault import PLACE, jpeg
from twin.district import District

TOWN, OTHER_TOWN = "990101001900", "990101002900"
VILLAGE, OTHER_VILLAGE = "990101001401", "990101001402"


@pytest.fixture(scope="module")
def site(demo_district: District, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The application with one case, reported in the first village's part."""
    store = open_store(tmp_path_factory.mktemp("records") / "web.db")
    services = build_services(store, demo_district, root / "data" / "demo")
    places = demo_district.places
    grid = places.index[places["village"] == "990101001001"][0]
    event = {
        "origin": "live", "source": "hotline", "event_id": "e1", "case_id": "c1", "kind": "case",
        "occurred_at": utc_now(), "state": "reported", "phase": "done", "channel": "hotline",
        "matter": demo_district.matters["item"].iloc[0], "grid": demo_district.grids["code"].iloc[grid],
        "priority": 3,
    }  # fmt: skip
    services.ingest.accept([event])
    server, app = create_app(services)
    yield Web(server, app, services)
    store.close()


def enter(site: Web, role: str, scope: str = "") -> FlaskClient:
    client = site.server.test_client()
    client.set_cookie("session", site.services.sessions.open(role, scope))
    return client


def put(site: Web, text: str = "桥头路面塌陷", kind: str = "text") -> str:
    assert site.services.vault is not None
    return site.services.vault.put("c1", kind, "text/plain", text.encode(), "li")


def test_each_role_opens_records_of_its_own_part_and_nobody_those_of_another(site: Web) -> None:
    record = put(site)
    own = {"township": TOWN, "village": VILLAGE, "department": TOWN}
    other = {"township": OTHER_TOWN, "village": OTHER_VILLAGE, "department": OTHER_TOWN}
    for role in ROLES:
        for scopes, holds in ((own, True), (other, False)):
            client = enter(site, role, scopes.get(role, TOWN if holds else OTHER_TOWN))
            expected = 403 if role not in RECORD_READERS else 200 if holds else 404
            for path in ("/api/records/c1", f"/api/records/c1/{record}"):
                assert client.get(path).status_code == expected, (role, holds, path)
            expected = 403 if role not in RECORD_WRITERS else 201 if holds else 404
            answer = client.post("/api/records/c1", data={"kind": "text", "text": "灯坏了"})
            assert answer.status_code == expected, (role, holds)


def test_a_contact_is_listed_and_opened_by_those_who_answer_and_not_by_an_inspector(site: Web) -> None:
    record = put(site, "张先生 13812342051", "contact")
    inspector, dispatcher = enter(site, "inspector"), enter(site, "dispatcher")
    assert record not in inspector.get("/api/records/c1").text
    assert inspector.get(f"/api/records/c1/{record}").status_code == 403
    assert record in dispatcher.get("/api/records/c1").text
    assert dispatcher.get(f"/api/records/c1/{record}").text == "张先生 13812342051"


def test_a_record_of_one_case_is_not_opened_through_another(site: Web) -> None:
    assert site.services.vault is not None
    away = site.services.vault.put("c2", "text", "text/plain", b"away", "li")
    client = enter(site, "dispatcher")
    assert client.get(f"/api/records/c1/{away}").status_code == 404
    assert client.get(f"/api/records/c2/{away}").status_code == 404, "there is no such case"


def test_a_photo_comes_back_without_its_place_as_what_its_bytes_are_and_never_as_a_page(site: Web) -> None:
    client = enter(site, "village", VILLAGE)
    sent = {"kind": "photo", "file": (io.BytesIO(jpeg()), "x.html", "text/html")}
    answer = client.post("/api/records/c1", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 201
    photo = client.get(f"/api/records/c1/{answer.json['record_id']}")
    assert photo.mimetype == "image/jpeg" and PLACE not in photo.data
    assert photo.headers["X-Content-Type-Options"] == "nosniff"
    assert photo.headers["Content-Disposition"] == 'attachment; filename="photo.jpg"'
    assert photo.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"kind": "photo", "file": (io.BytesIO(b"<script>"), "x.jpg", "image/jpeg")}, 415),
        ({"kind": "photo", "file": (io.BytesIO(b"\xff\xd8\xff" + b"x" * 5_300_000), "x.jpg")}, 413),
        ({"kind": "text", "text": "x" * 60_001}, 413),
        ({"kind": "text"}, 413),
        ({"kind": "diary", "text": "x"}, 422),
        ({"text": "x"}, 422),
    ],
)
def test_what_is_no_record_is_refused_in_words(site: Web, sent: dict[str, object], status: int) -> None:
    answer = enter(site, "dispatcher").post("/api/records/c1", data=sent)
    assert answer.status_code == status
    assert answer.json["error"]


def test_a_form_goes_back_to_its_page_and_never_to_another_site(site: Web) -> None:
    client = enter(site, "dispatcher")
    for back, status in (("/live?case=c1", 303), ("//evil.example", 201), ("/\\evil.example", 201)):
        answer = client.post("/api/records/c1", data={"kind": "text", "text": "x", "back": back})
        assert answer.status_code == status, back


def test_a_post_of_another_site_writes_nothing(site: Web) -> None:
    assert site.services.vault is not None
    before = len(site.services.vault.list("c1"))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        answer = enter(site, "dispatcher").post("/api/records/c1", data={"kind": "text"}, headers=headers)
        assert answer.status_code == 403
    assert len(site.services.vault.list("c1")) == before


def test_where_another_platform_keeps_the_record_there_is_no_vault(
    demo_district: District, root: Path, tmp_path: Path
) -> None:
    settings = WebSettings(record="mirror")
    services = build_services(open_store(tmp_path / "m.db"), demo_district, root / "data" / "demo", settings)
    server, app = create_app(services)
    assert services.vault is None
    assert enter(Web(server, app, services), "dispatcher").get("/api/records/c1").status_code == 404
