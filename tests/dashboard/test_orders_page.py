"""Scope inside the callbacks of orders and duty: what a browser sends is checked again, whatever it says."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.guard import UPDATE
from hub.books.acts import Actor
from store.audit import Audit
from tests.dashboard.conftest import Web

ORDER = {"about": "free", "title": "排查", "asked": "报告", "due": "2099-01-05"}


@pytest.fixture
def units(web: Web) -> list[str]:
    """Two township offices."""
    table = web.services.district.units
    return table.loc[table["kind"] == "office", "code"].tolist()[:2]


@pytest.fixture
def order(web: Web, units: list[str]) -> str:
    """An order to the first office, due in twenty working days."""
    orders = web.services.orders
    days = orders.days
    due = days.add_working_days(days.to_day(web.services.clock.now()), 20).isoformat()
    leader = Actor("leader", web.services.scope(""), "zhao")
    return orders.give(leader, {**ORDER, "unit": units[0], "due": due})


def enter(web: Web, role: str, unit: str = "", account: str = "") -> FlaskClient:
    """A client of a role of a unit."""
    client = web.server.test_client()
    client.set_cookie("session", web.services.sessions.open(role, unit, account))
    return client


def find_key(web: Web, part: str, with_input: str) -> str:
    """The callback that fills a part of the page at an input."""
    return next(
        key
        for key, entry in web.app.callback_map.items()
        if part in key and any(with_input in item["id"] for item in entry["inputs"])
    )


def press(web: Web, client: FlaskClient, page: str, button: dict[str, str], **given: Any) -> dict[str, Any]:
    """Press a button of a page with the form's fields and the other states; the answer."""
    key = find_key(web, f"{page}-done", f"{page}-act")
    entry = web.app.callback_map[key]
    fields = given.pop("fields", {})
    ids = [{"type": f"{page}-field", "name": name} for name in fields]

    def fill(item: dict[str, str]) -> Any:
        name = item["id"]
        if not name.startswith("{"):
            return {"id": name, "property": item["property"], "value": given.get(name)}
        if f"{page}-field" not in name:
            return []
        values = ids if item["property"] == "id" else list(fields.values())
        return [
            {"id": one, "property": item["property"], "value": value}
            for one, value in zip(ids, values, strict=True)
        ]

    pressed = {"type": f"{page}-act", **button}
    parts = key[2:-2].split("...")
    outputs: list[Any] = []
    for part in parts:
        name, prop = part.rsplit(".", 1)
        plain = {"id": name, "property": prop}
        several = [{"id": one, "property": prop} for one in ids]
        outputs.append(several if name.startswith("{") else plain)
    body = {
        "output": key,
        "outputs": outputs,
        "inputs": [[{"id": pressed, "property": "n_clicks", "value": 1}]],
        "state": [fill(item) for item in entry["state"]],
        "changedPropIds": [f"{json.dumps(pressed, separators=(',', ':'), sort_keys=True)}.n_clicks"],
    }
    answer = client.post(UPDATE, json=body)
    assert answer.status_code == 200, answer.text[:300]
    found: dict[str, Any] = json.loads(answer.text)
    return found


def act(web: Web, client: FlaskClient, action: str, order_id: str, text: str = "") -> str:
    """Do an act on an order as it stands; what is told."""
    row = web.services.orders.find(order_id)
    assert row is not None
    states = {"orders-selected": order_id, "orders-version": row.order.version, "orders-done": 0}
    return json.dumps(
        press(web, client, "orders", {"action": action}, fields={"text": text}, **states), ensure_ascii=False
    )


def count_writes(web: Web) -> int:
    """Rows of the audit trail."""
    return len(Audit(web.services.store).recent(10_000))


@pytest.mark.parametrize(
    ("role", "place", "action"),
    [
        ("township", 1, "answer"),
        ("viewer", None, "answer"),
        ("dispatcher", None, "accept"),
        ("township", 0, "accept"),
        ("township", None, "answer"),
        ("leader", 1, "withdraw"),
        ("admin", None, "answer"),
    ],
)
def test_a_callback_changes_nothing_for_the_wrong_role_or_the_wrong_unit(
    web: Web, units: list[str], order: str, role: str, place: int | None, action: str
) -> None:
    before = count_writes(web)
    told = act(web, enter(web, role, "" if place is None else units[place]), action, order, "字")
    assert "未办成" in told
    assert count_writes(web) == before


def test_the_units_own_people_answer_and_a_leader_accepts_with_one_audit_row_each(
    web: Web, units: list[str], order: str
) -> None:
    before = count_writes(web)
    assert "已答复" in act(web, enter(web, "township", units[0]), "answer", order, "办好")
    assert "已通过办结" in act(web, enter(web, "leader"), "accept", order)
    assert count_writes(web) == before + 2


def test_a_drawer_shows_nothing_of_an_order_outside_ones_part(web: Web, units: list[str], order: str) -> None:
    key = find_key(web, "orders-drawer", "orders-selected")
    for client, seen in ((enter(web, "township", units[0]), True), (enter(web, "township", units[1]), False)):
        body = {
            "output": key,
            "outputs": [
                {"id": "orders-drawer", "property": "children"},
                {"id": "orders-version", "property": "data"},
            ],
            "inputs": [
                {"id": "orders-selected", "property": "data", "value": order},
                {"id": "orders-done", "property": "data", "value": 0},
            ],
            "changedPropIds": ["orders-selected.data"],
        }
        assert ("报告" in json.dumps(client.post(UPDATE, json=body).json, ensure_ascii=False)) is seen


def test_only_a_district_leader_puts_a_contingency_in_force_and_only_a_watcher_writes(
    web: Web, units: list[str]
) -> None:
    end = web.services.orders.days.add_working_days(
        web.services.orders.days.to_day(web.services.clock.now()), 2
    )
    form = {"reason": "预警", "until": end.isoformat(), "time": "18:00", "note": "要点"}
    before = count_writes(web)
    for role, unit, action in (
        ("township", units[0], "force"),
        ("leader", units[0], "force"),
        ("viewer", "", "note"),
        ("office", "", "hand_over"),
        ("viewer", "", "read"),
    ):
        button = {"action": action, "key": ""}
        states = {"duty-set": "storm", "duty-done": 0}
        told = json.dumps(press(web, enter(web, role, unit), "duty", button, fields=form, **states))
        assert json.dumps("未办成")[1:-1] in told, (role, action)
    assert count_writes(web) == before
    assert web.services.contingency.state() == ()
    press(web, enter(web, "township", units[0]), "duty", {"action": "note", "key": ""}, fields=form)
    assert [point.text for point in web.services.duty.read(units[0]).points] == ["要点"]
    assert count_writes(web) == before + 1


def test_a_set_comes_as_a_scenario_file_and_an_unknown_one_is_not_there(web: Web) -> None:
    client = enter(web, "planner")
    answer = client.get("/api/contingencies/storm.toml")
    assert answer.status_code == 200 and 'name = "storm"' in answer.text
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client.get("/api/contingencies/none.toml").status_code == 404
