"""What an administrator does, and what the trail shows of it."""

import re
from typing import Any

import pytest
from sqlalchemy import update

from dashboard.admin import trail
from dashboard.admin.acts import Clerk, Told
from dashboard.admin.tables import Ledger, draw_told
from dashboard.services import Services, build_services
from store.database import Store
from store.tables import audit
from twin.district import District

GOOD = "correct horse 9"
BLANK = {"name": "", "role": "viewer", "scope": None, "subject": None, "display": None}


@pytest.fixture
def services(sqlite_store: Store, demo_district: District, root: Any) -> Services:
    """Services of one test."""
    return build_services(sqlite_store, demo_district, root / "data" / "demo")


@pytest.fixture
def clerk(services: Services) -> Clerk:
    """An administrator at work, reading English."""
    return Clerk(services, "boss", "https://hub.example", "en")


def press(clerk: Clerk, what: str, name: str) -> Told:
    told = clerk.do({"type": "admin-act", "what": what, "name": name}, BLANK)
    assert told is not None
    return told


def list_acts(services: Services) -> list[tuple[str, str, str]]:
    return [(row.actor, row.action, row.subject) for row in reversed(services.audit.recent())]


def test_a_new_account_comes_with_a_link_and_the_trail_says_who_made_it(clerk: Clerk) -> None:
    told = clerk.do("admin-add", BLANK | {"name": " li ", "role": "township", "scope": "990101001900"})
    assert told is not None and re.fullmatch(r"https://hub.example/enter\?token=\S{43}", told.address)
    account = clerk.services.accounts.find("li")
    assert (account.role, account.scope, account.has_password) == ("township", "990101001900", False)
    assert list_acts(clerk.services) == [
        ("boss", "account added", "account:li"),
        ("boss", "link made", "account:li"),
    ]
    assert told.address.split("=")[1] not in str(clerk.services.audit.recent())


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "li", "role": "village"}, "needs its part"),
        ({"name": "li", "role": "village", "scope": "990101001900"}, "another tier"),
        ({"name": "li", "role": "display"}, "choose a role"),
        ({"name": "li", "role": None}, "choose a role"),
        ({"name": "", "role": "viewer"}, "1 to 60 letters"),
        ({"name": "display:hall", "role": "viewer"}, "1 to 60 letters"),
        ({"name": ["li"], "role": "viewer"}, "1 to 60 letters"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_words_and_nothing_is_written(
    clerk: Clerk, form: dict[str, Any], words: str
) -> None:
    told = clerk.do("admin-add", BLANK | form)
    assert told is not None and told.wrong and words in told.text
    assert clerk.services.audit.count() == 0


def test_resetting_makes_the_old_password_and_every_session_worthless(clerk: Clerk) -> None:
    services = clerk.services
    services.accounts.add("li", GOOD, "viewer")
    session_id = services.sessions.open("viewer", account="li")
    told = press(clerk, "reset", "li")
    assert services.sessions.get(session_id) is None
    assert services.accounts.check("li", GOOD) is None
    assert services.sessions.redeem(told.address.split("=")[1]) is not None


def test_shutting_and_opening_and_never_oneself_nor_the_last_administrator(clerk: Clerk) -> None:
    services = clerk.services
    services.accounts.add("boss", GOOD, "admin")
    services.accounts.add("li", GOOD, "admin")
    assert press(clerk, "shut", "boss").wrong
    assert not press(clerk, "shut", "li").wrong
    assert services.accounts.find("li").disabled
    other = Clerk(services, "li", "", "en")
    assert "last administrator" in press(other, "shut", "boss").text
    assert not press(clerk, "open", "li").wrong
    assert services.accounts.check("li", GOOD) is not None
    assert "no such account" in press(clerk, "shut", "nobody").text


def test_all_sessions_of_an_account_end_and_those_of_links_apart(clerk: Clerk) -> None:
    doors = clerk.services.sessions
    mine = [doors.open("viewer", account="li") for _ in range(3)]
    lent, other = doors.open("viewer"), doors.open("viewer", account="wang")
    assert {(g.account, g.count) for g in doors.list_groups()} == {("li", 3), ("", 1), ("wang", 1)}
    assert "3 sessions" in press(clerk, "end", "li").text
    assert "1 sessions" in press(clerk, "end_links", "viewer").text
    assert [doors.get(name) is None for name in (*mine, lent, other)] == [True] * 4 + [False]


def test_a_display_is_made_once_shown_once_and_taken_back(clerk: Clerk) -> None:
    told = clerk.do("admin-display-add", BLANK | {"display": "hall"})
    assert told is not None and told.address.startswith("https://hub.example/display/")
    assert clerk.services.displays.open(told.address.rsplit("/", 1)[1]) is not None
    again = clerk.do("admin-display-add", BLANK | {"display": "hall"})
    assert again is not None and again.wrong
    press(clerk, "revoke", "hall")
    assert clerk.services.displays.open(told.address.rsplit("/", 1)[1]) is None


def test_an_unknown_button_does_nothing(clerk: Clerk) -> None:
    for trigger in (None, "admin-tick", {"what": "erase", "name": "li"}, {"name": "li"}):
        assert clerk.do(trigger, BLANK) is None


def test_no_password_hash_and_no_token_is_on_the_page(clerk: Clerk) -> None:
    services = clerk.services
    services.accounts.add("li", GOOD, "viewer")
    services.displays.add("hall")
    ledger = Ledger(services, "zh")
    parts = [getattr(ledger, f"draw_{name}")() for name in ("accounts", "displays", "sessions", "settings")]
    page = str([part.to_plotly_json() for part in parts])
    assert "argon2" not in page and "token" not in page and GOOD not in page
    assert draw_told("", "", False, ledger) is None


def test_pages_of_the_trail_turn_and_a_search_finds_by_who_what_and_to_what(services: Services) -> None:
    for number in range(120):
        services.audit.record("li" if number % 40 else "wang", "case close", f"c{number}", {"n": number})
    first = trail.find_rows(services, None, trail.Turn())
    assert [first[0].audit_no, first[-1].audit_no] == [120, 71]
    older = trail.turn("audit-older", [], first)
    second = trail.find_rows(services, "", older)
    assert [second[0].audit_no, second[-1].audit_no] == [70, 21]
    last = trail.turn("audit-older", list(older.before), second)
    third = trail.find_rows(services, "", last)
    assert [third[0].audit_no, third[-1].audit_no] == [20, 1]
    assert trail.turn("audit-older", list(last.before), third) == last, "there is nothing older"
    assert trail.turn("audit-newer", list(last.before), third) == older
    assert [row.subject for row in trail.find_rows(services, "wang", trail.Turn())] == ["c80", "c40", "c0"]
    assert [row.audit_no for row in trail.find_rows(services, "c119", trail.Turn())] == [120]
    assert trail.find_rows(services, "%", trail.Turn()) == []
    for odd in ("x", [-1], [0.5], [True], [2**70], {}, None):
        assert trail.Turn.read(odd) == trail.Turn()


def test_a_changed_row_is_named_in_the_pages_sentence(services: Services) -> None:
    for number in range(5):
        services.audit.record("li", "case close", f"c{number}")
    assert trail.describe_chain(services, "en")[0].startswith("5 rows")
    with services.store.write() as connection:
        connection.execute(update(audit).where(audit.c.audit_no == 3).values(actor="wang"))
    assert trail.describe_chain(services, "en") == (
        "The chain is broken from row 3: a row was changed, removed or slipped in",
        "red",
    )
