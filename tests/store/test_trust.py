"""Sessions, links, accounts, the audit chain, notes, leases and migrations."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, inspect, select, text, update

from store.accounts import Accounts, Throttle, TooManyTries
from store.audit import Audit
from store.blobs import Baselines
from store.database import Store, StoreFault, open_store, parse_address
from store.leases import Leases
from store.notes import Notes
from store.sessions import SessionLimits, Sessions
from store.tables import audit, links, sessions


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 11, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


def test_a_link_opens_one_session_and_never_a_second(store: Store) -> None:
    clock = Clock()
    door = Sessions(store, clock=clock)
    token = door.issue_link("planner", minutes=60)
    session_id = door.redeem(token)
    assert door.get(session_id).role == "planner"
    assert door.redeem(token) is None
    assert door.redeem("unknown") is None
    late = door.issue_link("planner", minutes=60)
    clock.move(minutes=61)
    assert door.redeem(late) is None


def test_the_store_holds_neither_tokens_nor_session_ids(store: Store) -> None:
    door = Sessions(store)
    token = door.issue_link("admin", 60)
    with store.read() as connection:
        kept = str(connection.execute(select(links)).all())
    assert token not in kept
    session_id = door.redeem(token)
    with store.read() as connection:
        assert session_id not in str(connection.execute(select(sessions)).all())


def test_an_idle_or_old_session_is_over_and_an_ended_one_is_worth_nothing(store: Store) -> None:
    clock = Clock()
    door = Sessions(store, SessionLimits(), clock)
    idle, busy, ended = (door.open("planner") for _ in range(3))
    door.end(ended)
    assert door.get(ended) is None
    for _ in range(30):
        clock.move(minutes=25)
        if door.get(busy) is None:
            break
    assert clock.now - datetime(2026, 5, 11, tzinfo=UTC) >= timedelta(hours=12)
    assert door.get(idle) is None


def test_a_display_hangs_on_its_wall_for_a_year(store: Store) -> None:
    clock = Clock()
    door = Sessions(store, clock=clock)
    wall = door.open("display")
    clock.move(days=365)
    assert door.get(wall).role == "display"
    clock.move(days=2)
    assert door.get(wall) is None


def test_passwords_are_hashed_throttled_and_their_change_ends_sessions(store: Store) -> None:
    people = Accounts(store)
    people.add("planner1", "long enough words", "planner", "990101001900")
    assert people.check("planner1", "long enough words").scope == "990101001900"
    assert people.check("planner1", "wrong") is None
    assert people.check("nobody", "wrong") is None
    door = Sessions(store)
    session_id = door.open("planner", account="planner1")
    people.set_password("planner1", "other long words")
    assert door.get(session_id) is None
    with pytest.raises(ValueError, match="exists"):
        people.add("planner1", "long enough words", "admin")
    with pytest.raises(ValueError, match="10 characters"):
        people.add("planner2", "short", "admin")
    people.disable("planner1")
    assert people.check("planner1", "other long words") is None


def test_the_sixth_try_in_a_quarter_of_an_hour_is_refused(store: Store) -> None:
    clock = Clock()
    throttle = Throttle(store, clock=clock)
    for _ in range(5):
        throttle.take("login:a")
    with pytest.raises(TooManyTries):
        throttle.take("login:a")
    throttle.take("login:b")
    clock.move(minutes=16)
    throttle.take("login:a")


def test_the_audit_chain_shows_a_changed_and_a_removed_row(store: Store) -> None:
    trail = Audit(store)
    for number in range(4):
        trail.record("admin", "did", f"subject {number}", {"n": number})
    assert trail.find_break() is None
    with store.write() as connection:
        connection.execute(update(audit).where(audit.c.audit_no == 2).values(actor="somebody"))
    assert trail.find_break() == 2
    with store.write() as connection:
        connection.execute(update(audit).where(audit.c.audit_no == 2).values(actor="admin"))
    assert trail.find_break() is None
    with store.write() as connection:
        connection.execute(delete(audit).where(audit.c.audit_no == 4))
    assert trail.find_break() == 4


def test_the_last_note_written_holds_across_a_restart(store_url: str) -> None:
    first = open_store(store_url)
    Notes(first).set("replay", {"speed": 1})
    Notes(first).set("replay", {"speed": 12})
    first.close()
    second = open_store(store_url)
    assert Notes(second).get("replay") == {"speed": 12}
    assert Notes(second).get("other") is None
    second.close()


def test_one_of_two_holders_keeps_a_lease_until_it_lapses(store: Store) -> None:
    clock = Clock()
    leases = Leases(store, clock)
    one, two = leases.hold("feeder", 10), leases.hold("feeder", 10)
    assert one.renew()
    assert not two.renew()
    assert one.renew()
    clock.move(seconds=11)
    assert two.renew()
    assert not one.renew()
    two.release()
    assert one.renew()


def test_only_the_newest_baselines_are_kept(store: Store) -> None:
    clock = Clock()
    kept = Baselines(store, most=2, clock=clock)
    for name in ("a", "b", "c"):
        clock.move(seconds=1)
        kept.put(name, name.encode())
    assert [kept.get(name) for name in ("a", "b", "c")] == [None, b"b", b"c"]


def test_opening_a_store_twice_changes_nothing_and_both_kinds_have_the_same_tables(
    sqlite_url: str, postgres_url: str
) -> None:
    tables = []
    for url in (sqlite_url, postgres_url):
        open_store(url).close()
        again = open_store(url)
        tables.append(sorted(inspect(again.engine).get_table_names()))
        again.close()
    assert tables[0] == tables[1]
    assert "events" in tables[0]


def test_sqlite_is_opened_with_a_write_ahead_log_in_full(sqlite_store: Store) -> None:
    with sqlite_store.read() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_another_kind_of_database_is_refused_in_words() -> None:
    for url in ("mysql://root@host/x", "://", "oracle://x"):
        with pytest.raises(StoreFault, match="sqlite:///FILE or postgresql"):
            parse_address(url)


def test_a_store_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StoreFault, match=r"127\.0\.0\.1:1") as caught:
        open_store("postgresql://twin:secret@127.0.0.1:1/twin")
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_store_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of the kind" * 200)
    with pytest.raises(StoreFault, match="not a database"):
        open_store(tmp_path / "notes.txt")
