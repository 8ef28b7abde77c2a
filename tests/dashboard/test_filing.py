"""A desk files a case: its event in the log, its words in the vault, each part its own."""

from typing import Any

import pytest

from store.events import EventStore
from tests.dashboard.conftest import Web

OFFICE, VILLAGE = "990101001900", "990101001401"


def client(web: Web, role: str, scope: str = "") -> Any:
    found = web.server.test_client()
    found.set_cookie("session", web.services.sessions.open(role, scope))
    return found


def wish(web: Web, row: int = 5, **more: str) -> dict[str, str]:
    grid = str(web.services.district.places["grid"].iloc[row])
    return {"item": "25-1", "grid": grid, "channel": "hotline", "text": "", "contact": ""} | more


def test_a_filed_case_is_one_event_in_its_grid_and_its_words_are_in_the_vault_alone(web: Web) -> None:
    sent = wish(web, text="楼道堆放杂物", contact="来电人 13800002051")
    answer = client(web, "dispatcher").post("/api/live/cases", json=sent)
    assert answer.status_code == 201
    case_id = answer.get_json()["case_id"]
    events = EventStore(web.services.store).read_cases([case_id])
    assert events[["state", "matter", "grid", "channel", "source"]].to_numpy().tolist() == [
        ["reported", "25-1", sent["grid"], "hotline", "desk"]
    ]
    assert "杂物" not in events.to_csv() and "2051" not in events.to_csv()
    records = client(web, "village", VILLAGE).get(f"/api/records/{case_id}").get_json()
    assert sorted(row["kind"] for row in records) == ["contact", "text"]
    text = next(row["record_id"] for row in records if row["kind"] == "text")
    opened = client(web, "village", VILLAGE).get(f"/api/records/{case_id}/{text}")
    assert "楼道堆放杂物" in opened.text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"item": "99-9"}, "item"),
        ({"grid": "x"}, "grid"),
        ({"channel": "rumour"}, "channel"),
        ({"text": "长" * 4001}, "long"),
        ({"more": "x"}, "form"),
    ],
)
def test_a_filing_that_cannot_be_taken_says_what_to_mend(web: Web, change: dict[str, str], why: str) -> None:
    answer = client(web, "dispatcher").post("/api/live/cases", json=wish(web) | change)
    assert (answer.status_code, answer.get_json()["why"]) == (422, why)
    assert answer.get_json()["text"] != why


def test_a_township_files_in_its_own_grids_only(web: Web) -> None:
    places = web.services.district.places
    away = int((places["township"] != "990101001000").to_numpy().nonzero()[0][0])
    town = client(web, "township", OFFICE)
    assert town.post("/api/live/cases", json=wish(web, away)).get_json()["why"] == "grid"
    assert town.post("/api/live/cases", json=wish(web)).status_code == 201
    offered = town.get("/api/live/filing").get_json()["grids"]
    assert {code for code, _, _ in offered} == set(places.loc[places["township"] == "990101001000", "grid"])
