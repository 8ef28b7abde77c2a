"""Every role over HTTP, from outside, at home and in another's part: what each may ask equals the table."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from hub.roles import ROLES
from tests.dashboard.test_guard import (
    GUARD_OF,
    OPEN,
    PATHS,
    REFUSED,
    call_body,
    find_prefix,
    find_told,
)
from tests.trust.events import make_log, to_bodies
from tests.trust.forms import tell
from tests.trust.product import Product
from twin.district import District

UPDATE = "/_dash-update-component"
DEMO_PLACE = "/api/wall/place"  # of the demo district: another district, or a part, knows none of that code


def read_callbacks(product: Product) -> Any:
    """Every callback as any logged-in user can list them, in the form that test_guard's helpers read."""
    listed = product.enter("admin").get(product.base + "/_dash-dependencies", timeout=60).json()
    return SimpleNamespace(app=SimpleNamespace(callback_map={entry["output"]: entry for entry in listed}))


def find_parts(district: District) -> list[str]:
    """Two units that lie beside each other: the bodies of two townships."""
    units = district.units[district.units["tier"] == "township"]
    return units["code"].iloc[[0, -1]].tolist()


@pytest.fixture(scope="module")
def walked(small_folder: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A running product, started once."""
    folder = tmp_path_factory.mktemp("walk")
    product = Product(small_folder, f"sqlite:///{folder / 'twin.db'}", folder)
    product.start()
    yield product
    product.kill()


def test_every_route_and_callback_for_every_role_and_part_equals_the_table(
    walked: Product, small_district: District
) -> None:
    callbacks, asked = read_callbacks(walked), 0
    for role in ("anonymous", *ROLES):
        for scope in ("",) if role in ("anonymous", "display") else ("", *find_parts(small_district)):
            client = requests.Session() if role == "anonymous" else walked.enter(role, scope)
            asked += walk_paths(walked, client, role) + walk_callbacks(walked, client, role, callbacks)
    assert "Traceback" not in walked.read_log()
    tell(f"walk: {asked} requests over HTTP for {len(ROLES)} roles and nobody, in three parts, as declared")


def walk_paths(product: Product, client: requests.Session, role: str) -> int:
    """Each path of the table, asked by one role."""
    for path, allowed in PATHS.items():
        answer = client.get(product.base + path, allow_redirects=False, timeout=60)
        if role in allowed:
            told = [404] if path.startswith(DEMO_PLACE) else find_told(path)
            assert answer.status_code in (200, 303, *told), (role, path, answer.status_code)
        elif not (role == "anonymous" and path in OPEN):
            assert answer.status_code in REFUSED, (role, path, answer.status_code)
    return len(PATHS)


def walk_callbacks(product: Product, client: requests.Session, role: str, callbacks: Any) -> int:
    """Each callback, asked by one role."""
    for key in callbacks.app.callback_map:
        body = call_body(callbacks, key)
        answer = client.post(product.base + UPDATE, json=body, timeout=60)
        expected = (200, 204) if role in GUARD_OF[find_prefix(key)] else (401, 403)
        assert answer.status_code in expected, (role, key, answer.status_code)
    return len(callbacks.app.callback_map)


def test_a_key_of_one_part_reads_its_own_cases_and_no_others(
    walked: Product, small_district: District
) -> None:
    bodies = to_bodies(make_log(small_district, 2_000, recent=True))
    for start in range(0, len(bodies), 500):
        sent = requests.post(
            walked.base + "/api/v1/events",
            json={"events": bodies[start : start + 500]},
            headers=walked.make_key(),
            timeout=60,
        )
        assert sent.status_code == 200, sent.text[:300]
    deadline = time.monotonic() + 60
    while not read_cases(walked, walked.make_key()) and time.monotonic() < deadline:
        time.sleep(0.5)  # figures are a moment old
    seen = [read_cases(walked, walked.make_key(unit=unit)) for unit in ("", *find_parts(small_district))]
    whole, one, other = seen
    assert one and other
    assert not one & other
    assert one | other < whole
    stranger = next(iter(other))
    answer = requests.get(
        f"{walked.base}/api/v1/cases/{stranger}",
        headers=walked.make_key(unit=find_parts(small_district)[0]),
        timeout=60,
    )
    assert answer.status_code == 404


def read_cases(product: Product, header: dict[str, str]) -> set[str]:
    """Every case that a key may list."""
    found: set[str] = set()
    after = ""
    while after is not None:
        query = {"limit": "500"} | ({"after": after} if after else {})
        page = requests.get(product.base + "/api/v1/cases", params=query, headers=header, timeout=60).json()
        found |= {case["case_id"] for case in page["cases"]}
        after = page["next"]
    return found
