"""A store in trouble is told in words; a clock that was set back leaves nothing waiting."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.i18n import LANGUAGES, catalogue
from store.database import Store, open_store
from store.jobs import JobStore
from store.leases import Leases
from store.notes import Notes
from store.trouble import ADVICE, StoreTrouble
from tests.store.test_trust import Clock


def test_every_kind_of_trouble_has_words_in_both_languages() -> None:
    for lang in LANGUAGES:
        assert {key.removeprefix("trouble.") for key in catalogue(lang) if key.startswith("trouble.")} == set(
            ADVICE
        )


def test_a_lock_held_too_long_is_told_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_PATIENCE_SECONDS", "0.05")
    store = open_store(tmp_path / "twin.db")
    other = sqlite3.connect(tmp_path / "twin.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreTrouble, match="write lock") as caught:
        Notes(store).set("a", {"n": 1})
    assert caught.value.kind == "locked"
    other.execute("ROLLBACK")
    assert Notes(store).get("a") is None
    Notes(store).set("a", {"n": 2})
    other.close()
    store.close()


def test_a_fault_of_ours_is_no_trouble_of_the_store(store: Store) -> None:
    with pytest.raises(Exception, match="nowhere") as caught, store.read() as connection:
        connection.execute(text("SELECT * FROM nowhere"))
    assert not isinstance(caught.value, StoreTrouble)


def test_a_store_that_may_not_be_written_says_so(sqlite_store: Store) -> None:
    with sqlite_store.read() as connection:
        connection.execute(text("PRAGMA query_only=ON"))
    with pytest.raises(StoreTrouble, match="right to its file") as caught:
        Notes(sqlite_store).set("a", {})
    assert caught.value.kind == "readonly"


def test_a_lease_written_before_the_clock_was_set_back_holds_nobody_up(store: Store) -> None:
    clock = Clock()
    leases = Leases(store, clock)
    one, two = leases.hold("feeder", 10), leases.hold("feeder", 10)
    assert one.renew()
    clock.move(days=-1)
    assert two.renew()


def test_a_job_whose_worker_beat_before_the_clock_was_set_back_is_freed(store: Store) -> None:
    clock = Clock()
    jobs = JobStore(store, clock=clock)
    job = jobs.submit("experiment", {})
    jobs.claim("one")
    clock.now -= timedelta(minutes=4)  # no more than clocks of two machines differ
    assert jobs.release_stale() == 0
    clock.now -= timedelta(minutes=2)
    assert jobs.release_stale() == 1
    assert jobs.status(job).state == "queued"
