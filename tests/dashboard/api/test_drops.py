"""POST /api/v1/drops: a file over HTTP."""

import io
from typing import Any

DROPS = "/api/v1/drops"
HEADING = "工单编号,操作时间,环节,事项\n"


def post(caller: Any, text: str) -> Any:
    return caller.post(DROPS, data={"file": (io.BytesIO(text.encode()), "a.csv")})


def test_a_file_is_taken_once_and_its_faults_come_back_by_row(call: Any) -> None:
    caller = call("drop")
    good = HEADING + "D1,2026-05-11 08:30,上报,01-1\n"
    assert post(caller, good).json["stored"] == 1
    assert post(caller, good).json == {
        "file": "a.csv", "rows": 1, "stored": 0, "duplicate": 1, "conflict": 0, "mended": [],
    }  # fmt: skip
    bad = post(caller, HEADING + "D2,yesterday,上报,01-1\n")
    assert (bad.status_code, bad.json["faults"][0]["row"]) == (422, 2)
    assert post(caller, "no,table\n").status_code == 422


def test_what_is_no_file_gets_a_4xx(call: Any) -> None:
    caller = call("drop")
    assert caller.post(DROPS, json={}).status_code == 415
    assert caller.post(DROPS, data={"other": (io.BytesIO(b"x"), "a")}).status_code == 400
    assert caller.post(DROPS, data=b"x", content_type="multipart/form-data").status_code in (400, 415, 422)
    assert post(call("events"), HEADING).status_code == 403
