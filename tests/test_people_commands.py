"""Accounts, displays and keys on the command line; a production start says all that it lacks."""

import io
import re
from pathlib import Path

import pytest

import app
from dashboard.settings import StartFault, WebSettings, check_settings
from hub.grants import BadGrant, check_grant
from hub.keys import make_keys
from store.accounts import Accounts
from store.audit import Audit
from store.database import open_store
from twin.district import District


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store for the commands of one test."""
    monkeypatch.setenv("TWIN_STORE", sqlite_url)
    monkeypatch.delenv("TWIN_DISTRICT", raising=False)
    return sqlite_url


def test_a_password_is_piped_in_and_the_account_logs_in(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse 9\n"))
    assert app.main(["user", "add", "li", "--role", "dispatcher", "--password"]) == 0
    people = Accounts(open_store(url))
    assert people.check("li", "correct horse 9").role == "dispatcher"
    monkeypatch.setattr("sys.stdin", io.StringIO("another horse 8\n"))
    assert app.main(["user", "password", "li"]) == 0
    assert people.check("li", "correct horse 9") is None


def test_no_command_takes_a_password_as_an_argument(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["user", "password", "li", "secret"], ["user", "add", "li", "--role", "admin", "x"]):
        with pytest.raises(SystemExit):
            app.main(arguments)
    with pytest.raises(SystemExit):
        app.main(["user", "add", "--help"])
    assert "--password PASSWORD" not in capsys.readouterr().out


def test_a_new_account_gets_a_link_and_every_command_one_audit_row(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.main(["user", "add", "wang", "--role", "township", "--scope", "990101001900"]) == 0
    assert re.search(r"/enter\?token=\S{43}", capsys.readouterr().out)
    assert app.main(["user", "disable", "wang"]) == 0
    assert app.main(["user", "enable", "wang"]) == 0
    assert app.main(["display", "add", "hall"]) == 0
    assert re.search(r"/display/\S{43}", capsys.readouterr().out)
    assert app.main(["display", "revoke", "hall"]) == 0
    assert app.main(["user", "list"]) == app.main(["display", "list"]) == 0
    listed = capsys.readouterr().out
    assert "no password yet" in listed and "revoked" in listed
    trail = [row.action for row in reversed(Audit(open_store(url)).recent())]
    assert trail == [
        "account added", "link made", "account shut", "account opened", "display added", "display revoked",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["user", "add", "li", "--role", "township"], "give the unit"),
        (["user", "add", "li", "--role", "village", "--scope", "990101001900"], "village tier"),
        (["user", "add", "li", "--role", "viewer", "--scope", "1"], "no such unit"),
        (["user", "add", "display:x", "--role", "viewer"], "letters, digits"),
        (["user", "password", "nobody"], "no such account"),
        (["display", "revoke", "nowhere"], "no such display"),
    ],
)
def test_a_wrong_command_says_what_to_do(
    url: str, capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    assert app.main(arguments) == 1
    assert word in capsys.readouterr().err


def test_a_grant_of_a_part_needs_a_unit_of_its_tier(demo_district: District) -> None:
    check_grant(demo_district, "township", "990101001900")
    check_grant(demo_district, "viewer", "990101001900")
    check_grant(demo_district, "leader", "")
    for role, scope in (
        ("display", ""),
        ("", ""),
        ("village", ""),
        ("admin", "990101001900"),
        ("department", "990101001900"),
    ):
        with pytest.raises(BadGrant):
            check_grant(demo_district, role, scope)


def test_production_does_not_start_without_key_file_and_cookies_over_tls(tmp_path: Path) -> None:
    with pytest.raises(StartFault) as caught:
        check_settings(WebSettings(production=True))
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["TWIN_KEY_FILE", "TWIN_SECURE_COOKIES"]
    key = tmp_path / "key"
    make_keys(key)
    check_settings(WebSettings(production=True, key_file=key, secure_cookies=True))
    key.chmod(0o644)
    with pytest.raises(StartFault, match="chmod 600"):
        check_settings(WebSettings(production=True, key_file=key, secure_cookies=True))
    with pytest.raises(StartFault, match="TWIN_OIDC_CLIENT_ID"):
        check_settings(WebSettings(oidc_issuer="https://id.example"))
    check_settings(WebSettings())


def test_the_command_refuses_in_words_and_opens_no_store(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_PRODUCTION", "true")
    assert app.main(["serve", "--no-with-worker", "--port", "0"]) == 1
    told = capsys.readouterr().err
    assert "TWIN_KEY_FILE" in told and "TWIN_SECURE_COOKIES" in told and "Traceback" not in told
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_a_start_shows_a_visitor_the_three_tiers_of_a_fictitious_district(demo_district: District) -> None:
    doors = app.list_doors(demo_district)
    assert [role for role, _, _ in doors] == ["admin", "display", "dispatcher", "township", "village"]
    for role, scope, _ in doors[2:]:
        check_grant(demo_district, role, scope)
    units = demo_district.units.set_index("code")
    assert units.loc[doors[4][1], "parent"] == doors[3][1]
