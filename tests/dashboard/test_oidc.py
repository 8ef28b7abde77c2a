"""Logging in through an issuer: a real one answers over loopback; what does not hold is refused in words."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from dashboard.factory import create_app
from dashboard.services import build_services
from dashboard.settings import StartFault, WebSettings
from hub.keys import make_keys
from hub.oidc import Issuer, IssuerFault
from hub.oidc_roles import load_claim_roles
from store.database import open_store
from tests.dashboard.conftest import Web
from tests.dashboard.issuer import CLIENT, SECRET, TestIssuer, run_issuer
from twin.district import District

BACK = "http://localhost"
TABLE = """
claim = "groups"
[[grants]]
value = "twin-dispatch"
role = "dispatcher"
[[grants]]
value = "twin-town"
role = "township"
scope_claim = "unit"
"""


@pytest.fixture
def issuer() -> Iterator[TestIssuer]:
    """An issuer of one test."""
    with run_issuer() as server:
        yield server


def build_web(issuer: TestIssuer, district: District, root: Path, folder: Path, table: str = "") -> Web:
    make_keys(folder / "key")
    (folder / "secret").write_text(SECRET)
    (folder / "secret").chmod(0o600)
    (folder / "roles.toml").write_text(table)
    settings = WebSettings(
        oidc_issuer=issuer.address,
        oidc_client_id=CLIENT,
        oidc_client_secret_file=folder / "secret",
        oidc_roles_file=folder / "roles.toml" if table else None,
        public_url=BACK,
        key_file=folder / "key",
    )
    store = open_store(folder / "web.db")
    services = build_services(store, district, root / "data" / "demo", settings)
    services.accounts.add("li", None, "viewer", subject="u-1")
    server, app = create_app(services)
    return Web(server, app, services)


@pytest.fixture
def site(issuer: TestIssuer, demo_district: District, root: Path, tmp_path: Path) -> Web:
    """The application with the issuer, roles as the accounts have them."""
    return build_web(issuer, demo_district, root, tmp_path)


def go(client: FlaskClient) -> str:
    """Start, let the issuer agree; the address that the browser comes back with."""
    there = client.get("/oidc/start").headers["Location"]
    back = requests.get(there, allow_redirects=False, timeout=5).headers["Location"]
    assert back.startswith(f"{BACK}/oidc/back?")
    return back.removeprefix(BACK)


def log_in(client: FlaskClient) -> TestResponse:
    return client.get(go(client))


def test_a_known_subject_gets_a_session_of_its_account(site: Web) -> None:
    client = site.enter("anonymous")
    answer = log_in(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    session = site.services.sessions.get(client.get_cookie("session").value)
    assert (session.account, session.role, session.opened_by) == ("li", "viewer", "oidc")
    assert client.get_cookie("oidc", path="/oidc") is None
    assert site.services.audit.recent(1)[0].detail == {"by": "oidc", "role": "viewer"}


def test_the_request_carries_state_nonce_and_a_challenge_and_the_cookie_tells_none_of_them(
    site: Web,
) -> None:
    client = site.enter("anonymous")
    asked = parse_qs(urlsplit(client.get("/oidc/start").headers["Location"]).query)
    cookie = client.get_cookie("oidc", path="/oidc")
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name][0]) == 43 and asked[name][0] not in cookie.value
    assert cookie.http_only and cookie.same_site == "Lax"


def test_an_unknown_subject_gets_a_page_in_words_and_no_account(issuer: TestIssuer, site: Web) -> None:
    issuer.person = {"sub": "u-2"}
    client = site.enter("anonymous")
    answer = log_in(client)
    assert answer.status_code == 403 and "u-2" in answer.text and "管理员" in answer.text
    assert client.get_cookie("session") is None
    assert [one.name for one in site.services.accounts.list_all()] == ["li"]


def test_a_shut_account_does_not_come_in_by_the_issuer_either(site: Web) -> None:
    site.services.accounts.disable("li")
    assert log_in(site.enter("anonymous")).status_code == 403


def test_an_answer_without_its_start_or_of_another_browser_or_twice_is_refused(site: Web) -> None:
    mine, other = site.enter("anonymous"), site.enter("anonymous")
    assert mine.get("/oidc/back?code=x&state=y").status_code == 401
    back = go(mine)
    assert other.get(back).status_code == 401
    go(other)
    assert other.get(back).status_code == 401, "a login of its own, another state"
    assert mine.get(back).status_code == 303
    assert mine.get(back).status_code == 401


NOW = int(time.time())


@pytest.mark.parametrize(
    "spoil",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://id.example"},
        {"aud": "another client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": NOW - 3600},
        {"exp": None},
        {"iat": None},
        {"sub": None},
    ],
    ids=["nonce", "no nonce", "issuer", "audience", "party", "expired", "no end", "no start", "nobody"],
)
def test_a_token_that_does_not_hold_opens_nothing(
    issuer: TestIssuer, site: Web, spoil: dict[str, Any]
) -> None:
    issuer.spoil = spoil
    client = site.enter("anonymous")
    assert log_in(client).status_code == 401
    assert client.get_cookie("session") is None


def test_a_token_signed_by_another_key_is_refused_and_a_changed_key_is_fetched(
    issuer: TestIssuer, site: Web
) -> None:
    client = site.enter("anonymous")
    assert log_in(client).status_code == 303
    issuer.key = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
    assert log_in(client).status_code == 401
    issuer.key = issuer.published = RSAKey.generate_key(2048, {"kid": "k2"}, private=True)
    assert log_in(client).status_code == 303


def test_the_table_gives_role_and_part_at_each_login_and_the_trail_says_so(
    issuer: TestIssuer, demo_district: District, root: Path, tmp_path: Path
) -> None:
    site = build_web(issuer, demo_district, root, tmp_path, TABLE)
    client = site.enter("anonymous")
    issuer.person = {"sub": "u-1", "groups": ["staff", "twin-town"], "unit": "990101001900"}
    assert log_in(client).status_code == 303
    assert (site.services.accounts.find("li").role, site.services.accounts.find("li").scope) == (
        "township",
        "990101001900",
    )
    assert [row.action for row in site.services.audit.recent(2)] == ["session opened", "grant changed"]
    for person in (
        {"groups": []},
        {},
        {"groups": ["twin-town"]},
        {"groups": ["twin-town"], "unit": "990101001401"},
        {"groups": ["twin-town"], "unit": ["990101001900"]},
    ):
        issuer.person = {"sub": "u-1", **person}
        assert log_in(site.enter("anonymous")).status_code == 403, person
    issuer.person = {"sub": "u-1", "groups": "twin-dispatch"}
    assert log_in(client).status_code == 303
    assert site.services.accounts.find("li").role == "dispatcher"


def test_a_table_that_cannot_hold_stops_the_start(
    issuer: TestIssuer, demo_district: District, root: Path, tmp_path: Path
) -> None:
    for wrong in (
        'claim="g"\n[[grants]]\nvalue="x"\nrole="mayor"',
        'claim="g"\n[[grants]]\nvalue="x"\nrole="village"',
        'claim="g"\nmore=1\ngrants=[]',
        "claim=",
    ):
        (tmp_path / "roles.toml").write_text(wrong)
        with pytest.raises(ValueError):
            load_claim_roles(tmp_path / "roles.toml", demo_district)
    with pytest.raises(StartFault, match="mayor"):
        build_web(issuer, demo_district, root, tmp_path, 'claim="g"\n[[grants]]\nvalue="x"\nrole="mayor"')


def test_an_issuer_that_cannot_be_reached_is_told_in_words(issuer: TestIssuer, site: Web) -> None:
    issuer.shutdown()
    issuer.server_close()
    answer = site.enter("anonymous").get("/oidc/start")
    assert answer.status_code == 502 and "连不上" in answer.text


def test_an_issuer_over_plain_http_is_refused_unless_it_is_this_machine() -> None:
    with pytest.raises(IssuerFault, match="https"):
        Issuer("http://id.example", CLIENT, SECRET, BACK).start()


def test_the_page_of_the_door_offers_the_issuer_only_where_there_is_one(web: Web, site: Web) -> None:
    assert "/oidc/start" in site.enter("anonymous").get("/login").text
    assert "/oidc/start" not in web.enter("anonymous").get("/login").text
    assert web.enter("anonymous").get("/oidc/start").status_code in (401, 404)
