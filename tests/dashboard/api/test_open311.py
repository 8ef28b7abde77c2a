"""Open311 GeoReport v2: a client lists services, files a request, and sees it closed."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from georeport import GeoReport
from werkzeug.serving import make_server

from store.events import EventStore
from tests.dashboard.conftest import Web

ROOT = "/open311/v2"


@pytest.fixture(scope="module")
def address(web: Web) -> Iterator[str]:
    """The application on a port of this machine."""
    running = make_server("127.0.0.1", 0, web.server, threaded=True)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{running.port}"
    running.shutdown()
    thread.join()


def find_place(web: Web) -> tuple[float, float]:
    point = web.services.district.grids.geometry.iloc[3].representative_point()
    return point.y, point.x


@pytest.mark.parametrize("form", ["json", "xml"])
def test_an_existing_client_lists_services_and_follows_requests(
    web: Web, address: str, call: Any, form: str
) -> None:
    caller = call("open311")
    lat, long = find_place(web)
    for code in ("01-1", "22"):
        fields = {"service_code": code, "lat": lat, "long": long}
        assert caller.post(f"{ROOT}/requests.json", data=fields).status_code == 201
    client = GeoReport(f"http://key:{caller.key}@{address}{ROOT}", "990101", output_format=form)
    services = client.get_service_list()
    assert len(services) == len(web.services.district.matters)
    assert client.get_service_definition("01-1")["service_code"] == "01-1"
    followed = client.get_service_requests(status="open")
    assert [row["service_code"].split("-")[0] for row in followed] == ["22", "01"]
    one = client.get_service_request(followed[0]["service_request_id"])
    assert (one["status"], one["address_id"]) == ("open", web.services.district.grids["code"].iloc[3])


def test_the_specifications_own_examples_file_a_request_and_see_it_closed(
    web: Web, address: str, call: Any
) -> None:
    caller, lat_long = call("open311", "events", source="app"), find_place(web)
    root = f"http://{address}{ROOT}"
    services = ElementTree.fromstring(
        requests.get(f"{root}/services.xml", params={"api_key": caller.key}, timeout=30).content
    )
    code = services.findtext("service/service_code")
    filed = requests.post(
        f"{root}/requests.xml",
        data={
            "api_key": caller.key, "jurisdiction_id": "990101", "service_code": code, "lat": lat_long[0],
            "long": lat_long[1], "address_string": "1234 5th street", "email": "smit333@sfgov.edu",
            "device_id": "tt222111", "account_id": "123456", "first_name": "john", "last_name": "smith",
            "phone": "13812345678", "description": "A large sinkhole is destroying the street",
            "media_url": "http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg",
        },
        timeout=30,
    )  # fmt: skip
    assert filed.status_code == 201
    tree = ElementTree.fromstring(filed.content)
    token, name = tree.findtext("request/token"), tree.findtext("request/service_request_id")
    answer = requests.get(f"{root}/tokens/{token}.xml", params={"api_key": caller.key}, timeout=30)
    assert ElementTree.fromstring(answer.content).findtext("request/service_request_id") == name
    assert read_status(root, caller.key, name) == "open"
    closing = {
        "event_id": f"{name}-closed", "case_id": name, "occurred_at": datetime.now(UTC).isoformat(),
        "state": "closed", "matter": code,
    }  # fmt: skip
    assert caller.post("/api/v1/events", json=closing).status_code == 201
    assert read_status(root, caller.key, name) == "closed"
    stored = EventStore(web.services.store).read_cases([str(name)])
    assert "13812345678" not in stored.to_csv() and "sinkhole" not in stored.to_csv()


def read_status(root: str, key: str, name: str | None) -> str | None:
    answer = requests.get(f"{root}/requests/{name}.xml", params={"api_key": key}, timeout=30)
    assert answer.headers["Content-Type"].startswith("text/xml")
    return ElementTree.fromstring(answer.content).findtext("request/status")


def test_a_source_follows_its_own_requests_and_a_reader_all(web: Web, call: Any) -> None:
    lat, long = find_place(web)
    mine, other, reader = call("open311"), call("open311"), call("open311", "read")
    fields = {"service_code": "01-1", "lat": lat, "long": long}
    filed = mine.post(f"{ROOT}/requests.json", data=fields).json[0]
    path, token = (
        f"{ROOT}/requests/{filed['service_request_id']}.json",
        f"{ROOT}/tokens/{filed['token']}.json",
    )
    assert mine.get(path).status_code == reader.get(path).status_code == 200
    assert other.get(path).status_code == other.get(token).status_code == 404
    assert other.get(f"{ROOT}/requests.json").json == []
    assert len(mine.get(f"{ROOT}/requests.json").json) == 1


def test_errors_have_the_specifications_form(call: Any) -> None:
    caller = call("open311")
    for path, status in (
        ("requests.json?status=lost", 400),
        ("requests.json?start_date=2026-01-01", 400),
        ("requests.json?start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", 400),
        ("services.json?jurisdiction_id=sfgov.org", 404),
        ("services/nothing.json", 404),
        ("requests/nothing.json", 404),
        ("tokens/nothing.json", 404),
    ):
        answer = caller.get(f"{ROOT}/{path}")
        assert answer.status_code == answer.json[0]["code"] == status, path
        assert answer.json[0]["description"]
    empty = caller.post(f"{ROOT}/requests.json", data={"lat": ""})
    assert empty.status_code == 400
    assert all(word in empty.json[0]["description"] for word in ("lat", "long", "service_code"))
    refused = call("read").get(f"{ROOT}/services.xml")
    assert ElementTree.fromstring(refused.data).findtext("error/code") == "403"


def test_what_people_wrote_goes_to_the_vault_and_to_no_event(web: Web, call: Any) -> None:
    lat, long = find_place(web)
    fields = {"service_code": "01", "lat": lat, "long": long, "description": "坑 13812345678"}
    caller = call("open311", source="townsfolk")
    filed = caller.post(
        f"{ROOT}/requests.json", data={**fields, "phone": "13812345678", "first_name": "小明"}
    )
    name = filed.json[0]["service_request_id"]
    vault = web.services.vault
    assert vault is not None  # a fictitious district keeps its own records
    kept = {record.kind: vault.read(record.record_id, "dispatcher").decode() for record in vault.list(name)}
    assert kept == {
        "text": "description: 坑 138****5678",
        "contact": "first_name: 小明\nphone: 13812345678",
    }
    stored = EventStore(web.services.store).read_cases([name])
    assert (stored["state"].tolist(), stored["matter"].tolist()) == (["reported"], ["01-1"])
    assert not any(word in stored.to_csv() for word in ("坑", "小明", "13812345678"))
    too_long = caller.post(f"{ROOT}/requests.json", data={**fields, "email": "x" * 4001})
    assert too_long.status_code == 400
