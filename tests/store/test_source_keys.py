"""Keys of sources, limits of calls, links of cases: on SQLite and on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from store.audit import Audit
from store.database import Store
from store.event_rows import normalise_rows
from store.events import Act, EventStore
from store.links import CaseLink, CaseLinks
from store.rates import Rates, TooManyCalls
from store.source_keys import SourceKeys
from store.tables import rate_windows, source_keys
from tests.store.event_examples import make_row

NOON = datetime(2026, 5, 11, 12, 0, 30, tzinfo=UTC)


def refused(rates: Rates, subject: str, limit: int, calls: int) -> int:
    count = 0
    for _ in range(calls):
        try:
            rates.take(subject, limit)
        except TooManyCalls:
            count += 1
    return count


def test_a_key_is_found_by_its_text_and_the_store_holds_its_hash_alone(store: Store) -> None:
    keys = SourceKeys(store)
    text = keys.add("hotline", ["read", "events"], 60, "old platform", unit="990101001900")
    found = keys.find(text)
    assert found is not None
    assert (found.source, found.scopes, found.unit) == ("hotline", ("events", "read"), "990101001900")
    with store.read() as connection:
        kept = connection.execute(select(source_keys)).one()
    assert text not in repr(kept) and len(kept.key_hash) == 32
    assert keys.find(text[:-1]) is None and keys.find("") is None


def test_a_key_ends_when_it_is_revoked_or_expires_and_each_act_has_its_audit_row(store: Store) -> None:
    now = [NOON]
    keys = SourceKeys(store, lambda: now[0])
    first = keys.add("grid", ["events"])
    now[0] = NOON + timedelta(seconds=1)
    second = keys.add("grid", ["events"], days=1)
    keys.revoke(keys.list_keys()[0].key_id)
    with pytest.raises(KeyError):
        keys.revoke(keys.list_keys()[0].key_id)
    assert keys.find(first) is None and keys.find(second) is not None
    now[0] = NOON + timedelta(days=1, seconds=1)
    assert keys.find(second) is None
    actions = [row.action for row in Audit(store).recent()]
    assert actions == ["source key revoked", "source key added", "source key added"]


@pytest.mark.parametrize(
    ("source", "scopes", "limit"),
    [("a", [], 1), ("a", ["all"], 1), ("", ["read"], 1), ("a\n", ["read"], 1), ("a", ["read"], 0)],
)
def test_a_key_that_makes_no_sense_is_refused(
    store: Store, source: str, scopes: list[str], limit: int
) -> None:
    with pytest.raises(ValueError):
        SourceKeys(store).add(source, scopes, limit)
    assert SourceKeys(store).list_keys() == []


def test_the_limit_of_a_minute_holds_over_all_processes_and_ends_with_it(store: Store) -> None:
    now = [NOON]
    one, other = Rates(store, lambda: now[0]), Rates(store, lambda: now[0])
    assert refused(one, "k", 5, 3) == 0 and refused(other, "k", 5, 4) == 2  # 3 + 2 of 5, then none
    with pytest.raises(TooManyCalls) as caught:
        one.take("k", 5)
    assert caught.value.seconds == 31  # 12:00:30 -> 12:01:00, and one to be sure
    assert refused(one, "another", 5, 5) == 0
    now[0] = NOON + timedelta(seconds=30)
    assert refused(one, "k", 5, 5) == 0


def test_a_busy_source_costs_a_write_a_block_and_never_passes_its_limit(store: Store) -> None:
    one, other = Rates(store, lambda: NOON), Rates(store, lambda: NOON)
    allowed = 0
    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(refused, rates, "k", 630, 400) for rates in (one, other)]
        allowed = 800 - sum(part.result() for part in work)
    assert 630 - 10 <= allowed <= 630  # a process may keep an unspent block of 630 // 60 = 10
    assert Rates(store, lambda: NOON + timedelta(minutes=1)).count() == {"k": 630}


def test_old_windows_are_swept(store: Store) -> None:
    now = [NOON]
    rates = Rates(store, lambda: now[0])
    rates.take("k", 5)
    now[0] = NOON + timedelta(minutes=30)
    rates.take("k", 5)
    with store.read() as connection:
        assert len(connection.execute(select(rate_windows)).all()) == 1


def append(store: Store, row: dict, link: CaseLink) -> str:
    columns, faults = normalise_rows([row])
    assert not faults
    return EventStore(store).append_columns(columns, Act("t", "t", "t", {}), links=[link])[0].status


def test_a_link_changes_by_the_source_that_linked_the_case_first(store: Store) -> None:
    links = CaseLinks(store)
    assert append(store, make_row(0), CaseLink("c000", "hotline", "https://a/1", "", "secret")) == "stored"
    assert append(store, make_row(1), CaseLink("c000", "police", "https://evil/1")) == "stored"
    assert links.find("c000") == ("hotline", "https://a/1")
    assert append(store, make_row(2), CaseLink("c000", "hotline", "https://a/2")) == "stored"
    assert links.find("c000") == ("hotline", "https://a/2")
    assert append(store, make_row(2), CaseLink("c000", "hotline", "https://a/3")) == "duplicate"
    assert append(store, make_row(2, unit="x"), CaseLink("c000", "hotline", "https://a/4")) == "conflict"
    assert links.find("c000") == ("hotline", "https://a/2")
    assert links.find_case("secret", "hotline") == "c000"
    assert links.find_case("secret", "police") is None and links.find_case("", "hotline") is None
