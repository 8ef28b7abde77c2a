"""Backup, restore, verify: equal hashes across kinds and under load, one flipped byte is found."""

import random
import threading
from pathlib import Path

import pytest
from sqlalchemy import text, update

from store.accounts import Accounts
from store.audit import Audit
from store.blobs import Baselines
from store.database import Store, open_store
from store.events import Act, EventStore, raw
from store.inspection import inspect_store
from store.jobs import JobStore
from store.keeping import BackupFault, back_up, check_seal, opened_backup, read_manifest, restore
from store.notes import Notes
from store.sessions import Sessions
from tests.store.event_examples import make_row


def fill(store: Store, count: int = 30) -> None:
    """Rows in tables of every kind: times, JSON, bytes, flags, blanks."""
    EventStore(store).append([make_row(n) for n in range(count)], Act("hotline", "events", "batch", {"n": 1}))
    Audit(store).record("admin", "did", "a thing", {"字": "词", "n": [1, 2.5, None]})
    Accounts(store).add("planner1", "long enough words", "planner", "990101001900")
    Notes(store).set("replay", {"speed": 12})
    Baselines(store).put("a", bytes(range(256)))
    jobs = JobStore(store)
    job = jobs.submit("experiment", {"days": 3})
    jobs.claim("worker")
    jobs.save_result(job, "worker", b"\x00\xff", 1, 2)


def read_log(store: Store) -> str:
    return EventStore(store).read_frame().to_csv()


@pytest.mark.parametrize(
    "kinds", ["sqlite postgres", "postgres sqlite", "sqlite sqlite", "postgres postgres"]
)
def test_a_backup_of_either_kind_comes_back_into_either_kind(
    kinds: str, request: pytest.FixtureRequest, tmp_path: Path, postgres_server: str
) -> None:
    first, second = kinds.split()
    source = open_store(request.getfixturevalue(f"{first}_url"))
    target = open_store(
        f"sqlite:///{tmp_path / 'other.db'}" if second == "sqlite" else make_postgres(postgres_server)
    )
    fill(source)
    manifest = back_up(source, tmp_path / "b.twin", lambda copy: {"log": read_log(copy)})
    assert (manifest.kind, manifest.rows["events"], manifest.last_event) == (source.dialect, 30, 30)
    restore(tmp_path / "b.twin", target)
    assert read_log(target) == read_log(source) == manifest.state["log"]
    assert inspect_store(target) == []
    assert Accounts(target).check("planner1", "long enough words") is not None
    assert Baselines(target).get("a") == bytes(range(256))
    assert Audit(target).recent(1)[0].action == "store restored"
    assert EventStore(target).append([make_row(0), make_row(99)])[0].status == "duplicate"
    source.close()
    target.close()


def make_postgres(server: str) -> str:
    import uuid

    import psycopg

    name = f"twin_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


def test_a_backup_goes_into_an_empty_store_only_unless_told_to_replace(
    store: Store, tmp_path: Path, sqlite_url: str
) -> None:
    fill(store)
    back_up(store, tmp_path / "b.twin")
    EventStore(store).append([make_row(50)])
    with pytest.raises(BackupFault, match="--replace"):
        restore(tmp_path / "b.twin", store)
    assert len(EventStore(store).read_frame()) == 31
    restore(tmp_path / "b.twin", store, replace=True)
    assert len(EventStore(store).read_frame()) == 30
    with pytest.raises(BackupFault, match="already"):
        back_up(store, tmp_path / "b.twin")


def test_a_session_that_ended_after_the_backup_does_not_live_again(
    sqlite_store: Store, tmp_path: Path
) -> None:
    door = Sessions(sqlite_store)
    session_id, token = door.open("admin"), door.issue_link("admin", 60)
    back_up(sqlite_store, tmp_path / "b.twin")
    door.end(session_id)
    restore(tmp_path / "b.twin", sqlite_store, replace=True)
    assert door.get(session_id) is None
    assert door.redeem(token) is None


def test_a_backup_taken_while_others_write_is_one_moment_of_the_store(store: Store, tmp_path: Path) -> None:
    events, ended = EventStore(store), threading.Event()

    def write() -> None:
        number = 0
        while not ended.is_set():
            events.append(
                [make_row(number + n) for n in range(20)], Act("hotline", "events", str(number), {})
            )
            number += 20

    writer = threading.Thread(target=write)
    writer.start()
    try:
        manifests = [back_up(store, tmp_path / f"{n}.twin", lambda c: {"log": read_log(c)}) for n in range(3)]
    finally:
        ended.set()
        writer.join()
    assert manifests[2].last_event > manifests[0].last_event
    for number, manifest in enumerate(manifests):
        assert manifest.rows["events"] == manifest.last_event == 20 * manifest.rows["audit"]
        target = open_store(tmp_path / f"{number}.db")
        restore(tmp_path / f"{number}.twin", target)
        assert read_log(target) == manifest.state["log"]
        assert inspect_store(target) == []
        target.close()


def test_one_flipped_byte_anywhere_is_found(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    path = tmp_path / "b.twin"
    back_up(sqlite_store, path)
    whole, found = path.read_bytes(), 0
    places = {
        0,
        len(whole) - 1,
        len(whole) - 64,
        len(whole) - 65,
        *random.Random(1).sample(range(len(whole)), 300),
    }
    for place in places:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        with pytest.raises(BackupFault):
            check_seal(path)
        found += 1
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(BackupFault):
            read_manifest(path)
    path.write_bytes(whole)
    with opened_backup(path) as (manifest, kept):
        assert manifest.rows["events"] == len(EventStore(kept).read_frame())
    print(f"FIGURE backup: {found} of {len(places)} flipped bytes found")


def test_a_backup_is_readable_by_its_owner_only(sqlite_store: Store, tmp_path: Path) -> None:
    back_up(sqlite_store, tmp_path / "b.twin")
    assert (tmp_path / "b.twin").stat().st_mode & 0o777 == 0o600


def test_a_changed_event_and_a_broken_audit_row_are_named(store: Store) -> None:
    fill(store)
    assert inspect_store(store) == []
    with store.write() as connection:
        connection.execute(update(raw).where(raw.c.event_id == "e0007").values(unit="990101001002"))
        connection.execute(text("UPDATE audit SET actor = 'somebody' WHERE audit_no = 1"))
        connection.execute(text("UPDATE counters SET value = 3 WHERE name = 'events'"))
    faults = inspect_store(store)
    assert [line.split(":")[0] for line in faults] == ["audit", "events", "counters"]
    assert "hotline/e0007" in faults[1]
