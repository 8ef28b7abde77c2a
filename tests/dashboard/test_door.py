"""The door: passwords, links of accounts, displays, rotation, refusals that say the same."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from store.accounts import Accounts
from store.audit import Audit
from store.types import utc_now
from tests.dashboard.conftest import Web
from tests.dashboard.test_guard import UPDATE, call_body

GOOD = "correct horse 9"


@pytest.fixture
def person(web: Web, request: pytest.FixtureRequest) -> str:
    """A dispatcher's account with a password, of this test alone."""
    name = re.sub(r"\W", "", request.node.name)[:50]
    web.services.accounts.add(name, GOOD, "dispatcher")
    return name


def log_in(client: FlaskClient, name: str, password: str) -> int:
    return client.post("/login", data={"name": name, "password": password}).status_code


def test_a_right_password_opens_a_session_of_the_account(web: Web, person: str) -> None:
    client = web.enter("anonymous")
    assert client.get("/").status_code == 401
    answer = client.post("/login", data={"name": person, "password": GOOD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "HttpOnly" in answer.headers["Set-Cookie"] and "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert client.get("/").status_code == 200
    last = web.services.audit.recent(1)[0]
    assert (last.actor, last.action, last.detail) == (
        person,
        "session opened",
        {"by": "password", "role": "dispatcher"},
    )


def test_a_login_changes_the_session_and_the_old_cookie_is_worth_nothing(web: Web, person: str) -> None:
    client = web.enter("viewer")
    before = client.get_cookie("session").value
    log_in(client, person, GOOD)
    after = client.get_cookie("session").value
    assert before != after
    assert web.services.sessions.get(before) is None
    assert web.services.sessions.get(after).account == person


def test_a_wrong_password_an_unknown_name_and_a_shut_account_get_the_same_answer(
    web: Web, person: str
) -> None:
    shut = f"{person}2"
    web.services.accounts.add(shut, GOOD, "viewer")
    web.services.accounts.disable(shut)
    tries = [(person, "wrong horse 9"), ("nobody", GOOD), (shut, GOOD), (person, "")]
    answers = [
        web.enter("anonymous").post("/login", data={"name": name, "password": password})
        for name, password in tries
    ]
    pages = {answer.text.replace(name, "NAME") for answer, (name, _) in zip(answers, tries, strict=True)}
    assert [answer.status_code for answer in answers] == [401] * 4
    assert len(pages) == 1


def test_the_sixth_try_in_a_quarter_of_an_hour_is_refused_even_with_the_right_password(
    web: Web, person: str
) -> None:
    client = web.enter("anonymous")
    assert [log_in(client, person, "wrong horse 9") for _ in range(5)] == [401] * 5
    answer = client.post("/login", data={"name": person, "password": GOOD})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    later = Accounts(web.services.store)
    later.throttle.clock = lambda: later.clock() + timedelta(minutes=15, seconds=1)
    assert later.check(person, GOOD) is not None


def test_the_trail_keeps_no_password_that_was_typed_into_the_field_of_the_name(web: Web) -> None:
    log_in(web.enter("anonymous"), "my secret words 7", "")
    rows = web.services.audit.recent(5)
    assert rows[0].action == "login refused"
    assert "my secret words 7" not in str(rows)


def test_a_changed_password_ends_every_other_session_of_the_account(web: Web, person: str) -> None:
    here, there = web.enter("anonymous"), web.enter("anonymous")
    log_in(here, person, GOOD)
    log_in(there, person, GOOD)
    change = {"old": GOOD, "new": "another horse 8", "again": "another horse 8"}
    assert here.post("/password", data={**change, "again": "other"}).status_code == 422
    assert here.post("/password", data={**change, "new": "short", "again": "short"}).status_code == 422
    assert here.post("/password", data={**change, "old": "wrong horse 9"}).status_code == 401
    assert here.post("/password", data=change).status_code == 303
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 401)
    assert log_in(there, person, GOOD) == 401
    assert log_in(there, person, "another horse 8") == 303


def test_a_link_of_an_account_leads_to_a_new_password_without_the_old_one(web: Web) -> None:
    web.services.accounts.add("newcomer", None, "viewer")
    assert log_in(web.enter("anonymous"), "newcomer", "") == 401
    first = web.services.sessions.issue_link("viewer", 60, account="newcomer")
    second = web.services.sessions.issue_link("viewer", 60, account="newcomer")
    client = web.enter("anonymous")
    assert client.post("/enter", data={"token": first}).status_code == 401, "a newer link takes its place"
    answer = client.post("/enter", data={"token": second})
    assert answer.headers["Location"] == "/password"
    assert 'name="old"' not in client.get("/password").text
    change = {"new": GOOD, "again": GOOD}
    assert client.post("/password", data=change).status_code == 303
    assert client.post("/password", data=change).status_code == 401, "the next change asks for it"
    assert log_in(web.enter("anonymous"), "newcomer", GOOD) == 303


def test_a_link_of_a_shut_account_opens_nothing(web: Web, person: str) -> None:
    token = web.services.sessions.issue_link("dispatcher", 60, account=person)
    web.services.accounts.disable(person)
    assert web.enter("anonymous").post("/enter", data={"token": token}).status_code == 401


def test_another_role_or_a_shut_account_holds_at_the_next_request(web: Web, person: str) -> None:
    client = web.enter("anonymous")
    log_in(client, person, GOOD)
    assert client.get("/plan").status_code == 403
    web.services.accounts.change_grant(person, "planner")
    assert client.get("/plan").status_code == 200
    web.services.accounts.change_grant(person, "auditor")
    assert client.get("/plan").status_code == 403
    web.services.accounts.disable(person)
    assert client.get("/plan").status_code == 401


def test_a_session_of_a_unit_that_the_district_no_longer_has_opens_nothing(web: Web) -> None:
    client = web.enter("anonymous")
    client.set_cookie("session", web.services.sessions.open("township", "990101999999"))
    assert client.get("/").status_code == 403


def test_a_display_enters_by_its_address_serves_one_screen_and_ends_when_revoked(web: Web) -> None:
    token = web.services.displays.add("hall")
    first, second = web.enter("anonymous"), web.enter("anonymous")
    assert first.get(f"/display/{token}").headers["Location"] == "/screen"
    assert first.get("/api/wall").status_code == 200
    second.get(f"/display/{token}")
    assert (first.get("/api/wall").status_code, second.get("/api/wall").status_code) == (401, 200)
    assert second.get("/").status_code == 403, "a display sees the wall and nothing else"
    with pytest.raises(ValueError, match="revoke it first"):
        web.services.displays.add("hall")
    web.services.displays.revoke("hall")
    assert second.get("/api/wall").status_code == 401
    assert second.get(f"/display/{token}").status_code == 401
    assert web.services.displays.add("hall") != token


def test_pages_of_the_door_need_no_script_and_speak_both_languages(web: Web) -> None:
    client = web.enter("anonymous")
    chinese = client.get("/login").text
    client.set_cookie("lang", "en")
    english = client.get("/login").text
    assert 'lang="zh-CN"' in chinese and "密码" in chinese
    assert 'lang="en"' in english and "Password" in english
    for page in (chinese, english):
        assert "<script" not in page and "onclick" not in page and "style=" not in page


def test_what_was_typed_comes_back_escaped(web: Web) -> None:
    answer = web.enter("anonymous").post("/login", data={"name": '"><script>x</script>', "password": "y"})
    assert "<script>" not in answer.text


def test_every_act_of_the_door_left_the_chain_whole(web: Web) -> None:
    assert Audit(web.services.store).find_break() is None


def test_an_open_page_alone_keeps_no_session_alive_and_a_press_does(web: Web) -> None:
    doors = web.services.sessions
    now, began = [utc_now()], utc_now()
    doors.clock = lambda: now[0]
    try:
        for key, changed, alive in (
            ("tick", "overview-tick.n_intervals", False),
            ("page", "url.pathname", True),
        ):
            now[0] = began
            client = web.enter("viewer")
            output = next(
                name
                for name in web.app.callback_map
                if name.strip(".").startswith("overview" if key == "tick" else "page.children")
            )
            body = call_body(web, output) | {"changedPropIds": [changed]}
            for _ in range(4):
                now[0] += timedelta(minutes=10)
                status = client.post(UPDATE, json=body).status_code
                wall = client.get("/api/wall").status_code
            assert (status == wall == 200) is alive, key
    finally:
        doors.clock = utc_now
